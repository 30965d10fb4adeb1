"""Pictures of the valuation: debt against its backing, the parts, strips' premia."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...calibration.valuation.facts import by_period
from ...calibration.valuation.puzzle import PARTS
from ..report.figures import (
    COLOURS,
    INK,
    house_style,
    label_ends,
    line,
    new_figure,
    zero_line,
)

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, Any]
# Greens and blues are backing, the hatched part is a guess, grey is not explained.
FILL = {
    "surpluses": "#1f5a9e",
    "output_premium": "#9bb8d8",
    "convenience_seigniorage": "#5f8f5a",
    "expected_regime_change": "#b79ad0",
    "remainder": "#b5b5b5",
}
NAMES = {
    "surpluses": "surpluses, low premium",
    "output_premium": "output premium",
    "convenience_seigniorage": "convenience seigniorage",
    "expected_regime_change": "expected regime change",
    "remainder": "remainder",
}
# Claim -> kind of line.
_CLAIMS = {
    "tax": ("risky", "taxes"),
    "spending": ("safe", "spending"),
    "output": ("data", "output"),
    "equity": ("other", "equity"),
    "nominal_bond": ("switching", "nominal bonds"),
}


@house_style()
def draw_backing(
    table: pd.DataFrame, puzzle: Sequence[Record], series: Sequence[Record] = ()
) -> Figure:
    """Draw debt and the upper bound over time, and the parts of debt beside them.

    Without ``series`` (records by period) the means over decades are drawn.
    """
    figure, axes = new_figure(1, 2, width=10.2, height=4.6)
    left, right = axes
    if series:
        _lines(left, series)
    else:
        _decades(left, table)
    zero_line(left)
    left.set_ylabel("share of annual GDP (percent)")
    _parts(right, puzzle)
    return figure


def _lines(axes: Axes, series: Sequence[Record]) -> None:
    time = [r["time"] for r in series]
    columns = {k: [100 * r[k] for r in series] for k in series[0] if k != "period"}
    axes.fill_between(
        time,
        columns["backing_percentile_5"],
        columns["backing_percentile_95"],
        color=COLOURS["safe"],
        alpha=0.18,
        linewidth=0,
    )
    axes.plot(time, columns["debt"], color=COLOURS["data"])
    axes.plot(time, columns["backing"], color=COLOURS["safe"])
    axes.set_title("Debt and what backs it")
    axes.set_xlim(time[0], time[-1] + 0.02 * (time[-1] - time[0]))
    _name(axes, time[-1], columns["debt"][-1], columns["backing"][-1])


def _decades(axes: Axes, table: pd.DataFrame) -> None:
    found = by_period(table)
    periods = [p for p in list(found)[1:] if "-" in p]
    edges = [_years(p) for p in periods]
    for quantity, kind in (("debt", "data"), ("backing", "safe")):
        heights = [100 * found[p][quantity] for p in periods]
        time = [t for start, end in edges for t in (start, end)]
        steps = [h for height in heights for h in (height, height)]
        axes.plot(time, steps, color=COLOURS[kind])
    axes.set_title("Debt and what backs it, means of decades")
    last = found[periods[-1]]
    _name(axes, edges[-1][1], 100 * last["debt"], 100 * last["backing"])


def _years(period: str) -> tuple[float, float]:
    """Beginning and end of "1947-1956" or "1947Q1-1956Q4", in years."""
    first, last = (part.split("Q") for part in period.split("-"))
    start = (
        int(first[0]) + (int(first[1]) - 1) / 4 if len(first) == 2 else int(first[0])
    )
    end = int(last[0]) + int(last[1]) / 4 if len(last) == 2 else int(last[0]) + 1
    return start, end


def _name(axes: Axes, time: float, debt: float, backing: float) -> None:
    label_ends(
        axes,
        time,
        {"data": debt, "safe": backing},
        {"data": "debt", "safe": "upper bound\non backing"},
    )


def _parts(axes: Axes, puzzle: Sequence[Record]) -> None:
    """One stacked bar per period; negative parts hang below zero."""
    for place, record in enumerate(puzzle):
        top = bottom = 0.0
        for part in PARTS:
            height = 100 * record[part]
            axes.bar(
                place,
                height,
                0.5,
                bottom=top if height > 0 else bottom,
                color=FILL[part],
                edgecolor="white",
                linewidth=0.6,
                label=NAMES[part] if place == 0 else None,
            )
            top, bottom = max(top, top + height), min(bottom, bottom + height)
        axes.plot(
            [place - 0.34, place + 0.34],
            [100 * record["debt"]] * 2,
            color=INK["data"],
            label="debt" if place == 0 else None,
        )
    zero_line(axes)
    axes.set_title("Debt, taken apart")
    periods = [r["period"] for r in puzzle]
    axes.set_xticks(range(len(periods)), [p.replace("-", "–") for p in periods])
    axes.set_xlim(-0.5, len(periods) - 0.5)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=10.5)


@house_style()
def draw_strips(records: Sequence[Record]) -> Figure:
    """Draw average premia by horizon, one line per claim."""
    figure, axes = new_figure(width=8.0, height=4.4)
    ends = {}
    for claim, (kind, _) in _CLAIMS.items():
        own = [r for r in records if r["claim"] == claim]
        years = [r["horizon_years"] for r in own]
        premia = [r["premium"] for r in own]
        axes.plot(years, premia, color=COLOURS[kind], marker="o", markersize=4)
        ends[kind] = premia[-1]
    axes.set_xscale("log")
    ticks = sorted({r["horizon_years"] for r in records})
    axes.set_xticks(ticks, [str(t) for t in ticks])
    axes.minorticks_off()
    zero_line(axes)
    axes.set(xlabel="horizon (years)", ylabel="average premium (percent a year)")
    label_ends(axes, ticks[-1], ends, dict(_CLAIMS.values()))
    return figure


# Source -> kind of line and what it is called.
_SOURCES = {
    "published": ("muted", "published affine"),
    "safe": ("safe", "safe"),
    "risky": ("risky", "risky"),
}


@house_style()
def draw_compared(records: Sequence[Record]) -> Figure:
    """Draw average premia by horizon, one panel per claim, one line per source."""
    titles = {c: name for c, (_, name) in _CLAIMS.items()}
    titles["real_bond"] = "indexed bonds"
    figure, axes = new_figure(2, 3, width=10.2, height=6.2)
    ticks = (1, 5, 20, 100)
    for panel, (claim, title) in zip(axes.flat, titles.items(), strict=True):
        for source, (kind, name) in _SOURCES.items():
            own = [r for r in records if (r["claim"], r["source"]) == (claim, source)]
            years = [r["horizon_years"] for r in own]
            panel.plot(years, [r["premium"] for r in own], label=name, **line(kind))
        panel.set_xscale("log")
        panel.set_xticks(ticks, [str(t) for t in ticks])
        panel.minorticks_off()
        zero_line(panel)
        panel.set_title(title)
    for panel in axes[-1]:
        panel.set_xlabel("horizon (years)")
    for panel in axes[:, 0]:
        panel.set_ylabel("percent a year")
    axes[0, -1].legend(loc="best")
    return figure
