"""Open problems of the core economy, each by one mechanism, with it and without it.

Both sides are solved on the coarse grid, intercepts included. The user's changes are in
both; what a mechanism switches it switches in the user's economy too, and its text
holds the values of that economy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...calibration.economies.core import CoreEconomy
from ...calibration.economies.intermediaries import load_plumbing
from ...calibration.economies.plumbed import supply_wedge, wedge_at_rest
from ...calibration.economies.protocol import ANNUAL_BP, Economy
from ...calibration.economies.quantities import QUANTITIES, measured
from ...calibration.economies.store import EconomyStore
from ...solvers.errors import SolutionError
from ..study import Findings, Setting
from ..tables import table


@dataclass(frozen=True)
class Mechanism:
    """One mechanism: the economy, overrides that switch it off and on, what to watch.

    The calibrated economy is the one whose overrides are empty; names in braces in
    ``mechanism`` are filled with its parameters, and with ``without`` and ``having``.
    """

    problem: str
    mechanism: str
    economy: str
    without: dict[str, Any]
    having: dict[str, Any]
    quantity: str
    grid: str = "coarse"

    @property
    def unit(self) -> str:
        """Of the quantity."""
        if self.quantity == SLOPE:
            return SLOPE_UNIT
        return QUANTITIES[self.quantity].unit


SLOPE = "slope_10y_3m"
SLOPE_UNIT = "percentage points, at the resting point"
TRANSFER = "one_time_yield_10y_ex_convenience"
MECHANISMS = (
    Mechanism(
        "who bears spending",
        "a disaster voids part of all promised taxes "
        "(breach = {breach:g}; without: breach = {without[breach]:g})",
        "risky",
        {"breach": 0.0},
        {},
        "share_bondholders",
    ),
    Mechanism(
        "term premium on a score",
        "news of spending is stress "
        "(stress_news = {stress_news:g}; without: stress_news = "
        "{without[stress_news]:g})",
        "risky",
        {"stress_news": 0.0},
        {},
        "score_term_premium_10y",
    ),
    Mechanism(
        "stocks on a score",
        "news of spending is stress "
        "(stress_news = {stress_news:g}; without: stress_news = "
        "{without[stress_news]:g})",
        "risky",
        {"stress_news": 0.0},
        {},
        "score_equity",
    ),
    Mechanism(
        "who bears spending",
        "transfers go to others than those who price bonds "
        "(redistribution = {having[redistribution]:g}; without: redistribution = 0)",
        "risky",
        {},
        {"redistribution": 1.0},
        "share_bondholders",
    ),
    Mechanism(
        "stocks on a score",
        "transfers go to others than those who price bonds "
        "(redistribution = {having[redistribution]:g}; without: redistribution = 0)",
        "risky",
        {},
        {"redistribution": 1.0},
        "score_equity",
    ),
    Mechanism(
        "beta of all Treasurys",
        "transfers go to others than those who price bonds "
        "(redistribution = {having[redistribution]:g}; without: redistribution = 0)",
        "risky",
        {},
        {"redistribution": 1.0},
        "treasury_portfolio_beta",
    ),
    Mechanism(
        "stocks and bonds",
        "the central bank accommodates supply shocks "
        "(b_x = {b_x:g}; without: b_x = {without[b_x]:g})",
        "risky",
        {"b_x": 0.0},
        {},
        "bond_stock_beta_quarterly_10y",
    ),
    Mechanism(
        "yields in stress",
        "the central bank does not follow the natural rate "
        "(phi_natural = {phi_natural:g}; without: phi_natural = "
        "{without[phi_natural]:g})",
        "risky",
        {"phi_natural": 0.3},
        {},
        "stress_1sd_yield_10y",
    ),
    Mechanism(
        "size of the response",
        "all of spending is promised "
        "(theta = {theta:g}; without: theta = {without[theta]:g})",
        "risky",
        {"theta": 0.8},
        {},
        "score_yield_10y_ex_convenience",
    ),
    Mechanism(
        "short end",
        "interest-rate smoothing "
        "(rho_i = {rho_i:g}; without: rho_i = {without[rho_i]:g})",
        "risky",
        {"rho_i": 0.0},
        {},
        "score_yield_3m",
    ),
    *(
        Mechanism(
            f"{problem}, while debt is safe",
            "a fiscal limit: the odds of leaving safety rise by "
            "{having[switch_debt][0]:g}% for 1% more debt (without: {switch_debt:g}%)",
            "switching",
            {},
            {"switch_debt": (5.0, 0.0)},
            quantity,
            "bent",
        )
        for problem, quantity in (
            ("size of the response", "score_yield_10y_ex_convenience"),
            ("term premium on a score", "score_term_premium_10y"),
            ("stocks and bonds", "bond_stock_beta_quarterly_10y"),
        )
    ),
    Mechanism(
        "slope of the curve",
        "prices rise when expected growth falls "
        "(b_x = {having[b_x]:g}; without: b_x = {b_x:g})",
        "safe",
        {},
        {"b_x": 1.0},
        SLOPE,
    ),
    Mechanism(
        "slope of the curve",
        "a rule whose intercept follows the natural rate "
        "(phi_natural = {phi_natural:g}; without: {without[phi_natural]:g})",
        "safe",
        {"phi_natural": 0.0},
        {},
        SLOPE,
    ),
    Mechanism(
        "slope of the curve",
        "calmer stress (sigma_p = {having[sigma_p]:g}; without: {sigma_p:g})",
        "safe",
        {},
        {"sigma_p": 0.11},
        SLOPE,
    ),
)


def described(entry: Mechanism, economy: Economy) -> str:
    """Text of a mechanism with the parameters of the user's economy."""
    first = _first(economy.calibration.as_arrays())
    return entry.mechanism.format_map(
        {**first, "without": entry.without, "having": entry.having}
    )


