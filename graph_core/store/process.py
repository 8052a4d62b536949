"""Processes and locks of this machine: is this still the process that wrote that note."""

from __future__ import annotations

import os
import platform
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

import psutil

from graph_core.errors import StoreBusyError


@dataclass(frozen=True)
class ProcessId:
    """A process that can be told from a later one with the same number.

    Attributes
    ----------
    pid : int
        Number of the process.
    started : float
        Start time in seconds since 1970.
    """

    pid: int
    started: float

    def find(self) -> psutil.Process | None:
        """Give the running process, or None where it is gone or the number belongs to another one."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < 1.0
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    @property
    def alive(self) -> bool:
        """Whether that very process still runs."""
        return self.find() is not None


@cache
def own() -> ProcessId:
    """Identity of this process."""
    return ProcessId(os.getpid(), psutil.Process().create_time())


@cache
def machine() -> str:
    """Identity of this machine, so that a process number is only compared where it means something."""
    return f"{platform.node()}/{uuid.getnode():012x}"


def _try_lock(handle: BinaryIO) -> bool:
    """Lock a file without waiting; the system lets go of it when the process ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - each exists on its own system only

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def file_lock(path: Path, timeout: float) -> Iterator[None]:
    """Hold a lock that one process of this machine can hold at a time.

    Parameters
    ----------
    path : Path
        Lock file; created where missing, never removed.
    timeout : float
        Seconds to wait for another holder.

    Raises
    ------
    StoreBusyError
        Another process held it all that time.
    """
    deadline = time.monotonic() + timeout
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as handle:
        while not _try_lock(handle):
            if time.monotonic() > deadline:
                raise StoreBusyError(
                    f"Another process has been starting or stopping the store for {timeout:.0f} s (lock {path}). "
                    "Try again; if it lasts, end that process."
                )
            time.sleep(0.05)
        yield
