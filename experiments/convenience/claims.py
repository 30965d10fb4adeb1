"""Claims of the talk about convenience, with the numbers that judge them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..regime_rows import Cell
from ..slide_claims import Side, SlideClaim

Records = Mapping[str, Sequence[dict[str, Any]]]
BP = "basis points"
_NO_DATA = (
    "no shipped series is net of default risk or reaches beyond August 2020; bring one "
    "with --set file=..."
)
# Annual saving of interest 1926-2008 (Krishnamurthy and Vissing-Jorgensen 2012).
PUBLISHED_SAVING = 0.25


def wedge_at(records: Records, regime: str, wedge: str, tenor: str) -> float:
    """Wedge of a regime at a tenor, basis points."""
    return next(
        r["value"]
        for r in records["convenience_wedges"]
        if (r["regime"], r["wedge"], r["tenor"]) == (regime, wedge, tenor)
    )


def _era(
    records: Records, wedge: str, tenor: str, era: str, origin: str = "shipped"
) -> dict[str, Any] | None:
    rows = records["convenience_eras"]
    key = (origin, wedge, tenor, era)
    found = (r for r in rows if (r["origin"], r["wedge"], r["tenor"], r["era"]) == key)
    return next(found, None)


def shipped_mean(records: Records, wedge: str, tenor: str, era: str) -> float:
    """Shipped mean of a spread in an era, basis points."""
    row = _era(records, wedge, tenor, era)
    if row is None:
        raise KeyError(f"no shipped mean of {wedge} {tenor} in {era}")
    return row["value"]


def _own(records: Records, wedge: str, tenor: str, cell: Cell) -> Side:
    """The user's number after 2020, where the file has it."""
    for era in ("2022-2026", "2020-2026", "whole file"):
        row = _era(records, wedge, tenor, era, "file")
        if row is not None:
            note = f"{row['sample_start']} to {row['sample_end']}, {row['source']}"
            return Side(row["value"], cell, note)
    return Side(note=_NO_DATA)


def slope_at(
    records: Records, regime: str, channel: str, which: str = "value"
) -> float:
    """Slope of the bill's convenience on a channel's mover, or what is left of it."""
    return next(
        r[which]
        for r in records["convenience_channels"]
        if (r["regime"], r["channel"], r["asset"]) == (regime, channel, "bill")
    )


def slope_of(records: Records, source: str, regression: str, name: str) -> float:
    """A slope, or a share, of the table of regressions."""
    key = (source, regression, name)
    return next(
        r["value"]
        for r in records["convenience_slopes"]
        if (r["source"], r["regression"], r["regressor"]) == key
    )


def cost(records: Records, case: str) -> dict[str, Any]:
    """The record of what convenience is worth in a case."""
    return next(r for r in records["convenience_cost"] if r["case"] == case)


def _left(records: Records, wedge: str, tenor: str) -> float:
    return next(
        r["value"]
        for r in records["convenience_without_loss"]
        if (r["wedge"], r["tenor"]) == (wedge, tenor)
    )


def claims(records: Records) -> list[SlideClaim]:
    """Every claim of the talk about convenience."""
    return [*_wedge_claims(records), *_channel_claims(records), *_costs(records)]


