"""Tokens of Dynare files, with the line each one stands on."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field

from .macros import DynareFileError, Line

_PATTERN = re.compile(
    r"""
    (?P<blank>\s+)
  | (?P<comment>//[^\n]*|%[^\n]*|/\*.*?\*/|\.\.\.[^\n]*)
  | (?P<open_comment>/\*)
  | (?P<latex>\$[^$\n]*\$)
  | (?P<string>'[^'\n]*'|"[^"\n]*")
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?)
  | (?P<bounded>_\|_|\u27c2)
  | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
  | (?P<sign>==|!=|~=|<=|>=|&&|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)
END = "end of the file"
# Between an equation and the bound of a variable, as one sign of the language.
BOUNDED = "_|_"
# What editors and web pages put in the place of plain signs.
_PLAIN = {
    **dict.fromkeys("\N{HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}", "-"),
    **dict.fromkeys(
        "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}", "'"
    ),
    **dict.fromkeys(
        "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", '"'
    ),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", " "),
    "\N{MULTIPLICATION SIGN}": "*",
    "\N{DOT OPERATOR}": "*",
    "\N{MIDDLE DOT}": "*",
    "\N{DIVISION SIGN}": "/",
    **{chr(code + 0xFEE0): chr(code) for code in range(33, 127)},
}


@dataclass(frozen=True)
class Token:
    """``kind`` is name, number, string, latex, sign or end; ``text`` as written.

    ``row`` counts lines after macros, ``line`` is that of the file it was written in.
    """

    kind: str
    text: str
    line: int
    file: str = ""
    row: int = 0


@dataclass
class Tokens:
    """The tokens of a file and the place that was reached."""

    file: str
    tokens: list[Token]
    place: int = 0
    problems: list[DynareFileError] = field(default_factory=list)

    @property
    def next(self) -> Token:
        """The token that has not been read yet."""
        return self.tokens[self.place]

    def ahead(self, distance: int) -> Token:
        """The token ``distance`` places after the next one."""
        return self.tokens[min(self.place + distance, len(self.tokens) - 1)]

    def take(self) -> Token:
        """Read a token."""
        token = self.next
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def accept(self, text: str) -> bool:
        """Read the sign or word ``text`` if it comes next."""
        token = self.next
        found = token.kind in ("sign", "name") and token.text.lower() == text
        if found:
            self.take()
        return found

    def expect(self, text: str) -> Token:
        """Read the sign or word ``text``; an error if something else comes."""
        token = self.next
        if not self.accept(text):
            if (
                text == ";"
                and self.place
                and self.tokens[self.place - 1].row < token.row
            ):
                raise self.unfinished()
            raise self.error(token, f"expected '{text}', found '{token.text}'")
        return token

    def unfinished(self) -> DynareFileError:
        """An error about a line that no semicolon closes; the next can be read."""
        last = self.tokens[self.place - 1]
        found = self.error(last, f"';' is missing behind '{last.text}'")
        return DynareFileError(str(found), resumes=True)

    def name(self, what: str) -> Token:
        """Read a name; an error that asks for ``what`` if none comes."""
        token = self.take()
        if token.kind != "name":
            raise self.error(token, f"expected {what}, found '{token.text}'")
        return token

    def text(self, key: Token) -> str:
        """Read the text in quotes that belongs to ``key``; an error if none comes."""
        token = self.take()
        if token.kind != "string":
            raise self.error(token, f"'{key.text}' needs a text in quotes")
        return token.text[1:-1]

    def error(self, where: Token, message: str) -> DynareFileError:
        """An error that names the file and the line."""
        file = where.file or self.file
        return DynareFileError(f"{file}, line {where.line}: {message}")


def tokens_of(text: str | list[Line], file: str) -> Tokens:
    """Split a text, or lines after macros, into tokens without blanks and comments.

    Raises
    ------
    DynareFileError
        A comment that never ends.
    """
    lines = text
    if isinstance(lines, str):
        lines = [Line(t, file, i) for i, t in enumerate(lines.split("\n"), start=1)]
    whole = "\n".join(line.text for line in lines)
    found = _split(whole, lines, file)
    strange = [t for t in found.tokens if t.kind == "sign" and _is_strange(t.text[0])]
    if strange:
        letters = {t.text: f"u{ord(t.text):04X}" for t in strange if t.text.isalpha()}
        plain = whole.translate(str.maketrans({**letters, **_PLAIN}))
        found = _split(plain, lines, file)
        told = set()
        for token in strange:
            if (token.line, token.text) not in told:
                told.add((token.line, token.text))
                found.problems.append(found.error(token, _strange(token.text)))
        found.tokens = [
            t for t in found.tokens if t.kind != "sign" or not _is_strange(t.text[0])
        ]
    return found


def _is_strange(sign: str) -> bool:
    return ord(sign) > 127 or ord(sign) < 32


def _split(whole: str, lines: list[Line], file: str) -> Tokens:
    found = Tokens(file, [])
    starts = [0]
    for line in lines[:-1]:
        starts.append(starts[-1] + len(line.text) + 1)

    joined: dict[int, int] = {}

    def token(kind: str, content: str, start: int) -> Token:
        row = bisect_right(starts, start) - 1
        line = lines[row]
        return Token(kind, content, line.number, line.file, joined.get(row, row))

    for match in _PATTERN.finditer(whole):
        kind, content = match.lastgroup or "", match.group()
        if kind == "bounded":
            kind, content = "sign", BOUNDED
        if kind == "open_comment":
            where = token(kind, content, match.start())
            raise found.error(where, "the comment '/*' is never closed by '*/'")
        if kind == "comment" and content.startswith("..."):
            # A statement of the host language goes on in the next line.
            row = token(kind, content, match.start()).row
            joined[bisect_right(starts, match.start())] = row
        if kind not in ("blank", "comment"):
            found.tokens.append(token(kind, content, match.start()))
    found.tokens.append(token("end", END, max(len(whole), starts[-1])))
    return found


def _strange(sign: str) -> str:
    """A sign that is not of the language, by its code point."""
    name = unicodedata.name(sign, "a sign without a name")
    plain = _PLAIN.get(sign)
    if plain is None:
        advice = "use letters, digits and signs of ASCII outside comments and texts"
    elif plain == " ":
        advice = "delete it (it cannot be seen)"
    else:
        advice = f"write {plain}"
    return f"the sign U+{ord(sign):04X} ({name}) is not of the language; {advice}"
