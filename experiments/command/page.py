"""The report page from the results of its experiments."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..._version import __version__
from ..registry import Experiment
from ..report.economy import economy_section
from ..report.index import index_section
from ..report.page import Figure, Section, Table, Text, report_html, write_report
from ..report.results import ExperimentResult, save_result
from ..report.shortfalls import shortfalls
from ..report.talk_table import talk_result, talk_section
from .manifest import git_revision

TITLE = "Safe or risky? Two models of US Treasurys, solved"

# The study whose section is among the first, and not folded.
SCOREBOARD = "scoreboard"
# A table longer than this is folded away until the reader opens it.
_LONG = 25


class ReportPage:
    """A page that grows: a folded section per experiment, in the order they are added.

    Before them stand the table of the talk, the scoreboard and what is not delivered,
    as far as they are measured; after them the economy and the index of files. Each
    section of an experiment is drawn once, when it is first written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._revision = git_revision() or "installed"
        self._topics: dict[str, Section] = {}
        self._records: dict[str, Sequence[Mapping[str, Any]]] = {}
        self._drawn: dict[str, tuple[Section, str]] = {}
        self._vintages: set[str] = set()
        self._solved: Mapping[str, Any] = {}
        self._talk: list[Path] = []

    def add(
        self, entry: Experiment, result: ExperimentResult, files: Sequence[Path] = ()
    ) -> None:
        """Add the section of an experiment; ``files`` hold its result."""
        make = entry.section or plain_section(entry)
        self._topics[entry.name] = replace(
            make(result),
            name=entry.name,
            folded=entry.name != SCOREBOARD,
            files=[f.relative_to(self.path.parent).as_posix() for f in files],
            command=f"fiscax run {entry.name}",
        )
        self._records |= result.records
        if entry.name == "regimes":
            self._solved = result.parameters
        if result.data_vintage:
            self._vintages.add(str(result.data_vintage))

    def write_talk(self) -> list[Path]:
        """Write the cells of the talk's table as files, which the index then lists."""
        found = talk_result(self._records)
        if found is not None:
            self._talk = save_result(found, self.path.parent, "talk")
        return self._talk

    def write(self, notice: str = "") -> Path:
        """Write what is there; a page without a ``notice`` is finished."""
        parts = [f"fiscax {__version__}", f"source {self._revision}"]
        parts += [f"data {vintage}" for vintage in sorted(self._vintages)]
        parts.append("every number of this page is in the JSON and CSV files beside it")
        page = report_html(
            TITLE,
            self._sections(finished=not notice),
            subtitle="Every cell is computed: which model a reader holds decides what "
            "the same fiscal news does to yields.",
            footer=" · ".join(parts),
            notice=notice,
            drawn=self._drawn,
        )
        return write_report(self.path, page)

    def _sections(self, finished: bool) -> list[Section]:
        topics = [s for n, s in self._topics.items() if n != SCOREBOARD]
        economy = []
        if self._solved and finished:
            own = economy_section(self._solved)
            economy = [replace(own, name="economy", folded=True)]
        talk = talk_section(self._records, self._topics)
        if talk is not None and self._talk:
            names = [f.relative_to(self.path.parent).as_posix() for f in self._talk]
            talk = replace(talk, files=names, command="fiscax report")
        made = [talk] if talk is not None else []
        index = index_section([*made, *self._topics.values()])
        first = [
            talk,
            self._topics.get(SCOREBOARD),
            shortfalls(self._records),
        ]
        return [
            *(s for s in first if s is not None),
            *topics,
            *economy,
            *([index] if index is not None else []),
        ]


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
