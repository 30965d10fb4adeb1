"""Bills for bonds: what the maturity of debt does to inflation in the two regimes.

With flexible prices and taxes that do not respond, the real value of debt is the value
of surpluses, whatever its maturity. The expected real return on debt is therefore
given, and expected inflation moves one for one with the expected nominal return of the
portfolio: shortening the debt lowers it by the premium that the portfolio gives up
(Corhay, Kind, Kung and Morales 2023). Where monetary policy sets inflation, it does not
move and the expected real return on debt does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from scipy.optimize import brentq

from ...calibration.economies.core import COARSE, Economy, load, solve_economy
from ...solvers.projection.expectations import conditional_mean
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "Does shortening the debt change inflation?"
DECAYS = (0.95, 0.925, 0.9, 0.85, 0.8)
# Convenience is a return too, and bills have more of it: the result is exact without.
NO_CONVENIENCE = {"safety_price": 1e-12, "liquidity_price": 1e-12}
# Taxes take the place of the mean convenience flow, as a share of output.
REPLACED = {"safe": 0.0047, "risky": 0.0032}
ANNUAL = 400.0  # log per quarter -> percent a year


def same_point(economy: Economy, base: Economy, states: np.ndarray) -> np.ndarray:
    """States (d,) that differ from ``states`` of ``base`` in face value alone.

    Where taxes do not respond, surpluses give the value of debt and face value gives
    inflation, which is made the same; where they respond it is the other way round.
    """
    place = economy.solution.states.index("debt_gap")
    responds = float(np.ravel(economy.solution.parameters["tax_response"])[0]) > 0
    name = "debt_value" if responds else "inflation"

    def seen(of: Economy, face: float) -> float:
        moved = states.copy()
        moved[place] = face
        return float(of.solution.observe([name], moved)[0, 0])

    goal = seen(base, states[place])
    centre = float(np.asarray(economy.solution.domain.center)[place])
    reach = float(np.asarray(economy.solution.domain.scale)[place])
    found = states.copy()
    found[place] = brentq(
        lambda face: seen(economy, face) - goal,
        centre - reach,
        centre + reach,
        xtol=1e-13,
    )
    return found


def measures(economy: Economy, states: np.ndarray) -> dict[str, float]:
    """Expectations over the next quarter and levels at states (d,)."""
    solution = economy.solution
    omega = float(solution.parameters["omega"])
    price, rate, debt, value, inflation = solution.observe(
        [
            "log_bond_price",
            "policy_rate",
            "end_of_period_debt",
            "debt_value",
            "inflation",
        ],
        states,
    )[0]
    nominal = conditional_mean(
        solution,
        ["log_bond_price"],
        lambda v: jnp.log(1 + omega * jnp.exp(v["log_bond_price"])),
        states,
    )[0]
    expected = conditional_mean(
        solution, ["inflation"], lambda v: v["inflation"], states
    )[0]
    # Second way to the real return: the value of debt itself, never its maturity.
    real = conditional_mean(
        solution,
        ["debt_value", "output_growth_next"],
        lambda v: jnp.log(v["debt_value"]) + v["output_growth_next"],
        states,
    )[0]
    return {
        "duration": float(
            1 / (1 - omega * np.exp(-np.log(np.exp(-price) + omega))) / 4
        ),
        "debt": 100 * float(value) / 4,
        "inflation": ANNUAL * float(inflation),
        "policy_rate": ANNUAL * float(rate),
        "expected_nominal_return": ANNUAL * float(nominal - price),
        "portfolio_premium": ANNUAL * float(nominal - price - rate),
        "expected_inflation": ANNUAL * float(expected),
        "expected_real_return": ANNUAL * float(real - np.log(debt)),
    }


def plain_economy(
    name: str, decay: float, overrides: Mapping[str, Any] | None = None
) -> Economy:
    """An economy without convenience whose coupons decay at ``decay`` per quarter.

    Policy is the same for every decay: intercepts are not solved for again.
    """
    shipped = load(name)[1].values["tax_mean"]
    tax = float(np.ravel(shipped)[0]) + REPLACED[name]
    given = {**NO_CONVENIENCE, "tax_mean": tax, **(overrides or {}), "omega": decay}
    return solve_economy(name, given, levels=(COARSE,), intercepts=False)


def maturity_records(context: ExperimentContext) -> list[dict[str, Any]]:
    """One record per regime and decay of coupons; changes are against the longest."""
    records = []
    for name in ("safe", "risky"):
        context.progress.say(f"solving: {name}, by maturity")
        economies = [plain_economy(name, w, context.overrides) for w in DECAYS]
        base, first = economies[0], None
        rest = base.rest()
        for decay, economy in zip(DECAYS, economies, strict=True):
            found = measures(economy, same_point(economy, base, rest))
            first = first or found
            records.append(
                {
                    "regime": name,
                    "decay": decay,
                    **found,
                    "change_of_expected_inflation": found["expected_inflation"]
                    - first["expected_inflation"],
                    "change_of_premium": found["portfolio_premium"]
                    - first["portfolio_premium"],
                }
            )
    return records


def _section(result: ExperimentResult) -> Section:
    import pandas as pd

    from ..report import labels
    from ..report.cells import Number
    from ..report.page import Section, Table, Text

    shown = {
        "duration": ("Duration, years", "years"),
        "portfolio_premium": ("Premium of the portfolio, % a year", "percent"),
        "expected_inflation": ("Expected inflation, % a year", "percent"),
        "expected_real_return": ("Expected real return, % a year", "percent"),
        "change_of_premium": ("Change of the premium, pp", "percent"),
        "change_of_expected_inflation": ("Change of expected inflation, pp", "percent"),
    }
    records = result.records["maturity"]
    frame = pd.DataFrame(
        {
            text: [Number(labels.fixed(r[name] + 0.0, unit, 3)) for r in records]
            for name, (text, unit) in shown.items()
        },
        dtype=object,
    )
    groups = [labels.column(r["regime"]) for r in records]
    table = Table(frame, "Shorter debt at the same inflation today", groups=groups)
    lead, *more = result.notes
    return Section(QUESTION, lead, [table, *(Text(n) for n in more)], short="Maturity")


@experiment("maturity", question=QUESTION, order=5.6, section=_section)
def maturity(context: ExperimentContext) -> ExperimentResult:
    """Solve both economies for shorter and shorter debt."""
    import pandas as pd

    records = maturity_records(context)
    last = {r["regime"]: r for r in records if r["decay"] == DECAYS[-1]}
    lead = (
        f"Debt of {last['risky']['duration']:.1f} years instead of "
        f"{records[0]['duration']:.1f}: expected inflation moves by "
        f"{last['risky']['change_of_expected_inflation']:+.2f} percentage points a "
        "year where debt is risky, as much as the premium of the portfolio, and by "
        f"{last['safe']['change_of_expected_inflation']:+.2f} where it is safe."
    )
    return ExperimentResult(
        tables={"maturity": pd.DataFrame(records)},
        records={"maturity": records},
        notes=[lead, HOW],
        parameters={},
        quantities={
            f"{r['regime']}_{r['decay']:g}_expected_inflation": (
                r["expected_inflation"],
                "percent per year",
            )
            for r in records
        },
    )


HOW = (
    "Coupons decay at the given rate per quarter; convenience is switched off; taxes "
    "and the rule's intercept are those of the longest debt. States are the ergodic "
    "mean of the longest debt, with face value such that today's inflation and value "
    "of debt are the same: policy rates are then the same, and a change of the "
    "portfolio's nominal return is a change of its premium."
)
