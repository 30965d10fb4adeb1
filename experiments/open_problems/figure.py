"""Every mechanism as a move: hollow without it, solid with it, one panel per unit."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ..report import labels
from ..report.figures import COLOURS, INK, house_style

Record = Mapping[str, Any]
# Letters of a row's words in one line.
LETTERS = 70
# How a method rests is no mechanism of the economy: the table has it.
LEFT_OUT = "resting point"

_TITLES = {
    "share of PV(G) news": "Percent of the news",
    "basis points": "Basis points",
    "percent": "Percent",
    "ratio": "Beta on stocks",
    "percentage points": "Percentage points",
}


def unit_of(text: str) -> tuple[str, str]:
    """Unit and what follows it: "basis points", "per +1pp of GDP"."""
    for known in ("basis points", "percentage points", "percent"):
        if text.startswith(known):
            return known, text.removeprefix(known).strip(" ,")
    head, _, tail = text.partition(", ")
    return ("percent of annual GDP", head) if "percent" in tail else (text, "")


def words(record: Record) -> str:
    """What is moved and by what, without the parameters that do it."""
    mechanism, _, _ = record["mechanism"].partition(" (")
    whole = f"{labels.capital(record['problem'])}: {mechanism}"
    return "\n".join(textwrap.wrap(whole, LETTERS))


def drawn(found: Sequence[Record]) -> dict[str, list[Record]]:
    """Rows of the figure by unit, in the order of the table."""
    panels: dict[str, list[Record]] = {}
    for record in found:
        if record["problem"] != LEFT_OUT:
            panels.setdefault(unit_of(record["unit"])[0], []).append(record)
    return panels


@house_style()
def draw(found: Sequence[Record]) -> Figure:
    """Draw a panel per unit, a row per mechanism in the colour of its debt."""
    panels = drawn(found)
    sizes = [len(rows) for rows in panels.values()]
    figure = Figure(figsize=(9.6, 0.4 * sum(sizes) + 0.72 * len(sizes) + 0.5))
    figure.set_layout_engine("constrained", hspace=0.02)
    heights = [size + 0.6 for size in sizes]
    grid = figure.subplots(len(sizes), 1, squeeze=False, height_ratios=heights)
    for axes, (unit, rows) in zip(grid[:, 0], panels.items(), strict=True):
        _panel(axes, unit, rows)
    economies = list(
        dict.fromkeys(r["economy"] for rows in panels.values() for r in rows)
    )
    figure.legend(
        handles=[
            *(_handle(COLOURS[e], labels.column(e).lower()) for e in economies),
            _handle(COLOURS["data"], "without the mechanism", hollow=True),
            _handle(COLOURS["data"], "with it"),
        ],
        loc="outside lower center",
        ncols=len(economies) + 2,
        labelcolor=INK["data"],
    )
    return figure


def _panel(axes: Axes, unit: str, rows: Sequence[Record]) -> None:
    scale = labels.unit(unit).scale
    axes.axvline(0.0, color="#777777", linewidth=0.9, zorder=1)
    for row, record in enumerate(rows):
        colour = COLOURS[record["economy"]]
        without, having = (scale * record[k] for k in ("without", "with"))
        axes.plot([without, having], [row, row], color=colour, linewidth=2.0)
        axes.plot(without, row, "o", color=colour, markerfacecolor="white")
        axes.plot(having, row, "o", color=colour)
    axes.set_yticks(range(len(rows)), [words(record) for record in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0, labelsize="small")
    axes.tick_params(axis="x", labelsize="small")
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.margins(x=0.05)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.set_title(_TITLES.get(unit, unit), fontsize="medium")


def _handle(colour: str, label: str, hollow: bool = False) -> Line2D:
    face = "white" if hollow else colour
    return Line2D([], [], color=colour, marker="o", markerfacecolor=face, label=label)