def _first(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(np.ravel(value)[0]) for name, value in values.items()}


def watched(economy: Economy, quantity: str) -> float:
    """The number that the mechanism is about: a quantity, or the slope at rest.

    ``slope_10y_3m`` in percentage points a year, with convenience.
    """
    if quantity == SLOPE:
        rest = economy.at_rest(("yield_1", "yield_40"))
        return ANNUAL_BP / 100 * (rest["yield_40"] - rest["yield_1"])
    return measured(economy, (quantity,))[quantity]


def switched(
    store: EconomyStore,
    name: str,
    changes: Mapping[str, Any] | None = None,
    grid: str = "coarse",
) -> CoreEconomy:
    """The user's economy on a coarse grid, a mechanism switched in it.

    Raises
    ------
    SolutionError
        There is no solution.
    """
    counterfactual = store.with_overrides({**store.overrides, **(changes or {})})
    return counterfactual.core(name, grid=grid)


def riskless_intercepts(values: Mapping[str, Any]) -> dict[str, float]:
    """Intercepts at which an economy without risk rests on its targets.

    ``values`` are parameters of an economy with one regime, in declared units. There
    the real rate is -log(beta) + mu / psi, debt D = 4 debt_target is held by the
    surplus D (exp(r - mu) - 1), and convenience is left out.
    """
    first = _first(values)
    real_rate = -np.log(first["beta"]) + first["mu"] / first["psi"]
    surplus = 4 * first["debt_target"] * np.expm1(real_rate - first["mu"])
    return {
        "tax_mean": first["g_bar"] + (1 - first["tax_response"]) * surplus,
        "rate_mean": (1 - first["phi_natural"]) * real_rate + first["pi_bar"],
    }


def resting(store: EconomyStore) -> list[dict[str, Any]]:
    """Where the safe economy rests with the intercepts of an economy without risk.

    Ergodic means, disasters included: debt in percent of annual GDP, inflation in
    percent a year.

    Raises
    ------
    SolutionError
        There is no solution with these intercepts.
    """
    solved = switched(store, "safe")
    case = riskless_intercepts(solved.calibration.as_arrays())
    naive = store.core("safe", case, grid="coarse", intercepts=False)
    means = []
    for economy in (naive, solved):
        points, _ = economy.solution.ergodic_sample
        seen = economy.solution.observe(["end_of_period_debt", "inflation"], points)
        means.append(seen.mean(axis=0) * (25, 400))
    units = (
        "percent, mean debt over annual GDP",
        "percent, mean inflation a year",
    )
    return [
        {
            "problem": "resting point",
            "mechanism": "intercepts of taxes and of the rule are solved for "
            "(without: those of an economy without risk)",
            "economy": "safe",
            "without": float(without),
            "with": float(having),
            "unit": unit,
        }
        for without, having, unit in zip(*means, units, strict=True)
    ]


def intermediated(store: EconomyStore) -> list[dict[str, Any]]:
    """What changes where intermediaries are paid for the duration that they hold.

    Their wedge is added to the economy's own curve, to first order: at rest, and for
    the debt that a transfer of 1% of GDP adds. Both regimes have it.

    Raises
    ------
    SolutionError
        There is no solution.
    """
    plumbing = store.once("plumbing", load_plumbing)
    rows = []
    for name in ("safe", "risky"):
        economy = switched(store, name)
        level = watched(economy, SLOPE)
        paid_more = wedge_at_rest(plumbing, 40) - wedge_at_rest(plumbing, 1)
        moved = watched(economy, TRANSFER)
        push = economy.news("one_time")
        added = ANNUAL_BP * supply_wedge(plumbing, economy, push, 40)
        paid = "intermediaries are paid for the duration that they hold"
        rows += [
            {
                "problem": "slope of the curve",
                "mechanism": paid,
                "economy": name,
                "without": level,
                "with": level + ANNUAL_BP / 100 * paid_more,
                "unit": SLOPE_UNIT,
            },
            {
                "problem": "ten-year yield, debt added by a transfer of 1% of GDP",
                "mechanism": paid,
                "economy": name,
                "without": moved,
                "with": moved + added,
                "unit": QUANTITIES[TRANSFER].unit,
            },
        ]
    return rows


def measure(setting: Setting) -> Findings:
    """Measure each mechanism; one without a solution is said, and left out.

    Raises
    ------
    OverrideError
        The user changed an intercept, which is solved for.
    """
    store = setting.store
    rows: list[dict[str, Any]] = []
    failed: list[str] = []
    for entry in MECHANISMS:
        setting.progress.say(f"{entry.problem}: {entry.economy} debt")
        try:
            own = switched(store, entry.economy, grid=entry.grid)
            mechanism = described(entry, own)
            without, having = (
                watched(
                    switched(store, entry.economy, changes, entry.grid), entry.quantity
                )
                for changes in (entry.without, entry.having)
            )
        except SolutionError as problem:
            failed.append(f"{entry.problem}: no solution. {problem}")
            continue
        rows.append(
            {
                "problem": entry.problem,
                "mechanism": mechanism,
                "economy": entry.economy,
                "without": without,
                "with": having,
                "unit": entry.unit,
            }
        )
    for measure_more, what in (
        (intermediated, "intermediaries: no solution."),
        (resting, "resting point: no solution with riskless intercepts."),
    ):
        try:
            rows += measure_more(store)
        except SolutionError as problem:
            failed.append(f"{what} {problem}")
    labels = ("problem", "mechanism", "economy", "unit")
    return Findings({"open-problems": table(rows, labels)}, extra={"failed": failed})
