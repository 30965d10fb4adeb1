"""A self-contained HTML page: no network, inline SVG and style sheet, fit to print."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .blocks import Block, Figure, KeyNumbers, Table, Text, inline

__all__ = [
    "Figure",
    "KeyNumbers",
    "Section",
    "Table",
    "Text",
    "report_html",
    "write_report",
]

STYLE = Path(__file__).with_name("report.css")
SCRIPT = Path(__file__).with_name("report.js")
# Sentences of a folded section that stand before its tables.
SENTENCES = 3
# A sentence ends before a capital, a mark of stress or a number, or with a paragraph;
# not after an abbreviation or an initial.
_END = re.compile(
    r"(?<!\b[A-Za-z])(?<!\bs\.[de])(?<!\bvs)(?<!\bNo)(?<!\bcf)[.!?]"
    r"[)*]*(?:\s+(?=[A-Z0-9*`“]))|\n\n+"
)


@dataclass(frozen=True)
class Section:
    """A part of the page: its title, one opening paragraph, and its blocks in order.

    Attributes
    ----------
    short
        The title in the table of contents, where it is another one.
    lead
        Blank lines separate its paragraphs.
    name
        The anchor of a link to it; made of place and title where it is not given.
    folded
        Shown by its title until the reader opens it: a figure and three sentences
        first, then the other figures and the tables, at the end the rest of the text.
    files
        Names of the files that hold its numbers and figures, beside the page.
    command
        What makes these files.
    """

    title: str
    lead: str
    blocks: Sequence[Block] = field(default_factory=list)
    short: str = ""
    name: str = ""
    folded: bool = False
    files: Sequence[str] = ()
    command: str = ""


def write_report(path: Path, page: str) -> Path:
    """Write a page that ``report_html`` made; returns ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Replaced at once: a browser may open a growing page at any time.
    part = path.with_name(f"{path.name}.part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)
    return path


def report_html(
    title: str,
    sections: Sequence[Section],
    *,
    subtitle: str = "",
    footer: str = "",
    notice: str = "",
    drawn: dict[str, tuple[Section, str]] | None = None,
    style: str = "",
) -> str:
    """The page as HTML.

    Parameters
    ----------
    title, subtitle, footer
        Heading of the page, the line below it, and the line at its end (version,
        revision, date of the data).
    sections
        Parts of the page in order. The first screen belongs to the first section.
    notice
        A line at the top of a page that is not finished.
    drawn
        Sections with their HTML by anchor, taken and added: a page that grows draws
        each once.
    style
        Rules that follow those of the house.
    """
    known = {} if drawn is None else drawn
    written = []
    for k, section in enumerate(sections):
        found = known.get(_anchor(section, k))
        if found is None or found[0] is not section:
            found = known[_anchor(section, k)] = (section, _section(section, k))
        written.append(found[1])
    first, rest = written[0] if written else "", "\n".join(written[1:])
    entries = "".join(
        f'<li><a href="#{_anchor(s, k)}">{html.escape(s.short or s.title)}</a></li>'
        for k, s in enumerate(sections)
    )
    below = f'<p class="subtitle">{inline(subtitle)}</p>' if subtitle else ""
    if notice:
        below += f'\n<p role="status"><strong>{inline(notice)}</strong></p>'
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>
{STYLE.read_text(encoding="utf-8")}{style}</style>
</head>
<body>
<header>
<h1>{html.escape(title)}</h1>
{below}
</header>
<main>
{first}
<nav aria-label="Sections"><ol>{entries}</ol></nav>
{rest}
</main>
<footer><p>{inline(footer)}</p></footer>
<script>
{SCRIPT.read_text(encoding="utf-8")}</script>
</body>
</html>
"""


def _section(section: Section, number: int) -> str:
    anchor = _anchor(section, number)
    if section.folded:
        return _topic(section, anchor)
    blocks = _blocks(section.blocks, anchor)
    lead = "\n".join(f'<p class="lead">{inline(part)}</p>' for part in _parts(section))
    return (
        f'<section id="{anchor}"><h2>{html.escape(section.title)}</h2>\n'
        f"{lead}\n{blocks}\n{_made(section)}</section>"
    )


def _topic(section: Section, anchor: str) -> str:
    """A folded section; its anchor is inside, so that a link to it unfolds it."""
    figures = [b for b in section.blocks if isinstance(b, Figure)]
    shown = [b for b in section.blocks if not isinstance(b, Figure | Text)]
    texts = [b.text for b in section.blocks if isinstance(b, Text)]
    first, rest = opening("\n\n".join(_parts(section)))
    more = Text("\n\n".join([rest, *texts])).html("")
    words = (
        f'<details class="words"><summary>In more words</summary>{more}</details>\n'
        if more
        else ""
    )
    tables = sum(isinstance(b, Table) for b in shown)
    count = ", ".join(
        _counted(n, w) for n, w in ((len(figures), "figure"), (tables, "table")) if n
    )
    short = section.short or section.title
    return (
        f'<section class="topic"><details><summary><h2>{html.escape(short)}</h2> '
        f'<span class="asks">{html.escape(section.title)}</span> '
        f'<span class="rows">{count}</span></summary>\n<div id="{anchor}">\n'
        f"{_blocks(figures[:1], f'{anchor}-first')}\n"
        f'<p class="lead">{inline(first)}</p>\n'
        f"{_blocks([*figures[1:], *shown], anchor)}\n{words}{_made(section)}"
        "</div></details></section>"
    )


def opening(text: str, count: int = SENTENCES) -> tuple[str, str]:
    """The first sentences of a text, and the rest of it; paragraphs end sentences."""
    ends = [m.end() for m in _END.finditer(text)]
    if len(ends) < count:
        return text, ""
    place = ends[count - 1]
    return text[:place].strip(), text[place:].strip()


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _parts(section: Section) -> list[str]:
    return [part for part in section.lead.split("\n\n") if part.strip()]


def _blocks(blocks: Sequence[Block], anchor: str) -> str:
    return "\n".join(b.html(f"{anchor}-{k}") for k, b in enumerate(blocks))


def _made(section: Section) -> str:
    """The files of a section and the command that makes them."""
    if not section.files:
        return ""
    links = ", ".join(map(file_link, section.files))
    command = f"<code>{html.escape(section.command)}</code>"
    return f'<p class="made">{command} makes {links}.</p>'


def file_link(name: str) -> str:
    """Link to a file beside the page."""
    safe = html.escape(name, quote=True)
    return f'<a href="{safe}">{safe}</a>'


def _anchor(section: Section, number: int) -> str:
    if section.name:
        return section.name
    words = re.findall(r"[a-z0-9]+", section.title.lower())
    return "-".join([f"s{number + 1}", *words[:4]])
