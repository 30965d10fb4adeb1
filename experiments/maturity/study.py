"""Bills for bonds: what the maturity of debt does to inflation in the two regimes.

With flexible prices and taxes that do not respond, the real value of debt is the value
of surpluses, whatever its maturity. The expected real return on debt is therefore
given, and expected inflation moves one for one with the expected nominal return of the
portfolio: shortening the debt lowers it by the premium that the portfolio gives up
(Corhay, Kind, Kung and Morales 2023). Where monetary policy sets inflation, it does not
move and the expected real return on debt does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import brentq

from ...calibration.economies.core import CoreEconomy, load
from ...calibration.economies.store import EconomyStore
from ...solvers.projection.expectations import conditional_means
from ..study import Findings, Setting
from ..tables import records, table

if TYPE_CHECKING:
    import xarray as xr

REGIMES = ("safe", "risky")
DECAYS = (0.95, 0.925, 0.9, 0.85, 0.8)
# Convenience is a return too, and bills have more of it: the result is exact without.
NO_CONVENIENCE = {"safety_price": 1e-12, "liquidity_price": 1e-12}
# Taxes take the place of the mean convenience flow, as a share of output.
REPLACED = {"safe": 0.0047, "risky": 0.0032}
ANNUAL = 400.0  # log per quarter -> percent a year
_RATE = "percent per year"
UNITS = {
    "duration": "years",
    "debt": "percent of annual GDP",
    "inflation": _RATE,
    "policy_rate": _RATE,
    "expected_nominal_return": _RATE,
    "portfolio_premium": _RATE,
    "expected_inflation": _RATE,
    "expected_real_return": _RATE,
    "change_of_expected_inflation": "percentage points",
    "change_of_premium": "percentage points",
}


def same_point(
    economy: CoreEconomy, base: CoreEconomy, states: np.ndarray
) -> np.ndarray:
    """States (d,) that differ from ``states`` of ``base`` in face value alone.

    Where taxes do not respond, surpluses give the value of debt and face value gives
    inflation, which is made the same; where they respond it is the other way round.
    """
    place = economy.solution.states.index("debt_gap")
    responds = float(np.ravel(economy.solution.parameters["tax_response"])[0]) > 0
    name = "debt_value" if responds else "inflation"

    def seen(of: CoreEconomy, face: float) -> float:
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


def measures(economy: CoreEconomy, states: np.ndarray) -> dict[str, float]:
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
    found = conditional_means(
        solution,
        ["log_bond_price", "inflation", "debt_value", "output_growth_next"],
        {
            "nominal": lambda v: np.log(1 + omega * np.exp(v["log_bond_price"])),
            "inflation": lambda v: v["inflation"],
            # Second way to the real return: the value of debt, never its maturity.
            "real": lambda v: np.log(v["debt_value"]) + v["output_growth_next"],
        },
        states,
    )
    nominal, expected, real = (float(mean[0]) for mean in found.values())
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


def plain_economy(store: EconomyStore, name: str, decay: float) -> CoreEconomy:
    """An economy without convenience whose coupons decay at ``decay`` per quarter.

    Policy is the same for every decay: intercepts are not solved for again.

    Raises
    ------
    OverrideError
        The user's change contradicts the case.
    CalibrationError, SolutionError
        From the solver.
    """
    shipped = load(name)[1].values["tax_mean"]
    tax = float(np.ravel(shipped)[0]) + REPLACED[name]
    case = {**NO_CONVENIENCE, "omega": decay}
    return store.core(name, case, {"tax_mean": tax}, grid="coarse", intercepts=False)


def by_maturity(setting: Setting) -> xr.Dataset:
    """Measures by regime and decay of coupons; changes are against the longest."""
    lines: list[dict[str, Any]] = []
    for name in REGIMES:
        setting.progress.say(f"solving: {name}, by maturity")
        economies = [plain_economy(setting.store, name, decay) for decay in DECAYS]
        base = economies[0]
        rest = base.rest()
        found = [measures(e, same_point(e, base, rest)) for e in economies]
        first = found[0]
        for decay, own in zip(DECAYS, found, strict=True):
            changes = {
                f"change_of_{text}": own[key] - first[key]
                for text, key in (
                    ("expected_inflation", "expected_inflation"),
                    ("premium", "portfolio_premium"),
                )
            }
            lines.append({"regime": name, "decay": decay, **own, **changes})
    return table(lines, ("regime", "decay"), UNITS)


def measure(setting: Setting) -> Findings:
    """Solve both economies for shorter and shorter debt.

    Raises
    ------
    OverrideError
        The user's change contradicts debt of these maturities without convenience.
    CalibrationError, SolutionError
        From the economies.
    """
    found = by_maturity(setting)
    return Findings(
        {"maturity": found},
        quantities={
            f"{r['regime']}_{r['decay']:g}_expected_inflation": (
                r["expected_inflation"],
                UNITS["expected_inflation"],
            )
            for r in records(found)
        },
    )
