"""Which of two economies misses less: log odds by era, and what every series adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report import labels
from ..report.figures import COLOURS, INK, house_style

Record = Mapping[str, Any]
SIGNS = {"sticky_risky": 1.0, "sticky_safe": -1.0}
PAIR = "risky over safe"
# Ways to the odds, the one that is shown last.
WAYS = ("laplace", "sampled", "particles")
GIVEN = "given_the_others_mode"
# Log points from which numbers are whole.
WHOLE = 9.95
_ROOM = 0.4  # of a panel, beyond its longest bar, for the number


def odds_by_era(found: Sequence[Record]) -> dict[str, float]:
    """Log odds of risky over safe debt by the last of ``WAYS`` that there is."""
    odds: dict[str, float] = {}
    for item in WAYS:
        own = (PAIR, "log_odds", item)
        odds |= {
            r["era"]: r["value"]
            for r in found
            if (r["economy"], r["quantity"], r["item"]) == own
        }
    return odds


def by_series(found: Sequence[Record], era: str) -> dict[str, float]:
    """Log likelihood of risky less safe debt at the modes, of each series given all."""
    apart: dict[str, float] = {}
    for r in found:
        if (r["era"], r["quantity"]) == (era, GIVEN) and r["economy"] in SIGNS:
            sign = SIGNS[r["economy"]]
            apart[r["item"]] = apart.get(r["item"], 0.0) + sign * r["value"]
    return apart


@house_style()
def draw(found: Sequence[Record]) -> Figure:
    """Draw odds by era on the left, and a panel of series for every era."""
    odds = odds_by_era(found)
    eras = list(odds)
    figure = Figure(figsize=(10.4, 3.4))
    figure.set_layout_engine("constrained", wspace=0.05)
    first, *panels = figure.subplots(
        1, 1 + len(eras), width_ratios=[1.2, *[1] * len(eras)]
    )
    _bars(first, {labels.era(era): value for era, value in odds.items()})
    first.set_title("Log odds by era")
    for axes, era in zip(panels, eras, strict=True):
        own = by_series(found, era)
        _bars(axes, {labels.words(name): own[name] for name in own})
        axes.set_title(labels.era(era), fontsize="medium")
        if axes is not panels[0]:
            axes.set_yticklabels([])
    panels[0].set_title(f"By series: {labels.era(eras[0])}", fontsize="medium")
    figure.supxlabel(
        "log points: right of zero risky debt misses less, left of it safe debt",
        fontsize="medium",
        color=INK["data"],
    )
    return figure


def _bars(axes: Axes, values: Mapping[str, float]) -> None:
    names = list(values)
    heights = list(values.values())
    colours = [COLOURS["risky" if v > 0 else "safe"] for v in heights]
    axes.axvline(0.0, color="#777777", linewidth=0.9, zorder=1)
    axes.barh(range(len(names)), heights, 0.6, color=colours)
    low, high = min(0.0, *heights), max(0.0, *heights)
    room = _ROOM * (high - low)
    axes.set_xlim(low - (room if low < 0 else 0.0), high + (room if high > 0 else 0.0))
    for row, value in enumerate(heights):
        places = 0 if abs(value) >= WHOLE else 1
        # What rounds to nothing has no sign.
        plus = round(value, places) != 0
        axes.annotate(
            labels.fixed(value if plus else 0.0, "log points", places, plus=plus),
            (value, row),
            xytext=(4 if value > 0 else -4, 0),
            textcoords="offset points",
            ha="left" if value > 0 else "right",
            va="center",
            color=INK["risky" if value > 0 else "safe"],
        )
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
