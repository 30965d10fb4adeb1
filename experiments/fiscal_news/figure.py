"""The bill's way to law: what was expected, what yields did, what equity did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...calibration.record.dated_moves import TENORS
from ..report.figures import COLOURS, INK, house_style, label_ends, line, zero_line
from ..study import Findings
from ..tables import rows
from .study import DATA, EQUITY, EXPECTED, YIELD

_TEN = TENORS.index(10)
# Source of the records -> kind of line and name at its end.
_YIELDS = {
    "safe": ("safe", "safe debt"),
    "risky": ("risky", "risky debt"),
    "unbacked": ("other", "57% unbacked"),
}
_STOCKS = {
    "safe": ("safe", "flexible prices"),
    "sticky_risky": ("risky", "risky, sticky prices"),
}
# Closes named on the upper panel, and where the words stand beside them (points).
_NAMED = {
    "2025-05-16": ("committee votes no", (6, -13), "left"),
    "2025-05-21": ("weak auction, deal", (-6, 5), "right"),
    "2025-05-22": ("House passes", (0, 8), "center"),
    "2025-06-04": ("House text scored", (0, -15), "center"),
    "2025-06-30": ("Senate's text scored", (-6, 4), "right"),
    "2025-07-03": ("last vote", (6, -3), "left"),
}


def _expected(axes: Axes, days: Sequence[Mapping[str, Any]]) -> None:
    heights = [r[EXPECTED] for r in days]
    axes.plot(heights, color=COLOURS["muted"], linewidth=1.4)
    axes.plot(heights, "o", color=COLOURS["data"], markersize=5)
    for k, day in enumerate(days):
        if day["date"] not in _NAMED:
            continue
        words, offset, where = _NAMED[day["date"]]
        axes.annotate(
            words,
            (k, heights[k]),
            xytext=offset,
            textcoords="offset points",
            ha=where,
            fontsize=10,
            color=INK["muted"],
            annotation_clip=False,
        )
    axes.set(
        ylim=(2.5, 11),
        ylabel="% of GDP",
        title="Expected cost of the bill: chance (chosen) × present value (CBO)",
    )


def _panel(
    axes: Axes,
    findings: Findings,
    column: str,
    shown: Mapping[str, tuple[str, str]],
    errors: np.ndarray,
) -> None:
    zero_line(axes)
    table = findings["fiscal_news"]
    ends, names = {}, {}
    for source, (kind, name) in shown.items():
        heights = [r[column] for r in rows(table, source=source)]
        axes.plot(heights, **line(kind))
        ends[kind], names[kind] = heights[-1], name
    heights = [r[column] for r in rows(table, source=DATA)]
    bars = line("data", markersize=5.5, elinewidth=0.9, ecolor="#bbbbbb", zorder=4)
    axes.errorbar(range(len(heights)), heights, yerr=errors, **bars)
    ends["data"], names["data"] = heights[-1], "record"
    # Beyond the zero line, which runs to the edge.
    label_ends(axes, axes.get_xlim()[1], ends, names)


@house_style()
def draw(findings: Findings) -> Figure:
    """Draw what is expected, the ten-year yield and equity, from the first close on."""
    figure = Figure(figsize=(9.2, 8.4))
    top, bonds, stocks = figure.subplots(
        3, 1, sharex=True, height_ratios=[0.8, 1.25, 1.0]
    )
    days = rows(findings["fiscal_news"], source=DATA)
    _expected(top, days)
    for axes, limits in ((bonds, (-50, 42)), (stocks, (-3, 21))):
        axes.set_ylim(*limits)
    errors = findings.extra["errors"]
    _panel(bonds, findings, YIELD, _YIELDS, errors["yield"][:, _TEN])
    _panel(stocks, findings, EQUITY, _STOCKS, errors["equity"])
    bonds.set(title="Ten-year yield, cumulative", ylabel="basis points")
    stocks.set(title="Equity, cumulative", ylabel="percent")
    closes = [date.fromisoformat(day["date"]) for day in days]
    names = [f"{d.day} {d:%b}" for d in closes]
    stocks.set_xticks(range(len(names)), names, fontsize=10)
    stocks.set_xlabel("closes of 2025 (not evenly spaced)")
    return figure
