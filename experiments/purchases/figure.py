"""Yields and their fundamental value under purchases, and fragility."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report.figures import COLOURS, INK, house_style, zero_line
from ..study import Findings
from . import cases
from .model import Record

_LOOK: dict[str, dict[str, Any]] = {
    cases.NONE: {"linestyle": "-", "color": "#3b3b3b"},
    "backstop": {"linestyle": (0, (6, 1.6)), "color": COLOURS["switching"]},
    "lasting": {"linestyle": (0, (1.4, 1.4)), "color": COLOURS["other"]},
}
_PANELS = (
    ("safe", cases.CAPACITY, "Safe debt, loss of intermediary capacity"),
    ("risky", cases.SPENDING, "Risky debt, unfunded spending"),
)


@house_style()
def draw(findings: Findings) -> Figure:
    """Draw the ten-year yield by policy and its fundamental value, two panels."""
    kept = findings.extra["scenario"].kept
    paths = findings["lsap_paths"].sel(tenor="10y")
    years = paths["quarter"] / 4
    names = {cases.NONE: "no purchases"} | {
        k: f"{k}, {100 * (1 - v):.0f}% sold each quarter" for k, v in kept.items()
    }
    figure = Figure(figsize=(9.8, 4.6))
    figure.set_layout_engine("constrained", wspace=0.06)
    panels = figure.subplots(1, 2, sharey=True)
    handles = []
    for axes, (regime, shock, title) in zip(panels, _PANELS, strict=True):
        zero_line(axes)
        here = paths.sel(regime=regime, shock=shock)
        heights = here["fundamental_bp"]
        worth = heights.sel(policy=cases.NONE)
        (value,) = axes.plot(
            years,
            worth,
            color=COLOURS[regime],
            linewidth=5,
            alpha=0.35,
            solid_capstyle="butt",
        )
        axes.annotate(
            "fundamental value",
            (float(years[12]), float(worth[12])),
            xytext=(0, 9 if regime == "safe" else 16),
            textcoords="offset points",
            color=INK[regime],
            fontsize=10.5,
        )
        lines = []
        for policy, look in _LOOK.items():
            moved = (heights + here["distance_bp"]).sel(policy=policy)
            lines += axes.plot(years, moved, label=names[policy], **look)
        handles = [value, *lines][1:]
        axes.set_title(title, color=INK[regime])
        axes.set_xlabel("years after the news")
        axes.margins(x=0.01)
    panels[0].set_ylabel("ten-year yield (basis points)")
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


@house_style()
def draw_fragility(findings: Findings) -> Figure:
    """Draw the response to one loss of capacity by who holds the debt."""
    figure = Figure(figsize=(8.2, 4.6))
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    table = findings["lsap_fragility"]["yield_10y_bp"]
    shares = table["bill_share"].to_numpy()
    looks = ((INK["risky"], "-"), (COLOURS["other"], (0, (6, 1.6))))
    looks += ((COLOURS["muted"], (0, (1.4, 1.4))),)
    top = 1.0
    for bills, (colour, style) in zip(shares, looks, strict=True):
        own = table.sel(bill_share=bills).dropna("hedge_fund_share")
        if not own.size:
            continue
        across = 100 * own["hedge_fund_share"].to_numpy()
        heights = own.to_numpy()
        axes.plot(across, heights, color=colour, linestyle=style)
        if own.size < table.sizes["hedge_fund_share"]:
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
    _dates(axes, top, findings.extra["record"])
    axes.set(
        xlabel="hedge funds' share of outstanding debt (percent)",
        ylabel="ten-year yield (basis points)",
        xlim=(0, 19.5),
        xticks=range(0, 18, 2),
        ylim=(0, 1.12 * top),
    )
    return figure


def _dates(axes: Axes, top: float, record: Record) -> None:
    """Mark where hedge funds stood."""
    for share, year in (
        (record.hedge_funds_earlier, "2023"),
        (record.hedge_funds_later, "2025"),
    ):
        axes.axvline(100 * share, color="#bbbbbb", linewidth=1.0, zorder=0)
        axes.annotate(
            year,
            (100 * share, 1.06 * top),
            xytext=(4, 0),
            textcoords="offset points",
            color="#555555",
            fontsize=10.5,
        )
