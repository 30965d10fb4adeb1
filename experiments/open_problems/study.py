"""Open problems of the core economy, each by one mechanism, with it and without it.

Both sides are solved on the coarse grid, intercepts included. The user's changes are in
both; what a mechanism switches it switches in the user's economy too, and its text
holds the values of that economy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...calibration.economies.core import CoreEconomy
from ...calibration.economies.intermediaries import load_plumbing
from ...calibration.economies.moments import model_moments
from ...calibration.economies.news_parts import slope_at_rest
from ...calibration.economies.plumbed import supply_wedge, wedge_at_rest
from ...calibration.economies.protocol import ANNUAL_BP, Economy
from ...calibration.economies.quantities import QUANTITIES, measured
from ...calibration.economies.store import EconomyStore
from ...calibration.matching.plans import PLANS
from ...calibration.matching.trial import PATHS, PERIODS
from ...calibration.record.moments import shipped_moments
from ...solvers.errors import SolutionError
from ..goals import DELIVERED as MET
from ..goals import ERAS, GOALS, SLOPE, judged, measures
from ..report import labels
from ..report.moment_labels import moment
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


SLOPE_UNIT = "percentage points, at the resting point"
# A moment within so many standard errors of the record is near.
NEAR = 2.0
LABELS = {g.name: g.label for g in GOALS}
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


@dataclass(frozen=True)
class Attempt:
    """A change that might deliver a goal; ``paid`` adds intermediaries' wedge."""

    goal: str
    economy: str
    changes: Mapping[str, float]
    paid: bool = False

    @property
    def mechanism(self) -> str:
        """In words."""
        parts = [f"{name} = {value:g}" for name, value in self.changes.items()]
        parts += ["intermediaries paid for duration"] if self.paid else []
        return ", ".join(parts)


# Tried for goals that are not delivered. Supply shocks that raise prices as growth
# falls (b_x), calmer stress, duration paid for, one by one and together; less promised,
# with news that is smaller for debt to keep its value; transfers to others.
ATTEMPTS = (
    Attempt(SLOPE, "safe", {"b_x": 1.0}),
    Attempt(SLOPE, "safe", {"sigma_p": 0.11}),
    Attempt(SLOPE, "safe", {}, paid=True),
    Attempt(SLOPE, "safe", {"b_x": 1.0}, paid=True),
    Attempt(SLOPE, "safe", {"b_x": 1.0, "sigma_p": 0.11}, paid=True),
    Attempt(SLOPE, "safe", {"b_x": 3.0, "sigma_p": 0.19}, paid=True),
    Attempt("treasury_portfolio_beta", "safe", {"b_x": 1.0}),
    Attempt("treasury_portfolio_beta", "safe", {"sigma_p": 0.11}),
    Attempt("treasury_portfolio_beta", "safe", {"b_x": 1.0, "sigma_p": 0.11}),
    Attempt("treasury_portfolio_beta", "risky", {"redistribution": 1.0}),
    Attempt("share_bondholders", "risky", {"redistribution": 1.0}),
    Attempt("share_bondholders", "risky", {"theta": 0.55, "sigma_z": 0.018}),
)


def attempted(
    store: EconomyStore, say: Callable[[str], None]
) -> tuple[list[dict[str, Any]], list[str]]:
    """What attempts do for goals that are not delivered, and what they lose elsewhere.

    Coarse grid, judged without bounds. Lost are goals, and moments that the economy is
    matched to, by two standard errors.

    Returns
    -------
    One record per attempt, and a sentence per attempt without a solution.
    """
    ranges = {(g.name, e): r for g in GOALS for e, r in g.goals.items()}
    paid = wedge_slope(store)
    own: dict[str, dict[str, float]] = {}
    near: dict[str, dict[str, float]] = {}
    rows: list[dict[str, Any]] = []
    failed: list[str] = []

    def met(values: Mapping[str, float], name: str, economy: str) -> bool:
        place = (name, economy)
        return place not in ranges or judged(values[name], 0.0, ranges[place]) == MET

    for entry in ATTEMPTS:
        if entry.economy not in own:
            solved = switched(store, entry.economy)
            own[entry.economy] = measures(solved)
            near[entry.economy] = matched_moments(solved)
        before, held = own[entry.economy], near[entry.economy]
        if met(before, entry.goal, entry.economy):
            continue
        say(f"{entry.goal}, {entry.economy} debt: {entry.mechanism}")
        try:
            changed = switched(store, entry.economy, entry.changes)
            after, moments = dict(measures(changed)), matched_moments(changed)
        except SolutionError as problem:
            failed.append(f"{entry.mechanism}: no solution. {problem}")
            continue
        if entry.paid:
            after[SLOPE] += paid
        lost = [
            f"{LABELS[n]} {before[n]:.3g} to {after[n]:.3g}"
            for n in before
            if met(before, n, entry.economy) and not met(after, n, entry.economy)
        ]
        record = recorded_moments(entry.economy)
        lost += [
            f"{labels.inside(moment(n))} {held[n]:.3g} to {moments[n]:.3g} "
            f"(record {value:.3g})"
            for n, (value, error) in record.items()
            if abs(held[n] - value) <= NEAR * error < abs(moments[n] - value)
        ]
        low, high = ranges[entry.goal, entry.economy]
        rows.append(
            {
                "goal": entry.goal,
                "economy": entry.economy,
                "mechanism": entry.mechanism,
                "low": low if np.isfinite(low) else None,
                "high": high if np.isfinite(high) else None,
                "ships": before[entry.goal],
                "with": after[entry.goal],
                "delivered": met(after, entry.goal, entry.economy),
                "lost": "; ".join(lost) or "nothing",
            }
        )
    return rows, failed


def matched_moments(economy: CoreEconomy) -> dict[str, float]:
    """Moments of an economy by name, in the units of the record."""
    table = model_moments(economy, periods=PERIODS, paths=PATHS, seed=0)
    return dict(zip(table["name"], table["value"].astype(float), strict=True))


def recorded_moments(economy: str) -> dict[str, tuple[float, float]]:
    """Value and standard error of the moments that an economy is matched to."""
    plan = PLANS[ERAS[economy]]
    named = shipped_moments().query("era == @plan.era").set_index("name")
    return {
        t: (float(named.loc[t, "value"]), float(named.loc[t, "standard_error"]))
        for t in plan.targets
        if t in named.index
    }


def wedge_slope(store: EconomyStore) -> float:
    """What duration that intermediaries are paid for adds to the slope, pp."""
    plumbing = store.once("plumbing", load_plumbing)
    paid_more = wedge_at_rest(plumbing, 40) - wedge_at_rest(plumbing, 1)
    return ANNUAL_BP / 100 * paid_more


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
        return slope_at_rest(economy)
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
                "with": level + wedge_slope(store),
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
    tried, refused = attempted(store, setting.progress.say)
    columns = ("problem", "mechanism", "economy", "unit")
    data = {"open-problems": table(rows, columns)}
    if tried:
        data["attempts"] = table(tried, ("goal", "economy", "mechanism"))
    return Findings(data, extra={"failed": [*failed, *refused]})
