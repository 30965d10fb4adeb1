"""Moments of inflation, growth, the real short rate and the federal budget."""

from collections.abc import Callable
from functools import partial

import pandas as pd

from . import definitions as define
from .definitions import MomentDefinition
from .series import SeriesDirectory
from .transforms import (
    annual_levels,
    annualised_log_growth,
    fill_single_gaps,
    quarterly_average_of_months,
    quarterly_average_yield,
    quarterly_levels,
)

_CPI = "BLS via FRED: CPIAUCSL"
_BEA = "BEA via FRED: "
_INFLATION_WORDS = (
    "CPI inflation, 400 x log change of the quarterly average index (a single missing "
    "month, as 2025-10, is the geometric mean of its neighbours)"
)
_GROWTH_WORDS = {
    "growth": ("real GDP growth, 400 x log change", "GDPC1"),
    "consumption_growth": ("real consumption growth, 400 x log change", "PCECC96"),
}


def macro_definitions() -> list[MomentDefinition]:
    """Return definitions of all macro and fiscal moments, in the table's order."""
    return [
        _real_short_rate_definition(),
        *_own_moments("inflation", _INFLATION_WORDS, _CPI, inflation),
        _annual_inflation_definition(),
        *_growth_definitions(),
        *_fiscal_definitions(),
        _duration_definition(),
    ]


def inflation(data: SeriesDirectory) -> pd.Series:
    """Quarterly CPI inflation, percent per year, on a quarterly period index."""
    months = fill_single_gaps(data.series("CPIAUCSL")).to_timestamp()
    return annualised_log_growth(quarterly_average_of_months(months))


def _annual_inflation(data: SeriesDirectory) -> pd.Series:
    """Inflation over the last four quarters, percent per year."""
    return pd.Series(inflation(data).rolling(4).mean())


def _annual_inflation_definition() -> MomentDefinition:
    estimator, unit, minimum, word = define.QUARTERLY_KINDS["standard_deviation"]
    return MomentDefinition(
        name="inflation_annual_standard_deviation",
        unit=unit,
        definition=f"{word} of overlapping means over four quarters of "
        f"{_INFLATION_WORDS}",
        source=_CPI,
        frame=_annual_inflation,
        estimator=estimator,
        minimum=minimum,
        dates="quarterly",
    )


def _growth(data: SeriesDirectory, column: str) -> pd.Series:
    return annualised_log_growth(quarterly_levels(data.series(column)))


def _real_short_rate(data: SeriesDirectory) -> pd.Series:
    # The quarter's average yield is earned, on average, over the next quarter.
    return quarterly_average_yield(data, "3m") - inflation(data).shift(-1)


def _real_short_rate_definition() -> MomentDefinition:
    return MomentDefinition(
        name="real_short_rate_mean",
        unit=define.PERCENT_PER_YEAR,
        definition="Mean of the quarterly average 3m yield less realised inflation of "
        f"the next quarter; {_INFLATION_WORDS}; before 1981-09 the 3m yield is DTB3 "
        "on a bond-equivalent basis",
        source=f"{define.H15}: DGS3MO, DTB3; {_CPI}",
        frame=_real_short_rate,
        estimator=define.mean,
        minimum=8,
        dates="quarterly",
    )


def _own_moments(
    name: str, words: str, source: str, frame: Callable[[SeriesDirectory], pd.Series]
) -> list[MomentDefinition]:
    """Mean, standard deviation and autocorrelation of one quarterly series."""
    return [
        MomentDefinition(
            name=f"{name}_{kind}",
            unit=unit,
            definition=f"{word} of quarterly {words}",
            source=source,
            frame=frame,
            estimator=estimator,
            minimum=minimum,
            dates="quarterly",
        )
        for kind, (estimator, unit, minimum, word) in define.QUARTERLY_KINDS.items()
    ]


def _inflation_and_growth(data: SeriesDirectory, column: str) -> pd.DataFrame:
    return pd.DataFrame({"inflation": inflation(data), "growth": _growth(data, column)})


def _growth_definitions() -> list[MomentDefinition]:
    definitions: list[MomentDefinition] = []
    for name, (words, column) in _GROWTH_WORDS.items():
        frame = partial(_growth, column=column)
        definitions += _own_moments(name, words, _BEA + column, frame)
        definitions.append(
            MomentDefinition(
                name=f"inflation_{name}_correlation",
                unit=define.CORRELATION,
                definition=f"Correlation of quarterly {_INFLATION_WORDS} with {words}",
                source=f"{_CPI}; {_BEA}{column}",
                frame=partial(_inflation_and_growth, column=column),
                estimator=define.correlation,
                minimum=12,
                dates="quarterly",
            )
        )
    return definitions


def _actual_budget(data: SeriesDirectory, column: str) -> pd.Series:
    return annual_levels(data.series(column, where=("status", "actual")), "Y-SEP")


_MEAN = ("mean", define.mean, define.PERCENT_OF_GDP, 4, "Mean")
_DEVIATION = (
    "standard_deviation",
    define.standard_deviation,
    define.PERCENT_OF_GDP,
    12,
    "Standard deviation",
)
_PERSISTENCE = (
    "autocorrelation",
    define.autocorrelation,
    define.CORRELATION,
    12,
    "First-order annual autocorrelation",
)
_BUDGET = {
    "debt_to_gdp": ("debt held by the public", "debt_public_pct_gdp", [_MEAN]),
    "spending_to_gdp": (
        "outlays other than net interest",
        "outlays_noninterest_pct_gdp",
        [_MEAN, _DEVIATION, _PERSISTENCE],
    ),
    "tax_to_gdp": ("revenues", "revenues_pct_gdp", [_MEAN, _DEVIATION]),
    "primary_balance_to_gdp": (
        "primary balance (positive for a surplus)",
        "primary_balance_pct_gdp",
        [_MEAN, _DEVIATION],
    ),
    "net_interest_to_gdp": ("net interest", "net_interest_pct_gdp", [_MEAN]),
}


def _fiscal_definitions() -> list[MomentDefinition]:
    return [
        MomentDefinition(
            name=f"{name}_{kind}",
            unit=unit,
            definition=f"{title} of federal {words}, fiscal years (ending in September "
            "from 1977), percent of the fiscal year's GDP, actual years only",
            source=f"CBO, Historical Budget Data, February 2026: {column}",
            frame=partial(_actual_budget, column=column),
            estimator=estimator,
            minimum=minimum,
            dates="annual",
        )
        for name, (words, column, kinds) in _BUDGET.items()
        for kind, estimator, unit, minimum, title in kinds
    ]


def _duration(data: SeriesDirectory) -> pd.Series:
    return quarterly_average_of_months(data.series("UST_DURATION_YEARS"))


def _duration_definition() -> MomentDefinition:
    return MomentDefinition(
        name="treasury_duration_mean",
        unit=define.YEARS,
        definition="Mean Macaulay duration of the portfolio of all marketable "
        "Treasurys (CRSP), quarterly averages of month-end values",
        source="Jiang, Lustig, Van Nieuwerburgh, Xiaolan (2024): UST_DURATION_YEARS",
        frame=_duration,
        estimator=define.mean,
        minimum=8,
        dates="quarterly",
    )
