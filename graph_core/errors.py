"""Everything that can go wrong, as one small tree.

::

    TiertraceError                 exit code 1   our fault, unless a subclass says otherwise
     +-- UsageError                exit code 2   the command was used wrongly
     +-- InputError (ValueError)   exit code 3   a file, row, date or parameter is not usable
     |    +-- NotFoundError (LookupError)        no such brand, site, query, snapshot
     |    +-- TooManyRejectsError                more rejected rows than ``--max-rejects`` allows
     |    +-- VerificationError                  a frozen file is not what it was
     +-- RefusedError (PermissionError) exit 3   a statement that may not run, or ran too long
     +-- StoreError (ConnectionError)   exit 4   no store, or none that can be used
     |    +-- StoreBusyError                     another process is writing
     |    +-- StoreAuthError                     user or password not accepted
     +-- ConvergenceError (ArithmeticError)      a solver did not reach its tolerance
     +-- ThresholdExceeded         exit code 5   an alert threshold was crossed
     +-- Cancelled                               a person ended work that was under way

Every message says what is wrong, where (file, line, column, value), and what to do about it.
"""

from __future__ import annotations


class TiertraceError(Exception):
    """Base of all errors that tiertrace raises on purpose."""

    exit_code = 1


class UsageError(TiertraceError):
    """A command or function was called in a way that it does not support."""

    exit_code = 2


class InputError(TiertraceError, ValueError):
    """A file, row, date or parameter cannot be used as it is."""

    exit_code = 3


class NotFoundError(InputError, LookupError):
    """Nothing has the id or name that was asked for."""


class TooManyRejectsError(InputError):
    """More rows were rejected than the user allowed."""


class VerificationError(InputError):
    """A frozen file differs from what was recorded about it."""


class RefusedError(TiertraceError, PermissionError):
    """A statement was refused by the read guard or by the server, or ran out of time."""

    exit_code = 3


class StoreError(TiertraceError, ConnectionError):
    """No store answers, or the one that answers cannot be used."""

    exit_code = 4


class StoreBusyError(StoreError):
    """Another process holds the right to write."""


class StoreAuthError(StoreError):
    """The store refused the user name or password."""


class ConvergenceError(TiertraceError, ArithmeticError):
    """A solver stopped before its tolerance was reached.

    Attributes
    ----------
    residual : float
        Largest absolute change in the last sweep.
    """

    def __init__(self, message: str, residual: float) -> None:
        super().__init__(message)
        self.residual = residual


class ThresholdExceeded(TiertraceError):
    """A figure crossed the threshold that the user set; not a fault."""

    exit_code = 5


class Cancelled(TiertraceError):
    """A person asked for work to end; raised by the callback that is told of its progress."""
