"""The mini-budget: why gilts reacted more, what they said day by day, swap premia."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...calibration.record.dated_moves import TENORS
from ..report.figures import COLOURS, INK, house_style, label_ends, line, zero_line

if TYPE_CHECKING:
    from .findings import Findings

_LAST = "2022-10-17"


def _ladder(axes: Axes, found: Findings) -> None:
    """Bars of the ten-year elasticity: steps of the model, then the record."""
    from .study import ladder_records

    rows = [
        (r["step"], r["value"], r["kind"])
        for r in ladder_records(found)
        if r["kind"] != "model, change of the last step"
    ]
    colours = {
        "model, step": COLOURS["risky"],
        "record": COLOURS["data"],
        "record, decomposed": COLOURS["muted"],
    }
    places = np.arange(len(rows))[::-1]
    for place, (_, value, kind) in zip(places, rows, strict=True):
        axes.barh(place, value, color=colours[kind], height=0.62)
        axes.annotate(
            f"{value:.0f}",
            (max(value, 0.0), float(place)),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=10,
        )
    names = [
        n if k == 0 or kind != "model, step" else f"+ {n}"
        for k, (n, _, kind) in enumerate(rows)
    ]
    axes.set_yticks(places, names, fontsize=10)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set(
        title="Ten-year yield per 1% of GDP of unfunded flow",
        xlabel="basis points",
        xlim=(0, 56),
    )


def _days(axes: Axes, found: Findings, tenor: int) -> None:
    """Moves of one tenor by close with its parts."""
    from .findings import shapes

    last = found.index(_LAST) + 1
    t = TENORS.index(tenor)
    news, wedge = (np.concatenate([[0.0], p[:last, t]]) for p in shapes(found))
    moves = np.concatenate([[0.0], np.cumsum(found.moves.yields[:, t])[:last]])
    zero_line(axes)
    axes.plot(news, **line("risky"))
    axes.plot(wedge, **line("safe"))
    axes.plot(moves, **line("data", markersize=5.5))
    bank = found.index("2022-09-28") + 1
    axes.axvline(bank - 0.5, color="#999999", linewidth=0.9)
    axes.set(title=f"{tenor}-year gilt, cumulative", ylim=(-70, 135))
    days = [date.fromisoformat(d) for d in found.moves.dates[: last + 1]]
    shown = range(0, last + 1, 3)
    axes.set_xticks(list(shown), [f"{days[k].day} {days[k]:%b}" for k in shown])
    ends = {"risky": news[-1], "safe": wedge[-1], "data": moves[-1]}
    names = {"risky": "news", "safe": "wedge", "data": "record"}
    label_ends(axes, last, ends, names)
    axes.annotate(
        "the Bank\nsteps in",
        (bank - 0.5, 135),
        xytext=(4, -2),
        textcoords="offset points",
        va="top",
        fontsize=9.5,
        color=INK["muted"],
    )


def _premia(axes: Axes, found: Findings) -> None:
    """Premia by tenor before and after."""
    years = np.arange(1, 11)
    before, after = (
        found.solved.premia(q, tuple(int(y) for y in years))
        for q in (0.0, found.given.flow)
    )
    axes.plot(years, before, **line("muted"))
    axes.plot(years, after, **line("risky"))
    own = found.given.default
    heights = [own["premium_before"], own["premium_after"]]
    axes.plot([5, 5], heights, **line("data", markersize=6.5))
    label_ends(
        axes,
        10,
        {"muted": float(before[-1]), "risky": float(after[-1])},
        {"muted": "before", "risky": "after"},
    )
    axes.annotate(
        "matched",
        (5, heights[1]),
        xytext=(6, 6),
        textcoords="offset points",
        fontsize=9.5,
        color=INK["data"],
    )
    axes.set(
        title="Premium for insurance against default",
        ylabel="basis points a year",
        xlabel="years",
        ylim=(0, 75),
        xlim=(0.5, 10),
    )


@house_style()
def draw(found: Findings) -> Figure:
    """Draw the ladder, two gilts by day and swap premia by tenor."""
    figure = Figure(figsize=(11.4, 7.6))
    (ladder, premia), (short, long) = figure.subplots(2, 2)
    _ladder(ladder, found)
    _premia(premia, found)
    _days(short, found, 2)
    _days(long, found, 30)
    short.set_ylabel("basis points")
    return figure
