"""Figures and the report section of the experiment ``compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import labels, moment_labels
from .compare_table import moment_table, panel_name
from .figures import COLOURS, INK, house_style, line, new_figure, zero_line
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
    regimes = list(dict.fromkeys(table["regime"]))
    place, headings = _rows(present)
    count = len(place) + len(headings)
    rows = 0.15 + 0.05 * max(len(regimes), 2)
    figure, axes = new_figure(width=7.6, height=1.3 + rows * count)
    axes.axvspan(-2, 2, color=COLOURS["data"], alpha=0.1, linewidth=0, zorder=0)
    # Numbers beside the dots at the edge stand in two columns where dots are close.
    crowded = len(regimes) > 2
    for k, regime in enumerate(regimes):
        here = table.query("regime == @regime and moment in @present and t == t")
        shift = 0.56 * ((len(regimes) - 1) / 2 - k) / max(len(regimes) - 1, 1)
        _dots(axes, here, str(regime), place, shift, 24 if crowded and k % 2 else 0)
    axes.set_yticks(list(place.values()), [moment_labels.moment(m) for m in place])
    axes.tick_params(axis="y", labelsize=10)
    for title, height in headings.items():
        axes.annotate(
            title,
            (0, height),
            xycoords=("axes fraction", "data"),
            xytext=(-3.5, -2),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=10,
            fontweight="bold",
            annotation_clip=False,
        )
    axes.set_xlim(*(side * (EDGE + (4.2 if crowded else 2.0)) for side in (-1, 1)))
    axes.set_xticks([-8, -6, -4, -2, 0, 2, 4, 6, 8])
    axes.set_ylim(0.3 - count, 0.7)
    axes.set_xlabel("model less data, in standard errors of the data")
    axes.axvline(0.0, color="#777777", linewidth=0.9, zorder=1)
    handles, names = axes.get_legend_handles_labels()
    columns = 2 if len(regimes) != 3 else 3
    axes.legend(
        handles,
        names,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=columns,
        fontsize=10,
    )
    return figure


def _rows(present: list[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Heights of moments and of the headings of their families, from the top."""
    place: dict[str, int] = {}
    headings: dict[str, int] = {}
    for moment in sorted(present, key=moment_labels.family_order):
        family = moment_labels.family(moment)
        if family not in headings:
            headings[family] = -len(place) - len(headings)
        place[moment] = -len(place) - len(headings)
    return place, headings


def _look(regime: str) -> tuple[str, str, str]:
    """Kind of line, kind of colour and marker of a regime.

    Inside an economy the colour is the regime's, line and marker are the economy's.
    """
    economy, _, inside = regime.partition(": ")
    kinds = [k if k in COLOURS else "other" for k in (economy, inside or economy)]
    return kinds[0], kinds[1], MARKERS.get(economy, "^")


def _dots(
    axes: Axes,
    rows: pd.DataFrame,
    regime: str,
    place: dict[str, int],
    shift: float,
    away: float,
) -> None:
    """Dots of one regime: filled where the moment was matched, hollow elsewhere.

    ``away`` moves the numbers beside the dots at the edge outwards, in points.
    """
    _, kind, marker = _look(regime)
    colour = COLOURS[kind]
    name = panel_name(regime, str(rows["era"].iloc[0])) if len(rows) else regime
    look: dict[str, Any] = {"color": colour, "linestyle": "none", "markersize": 6}
    axes.plot([], [], marker, label=name, markerfacecolor="white", **look)
    for row in rows.to_dict("records"):
        t, height = float(row["t"]), place[row["moment"]] + shift
        x = float(np.clip(t, -EDGE, EDGE))
        face = colour if row["targeted"] else "white"
        axes.plot([x], [height], marker, markerfacecolor=face, zorder=4, **look)
        if abs(t) > EDGE:
            axes.annotate(
                f"{t:+.0f}".replace("-", "−"),
                (x, height),
                xytext=(6 + away if t > 0 else -6 - away, 0),
                textcoords="offset points",
                ha="left" if t > 0 else "right",
                va="center",
                fontsize=9,
                color=INK[kind],
            )


@house_style()
def yield_figure(table: pd.DataFrame) -> Figure:
    """Mean yield curves: the model by regime, the data by era with two s.e."""
    eras = list(dict.fromkeys(table["era"]))
    figure, panels = new_figure(1, len(eras), width=8.4, height=4.0)
    panels = np.atleast_1d(panels)
    for panel, era in zip(panels, eras, strict=True):
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
            linewidth=1.3,
            label="data ± two standard errors",
        )
        for regime, (years, rows) in curves.items():
            kind, colour, _ = _look(str(regime))
            look = line(kind, color=COLOURS[colour])
            panel.plot(years, rows["model"], label=labels.column(str(regime)), **look)
        panel.set_title(labels.era(str(era)))
        # Square roots of years keep the short maturities apart.
        panel.set_xscale("function", functions=(np.sqrt, np.square))
        ticks = [y for y in TENOR_YEARS.values() if y in years]
        panel.set_xticks(ticks, ["¼" if y < 1 else f"{y:g}" for y in ticks])
        panel.minorticks_off()
        panel.set_xlabel("maturity (years)")
        zero_line(panel)
    top = max(panel.get_ylim()[1] for panel in panels)
    # Room below the curves for the legends.
    low = min(*(panel.get_ylim()[0] for panel in panels), -0.32 * top)
    for panel in panels:
        panel.set_ylim(low, top)
        panel.set_yticks([t for t in panel.get_yticks() if 0 <= t <= top])
        panel.legend(loc="lower right", fontsize=10, handlelength=2.8)
    panels[0].set_ylabel("mean par yield (percent a year)")
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
    from .report_page import Figure, Section, Text

    lead, *more = result.notes
    captions: dict[str, Any] = {
        "compare": (
            "Model less data in standard errors of the data; the grey band is two of "
            "them. Filled: matched in the calibration; hollow: untargeted. Numbers at "
            "the edge lie beyond it.",
            "Dots of each regime's moments around the data's two-standard-error band.",
        ),
        "compare_yields": (
            "Mean par yields by maturity, samples without disasters.",
            "Mean yield curves of model regimes beside the data of their eras.",
        ),
    }
    figures = [
        Figure(result.figures[k], *captions[k])
        for k in ("compare_yields", "compare")
        if k in result.figures
    ]
    table = moment_table(result.tables["compare"])
    texts = [Text(note) for note in more]
    return Section(QUESTION, lead, [*figures, table, *texts], short="Moments")
