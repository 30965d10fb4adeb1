"""What stands in a cell of a report: numbers, verdicts, names, formulas, text."""

import html
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .math import formula

if TYPE_CHECKING:
    import pandas as pd

# Shown as a sign and a word, so that colour is never the only bearer of a verdict.
VERDICTS = {"delivered": "✓", "contradicted": "✕", "zero": "○", "too imprecise": "?"}

ECONOMIES = ("safe", "risky", "switching", "data")


class Rich(ABC):
    """A value of a table that brings its own HTML."""

    kind = ""

    @abstractmethod
    def html(self) -> str:
        """HTML of the inside of the cell."""


@dataclass(frozen=True)
class Named(Rich):
    """A name for people; ``code`` is the name in the JSON and CSV files, a tooltip."""

    text: str
    code: str = ""
    detail: str = ""

    def html(self) -> str:
        """HTML with the code name as a tooltip."""
        more = f'<span class="unit">{inline(self.detail)}</span>' if self.detail else ""
        if not self.code or self.code == self.text:
            return inline(self.text) + more
        title = html.escape(self.code, quote=True)
        return f'<span class="name" title="{title}">{inline(self.text)}</span>{more}'

    def __str__(self) -> str:
        """The name for people."""
        return self.text


@dataclass(frozen=True)
class Linked(Rich):
    """A link to a section of the page, by the section's name."""

    text: str
    name: str

    def html(self) -> str:
        """HTML of the link."""
        return (
            f'<a href="#{html.escape(self.name, quote=True)}">{inline(self.text)}</a>'
        )

    def __str__(self) -> str:
        """The text of the link."""
        return self.text


@dataclass(frozen=True)
class Formula(Rich):
    """Mathematics, given as LaTeX."""

    latex: str
    display: bool = False

    def html(self) -> str:
        """HTML of the formula."""
        return formula(self.latex, self.display)


@dataclass(frozen=True)
class Number(Rich):
    """A number set already: its error beside it in small print, more of it below.

    ``label`` marks it in words, ``mark`` names the style of that label.
    """

    text: str
    error: str = ""
    below: str = ""
    label: str = ""
    mark: str = ""

    kind = "number"

    def html(self) -> str:
        """HTML of the label, the number, its error and the line below."""
        label = badge(self.label, self.mark) + " " if self.label else ""
        error = f' <small class="error">{inline(self.error)}</small>'
        below = f'<span class="unit">{inline(self.below)}</span>'
        return "".join(
            [
                label,
                html.escape(self.text),
                error if self.error else "",
                below if self.below else "",
            ]
        )


@dataclass(frozen=True)
class ByRegime(Rich):
    """A value for every regime of an economy: "safe 1.5, risky 0.3"."""

    values: Mapping[str, float]

    kind = "number"

    def html(self) -> str:
        """HTML with three significant digits."""
        parts = [f"{k} {format_cell(v)}" for k, v in self.values.items()]
        return html.escape(", ".join(parts))

    def __str__(self) -> str:
        """The same with every digit, for files."""
        return ", ".join(f"{k} {v!r}" for k, v in self.values.items())


def badge(text: str, kind: str, sign: str = "") -> str:
    """A coloured label that says in words, and with a sign, what its colour says."""
    before = f'<span aria-hidden="true">{sign}</span> ' if sign else ""
    return f'<span class="verdict {kind}">{before}{html.escape(text)}</span>'


def cell(value: Any, spec: str = "") -> str:
    """One table cell: a number, a verdict, a text, or a dash where nothing applies."""
    if isinstance(value, Rich):
        kind = f' class="{value.kind}"' if value.kind else ""
        return f"<td{kind}>{value.html()}</td>"
    if isinstance(value, str) and value in VERDICTS:
        name = value.replace(" ", "-")
        return f"<td>{badge(value, name, VERDICTS[value])}</td>"
    number = is_number(value)
    kind = ' class="number"' if number or missing(value) else ""
    text = format_cell(value, spec)
    return f"<td{kind}>{text if number else inline(text)}</td>"


def format_cell(value: Any, spec: str = "") -> str:
    """Text of a value: real minus signs, three significant digits without a format."""
    if missing(value):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    if spec:
        text = format(value, spec)
    elif isinstance(value, int):
        text = str(value)
    else:
        text = _three_digits(value)
    if not text.strip("+-0."):
        # A rounded zero loses its sign: it would claim more than the digits say.
        text = text.lstrip("+-")
    return text.replace("-", "\N{MINUS SIGN}")


def _three_digits(value: float) -> str:
    if value == 0.0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if -4 <= size < 6:
        return f"{value:.{max(2 - size, 0)}f}"
    return f"{value:.2e}"


def cell_frame(
    columns: Mapping[Any, Sequence[Any]], names: Sequence[Any], title: str
) -> "pd.DataFrame":
    """Cells by column, as a table takes them.

    Parameters
    ----------
    columns : heading, or pair of headings, to cells from top to bottom.
    names : what stands left of every row; ``title`` stands above them.
    """
    import pandas as pd

    left = pd.Index(list(names), name=title, dtype=object)
    return pd.DataFrame(dict(columns), left, dtype=object)


def is_number(value: Any) -> bool:
    """Whether a value is set as a number, on the right."""
    if isinstance(value, Rich):
        return value.kind == "number"
    return isinstance(value, int | float) and not isinstance(value, bool)


def missing(value: Any) -> bool:
    """Whether a value stands for nothing, whatever library it is from."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or type(value).__name__ in {"NAType", "NaTType"}


def economy(label: Any) -> str:
    """Class that colours a header, when its label names an economy."""
    words = re.findall(r"[a-z]+", str(label).lower())
    return next((name for name in ECONOMIES if name in words), "")


def economy_class(label: Any) -> str:
    """``class`` attribute of a header that may name an economy."""
    name = economy(label)
    return f' class="{name}"' if name else ""


def label_html(label: Any) -> str:
    """HTML of a row's or column's label."""
    return label.html() if isinstance(label, Rich) else inline(str(label))


def inline(text: str) -> str:
    """Escaped text in which ``code``, **strong** and *stress* are marked."""
    safe = html.escape(text)
    safe = re.sub(r"`+([^`]+)`+", r"<code>\1</code>", safe)
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe)
    return re.sub(r"\*([^*\s][^*]*)\*", r"<em>\1</em>", safe)
