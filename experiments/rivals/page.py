"""What tells explanations apart on a page: figure, rows, switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...calibration.economies.explanations import EXPLANATIONS
from ...calibration.economies.quantities import QUANTITIES
from ..claims import Claim
from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import pick, records
from ..tables import rows as chosen
from . import STUDY
from .figure import draw
from .study import BAND, SWITCHED

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, Any]
STRONGEST = "supply_and_rule"
_CAPTION = (
    "Explanations of how stocks and bonds move together, by what spending news does to "
    "the ten-year yield net of demand. A positive beta has more than one cause; a "
    "response to fiscal news has one."
)
_ALT = (
    "Dots for seven explanations: across, the response of the ten-year yield to fiscal "
    "news; up, the equity beta of the ten-year Treasury."
)
_APART = {"sign": "tells apart", "size": "by size", "no": "does not"}
_TIMES = {0.5: "half", 2.0: "twice"}
HOW = (
    "A row tells a rival from risky debt by sign, where one is positive and the other "
    "negative or too small to count, or by size, where the rival's number is below "
    f"{_TIMES[BAND[0]]} or above {_TIMES[BAND[1]]} that of risky debt. Rows on news "
    "are net of demand, as in the section on sticky prices; the real rate is after "
    "news that nobody has promised to pay for, gross. The plain economy has shocks to "
    "technology, spending, money and dividends and no friction but sticky prices."
)


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    import pandas as pd

    rows = {name: records(data) for name, data in findings.data.items()}
    found: dict[str, dict[str, float]] = {}
    for r in rows["rivals"]:
        found.setdefault(r["explanation"], {})[r["quantity"]] = r["value"]
    return ExperimentResult(
        tables={
            "rivals": rival_table(rows["rivals"]),
            "switches": pd.DataFrame(rows["switches"]),
        },
        records=rows,
        figures={"rivals": draw(found)},
        notes=[_lead(findings), HOW],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
    )


def rival_table(rows: Sequence[Record]) -> pd.DataFrame:
    """Explanations side by side, and which rivals each row tells from risky debt."""
    import pandas as pd

    lines: dict[str, dict[str, Any]] = {}
    for r in rows:
        line = lines.setdefault(
            r["quantity"], {"quantity": r["quantity"], "unit": r["unit"]}
        )
        line[r["explanation"]] = r["value"]
    for r in rows:
        if r["tells_apart"] is not None:
            lines[r["quantity"]][f"{r['explanation']} apart"] = r["tells_apart"]
    return pd.DataFrame(lines.values())


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, explanations by row, switches."""
    lead, *more = result.notes
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _explanations(result.records["rivals"]),
        *(Text(note) for note in more),
        _switches(result.records["switches"]),
    ]
    return Section(STUDY.question, lead, blocks, short="Rivals")


def _lead(findings: Findings) -> str:
    """Which rows tell the strongest rival from risky debt, and which do not."""
    own = chosen(findings["rivals"], explanation=STRONGEST)

    def names(apart: str) -> str:
        texts = [
            labels.quantity(r["quantity"]) for r in own if r["tells_apart"] == apart
        ]
        return "; ".join(t[:1].lower() + t[1:] for t in texts) or "none"

    beta = pick(
        findings["rivals"],
        "value",
        explanation=STRONGEST,
        quantity="bond_stock_beta_quarterly_10y",
    )
    return (
        "Supply shocks with the monetary rule of the 1980s make the ten-year bond's "
        f"equity beta {beta:+.2f} with debt that is safe. Rows that tell them "
        f"from risky debt by sign: {names('sign')}. By size only: "
        f"{names('size')}. Rows that do not: {names('no')}."
    )


def _explanations(records: Sequence[Record]) -> Table:
    import pandas as pd

    quantities = list(dict.fromkeys(r["quantity"] for r in records))
    names = list(dict.fromkeys(r["explanation"] for r in records))
    found = {(r["explanation"], r["quantity"]): r for r in records}
    columns: dict[str, list[Any]] = {}
    for name in names:
        heading = labels.capital(EXPLANATIONS[name].label)
        columns[heading] = [_number(found[name, q]) for q in quantities]
    columns["Unit"] = [labels.unit_cell(found[names[0], q]["unit"]) for q in quantities]
    index = [Named(labels.quantity(q), q) for q in quantities]
    frame = pd.DataFrame(
        columns, index=pd.Index(index, name="Quantity", dtype=object), dtype=object
    )
    return Table(
        frame,
        "Explanations, row by row",
        note="Below a rival's number: whether the row tells it from risky debt.",
    )


def _number(record: Record) -> Number:
    value = record["value"]
    text = labels.number(value + 0.0, record["unit"])
    apart = record["tells_apart"]
    return Number(text) if apart is None else Number(text, f"({_APART[apart]})")


def _switches(records: Sequence[Record]) -> Table:
    import pandas as pd

    columns = {
        Named(labels.quantity(name), name): [
            Number(labels.number(r[name] + 0.0, QUANTITIES[name].unit)) for r in records
        ]
        for name in SWITCHED
    }
    turned = {"Turns the beta": ["yes" if r["turned"] else "" for r in records]}
    frame = pd.DataFrame({**columns, **turned}, dtype=object)
    names = [labels.capital(r["switch"]) for r in records]
    frame.index = pd.Index(names, name="Switch", dtype=object)
    starts = {"plain": "plain, one switched on", "shipped": "as shipped, one changed"}
    return Table(
        frame,
        "Which shock or friction turns the comovement, and what it costs",
        groups=[
            f"{labels.column(r['economy'].removeprefix('sticky_'))}: "
            f"{starts[r['start']]}"
            for r in records
        ],
        note="First-order numbers. In the plain economy one shock or friction is "
        "switched on, in the shipped one it is switched off; purchases become "
        "transfers and taxes become distortionary in both.",
    )
