"""How much legislation answers what CBO projects, by era and through time.

An observation is a half-year in which CBO published a baseline. *Enacted* is by how
much the laws that its baselines record reduce the mean deficit over some fiscal years;
*projected* is what the newest complete baseline before them said of the same years of
its own. Auerbach and Yagan (2024) regress the former on the projected change of debt.
Both are percent of the GDP that could be foreseen: the last fiscal year's, grown at the
mean rate of the ten years before. GDP as it turned out would know later inflation and
recessions, to which both numbers are then tied.

Standard errors are those of ``statistics``: Newey and West, with lags by the rule of
Lazarus, Lewis, Stock and Watson, and bounds from fixed-b critical values, for eras have
about forty half-years.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .legislation import by_year, fiscal_year, read_file
from .statistics import Array, Estimate, beta, critical_value

FILES = (
    "cbo_baseline_changes.csv",
    "cbo_baseline_totals_1982.csv",
    "macro_quarterly.csv",
    "prices_monthly.csv",
)
# What a half-year's laws and the projection before them are measured by.
ENACTED = ("deficit", "primary_deficit")
PROJECTED = ("debt_change", "deficit", "primary_deficit")


class Measure(NamedTuple):
    """A definition of both sides of the regression.

    Attributes
    ----------
    enacted, projected : of ``ENACTED`` and ``PROJECTED``.
    first, years : fiscal years from the one under way, and how many.
    slack : whether unemployment above its mean of ten years is held constant.
    """

    enacted: str
    projected: str
    first: int = 0
    years: int = 5
    slack: bool = False


MEASURES = {
    "debt": Measure("deficit", "debt_change"),
    "deficit": Measure("deficit", "deficit"),
    "primary": Measure("primary_deficit", "primary_deficit"),
    "after_this_year": Measure("deficit", "debt_change", first=1, years=4),
    "ten_years": Measure("deficit", "debt_change", years=10),
    "given_slack": Measure("deficit", "debt_change", slack=True),
}
# The published question: deficits that laws reduce per projected change of debt.
MAIN = "debt"
# Both published eras; the first up to the laws that handed out projected surpluses, the
# second up to those of the emergency of 2020; and the second as far as the record goes.
ERAS = {
    "1984b-2003b": ("1984b", "2003b"),
    "1984b-2000b": ("1984b", "2000b"),
    "2004a-2024b": ("2004a", "2024b"),
    "2004a-2019b": ("2004a", "2019b"),
    "2004a-present": ("2004a", "2199b"),
}
BREAK = ("1984b-2003b", "2004a-present")
WINDOW = 20  # observations: ten years while there are two a year
TRIMMED = 0.15  # of the sample at both ends, Andrews (1993)
DRAWS = 1999
_MEMORY = 10  # years whose growth is expected to go on
_SLACK_MONTHS = 120


class HalfYears(NamedTuple):
    """Both sides by half-year, all of them in order; NaN where nothing was published.

    Attributes
    ----------
    names : (T,) such as 1984b; ``baseline`` (T,) month of the last one in it, or "".
    enacted, projected : (T,) percent of GDP a year.
    """

    names: tuple[str, ...]
    baseline: tuple[str, ...]
    enacted: Array
    projected: Array

    def inside(self, first: str, last: str) -> HalfYears:
        """The half-years from the first to the last."""
        kept = [first <= n <= last for n in self.names]
        a = kept.index(True) if True in kept else len(kept)
        return self.cut(a, a + sum(kept))

    def cut(self, start: int, stop: int) -> HalfYears:
        """Half-years by position."""
        own = slice(start, stop)
        return HalfYears(
            self.names[own],
            self.baseline[own],
            self.enacted[own],
            self.projected[own],
        )

    @property
    def seen(self) -> np.ndarray:
        """Positions of the half-years with both numbers."""
        return np.flatnonzero(~np.isnan(self.enacted + self.projected))


def half_years(folder: Path | str, measure: Measure = MEASURES[MAIN]) -> HalfYears:
    """Both sides of the regression from a folder of CBO's baselines.

    A baseline counts where it says something of all years of the measure.

    Raises
    ------
    FiscaxError
        A file is not there.
    """
    changes, totals, quarters = (read_file(folder, n) for n in FILES[:3])
    output = _fiscal_years(quarters)
    laws = by_year(changes[changes["category"] == "Legislative"])
    added = _means(laws, measure.enacted, measure, output)
    projected = _means(by_year(totals), measure.projected, measure, output)
    found = _aligned({d: -v for d, v in added.items()}, projected)
    if not measure.slack:
        return found
    slack = _slack(folder, found.baseline)
    return found._replace(
        enacted=_left_over(found.enacted, slack, found.seen),
        projected=_left_over(found.projected, slack, found.seen),
    )


def _fiscal_years(quarters: Any) -> dict[int, float]:
    """GDP by fiscal year, of years with four quarters; bn $."""
    known = quarters.dropna(subset=["GDP"])
    groups = known["GDP"].groupby(fiscal_year(known["DATE"]))
    whole = groups.mean()[groups.count() == 4]
    return {int(year): float(value) for year, value in whole.items()}


def foreseen(output: Mapping[int, float], year: int) -> dict[int, float]:
    """GDP of a fiscal year and those around it, as far as known before it began."""
    last = min(year - 1, max(output))
    growth = (output[last] / output[last - _MEMORY]) ** (1 / _MEMORY)
    ahead = {last + k: output[last] * growth**k for k in range(1, 20)}
    return {y: v for y, v in output.items() if y <= last} | ahead


def _means(
    wide: Any, what: str, measure: Measure, output: Mapping[int, float]
) -> dict[Any, float]:
    """A number of each baseline: percent of GDP a year over the measure's years."""
    # Deficits are negative in the files. A component without an entry did not change.
    components = ["deficit", "net_interest", "debt"]
    wide = wide.reindex(columns=components).fillna({"net_interest": 0.0})
    found = {}
    for date, entries in wide.groupby(level=0):
        year = date.year + (date.month > 9)
        years = [year + measure.first + k for k in range(measure.years)]
        rows = entries.droplevel(0).reindex(years)
        gdp = foreseen(output, year)
        size = np.array([gdp[y] for y in years])
        deficits = -rows["deficit"].to_numpy(float)
        if what == "debt_change":
            debt = rows["debt"].to_numpy(float)
            before = (debt[0] - deficits[0]) / gdp[years[0] - 1]
            value = (debt[-1] / size[-1] - before) / measure.years
        else:
            interest = rows["net_interest"].to_numpy(float)
            flow = deficits - (interest if what == "primary_deficit" else 0.0)
            value = np.mean(flow / size)
        if np.isfinite(value + deficits.sum()):
            found[date] = 100 * float(value)
    return found


