"""The debt desk's tables under exogenous, safe and risky pricing, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.desk import gaps, signals
from ...calibration.desk.accounts import PARTS, decomposition, still_owed
from ...calibration.desk.assumptions import Assumptions
from ...calibration.desk.pricing import answers
from ...calibration.desk.stress import as_balances, stressed
from ...calibration.economies.outlook import Outlook, economy_outlook
from ...calibration.record.projections import TENORS, Projection
from ..desk.cases import (
    BASELINE,
    GDP,
    Case,
    base_cases,
    gaps_by_pricing,
    in_percent,
)
from ..tables import table

if TYPE_CHECKING:
    import xarray as xr

    from ...calibration.economies.store import EconomyStore

RATE = "percent per year"


def all_cases(
    projection: Projection,
    assumptions: Assumptions,
    found: Mapping[str, Outlook],
    store: EconomyStore,
) -> list[Case]:
    """Baseline and stress tests without answers, and with those of each economy.

    An economy is fed the balances that move debt as the test does.
    """
    cases: list[Case] = []
    # The baseline is the outlook's own: the tests may need a wider domain.
    for case in base_cases(projection, assumptions, found):
        key, base = case.funding, case.own
        tests = stressed(base, assumptions.stress)
        moved = [case.moved] * len(tests)
        if key in found:
            news = np.array([as_balances(base, t) for t in tests.values()]).T
            economy = found[key].economy
            outlook = economy_outlook(economy, projection, news, store.wider, key)
            moved = [answers(outlook, path) for path in range(1, len(tests) + 1)]
        cases.append(case)
        cases += [
            Case(key, test, own, answer)
            for (test, own), answer in zip(tests.items(), moved, strict=True)
        ]
    return cases


def tables_of(cases: list[Case], assumptions: Assumptions) -> dict[str, xr.Dataset]:
    """Tables by the name of their file."""
    base = [case for case in cases if case.test == BASELINE]
    parts: dict[str, str] = dict.fromkeys(("debt", "change", *PARTS), GDP)
    rates: dict[str, str] = dict.fromkeys(("rate", "growth", "rate_less_growth"), RATE)
    stable = {"stabilising_balance": GDP}
    needs: dict[str, str] = dict.fromkeys(
        ("deficit", "interest", *TENORS, "needs"), GDP
    )
    return {
        "desk_decomposition": table(
            [r for c in base for r in _decomposed(c)],
            ("funding", "year"),
            parts | rates | stable,
        ),
        "desk_financing": table(
            [r for c in base for r in _financed(c)], ("funding", "year"), needs
        ),
        "desk_rollover": table(
            [r for c in base for r in _rolled(c)],
            ("funding", "tenor", "year"),
            {"owed": GDP, "due": GDP, "of_opening_debt": "percent"},
        ),
        "desk_stress": table(
            [r for c in cases for r in _stressed(c)],
            ("funding", "test", "year"),
            {"debt": GDP, "needs": GDP, "rise_of_yield_10y": "percentage points"},
        ),
        "desk_gaps": gaps_by_pricing(base, assumptions),
        "desk_household": table(
            [r for c in base for r in _household(c, assumptions)],
            ("funding", "year"),
            {"rise_of_yield_10y": "percentage points", "rise_of_cost": "per year"},
        ),
    }


def heat_map(
    cases: list[Case], thresholds: Mapping[str, float], years: int
) -> xr.Dataset:
    """Worst of the first years of baseline and tests against thresholds, by pricing."""
    records = []
    for key in dict.fromkeys(c.funding for c in cases):
        own = [c for c in cases if c.funding == key]
        worth = {
            "debt": [100 * c.accounts.debt[:years] for c in own],
            "financing": [100 * c.all_needs[:years] for c in own],
        }
        for name, (first, *tests) in worth.items():
            records.append(
                {
                    "funding": key,
                    "indicator": name,
                    "baseline": float(first.max()),
                    "worst_test": float(max(t.max() for t in tests)),
                    "threshold": thresholds[name],
                    "signal": signals.signal(first, tests, thresholds[name]),
                }
            )
    units: dict[str, str] = dict.fromkeys(("baseline", "worst_test", "threshold"), GDP)
    return table(records, ("funding", "indicator"), units)


def _decomposed(case: Case) -> list[dict[str, Any]]:
    accounts = case.accounts
    values = {
        "debt": accounts.debt,
        "change": accounts.debt - accounts.before,
        **decomposition(accounts),
        "rate": accounts.rate,
        "growth": accounts.growth,
        "rate_less_growth": accounts.rate - accounts.growth,
        "stabilising_balance": gaps.stabilising_balance(accounts),
    }
    return [
        {"funding": case.funding, "year": year, **in_percent(values, k)}
        for k, year in enumerate(accounts.years.tolist())
    ]


def _financed(case: Case) -> list[dict[str, Any]]:
    values = {**case.needs, "needs": case.all_needs}
    return [
        {"funding": case.funding, "year": year, **in_percent(values, k)}
        for k, year in enumerate(case.own.years.tolist())
    ]


def _rolled(case: Case) -> list[dict[str, Any]]:
    """By kind of debt: owed at the end of the year, due in it, and left of today's."""
    accounts = case.accounts
    left = still_owed(accounts)
    values = [
        {
            "owed": accounts.shares[j] * accounts.debt,
            "due": case.needs[tenor],
            "of_opening_debt": accounts.shares[j] * left[:, j],
        }
        for j, tenor in enumerate(TENORS)
    ]
    return [
        {"funding": case.funding, "tenor": tenor, "year": year, **in_percent(found, k)}
        for tenor, found in zip(TENORS, values, strict=True)
        for k, year in enumerate(accounts.years.tolist())
    ]


def _stressed(case: Case) -> list[dict[str, Any]]:
    values = {
        "debt": case.accounts.debt,
        "needs": case.all_needs,
        "rise_of_yield_10y": case.moved.yield_10y,
    }
    return [
        {
            "funding": case.funding,
            "test": case.test,
            "year": year,
            **in_percent(values, k),
        }
        for k, year in enumerate(case.own.years.tolist())
    ]


def _household(case: Case, assumptions: Assumptions) -> list[dict[str, Any]]:
    rise = case.moved.yield_10y
    cost = signals.dearer_mortgage(rise, assumptions.household)
    return [
        {
            "funding": case.funding,
            "year": year,
            "rise_of_yield_10y": 100 * float(rise[k]),
            "rise_of_cost": float(cost[k]),
        }
        for k, year in enumerate(case.own.years.tolist())
    ]
