"""What estimated economies say of four rows of the regime table, with their bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..report import labels
from ..report.figures import COLOURS, INK, house_style

# Economy and regime -> label, colour, marker, and place around the line of an era.
_SHOWN = {
    ("sticky_safe", "safe"): ("safe debt", "safe", "o", -0.24),
    ("sticky_switching", "safe"): ("safe, may switch", "safe", "D", -0.08),
    ("sticky_switching", "risky"): ("risky, may switch", "risky", "D", 0.08),
    ("sticky_risky", "risky"): ("risky debt", "risky", "o", 0.24),
}
LABELS = {place: shown[0] for place, shown in _SHOWN.items()}
# Quantity -> title of its panel, and what its numbers are multiplied by.
_PANELS = {
    "persistent_yield_10y_ex_convenience": ("10y yield on news\n(bp)", 1),
    "persistent_expected_inflation_5y5y": ("5y5y inflation on news\n(bp)", 1),
    "share_bondholders": ("bondholders bear\n(%)", 100),
    "stock_bond_return_correlation": ("stocks and bonds\n(correlation)", 1),
}


@house_style()
def draw(found: Sequence[Mapping[str, Any]]) -> Figure:
    """A row an era: medians and bands of four numbers, by economy."""
    eras = list(dict.fromkeys(r["era"] for r in found))
    figure = Figure(figsize=(10.4, 1.6 + 0.8 * len(eras)))
    figure.set_layout_engine("constrained", wspace=0.06)
    axes = figure.subplots(1, len(_PANELS), sharey=True)
    for panel, (quantity, shown) in zip(axes, _PANELS.items(), strict=True):
        title, scale = shown
        own = [r for r in found if r["quantity"] == quantity]
        for place in dict.fromkeys((r["economy"], r["regime"]) for r in own):
            here = [r for r in own if (r["economy"], r["regime"]) == place]
            _bands(panel, here, eras, scale)
        panel.axvline(0.0, color="#777777", linewidth=0.9, zorder=1)
        panel.set_title(title)
    axes[0].set_yticks(range(len(eras)), [labels.era(era) for era in eras])
    axes[0].set_ylim(len(eras) - 0.5, -0.5)
    figure.legend(handles=_handles(), loc="outside lower center", ncols=5)
    return figure


def _bands(
    axes: Axes, found: Sequence[Mapping[str, Any]], eras: Sequence[str], scale: float
) -> None:
    _, kind, marker, apart = _SHOWN[found[0]["economy"], found[0]["regime"]]
    colour = COLOURS[kind]
    places = np.array([eras.index(r["era"]) for r in found]) + apart
    middle, low, high, shipped = (
        scale * np.array([r[k] for r in found])
        for k in ("median", "low", "high", "shipped")
    )
    axes.errorbar(
        middle, places, xerr=(middle - low, high - middle), fmt=marker, color=colour
    )
    axes.plot(shipped, places, "x", color=colour, alpha=0.7)


def _handles() -> list[Line2D]:
    marks = [
        Line2D([], [], marker=marker, color=COLOURS[kind], label=label)
        for label, kind, marker, _ in _SHOWN.values()
    ]
    cross: dict[str, Any] = {"marker": "x", "linestyle": "", "color": INK["data"]}
    return [*marks, Line2D([], [], label="as the economy ships", **cross)]
