"""The sticky-price economy that switches between safe and risky debt, to order two.

Both regimes rest at the same point, so that derivatives there describe the economy: in
each regime what holds while it lasts, knowing that it may end. At first order the
probabilities are those of the resting point; that debt moves them is an effect of the
second order, and so are premia.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...models.general.form import regime_probabilities
from ...models.general.functions import transition_function
from ...models.sticky import sticky_price_economy
from ...solvers.perturbation.solution import LocalSolution, solve_local
from ...solvers.switching.curves import with_switching_curves
from ...solvers.switching.rules import unique_solution
from ...solvers.switching.system import SwitchingModel
from ..parameters.calibration import load_calibration
from .sticky import MATURITIES, RegimeChain, StickyEconomy, sticky_dynamics

REGIMES = ("safe", "risky")


def solve_switching(
    name: str = "sticky_switching",
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
    name: str = "sticky_switching", overrides: Mapping[str, Any] | None = None
) -> SwitchingModel:
    """The economy as solvers of Markov-switching models take it."""
    model = sticky_price_economy(regimes=REGIMES)
    calibration = load_calibration(name, model)
    if overrides:
        calibration = calibration.with_values(**dict(overrides))
    form = sticky_dynamics(regimes=REGIMES)
    arrays = calibration.as_arrays()
    names = [p.name for p in form.parameters]
    by_regime = np.array(
        [np.broadcast_to(np.ravel(arrays[n]), len(REGIMES)) for n in names]
    ).T
    first = dict(zip(names, by_regime[0].tolist(), strict=True))
    # Both regimes rest where the first one does; the problem checks that they do.
    steady = solve_local(form, 1, first).steady_state
    return SwitchingModel(
        form,
        by_regime,
        transition_function(form, regime_probabilities(model, form)),
        np.array([steady[n] for n in form.names]),
        regimes=REGIMES,
    )


@lru_cache(maxsize=8)
def _solved(name, overrides, maturities, order) -> dict[str, StickyEconomy]:
    given = dict(overrides)
    problem = switching_problem(name, given)
    _, rules = unique_solution(problem, order)
    every = {n for m in maturities for n in (m, m - 1) if n >= 1}
    rules = with_switching_curves(rules, problem, tuple(sorted(every)))
    by_regime: dict[str, LocalSolution] = dict(zip(REGIMES, rules, strict=True))
    calibration = load_calibration(name, sticky_price_economy(regimes=REGIMES))
    if given:
        calibration = calibration.with_values(**given)
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
