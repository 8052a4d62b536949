"""A reader of the app without a browser: speaks to the server over its web socket, as the browser's script does."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

#: A message of the server holds at most so many bytes.
_LARGEST = 200_000_000


@dataclass
class Answer:
    """What the server sent for one run of a page.

    Attributes
    ----------
    seconds : float
        From asking until the script had ended.
    first : float
        From asking until the page's own content began to come: the first element after the top bar's.
    texts : list of str
        Texts and data of its elements.
    faults : list of str
        What it says of exceptions.
    """

    seconds: float = 0.0
    first: float = 0.0
    texts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        """All texts as one."""
        return "\n".join(self.texts)


class Session:
    """One reader."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def open(self, page: str, **query: str) -> Answer:
        """Ask for a page with an address and wait until it is whole."""
        message = BackMsg()
        message.rerun_script.query_string = urlencode(query)
        message.rerun_script.page_name = page
        return self._answer(message)

    def _answer(self, message: BackMsg) -> Answer:
        begun = time.perf_counter()
        self._socket.send(message.SerializeToString())
        answer = Answer()
        while True:
            told = ForwardMsg()
            told.ParseFromString(self._socket.recv(timeout=120))
            kind = told.WhichOneof("type")
            if kind == "delta":
                _note(told, answer)
                if not answer.first and "as of" in answer.said:
                    answer.first = time.perf_counter() - begun
            elif kind == "script_finished":
                answer.seconds = time.perf_counter() - begun
                return answer


def _note(told: ForwardMsg, answer: Answer) -> None:
    element = told.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception":
        answer.faults.append(element.exception.message)
    elif kind == "text":
        answer.texts.append(element.text.body)
    elif kind == "markdown":
        answer.texts.append(element.markdown.body)
    elif kind == "heading":
        answer.texts.append(element.heading.body)
    elif kind == "bidi_component":
        answer.texts.append(element.bidi_component.json)


@contextmanager
def reader(address: str, headers: Mapping[str, str] | None = None) -> Iterator[Session]:
    """Connect to an app at an address such as ``http://127.0.0.1:8501``."""
    url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(url, subprotocols=["streamlit"], max_size=_LARGEST, additional_headers=headers) as socket:  # type: ignore[list-item]
        yield Session(socket)
