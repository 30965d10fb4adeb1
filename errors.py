"""Errors that a user can cause and mend: one clear line, no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FiscaxError(ValueError):
    """A mistake in the input: the message names the culprit and what is admissible.

    The command line prints the message on one line to standard error and exits with
    code 2. Raise it at the outer boundary (loading a file, reading an option), before
    any long computation; inside solvers failure is a value, not an exception.
    """


@contextmanager
def user_path(path: str | Path, doing: str = "read") -> Iterator[None]:
    """Turn what the system says about a user's path into one line.

    Parameters
    ----------
    path : named in the message.
    doing : what is tried, such as ``"read"`` or ``"make the folder"``.

    Raises
    ------
    FiscaxError
        The path does not exist, is of another kind, is not permitted, or does not hold
        text where text is read.
    """
    try:
        yield
    except OSError as error:
        raise FiscaxError(f"cannot {doing} {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FiscaxError(f"cannot {doing} {path}: not a text file (UTF-8)") from None
