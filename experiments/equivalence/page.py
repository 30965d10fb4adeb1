"""What the map says: sentences with its numbers, tables, the section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...calibration.matching.equivalence import STRONG
from ..claims import Claim, slide_records
from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records, rows
from . import STUDY
from .figure import draw
from .study import LABELS

Record = Mapping[str, Any]
_CAPTION = (
    "Probability of each explanation after one row of evidence on its own, all "
    "equally likely before. A row whose shades are alike cannot tell them apart."
)
_STRONG = f"{np.exp(STRONG):.0f} to one"
_FILES = ("equivalence", "equivalence_joint")
_ERAS = ("1998-2019", "2022-present")


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    return ExperimentResult(
        tables={name: frame(findings[name]) for name in _FILES},
        records={
            **{name: records(findings[name]) for name in _FILES},
            **slide_records(STUDY.name, judged),
        },
        figures={"equivalence": draw(findings)},
        notes=[_lead(findings, judged), _HOW],
        parameters=findings.parameters,
    )


def _best(row: Record) -> str:
    """Likeliest explanation of a row."""
    return max(LABELS, key=lambda n: row[f"{n}_odds"])


def _lead(findings: Findings, judged: Sequence[Claim]) -> str:
    joint = rows(findings["equivalence_joint"], truth="risky")
    spans = ", ".join(f"{LABELS[r['rival']]} {r['years']:.1f}" for r in joint)
    before, now = (
        [_best(r) for r in rows(findings["equivalence"], era=era)] for era in _ERAS
    )
    verdicts = " ".join(f"{c.sentence} Verdict: {c.overall()}." for c in judged)
    return (
        f"Row by row, risky debt is the likeliest of {len(LABELS)} explanations in "
        f"{before.count('risky')} of {len(before)} rows of {_ERAS[0]} and in "
        f"{now.count('risky')} of {len(now)} since {_ERAS[1].split('-')[0]}. If risky "
        "debt is true, quarterly returns of bonds and stocks together are expected to "
        f"give odds of {_STRONG} against the others after so many years: {spans}. "
        f"{verdicts}"
    )


_HOW = (
    "Each row of evidence is an estimate with a standard error; an explanation says "
    "what the number should be, and errors are normal. Explanations are the "
    "sticky-price economy with safe debt, with risky debt, with supply shocks or the "
    "monetary rule of the 1980s or both on safe debt, and with safe debt in the "
    "hands of intermediaries whose capacity varies. Sizes count as much as signs: an "
    "explanation loses a row where its number is too large, too."
)


def section(result: ExperimentResult) -> Section:
    """Section of the report: map, numbers, years of all returns together."""
    lead, *more = result.notes
    found = result.records["equivalence"]
    return Section(
        STUDY.question,
        lead,
        [
            Figure(result.figures["equivalence"], _CAPTION, _alt(found)),
            *(Text(note) for note in more),
            _numbers(found),
            _pairs(result.records["equivalence_joint"]),
        ],
        short="Equivalence",
    )


def _alt(found: Sequence[Record]) -> str:
    """Likeliest explanation of each row, in words."""
    parts = [
        f"{labels.quantity(r['quantity'])}, {r['era']}: {LABELS[_best(r)]}"
        for r in found
    ]
    return (
        "Rows of evidence by explanation, darker where an explanation is likelier. "
        f"Likeliest: {'; '.join(parts)}."
    )


def _numbers(found: Sequence[Record]) -> Table:
    import pandas as pd

    def number(r: Record, name: str) -> Number:
        years = r.get(f"{name}_years")
        below = "" if years is None else f"({_span(years)})"
        return Number(labels.number(r[f"{name}_implied"] + 0.0, r["unit"]), below)

    frame = pd.DataFrame(
        {
            "Sample": [r["era"] for r in found],
            "Estimate": [
                Number(
                    labels.number(r["estimate"], r["unit"]),
                    f"± {labels.number(r['standard_error'], r['unit'])}",
                    below="error assumed" if r["assumed"] else "",
                )
                for r in found
            ],
            **{
                labels.capital(label): [number(r, name) for r in found]
                for name, label in LABELS.items()
            },
            "Unit": [labels.unit_cell(r["unit"]) for r in found],
        },
        index=pd.Index(
            [Named(labels.quantity(r["quantity"]), r["quantity"]) for r in found],
            name="Row",
            dtype=object,
        ),
        dtype=object,
    )
    return Table(
        frame,
        "What each explanation says, and the sample that tells it from risky debt",
        note=f"In brackets: the sample after which odds of {_STRONG} are expected "
        "if risky debt is true, with the estimate's precision.",
    )


def _span(years: float) -> str:
    if years > 1000:
        return "over 1000 years"
    return f"{years:.0f} years" if years >= 2 else f"{12 * years:.0f} months"


def _pairs(joint: Sequence[Record]) -> Table:
    import pandas as pd

    found = {(r["truth"], r["rival"]): r["years"] for r in joint}
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
        f"apart, odds of {_STRONG} expected",
    )
