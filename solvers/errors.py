"""Errors of solvers: each message says what failed, where, by how much, what to do."""

from __future__ import annotations

from ..errors import FiscaxError


class SolutionError(FiscaxError):
    """A solver did not converge; the message names the equation or parameter."""


class DeterminacyError(SolutionError):
    """No stable solution, or more than one."""


class ValueDoesNotExistError(SolutionError):
    """A present value does not converge: the operator's spectral radius is not < 1."""
