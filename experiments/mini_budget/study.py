"""Price the budget and default, take the days apart, book the Bank's purchases.

What a flow of unfunded spending does to gilts follows from the sticky-price economy
with British debt and backing, and from a model of default matched to swap premia.
Each day's curve is then read as so much of this news and so much of a wedge that
limited capacity puts on long yields.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...calibration.economies.sticky import StickyEconomy
from ...calibration.economies.store import EconomyStore
from ...calibration.matching.equivalence import published
from ...calibration.record.dated_moves import TENORS, Moves, shipped_moves
from ..study import Findings, Setting
from ..tables import pick, table
from .days import EVE, Backstop, Decomposition, backstop, decompose, explained
from .model import (
    ORDER,
    PREMIA,
    Gilts,
    SolvedDefault,
    british_economy,
    fiscal_curve,
    load_gilts,
    options,
    riskless,
    solve_default,
    sources,
)

if TYPE_CHECKING:
    import xarray as xr

OPTIONS = options()
TEN = TENORS.index(10)
DAY, BANK, LAST = "2022-09-23", "2022-09-28", "2022-10-17"
# Spreads of the capacity at which premia are computed beside the matched one.
SPREADS = (3.0, 5.0)
# Persistence of required taxes per quarter that hardly revert.
SLOW = 0.995
# A budget of 0.01 billion pounds.
LITTLE = 0.01
# First and last steps from the US to the British economy, and steps of the record.
AMERICAN, BRITISH = "risky US economy", "default compensation"
BACKING, MATURITY = "British backing", "British maturity of debt"
DEBT = "British debt over GDP"
ON_DAY, BY_EVE = "record, 23 September", "record, to 27 September"
US_RECORD = "record, US persistent"
STEP, CHANGE = "model, step", "model, change of the last step"
RECORD, PARTS = "record", "record, decomposed"
MATCHED = "matched"
PER_POINT = "basis points per 1% of GDP"
POUNDS = "billion pounds"
_BP, _RATE = "basis points", "basis points per year"
UNITS = {
    "move_basis_points": _BP,
    "news_basis_points": _BP,
    "wedge_basis_points": _BP,
    "left_basis_points": _BP,
    "news_percent_of_gdp": "percent of GDP",
    "wedge_30y_basis_points": _BP,
    "before": _RATE,
    "after": _RATE,
    "spread_percent_of_gdp": "percent of GDP",
    "slack_percent_of_gdp": "percent of GDP",
    "default_within_5_years_before": "probability",
    "default_within_5_years_after": "probability",
    "explained": "share of squares",
}
# Gains by part: attribute of ``Backstop`` -> row.
GAINS = {
    "wedge": "wedge that went",
    "news": "news that was taken back",
    "left": "unexplained by the two",
    "total": "all, at yields of the record",
    "record": "booked by the Bank",
    "plumbing": "expected, if moves are plumbing (safe)",
    "support": "expected, if moves are news that stays (risky)",
}
# Single changes of the British economy.
_CHANGES = {
    "policy rate moves at once (smoothing .5, not .8)": {"rho_i": 0.5},
    "policy rate answers more to unfunded inflation (.9, not .68)": {"phi_shadow": 0.9},
    "flow decays half as fast": {"rho_z": 0.985},
    "flow decays twice as fast": {"rho_z": 0.94},
}


@dataclass(frozen=True, eq=False)
class Priced:
    """The budget in prices; curves (tenors,) are basis points per 1% of GDP.

    Attributes
    ----------
    fiscal, default : what unfunded news adds to yields, and default compensation.
    american, british : the risky US economy and the one with British numbers.
    parts : each close's curve as news and a wedge. gains : on the Bank's purchases.
    """

    given: Gilts
    solved: SolvedDefault
    moves: Moves
    fiscal: np.ndarray
    default: np.ndarray
    american: StickyEconomy
    british: StickyEconomy
    parts: Decomposition
    gains: Backstop

    @property
    def per_point(self) -> np.ndarray:
        """Rise of yields per 1% of GDP of news, default included, (tenors,) bp."""
        return self.fiscal + self.default

    def on(self, date: str) -> np.ndarray:
        """Cumulative move of the curve at a close, (tenors,) bp."""
        return self.moves.between(self.moves.dates[0], date)

    @property
    def shapes(self) -> tuple[np.ndarray, np.ndarray]:
        """What news and the wedge add to yields by close, (D, tenors) each."""
        weight = self.parts.loadings
        return (
            self.parts.news[:, None] * weight[:, 0],
            self.parts.wedge[:, None] * weight[:, 1],
        )


def price(store: EconomyStore, given: Gilts) -> Priced:
    """Solve default and both economies, take the days apart, book the purchases."""
    solved = solve_default(given)
    rise = solved.compensation(given.flow) - solved.compensation(0.0)
    default = rise / given.flow
    british = british_economy(store, given)
    fiscal = fiscal_curve(british, 1 - given.economy["theta"])
    moves = shipped_moves("UK")
    parts = decompose(moves, fiscal + default, given)
    return Priced(
        given,
        solved,
        moves,
        fiscal,
        default,
        store.sticky("sticky_risky", order=ORDER),
        british,
        parts,
        backstop(moves, parts, given),
    )


def day_table(found: Priced) -> xr.Dataset:
    """Moves and their parts by close and tenor, cumulative from the first close."""
    curve = np.cumsum(found.moves.yields, axis=0)
    news, wedge = found.shapes
    lines = [
        {
            "date": date,
            "tenor_years": tenor,
            "move_basis_points": float(curve[d, t]),
            "news_basis_points": float(news[d, t]),
            "wedge_basis_points": float(wedge[d, t]),
            "left_basis_points": float(found.parts.left[d, t]),
            "news_percent_of_gdp": float(found.parts.news[d]),
            "wedge_30y_basis_points": float(found.parts.wedge[d]),
        }
        for d, date in enumerate(found.moves.dates[1:])
        for t, tenor in enumerate(TENORS)
    ]
    return table(lines, ("date", "tenor_years"), UNITS)


def premium_table(found: Priced) -> xr.Dataset:
    """Swap premia by spread of the capacity and tenor, before and after the budget."""
    given = found.given
    cases = {MATCHED: found.solved}
    cases |= {f"spread {s:g}": solve_default(given, s) for s in SPREADS}
    lines = []
    for name, solved in cases.items():
        before, after = solved.premia(0.0), solved.premia(given.flow)
        for year, first, last in zip(PREMIA, before, after, strict=True):
            lines.append(
                {
                    "case": name,
                    "tenor_years": year,
                    "before": float(first),
                    "after": float(last),
                    "spread_percent_of_gdp": float(solved.model.spread),
                    "slack_percent_of_gdp": float(solved.model.slack),
                    "default_within_5_years_before": solved.chance(0.0, 5),
                    "default_within_5_years_after": solved.chance(given.flow, 5),
                    "unit": _RATE,
                }
            )
    return table(lines, ("case", "tenor_years"), UNITS)


def ladder_table(store: EconomyStore, found: Priced) -> xr.Dataset:
    """Ten-year elasticity from the US to Britain, single changes, and the record."""
    given, american = found.given, found.american
    unfunded = 1 - given.economy["theta"]

    def ten(economy: StickyEconomy) -> float:
        return float(fiscal_curve(economy, unfunded)[TEN])

    own = {k: american.parameters[k] for k in ("omega", "debt_target")}
    longer = british_economy(store, given, debt_target=own["debt_target"])
    default = float(found.default[TEN])
    day = _at(found.moves.dates, EVE)
    flow = given.flow
    steps = {
        AMERICAN: float(fiscal_curve(american, 1 - american.parameters["theta"])[TEN]),
        BACKING: ten(british_economy(store, given, **own)),
        MATURITY: ten(longer),
        DEBT: float(found.fiscal[TEN]),
        BRITISH: float(found.per_point[TEN]),
    }
    changes = {
        name: ten(british_economy(store, given, **change)) + default
        for name, change in _CHANGES.items()
    }
    record = {
        ON_DAY: float(found.on(DAY)[TEN]) / flow,
        BY_EVE: float(found.on(EVE)[TEN]) / flow,
    }
    news, wedge = (float(part[day, TEN]) / flow for part in found.shapes)
    us = published("score_yield_10y_ex_convenience").value
    rows = [(n, v, STEP) for n, v in steps.items()]
    rows += [(n, v, CHANGE) for n, v in changes.items()]
    rows += [(n, v, RECORD) for n, v in record.items()]
    rows += [("of it news", news, PARTS), ("of it wedge", wedge, PARTS)]
    rows.append((US_RECORD, us, RECORD))
    lines = [{"step": n, "value": v, "kind": k, "unit": PER_POINT} for n, v, k in rows]
    return table(lines, ("step",), {"value": PER_POINT})


def _at(dates: tuple[str, ...], date: str) -> int:
    """Row of a close among those that have moves."""
    return dates.index(date) - 1


def gain_table(gains: Backstop, bought: float) -> xr.Dataset:
    """What the Bank gained, in parts, beside what it booked, and per 100 bought.

    ``bought`` in billion pounds.
    """
    lines = [
        {
            "row": row,
            "value": getattr(gains, part),
            "per_100": 100 * getattr(gains, part) / bought,
            "unit": POUNDS,
        }
        for part, row in GAINS.items()
    ]
    return table(lines, ("row",), {"value": POUNDS, "per_100": "percent of purchases"})


def fit_table(found: Priced) -> xr.Dataset:
    """Share of squared moves to 17 October that the shapes explain."""
    weight = found.parts.loadings
    cases = {
        "news and wedge": weight,
        "news alone": weight[:, :1],
        "wedge alone": weight[:, 1:],
    }
    lines = [
        {
            "shapes": name,
            "explained": explained(found.moves, columns, LAST),
            "unit": UNITS["explained"],
        }
        for name, columns in cases.items()
    ]
    return table(lines, ("shapes",), UNITS)


def measure(setting: Setting) -> Findings:
    """Measure everything that the section shows.

    Raises
    ------
    NumbersError
        An option is out of range, or nothing gives the premia that are matched.
    OverrideError
        A change of the economies contradicts British numbers.
    """
    setting.progress.say("pricing default and the budget")
    store = setting.store
    found = price(store, load_gilts(setting.options))
    data = {
        "mini_budget_days": day_table(found),
        "mini_budget_ladder": ladder_table(store, found),
        "mini_budget_premia": premium_table(found),
        "mini_budget_backstop": gain_table(found.gains, found.given.backstop["bought"]),
        "mini_budget_fit": fit_table(found),
        "mini_budget_numbers": table(sources(), ("table", "name")),
    }
    return Findings(
        data,
        parameters={
            "american": found.american.calibration.by_name,
            "british": found.british.calibration.by_name,
        },
        quantities={
            "elasticity_10y": (
                pick(data["mini_budget_ladder"], "value", step=BRITISH),
                _BP,
            ),
            "news_27_september": (
                pick(
                    data["mini_budget_days"],
                    "news_percent_of_gdp",
                    date=EVE,
                    tenor_years=TENORS[TEN],
                ),
                "percent of GDP",
            ),
            "backstop_gain": (found.gains.total, POUNDS),
        },
        extra={
            "priced": found,
            "safe": _safe(store, found),
            "without": _without(store, found),
        },
    )


def _without(store: EconomyStore, found: Priced) -> dict[str, float]:
    """What is left of each claim when its mechanism is removed, by claim.

    ``gilts_react_more``: at the backing of the US economy. ``premium_rises``: of a
    budget of 0.01 billion pounds. ``short_premium_rises_more``: where required taxes
    hardly revert, at the same spread of the capacity.
    """
    given, american = found.given, found.american
    theta = american.parameters["theta"]
    same = fiscal_curve(british_economy(store, given, theta=theta), 1 - theta)
    us = fiscal_curve(american, 1 - theta)
    little = 100 * LITTLE / given.economy["gdp"]
    slow = replace(given, default={**given.default, "persistence": SLOW})
    spread = float(found.solved.model.spread)
    return {
        "gilts_react_more": float(same[TEN] + found.default[TEN] - us[TEN]),
        "premium_rises": premium_rise(found.solved, little, 5),
        "short_premium_rises_more": short_rise(solve_default(slow, spread), given.flow),
    }


def _safe(store: EconomyStore, found: Priced) -> dict[str, float]:
    """The same where taxes repay everything, by claim: all zero by construction.

    ``gilts_react_more``: British less US numbers of debt. ``premium_rises``: of claims
    that nobody defaults on.
    """
    given = found.given
    british = {"omega": given.omega, "debt_target": given.economy["debt_target"]}
    us, uk = (
        fiscal_curve(store.sticky("sticky_safe", case, order=ORDER), 1.0)[TEN]
        for case in ({}, british)
    )
    return {
        "gilts_react_more": float(uk - us),
        "premium_rises": premium_rise(riskless(found.solved), given.flow, 5),
    }


def announcement(found: Priced) -> dict[str, float]:
    """What the thirty-year yield should do when the Bank steps in, bp.

    With safe debt the eve's wedge goes; with risky debt the eve's news stays.
    """
    stays = {"safe": 0.0, "risky": 1.0}
    news, wedge = (part[_at(found.moves.dates, EVE), -1] for part in found.shapes)
    return {
        regime: float((stays[regime] - 1) * part)
        for regime, part in (("safe", wedge), ("risky", news))
    }


def premium_rise(solved: SolvedDefault, flow: float, years: int) -> float:
    """Rise of a swap premium on a budget of ``flow`` percent of GDP, bp a year."""
    before, after = (solved.premia(q, (years,))[0] for q in (0.0, flow))
    return float(after - before)


def short_rise(solved: SolvedDefault, flow: float) -> float:
    """Rise of one-year premia less that of five-year ones, bp a year."""
    return premium_rise(solved, flow, 1) - premium_rise(solved, flow, 5)
