"""Mean growth that is faster for good, in the safe and the risky economy."""

from __future__ import annotations

from typing import Any

from ...calibration.economies.core import CoreEconomy
from ...calibration.economies.growth_news import (
    MATURITIES,
    growth_news,
    yield_changes,
)
from ...calibration.economies.store import EconomyStore
from ..study import Findings, Setting
from ..tables import table

ECONOMIES = ("safe", "risky")
# The change of debt is a difference of large values: the coarse grid misses a fifth.
GRID = "fine"
# Percentage points a year of permanently faster growth, and what Kung, Lustig and Paron
# (2026, "U.S. Treasury Investors Are Long in AI", tables 3 and 5) find: the change of
# the value of debt in percent, and of yields in basis points.
PUBLISHED = {0.1: (3.7, -63.0), 0.5: (17.8, -304.0)}
# Years; they divide the change of value by it (TBAC, December 2025).
DURATION = 5.87
_BP, _PERCENT = "basis points", "percent"
UNITS = {
    **dict.fromkeys(
        (
            "policy_rate",
            "real_rate",
            "yield_10y",
            "yield_30y",
            "real_10y",
            "expected_inflation_10y",
            "term_premium_10y",
            "value_over_duration",
            "published_yield",
            "change",
        ),
        _BP,
    ),
    **dict.fromkeys(
        (
            "debt_value",
            "price_level",
            "market",
            "taxes",
            "promises",
            "spending",
            "rest",
            "output_value",
            "spending_behind",
            "ledger_gap",
            "published_value",
        ),
        _PERCENT,
    ),
    "pass_through": "ratio",
}


def faster(store: EconomyStore, name: str, points: float) -> CoreEconomy:
    """An economy whose output grows faster by percentage points a year, rules kept.

    Raises
    ------
    OverrideError
        The user changes mean growth, which the study changes.
    CalibrationError, SolutionError
        As of ``EconomyStore.core``.
    """
    old = store.core(name, grid=GRID, intercepts=False)
    case = {"mu": old.parameters["mu"] + points / 400}
    return store.core(name, case, grid=GRID, intercepts=False)


def measure(setting: Setting) -> Findings:
    """Solve both economies at their own and at faster growth.

    Raises
    ------
    OverrideError, CalibrationError, SolutionError
        As of ``faster``.
    """
    store, say = setting.store, setting.progress.say
    rows: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    psi = None
    for name in ECONOMIES:
        old = store.core(name, grid=GRID, intercepts=False)
        psi = old.parameters["psi"]
        for points, (value, yields) in PUBLISHED.items():
            say(f"growth faster by {points:g} points: {name}")
            new = faster(store, name, points)
            found = growth_news(old, new)
            rows.append(
                {
                    "economy": name,
                    "points": points,
                    **found,
                    "value_over_duration": -100 * found["debt_value"] / DURATION,
                    "published_value": value,
                    "published_yield": yields,
                }
            )
            changes = yield_changes(old, new).tolist()
            curves += [
                {"economy": name, "points": points, "quarters": m, "change": c}
                for m, c in zip(MATURITIES, changes, strict=True)
            ]
    return Findings(
        {
            "growth_news": table(rows, ("economy", "points"), UNITS),
            "growth_news_curve": table(
                curves, ("economy", "points", "quarters"), UNITS
            ),
        },
        quantities={
            f"{r['economy']}_{k}_{r['points']:g}": (r[k], UNITS[k])
            for r in rows
            for k in ("debt_value", "yield_10y")
        },
        extra={"psi": psi},
    )
