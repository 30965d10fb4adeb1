"""The record by era, in four numbers: what bonds did for those who hold stocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..report import labels
from ..report.cells import missing
from ..report.figures import COLOURS, INK, house_style, line

Record = Mapping[str, Any]


class Panel(NamedTuple):
    """A moment, title and axis of its panel, and words before its values by era."""

    name: str
    title: str
    axis: str
    words: str = ""


PANELS = (
    Panel(
        "bond_stock_beta_quarterly_10y",
        "Bonds beside stocks",
        "10-year bonds per 1% on\nstocks, quarterly returns (%)",
        "Return of ten-year bonds per 1% on stocks",
    ),
    Panel(
        "yield_change_10y_on_equity_fall_2pct",
        "When stocks fall",
        "10-year yield on days when\nstocks lose 2% (bp)",
        "Ten-year yield on days when stocks lose 2% or more, basis points",
    ),
    Panel(
        "yield_slope_10y_3m_mean",
        "Slope of the curve",
        "10-year less 3-month yield\n(percentage points)",
    ),
    Panel("debt_to_gdp_mean", "Debt", "held by the public\n(% of annual GDP)"),
)
# Standard errors on either side.
WIDTH = 2.0


def drawn(found: Sequence[Record]) -> list[Record]:
    """Moments of the figure by era of the record, as many as there are."""
    names = {panel.name for panel in PANELS}
    return [r for r in found if r["name"] in names and not missing(r["value"])]


def readings(found: Sequence[Record]) -> list[str]:
    """A sentence with the values by era for every panel that has words."""
    rows = sorted(drawn(found), key=lambda r: r["era"])
    sentences = []
    for panel in (p for p in PANELS if p.words):
        values = [
            f"{labels.number(r['value'], r['unit'], plus=True)} in "
            f"{labels.era(r['era'])}"
            for r in rows
            if r["name"] == panel.name
        ]
        if values:
            sentences.append(f"{panel.words}: {', '.join(values)}.")
    return sentences


@house_style()
def draw(found: Sequence[Record]) -> Figure:
    """Draw a panel per moment with a row per era, two standard errors either way."""
    shown = drawn(found)
    panels = [p for p in PANELS if any(r["name"] == p.name for r in shown)]
    eras = sorted({r["era"] for r in shown}, reverse=True)
    figure = Figure(figsize=(9.6, 0.55 * len(eras) + 1.5))
    figure.set_layout_engine("constrained", wspace=0.05)
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, panel in zip(grid, panels, strict=True):
        own = {r["era"]: r for r in shown if r["name"] == panel.name}
        _panel(axes, own, eras)
        axes.set_title(panel.title)
        axes.set_xlabel(panel.axis)
    grid[0].set_yticks(range(len(eras)), [labels.era(era) for era in eras])
    grid[0].set_ylim(-0.5, len(eras) - 0.25)
    return figure


def _panel(axes: Axes, own: Mapping[str, Record], eras: Sequence[str]) -> None:
    axes.axvline(0.0, color="#777777", linewidth=0.9, zorder=1)
    for row, era in enumerate(eras):
        if era not in own:
            continue
        value, error = own[era]["value"], own[era]["standard_error"]
        if not missing(error):
            ends = (value - WIDTH * error, value + WIDTH * error)
            axes.plot(ends, [row, row], color=COLOURS["data"], linewidth=1.4)
        axes.plot(value, row, zorder=4, **line("data"))
        axes.annotate(
            labels.number(value, own[era]["unit"]),
            (value, row),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            color=INK["data"],
            fontsize="small",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )
    axes.margins(x=0.14)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
