"""Claims of the talk about stocks and bonds, and what the section says about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..regime_rows import Cell
from ..report import labels
from ..slide_claims import Side, SlideClaim

Records = Mapping[str, Sequence[dict[str, Any]]]
FREQUENCIES = ("daily", "monthly", "quarterly")
BEFORE, AFTER, LATE = "1998-2019", "2020-present", "2022-present"
_SILENT = Side(note="says nothing")


def model(records: Records, regime: str, frequency: str, tenor: str = "10y"):
    """The record of a regime at a frequency: below a quarter that of surprises."""
    kind = "quarterly" if frequency == "quarterly" else "surprises"
    return next(
        r
        for r in records["stock_bond"]
        if (r["regime"], r["returns"], r["tenor"]) == (regime, kind, tenor)
    )


def fact(
    records: Records, quantity: str, frequency: str, era: str, tenor: str = "10y"
) -> dict[str, Any]:
    """A shipped fact with its error and sample."""
    key = (quantity, tenor, frequency, era)
    return next(
        r
        for r in records["stock_bond_data"]
        if (r["quantity"], r["tenor"], r["frequency"], r["era"]) == key
    )


def row_of(records: Records, table: str, regime: str, tenor: str | None = None):
    """The record of a regime (and tenor) in a table."""
    return next(
        r
        for r in records[table]
        if r["regime"] == regime and (tenor is None or r["tenor"] == tenor)
    )


def _without(records: Records, regime: str, shock: str) -> str:
    found = next(
        r
        for r in records["stock_bond_shocks"]
        if (r["regime"], r["shock"]) == (regime, shock)
    )
    return f"without {found['name']} shocks {found['correlation_without']:+.2f}"


def _sample(found: Mapping[str, Any]) -> str:
    return (
        f"{found['sample_start'][:7]} to {found['sample_end'][:7]}, standard error "
        f"{found['standard_error']:.2f}"
    )


def claims(records: Records) -> list[SlideClaim]:
    """Every claim of the talk about stocks and bonds."""
    return [
        *(c for f in FREQUENCIES for c in _flips(records, f)),
        _beta(records),
        _falls(records),
        _disaster(records),
    ]


def _flips(records: Records, frequency: str) -> list[SlideClaim]:
    down, up = Cell("negative", 0.05), Cell("positive", 0.05)
    before, after, late = (
        fact(records, "correlation", frequency, era) for era in (BEFORE, AFTER, LATE)
    )
    own = {r: model(records, r, frequency)["correlation"] for r in ("safe", "risky")}
    return [
        SlideClaim(
            f"apart_{frequency}",
            f"Before 2020 stocks and ten-year Treasurys moved apart ({frequency}).",
            "correlation",
            Side(own["safe"], down),
            _SILENT,
            Side(before["value"], down, _sample(before)),
            _without(records, "safe", "e_p"),
        ),
        SlideClaim(
            f"together_{frequency}",
            f"After 2020 they move together ({frequency}).",
            "correlation",
            _SILENT,
            Side(own["risky"], up),
            Side(
                after["value"],
                up,
                f"{_sample(after)}; from 2022 on {late['value']:+.2f}",
            ),
            _without(records, "risky", "e_p"),
        ),
    ]


def _beta(records: Records) -> SlideClaim:
    down, up = Cell("negative", 0.02), Cell("positive", 0.02)
    late = fact(records, "beta", "quarterly", LATE)
    before = fact(records, "beta", "quarterly", BEFORE)
    own = {r: model(records, r, "quarterly")["beta"] for r in ("safe", "risky")}
    left = {r["switch"]: r["beta"] for r in records["stock_bond_switches"]}
    return SlideClaim(
        "beta_quarterly",
        "Safe Treasurys are a hedge, risky ones have a positive stock beta (ten years, "
        "quarterly).",
        "ratio",
        Side(own["safe"], down),
        Side(own["risky"], up),
        Side(late["value"], up, f"{_sample(late)}; 1998-2019 {before['value']:+.2f}"),
        f"theta = 1, repudiation = 0: {left['theta = 1, repudiation = 0']:+.2f} "
        "(surprises)",
    )


def _falls(records: Records) -> SlideClaim:
    unit = "standard deviations"
    own = {
        r: row_of(records, "stock_bond_falls", r, "10y")["bond_in_falls_sd"]
        for r in ("safe", "risky")
    }
    late, before = (
        fact(records, "bond_in_falls_sd", "daily", era) for era in (LATE, BEFORE)
    )
    fall = Cell("negative", 0.1)
    return SlideClaim(
        "falls",
        "When stocks fall, safe ten-year Treasurys rise and risky ones fall.",
        unit,
        Side(own["safe"], Cell("positive", 0.1), "quarters"),
        Side(own["risky"], fall, "quarters"),
        Side(
            late["value"],
            fall,
            f"days, {_sample(late)}; 1998-2019 {before['value']:+.2f}",
        ),
        "correlation with risky debt " + _without(records, "risky", "e_p"),
    )


def _disaster(records: Records) -> SlideClaim:
    own = {
        r: row_of(records, "stock_bond_disaster", r)["10y"] for r in ("safe", "risky")
    }
    return SlideClaim(
        "disaster",
        "In a disaster ten-year Treasurys keep their value while debt is safe and lose "
        "it once it is risky.",
        "percent",
        Side(own["safe"], Cell("zero", 1.0), "unexpected return of the quarter"),
        Side(own["risky"], Cell("negative", 1.0), "unexpected return of the quarter"),
        Side(note="no disaster in the sample"),
    )


def inside_band(records: Records, start: str, end: str) -> float:
    """Share of months from ``start`` to before ``end`` in the models' 90% band."""
    months = [
        r for r in records["stock_bond_rolling_data"] if start <= r["month"] < end
    ]
    rows = records["stock_bond_rolling_model"]
    years = np.array([r["year"] for r in rows])
    at = np.array([int(r["month"][:4]) + int(r["month"][5:]) / 12 for r in months])
    actual = np.array([r["correlation"] for r in months])
    low, high = (np.interp(at, years, [r[q] for r in rows]) for q in ("q05", "q95"))
    return float(np.mean((actual >= low) & (actual <= high)))


