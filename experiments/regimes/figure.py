"""Numbers of the regime table against the bands that the record asks of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report import labels
from ..report.figures import COLOURS, INK, house_style
from ..report.regime_table import band

Record = Mapping[str, Any]
_SIDES = {"safe": ("o", 0.19), "risky": ("s", -0.19)}
# A number that is farther than this outside its band, in widths of the band, stands at
# the edge of the figure with an arrow's head.
_EDGE = 1.0


def banded(records: Sequence[Record]) -> list[Record]:
    """Records of the economies with one regime that have a band."""
    return [
        r
        for r in records
        if r["economy"] == r["regime"]
        and r["regime"] in _SIDES
        and r["in_band"] is not None
    ]


@house_style()
def draw(records: Sequence[Record]) -> Figure:
    """Draw a row per number with a band: where in its band each kind of debt lies."""
    own = banded(records)
    names = list(dict.fromkeys(r["quantity"] for r in own))[::-1]
    figure = Figure(figsize=(11.0, 0.56 * len(names) + 1.6))
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    axes.axvspan(0, 1, color="#eef1ea", zorder=0)
    for r in own:
        _point(axes, names.index(r["quantity"]), r)
    for row in range(1, len(names)):
        axes.axhline(row - 0.5, color="#e4e4e4", linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(names)), [labels.quantity(n) for n in names])
    axes.set_xticks([0, 1], ["low end of the band", "high end"])
    axes.set(xlim=(-_EDGE - 0.08, 1 + _EDGE + 0.08), ylim=(-0.55, len(names) - 0.45))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    within = sum(bool(r["in_band"]) for r in own)
    axes.set_title(
        f"{within} of {len(own)} numbers lie in the band judged from the record"
    )
    return figure


def _point(axes: Axes, row: int, record: Record) -> None:
    """Marker, error and, beyond the axes, number and band in words."""
    marker, offset = _SIDES[record["regime"]]
    low, high = record["band_low"], record["band_high"]
    place = (record["value"] - low) / (high - low)
    shown = min(max(place, -_EDGE), 1 + _EDGE)
    colour = COLOURS[record["regime"]]
    if shown != place:
        marker = "<" if place < shown else ">"
    inside = bool(record["in_band"])
    axes.plot(
        shown,
        row + offset,
        marker,
        markersize=7.5,
        markeredgecolor=colour,
        markerfacecolor=colour if inside else "white",
        clip_on=False,
    )
    unit = record["unit"]
    number = labels.with_unit(labels.number(record["value"], unit), unit)
    axes.annotate(
        f"{record['regime']}: {number} (band {band(record)})",
        (1.0, row + offset),
        xycoords=("axes fraction", "data"),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=9.5,
        color=INK[record["regime"]],
        annotation_clip=False,
    )
