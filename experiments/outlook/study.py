"""The same primary balances under four ways to set funding costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.core import COARSE, Economy, solve_economy
from ...calibration.economies.funding import FUNDING
from ...calibration.economies.outlook import (
    FAN,
    Outlook,
    economy_outlook,
    exogenous_debt,
    fan,
)
from ...calibration.record.forecast_errors import PUBLISHED_DEBT, SAMPLE, fiscal_news
from ...calibration.record.forecast_errors import shipped_errors as errors_of_record
from ...calibration.record.projections import Projection, read_projection
from ...calibration.valuation.capacity import CapacityError, adjustments
from ...errors import FiscaxError
from ..capacity.study import BASE, BASELINE
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult, filled

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "Where does the budget outlook lead when yields answer to debt?"
PATHS = 100
EXOGENOUS = "exogenous"
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


def outlook_economy(context: ExperimentContext, key: str) -> Economy:
    """The economy of a way of funding on the coarse grid, solved once per process."""
    funding = FUNDING[key]
    given = {k: v for k, v in context.overrides.items() if k not in ("file", "paths")}
    overrides = {**funding.case, **given}
    return context.once(
        ("coarse economy", funding.economy, tuple(sorted(overrides.items()))),
        lambda: solve_economy(funding.economy, overrides, levels=(COARSE,)),
    )


def given_projection(context: ExperimentContext) -> tuple[Projection, np.ndarray]:
    """The projection that was asked for, and news (Y, N) to its balances.

    Raises
    ------
    FiscaxError
        ``paths`` is not an even number above zero.
    """
    projection = read_projection(context.overrides.get("file", BASELINE))
    paths = context.overrides.get("paths", PATHS)
    if not isinstance(paths, int) or paths < 2 or paths % 2:
        raise FiscaxError(f"paths has to be an even number above zero, not {paths}")
    return projection, fiscal_news().draw(len(projection.years), paths, context.seed)


def shared_outlook(context: ExperimentContext, key: str) -> Outlook:
    """Outlook by way of funding, computed once per process."""

    def make() -> Outlook:
        projection, news = given_projection(context)
        economy = outlook_economy(context, key)
        context.progress.say(f"feeding the projection's balances: {key}")
        periods = 4 * len(projection.years)
        generator = np.random.default_rng(context.seed + 1)
        draws = generator.random((periods, news.shape[1]))
        switches = len(economy.regimes) > 1
        return economy_outlook(
            economy, projection, news, key, draws if switches else None
        )

    given = tuple(sorted(context.overrides.items()))
    return context.once(("outlook", key, given, context.seed), make)


def outlook_records(
    projection: Projection, found: Mapping[str, Outlook]
) -> list[dict[str, Any]]:
    """One record per way of funding and year; without news. Missing is None."""
    years = projection.years.tolist()
    debt = 100 * projection.debt
    before = np.array([100 * projection.opening_debt, *debt[:-1]])
    flows = projection.flows
    interest = np.asarray(flows.rate) * before / (1 + np.asarray(flows.growth))
    blank = dict.fromkeys(UNITS)
    records = [
        {
            "funding": EXOGENOUS,
            "year": year,
            **blank,
            "debt": float(debt[k]),
            "anchored_debt": float(debt[k]),
            "interest": float(interest[k]),
            "rate": 100 * float(flows.rate[k]),
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
                    "anchored_debt": float(outlook.anchored[k]),
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
        EXOGENOUS: {"debt": exogenous_debt(projection, news)}
    }
    for key, outlook in found.items():
        names = ("debt", "interest", "yield_10y", "inflation", "convenience_10y")
        series[key] = {n: outlook.paths[n] for n in names}
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
        found = adjustments(projection, BASE).for_good
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


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("outlook", question=QUESTION, order=5.3, section=_section)
def outlook(context: ExperimentContext) -> ExperimentResult:
    """Feed a projection's balances, CBO's by default, to every way of funding."""
    from .figure import draw_fans, draw_paths

    projection, news = given_projection(context)
    found = {}
    for key, funding in FUNDING.items():
        context.progress.say(f"solving: {funding.label}")
        found[key] = shared_outlook(context, key)
    records = {
        "outlook": outlook_records(projection, found),
        "outlook_fan": fan_records(projection, news, found),
        "outlook_limit": limit_records(found),
        "outlook_adjustment": adjustment_records(projection, found),
        "outlook_evidence": evidence_records(found),
        "forecast_errors": news_records(),
    }
    last = int(projection.years[-1])
    at_end = [r for r in records["outlook"] if r["year"] == last]
    return ExperimentResult(
        tables={name: filled(rows) for name, rows in records.items()},
        records=records,
        figures={
            "outlook": draw_paths(records["outlook"], records["outlook_limit"]),
            "outlook_fan": draw_fans(records["outlook"], records["outlook_fan"]),
        },
        notes=[_lead(projection, at_end), HOW, _rates(found), _cautions(found), NEWS],
        parameters={k: o.economy.calibration.by_name for k, o in found.items()},
        quantities={
            f"{r['funding']}_{n}_{last}": (r[n], UNITS[n])
            for r in at_end
            for n in ("debt", "anchored_debt", *(f"rise_of_{n}" for n in RISES))
            if r[n] is not None
        },
        data_vintage=projection.source,
    )


HOW = (
    "In the economies the projected balances are transfers that nobody expected: taxes "
    "repay what has been promised, so in every quarter as much is handed out as it "
    "takes for the balance to be the projected one, and the backed share of it is "
    "promised anew. Debt, yields and inflation are those of the equilibrium, quarter "
    "by quarter. Levels differ before any transfer, because the economies' rates and "
    "growth are not CBO's; anchored debt takes CBO's rates and growth and adds what "
    "the transfers do to the growth-adjusted return on debt in the economy. With 57% "
    "of deficit news unbacked (Gomez-Cram, Kung and Lustig 2025) spending has to be "
    "calmer than calibrated, else debt is worthless in some states; nothing is "
    "repudiated there."
)
NEWS = (
    "Fans: the primary balance is hit by news with the moments of CBO's own errors "
    f"({SAMPLE}), centred at zero; the record's mean error is a deficit larger than "
    "projected, by half a percent of GDP in the first year and four to five percent "
    "after nine."
)


def _lead(projection: Projection, at_end: list[dict[str, Any]]) -> str:
    texts = [
        f"{label_of(r['funding'])} {r['debt']:.0f}% (at CBO's rates and growth "
        f"{r['anchored_debt']:.0f}%)"
        for r in at_end
    ]
    return (
        f"{projection.name}: debt over GDP in {at_end[0]['year']} by what sets funding "
        f"costs: {'; '.join(texts)}."
    )


def _rates(found: Mapping[str, Outlook]) -> str:
    """How far the rate on debt is from growth in the first year, by economy."""
    texts = []
    for key, outlook in found.items():
        own = outlook.without
        gap = own["rate"][0] - own["growth"][0] - own["inflation"][0]
        texts.append(f"{label_of(key)} {gap:+.1f}")
    return (
        "The rate on debt less growth of nominal GDP at the start, without transfers, "
        "in "
        f"points: {'; '.join(texts)}. That is most of what debt in 2056 differs by."
    )


def label_of(key: str) -> str:
    """What a way of funding is called."""
    return "exogenous rates" if key == EXOGENOUS else FUNDING[key].label


def _cautions(found: Mapping[str, Outlook]) -> str:
    """Where solutions end, and how large their errors are along the paths."""
    ends = [
        f"{label_of(k)} from {o.domain_ends}"
        for k, o in found.items()
        if o.domain_ends is not None
    ]
    where = (
        "No path without news leaves the domain of its solution"
        if not ends
        else f"Paths without news leave the domain of their solution: {'; '.join(ends)}"
    )
    worst = max((o.euler_error[0] for o in found.values()), default=0.0)
    share = max((float(o.outside[:, 1:].mean()) for o in found.values()), default=0.0)
    return (
        f"{where}; domains are widened to cover them. The largest Euler error there is "
        f"10^{worst:.1f}; at most {100 * share:.1f}% of the years of paths with news "
        "lie outside, where policies go on along their tangents. No disaster happens "
        "on any path though investors fear them: promises that a disaster breaks then "
        "grow faster than expected, and inflation falls for that reason alone. Rises "
        "are therefore differences to the same economy without transfers."
    )
