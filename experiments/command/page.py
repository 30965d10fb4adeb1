"""The report page from the results of its experiments."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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


class ReportPage:
    """A page that grows: one section per experiment, in the order they are added.

    Each section is drawn once, when it is first written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sections: list[Section] = []
        self._drawn: dict[str, str] = {}
        self._vintages: set[str] = set()
        self._solved: Mapping[str, Any] = {}

    def add(self, entry: Experiment, result: ExperimentResult) -> None:
        """Add the section of an experiment."""
        make = entry.section or plain_section(entry)
        self._sections.append(make(result))
        if "regimes" in result.records:
            found = shortfalls(result.records["regimes"])
            self._sections += [found] if found else []
        if entry.name == "regimes":
            self._solved = result.parameters
        if result.data_vintage:
            self._vintages.add(str(result.data_vintage))

    def write(self, notice: str = "") -> Path:
        """Write what is there; a page without a ``notice`` is finished."""
        sections = list(self._sections)
        if self._solved and not notice:
            sections.append(economy_section(self._solved))
        parts = [f"fiscax {__version__}", f"source {git_revision() or 'installed'}"]
        parts += [f"data {vintage}" for vintage in sorted(self._vintages)]
        parts.append("every number of this page is in the JSON and CSV files beside it")
        return write_report(
            self.path,
            TITLE,
            sections,
            subtitle="Every cell is computed: which model a reader holds decides what "
            "the same fiscal news does to yields.",
            footer=" · ".join(parts),
            notice=notice,
            drawn=self._drawn,
        )


def write_page(
    path: Path, entries: Sequence[Experiment], results: Mapping[str, ExperimentResult]
) -> Path:
    """Write the page: one section per experiment, in the given order."""
    page = ReportPage(path)
    for entry in entries:
        page.add(entry, results[entry.name])
    return page.write()


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
