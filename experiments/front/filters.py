"""Data held against solutions: one likelihood for permanent and for hidden regimes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import FiscaxError
from ...models.general.model import DynamicModel
from ...solvers.filters import likelihood, switching
from ...solvers.filters.observables import Errors
from ...solvers.filters.switching import Rules
from ...solvers.perturbation.solution import LocalSolution
from ...solvers.switching.markov import MarkovSolution
from .economy import Economy

if TYPE_CHECKING:
    import xarray as xr

Solved = LocalSolution | DynamicModel | MarkovSolution | Economy


def log_likelihood(
    source: Solved,
    data: Any,
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
    memory: int | None = None,
) -> float:
    """Gaussian log-likelihood of data by name.

    Parameters
    ----------
    source
        A solution of first order, a model (solved at its default values), a solution
        with ``regimes``, or an economy with sticky prices, solved with ``order=1``.
        Regimes are not observed: the filter carries one normal distribution for every
        history of the last ``memory`` regimes.
    data
        What yields a series of T numbers by name of variable (mapping, data frame,
        dataset), levels, NaN where missing.
    measurement_error
        Standard deviation by observable, or the parameter that holds it; those that
        the model declares by default.
    initial_variance
        Of each state before the first date; their ergodic distribution by default.
    memory
        How many regimes are kept apart where they are hidden; 1 is Kim's (1994)
        filter. By default as many as make 64 histories, six of two regimes.

    Raises
    ------
    DeclarationError
        A name that is no variable, or series that do not fit together.
    SolutionError
        The model has no unique stable solution, a unit root without an initial
        variance, observables that satisfy an exact relation, a solution of higher
        order.
    FiscaxError
        The economy is not solved by perturbation.

    Examples
    --------
    >>> from pathlib import Path
    >>> import fiscax, numpy as np
    >>> text = '''var y; varexo e; parameters rho sd; rho = 0.6; sd = 0.1;
    ... model; y = rho*y(-1) + e; end; shocks; var e; stderr sd; end;'''
    >>> _ = Path("ar.mod").write_text(text)
    >>> chain = {"calm": {"calm": 0.9, "wild": 0.1}, "wild": {"calm": 0.2, "wild": 0.8}}
    >>> hidden = {"sd": {"calm": 0.1, "wild": 1.0}}
    >>> solution = fiscax.solve(fiscax.load_mod("ar.mod"), hidden, regimes=chain)
    >>> data = {"y": [0.1, 0.0, 0.1, -2.0, 1.5, 0.2]}
    >>> found = fiscax.smoothed_regimes(solution, data)
    >>> bool(found.sel(regime="wild")[3] > 0.99)
    True
    """
    found = _regimes(source)
    if found is None:
        return likelihood.log_likelihood(
            _alone(source), data, measurement_error, initial_variance
        )
    return switching.switching_likelihood(
        found, data, measurement_error, initial_variance, memory
    )


def filtered_regimes(
    source: MarkovSolution | Economy,
    data: Any,
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
    memory: int | None = None,
) -> xr.DataArray:
    """Probabilities of hidden regimes (time, regime) given data up to each date.

    Arguments and errors are those of ``log_likelihood``; the attribute
    ``log_likelihood`` comes with it.
    """
    given = data, measurement_error, initial_variance, memory
    return switching.regime_probabilities(_needed(source), *given, smoothed=False)


def smoothed_regimes(
    source: MarkovSolution | Economy,
    data: Any,
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
    memory: int | None = None,
) -> xr.DataArray:
    """Probabilities of hidden regimes (time, regime) given all data.

    Arguments and errors are those of ``log_likelihood``; the attribute
    ``log_likelihood`` comes with it.
    """
    given = data, measurement_error, initial_variance, memory
    return switching.regime_probabilities(_needed(source), *given, smoothed=True)


def _regimes(source: Solved) -> switching.Source | None:
    """A solution with hidden regimes; None where there is one regime."""
    if isinstance(source, MarkovSolution):
        return source
    chain = (
        getattr(source.solved, "chain", None) if isinstance(source, Economy) else None
    )
    return None if chain is None else Rules(chain.rules, chain.chances)


def _needed(source: Solved) -> switching.Source:
    found = _regimes(source)
    if found is None:
        raise FiscaxError(
            "there is one regime only: solve a model with regimes=..., or take the "
            "economy 'sticky_switching' with order=1"
        )
    return found


def _alone(source: Any) -> LocalSolution | DynamicModel:
    if not isinstance(source, Economy):
        return source
    if not isinstance(source.solution, LocalSolution):
        raise FiscaxError(
            f"economy '{source.name}' is solved globally and has no linear filter; "
            "take one with sticky prices"
        )
    return source.solution