def notes(records: Records, judged: Sequence[SlideClaim]) -> list[str]:
    """Sentences of the section, the verdict first."""
    verdicts = {c.key: c.overall().split("; ") for c in judged}
    failed = [k for k, v in verdicts.items() if v[0].startswith("not delivered")]
    held = sum(v[0] == "delivered" for v in verdicts.values())
    agree = sum(v[1] == "data agree" for v in verdicts.values())
    known = sum(v[1] != "no data" for v in verdicts.values())
    own = {r: model(records, r, "quarterly")["correlation"] for r in ("safe", "risky")}
    data = {
        f: [fact(records, "correlation", f, e)["value"] for e in (BEFORE, AFTER, LATE)]
        for f in FREQUENCIES
    }
    found = "; ".join(
        f"{f} {a:+.2f}, {b:+.2f} and {c:+.2f}" for f, (a, b, c) in data.items()
    )
    lead = (
        f"The models deliver {held} of {len(judged)} claims"
        f"{' and fail ' + ', '.join(labels.words(k) for k in failed) if failed else ''}"
        ": quarterly returns of stocks and ten-year Treasurys correlate by "
        f"{own['safe']:+.2f} with safe and {own['risky']:+.2f} with risky debt. The "
        f"record agrees with {agree} of the {known} on which there are data: its sign "
        "did not flip cleanly in 2020. Its correlations in 1998-2019, "
        f"since 2020 and since 2022 are: {found}."
    )
    return [lead, _rolling(records), _caution(records), HOW]


def _rolling(records: Records) -> str:
    share = {
        span: 100 * inside_band(records, *span)
        for span in (("1990", "1998"), ("1998", "2020"), ("2020", "2027"))
    }
    first, second, third = share.values()
    falls = [
        fact(records, "share_rising_in_falls", "daily", e)["value"]
        for e in (BEFORE, LATE)
    ]
    return (
        "Of the actual 252-day correlations at months' ends "
        f"{second:.0f}% of 1998-2019 and {third:.0f}% since 2020 lie in the models' "
        "90% band with a change of regime on a day between January 2020 and December "
        f"2022 (chosen), and {first:.0f}% of 1990-1997, when the sign was already "
        "positive: the safe pattern is that of two decades. The band is narrow "
        "because a regime's covariance is constant in it. On days on which stocks fell "
        "by one and a half standard deviations or more, ten-year Treasurys rose in "
        f"{100 * falls[0]:.0f}% of cases in 1998-2019 and in {100 * falls[1]:.0f}% "
        "since 2022: the flight to safety is absent rather than reversed."
    )


def _caution(records: Records) -> str:
    left = {
        (r["economy"], r["switch"]): r["correlation"]
        for r in records["stock_bond_switches"]
    }
    rival = row_of(records, "stock_bond", "sticky: supply", "10y")["correlation"]
    switching = model(records, "switching: risky", "quarterly")["correlation"]
    short = model(records, "switching: risky", "daily", "2y")["correlation"]
    return (
        "A positive correlation is necessary for risky debt, not sufficient, and it "
        "does not come from unbacked spending. Risky debt whose spending is fully "
        "backed and never repudiated (theta = 1) keeps "
        f"{left['risky', 'theta = 1, repudiation = 0']:+.2f} of "
        f"{left['risky', 'as shipped']:+.2f}: stress and news of growth make the sign, "
        "because the price level, not taxes, answers to them. Convenience in stress is "
        "not what makes safe debt a hedge either: without it the correlation is "
        f"{left['safe', 'safety_stress = 0']:+.2f} in place of "
        f"{left['safe', 'as shipped']:+.2f}. With sticky prices safe debt with supply "
        f"shocks and the rule of the 1980s has {rival:+.2f}, and risky debt without "
        "exposure to shadow rules "
        f"{left['sticky_risky', 'shadow_exposure = 0']:+.2f} in place of "
        f"{left['sticky_risky', 'as shipped']:+.2f}. Where regimes switch, the risky "
        f"one has {switching:+.2f} in quarterly returns and {short:+.2f} in surprises "
        "at two years: agents expect safety to return."
    )


HOW = (
    "The models count in quarters. Surprises are unexpected returns of zero-coupon "
    "bonds and of equity at a regime's resting point; if news arrives evenly their "
    "correlation and beta are the same for days, months and quarters, and that is what "
    "stands beside the record's days and months. The models say nothing about how "
    "trading within a quarter differs from that. Quarterly numbers are those of "
    "simulated excess returns of par bonds, as in the record. No sample holds a "
    "disaster; those stand in a table of their own. A fall is a return more than one "
    "and a half standard deviations below the mean of its sample (chosen)."
)