def half_year(month: str) -> str:
    """Name of the half-year of a month YYYY-MM, such as 1984b."""
    return f"{month[:4]}{'a' if month[5:7] <= '06' else 'b'}"


def _aligned(cuts: Mapping[Any, float], projected: Mapping[Any, float]) -> HalfYears:
    """Sums of what is enacted by half-year beside the newest projection before it."""
    groups: dict[str, list[Any]] = {}
    for date in sorted(cuts):
        groups.setdefault(half_year(date.strftime("%Y-%m")), []).append(date)
    found = {}
    for name, dates in groups.items():
        earlier = [d for d in projected if d < dates[0]]
        if earlier:
            total = sum(cuts[d] for d in dates)
            month = dates[-1].strftime("%Y-%m")
            found[name] = (month, total, projected[max(earlier)])
    first, last = min(found), max(found)
    names = [
        f"{y}{h}"
        for y in range(int(first[:4]), int(last[:4]) + 1)
        for h in "ab"
        if first <= f"{y}{h}" <= last
    ]
    rows = [found.get(n, ("", np.nan, np.nan)) for n in names]
    months, laws, views = zip(*rows, strict=True)
    return HalfYears(tuple(names), months, np.array(laws), np.array(views))


def _slack(folder: Path | str, months: Sequence[str]) -> Array:
    """Unemployment less its mean of ten years, a month before; NaN without a month."""
    import pandas as pd

    record = read_file(folder, FILES[3]).set_index("DATE")["UNRATE"]
    gap = record.dropna() - record.dropna().rolling(_SLACK_MONTHS).mean()
    known = gap.shift(1)
    dates = [pd.Timestamp(f"{m}-01") if m else None for m in months]
    return np.array([np.nan if d is None else known.asof(d) for d in dates], float)


