"""The one driver path: statements by name, in managed transactions, on either server.

Rules that hold here, each with its reason in ``docs/architecture.md`` or a test of its own: no autocommit; the
database named on every call; reads of analysts and the app through a login that cannot write; messages well under
16 MiB; driver errors turned into ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from neo4j import READ_ACCESS, Driver, GraphDatabase, ManagedTransaction, Record
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from graph_core.errors import RefusedError, StoreAuthError, StoreError
from graph_core.queries import statement
from graph_core.store.embedded import Connection

T = TypeVar("T")

#: Settings of every driver; tests make it warn about notifications.
DRIVER_OPTIONS: dict[str, Any] = {
    "connection_timeout": 10.0,
    "max_transaction_retry_time": 10.0,
    "telemetry_disabled": True,
    "notifications_min_severity": "OFF",
}
#: An engine of our own that is gone comes back on another port: waiting for it helps nobody.
_EMBEDDED_OPTIONS: dict[str, Any] = {"max_transaction_retry_time": 2.0}
_GONE = (
    "The embedded store ended while it was used: stopped, killed, or out of memory (TIERTRACE_HEAP). What it had "
    "acknowledged is kept; run the command again, which starts it anew."
)
#: Only Bolt: the driver would also take http, which knows no managed transactions.
_SCHEMES = ("bolt://", "bolt+s://", "bolt+ssc://", "neo4j://", "neo4j+s://", "neo4j+ssc://")
#: Records to fetch at a time where each is large.
FAT = 4
_TIMED_OUT = ("TransactionTimedOut", "Terminated", "LockClientStopped", "TimedOut", "Timeout")
_FORBIDDEN = ("Forbidden", "AccessMode", "ReadOnly")


def _message(error: BaseException) -> str:
    """The server's own words, without codes and without a second copy of the statement."""
    text = getattr(error, "message", None) or str(error)
    return str(text).strip()


def translate(error: Exception, uri: str) -> Exception:
    """Turn an error of the driver into one of ours.

    Parameters
    ----------
    error : Exception
        What the driver raised.
    uri : str
        Address of the store, for the message.

    Returns
    -------
    Exception
        StoreAuthError, RefusedError or StoreError.
    """
    code = str(getattr(error, "code", "") or "")
    if isinstance(error, AuthError) or ".Security.Auth" in code or ".Security.Unauthorized" in code:
        return StoreAuthError(
            f"The store at {uri} refused the user name or password ({_message(error)}). "
            "Check TIERTRACE_NEO4J_USER and TIERTRACE_NEO4J_PASSWORD."
        )
    if isinstance(error, (ServiceUnavailable, SessionExpired)):
        return StoreError(
            f"No store answers at {uri}: {_message(error).splitlines()[0]}. Is the server running? "
            "TIERTRACE_NEO4J_URI names it; without it the embedded store is used."
        )
    if code.endswith("DatabaseNotFound"):
        return StoreError(f"The store at {uri} has no such database: {_message(error)} Check TIERTRACE_NEO4J_DATABASE.")
    if any(part in code for part in _TIMED_OUT) or "TimeoutException" in _message(error):
        return RefusedError(f"The statement ran too long and was ended ({_message(error)}).")
    if any(part in code for part in _FORBIDDEN):
        return RefusedError(f"The store refused the statement: {_message(error)}.")
    if isinstance(error, ClientError):
        return RefusedError(f"The store does not accept the statement: {_message(error)}")
    return StoreError(f"The store at {uri} failed: {_message(error)}")


def _no_address(uri: str, why: str) -> StoreError:
    shown = re.sub(r"//.*@", "//***@", uri)
    return StoreError(
        f"TIERTRACE_NEO4J_URI={shown!r} is no address of a store: {why}. "
        "It looks like bolt://localhost:7687 or neo4j+s://name.example.org; user and password have variables of "
        "their own, TIERTRACE_NEO4J_USER and TIERTRACE_NEO4J_PASSWORD."
    )


