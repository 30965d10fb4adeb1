"""Moments of yields, slopes, term premia, spreads and break-even inflation."""

from collections.abc import Callable
from functools import partial

import pandas as pd

from . import definitions as define
from .definitions import MomentDefinition
from .series import SeriesDirectory
from .transforms import (
    TENOR_COLUMNS,
    average_by_period,
    quarterly_average_of_months,
    quarterly_average_yield,
)

SLOPES = (("10y", "3m"), ("10y", "2y"), ("30y", "10y"))
TERM_PREMIUM_TENORS = ("1y", "2y", "5y", "10y")
MINIMUM_FOREIGN_CURRENCIES = 5

_AVERAGE = "quarterly averages of daily observations (at least 40 days a quarter)"
_THREE_MONTH_NOTE = (
    "; before 1981-09 the 3-month yield is the secondary-market bill rate DTB3 on a "
    "bond-equivalent basis"
)
_THIRTY_YEAR_NOTE = (
    "; from 2002-02-19 to 2006-02-08 the 30-year series is the Treasury extrapolated "
    "long-term rate (no 30-year bond was auctioned), splice jumps +17 and -16 bp"
)
_TWENTY_YEAR_NOTE = "; no 20-year series from 1987 to 1993-09"
_ACM_SOURCE = "Adrian, Crump, Moench (2013), NY Fed (reproduction to 0.003 bp): "


def rate_definitions() -> list[MomentDefinition]:
    """Return definitions of all rate moments, in the order of the table."""
    return [
        *_yield_definitions(),
        *_slope_definitions(),
        *_term_premium_definitions(),
        *_treasury_premium_definitions(),
        *_spread_definitions(),
        *_breakeven_definitions(),
    ]


def _tenor_notes(*tenors: str) -> str:
    notes = {
        "3m": _THREE_MONTH_NOTE,
        "20y": _TWENTY_YEAR_NOTE,
        "30y": _THIRTY_YEAR_NOTE,
    }
    return "".join(notes.get(tenor, "") for tenor in tenors)


def _tenor_source(*tenors: str) -> str:
    names = ["DTB3"] if "3m" in tenors else []
    return f"{define.H15}: {', '.join([TENOR_COLUMNS[t] for t in tenors] + names)}"


def _yield_definitions() -> list[MomentDefinition]:
    return [
        MomentDefinition(
            name=f"yield_{kind}_{tenor}",
            unit=unit,
            definition=f"{word} of the {tenor} Treasury par yield (constant maturity, "
            f"bond-equivalent), {_AVERAGE}{_tenor_notes(tenor)}",
            source=_tenor_source(tenor),
            frame=partial(quarterly_average_yield, tenor=tenor),
            estimator=estimator,
            minimum=minimum,
            dates="quarterly",
        )
        for kind, (estimator, unit, minimum, word) in define.QUARTERLY_KINDS.items()
        for tenor in TENOR_COLUMNS
    ]


def _slope(data: SeriesDirectory, long: str, short: str) -> pd.Series:
    return quarterly_average_yield(data, long) - quarterly_average_yield(data, short)


def _slope_definitions() -> list[MomentDefinition]:
    kinds = {
        "mean": (define.mean, 8, "Mean"),
        "standard_deviation": (define.standard_deviation, 12, "Standard deviation"),
    }
    return [
        MomentDefinition(
            name=f"yield_slope_{long}_{short}_{kind}",
            unit=define.PERCENT_PER_YEAR,
            definition=f"{word} of the {long} less the {short} Treasury par yield, "
            f"{_AVERAGE}{_tenor_notes(long, short)}",
            source=_tenor_source(long, short),
            frame=partial(_slope, long=long, short=short),
            estimator=estimator,
            minimum=minimum,
            dates="quarterly",
        )
        for kind, (estimator, minimum, word) in kinds.items()
        for long, short in SLOPES
    ]


def _quarterly_from_months(data: SeriesDirectory, column: str) -> pd.Series:
    return quarterly_average_of_months(data.series(column))


def _term_premium_definitions() -> list[MomentDefinition]:
    wanted = [(tenor, "mean") for tenor in TERM_PREMIUM_TENORS]
    wanted.append(("10y", "standard_deviation"))
    definitions = []
    for tenor, kind in wanted:
        column = f"ACMTP{int(tenor.removesuffix('y')):02d}"
        is_mean = kind == "mean"
        definitions.append(
            MomentDefinition(
                name=f"term_premium_{tenor}_{kind}",
                unit=define.PERCENT_PER_YEAR,
                definition=f"{'Mean' if is_mean else 'Standard deviation'} of the "
                f"{tenor} zero-coupon term premium of Adrian, Crump and Moench, "
                "quarterly averages of month-end values (all three months); estimated "
                "on the whole sample since 1961, so not known in real time",
                source=_ACM_SOURCE + column,
                frame=partial(_quarterly_from_months, column=column),
                estimator=define.mean if is_mean else define.standard_deviation,
                minimum=8 if is_mean else 12,
                dates="quarterly",
            )
        )
    return definitions