def _left_over(values: Array, given: Array, seen: np.ndarray) -> Array:
    """Residuals of a regression on a constant and what is given (Frisch and Waugh)."""
    found = np.full_like(values, np.nan)
    design = np.column_stack([np.ones(len(seen)), given[seen]])
    fitted = design @ np.linalg.lstsq(design, values[seen], rcond=None)[0]
    found[seen] = values[seen] - fitted
    return found


class Response(NamedTuple):
    """A response with its standard error and the bound of a 95 percent interval."""

    estimate: Estimate
    bound: float
    first: str
    last: str


def response(data: HalfYears) -> Response:
    """Reduction of the deficit that is enacted per point of what is projected.

    Raises
    ------
    ValueError
        Fewer than three half-years, or projections that do not vary.
    """
    found = beta(data.enacted, data.projected)
    seen = data.seen
    size = critical_value(found.observations, found.bandwidth)
    return Response(
        found,
        size * found.standard_error,
        data.names[seen[0]],
        data.names[seen[-1]],
    )


def rolling_responses(data: HalfYears, window: int = WINDOW) -> dict[str, Response]:
    """Responses by the last half-year of ``window`` observations."""
    seen = data.seen
    spans = zip(seen, seen[window - 1 :], strict=False)
    return {data.names[b]: response(data.cut(a, b + 1)) for a, b in spans}


class Break(NamedTuple):
    """The largest Wald statistic of a break of the response, and where it is.

    ``p_value`` is that of a wild bootstrap, ``at`` the first half-year after the break.
    """

    statistic: float
    at: str
    p_value: float


def break_test(data: HalfYears, draws: int = DRAWS, seed: int = 0) -> Break:
    """Whether the response changes at an unknown date (Andrews 1993).

    Constants change with it. Variances are White's on both sides; the distribution
    without a break is that of residuals with random signs (Wu 1986).
    """
    seen = data.seen
    x, y = data.projected[seen], data.enacted[seen]
    count = len(seen)
    design = np.column_stack([np.ones(count), x])
    fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (draws, count))
    samples = np.vstack([y, fitted + signs * (y - fitted)])
    edge = int(np.ceil(TRIMMED * count))
    places = range(edge, count - edge + 1)
    walds = np.stack([_wald(samples, x, k) for k in places], axis=-1)
    largest = walds.max(axis=1)
    share = (1 + np.sum(largest[1:] >= largest[0])) / (1 + draws)
    at = data.names[seen[places[int(np.argmax(walds[0]))]]]
    return Break(float(largest[0]), at, float(share))


def _wald(samples: Array, x: Array, place: int) -> Array:
    """Wald statistics (N,) of equal slopes before and from ``place`` on."""
    slopes, variances = [], []
    for part in (slice(None, place), slice(place, None)):
        away = x[part] - x[part].mean()
        total = away @ away
        own = samples[:, part]
        slope = own @ away / total
        left = own - own.mean(axis=1, keepdims=True) - slope[:, None] * away
        slopes.append(slope)
        variances.append((left**2 @ away**2) / total**2)
    return (slopes[1] - slopes[0]) ** 2 / (variances[0] + variances[1])


def response_rows(folder: Path | str) -> list[dict[str, Any]]:
    """The shipped table: responses by measure and era.

    Raises
    ------
    FiscaxError
        A file is not there.
    """
    rows = []
    for name, measure in MEASURES.items():
        data = half_years(folder, measure)
        for era, (first, last) in ERAS.items():
            found = response(data.inside(first, last))
            rows.append({"measure": name, "era": era, **response_row(found)})
    return rows


def response_row(found: Response) -> Mapping[str, Any]:
    """A response as columns; ``low`` and ``high`` hold 95 percent."""
    value = found.estimate.value
    return {
        "value": value,
        "standard_error": found.estimate.standard_error,
        "low": value - found.bound,
        "high": value + found.bound,
        "observations": found.estimate.observations,
        "lags": found.estimate.bandwidth,
        "sample_start": found.first,
        "sample_end": found.last,
    }
