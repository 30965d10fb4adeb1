"""Capacity by premium, and what half a point of each input does to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...calibration.valuation.capacity import PREMIUM
from ..desk.cases import label_of
from ..desk.figure import look, years_along
from ..report.figures import COLOURS, INK, house_style, line, zero_line
from ..study import Findings
from ..tables import rows

NAMES = {
    "premium": "premium for output risk",
    "growth": "growth of GDP",
    "rate": "interest rate",
    "convenience": "convenience yield",
    "balance": "primary balance",
}


@house_style()
def draw(findings: Findings) -> Figure:
    """Capacity and its parts at given rates, by who prices debt, and the tornado."""
    figure = Figure(figsize=(13.2, 4.2))
    figure.set_layout_engine("constrained", wspace=0.06)
    axes = figure.subplots(1, 3)
    _parts(axes[0], findings)
    _by_pricing(axes[1], findings)
    _tornado(axes[2], rows(findings["sensitivity"]))
    return figure


def _by_pricing(axes: Axes, findings: Findings) -> None:
    found = rows(findings["pricing_adjustment"], premium=100 * PREMIUM)
    for key in dict.fromkeys(r["funding"] for r in found):
        own = {r["year"]: r["for_good"] for r in found if r["funding"] == key}
        axes.plot(list(own), list(own.values()), **look(key, label=label_of(key)))
    zero_line(axes)
    if found:
        years_along(axes, sorted({r["year"] for r in found}))
        axes.legend(loc="best", fontsize=10.5)
    axes.set(
        xlabel="first year of action",
        ylabel="primary balance (percent of GDP)",
        title=f"Rise that backs the debt, premium {100 * PREMIUM:g}%",
    )


def _parts(axes: Axes, findings: Findings) -> None:
    curve = findings.extra["curve"]
    debt = 100 * findings.extra["projection"].opening_debt
    lines: tuple[tuple[Any, str, dict[str, Any]], ...] = (
        (curve["terminal_debt"], "debt left at the end", line("muted")),
        (curve["capacity"], "capacity", {"color": COLOURS["data"]}),
        (curve["surpluses"] + curve["services"], "surpluses", line("other")),
    )
    for values, label, looks in lines:
        axes.plot(curve["premium"].to_numpy(), values.to_numpy(), label=label, **looks)
    zero_line(axes)
    axes.axhline(
        debt,
        color=COLOURS["data"],
        linewidth=1.0,
        linestyle=(0, (2, 2)),
        label=f"debt owed, {debt:.0f}%",
    )
    axes.legend(loc="best", fontsize=10.5)
    axes.set(
        xlabel="premium for output risk (percent a year)",
        ylabel="present value (percent of GDP)",
        title="Worth at the projection's rates",
    )


def _tornado(axes: Axes, swings: Sequence[dict[str, Any]]) -> None:
    centre = swings[0]["capacity"]
    for place, record in enumerate(reversed(swings)):
        for side, colour in (("down", "muted"), ("up", "other")):
            value = record[f"capacity_{side}"]
            axes.barh(
                place,
                value - centre,
                0.62,
                left=centre,
                color=COLOURS[colour],
                zorder=3,
            )
            if record[side] == 0:
                continue
            right = value >= centre
            axes.annotate(
                f"{record[side]:+.1f}".replace("-", "\N{MINUS SIGN}"),
                (value, place),
                xytext=(4 if right else -4, 0),
                textcoords="offset points",
                ha="left" if right else "right",
                va="center",
                color=INK[colour],
                fontsize=10.5,
            )
    axes.axvline(centre, color="#555555", linewidth=1.0, zorder=4)
    names = [NAMES[r["input"]] for r in reversed(swings)]
    axes.set_yticks(range(len(names)), names)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.16)
    axes.set(
        xlabel="capacity (percent of GDP)",
        title=f"Half a point up or down, from {centre:.0f}%",
    )
