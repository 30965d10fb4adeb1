"""The sticky-price economy that switches between safe and risky debt, to order two.

Both regimes rest at the same point, so that derivatives there describe the economy: in
each regime what holds while it lasts, knowing that it may end. At first order the
probabilities are those of the resting point; that debt moves them is an effect of the
second order, and so are premia.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from ...models.general.form import regime_probabilities
from ...models.general.model import DynamicModel
from ...models.general.switching import SwitchingDynamics, switching_dynamics
from ...models.sticky import sticky_price_economy
from ...solvers.perturbation.solution import LocalSolution, solve_local
from ...solvers.switching.curves import with_switching_curves
from ...solvers.switching.rules import unique_solution
from ...solvers.switching.system import SwitchingModel
from ..parameters.calibration import Calibration, load_calibration
from .sticky import MATURITIES, RegimeChain, StickyEconomy, sticky_dynamics

# The calibration whose regimes are those of the permanent economies.
SWITCHING = "sticky_switching"
REGIMES = ("safe", "risky")


def solve_switching(
    name: str = SWITCHING,
    overrides: Mapping[str, Any] | None = None,
    maturities: Sequence[int] = MATURITIES,
    order: int = 1,
) -> dict[str, StickyEconomy]:
    """Solve a switching calibration of the sticky-price economy; regime -> economy.

    Parameters
    ----------
    overrides : parameter -> value, or values by regime.
    maturities : of the curves in quarters.
    order : 1 or 2.

    Raises
    ------
    CalibrationError
        Naming every inadmissible override.
    DeterminacyError
        The mean-square stable solution does not exist or is not known to be unique.
    SolutionError
        The regimes do not rest at the same point, naming an equation.
    """
    given = tuple(sorted((overrides or {}).items(), key=lambda item: item[0]))
    return _solved(name, given, tuple(maturities), order)


def switching_problem(
    name: str = SWITCHING, overrides: Mapping[str, Any] | None = None
) -> SwitchingModel:
    """The economy as solvers of Markov-switching models take it."""
    return problem_of(in_regimes(sticky_dynamics(regimes=REGIMES), name, overrides))


def problem_of(dynamics: SwitchingDynamics) -> SwitchingModel:
    """A form of the economy at its values, expanded where regimes rest."""
    form = dynamics.model
    by_regime = np.array(dynamics.by_regime(dynamics.vector()))
    names = [p.name for p in form.parameters]
    first = {
        n: v
        for n, v in zip(names, by_regime[0].tolist(), strict=True)
        if n not in form.resting
    }
    # Both regimes rest where the first one does; the problem checks that they do.
    steady = solve_local(form, 1, first).steady_state
    for parameter, variable in form.resting.items():
        by_regime[:, names.index(parameter)] = steady[variable]
    return SwitchingModel(
        form,
        by_regime,
        dynamics.transition,
        np.array([steady[n] for n in form.names]),
        regimes=dynamics.regimes,
    )


def in_regimes(
    form: DynamicModel,
    name: str = SWITCHING,
    overrides: Mapping[str, Any] | None = None,
    others: Mapping[str, float] | None = None,
) -> SwitchingDynamics:
    """A form of the economy with the parameters of a switching calibration.

    Parameters that the calibration gives other values in safe and in risky debt are
    apart; all others, one value for both, are one parameter.

    Parameters
    ----------
    form : ``sticky_dynamics(regimes=REGIMES)``, perhaps with more equations.
    overrides : as in ``solve_switching``; others : values of parameters of the form
        that are none of the economy's.

    Raises
    ------
    CalibrationError
        Naming every inadmissible override.
    """
    model = sticky_price_economy(regimes=REGIMES)
    calibration = load_calibration(name, model)
    if overrides:
        calibration = calibration.with_values(**dict(overrides))
    given: dict[str, float | Mapping[str, float]] = dict(others or {})
    for parameter, array in calibration.as_arrays().items():
        values = np.broadcast_to(np.ravel(array), len(REGIMES)).tolist()
        one = len(set(values)) == 1
        given[parameter] = values[0] if one else dict(zip(REGIMES, values, strict=True))
    chances = regime_probabilities(model, form)
    return switching_dynamics(form, REGIMES, chances, given)


@lru_cache(maxsize=8)
def _solved(name, overrides, maturities, order) -> dict[str, StickyEconomy]:
    given = dict(overrides)
    calibration = load_calibration(name, sticky_price_economy(regimes=REGIMES))
    if given:
        calibration = calibration.with_values(**given)
    problem = switching_problem(name, given)
    return _economies(name, calibration, problem, maturities, order)


def estimated_switching(
    name: str, estimates: Mapping[str, float]
) -> dict[str, StickyEconomy]:
    """A calibration with estimated parameters, to first order; regime -> economy.

    Estimates may be where calibrations are not admissible: a draw of a posterior is
    what it is.

    Parameters
    ----------
    estimates : by name; those that regimes have of their own as ``theta[risky]``.

    Raises
    ------
    DeclarationError
        A name that is no parameter.
    SolutionError, SteadyStateError, DeterminacyError
        From the solver, naming equation or parameter.
    """
    ships = _as_it_ships(name)
    ships.vector(estimates)
    dynamics = replace(ships, values={**ships.values, **estimates})
    calibration = load_calibration(name, sticky_price_economy(regimes=REGIMES))
    return _economies(name, calibration, problem_of(dynamics), MATURITIES, 1)


@lru_cache(maxsize=2)
def _as_it_ships(name: str) -> SwitchingDynamics:
    return in_regimes(sticky_dynamics(regimes=REGIMES), name)


def _economies(
    name: str,
    calibration: Calibration,
    problem: SwitchingModel,
    maturities: tuple[int, ...],
    order: int,
) -> dict[str, StickyEconomy]:
    """The economy in each of its regimes, with curves."""
    _, rules = unique_solution(problem, order)
    every = {n for m in maturities for n in (m, m - 1) if n >= 1}
    rules = with_switching_curves(rules, problem, tuple(sorted(every)))
    by_regime: dict[str, LocalSolution] = dict(zip(REGIMES, rules, strict=True))
    return {
        regime: StickyEconomy(
            name,
            calibration,
            rule,
            maturities,
            RegimeChain(by_regime, problem.chances, position),
        )
        for position, (regime, rule) in enumerate(by_regime.items())
    }
