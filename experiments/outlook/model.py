"""The debt desk's tables under exogenous, safe and risky pricing, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.desk import gaps, signals
from ...calibration.desk.accounts import (
    PARTS,
    Accounts,
    accounts_of,
    decomposition,
    financing_needs,
    still_owed,
)
from ...calibration.desk.assumptions import Assumptions
from ...calibration.desk.pricing import (
    Answers,
    answers,
    no_answers,
    paid_interest,
    priced,
)
from ...calibration.desk.stress import as_balances, stressed
from ...calibration.economies.outlook import Outlook, economy_outlook
from ...calibration.record.projections import TENORS, Projection
from ..tables import table

if TYPE_CHECKING:
    import xarray as xr

    from ...calibration.economies.store import EconomyStore

EXOGENOUS = "exogenous"
# Ways of pricing that stand side by side.
PRICED = ("safe", "risky")
BASELINE = "baseline"
GDP = "percent of annual GDP"
RATE = "percent per year"


@dataclass(frozen=True)
class Case:
    """A test, or the baseline, under one way of pricing."""

    funding: str
    test: str
    own: Accounts
    moved: Answers

    @property
    def accounts(self) -> Accounts:
        """Accounts when yields have answered."""
        return priced(self.own, self.moved)

    @property
    def needs(self) -> dict[str, np.ndarray]:
        """Gross financing needs by part."""
        return financing_needs(self.accounts, paid_interest(self.own, self.moved))

    @property
    def all_needs(self) -> np.ndarray:
        """Gross financing needs."""
        return np.sum(list(self.needs.values()), axis=0)


def all_cases(
    projection: Projection,
    assumptions: Assumptions,
    found: Mapping[str, Outlook],
    store: EconomyStore,
) -> list[Case]:
    """Baseline and stress tests without answers, and with those of each economy.

    An economy is fed the balances that move debt as the test does.
    """
    base = accounts_of(projection, assumptions)
    tests = stressed(base, assumptions.stress)
    news = np.array([as_balances(base, under) for under in tests.values()]).T
    still = no_answers(len(base.years))
    every = {BASELINE: base, **tests}
    cases = [Case(EXOGENOUS, test, own, still) for test, own in every.items()]
    for key in PRICED:
        if key not in found:
            continue
        outlook = economy_outlook(
            found[key].economy, projection, news, store.wider, key
        )
        # The baseline is the outlook's own: the tests may need a wider domain.
        cases.append(Case(key, BASELINE, base, answers(found[key], 0)))
        cases += [
            Case(key, test, own, answers(outlook, path))
            for path, (test, own) in enumerate(tests.items(), start=1)
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
        "desk_gaps": table(
            [r for c in base for r in _gaps(c, assumptions)],
            ("funding", "gap"),
            {"value": GDP},
        ),
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


def _percent(values: Mapping[str, np.ndarray], k: int) -> dict[str, float]:
    return {name: 100 * float(v[k]) for name, v in values.items()}


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
        {"funding": case.funding, "year": year, **_percent(values, k)}
        for k, year in enumerate(accounts.years.tolist())
    ]


def _financed(case: Case) -> list[dict[str, Any]]:
    values = {**case.needs, "needs": case.all_needs}
    return [
        {"funding": case.funding, "year": year, **_percent(values, k)}
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
        {"funding": case.funding, "tenor": tenor, "year": year, **_percent(found, k)}
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
            **_percent(values, k),
        }
        for k, year in enumerate(case.own.years.tolist())
    ]


def _gaps(case: Case, assumptions: Assumptions) -> list[dict[str, Any]]:
    found = gaps.all_gaps(case.accounts, assumptions.target / 100)
    return [
        {"funding": case.funding, "gap": n, "value": None if v is None else 100 * v}
        for n, v in found.items()
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
