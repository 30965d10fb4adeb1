"""The macro language of Dynare files: directives ``@#...`` and ``@{...}``.

Expanded line by line, so that every token keeps the file and line it was written on.
Read are ``@#define`` (variables and functions), ``@#if``, ``@#ifdef``, ``@#ifndef``,
``@#elseif``, ``@#else``, ``@#for ... when``, ``@#include``, ``@#includepath``,
``@#echo`` and ``@#error``. Values are those of ``macro_values``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ...errors import user_path
from ..declaration import DeclarationError
from .macro_functions import MacroError, shown
from .macro_values import Function, Scope

_DIRECTIVE = re.compile(r"\s*@#\s*(?P<word>[A-Za-z]+)(?P<rest>.*)$", re.DOTALL)
_FOR = re.compile(
    r"\s*(?P<names>\w+|\(\s*\w+(\s*,\s*\w+)*\s*\))\s+in\s+(?P<over>.*)$", re.DOTALL
)
_WHEN = re.compile(r"\bwhen\b")
_DEFINE = re.compile(
    r"\s*(?P<name>[A-Za-z_]\w*)(?P<arguments>\([^()=]*\))?\s*(=(?P<value>.*))?$",
    re.DOTALL,
)
# What may hold signs that look like others: it is kept, or emptied if a comment.
_COMMENT = re.compile(
    r"(?P<kept>'[^'\n]*'|\"[^\"\n]*\"|@\{[^}\n]*\})|//[^\n]*|%[^\n]*|/\*.*?\*/",
    re.DOTALL,
)
_OPENS = {"if", "ifdef", "ifndef", "for"}
_DEEPEST, _MOST = 20, 1_000_000


class DynareFileError(DeclarationError):
    """A Dynare file outside the documented subset, or wrong in itself.

    ``problems`` are what is wrong, one text with its line each. ``resumes``: what comes
    next can be read as if nothing had been wrong.
    """

    def __init__(
        self, message: str, problems: tuple[str, ...] = (), resumes: bool = False
    ):
        super().__init__(message)
        self.problems = problems or (message,)
        self.resumes = resumes


class Line(NamedTuple):
    """A line of text, with the file (stem) and the number that it has there."""

    text: str
    file: str
    number: int


class _Node(NamedTuple):
    """A line, or a block of alternatives: (condition or loop, lines under it)."""

    line: Line
    word: str = ""
    branches: tuple[tuple[Line, list], ...] = ()


def expanded(text: str, file: str, folder: Path | None = None) -> list[Line]:
    """The lines of a file after all macros.

    Parameters
    ----------
    file : name for messages; folder : where ``@#include`` looks first.

    Raises
    ------
    DynareFileError
        A directive that is unknown, misplaced or never closed, a name without a value,
        a file that cannot be read, or the file's own ``@#error``.
    """
    lines = [Line(t, file, i) for i, t in enumerate(text.split("\n"), start=1)]
    if "@#" not in text and "@{" not in text:
        return lines
    processor = _Processor([folder or Path()])
    return list(processor.run(_source(text, file)))


def _source(text: str, file: str) -> list[Line]:
    """Lines without comments; directives that go on after a backslash are joined."""

    def emptied(match: re.Match) -> str:
        kept = match.group("kept")
        return kept if kept is not None else "\n" * match.group().count("\n")

    found: list[Line] = []
    joining = False
    for number, line in enumerate(_COMMENT.sub(emptied, text).split("\n"), start=1):
        goes_on = line.rstrip().endswith("\\")
        cut = line.rstrip()[:-1] if goes_on else line
        if joining:
            found[-1] = found[-1]._replace(text=found[-1].text + " " + cut)
        else:
            found.append(Line(cut, file, number))
        joining = goes_on and bool(_DIRECTIVE.match(found[-1].text))
        if goes_on and not joining:
            found[-1] = Line(line, file, number)
    return found


def _error(line: Line, message: str) -> DynareFileError:
    return DynareFileError(f"{line.file}, line {line.number}: {message}")


def _parsed(
    lines: Iterator[Line], opened: Line | None = None, end: str = ""
) -> list[_Node]:
    """Lines and blocks up to the ``end`` of the block that ``opened`` began."""
    found: list[_Node] = []
    for line in lines:
        match = _DIRECTIVE.match(line.text)
        word = match["word"] if match else ""
        if word in _OPENS:
            found.append(_block(line, word, lines))
        elif word in ("elseif", "else", "endif", "endfor"):
            if opened is None:
                raise _error(line, f"'@#{word}' closes nothing")
            found.append(_Node(line, "close"))
            return found
        else:
            found.append(_Node(line, word))
    if opened is not None:
        raise _error(opened, f"'{opened.text.strip()}' is never closed by '@#{end}'")
    return found


def _block(line: Line, word: str, lines: Iterator[Line]) -> _Node:
    branches: list[tuple[Line, list]] = []
    head, end = line, "endfor" if word == "for" else "endif"
    while True:
        body = _parsed(lines, line, end)
        closing = body.pop().line
        branches.append((head, body))
        match = _DIRECTIVE.match(closing.text)
        closed = match["word"] if match else ""
        if closed == end:
            return _Node(line, word, tuple(branches))
        if word == "for" or closed not in ("elseif", "else"):
            raise _error(closing, f"'@#{closed}' does not close '@#{word}'")
        head = closing


@dataclass
class _Processor:
    """Runs directives one after the other; variables are kept in ``scope``."""

    folders: list[Path]
    scope: Scope = field(default_factory=Scope)
    # Folders of the files that are being included, in which others may lie.
    beside: list[Path] = field(default_factory=list)
    count: int = 0

    def run(self, lines: list[Line]) -> Iterator[Line]:
        yield from self._nodes(_parsed(iter(lines)))

    def _nodes(self, nodes: list[_Node]) -> Iterator[Line]:
        for node in nodes:
            if not node.word:
                yield self._inline(node.line)
            elif node.word == "for":
                yield from self._loop(node)
            elif node.branches:
                yield from self._choice(node)
            else:
                yield from self._directive(node)

    def _inline(self, line: Line) -> Line:
        """Put values in the places of ``@{...}``."""
        self.count += 1
        if self.count > _MOST:
            raise _error(line, f"macros write more than {_MOST} lines")
        text, place = "", 0
        while True:
            start = line.text.find("@{", place)
            if start < 0:
                return line._replace(text=text + line.text[place:])
            end = line.text.find("}", start)
            if end < 0:
                raise _error(line, "'@{' is never closed by '}'")
            value = self._value(line, line.text[start + 2 : end])
            text += line.text[place:start] + shown(value)
            place = end + 1

    def _value(self, line: Line, text: str):
        try:
            return self.scope.value(text)
        except MacroError as problem:
            raise _error(line, f"macro '{text.strip()}': {problem}") from None

    def _truth(self, line: Line, text: str) -> bool:
        value = self._value(line, text)
        if isinstance(value, bool | float):
            return bool(value)
        raise _error(line, f"macro '{text.strip()}' is neither true nor false")

    def _choice(self, node: _Node) -> Iterator[Line]:
        for head, body in node.branches:
            match = _DIRECTIVE.match(head.text)
            assert match is not None
            word, rest = match["word"], match["rest"]
            if word in ("ifdef", "ifndef"):
                holds = self.scope.knows(rest.strip()) == (word == "ifdef")
            else:
                holds = word == "else" or self._truth(head, rest)
            if holds:
                yield from self._nodes(body)
                return

    def _loop(self, node: _Node) -> Iterator[Line]:
        ((head, body),) = node.branches
        match = _DIRECTIVE.match(head.text)
        parts = _FOR.match(match["rest"]) if match else None
        if parts is None:
            raise _error(head, "write '@#for name in values'")
        names = re.findall(r"\w+", parts["names"])
        over, *when = _WHEN.split(parts["over"], maxsplit=1)
        values = self._value(head, over)
        if not isinstance(values, list):
            raise _error(head, f"'{over.strip()}' is no array, so that nothing loops")
        kept = {n: self.scope.variables.get(n) for n in names}
        for value in values:
            try:
                self.scope.assign(names, value)
            except MacroError as problem:
                raise _error(head, str(problem)) from None
            if not when or self._truth(head, when[0]):
                yield from self._nodes(body)
        for name, value in kept.items():
            if value is not None:
                self.scope.variables[name] = value

    def _directive(self, node: _Node) -> Iterator[Line]:
        line, word = node.line, node.word
        match = _DIRECTIVE.match(line.text)
        assert match is not None
        rest = match["rest"].strip()
        if word == "define":
            self._define(line, rest)
        elif word == "include":
            yield from self._include(line, self._text(line, rest))
        elif word == "includepath":
            found = self._text(line, rest).split(":")
            self.folders += [self.folders[0] / p for p in found]
        elif word == "error":
            raise _error(line, f"the file says: {self._text(line, rest)}")
        elif word not in ("echo", "echomacrovars", "line"):
            raise _error(line, f"no macro directive '@#{word}'")

    def _text(self, line: Line, rest: str) -> str:
        value = self._value(line, rest)
        if not isinstance(value, str):
            raise _error(line, f"'{rest}' is no text in quotes")
        return value

    def _define(self, line: Line, rest: str) -> None:
        match = _DEFINE.match(rest)
        if match is None:
            raise _error(line, "write '@#define name = value'")
        text = match["value"]
        if match["arguments"] is not None:
            names = re.findall(r"\w+", match["arguments"])
            self.scope.functions[match["name"]] = Function(names, (text or "").strip())
        else:
            value = True if text is None else self._value(line, text)
            self.scope.variables[match["name"]] = value

    def _include(self, line: Line, name: str) -> Iterator[Line]:
        if len(self.beside) >= _DEEPEST:
            raise _error(line, f"'{name}' includes itself")
        names = [name] if Path(name).suffix else [name, name + ".mod"]
        folders = list(dict.fromkeys([*self.folders, *self.beside]))
        tried = [f / n for f in folders for n in names]
        path = next((p for p in tried if p.is_file()), None)
        if path is None:
            places = ", ".join(map(str, folders))
            raise _error(line, f"'{name}' is included and not found in {places}")
        with user_path(path):
            text = path.read_text(encoding="utf-8-sig", errors="replace")
        self.beside.append(path.parent)
        yield from self.run(_source(text, path.name))
        self.beside.pop()
