"""Errors of solvers: each message says what failed, where, by how much, what to do."""

from __future__ import annotations

from ..errors import FiscaxError


class SolutionError(FiscaxError):
    """A solver failed; the message names the block, equation or parameter."""


class DeterminacyError(SolutionError):
    """No stable solution, or more than one (Blanchard and Kahn 1980)."""


class SteadyStateError(SolutionError):
    """No steady state: the message names the equations that do not hold."""


class ValueDoesNotExistError(SolutionError):
    """A present value does not converge: the operator's spectral radius is not < 1."""
