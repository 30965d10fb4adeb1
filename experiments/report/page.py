"""A self-contained HTML page: no network, inline SVG and style sheet, fit to print."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .blocks import Block, Figure, KeyNumbers, Table, Text, inline

__all__ = ["Figure", "KeyNumbers", "Section", "Table", "Text", "write_report"]

STYLE = Path(__file__).with_name("report.css")


@dataclass(frozen=True)
class Section:
    """A part of the page: its title, one opening paragraph, and its blocks in order.

    ``short`` is the title in the table of contents, where it is another one. Blank
    lines separate the paragraphs of ``lead``.
    """

    title: str
    lead: str
    blocks: Sequence[Block] = field(default_factory=list)
    short: str = ""


def write_report(
    path: Path,
    title: str,
    sections: Sequence[Section],
    *,
    subtitle: str = "",
    footer: str = "",
    notice: str = "",
    drawn: dict[str, str] | None = None,
) -> Path:
    """Write the page.

    Parameters
    ----------
    path
        The HTML file.
    title, subtitle, footer
        Heading of the page, the line below it, and the line at its end (version,
        revision, date of the data).
    sections
        Parts of the page in order. The first screen belongs to the first section's
        first table: give it ``first=True``.
    notice
        A line at the top of a page that is not finished.
    drawn
        HTML of sections by anchor, taken and added: a page that grows draws each once.
    """
    known = {} if drawn is None else drawn
    for k, section in enumerate(sections):
        if _anchor(section, k) not in known:
            known[_anchor(section, k)] = _section(section, k)
    body = "\n".join(known[_anchor(section, k)] for k, section in enumerate(sections))
    entries = "".join(
        f'<li><a href="#{_anchor(s, k)}">{html.escape(s.short or s.title)}</a></li>'
        for k, s in enumerate(sections)
    )
    below = f'<p class="subtitle">{inline(subtitle)}</p>' if subtitle else ""
    if notice:
        below += f'\n<p role="status"><strong>{inline(notice)}</strong></p>'
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>
{STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<header>
<h1>{html.escape(title)}</h1>
{below}
<nav aria-label="Sections"><ol>{entries}</ol></nav>
</header>
<main>
{body}
</main>
<footer><p>{inline(footer)}</p></footer>
</body>
</html>
"""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Replaced at once: a browser may open a growing page at any time.
    part = path.with_name(f"{path.name}.part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)
    return path


def _section(section: Section, number: int) -> str:
    anchor = _anchor(section, number)
    blocks = "\n".join(
        block.html(f"{anchor}-{k}") for k, block in enumerate(section.blocks)
    )
    parts = [part for part in section.lead.split("\n\n") if part.strip()]
    lead = "\n".join(f'<p class="lead">{inline(part)}</p>' for part in parts)
    return (
        f'<section id="{anchor}"><h2>{html.escape(section.title)}</h2>\n'
        f"{lead}\n{blocks}\n</section>"
    )


def _anchor(section: Section, number: int) -> str:
    words = re.findall(r"[a-z0-9]+", section.title.lower())
    return "-".join([f"s{number + 1}", *words[:4]])
