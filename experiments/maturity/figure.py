"""Expected inflation and the premium given up, by duration of the debt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report.figures import INK, house_style, label_ends, line, zero_line

_PANELS = {
    "change_of_expected_inflation": "Shorter debt: expected inflation",
    "change_of_premium": "Shorter debt: premium of the portfolio",
}
_NAMES = {"safe": "safe debt", "risky": "risky debt"}


@house_style()
def draw(records: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw what changes against the longest debt, duration falling to the right."""
    figure = Figure(figsize=(9.6, 4.4))
    figure.set_layout_engine("constrained", wspace=0.08)
    panels = figure.subplots(1, len(_PANELS), sharex=True, sharey=True)
    longest = max(r["duration"] for r in records)
    shortest = min(r["duration"] for r in records)
    values = [r[name] for r in records for name in _PANELS]
    room = 0.12 * max(max(values) - min(values), 0.1)
    panels[0].set_xlim(longest + 0.1, shortest - 0.1)
    panels[0].set_ylim(min(values) - room, max(values) + room)
    for axes, (name, title) in zip(panels, _PANELS.items(), strict=True):
        zero_line(axes)
        _lines(axes, records, name)
        axes.set_title(title)
        axes.set_xlabel("duration of the debt (years)")
    panels[0].set_ylabel("change, percentage points a year", color=INK["data"])
    return figure


def _lines(axes: Axes, records: Sequence[Mapping[str, Any]], name: str) -> None:
    ends = {}
    for regime in dict.fromkeys(r["regime"] for r in records):
        own = [r for r in records if r["regime"] == regime]
        heights = [r[name] for r in own]
        axes.plot([r["duration"] for r in own], heights, marker="o", **line(regime))
        ends[regime] = heights[-1]
    label_ends(axes, axes.get_xlim()[1], ends, _NAMES)