class Bolt:
    """A connection to a store.

    Parameters
    ----------
    connection : Connection
        Address, logins, database.
    write : bool
        Whether the writing login is needed.

    Raises
    ------
    StoreError, StoreAuthError
        No store answers there, or it refuses the login.
    """

    def __init__(self, connection: Connection, *, write: bool = True) -> None:
        self.uri = connection.uri
        self.database = connection.database
        self._process = connection.process
        if "@" in connection.uri:
            raise _no_address(connection.uri, "it holds a user name or password")
        if not connection.uri.startswith(_SCHEMES):
            raise _no_address(connection.uri, f"it begins with none of {', '.join(_SCHEMES)}")
        options = DRIVER_OPTIONS | (_EMBEDDED_OPTIONS if self.embedded else {})
        try:
            self._reading = GraphDatabase.driver(connection.uri, auth=connection.reader, **options)
        except (ValueError, ConfigurationError) as error:
            raise _no_address(connection.uri, _message(error)) from error
        self._writing = self._reading
        if connection.admin != connection.reader:
            self._writing = GraphDatabase.driver(connection.uri, auth=connection.admin, **options)
        try:
            with self.translated():
                (self._writing if write else self._reading).verify_connectivity()
        except BaseException:
            self.close()
            raise

    @property
    def embedded(self) -> bool:
        """Whether the store is an engine of our own."""
        return self._process is not None

    def close(self) -> None:
        """Close the connections."""
        self._reading.close()
        if self._writing is not self._reading:
            self._writing.close()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise our errors instead of the driver's, and at once where an engine of our own is gone."""
        if self._is_gone():
            raise StoreError(_GONE)
        try:
            yield
        except (Neo4jError, DriverError) as error:
            raise (StoreError(_GONE) if self._is_gone() else translate(error, self.uri)) from error

    def _is_gone(self) -> bool:
        return self._process is not None and not self._process.alive

    def transaction(self, work: Callable[[ManagedTransaction], T]) -> T:
        """Run statements in one writing transaction, retried where the server asks for it.

        Parameters
        ----------
        work : callable
            Gets the transaction; it may be called again and must lead to the same end.
        """
        try:
            with self.translated(), self._writing.session(database=self.database) as session:
                return session.execute_write(work)
        except RefusedError as error:  # our own statements are right: the server could not do it
            raise StoreError(
                f"The store could not write: {_message(error.__cause__ or error)}. Nothing of this batch was kept. If "
                "the disk is full, make room; then run the command again."
            ) from error

    def write(self, name: str, /, **parameters: Any) -> list[Record]:
        """Run one statement of the catalogue in a writing transaction."""
        return self.transaction(lambda tx: list(tx.run(statement(name), parameters)))

    def read(self, name: str, /, *, fetch_size: int = 1000, **parameters: Any) -> list[Record]:
        """Run one statement of the catalogue with the login that cannot write."""
        return self.reading(lambda tx: list(tx.run(statement(name), parameters)), fetch_size=fetch_size)

    def reading(self, work: Callable[[ManagedTransaction], T], *, fetch_size: int = 1000) -> T:
        """Run statements in one reading transaction."""
        with (
            self.translated(),
            self._reading.session(
                database=self.database, default_access_mode=READ_ACCESS, fetch_size=fetch_size
            ) as session,
        ):
            return session.execute_read(work)

    def run_schema(self, statements: list[str]) -> None:
        """Run constraints and indexes in one transaction."""

        def work(tx: ManagedTransaction) -> None:
            for text in statements:
                tx.run(text).consume()

        self.transaction(work)

    @property
    def reader(self) -> Driver:
        """Driver of the login that cannot write."""
        return self._reading

    @property
    def admin(self) -> Driver:
        """Driver of the login that may write."""
        return self._writing