def _wedge_claims(records: Records) -> list[SlideClaim]:
    def both(wedge: str, tenor: str) -> tuple[float, float]:
        safe, risky = (
            wedge_at(records, r, f"{wedge}_treasury", tenor) for r in ("safe", "risky")
        )
        return safe, risky

    aaa, foreign = both("aaa", "10y"), both("foreign", "5y")
    short = both("foreign", "3m")
    near_zero = Cell("zero", 5.0)
    down = Cell("negative", 2.0)
    up = Cell("positive", 2.0)
    raw = shipped_mean(records, "aaa", "10y", "2022-2026") - shipped_mean(
        records, "aaa", "10y", "2010-2019"
    )
    before = shipped_mean(records, "foreign", "5y", "1998-2007H1")
    later = shipped_mean(records, "foreign", "5y", "2010-2019")
    tilt = [
        shipped_mean(records, "foreign", "3m", e)
        - shipped_mean(records, "foreign", "5y", e)
        for e in ("2010-2019", "1998-2007H1")
    ]
    keep = "safety_long = 1 in the risky economy leaves {:+.1f} bp"
    return [
        SlideClaim(
            "aaa_level",
            "AAA bonds yield more than ten-year Treasurys while debt is safe; net of "
            "default risk the difference is gone once it is risky.",
            BP,
            Side(aaa[0], Cell("positive", 5.0)),
            Side(aaa[1], near_zero),
            _own(records, "aaa_cds", "10y", near_zero),
            keep.format(_left(records, "aaa_treasury", "10y")),
        ),
        SlideClaim(
            "aaa_change",
            "The loss of safety narrows AAA less ten-year Treasury.",
            BP,
            Side(note="the level of comparison"),
            Side(aaa[1] - aaa[0], down, "risky less safe"),
            Side(raw, down, "2022-2026 less 2010-2019, not net of default risk"),
            keep.format(_left(records, "aaa_treasury", "10y") - aaa[0])
            + " of the change",
        ),
        SlideClaim(
            "foreign_before",
            "Before 2008 five-year Treasurys were dearer than hedged foreign ones.",
            BP,
            Side(foreign[0], up),
            Side(note="says nothing"),
            Side(before, up, "July 1998 to June 2007; 1998-2019 is calibrated to"),
        ),
        SlideClaim(
            "foreign_until_2020",
            "Five-year Treasurys stayed dearer than hedged foreign ones until 2020.",
            BP,
            Side(foreign[0], up),
            Side(note="says nothing"),
            Side(later, up, "2010-2019"),
        ),
        SlideClaim(
            "foreign_after",
            "With risky debt five-year Treasurys are the cheaper ones.",
            BP,
            Side(note="says nothing"),
            Side(foreign[1], down),
            _own(records, "foreign", "5y", down),
            keep.format(_left(records, "foreign_treasury", "5y")),
        ),
        SlideClaim(
            "tilt_to_bills",
            "Long maturities lose, bills do not: the premium at three months less that "
            "at five years rises.",
            BP,
            Side(note="the level of comparison"),
            Side(short[1] - foreign[1] - short[0] + foreign[0], up, "risky less safe"),
            Side(tilt[0] - tilt[1], up, "2010-2019 less 1998-2007H1: before 2020"),
            "safety_long = 1 leaves {:+.1f} bp".format(
                _left(records, "foreign_treasury", "3m")
                - _left(records, "foreign_treasury", "5y")
                - short[0]
                + foreign[0]
            ),
        ),
    ]


def _channel_claims(records: Records) -> list[SlideClaim]:
    supply = [slope_at(records, r, "supply") for r in ("safe", "risky")]
    rate = [slope_at(records, r, "opportunity cost") for r in ("safe", "risky")]
    fall, rise = Cell("negative", 0.05), Cell("positive", 1.0)
    note = "paper less bill, both regressors, fiscal years 1962-2024"
    return [
        SlideClaim(
            "supply_channel",
            "Convenience of bills falls with the supply of debt, the short rate held.",
            "basis points per 1pp of debt/GDP",
            Side(supply[0], fall),
            Side(supply[1], fall),
            Side(slope_of(records, "data", "both", "log_debt") / 100, fall, note),
            "supply elasticities = 0 leave "
            f"{slope_at(records, 'safe', 'supply', 'switched_off'):.2f}",
        ),
        SlideClaim(
            "opportunity_cost_channel",
            "Convenience of bills rises with the short rate, supply held, by more than "
            "a basis point per point.",
            "basis points per percentage point",
            Side(rate[0], rise),
            Side(rate[1], rise),
            Side(slope_of(records, "data", "both", "rate"), rise, note),
            "liquidity_rate = 0 leaves "
            f"{slope_at(records, 'safe', 'opportunity cost', 'switched_off'):.2f}",
        ),
    ]


def _costs(records: Records) -> list[SlideClaim]:
    gdp = "percent of annual GDP"
    own, other = (cost(records, r) for r in ("safe", "risky"))
    lost = cost(records, "safe, services of risky debt")
    up = Cell("positive", 0.05)
    return [
        SlideClaim(
            "seigniorage",
            "Convenience saves the government a quarter of a percent of GDP a year.",
            gdp,
            Side(own["flow"], up),
            Side(other["flow"], up),
            Side(
                PUBLISHED_SAVING,
                up,
                "1926-2008, Krishnamurthy and Vissing-Jorgensen (2012)",
            ),
            "safety_price = liquidity_price = 0 leaves "
            f"{cost(records, 'safe, no services')['flow']:.2f}",
        ),
        SlideClaim(
            "cost_of_the_loss",
            "The loss of safety costs the government every year.",
            gdp,
            Side(note="the level of comparison"),
            Side(
                lost["lost_flow"],
                up,
                f"a year; {lost['lost_share']:.1f}% of the value of debt in all",
            ),
            Side(note="not measured: needs services net of default risk"),
            "safety_long = 1: nothing",
        ),
    ]
