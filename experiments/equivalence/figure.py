"""The map: rows of evidence by explanation."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.figure import Figure

from ..report import labels
from ..report.figures import house_style, new_figure
from ..study import Findings
from ..tables import records
from .study import LABELS

# Letters of a heading's line: a column is not wider.
_LETTERS = 10


@house_style()
def draw(findings: Findings) -> Figure:
    """Shades by row of evidence (down) and explanation (across)."""
    shown = records(findings["equivalence"])
    figure, axes = new_figure(width=9.4, height=0.42 * len(shown) + 1.8)
    values = np.array([[r[f"{n}_odds"] for n in LABELS] for r in shown])
    axes.imshow(values, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    for i, j in np.ndindex(values.shape):
        axes.text(
            j,
            i,
            f"{values[i, j]:.2f}",
            ha="center",
            va="center",
            fontsize=10.5,
            color="white" if values[i, j] > 0.6 else "#222222",
        )
    texts = [
        f"{labels.capital(labels.quantity(r['quantity']))}, {labels.era(r['era'])}"
        for r in shown
    ]
    axes.set_yticks(range(len(shown)), texts)
    heads = [textwrap.fill(labels.capital(n), _LETTERS) for n in LABELS.values()]
    axes.set_xticks(range(len(LABELS)), heads)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    return figure
