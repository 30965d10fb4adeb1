"""Yields and their fundamental value under purchases, and fragility."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report.figures import COLOURS, INK, house_style, zero_line
from . import rows
from .settings import HEDGE_FUNDS_2023, HEDGE_FUNDS_2025

_LOOK: dict[str, dict[str, Any]] = {
    rows.NONE: {"linestyle": "-", "color": "#3b3b3b"},
    "backstop": {"linestyle": (0, (6, 1.6)), "color": COLOURS["switching"]},
    "lasting": {"linestyle": (0, (1.4, 1.4)), "color": COLOURS["other"]},
}
_PANELS = (
    ("safe", rows.CAPACITY, "Safe debt, loss of intermediary capacity"),
    ("risky", rows.SPENDING, "Risky debt, unfunded spending"),
)


def _own(
    records: Sequence[dict[str, Any]], regime: str, shock: str, policy: str
) -> list[dict[str, Any]]:
    key = (regime, shock, policy, "10y")
    return [
        r for r in records if (r["regime"], r["shock"], r["policy"], r["tenor"]) == key
    ]


@house_style()
def draw(records: list[dict[str, Any]], kept: Mapping[str, float]) -> Figure:
    """Draw the ten-year yield by policy and its fundamental value, two panels.

    ``kept`` is the share of purchases that a policy keeps from quarter to quarter.
    """
    names = {rows.NONE: "no purchases"} | {
        k: f"{k}, {100 * (1 - v):.0f}% sold each quarter" for k, v in kept.items()
    }
    figure = Figure(figsize=(9.8, 4.6))
    figure.set_layout_engine("constrained", wspace=0.06)
    panels = figure.subplots(1, 2, sharey=True)
    handles = []
    for axes, (regime, shock, title) in zip(panels, _PANELS, strict=True):
        zero_line(axes)
        own = _own(records, regime, shock, rows.NONE)
        years = [r["quarter"] / 4 for r in own]
        (value,) = axes.plot(
            years,
            [r["fundamental_bp"] for r in own],
            color=COLOURS[regime],
            linewidth=5,
            alpha=0.35,
            solid_capstyle="butt",
        )
        axes.annotate(
            "fundamental value",
            (years[12], own[12]["fundamental_bp"]),
            xytext=(0, 9 if regime == "safe" else 16),
            textcoords="offset points",
            color=INK[regime],
            fontsize=10.5,
        )
        lines = []
        for policy, look in _LOOK.items():
            own = _own(records, regime, shock, policy)
            heights = [r["fundamental_bp"] + r["distance_bp"] for r in own]
            lines += axes.plot(years, heights, label=names[policy], **look)
        handles = [value, *lines][1:]
        axes.set_title(title, color=INK[regime])
        axes.set_xlabel("years after the news")
        axes.margins(x=0.01)
    panels[0].set_ylabel("ten-year yield (basis points)")
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


@house_style()
def draw_fragility(records: list[dict[str, Any]]) -> Figure:
    """Draw the response to one loss of capacity by who holds the debt."""
    figure = Figure(figsize=(8.2, 4.6))
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    shares = sorted({r["bill_share"] for r in records})
    looks = ((INK["risky"], "-"), (COLOURS["other"], (0, (6, 1.6))))
    looks += ((COLOURS["muted"], (0, (1.4, 1.4))),)
    top = 1.0
    for bills, (colour, style) in zip(shares, looks, strict=True):
        own = [
            r
            for r in records
            if r["bill_share"] == bills and r["yield_10y_bp"] is not None
        ]
        if not own:
            continue
        across = [100 * r["hedge_fund_share"] for r in own]
        heights = [r["yield_10y_bp"] for r in own]
        axes.plot(across, heights, color=colour, linestyle=style)
        ends = any(
            r["yield_10y_bp"] is None for r in records if r["bill_share"] == bills
        )
        if ends:
            axes.plot(across[-1], heights[-1], marker="x", color=colour, markersize=9)
        axes.annotate(
            f"bills {100 * bills:.0f}% of debt",
            (across[-1], heights[-1]),
            xytext=(9, 0),
            textcoords="offset points",
            color=colour,
            fontsize=10.5,
            va="center",
            annotation_clip=False,
        )
        top = max(top, *heights)
    _dates(axes, top)
    axes.set(
        xlabel="hedge funds' share of outstanding debt (percent)",
        ylabel="ten-year yield (basis points)",
        xlim=(0, 19.5),
        xticks=range(0, 18, 2),
        ylim=(0, 1.12 * top),
    )
    return figure


def _dates(axes: Axes, top: float) -> None:
    """Mark where hedge funds stood."""
    for share, year in ((HEDGE_FUNDS_2023, "2023"), (HEDGE_FUNDS_2025, "2025")):
        axes.axvline(100 * share, color="#bbbbbb", linewidth=1.0, zorder=0)
        axes.annotate(
            year,
            (100 * share, 1.06 * top),
            xytext=(4, 0),
            textcoords="offset points",
            color="#555555",
            fontsize=10.5,
        )
