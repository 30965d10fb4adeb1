"""Panels of variables over time: responses to shocks, and paths."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..report.figures import COLOURS, house_style, line, new_figure, zero_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS = 12
COLUMNS = 4
# Letters of a title over one panel.
LETTERS = 30


@dataclass(frozen=True)
class Curve:
    """A line of every panel: values (T,) by variable; ``kind`` as ``line`` has it."""

    kind: str
    label: str
    values: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Panels:
    """What panels have in common.

    Attributes
    ----------
    periods : (T,); reference : by variable, where a thin line stands (zero if empty).
    shaded : periods (T,) that are marked.
    """

    title: str
    periods: np.ndarray
    curves: Sequence[Curve]
    reference: Mapping[str, float] = field(default_factory=dict)
    shaded: np.ndarray | None = None


def strongest(names: Sequence[str], sizes, scale) -> list[str]:
    """Names that move, the strongest relative to ``scale`` if they are too many."""
    sizes, scale = np.asarray(sizes), np.asarray(scale)
    moving = np.flatnonzero(sizes > 1e-12)
    if len(moving) > PANELS:
        relative = sizes[moving] / np.maximum(np.abs(scale[moving]), 0.01)
        moving = moving[np.sort(np.argsort(-relative)[:PANELS])]
    return [names[i] for i in moving.tolist()]


@house_style()
def draw_panels(shown: Sequence[str], panels: Panels) -> Figure:
    """One panel per variable, with the curves that all panels have."""
    columns = min(COLUMNS, max(len(shown), 1))
    rows = max(math.ceil(len(shown) / columns), 1)
    title = textwrap.wrap(panels.title, LETTERS * columns)
    several = len(panels.curves) > 1
    height = 2.1 * rows + 0.45 + 0.25 * len(title) + 0.3 * several
    figure, axes = new_figure(rows, columns, width=2.6 * columns, height=height)
    places = np.atleast_1d(axes).ravel()
    for place, name in zip(places, shown, strict=False):
        if name in panels.reference:
            place.axhline(panels.reference[name], color="#777777", linewidth=0.9)
        else:
            zero_line(place)
        for curve in panels.curves:
            own = line(curve.kind, label=curve.label)
            place.plot(panels.periods, curve.values[name], **own)
        if panels.shaded is not None:
            _shade(place, panels.periods, panels.shaded)
        place.set_title(name, fontsize="medium")
    for place in places[len(shown) :]:
        place.set_visible(False)
    for place in places[max(len(shown) - columns, 0) : len(shown)]:
        place.set_xlabel("periods")
    if several:
        handles, labels = places[0].get_legend_handles_labels()
        where = "outside lower center"
        figure.legend(handles, labels, loc=where, ncols=min(columns, 2))
    figure.suptitle("\n".join(title))
    return figure


def _shade(place, periods: np.ndarray, marked: np.ndarray) -> None:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(int), [0]])))
    for first, behind in edges.reshape(-1, 2):
        left, right = periods[first] - 0.5, periods[behind - 1] + 0.5
        place.axvspan(left, right, color=COLOURS["muted"], alpha=0.2, linewidth=0)
