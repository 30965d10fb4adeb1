"""How ways of pricing look in figures."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from ..report.figures import line

# Who sets funding costs -> kind of line.
KINDS = {
    "exogenous": "data",
    "safe": "safe",
    "risky": "risky",
    "unbacked": "other",
    "switching": "switching",
}


def look(key: str, **more: Any) -> dict[str, Any]:
    """Line of a way of pricing."""
    plain = {"linestyle": "-", "marker": "none"} if KINDS[key] == "data" else {}
    return line(KINDS[key], **plain, **more)


def years_along(axes: Axes, across: list[int]) -> None:
    """Years along the axis, also of a short projection."""
    first, last = across[0], across[-1]
    if first == last:
        axes.set_xticks([first])
        return
    axes.set_xlim(first, last)
    step = 10 if last - first > 15 else 2 if last - first > 5 else 1
    axes.set_xticks(range(step * -(-first // step), last + 1, step))
