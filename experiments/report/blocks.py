"""The blocks of a report page and their HTML: tables, figures, text, key numbers."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from .cells import (
    ECONOMIES,
    cell,
    economy,
    economy_class,
    format_cell,
    inline,
    is_number,
    label_html,
    missing,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as MplFigure

# Columns beyond which a table is set smaller, to fit the page.
MANY = 7


@dataclass(frozen=True)
class Text:
    """Paragraphs, separated by blank lines; ``code``, **strong** and *stress*."""

    text: str

    def html(self, _: str) -> str:
        """HTML of the paragraphs."""
        parts = [part for part in self.text.split("\n\n") if part.strip()]
        return "\n".join(f"<p>{inline(part)}</p>" for part in parts)


@dataclass(frozen=True)
class KeyNumbers:
    """A few numbers in large type.

    ``numbers`` holds (label, value, unit) or (label, value, unit, economy), the last
    one of safe, risky, switching, data: it gives the number's colour.
    """

    numbers: Sequence[tuple[str, Any, str] | tuple[str, Any, str, str]]

    def html(self, _: str) -> str:
        """HTML of the row of numbers."""
        cells = []
        for label, value, unit, *owner in self.numbers:
            kind = f" {owner[0]}" if owner and owner[0] in ECONOMIES else ""
            number = f"<b>{format_cell(value)}</b> <span>{inline(unit)}</span>"
            cells.append(
                f'<div class="key{kind}"><dt>{inline(label)}</dt>'
                f"<dd>{number}</dd></div>"
            )
        return f'<dl class="keys">{"".join(cells)}</dl>'


@dataclass(frozen=True)
class Figure:
    """A matplotlib figure with its caption; ``alt`` says in words what it shows."""

    figure: "MplFigure"
    caption: str
    alt: str

    def html(self, key: str) -> str:
        """HTML with the figure as inline SVG."""
        # Matplotlib is slow to import, and a page of tables draws nothing.
        from .figures import saved_svg

        return (
            f'<figure id="{key}">{inline_svg(saved_svg(self.figure), key, self.alt)}'
            f"<figcaption>{inline(self.caption)}</figcaption></figure>"
        )


@dataclass(frozen=True)
class Table:
    """A data frame with its caption.

    Attributes
    ----------
    frame
        The rows; the index is shown when it is labelled. Columns that are tuples (a
        MultiIndex) make a header of two rows. Labels and values may be ``Rich``.
    caption
        What the table shows, with the sample and the size of the shock.
    units
        Column -> unit, set below the column's name.
    formats
        Column -> format of its numbers, such as ".2f" or "+.1f"; without one a number
        has three significant digits.
    groups
        One heading per row; neighbours with the same one stand below it together.
    note
        Small print below the table.
    collapsed
        Show only the caption until the reader opens it: for long tables.
    first
        The table of the first screen: its header stays in view.
    wrapped
        Long texts: the rows' labels take a third of the page, the columns share the
        rest, and every cell breaks its lines.
    """

    frame: "pd.DataFrame"
    caption: str
    units: Mapping[Any, str] = field(default_factory=dict)
    formats: Mapping[Any, str] = field(default_factory=dict)
    groups: Sequence[str] = ()
    note: str = ""
    collapsed: bool = False
    first: bool = False
    wrapped: bool = False

    def html(self, key: str) -> str:
        """HTML of the table; ``key`` is its anchor."""
        kinds = [k for k in ("first", "wrapped") if getattr(self, k)]
        kinds += ["many"] if len(self.frame.columns) > MANY else []
        kind = f' class="{" ".join(kinds)}"' if kinds else ""
        note = f'<p class="note">{inline(self.note)}</p>' if self.note else ""
        table = (
            f"<table{kind}><thead>{self._head()}</thead>"
            f"<tbody>{self._body()}</tbody></table>"
        )
        caption = f'<span class="caption">{inline(self.caption)}</span>'
        if self.collapsed:
            rows = f'<span class="rows">{len(self.frame)} rows</span>'
            return (
                f'<details class="table" id="{key}"><summary>{caption} {rows}</summary>'
                f'<div class="scroll">{table}</div>{note}</details>'
            )
        return (
            f'<div class="table" id="{key}"><p>{caption}</p>'
            f'<div class="scroll">{table}</div>{note}</div>'
        )

    def _labelled(self) -> bool:
        import pandas as pd

        index = self.frame.index
        return not isinstance(index, pd.RangeIndex) or index.name is not None

    def _head(self) -> str:
        columns = list(self.frame.columns)
        # The upper row of a two-row header: neighbours of the same group share a cell.
        groups = [c[0] if isinstance(c, tuple) else "" for c in columns]
        upper = ""
        if any(groups):
            upper = "<td></td>" if self._labelled() else ""
            start = 0
            for stop in range(1, len(groups) + 1):
                if stop == len(groups) or groups[stop] != groups[start]:
                    name = label_html(groups[start])
                    kind = economy_class(groups[start])
                    inside = f"<span>{name}</span>" if name else ""
                    upper += f'<th colspan="{stop - start}"{kind}>{inside}</th>'
                    start = stop
            upper = f'<tr class="group">{upper}</tr>'
        cells = [f'<th scope="col">{label_html(self.frame.index.name or "")}</th>']
        cells = cells if self._labelled() else []
        return f"{upper}<tr>{''.join(cells + [self._header(c) for c in columns])}</tr>"

    def _header(self, column: Any) -> str:
        label = column[-1] if isinstance(column, tuple) else column
        unit = self.units.get(column, self.frame.attrs.get("units", {}).get(column, ""))
        small = f'<span class="unit">{html.escape(unit)}</span>' if unit else ""
        kind = "number" if self._is_number(column) else ""
        kinds = f"{kind} {economy(label)}".strip()
        attribute = f' class="{kinds}"' if kinds else ""
        return f'<th scope="col"{attribute}>{label_html(label)}{small}</th>'

    def _body(self) -> str:
        rows = []
        formats = [self.formats.get(c, "") for c in self.frame.columns]
        width = len(formats) + self._labelled()
        group = ""
        for k, (name, row) in enumerate(
            zip(
                self.frame.index,
                self.frame.itertuples(index=False, name=None),
                strict=True,
            )
        ):
            if self.groups and self.groups[k] != group:
                group = self.groups[k]
                rows.append(
                    f'<tr class="family"><th colspan="{width}" scope="colgroup">'
                    f"<span>{inline(group)}</span></th></tr>"
                )
            head = (
                f'<th scope="row">{label_html(name)}</th>' if self._labelled() else ""
            )
            cells = [cell(v, f) for v, f in zip(row, formats, strict=True)]
            rows.append(f"<tr>{head}{''.join(cells)}</tr>")
        return "\n".join(rows)

    def _is_number(self, column: Any) -> bool:
        values = [v for v in self.frame[column].tolist() if not missing(v)]
        return bool(values) and all(is_number(v) for v in values)


class Block(Protocol):
    """What stands in a section; ``key`` is its anchor."""

    def html(self, key: str, /) -> str:
        """HTML of the block."""
        ...


def inline_svg(svg: str, key: str, alt: str) -> str:
    """SVG for the inside of a page: no prologue, names that cannot meet another's."""
    start = svg.index("<svg")
    body = svg[start:]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', body)
    body = re.sub(r'(xlink:href|href)="#([^"]+)"', rf'\1="#{key}-\2"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", body)
    body = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", body, count=1)
    # Never wider than drawn, so that its letters stay as large as those of the page.
    size = r'(<svg[^>]*?) width="([^"]*)"'
    body = re.sub(size, r'\1 style="max-width: \2"', body, count=1)
    label = html.escape(alt, quote=True)
    return body.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
