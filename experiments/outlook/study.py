"""The same primary balances under four ways to set funding costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.funding import FUNDING
from ...calibration.economies.outlook import FAN, Outlook, debt_of, fan
from ...calibration.record.forecast_errors import PUBLISHED_DEBT, fiscal_news
from ...calibration.record.forecast_errors import shipped_errors as errors_of_record
from ...calibration.record.projections import Projection
from ...calibration.valuation.capacity import PREMIUM, CapacityError, adjustments
from ..desk.cases import EXOGENOUS, desk_options, given_assumptions, priced_outlooks
from ..desk.sources import sources_of
from ..projection import FILE, PATHS, given_news, given_projection
from ..study import Findings, Setting
from ..tables import pick, table
from .model import all_cases, heat_map, tables_of

if TYPE_CHECKING:
    import xarray as xr

OPTIONS = (FILE, PATHS, *desk_options())
UNITS = {
    "debt": "percent of annual GDP",
    "anchored_debt": "percent of annual GDP",
    "interest": "percent of annual GDP",
    "transfer": "percent of annual GDP",
    "account": "percent of annual GDP",
    "adjustment": "percent of annual GDP",
    "rate": "percent per year",
    "inflation": "percent per year",
    "growth": "percent per year",
    "yield_3m": "percent per year",
    "yield_10y": "percent per year",
    "term_premium_10y": "percent per year",
    "expected_inflation_10y": "percent per year",
    "convenience_10y": "percent per year",
    "rise_of_yield_10y": "percentage points",
    "rise_of_term_premium_10y": "percentage points",
    "rise_of_inflation": "percentage points",
    "rise_of_convenience_10y": "percentage points",
    "debt_without_transfers": "percent of annual GDP",
    "probability_of_limit": "probability",
}
RISES = ("yield_10y", "term_premium_10y", "inflation", "convenience_10y")
_SHARES = {
    "left_without_news": "probability",
    "left_with_news": "share of paths",
    "out_with_news": "share of paths",
}
_GDP = "percent of annual GDP"
_ERRORS = {
    "balance_error_mean": _GDP,
    "balance_error_deviation": _GDP,
    "debt_error_deviation": _GDP,
    "debt_error_implied": _GDP,
    "debt_error_published_1984_2025": _GDP,
}


def outlook_records(
    projection: Projection, found: Mapping[str, Outlook]
) -> list[dict[str, Any]]:
    """One record per way of funding and year; without news. Missing is None."""
    years = projection.years.tolist()
    debt = 100 * projection.debt
    before = np.array([100 * projection.opening_debt, *debt[:-1]])
    flows = projection.flows
    interest = projection.interest_rate * before / (1 + np.asarray(flows.growth))
    blank = dict.fromkeys(UNITS)
    records = [
        {
            "funding": EXOGENOUS,
            "year": year,
            **blank,
            "debt": float(debt[k]),
            "anchored_debt": float(debt[k]),
            "interest": float(interest[k]),
            "rate": 100 * float(projection.interest_rate[k]),
            "inside_domain": True,
        }
        for k, year in enumerate(years)
    ]
    for key, outlook in found.items():
        switches = len(outlook.economy.regimes) > 1
        own = outlook.without
        for k, year in enumerate(years):
            records.append(
                {
                    "funding": key,
                    "year": year,
                    **blank,
                    **{n: float(v[k, 0]) for n, v in outlook.paths.items()},
                    **{
                        f"rise_of_{n}": float(outlook.paths[n][k, 0] - own[n][k])
                        for n in RISES
                    },
                    "debt_without_transfers": float(own["debt"][k]),
                    "anchored_debt": float(outlook.anchored[k, 0]),
                    "adjustment": float(outlook.adjustment[k]),
                    "probability_of_limit": (
                        float(outlook.hazard[k]) if switches else None
                    ),
                    "inside_domain": not bool(outlook.outside[k, 0]),
                }
            )
    return records


def fan_records(
    projection: Projection, news: np.ndarray, found: Mapping[str, Outlook]
) -> list[dict[str, Any]]:
    """Quantiles over paths with news, by way of funding, year and quantity."""
    series: dict[str, dict[str, np.ndarray]] = {
        EXOGENOUS: dict.fromkeys(("debt", "anchored_debt"), debt_of(projection, news))
    }
    for key, outlook in found.items():
        names = ("debt", "interest", "yield_10y", "inflation", "convenience_10y")
        series[key] = {n: outlook.paths[n] for n in names}
        series[key]["anchored_debt"] = outlook.anchored
    records = []
    for key, quantities in series.items():
        for name, values in quantities.items():
            for year, row in zip(projection.years.tolist(), fan(values).T, strict=True):
                record = {"funding": key, "quantity": name, "year": year}
                numbers = zip(FAN, row.tolist(), strict=True)
                records.append(record | {f"q{100 * q:02.0f}": v for q, v in numbers})
    return records


def limit_records(found: Mapping[str, Outlook]) -> list[dict[str, Any]]:
    """Probability that the safe regime has been left, and of being out of it."""
    return [
        {
            "funding": key,
            "year": int(year),
            "left_without_news": float(outlook.hazard[k]),
            "left_with_news": float(outlook.left[k, 1:].mean()),
            "out_with_news": float((outlook.regimes[k, 1:] != 0).mean()),
        }
        for key, outlook in found.items()
        if len(outlook.economy.regimes) > 1
        for k, year in enumerate(outlook.years)
    ]


def evidence_records(found: Mapping[str, Outlook]) -> list[dict[str, Any]]:
    """What each path is worth as a number: domain, Euler errors, paths outside."""
    return [
        {
            "funding": key,
            "domain_ends": outlook.domain_ends,
            "share_of_path_years_outside": float(outlook.outside[:, 1:].mean()),
            "euler_error_path_log10": outlook.euler_error[0],
            "euler_error_p99_log10": outlook.euler_error[1],
            "left_safety_by_the_end": (
                float(outlook.left[-1, 1:].mean())
                if len(outlook.economy.regimes) > 1
                else None
            ),
        }
        for key, outlook in found.items()
    ]


def news_records() -> list[dict[str, Any]]:
    """Moments of CBO's errors, and what the news drawn from them implies for debt."""
    moments = errors_of_record()
    implied = fiscal_news().debt_deviation(len(moments["horizon"]))
    return [
        {
            "horizon": int(h),
            "balance_error_mean": float(moments["mean"][k]),
            "balance_error_deviation": float(moments["standard_deviation"][k]),
            "debt_error_deviation": float(moments["debt_standard_deviation"][k]),
            "debt_error_implied": float(implied[k]),
            "debt_error_published_1984_2025": PUBLISHED_DEBT.get(int(h)),
        }
        for k, h in enumerate(moments["horizon"])
    ]


