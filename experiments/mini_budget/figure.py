"""The mini-budget: why gilts reacted more, what they said day by day, swap premia."""

from __future__ import annotations

from datetime import date

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report.figures import COLOURS, INK, house_style, label_ends, line, zero_line
from ..study import Findings
from ..tables import records
from .study import BANK, CHANGE, LAST, PARTS, RECORD, STEP, Priced


def _ladder(axes: Axes, findings: Findings) -> None:
    """Bars of the ten-year elasticity: steps of the model, then the record."""
    rows = [
        (r["step"], r["value"], r["kind"])
        for r in records(findings["mini_budget_ladder"])
        if r["kind"] != CHANGE
    ]
    colours = {
        STEP: COLOURS["risky"],
        RECORD: COLOURS["data"],
        PARTS: COLOURS["muted"],
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
        n if k == 0 or kind != STEP else f"+ {n}" for k, (n, _, kind) in enumerate(rows)
    ]
    axes.set_yticks(places, names, fontsize=10)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set(
        title="Ten-year yield per 1% of GDP of unfunded flow",
        xlabel="basis points",
        xlim=(0, 56),
    )


def _days(axes: Axes, findings: Findings, tenor: int) -> None:
    """Moves of one tenor by close with its parts."""
    table = findings["mini_budget_days"].sel(tenor_years=tenor)
    dates = [findings.extra["priced"].moves.dates[0], *table["date"].to_numpy()]
    last = dates.index(LAST)
    news, wedge, moves = (
        np.concatenate([[0.0], table[f"{part}_basis_points"].to_numpy()[:last]])
        for part in ("news", "wedge", "move")
    )
    zero_line(axes)
    axes.plot(news, **line("risky"))
    axes.plot(wedge, **line("safe"))
    axes.plot(moves, **line("data", markersize=5.5))
    bank = dates.index(BANK)
    axes.axvline(bank - 0.5, color="#999999", linewidth=0.9)
    axes.set(title=f"{tenor}-year gilt, cumulative", ylim=(-70, 135))
    days = [date.fromisoformat(d) for d in dates[: last + 1]]
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


def _premia(axes: Axes, found: Priced) -> None:
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
def draw(findings: Findings) -> Figure:
    """Draw the ladder, two gilts by day and swap premia by tenor."""
    figure = Figure(figsize=(11.4, 7.6))
    (ladder, premia), (short, long) = figure.subplots(2, 2)
    _ladder(ladder, findings)
    _premia(premia, findings.extra["priced"])
    _days(short, findings, 2)
    _days(long, findings, 30)
    short.set_ylabel("basis points")
    return figure
