"""Monthly probabilities with their bands, one panel per reading."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ...calibration.matching.pairs import SOURCES
from ..report.figures import COLOURS, INK, house_style, line, new_figure
from ..study import Findings
from .study import READING_LABELS

# Month, name and offset of the name to the right (years).
_EVENTS = (
    ("1980-06", "Volcker", 0.0),
    ("2003-06", "2003", 0.0),
    ("2008-12", "crisis", 0.0),
    ("2020-03", "March\n2020", -1.4),
    ("2025-04", "April\n2025", 1.2),
)


def _years(months: list[str]) -> np.ndarray:
    return np.array([int(m[:4]) + (int(m[5:]) - 0.5) / 12 for m in months])


@house_style()
def draw(findings: Findings) -> Figure:
    """Filtered probabilities; band over parameters for the first source."""
    months = findings["regime_index"]
    figure, panels = new_figure(2, 1, width=9.0, height=6.4)
    present = [s for s in SOURCES if s in months["source"]]
    kinds = dict(zip(present, ("risky", "muted"), strict=False))
    x = _years(months["month"].to_numpy().tolist())
    for axes, (reading, words) in zip(panels, READING_LABELS.items(), strict=True):
        for source in reversed(present):
            kind = kinds[source]
            own = months.sel(source=source, reading=reading)
            if source == present[0]:
                axes.fill_between(
                    x, own["low"], own["high"], color=COLOURS[kind], alpha=0.2, lw=0
                )
            style = {"linestyle": "-", "linewidth": 1.5 if kind == "risky" else 1.1}
            axes.plot(x, own["filtered"], **line(kind, **style))
        axes.axhline(0.5, color="#777777", linewidth=0.8, linestyle=(0, (2, 2)))
        axes.set(ylim=(0, 1), xlim=(1962, 2027), yticks=(0, 0.5, 1))
        axes.set_title(words[:1].upper() + words[1:], loc="left", fontsize=12, pad=22)
        for month, name, shift in _EVENTS:
            at = int(month[:4]) + (int(month[5:]) - 0.5) / 12
            axes.axvline(at, color="#bbbbbb", linewidth=0.8, zorder=0)
            axes.annotate(
                name,
                (at + shift, 1.02),
                xycoords=("data", "axes fraction"),
                ha="center",
                va="bottom",
                fontsize=8.5,
                color="#555555",
                annotation_clip=False,
            )
    figure.supylabel("probability of risky pricing, filtered", fontsize=11)
    for k, source in enumerate(present):
        kind = kinds[source]
        text = f"economies with {SOURCES[source]}"
        text += " (band: 5–95%, parameters)" if k == 0 else ""
        figure.text(0.12 + 0.48 * k, 0.005, f"— {text}", color=INK[kind], fontsize=10.5)
    figure.set_layout_engine("constrained", rect=(0.0, 0.04, 1.0, 0.96), hspace=0.05)
    return figure