def _discounted(projection: Projection) -> dict[int, float] | None:
    """Adjustment by year at the projection's rates and the base premium, % of GDP."""
    try:
        found = adjustments(projection, PREMIUM).for_good
    except CapacityError:
        return None
    return dict(zip(projection.years.tolist(), (100 * found).tolist(), strict=True))


def adjustment_records(
    projection: Projection, found: Mapping[str, Outlook]
) -> list[dict[str, Any]]:
    """Rise of the primary balance that makes surpluses worth the debt, by year."""
    discounted = _discounted(projection)
    records = []
    for k, year in enumerate(projection.years.tolist()):
        record: dict[str, Any] = {"year": year}
        record["exogenous"] = None if discounted is None else discounted[year]
        record |= {key: float(o.adjustment[k]) for key, o in found.items()}
        records.append(record)
    return records


def rates_less_growth(found: Mapping[str, Outlook]) -> dict[str, float]:
    """Rate on debt less growth of nominal GDP in the first year, without transfers.

    Percentage points, by way of funding.
    """
    return {
        key: float(
            (o.without["rate"] - o.without["growth"] - o.without["inflation"])[0]
        )
        for key, o in found.items()
    }


def measure(setting: Setting) -> Findings:
    """Feed a projection's balances, CBO's by default, to every way of funding.

    Raises
    ------
    FiscaxError
        The projection or the number of paths is wrong.
    NumbersError
        A size of a stress test or a threshold is out of its range.
    OverrideError, CalibrationError
        From the economies. One without a solution on a domain that covers the file's
        paths is left out, with its reason in ``extra["without"]``.
    """
    projection = given_projection(setting)
    news = given_news(setting, projection)
    assumptions = given_assumptions(setting)
    found, without = priced_outlooks(setting, FUNDING)
    paths = table(outlook_records(projection, found), ("funding", "year"), UNITS)
    fans = fan_records(projection, news, found)
    steps = adjustment_records(projection, found)
    setting.progress.say("stress tests, by pricing")
    cases = all_cases(projection, assumptions, found, setting.store)
    group = assumptions.thresholds[projection.profile.group]
    percent = dict.fromkeys([EXOGENOUS, *map(str, found)], _GDP)
    desk = {
        **tables_of(cases, assumptions),
        "desk_heat_map": heat_map(cases, group, int(assumptions.stress["map_years"])),
    }
    return Findings(
        {
            **desk,
            "desk_assumptions": table(assumptions.records, ("table", "name")),
            "desk_sources": sources_of(desk, projection, assumptions),
            "outlook": paths,
            "outlook_fan": table(fans, ("funding", "quantity", "year")),
            "outlook_limit": table(limit_records(found), ("funding", "year"), _SHARES),
            "outlook_adjustment": table(steps, ("year",), percent),
            "outlook_evidence": table(evidence_records(found), ("funding",)),
            "forecast_errors": table(news_records(), ("horizon",), _ERRORS),
        },
        parameters={k: o.economy.calibration.by_name for k, o in found.items()},
        quantities=_quantities(paths, int(projection.years[-1])),
        extra={
            "projection": projection,
            "rates_less_growth": rates_less_growth(found),
            "assumptions": assumptions,
            "without": without,
        },
        data_vintage=projection.source,
    )


def _quantities(paths: xr.Dataset, last: int) -> dict[str, tuple[float, str]]:
    """Where every way of funding leads to in the last year."""
    names = ("debt", "anchored_debt", *(f"rise_of_{n}" for n in RISES))
    ways = paths["funding"].to_numpy().tolist()
    found = {
        (key, name): pick(paths, name, funding=key, year=last)
        for key in ways
        for name in names
    }
    return {
        f"{key}_{name}_{last}": (value, UNITS[name])
        for (key, name), value in found.items()
        if value is not None
    }
