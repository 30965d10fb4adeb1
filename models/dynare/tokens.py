"""Tokens of Dynare files, with the line each one stands on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..declaration import DeclarationError

_PATTERN = re.compile(
    r"""
    (?P<blank>\s+)
  | (?P<comment>//[^\n]*|%[^\n]*|/\*.*?\*/)
  | (?P<open_comment>/\*)
  | (?P<macro>@\#|@\{)
  | (?P<latex>\$[^$\n]*\$)
  | (?P<string>'[^'\n]*'|"[^"\n]*")
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?)
  | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
  | (?P<sign>==|!=|<=|>=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
END = "end of the file"


class DynareFileError(DeclarationError):
    """A Dynare file outside the documented subset, or wrong in itself."""


@dataclass(frozen=True)
class Token:
    """``kind`` is name, number, string, latex, sign or end; ``text`` as written."""

    kind: str
    text: str
    line: int


@dataclass
class Tokens:
    """The tokens of a file and the place that was reached."""

    file: str
    tokens: list[Token]
    place: int = 0

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
            raise self.error(token, f"expected '{text}', found '{token.text}'")
        return token

    def name(self, what: str) -> Token:
        """Read a name; an error that asks for ``what`` if none comes."""
        token = self.take()
        if token.kind != "name":
            raise self.error(token, f"expected {what}, found '{token.text}'")
        return token

    def error(self, where: Token | int, message: str) -> DynareFileError:
        """An error that names the file and the line."""
        line = where if isinstance(where, int) else where.line
        return DynareFileError(f"{self.file}, line {line}: {message}")


def tokens_of(text: str, file: str) -> Tokens:
    """Split the text of a file into tokens, without blanks and comments.

    Raises
    ------
    DynareFileError
        Macro directives, or a comment that never ends.
    """
    found = Tokens(file, [])
    line = 1
    for match in _PATTERN.finditer(text):
        kind, content = match.lastgroup or "", match.group()
        if kind == "macro":
            raise found.error(
                line,
                f"macro directive '{content}': expand macros first with "
                "'dynare FILE savemacro' and read the file it writes",
            )
        if kind == "open_comment":
            raise found.error(line, "the comment '/*' is never closed by '*/'")
        if kind not in ("blank", "comment"):
            found.tokens.append(Token(kind, content, line))
        line += content.count("\n")
    found.tokens.append(Token("end", END, line))
    return found
