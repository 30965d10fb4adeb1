"""The table of the talk as a page shows it: two verdicts a cell, numbers beneath."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from .. import talk
from ..claims import Verdict
from . import labels
from .cells import badge, inline
from .page import Section
from .results import ExperimentResult, filled

Record = Mapping[str, Any]

# Verdict -> sign, word and style: none of the three is the only one to tell.
_SIGNS = {
    str(Verdict.DELIVERED): ("✓", "yes", "delivered"),
    str(Verdict.CONTRADICTED): ("✕", "no", "contradicted"),
    str(Verdict.ZERO): ("○", "too small", "zero"),
    str(Verdict.TOO_IMPRECISE): ("?", "cannot tell", "too-imprecise"),
}
_NONE = ("–", "", "silent")
_WHO = {"": "model", "record_": "record"}
_HEADS = {"safe": "Safe debt", "risky": "Risky debt"}
NOTE = (
    "In each cell: what the talk says; whether the solved **model** says so, with its "
    "number and the bound of its error; whether the **record** says so, with its "
    "number and two standard errors. ✓ yes, ✕ no, ○ too small to count, ? the error "
    "leaves both answers open, – no number. A verdict in brackets does not count: a "
    "parameter was chosen or estimated for the number, or it could not be another one. "
    "A cell opens the section that its number is from; point at a verdict for what was "
    "asked of it. Safe debt is held against 1998–2019, risky debt against the years "
    "since 2022, where the record knows the years."
)


def talk_section(files: talk.Files, there: Collection[str]) -> Section | None:
    """The table as a section, from what is measured so far; None where nothing is.

    ``files`` are records by the name of their file, ``there`` names of sections.
    """
    if not files.get("regimes"):
        return None
    found = talk.cells(files)
    return Section(
        "What the talk says, what the solved models say, what the record says",
        _lead(found),
        [TalkTable(found, there)],
        short="The talk's table",
        name="talk",
    )


def talk_result(files: talk.Files) -> ExperimentResult | None:
    """The cells as ``talk.csv`` and ``talk.json``; None where nothing is measured.

    One row per row of the talk and side: what the talk says, then value, unit, bound,
    claim, tolerance, verdict, counted, note, study and source of the model, and the
    same of the record as ``record_...``.
    """
    if not files.get("regimes"):
        return None
    found = talk.cells(files)
    return ExperimentResult(tables={"talk": filled(found)}, records={"talk": found})


def _lead(found: Sequence[Record]) -> str:
    """What the cells add up to."""
    models = Counter(r["verdict"] for r in found)
    record = Counter(r["record_verdict"] for r in found)
    yes, small = str(Verdict.DELIVERED), str(Verdict.ZERO)
    no, open_ = str(Verdict.CONTRADICTED), str(Verdict.TOO_IMPRECISE)
    own = sum(r["verdict"] == yes and r["counted"] for r in found)
    rest = {"cannot tell": models[open_], "not measured yet": models[None]}
    more = "".join(f"; {n} {words}" for words, n in rest.items() if n)
    return (
        f"Of {len(found)} cells the solved model says so in **{models[yes]}** ({own} "
        "without a parameter chosen for the number, and not by construction) and "
        f"does not in **{models[no] + models[small]}**{more}. The record says so in "
        f"**{record[yes]}**, does not in {record[no] + record[small]}, leaves "
        f"{record[open_]} open and has no number for {record[None]}."
    )


@dataclass(frozen=True)
class TalkTable:
    """Cells as ``talk.cells`` gives them; ``there`` are the sections of the page."""

    cells: Sequence[Record]
    there: Collection[str]

    def html(self, key: str) -> str:
        """HTML of the table and its note.

        Roles are said, since on a narrow screen its rows are no longer laid out as
        those of a table.
        """
        heads = "".join(
            f'<th scope="col" role="columnheader" class="{side}">{text}</th>'
            for side, text in _HEADS.items()
        )
        rows = "".join(
            f'<tr role="row"><th scope="row" role="rowheader">{html.escape(asks)}</th>'
            f"{''.join(map(self._cell, own))}</tr>\n"
            for asks, own in groupby(self.cells, key=lambda r: r["row"])
        )
        return (
            f'<div class="table" id="{key}"><table class="talk" role="table" '
            'aria-label="What the talk says of safe and of risky debt">'
            '<thead role="rowgroup"><tr role="row"><th scope="col" '
            f'role="columnheader">Prediction</th>{heads}</tr></thead>'
            f'<tbody role="rowgroup">{rows}</tbody></table>'
            f'<p class="note">{inline(NOTE)}</p></div>'
        )

    def _cell(self, record: Record) -> str:
        said = f'<span class="says">{html.escape(record["says"])}</span>'
        inside = said + "".join(_spoken(record, who) for who in _WHO)
        if record["study"] in self.there:
            inside = f'<a class="opens" href="#{record["study"]}">{inside}</a>'
        else:
            inside = f'<span class="opens">{inside}</span>'
        return f'<td role="cell" class="{record["side"]}">{inside}</td>'


def _spoken(record: Record, who: str) -> str:
    """Verdict and number of the model, or of the record."""
    own = {n: record[who + n] for n in ("verdict", "value", "counted", "claim", "note")}
    sign, word, kind = _SIGNS.get(own["verdict"] or "", _NONE)
    text = f"{_WHO[who]}: {word}" if word else f"{_WHO[who]}: {own['note']}"
    if word and not own["counted"]:
        text, kind = f"({text})", f"{kind} aside"
    asked = f"asked for: {labels.claim(own['claim'])}" if own["claim"] else ""
    title = html.escape("; ".join(t for t in (asked, own["note"]) if t), quote=True)
    return (
        f'<span class="spoken" title="{title}">{badge(text, kind, sign)}'
        f'<span class="value">{inline(_number(record, who))}</span></span>'
    )


def _number(record: Record, who: str) -> str:
    """Number, bound and unit; empty where there is none."""
    value, unit, bound = (record[who + n] for n in ("value", "unit", "bound"))
    if value is None:
        return ""
    places = labels.decimals(value, unit)
    text = labels.fixed(value, unit, places)
    error = "" if bound is None else labels.fixed(bound, unit, places)
    if error.strip("0."):
        text += f" ± {error}"
    return labels.with_unit(text, unit)
