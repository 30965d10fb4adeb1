"""The scoreboard: every claim of the talk, with the numbers that judge it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..registry import EXPERIMENTS, ExperimentContext, experiment, shared_result
from ..report.cells import Named, Number
from ..report.results import ExperimentResult, filled
from ..slide_claims import SUFFIX

if TYPE_CHECKING:
    import pandas as pd

    from ..report.page import Section

QUESTION = "Which claims of the talk hold, in the models and in the data?"
# In the order of the talk.
TALK = (
    "convenience",
    "stock-bond",
    "episodes",
    "fiscal-news",
    "mini-budget",
    "lsap",
    "two-minds",
    "regime-index",
    "equivalence",
)


def gathered(results: Sequence[ExperimentResult]) -> list[dict[str, Any]]:
    """Claims of several results, in their order."""
    return [
        record
        for result in results
        for name, records in result.records.items()
        if name.endswith(SUFFIX)
        for record in records
    ]


def counted(records: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many claims have each verdict, by name."""
    return dict(Counter(r["verdict"] for r in records))


def scoreboard_frame(records: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The table as printed: claim, safe, risky, data, verdict."""
    import pandas as pd

    from ..report import labels

    def side(record: dict[str, Any], name: str) -> Number | str:
        value, note = record[name], record[f"{name}_note"]
        if value is None:
            return note
        judged = record[f"{name}_verdict"] or ""
        text = labels.number(value, record["unit"])
        return Number(text, below=note, label=judged, mark=judged)

    rows = [
        {
            "Safe": side(r, "safe"),
            "Risky": side(r, "risky"),
            "Data": side(r, "data"),
            "Verdict": labels.capital(r["verdict"]),
        }
        for r in records
    ]
    # A unit may be printed in another: shares as percent.
    units = [labels.unit(r["unit"]).short or r["unit"] for r in records]
    claims = [
        Named(r["claim"], r["key"], u) for r, u in zip(records, units, strict=True)
    ]
    index = pd.Index(claims, name="Claim", dtype=object)
    return pd.DataFrame(rows, index=index, dtype=object)


def _section(result: ExperimentResult) -> Section:
    from ..report import labels
    from ..report.page import Section, Table, Text

    records = result.records["scoreboard"]
    frame = scoreboard_frame(records)
    groups = [labels.capital(labels.words(r["experiment"])) for r in records]
    table = Table(
        frame,
        "Claims of the talk in its order",
        groups=groups,
        wrapped=True,
        note="The file scoreboard.csv also says what removes each mechanism, and what "
        "is left without it.",
    )
    lead, *more = result.notes
    return Section(
        QUESTION, lead, [table, *(Text(n) for n in more)], short="Scoreboard"
    )


@experiment("scoreboard", question=QUESTION, order=5.8, section=_section)
def scoreboard(context: ExperimentContext) -> ExperimentResult:
    """Gather the claims of every experiment of the talk; runs those not yet run."""
    names = [name for name in TALK if name in EXPERIMENTS]
    records = gathered([shared_result(context, name) for name in names])
    return ExperimentResult(
        tables={"scoreboard": filled(records)},
        records={"scoreboard": records},
        notes=[_lead(records), HOW],
    )


HOW = (
    "A verdict follows from the numbers: each claim says what safe debt, risky debt "
    "and the record should show (zero, a sign, a share above or below one half) and "
    "within which tolerance. *Not delivered* names the models that do not show it."
)


def _lead(records: Sequence[dict[str, Any]]) -> str:
    models = Counter(r["verdict"].split(";")[0].split(" (")[0] for r in records)
    data = Counter(r["verdict"].split("; ")[1] for r in records)
    return (
        f"Of {len(records)} claims the models deliver {models['delivered']} and fail "
        f"{models['not delivered']}; the record agrees with {data['data agree']}, "
        f"disagrees with {data['data disagree']}, cannot tell in "
        f"{data['data cannot tell']} and is silent on {data['no data']}."
    )
