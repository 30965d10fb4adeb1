"""Errors that a user can cause and mend: one clear line, no traceback."""


class FiscaxError(ValueError):
    """A mistake in the input: the message names the culprit and what is admissible.

    The command line prints the message on one line to standard error and exits with
    code 2. Raise it at the outer boundary (loading a file, reading an option), before
    any long computation; inside solvers failure is a value, not an exception.
    """
