"""A projection under exogenous, safe and risky pricing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.desk import gaps
from ...calibration.desk.accounts import Accounts, accounts_of, financing_needs
from ...calibration.desk.assumptions import Assumptions, load_assumptions, option_names
from ...calibration.desk.pricing import (
    Answers,
    answers,
    no_answers,
    paid_interest,
    priced,
)
from ...calibration.economies.funding import FUNDING
from ...calibration.economies.outlook import Outlook
from ...calibration.record.projections import Projection
from ...solvers.errors import SolutionError
from ..projection import shared_outlook
from ..study import Option, Setting
from ..tables import table

if TYPE_CHECKING:
    import xarray as xr

EXOGENOUS = "exogenous"
# Ways of pricing that stand side by side.
PRICED = ("safe", "risky")
BASELINE = "baseline"
GDP = "percent of annual GDP"


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


def label_of(key: str) -> str:
    """What a way of funding is called."""
    return "exogenous rates" if key == EXOGENOUS else FUNDING[key].label


def desk_options(*tables: str) -> tuple[Option, ...]:
    """What a user may change of the desk: all of its assumptions, or some tables."""
    every = option_names()
    kept = [n for n in every if not tables or n.partition("_")[0] in tables]
    return tuple(Option(n, *every[n]) for n in kept)


def given_assumptions(setting: Setting) -> Assumptions:
    """The desk's assumptions with the user's changes.

    Raises
    ------
    NumbersError
        A size or a threshold is out of its range.
    """
    names = option_names()
    return load_assumptions({k: v for k, v in setting.options.items() if k in names})


def priced_outlooks(
    setting: Setting, keys: Iterable[str]
) -> tuple[dict[str, Outlook], dict[str, str]]:
    """Outlooks by way of funding, and why there is none where there is none.

    Raises
    ------
    OverrideError, CalibrationError
        From the economies.
    """
    found, without = {}, {}
    for key in keys:
        setting.progress.say(f"solving: {label_of(key)}")
        try:
            found[key] = shared_outlook(setting, key)
        except SolutionError as error:
            # The others still have an answer; the page says which has none, and why.
            without[key] = str(error)
    return found, without


def base_cases(
    projection: Projection, assumptions: Assumptions, found: Mapping[str, Outlook]
) -> list[Case]:
    """The projection at given rates, and with the answers of each economy."""
    base = accounts_of(projection, assumptions)
    still = Case(EXOGENOUS, BASELINE, base, no_answers(len(base.years)))
    return [
        still,
        *(
            Case(key, BASELINE, base, answers(found[key], 0))
            for key in PRICED
            if key in found
        ),
    ]


def gaps_by_pricing(cases: Iterable[Case], assumptions: Assumptions) -> xr.Dataset:
    """Balances and sustainability gaps, by pricing."""
    records = [
        {"funding": case.funding, "gap": n, "value": None if v is None else 100 * v}
        for case in cases
        for n, v in gaps.all_gaps(case.accounts, assumptions.target / 100).items()
    ]
    return table(records, ("funding", "gap"), {"value": GDP})


def in_percent(values: Mapping[str, np.ndarray], k: int) -> dict[str, Any]:
    """Numbers of one year in percent."""
    return {name: 100 * float(v[k]) for name, v in values.items()}
