"""The table of claims as printed, and what its verdicts add up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..claims import Claim, Verdict, tally, tally_sentence
from ..report import labels
from ..report.cells import Linked, Named, Number, cell_frame
from ..report.page import Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records
from . import STUDY

if TYPE_CHECKING:
    import pandas as pd

HOW = (
    "A verdict follows from the numbers and from the bounds of their errors (two "
    "standard errors of the record and of simulations, where they are known): each "
    "claim says what safe debt, risky debt and the record should show (zero, a sign, a "
    "share above or below one half) and within which tolerance. *Not delivered* names "
    "the models that do not show it; *too imprecise* those whose bound leaves both "
    "answers open. *Not counted* are numbers that a chosen or estimated parameter "
    "brings out, by its name, and those that are true by construction."
)


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written: one row per claim."""
    del judged  # The claims are those of other studies.
    rows = records(findings["scoreboard"])
    lead = tally_sentence(r["verdict"] for r in rows)
    return ExperimentResult(
        tables={"scoreboard": frame(findings["scoreboard"])},
        records={"scoreboard": rows},
        notes=[lead, HOW],
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: verdicts by study, every claim, and how to read them."""
    rows = result.records["scoreboard"]
    table = Table(
        scoreboard_frame(rows),
        "Every claim of the talk, in its order",
        groups=[labels.study(r["experiment"]) for r in rows],
        wrapped=True,
        collapsed=True,
        note="The file scoreboard.csv also says what removes each mechanism, and what "
        "is left without it.",
    )
    lead, *more = result.notes
    blocks = [tally_table(rows), table, *(Text(n) for n in more)]
    return Section(STUDY.question, lead, blocks, short="Scoreboard")


# Verdict of the models, or of the record, and the heading of its count.
_MODELS = {
    "delivered": "delivered",
    "not delivered": "not delivered",
    "too imprecise": "too imprecise",
    "not counted": "not counted",
    "not judged in the models": "not judged",
}
_RECORD = {
    "data agree": "agrees",
    "data disagree": "disagrees",
    "data cannot tell": "cannot tell",
    "no data": "is silent",
}


def tally_table(rows: Sequence[dict[str, Any]]) -> Table:
    """How many claims of every study have which verdict; the last row is their sum."""
    studies = list(dict.fromkeys(r["experiment"] for r in rows))
    own = [[r["verdict"] for r in rows if r["experiment"] == s] for s in studies]
    counts = [tally(verdicts) for verdicts in (*own, [r["verdict"] for r in rows])]
    columns: dict[Any, list[int]] = {
        ("", "Claims"): [*map(len, own), len(rows)],
        **{("The models", h): [m[k] for m, _ in counts] for k, h in _MODELS.items()},
        **{("The record", h): [d[k] for _, d in counts] for k, h in _RECORD.items()},
    }
    names: list[Any] = [Linked(labels.study(s), s) for s in studies]
    frame = cell_frame(columns, [*names, "All of them"], "Section")
    return Table(frame, "Claims of the talk by section and verdict")


def _side(record: dict[str, Any], name: str) -> Number | str:
    """A number with the bound of its error, its note and its verdict."""
    value, note = record[name], record[f"{name}_note"]
    if value is None:
        return note
    judged = record[f"{name}_verdict"] or ""
    bound = record.get(f"{name}_bound")
    error = "" if bound is None else f"(±{labels.number(bound, record['unit'])})"
    mark = "zero" if judged == Verdict.TOO_IMPRECISE else judged
    if judged and record.get(f"{name}_counted") is False:
        mark = "matched"
    text = labels.number(value, record["unit"])
    return Number(text, error, below=note, label=judged, mark=mark)


def scoreboard_frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The table as printed: claim, safe, risky, data, verdict."""
    import pandas as pd

    lines = [
        {
            "Safe": _side(r, "safe"),
            "Risky": _side(r, "risky"),
            "Data": _side(r, "data"),
            "Verdict": labels.capital(r["verdict"]),
        }
        for r in rows
    ]
    # A unit may be printed in another: shares as percent.
    units = [labels.unit(r["unit"]).short or r["unit"] for r in rows]
    claims = [Named(r["claim"], r["key"], u) for r, u in zip(rows, units, strict=True)]
    index = pd.Index(claims, name="Claim", dtype=object)
    return pd.DataFrame(lines, index=index, dtype=object)