def _treasury_premium(data: SeriesDirectory, tenor: str) -> pd.Series:
    premium = data.series(f"USTP_G10_{tenor}_BP")
    count = data.series(f"USTP_G10_{tenor}_N").reindex(premium.index)
    return average_by_period(premium.loc[count >= MINIMUM_FOREIGN_CURRENCIES], "M", 1)


def _treasury_premium_definitions() -> list[MomentDefinition]:
    return [
        MomentDefinition(
            name=f"treasury_premium_{tenor}_mean",
            unit=define.BASIS_POINTS,
            definition=f"Mean of the {tenor} premium of US Treasurys over G10 foreign "
            "sovereigns hedged into dollars (foreign yield less hedging cost less US "
            "yield; positive when Treasurys are dear), equal-weight mean over "
            "currencies, months with at least 5 currencies",
            source=f"Du, Im, Schreger (2018), 2020 update: USTP_G10_{tenor.upper()}_BP",
            frame=partial(_treasury_premium, tenor=tenor.upper()),
            estimator=define.mean,
            minimum=24,
            dates="monthly",
        )
        for tenor in ("3m", "1y", "5y")
    ]


def _monthly(data: SeriesDirectory, column: str) -> pd.Series:
    return average_by_period(data.series(column), "M", 1)


def _monthly_spread(data: SeriesDirectory, column: str, less: str) -> pd.Series:
    return 100.0 * (_monthly(data, column) - _monthly(data, less))


def _aaa_less_10y(data: SeriesDirectory) -> pd.Series:
    return 100.0 * _monthly(data, "AAA10YM")


_MOODYS = "Moody's and Federal Reserve H.15 via FRED: "
_SPREADS: list[tuple[str, str, str, Callable[[SeriesDirectory], pd.Series]]] = [
    (
        "aaa_treasury_spread_mean",
        "Mean of Moody's AAA corporate yield less the 10y Treasury yield, monthly "
        "averages (the maturity of the AAA bonds is 20 years and more)",
        _MOODYS + "AAA10YM (monthly average of AAA10Y)",
        _aaa_less_10y,
    ),
    (
        "aaa_treasury_20y_spread_mean",
        "Mean of Moody's AAA corporate yield less the 20y Treasury yield, monthly "
        "averages; no 20y series from 1987 to 1993-09",
        _MOODYS + "AAA, GS20",
        partial(_monthly_spread, column="AAA", less="GS20"),
    ),
    (
        "commercial_paper_bill_spread_3m_mean",
        "Mean of the 3m AA nonfinancial commercial paper rate less the 3m bill "
        "rate, monthly",
        "Federal Reserve, as compiled by Kekre and Lenel: CP3M_TBILL3M_BP",
        partial(_monthly, column="CP3M_TBILL3M_BP"),
    ),
    (
        "financial_commercial_paper_bill_spread_3m_mean",
        "Mean of the 3m AA financial commercial paper rate (spliced by FRED-MD "
        "with the older 3m series) less the 3m bill rate, both on a discount "
        "basis, monthly averages",
        "Federal Reserve via FRED-MD (McCracken, Ng 2016): CP3Mx, TB3MS",
        partial(_monthly_spread, column="CP3Mx", less="TB3MS"),
    ),
]


def _spread_definitions() -> list[MomentDefinition]:
    return [
        MomentDefinition(
            name=name,
            unit=define.BASIS_POINTS,
            definition=definition,
            source=source,
            frame=frame,
            estimator=define.mean,
            minimum=24,
            dates="monthly",
        )
        for name, definition, source, frame in _SPREADS
    ]


def _quarterly_from_days(data: SeriesDirectory, column: str) -> pd.Series:
    return average_by_period(data.series(column), "Q", 40)


def _breakeven_definitions() -> list[MomentDefinition]:
    wanted = [
        ("breakeven_5y5y", "T5YIFR", "mean"),
        ("breakeven_5y5y", "T5YIFR", "standard_deviation"),
        ("breakeven_10y", "T10YIE", "mean"),
    ]
    words = {
        "breakeven_5y5y": "5-year break-even inflation rate 5 years ahead",
        "breakeven_10y": "10-year break-even inflation rate",
    }
    return [
        MomentDefinition(
            name=f"{name}_{kind}",
            unit=define.PERCENT_PER_YEAR,
            definition=f"{kind.replace('_', ' ').capitalize()} of the {words[name]} "
            f"(nominal less TIPS yield), {_AVERAGE}; series start in 2003",
            source=f"{define.H15}: {column}",
            frame=partial(_quarterly_from_days, column=column),
            estimator=define.mean if kind == "mean" else define.standard_deviation,
            minimum=8 if kind == "mean" else 12,
            dates="quarterly",
        )
        for name, column, kind in wanted
    ]
