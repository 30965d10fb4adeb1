"""The figure and the report section of the experiment ``equivalence``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..report import labels
from ..report.cells import Named, Number
from ..report.figures import house_style, new_figure
from ..report.page import Figure as PageFigure
from ..report.page import Section, Table, Text
from ..report.results import ExperimentResult

Record = Mapping[str, Any]
_CAPTION = (
    "Probability of each explanation after one row of evidence on its own, all "
    "equally likely before. A row whose shades are alike cannot tell them apart."
)
# Where a long heading breaks.
_TWO_LINES = re.compile(r" (of the|with|shocks$)")
_ALT = (
    "Rows of evidence by explanation, darker where an explanation is likelier; "
    "after 2022 the comovement rows move from safe debt to risky debt and its rivals."
)


@house_style()
def draw(records: Sequence[Record], names: Mapping[str, str]) -> Figure:
    """Shades by row of evidence (down) and explanation (across)."""
    figure, axes = new_figure(width=9.4, height=0.42 * len(records) + 1.6)
    values = np.array([[r[f"{n}_odds"] for n in names] for r in records])
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
        f"{labels.capital(labels.quantity(r['quantity']))}, {r['era']}" for r in records
    ]
    axes.set_yticks(range(len(records)), texts)
    heads = [
        _TWO_LINES.sub(r"\n\1", labels.capital(n), count=1) for n in names.values()
    ]
    axes.set_xticks(range(len(names)), heads)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    return figure


def section(result: ExperimentResult) -> Section:
    """Section of the report: map, numbers, years of all returns together."""
    from .study import QUESTION

    lead, *more = result.notes
    records = result.records["equivalence"]
    return Section(
        QUESTION,
        lead,
        [
            PageFigure(result.figures["equivalence"], _CAPTION, _ALT),
            *(Text(note) for note in more),
            _numbers(records),
            _pairs(result.records["equivalence_joint"]),
        ],
        short="Equivalence",
    )


def _numbers(records: Sequence[Record]) -> Table:
    import pandas as pd

    from .study import LABELS

    def number(r: Record, name: str) -> Number:
        years = r.get(f"{name}_years")
        below = "" if years is None else f"({_span(years)})"
        return Number(labels.number(r[f"{name}_implied"] + 0.0, r["unit"]), below)

    frame = pd.DataFrame(
        {
            "Sample": [r["era"] for r in records],
            "Estimate": [
                Number(
                    labels.number(r["estimate"], r["unit"]),
                    f"± {labels.number(r['standard_error'], r['unit'])}",
                    below="error assumed" if r["assumed"] else "",
                )
                for r in records
            ],
            **{
                labels.capital(label): [number(r, name) for r in records]
                for name, label in LABELS.items()
            },
            "Unit": [labels.unit_cell(r["unit"]) for r in records],
        },
        index=pd.Index(
            [Named(labels.quantity(r["quantity"]), r["quantity"]) for r in records],
            name="Row",
            dtype=object,
        ),
        dtype=object,
    )
    return Table(
        frame,
        "What each explanation says, and the sample that tells it from risky debt",
        note="In brackets: the sample after which odds of twenty to one are expected "
        "if risky debt is true, with the estimate's precision.",
    )


def _span(years: float) -> str:
    if years > 1000:
        return "over 1000 years"
    return f"{years:.0f} years" if years >= 2 else f"{12 * years:.0f} months"


def _pairs(records: Sequence[Record]) -> Table:
    import pandas as pd

    from .study import LABELS

    found = {(r["truth"], r["rival"]): r["years"] for r in records}
    frame = pd.DataFrame(
        {
            labels.capital(LABELS[b]): [
                Number(_span(found[a, b])) if a != b else "" for a in LABELS
            ]
            for b in LABELS
        },
        index=pd.Index(
            [labels.capital(v) for v in LABELS.values()], name="If true", dtype=object
        ),
        dtype=object,
    )
    return Table(
        frame,
        "Sample after which returns of bonds and stocks together tell two explanations "
        "apart, odds of twenty to one expected",
    )
