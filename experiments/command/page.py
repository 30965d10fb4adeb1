"""The report page from the results of its experiments."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..._version import __version__
from ..registry import Experiment
from ..report.economy import economy_section
from ..report.page import Figure, Section, Table, Text, write_report
from ..report.regime_table import shortfalls
from ..report.results import ExperimentResult
from .manifest import git_revision

TITLE = "Safe or risky? Two models of US Treasurys, solved"

# A table longer than this is folded away until the reader opens it.
_LONG = 25


def write_page(
    path: Path, entries: Sequence[Experiment], results: Mapping[str, ExperimentResult]
) -> Path:
    """Write the page: one section per experiment, in the given order."""
    sections = []
    for entry in entries:
        result = results[entry.name]
        sections.append((entry.section or plain_section(entry))(result))
        if "regimes" in result.records:
            sections += [s for s in [shortfalls(result.records["regimes"])] if s]
    solved = results["regimes"].parameters if "regimes" in results else {}
    if solved:
        sections.append(economy_section(solved))
    vintages = {str(r.data_vintage) for r in results.values() if r.data_vintage}
    parts = [f"fiscax {__version__}", f"source {git_revision() or 'installed'}"]
    parts += [f"data {vintage}" for vintage in sorted(vintages)]
    parts.append("every number of this page is in the JSON and CSV files beside it")
    return write_report(
        path,
        TITLE,
        sections,
        subtitle="Every cell is computed: which model a reader holds decides what "
        "the same fiscal news does to yields.",
        footer=" · ".join(parts),
    )


def plain_section(entry: Experiment):
    """Section of an experiment that brings none: question, notes, figures, tables."""

    def make(result: ExperimentResult) -> Section:
        lead, *more = result.notes or [""]
        figures = [
            Figure(figure, caption=name, alt=f"{entry.question} Figure {name}.")
            for name, figure in result.figures.items()
        ]
        tables = [
            Table(frame, caption=name, collapsed=len(frame) > _LONG)
            for name, frame in result.tables.items()
        ]
        texts = [Text(note) for note in more]
        return Section(entry.question, lead, [*figures, *tables, *texts])

    return make
