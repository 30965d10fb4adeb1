"""The certificates as a page shows them: every printed number with its bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...calibration.economies.regimes import regime_name
from ..report import labels
from ..report.cells import Named, Number, cell_frame
from ..report.page import Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records
from . import STUDY

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, Any]

# Kind of number -> heading of its rows, and how its objects are called.
_KINDS: dict[str, tuple[str, Callable[[str], str]]] = {
    "value": ("Values of claims", labels.claimed),
    "rate": ("Rates by maturity", labels.rate),
    "beta": ("Betas and correlations", labels.quantity),
}
_COLUMNS = {
    "value": "value",
    "bound": "bound",
    "error_mean": "error, mean",
    "error_p99": "error, 99%",
}
_LEVELS = {
    "levels": "levels of the grid",
    "nodes": "nodes",
    "worst mean (log10)": "mean",
    "worst 99% (log10)": "99%",
    "worst 99.9% (log10)": "99.9%",
}
_NOTE = (
    "Values and rates are those of the resting point, bounds and errors in the unit of "
    "the number. A rate's bound is a 99th percentile over states; a beta's is no more "
    "than its distance to another grid. Beneath 0.0001 they are only said to be "
    "smaller. Estimates and resolvent norms are in "
    "certificates.csv; point at a name for its name there."
)


CERTIFICATES = (
    "Certificates. A value's bound is the resolvent applied to its absolute residual "
    "away from the nodes (the estimate: to the residual with its sign); its errors are "
    "residuals of one quarter. A rate's bound sums the residuals of its bond to "
    "maturity (99% over today's states, later residuals at their means, so that in "
    "extreme states it can fall short at one to two years); its errors are distances "
    "to another pricing grid with the same policies, as is the bound of a beta."
)


def result(findings: Findings, _: object = None) -> ExperimentResult:
    """What is written."""
    found = records(findings["certificates"])
    bounded = [r for r in found if r["bound"] is not None and r["kind"] == "value"]
    widest = max(bounded, key=lambda r: r["bound"] / abs(r["value"]))
    economies = dict.fromkeys(r["economy"] for r in found)
    lead = (
        f"{len(found)} numbers of {len(economies)} economies with their bounds. The "
        f"loosest value is that of {widest['object']} in the {widest['economy']} "
        f"economy: {widest['value']:.3f} times annual output, within "
        f"{widest['bound']:.1g}."
    )
    return ExperimentResult(
        tables={name: frame(data) for name, data in findings.data.items()},
        records={"certificates": found},
        notes=[lead, CERTIFICATES],
    )


def certificates_table(records: Sequence[Record]) -> Table:
    """Value, bound and errors of every number, regimes side by side; folded away."""
    rows = {(r["kind"], r["object"]): r["unit"] for r in records}
    order = [*_KINDS, *dict.fromkeys(kind for kind, _ in rows if kind not in _KINDS)]
    names = sorted(rows, key=lambda name: order.index(name[0]))
    found = {(r["kind"], r["object"], r["economy"], r["regime"]): r for r in records}
    columns: dict[tuple[str, str], list[Any]] = {
        ("", "Unit"): [labels.unit_cell(rows[name]) for name in names]
    }
    for economy, regime in dict.fromkeys((r["economy"], r["regime"]) for r in records):
        heading = labels.column(regime_name(economy, regime))
        own = [found.get((*name, economy, regime)) for name in names]
        for key, title in _COLUMNS.items():
            columns[heading, title] = [_cell(record, key) for record in own]
    left = [Named(_label(*name), name[1]) for name in names]
    shown = cell_frame(columns, left, "Quantity")
    return Table(
        shown,
        "Certificates: values, rates and betas with bounds of their errors",
        groups=[_KINDS[kind][0] if kind in _KINDS else kind for kind, _ in names],
        note=_NOTE,
        collapsed=True,
    )


def _label(kind: str, name: str) -> str:
    return _KINDS[kind][1](name) if kind in _KINDS else labels.quantity(name)


def _cell(record: Record | None, key: str) -> Number | None:
    if record is None or record[key] is None:
        return None
    printed = labels.number if key == "value" else labels.small
    return Number(printed(record[key], record["unit"]))


def section(result: ExperimentResult) -> Section:
    """Bounds of every number, and errors by grid."""
    lead, *more = result.notes
    blocks = [
        certificates_table(result.records["certificates"]),
        _levels(result.tables["levels"]),
        *(Text(note) for note in more),
    ]
    return Section(STUDY.question, lead, blocks, short="Certificates")


def _levels(frame: pd.DataFrame) -> Table:
    shown = frame.rename(columns=_LEVELS)
    return Table(
        shown,
        "Error of the worst equation by grid, risky debt, as powers of ten",
        formats=dict.fromkeys(("mean", "99%", "99.9%"), ".1f"),
        note="Levels are those of the seven states in turn.",
        collapsed=True,
    )
