"""Figures of the comparison: gaps in standard errors, and mean yield curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..report import labels, moment_labels
from ..report.figures import COLOURS, INK, house_style, line, new_figure, zero_line
from .study import NEAR

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Beyond this many standard errors a dot sits at the edge, with its number beside it.
EDGE = 8.0
# In points: from regime to regime within a row (a number of 9 points fits), from the
# last regime of a row to the first of the next, and the height of a family's heading.
PITCH, GAP, HEADING = 9.1, 11.5, 19.0
MARKERS = {"safe": "o", "risky": "s", "switching": "D", "sticky": "^"}
STICKY = "sticky: "
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


def panel_name(regime: str, era: str) -> str:
    """Heading of a regime's panel: "Safe debt, 1998–2019"."""
    return f"{labels.column(regime)}, {labels.era(era)}"


def figures(table: pd.DataFrame) -> dict[str, Figure]:
    """Every figure of the experiment by name; economies with sticky prices apart."""
    sticky = table["regime"].str.startswith(STICKY)
    found: dict[str, Figure] = {}
    for suffix, kept in (("", ~sticky), ("_sticky", sticky)):
        rows = table.loc[kept]
        if len(rows):
            found[f"compare{suffix}"] = dot_figure(rows)
            found[f"compare_yields{suffix}"] = yield_figure(rows)
    return found


@house_style()
def dot_figure(table: pd.DataFrame) -> Figure:
    """Model moments in standard errors from the data, whose band is two of them."""
    present = [m for m in SHOWN if m in set(table["moment"])]
    regimes = list(dict.fromkeys(table["regime"]))
    # A line of points per regime, and a gap between the moments.
    row = PITCH * (max(len(regimes), 2) - 1) + GAP
    place, headings, bottom = _rows(present, HEADING / row)
    figure, axes = new_figure(width=7.6, height=1.3 - bottom * row / 72)
    axes.axvspan(-NEAR, NEAR, color=COLOURS["data"], alpha=0.1, linewidth=0, zorder=0)
    for k, regime in enumerate(regimes):
        here = table.query("regime == @regime and moment in @present and t == t")
        shift = ((len(regimes) - 1) / 2 - k) * PITCH / row
        _dots(axes, here, str(regime), place, shift)
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
    # Room for the numbers beside the points at the edge.
    longest = max((len(_beyond(t)) for t in table["t"]), default=0)
    reach = EDGE + max(2.0, 0.6 + 0.45 * longest)
    axes.set_xlim(-reach, reach)
    axes.set_xticks([-8, -6, -4, -2, 0, 2, 4, 6, 8])
    axes.set_ylim(bottom - 0.1, 0.1)
    axes.set_xlabel("model less data, in standard errors of the data")
    axes.axvline(0.0, color="#777777", linewidth=0.9, zorder=1)
    # A legend of the figure, not of the axes: it has the width of the row labels too.
    figure.legend(
        loc="outside upper center", ncols=3 if len(regimes) == 3 else 2, fontsize=10
    )
    return figure


def _rows(
    present: list[str], heading: float
) -> tuple[dict[str, float], dict[str, float], float]:
    """Heights of moments and of the headings of their families, and the bottom.

    From the top, in rows; a heading takes ``heading`` of a row.
    """
    place: dict[str, float] = {}
    headings: dict[str, float] = {}
    bottom = 0.0
    for moment in sorted(present, key=moment_labels.family_order):
        family = moment_labels.family(moment)
        if family not in headings:
            headings[family] = bottom - heading / 2
            bottom -= heading
        place[moment] = bottom - 0.5
        bottom -= 1
    return place, headings, bottom


def _beyond(t: float) -> str:
    """Number beside a dot at the edge; empty for a dot that is at its own place."""
    return f"{t:+.0f}".replace("-", "−") if abs(t) > EDGE else ""


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
    place: dict[str, float],
    shift: float,
) -> None:
    """Dots of one regime: filled where the moment was matched, hollow elsewhere."""
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
        if _beyond(t):
            axes.annotate(
                _beyond(t),
                (x, height),
                xytext=(7 if t > 0 else -7, -1),
                textcoords="offset points",
                ha="left" if t > 0 else "right",
                va="center",
                fontsize=9,
                color=INK[kind],
                # No grid line through the digits.
                bbox={"facecolor": "white", "pad": 0},
            )


@house_style()
def yield_figure(table: pd.DataFrame) -> Figure:
    """Mean yield curves: the model by regime, the data by era with two s.e."""
    eras = list(dict.fromkeys(table["era"]))
    figure, panels = new_figure(1, len(eras), width=8.4, height=4.0)
    panels = np.atleast_1d(panels)
    handles: dict[str, Any] = {}
    for panel, era in zip(panels, eras, strict=True):
        here = table.query("era == @era")
        regimes = list(dict.fromkeys(here["regime"]))
        curves = {r: _curve(here.query("regime == @r")) for r in regimes}
        for regime, (years, rows) in curves.items():
            kind, colour, marker = _look(str(regime))
            look = line(kind, color=COLOURS[colour], marker=marker, markersize=5)
            name = labels.column(str(regime))
            (handles[name],) = panel.plot(years, rows["model"], **look)
        years, rows = curves[regimes[0]]
        data = panel.errorbar(
            years,
            rows["data"],
            yerr=NEAR * rows["standard_error"],
            fmt="o",
            color=COLOURS["data"],
            markerfacecolor="white",
            linewidth=1.3,
            zorder=3,
        )
        panel.set_title(labels.era(str(era)))
        # Square roots of years keep the short maturities apart.
        panel.set_xscale("function", functions=(np.sqrt, np.square))
        ticks = [y for y in TENOR_YEARS.values() if y in years]
        panel.set_xticks(ticks, ["¼" if y < 1 else f"{y:g}" for y in ticks])
        panel.minorticks_off()
        panel.set_xlabel("maturity (years)")
        zero_line(panel)
        handles["data ± two standard errors"] = data
    low = min(0.0, *(panel.get_ylim()[0] for panel in panels))
    top = max(panel.get_ylim()[1] for panel in panels)
    for panel in panels:
        panel.set_ylim(low, top)
    panels[0].set_ylabel("mean par yield (percent a year)")
    # Data last; five entries need two rows.
    names = sorted(handles, key=lambda name: name.startswith("data"))
    figure.legend(
        [handles[name] for name in names],
        names,
        loc="outside lower center",
        ncols=len(names) if len(names) < 5 else 3,
        fontsize=10,
        handlelength=3.6,
    )
    return figure


def _curve(rows: pd.DataFrame) -> tuple[list[float], pd.DataFrame]:
    """Maturities in years and the rows of mean yields in their order."""
    names = [f"yield_mean_{t}" for t in TENOR_YEARS]
    indexed = rows.set_index("moment")
    present = [n for n in names if n in indexed.index]
    return [TENOR_YEARS[n.rsplit("_", 1)[1]] for n in present], indexed.loc[present]
