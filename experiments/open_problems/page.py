"""One line per mechanism: the number without it and with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..goals import GOALS
from ..report import labels
from ..report.cells import Number, Rich, inline
from ..report.math import formula
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records
from . import STUDY, figure
from .study import LABELS

# Parameters that a mechanism moves, as its text names them: "rho_i = 0".
_SETTING = re.compile(r"\b(\w+) = (-?\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Mechanism(Rich):
    """Text of a mechanism in which its parameter is set as mathematics."""

    text: str
    symbols: Mapping[str, str]

    def html(self) -> str:
        """HTML of the text; a parameter without a symbol keeps its name."""
        parts, end = [], 0
        for found in _SETTING.finditer(self.text):
            symbol = self.symbols.get(found[1])
            if symbol is None:
                continue
            parts.append(inline(self.text[end : found.start()]))
            parts.append(formula(f"{symbol} = {found[2]}"))
            end = found.end()
        return "".join([*parts, inline(self.text[end:])])


UNITS = {g.name: g.unit for g in GOALS}
_LEAD = (
    "Each line changes one mechanism in the calibrated economy and solves it "
    "again, intercepts included, on the coarse grid."
)
# Unit -> what is moved, in the sentence on the largest move.
_WATCHED = {"share of PV(G) news": "Losses of bondholders", "basis points": "Yields"}
_CAPTION = (
    "What one mechanism does to the number that it is about: the hollow mark is the "
    "economy without it, the solid one with it. The table has their parameters, and "
    "where the economy rests."
)
_ALT = (
    "Panels by unit, a row per mechanism, each with a line from the number without the "
    "mechanism to the number with it."
)


def result(findings: Findings, _: object = None) -> ExperimentResult:
    """What is written."""
    tried = records(findings["attempts"]) if "attempts" in findings.data else []
    found = records(findings["open-problems"])
    return ExperimentResult(
        tables={name: frame(data) for name, data in findings.data.items()},
        records={name: records(data) for name, data in findings.data.items()},
        figures={"open-problems": figure.draw(found)} if figure.drawn(found) else {},
        notes=[
            " ".join([_LEAD, *_largest(found)]),
            *not_delivered(tried),
            *findings.extra["failed"],
        ],
    )


def _largest(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence on the largest move of what bondholders bear, and of yields."""
    panels, sentences = figure.drawn(found), []
    for unit, what in _WATCHED.items():
        rows = panels.get(unit)
        if not rows:
            continue
        most = max(rows, key=lambda r: abs(r["with"] - r["without"]))
        ends = (labels.number(most[k], unit) for k in ("without", "with"))
        words = labels.inside(figure.words(most).replace("\n", " "))
        sentences.append(
            f"{what} move most from {labels.with_unit(' to '.join(ends), unit)} "
            f"({words})."
        )
    return sentences


def not_delivered(tried: Sequence[Mapping[str, Any]]) -> list[str]:
    """One sentence per goal that is not delivered: what would, and at what cost."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in tried:
        found.setdefault((row["goal"], row["economy"]), []).append(row)
    texts = []
    for (goal, economy), rows in found.items():
        parts = [
            f"{r['mechanism']}: {_said(r, 'with')}"
            f"{', delivered' if r['delivered'] else ''}, loses {r['lost']}"
            for r in rows
        ]
        texts.append(
            f"Not delivered: {labels.inside(LABELS[goal])} of {economy} debt, "
            f"{_said(rows[0], 'ships')}. Tried: {'; '.join(parts)}."
        )
    return texts


def _said(row: Mapping[str, Any], key: str) -> str:
    unit = UNITS[row["goal"]]
    return labels.with_unit(labels.number(row[key], unit), unit)


def section(result: ExperimentResult) -> Section:
    """One row per mechanism: the number without it and with it."""
    import pandas as pd

    rows = result.tables["open-problems"].to_dict("records")
    symbols = _symbols()
    shown = pd.DataFrame(
        {
            "Mechanism": [Mechanism(row["mechanism"], symbols) for row in rows],
            "Economy": [labels.column(row["economy"]) for row in rows],
            "Without it": [_number(row, "without") for row in rows],
            "With it": [_number(row, "with") for row in rows],
        },
        index=pd.Index(
            [labels.capital(row["problem"]) for row in rows],
            name="Problem",
        ),
    )
    lead, *more = result.notes
    table = Table(shown, "Each number without the mechanism and with it")
    texts = [Text(note) for note in more]
    figures = [Figure(f, _CAPTION, _ALT) for f in result.figures.values()]
    return Section(STUDY.question, lead, [*figures, table, *texts], short="Mechanisms")


def _number(row: Mapping[str, Any], key: str) -> Number:
    """The number and, where the unit says more than its name, that in small print."""
    unit, of = figure.unit_of(row["unit"])
    text = labels.number(row[key], unit)
    return Number(labels.with_unit(text, unit), below=of)


def _symbols() -> dict[str, str]:
    """LaTeX of every parameter of the core economy."""
    from ...models.core import core_economy

    return {
        p.name: p.latex
        for p in core_economy(("safe", "risky"), redistribution=True).parameters
    }
