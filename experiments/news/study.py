"""Responses of yields to spending news, for many parameter draws in one program.

``fiscax sweep`` with ``evaluate = "news"``: draws are solved on the coarse grid and the
domain of the base calibration (``solvers.batches`` says what that means), and answer at
the base's resting point. That is a map of how answers move with parameters, not the
regime table: intercepts are the base's, and the grid is coarse.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...calibration.economies.core import NUMERAIRES, CoreEconomy
from ...calibration.economies.protocol import ANNUAL_BP, PERSISTENT_FLOW
from ...calibration.economies.store import EconomyStore
from ...calibration.parameters.calibration import CalibrationError, calibration_regimes
from ...errors import FiscaxError
from ...models.declaration import Advice
from ...solvers.errors import SolutionError
from ...solvers.pricing.curves import CURVES, term_structure
from ...solvers.projection.batches import solve_batch
from ...solvers.projection.pricing import require_settled, require_value
from ...solvers.projection.simulate import Draws, observe, stepper
from ...solvers.projection.solution import GlobalSolution
from .outputs import QUARTERS

BASE = "risky"


def news_responses(solution: GlobalSolution, rest: jax.Array) -> dict[str, jax.Array]:
    """Yields at rest (d,) and what +1pp of GDP of persistent spending does to them.

    For use inside a program; yields (3,) by maturity in percent per year, changes in
    basis points per year. ``growth_operator`` (N, N) prices ratios to output, and
    ``curve_ranges`` say whether prices of long bonds settle.
    """
    operators = solution.operators(NUMERAIRES)
    structure = term_structure(operators, tuple(QUARTERS.values()))
    curves = structure.functions
    before, after = _without_and_with_news(solution, rest)
    at_rest, change = (
        dict(zip(curves.names, row, strict=True))
        for row in (
            ANNUAL_BP / 100 * curves.within(rest[None, :], 0)[0],
            ANNUAL_BP * (curves.within(after, 0) - curves.within(before, 0))[0],
        )
    )

    def by_maturity(part: str, values: dict[str, jax.Array]) -> jax.Array:
        return jnp.stack([values[f"{part}_{n}"] for n in QUARTERS.values()])

    yields = by_maturity("yield", change)
    return {
        "yield": by_maturity("yield", at_rest),
        "yield_change": yields,
        "yield_ex_convenience_change": yields + by_maturity("convenience", change),
        "expected_inflation_10y_change": change["expected_inflation_40"],
        "term_premium_10y_change": change["term_premium_40"],
        "growth_operator": operators.matrices["growth"],
        "curve_ranges": structure.ranges,
    }


def _without_and_with_news(
    solution: GlobalSolution, rest: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """States (1, d) one period after rest, as ``responses.persistent_spending`` has."""
    model, here = solution.model, rest[None, :]
    values = solution.parameters, solution.solved
    ratio = observe(model, solution.grids, *values, ["spending_ratio"], 0, here)[0, 0]
    size = jnp.log(1 + PERSISTENT_FLOW / ratio) / solution.parameters["sigma_z"]
    position = [s.name for s in model.shocks].index("e_z")
    still = jnp.zeros((1, len(model.shocks)))
    # An event happens when its uniform lies below its probability: here none does.
    none, chain = jnp.ones((1, len(model.events))), jnp.zeros(1)
    step = stepper(model, solution.grids)
    before, after = (
        step(*values, 0, here, Draws(shocks, none, chain))
        for shocks in (still, still.at[0, position].set(size))
    )
    return before, after


@lru_cache(maxsize=1)
def _store() -> EconomyStore:
    """Bases of this process; draws are no changes of theirs."""
    return EconomyStore()


def _base(name: str) -> CoreEconomy:
    """The base calibration, solved on the coarse grid with its own domain.

    Raises
    ------
    FiscaxError
        The economy has several regimes.
    """
    regimes = calibration_regimes(name)
    if len(regimes) > 1:
        raise FiscaxError(
            f"'news' sweeps economies with one regime; '{name}' has "
            f"{', '.join(regimes)}"
        )
    return _store().core(name, grid="coarse")


def news(parameters: dict[str, Any], base: str | None) -> dict[str, Any]:
    """Yields at the base's resting point and their responses, B draws at once.

    A draw that cannot be solved on the base's domain has the reason in ``status``.
    """
    economy = _base(BASE if base is None else base)
    given, values = _admissible(economy, parameters)
    found = solve_batch(economy.solution, values, economy.rest(), news_responses)
    growth = found.extra.pop("growth_operator")
    ranges = found.extra.pop("curve_ranges")
    rows = zip(given, found.status, growth, ranges, strict=True)
    status = [_status(*row, economy.model.advice) for row in rows]
    return {
        **found.extra,
        "residual": np.max(list(found.residuals.values()), axis=0),
        "share_outside": found.share_outside,
        "rest_reach": found.rest_reach,
        "status": status,
    }


def _status(
    given: str, solved: str, growth: np.ndarray, ranges: np.ndarray, advice: Advice
) -> str:
    """First of what may be wrong: parameters, solution, value of output, long bonds."""
    for status in (given, solved):
        if status != "ok":
            return status
    # Valuations are linear: Newton solves them also where the sum does not converge.
    try:
        require_value(growth, "output", advice)
        require_settled(ranges, CURVES, advice)
    except SolutionError as error:
        return str(error)
    return "ok"


def _admissible(
    economy: CoreEconomy, parameters: dict[str, Any]
) -> tuple[list[str], dict[str, np.ndarray]]:
    """What is wrong with each draw, and values (B, ...) without coordinates.

    A draw that is not admissible is solved with the base's values, and not reported.
    """
    calibration = economy.calibration
    coordinates = [
        e.name for e in calibration.entries if e.parameter.role == "coordinate"
    ]
    names = list(parameters)
    status, rows = [], []
    for draw in zip(
        *(np.asarray(c).tolist() for c in parameters.values()), strict=True
    ):
        changed, problem = calibration, "ok"
        try:
            changed = calibration.with_values(**dict(zip(names, draw, strict=True)))
        except CalibrationError as error:
            problem = " ".join(str(error).split())
        arrays = changed.as_arrays()
        rows.append({k: v for k, v in arrays.items() if k not in coordinates})
        status.append(problem)
    return status, {k: np.stack([row[k] for row in rows]) for k in rows[0]}
