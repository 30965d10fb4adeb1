"""Capacity by premium, and what half a point of each input does to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report.figures import COLOURS, INK, house_style, line, new_figure, zero_line
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
    """Left: capacity and its parts by premium. Right: the tornado at the premium."""
    figure, axes = new_figure(1, 2, width=9.6, height=4.4)
    _by_premium(axes[0], findings)
    _tornado(axes[1], rows(findings["sensitivity"]))
    return figure


def _by_premium(axes: Axes, findings: Findings) -> None:
    curve = findings.extra["curve"]
    across = curve["premium"].to_numpy()
    paid = curve["surpluses"] + curve["services"]
    axes.plot(across, curve["terminal_debt"].to_numpy(), **line("muted"))
    axes.plot(across, curve["capacity"].to_numpy(), color=COLOURS["data"])
    axes.plot(across, paid.to_numpy(), **line("other"))
    zero_line(axes)
    debt = 100 * findings.extra["projection"].opening_debt
    axes.axhline(debt, color=COLOURS["data"], linewidth=1.0, linestyle=(0, (2, 2)))

    def height(name: str, premium: float) -> float:
        return float(curve[name].sel(premium=premium, method="nearest"))

    texts = [
        (4.4, debt, f"debt owed, {debt:.0f}%", "data", "bottom"),
        (1.15, height("terminal_debt", 1.2), "debt left at the end", "muted", None),
        (2.4, height("capacity", 2.4), "capacity", "data", None),
        (2.0, height("surpluses", 2.0), "surpluses", "other", "top"),
    ]
    for x, y, text, kind, side in texts:
        axes.annotate(
            text,
            (x, y),
            xytext=(0 if side else 5, {"top": -6, "bottom": 3, None: 4}[side]),
            textcoords="offset points",
            color=INK[kind],
            ha="right" if side == "bottom" else "left",
            va=side or "bottom",
        )
    axes.set(
        xlabel="premium for output risk (percent a year)",
        ylabel="present value (percent of GDP)",
        title="What the projection is worth",
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
