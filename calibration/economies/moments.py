"""Moments of a solved economy, with the names and definitions of the empirical table.

Samples hold no disaster by default, because the US record since 1962 has none; a second
column gives the moments of samples with disasters. Prices know the risk in both. In a
switching economy moments are conditional on the regime at the earlier date.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...solvers.errors import SolutionError
from ..record import definitions as define
from ..record.observables import TENOR
from . import statistics
from .protocol import Economy
from .series import BETA_TENORS, PREMIUM_TENORS, Panel, simulated_panel
from .statistics import Array, Simulated, rolling_mean

COLUMNS = ("name", "value", "unit", "monte_carlo_error", "definition")
WITH_DISASTERS = "value_with_disasters"

Estimator = Callable[..., Simulated]


@dataclass(frozen=True)
class ModelMoment:
    """A moment: an estimator of named series of a panel, in ``unit``."""

    name: str
    unit: str
    definition: str
    estimator: Estimator
    series: tuple[str, ...]
    factor: float = 1.0

    def of(self, panel: Panel, mask: Array) -> Simulated:
        """Estimate on the dates of ``mask`` (T, paths)."""
        columns = [panel.series[s] for s in self.series]
        return self.estimator(mask, *columns).scaled(self.factor)


def model_moments(
    economy: Economy,
    regime: str | int | None = None,
    periods: int = 400,
    paths: int = 200,
    seed: int = 0,
    disasters: bool = False,
) -> pd.DataFrame:
    """Simulated moments of an economy.

    Parameters
    ----------
    regime : name or position; condition on being in it (None: unconditional).
    periods, paths : quarters per path after the burn-in, and number of paths.
    disasters : add the column ``value_with_disasters`` (samples that contain them).

    Returns
    -------
    Columns name, value, unit, monte_carlo_error, definition; one row per moment.
    """
    names = [member.regime for member in economy.members]
    position = names.index(regime) if isinstance(regime, str) else regime
    panel = simulated_panel(economy, periods, paths, seed, disasters=False)
    table = moment_table(panel, position)
    if disasters:
        other = simulated_panel(economy, periods, paths, seed, disasters=True)
        table[WITH_DISASTERS] = moment_table(other, position)["value"]
    return table


def moment_table(panel: Panel, regime: int | None = None) -> pd.DataFrame:
    """Moments of simulated series, one row each; see ``model_moments``.

    Raises
    ------
    SolutionError
        Naming the moments that the sample does not define.
    """
    mask = panel.mask(regime)
    rows = []
    for moment in definitions():
        found = moment.of(panel, mask)
        rows.append(
            (moment.name, found.value, moment.unit, found.error, moment.definition)
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    undefined = table["name"][~np.isfinite(table["value"])]
    if len(undefined):
        raise SolutionError(
            f"the simulated sample does not define {', '.join(undefined)}: the regime "
            "is hardly ever visited or a series does not move; simulate longer"
        )
    return table


def definitions() -> tuple[ModelMoment, ...]:
    """Return all moments, in the order of the empirical table."""
    return (
        *_yield_moments(),
        *_premium_moments(),
        *_spread_moments(),
        *_return_moments(),
        *_macro_moments(),
        *_fiscal_moments(),
    )


def _yield_moments() -> list[ModelMoment]:
    words = (
        "{tenor} par yield (from the zero-coupon curve with convenience), at one date "
        "a quarter"
    )
    return [
        *(
            ModelMoment(
                f"yield_{kind}_{tenor}",
                define.CORRELATION if "auto" in kind else define.PERCENT_PER_YEAR,
                f"{label} of the {words.format(tenor=tenor)}",
                estimator,
                (f"yield_{tenor}",),
            )
            for kind, label, estimator in _KINDS
            for tenor in TENOR.values()
        ),
        *(
            ModelMoment(
                f"yield_slope_{pair}_{kind}",
                define.PERCENT_PER_YEAR,
                f"{label} of the difference of the two par yields, at one date",
                estimator,
                (f"yield_slope_{pair}",),
            )
            for kind, label, estimator in _KINDS[:2]
            for pair in ("10y_3m", "10y_2y", "30y_10y")
        ),
    ]


def _annual_standard_deviation(mask: Array, x: Array) -> Simulated:
    return statistics.standard_deviation(mask, rolling_mean(x, 4))


def _annual_autocorrelation(mask: Array, x: Array) -> Simulated:
    return statistics.autocorrelation(mask, rolling_mean(x, 4), lag=4)


_KINDS: tuple[tuple[str, str, Estimator], ...] = (
    ("mean", "Mean", statistics.mean),
    ("standard_deviation", "Standard deviation", statistics.standard_deviation),
    ("autocorrelation", "First-order autocorrelation", statistics.autocorrelation),
)


def _premium_moments() -> list[ModelMoment]:
    words = (
        "{tenor} zero-coupon term premium: yield without convenience less the yield "
        "that would hold if nobody minded risk"
    )
    chosen = [(tenor, _KINDS[0]) for tenor in PREMIUM_TENORS] + [("10y", _KINDS[1])]
    return [
        ModelMoment(
            f"term_premium_{tenor}_{kind}",
            define.PERCENT_PER_YEAR,
            f"{label} of the {words.format(tenor=tenor)}",
            estimator,
            (f"term_premium_{tenor}",),
        )
        for tenor, (kind, label, estimator) in chosen
    ]


_SPREADS = {
    "treasury_premium_3m": "convenience yield of bills less that of hedged foreign "
    "sovereigns",
    "treasury_premium_1y": "average convenience yield of a 1y Treasury less today's "
    "of hedged foreign sovereigns",
    "treasury_premium_5y": "average convenience yield of a 5y Treasury less today's "
    "of hedged foreign sovereigns",
    "aaa_treasury_spread": "average convenience yield of a 10y Treasury less today's "
    "of AAA bonds; the model has no default risk, call risk or tax, the record's "
    "spread does",
    "aaa_treasury_20y_spread": "average convenience yield of a 20y Treasury less "
    "today's of AAA bonds; no default risk, call risk or tax",
    "commercial_paper_bill_spread_3m": "convenience yield of bills (commercial paper "
    "renders no service and does not default)",
}


def _spread_moments() -> list[ModelMoment]:
    spreads = [
        ModelMoment(
            f"{name}_mean",
            define.BASIS_POINTS,
            f"Mean of the {words}",
            statistics.mean,
            (name,),
        )
        for name, words in _SPREADS.items()
    ]
    words = {
        "breakeven_5y5y": "5y nominal less real zero-coupon forward rate 5 years ahead",
        "breakeven_10y": "10y nominal less real zero-coupon yield",
    }
    chosen = [("breakeven_5y5y", k) for k in _KINDS[:2]] + [
        ("breakeven_10y", _KINDS[0])
    ]
    return spreads + [
        ModelMoment(
            f"{name}_{kind}",
            define.PERCENT_PER_YEAR,
            f"{label} of the {words[name]}; only the nominal one has convenience",
            estimator,
            (name,),
        )
        for name, (kind, label, estimator) in chosen
    ]


_BOND = (
    "quarterly excess returns of a {tenor} constant-maturity par bond (no roll-down) "
    "{verb} excess equity returns, over the 3m yield before"
)


def _return_moments() -> list[ModelMoment]:
    betas = [
        ModelMoment(
            f"bond_stock_beta_quarterly_{tenor}",
            define.RATIO,
            f"Slope of {_BOND.format(tenor=tenor, verb='on')}",
            statistics.beta,
            (f"bond_excess_{tenor}", "equity_excess"),
        )
        for tenor in BETA_TENORS
    ]
    return [
        ModelMoment(
            "stock_bond_return_correlation_monthly",
            define.CORRELATION,
            f"Correlation of {_BOND.format(tenor='10y', verb='with')}; the record's "
            "is of monthly returns",
            statistics.correlation,
            ("bond_excess_10y", "equity_excess"),
        ),
        *betas,
        ModelMoment(
            "treasury_portfolio_beta_annual",
            define.RATIO,
            "Slope of annual (overlapping) excess returns of all debt on those of "
            "equity, both over the 3m yield at the start",
            statistics.beta,
            ("portfolio_annual_excess", "equity_annual_excess"),
        ),
        *_equity_moments(),
    ]


def _equity_moments() -> list[ModelMoment]:
    return [
        ModelMoment(
            "equity_premium_mean",
            define.PERCENT_PER_YEAR,
            "Mean quarterly excess return of equity over the 3m yield, times 4",
            statistics.mean,
            ("equity_excess",),
            4.0,
        ),
        ModelMoment(
            "equity_return_standard_deviation",
            define.PERCENT_PER_YEAR,
            "Standard deviation of quarterly nominal equity returns, times 2",
            statistics.standard_deviation,
            ("equity_return",),
            2.0,
        ),
    ]


def _macro_moments() -> list[ModelMoment]:
    growth = "of quarterly {what}, 400 x log change"
    moments = [
        ModelMoment(
            "real_short_rate_mean",
            define.PERCENT_PER_YEAR,
            "Mean of the 3m yield less inflation of the next quarter",
            statistics.mean,
            ("real_short_rate",),
        )
    ]
    for name, what in (
        ("inflation", "inflation of the price of output"),
        ("growth", "growth of output"),
        ("consumption_growth", "growth of consumption (which is output)"),
    ):
        moments += [
            ModelMoment(
                f"{name}_{kind}",
                define.CORRELATION if "auto" in kind else define.PERCENT_PER_YEAR,
                f"{label} {growth.format(what=what)}",
                estimator,
                (name,),
            )
            for kind, label, estimator in _KINDS
        ]
        if name == "inflation":
            moments.append(
                ModelMoment(
                    "inflation_annual_standard_deviation",
                    define.PERCENT_PER_YEAR,
                    "Standard deviation of overlapping means over four quarters of "
                    "inflation of the price of output, 400 x log change",
                    _annual_standard_deviation,
                    ("inflation",),
                )
            )
    return moments + [
        ModelMoment(
            f"inflation_{name}_correlation",
            define.CORRELATION,
            f"Correlation of inflation with {name.replace('_', ' ')}, same quarter",
            statistics.correlation,
            ("inflation", name),
        )
        for name in ("growth", "consumption_growth")
    ]


_FISCAL_KINDS: dict[str, tuple[str, Estimator, str]] = {
    "mean": ("Mean of", statistics.mean, define.PERCENT_OF_GDP),
    "standard_deviation": (
        "Standard deviation of annual averages of",
        _annual_standard_deviation,
        define.PERCENT_OF_GDP,
    ),
    "autocorrelation": (
        "Annual autocorrelation of annual averages of",
        _annual_autocorrelation,
        define.CORRELATION,
    ),
}
_FISCAL = {
    "debt_to_gdp": ("debt at market value over annual output", 1),
    "spending_to_gdp": ("primary spending over output", 3),
    "tax_to_gdp": ("taxes over output", 2),
    "primary_balance_to_gdp": ("taxes less primary spending over output", 2),
}


def _fiscal_moments() -> list[ModelMoment]:
    moments = [
        ModelMoment(f"{name}_{kind}", unit, f"{label} {words}", estimator, (name,))
        for name, (words, count) in _FISCAL.items()
        for kind, (label, estimator, unit) in list(_FISCAL_KINDS.items())[:count]
    ]
    duration = ModelMoment(
        "treasury_duration_mean",
        define.YEARS,
        "Mean Macaulay duration of the debt portfolio",
        statistics.mean,
        ("treasury_duration",),
    )
    return [*moments, duration]
