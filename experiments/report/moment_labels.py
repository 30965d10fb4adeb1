"""Names for people of the moments, and the families in which tables show them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .cells import Named
from .labels import capital, words

if TYPE_CHECKING:
    import pandas as pd

# Family -> beginnings of the names that belong to it; the first that fits counts.
FAMILIES = {
    "Treasury yields": ("yield_mean", "yield_standard", "yield_auto", "yield_slope"),
    "Term premia": ("term_premium",),
    "Break-even inflation": ("breakeven",),
    "Convenience": (
        "treasury_premium",
        "aaa_treasury",
        "commercial_paper",
        "financial_commercial",
        "convenience",
    ),
    "Bonds and stocks": (
        "stock_bond",
        "bond_stock",
        "treasury_portfolio",
        "yield_change",
    ),
    "Equity and the real rate": ("equity", "real_short"),
    "Inflation and growth": ("inflation", "growth", "consumption"),
    "Public finances": (
        "debt",
        "spending",
        "tax",
        "primary",
        "net_interest",
        "treasury_duration",
        "surplus",
    ),
}
OTHER = "Other moments"

_STATISTICS = {
    "mean": "mean",
    "standard_deviation": "s.d.",
    "autocorrelation": "autocorrelation",
}
_SUBJECTS = {
    "aaa_treasury_spread": "AAA corporate less 10-year Treasury yield",
    "aaa_treasury_20y_spread": "AAA corporate less 20-year Treasury yield",
    "commercial_paper_bill_spread_3m": "commercial paper less bill, 3-month",
    "financial_commercial_paper_bill_spread_3m": (
        "financial commercial paper less bill, 3-month"
    ),
    "breakeven_5y5y": "break-even inflation, 5y5y",
    "breakeven_10y": "break-even inflation, 10-year",
    "stock_bond_return_correlation_daily_252": (
        "correlation of stock and bond returns, daily, windows of a year"
    ),
    "stock_bond_return_correlation_monthly": (
        "correlation of stock and bond returns, monthly"
    ),
    "stock_bond_etf_correlation_daily_252_tlt": ("the same, long-bond fund (TLT)"),
    "stock_bond_etf_correlation_daily_252_ief": ("the same, 7 to 10 years fund (IEF)"),
    "treasury_portfolio_beta_annual": "equity beta of all Treasurys, annual",
    "equity_premium": "equity premium",
    "equity_return": "equity return",
    "real_short_rate": "real short rate",
    "inflation_annual": "inflation over four quarters",
    "inflation_growth_correlation": "correlation of inflation and growth",
    "inflation_consumption_growth_correlation": (
        "correlation of inflation and consumption growth"
    ),
    "inflation": "inflation",
    "growth": "GDP growth",
    "consumption_growth": "consumption growth",
    "debt_to_gdp": "debt over GDP",
    "spending_to_gdp": "primary spending over GDP",
    "tax_to_gdp": "taxes over GDP",
    "primary_balance_to_gdp": "primary balance over GDP",
    "net_interest_to_gdp": "net interest over GDP",
    "treasury_duration": "duration of Treasurys",
}
# Patterns of names with a maturity; groups are put into the label.
_PATTERNS = (
    (
        r"yield_(mean|standard_deviation|autocorrelation)_(\d+[my])",
        "{1} yield, {0}",
    ),
    (r"yield_slope_(\d+[my])_(\d+[my])", "slope of yields, {0} less {1}"),
    (r"term_premium_(\d+[my])", "{0} term premium"),
    (r"treasury_premium_(\d+[my])", "{0} Treasury premium over hedged G10 bonds"),
    (r"bond_stock_beta_(\w+)_(\d+[my])", "equity beta of the {1} Treasury, {0}"),
    (
        r"yield_change_(\d+[my])_on_equity_fall_(\d+)pct",
        "change of the {0} yield on days when stocks fall {1}% or more",
    ),
)
_EVENTS = {
    "lehman_2008_09_15": "Failure of Lehman Brothers, 15 September 2008",
    "sp_downgrade_2011_08_08": "S&P downgrade, 8 August 2011",
    "covid_2020_03": "Dash for cash, March 2020",
    "uk_mini_budget": "UK mini-budget (gilts), September 2022",
    "svb_2023_03": "Failure of Silicon Valley Bank, March 2023",
    "april_2025_tariffs": "Tariffs of April 2025",
    "april_2025_04_08": "8 April 2025",
    "obbb_2025_05_to_07": "One Big Beautiful Bill, May to July 2025",
    "april_2025_tariffs_first_days": "Tariffs of April 2025, first two days",
    "moodys_downgrade_2025_05_19": "Moody's downgrade, 19 May 2025",
    "auction_2025_05_21": "Weak 20-year auction, 21 May 2025",
    "obbb_house_vote_2025_05_22": "House vote on the OBBB, 22 May 2025",
    "iran_2026_03_02": "War with Iran, 2 March 2026",
}


def moment(name: str) -> str:
    """Label of a moment; its words where the registry does not know it."""
    subject, statistic = _split(name)
    text = _subject(subject)
    if text is None:
        return capital(words(name))
    return capital(f"{text}, {statistic}" if statistic else text)


def family(name: str) -> str:
    """Family of a moment."""
    return next((f for f, s in FAMILIES.items() if name.startswith(s)), OTHER)


def family_order(name: str) -> int:
    """Place of a moment's family in a table."""
    return [*FAMILIES, OTHER].index(family(name))


def by_family(names: Iterable[str]) -> list[str]:
    """Every name once, family by family, otherwise in the given order."""
    return sorted(dict.fromkeys(names), key=family_order)


def row_names(names: Iterable[str]) -> pd.Index:
    """Labels of a table's rows, one moment each."""
    import pandas as pd

    rows = [Named(moment(name), name) for name in names]
    return pd.Index(rows, name="Moment", dtype=object)


def event(name: str) -> str:
    """Label of an event whose moments are ``event_NAME_2y`` and so on."""
    return _EVENTS.get(name, capital(words(name)))


def _split(name: str) -> tuple[str, str]:
    """Subject and printed statistic; moments of other kinds have none."""
    for ending, text in _STATISTICS.items():
        if name.endswith("_" + ending):
            return name.removesuffix("_" + ending), text
    return name, ""


def _subject(name: str) -> str | None:
    if name in _SUBJECTS:
        return _SUBJECTS[name]
    for pattern, form in _PATTERNS:
        found = re.fullmatch(pattern, name)
        if found:
            return form.format(*(_STATISTICS.get(g, words(g)) for g in found.groups()))
    return None
