"""Figures and the report section of the experiment ``compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import COLOURS, house_style, line, new_figure, zero_line
from .results import ExperimentResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .report_page import Section

# Beyond this many standard errors a dot sits at the edge, with its number beside it.
EDGE = 8.0
MARKERS = {"safe": "o", "risky": "s", "switching": "D"}
TENOR_YEARS = {"3m": 0.25, "1y": 1, "2y": 2, "5y": 5, "10y": 10, "20y": 20, "30y": 30}
SHOWN = (
    "yield_mean_3m",
    "yield_mean_10y",
    "yield_slope_10y_3m_mean",
    "yield_standard_deviation_3m",
    "yield_standard_deviation_10y",
    "yield_autocorrelation_10y",
    "term_premium_10y_mean",
    "term_premium_10y_standard_deviation",
    "breakeven_5y5y_mean",
    "treasury_premium_5y_mean",
    "aaa_treasury_spread_mean",
    "stock_bond_return_correlation_monthly",
    "bond_stock_beta_quarterly_2y",
    "bond_stock_beta_quarterly_10y",
    "bond_stock_beta_quarterly_30y",
    "equity_premium_mean",
    "equity_return_standard_deviation",
    "real_short_rate_mean",
    "inflation_mean",
    "inflation_standard_deviation",
    "inflation_growth_correlation",
    "growth_mean",
    "growth_standard_deviation",
    "debt_to_gdp_mean",
    "spending_to_gdp_mean",
    "tax_to_gdp_mean",
    "primary_balance_to_gdp_mean",
)


@house_style()
def dot_figure(table: pd.DataFrame) -> Figure:
    """Model moments in standard errors from the data, whose band is two of them."""
    present = [m for m in SHOWN if m in set(table["moment"])]
    place = {moment: -k for k, moment in enumerate(present)}
    figure, axes = new_figure(width=7.2, height=1.4 + 0.27 * len(present))
    for y in place.values():
        axes.plot([-2, 2], [y, y], color=COLOURS["data"], linewidth=2.2, zorder=2)
        axes.plot([0], [y], marker="|", markersize=8, color=COLOURS["data"], zorder=3)
    regimes = list(dict.fromkeys(table["regime"]))
    for k, regime in enumerate(regimes):
        rows = table.query("regime == @regime and moment in @present and t == t")
        shift = 0.22 * (k - (len(regimes) - 1) / 2)
        _dots(axes, rows, str(regime), place, shift)
    axes.set_yticks(list(place.values()), [m.replace("_", " ") for m in present])
    axes.set_xlim(-EDGE - 1.6, EDGE + 1.6)
    axes.set_xticks([-8, -6, -4, -2, 0, 2, 4, 6, 8])
    axes.set_ylim(-len(present) + 0.4, 0.6)
    axes.set_xlabel(
        "model less data, in standard errors of the data (bar: two of them)"
    )
    axes.axvline(0.0, color="#777777", linewidth=0.9, zorder=1)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles, labels, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3)
    return figure


def _dots(
    axes: Axes, rows: pd.DataFrame, regime: str, place: dict[str, int], shift: float
) -> None:
    """Dots of one regime: filled where the moment was matched, hollow elsewhere."""
    colour = COLOURS.get(regime, COLOURS["other"])
    marker = MARKERS.get(regime, "o")
    era = rows["era"].iloc[0] if len(rows) else ""
    axes.plot([], [], marker, color=colour, label=f"{regime} ({era})", linestyle="none")
    for row in rows.to_dict("records"):
        t, height = float(row["t"]), place[row["moment"]] + shift
        x = float(np.clip(t, -EDGE, EDGE))
        axes.plot(
            [x],
            [height],
            marker,
            color=colour,
            markerfacecolor=colour if row["targeted"] else "white",
            markersize=6,
            zorder=4,
        )
        if abs(t) > EDGE:
            axes.annotate(
                f"{t:+.0f}",
                (x, height),
                xytext=(6 if t > 0 else -6, 0),
                textcoords="offset points",
                ha="left" if t > 0 else "right",
                va="center",
                fontsize=8,
                color=colour,
            )


@house_style()
def yield_figure(table: pd.DataFrame) -> Figure:
    """Mean yield curves: the model by regime, the data by era with two s.e."""
    figure, axes = new_figure(1, 2, width=7.2, height=3.6)
    for panel, era in zip(axes, dict.fromkeys(table["era"]), strict=False):
        here = table.query("era == @era")
        regimes = list(dict.fromkeys(here["regime"]))
        curves = {r: _curve(here.query("regime == @r")) for r in regimes}
        years, rows = curves[regimes[0]]
        panel.errorbar(
            years,
            rows["data"],
            yerr=2 * rows["standard_error"],
            fmt="o",
            color=COLOURS["data"],
            markerfacecolor="white",
            capsize=2,
            label="data, two s.e.",
        )
        for regime, (years, rows) in curves.items():
            kind = regime if regime in COLOURS else "other"
            panel.plot(years, rows["model"], **line(kind), label=f"model, {regime}")
        panel.set_title(str(era))
        panel.set_xlabel("maturity (years)")
        panel.legend()
        zero_line(panel)
    top = max(panel.get_ylim()[1] for panel in axes)
    low = min(panel.get_ylim()[0] for panel in axes)
    for panel in axes:
        panel.set_ylim(low, top)
    axes[0].set_ylabel("mean par yield (percent per year)")
    return figure


def _curve(rows: pd.DataFrame) -> tuple[list[float], pd.DataFrame]:
    """Maturities in years and the rows of mean yields in their order."""
    names = [f"yield_mean_{t}" for t in TENOR_YEARS]
    indexed = rows.set_index("moment")
    present = [n for n in names if n in indexed.index]
    return [TENOR_YEARS[n.rsplit("_", 1)[1]] for n in present], indexed.loc[present]


def section(result: ExperimentResult) -> Section:
    """Section of the report: the count first, then both figures and the table."""
    from .compare import QUESTION
    from .report_page import Figure, Section, Table, Text

    lead, *more = result.notes
    captions: dict[str, Any] = {
        "compare": (
            "Model less data in standard errors of the data. Filled: matched in the "
            "calibration; hollow: untargeted. Numbers at the edge lie beyond it.",
            "Dots of each regime's moments around the data's two-standard-error bars.",
        ),
        "compare_yields": (
            "Mean par yields by maturity, samples without disasters.",
            "Mean yield curves of model regimes beside the data of their eras.",
        ),
    }
    figures = [Figure(result.figures[k], *captions[k]) for k in result.figures]
    table = result.tables["compare"].drop(columns=["sample", "source"])
    shown = Table(
        table,
        "Moments of the model beside the record. Units are in the column; t is in "
        "standard errors of the data.",
        formats={"t": "+.1f"},
        note="Samples and sources are in compare.json and compare.csv.",
        collapsed=True,
    )
    return Section(QUESTION, lead, [*figures, *(Text(n) for n in more), shown])
