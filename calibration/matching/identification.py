"""What targets say of every parameter: errors of what is matched, the price of a range.

A matched parameter has the standard error of minimum distance, (J' J)^-1 of gaps in
standard errors of the data, in its own unit. For one that is held the search is
repeated with it at both ends of a range: where the sum of squared t hardly rises, the
targets do not tell one value from another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from ...solvers.errors import SolutionError
from .estimate import (
    Estimates,
    Say,
    Trials,
    forward_differences,
    gap_function,
    match,
)
from .plans import Plan

if TYPE_CHECKING:
    import pandas as pd

# A rise of the sum of squared t that counts as telling: two standard errors.
TOLD = 4.0
# Of a search that is repeated; it starts from what was found.
STEPS = 8
_FLAT = 1e-12


class Told(NamedTuple):
    """What the targets say of a parameter.

    Attributes
    ----------
    value, low, high : in the declared unit; the range is that of the search, or the one
        over which a held parameter was moved.
    matched : whether the search was free to move it.
    standard_error : of a matched parameter, None where the targets do not move with it.
    at_low, at_high : sum of squared t with a held parameter at either end, all others
        matched again; None where there is no solution.
    reading : in words.
    """

    parameter: str
    value: float
    low: float
    high: float
    matched: bool
    standard_error: float | None
    at_low: float | None
    at_high: float | None
    reading: str


class Solved(Protocol):
    """Moments at parameters, and near parameters where it has been (``Trial``)."""

    def at(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """Moments by name."""
        ...

    def near(
        self, base: Mapping[str, float], values: Mapping[str, float]
    ) -> Mapping[str, float]:
        """Moments by name, near ``base``."""
        ...


def told(
    found: Estimates,
    plan: Plan,
    trial: Solved,
    data: pd.DataFrame,
    held: Mapping[str, float],
    say: Say,
) -> list[Told]:
    """One row per parameter of a plan, matched ones first.

    ``data`` are the targets that were matched, ``held`` the values of what was not.
    """
    gaps = gap_function(trial.at, data, Trials(), say)(found.parameters)
    # Solved anew, the sum differs a little from that of the search.
    base = float(gaps @ gaps)
    return [
        *_matched(found, plan, trial, data, say),
        *(_held(n, held[n], base, found, plan, trial, data, say) for n in plan.held),
    ]


def _matched(
    found: Estimates, plan: Plan, trial: Solved, data: pd.DataFrame, say: Say
) -> list[Told]:
    names = list(plan.free)
    low, high = np.array(list(plan.free.values())).T
    base = found.parameters

    def near(values):
        return trial.near(base, values)

    gaps = gap_function(near, data, Trials(), say)

    def residuals(unit):
        return gaps(dict(zip(names, (low + unit * (high - low)).tolist(), strict=True)))

    place = (np.array([base[n] for n in names]) - low) / (high - low)
    errors = standard_errors(forward_differences(residuals, place)) * (high - low)
    rows = []
    for k, name in enumerate(names):
        error = float(errors[k]) if np.isfinite(errors[k]) else None
        rows.append(
            Told(
                name,
                base[name],
                float(low[k]),
                float(high[k]),
                True,
                error,
                None,
                None,
                _reading(error, float(high[k] - low[k]), _bound(name, found, plan)),
            )
        )
    return rows


def standard_errors(jacobian: np.ndarray) -> np.ndarray:
    """Roots of the diagonal of (J' J)^-1; infinite where no gap moves with a parameter.

    ``jacobian`` (targets, parameters) is of gaps in standard errors of the data.
    """
    moved = np.linalg.norm(jacobian, axis=0) > _FLAT
    found = np.full(jacobian.shape[1], np.inf)
    own = jacobian[:, moved]
    found[moved] = np.sqrt(np.diag(np.linalg.pinv(own.T @ own)))
    return found


def _bound(name: str, found: Estimates, plan: Plan) -> str:
    """That an estimate lies at a bound, and why the bound is there; else empty."""
    if name not in found.at_bound:
        return ""
    why = plan.bounded.get(name)
    return f"at a bound ({why}); " if why else "at a bound; "


def _reading(error: float | None, width: float, where: str) -> str:
    if error is None or error > width:
        return f"{where}not told: its error is wider than its range"
    return f"{where}told: its error is {100 * error / width:.0f}% of its range"


def _held(
    name: str,
    value: float,
    here: float,
    found: Estimates,
    plan: Plan,
    trial: Solved,
    data: pd.DataFrame,
    say: Say,
) -> Told:
    ends: list[float | None] = []
    reasons: list[str] = []
    for end in plan.held[name]:
        if end == value:
            ends.append(here)
            continue
        say(f"{name} held at {end:g}")
        try:
            again = match(
                plan,
                lambda v, end=end: trial.at({**v, name: end}),
                found.parameters,
                data,
                STEPS,
                say,
                lambda base, v, end=end: trial.near(
                    {**base, name: end}, {**v, name: end}
                ),
            )
        except SolutionError as problem:
            ends.append(None)
            reasons.append(f"none at {end:g} ({problem})")
            continue
        ends.append(again.objective)
    low, high = plan.held[name]
    price = _price(here, ends, reasons)
    return Told(name, value, low, high, False, None, ends[0], ends[1], price)


def _price(here: float, ends: list[float | None], reasons: list[str]) -> str:
    risen = [end - here for end in ends if end is not None]
    if not risen:
        return f"no solution: {'; '.join(reasons)}"
    most = max(risen)
    words = "told" if most > TOLD else "not told, and held"
    more = f"; no solution: {'; '.join(reasons)}" if reasons else ""
    return f"{words}: over the range the sum of t² rises by at most {most:.2g}{more}"
