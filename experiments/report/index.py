"""The index of a page: every file beside it, and the command that makes it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from .cells import Rich, cell_frame
from .page import Section, Table, file_link

# Heading of a column, and the endings of the files in it.
_KINDS = {
    "Figures": (".svg", ".png"),
    "CSV": (".csv",),
    "JSON": (".json",),
    "Other": (),
}


@dataclass(frozen=True)
class Links(Rich):
    """Links to files, one a line."""

    names: Sequence[str]

    def html(self) -> str:
        """HTML of the links; a dash where there is none."""
        return "<br>".join(map(file_link, self.names)) or "–"


@dataclass(frozen=True)
class Topic(Rich):
    """A section by its short title, as a link to it, and the command below."""

    section: Section

    def html(self) -> str:
        """HTML of the link and the command."""
        title = html.escape(self.section.short or self.section.title)
        link = f'<a href="#{self.section.name}">{title}</a>'
        return f"{link}<br><code>{html.escape(self.section.command)}</code>"


def index_section(sections: Sequence[Section]) -> Section | None:
    """Files of the sections by kind; None where none has files."""
    found = [s for s in sections if s.files]
    if not found:
        return None
    known = {ending for endings in _KINDS.values() for ending in endings}
    columns = {
        kind: [
            Links(
                [
                    name
                    for name in s.files
                    if PurePath(name).suffix in endings
                    or (not endings and PurePath(name).suffix not in known)
                ]
            )
            for s in found
        ]
        for kind, endings in _KINDS.items()
    }
    frame = cell_frame(columns, [Topic(s) for s in found], "Section and command")
    count = sum(len(s.files) for s in found)
    return Section(
        "Index of figures and files",
        f"{count} files lie beside this page; `manifest.json` has a fingerprint of "
        "each, parameters, seed and versions. `fiscax reproduce` makes them again and "
        "compares every number.",
        [
            Table(
                frame,
                "Every figure, CSV and JSON, and the command that makes it",
                wrapped=True,
            )
        ],
        short="Files",
        name="files",
        folded=True,
    )
