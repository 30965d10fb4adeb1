"""Statements of the host language (MATLAB) between those of Dynare: skipped, noted.

They compute or print and change nothing in the model, unless they assign parameters;
those that do are refused. Names that they assign are remembered, so that a later use is
refused with the line on which the name was computed.
"""

from __future__ import annotations

from collections.abc import Collection

from .tokens import Token, Tokens

BLOCKS = frozenset({"for", "if", "while", "switch", "try", "parfor", "function"})
# Blocks of Dynare, which end with ``end`` as well.
_DYNARE = frozenset({"model", "initval", "endval", "shocks", "steady_state_model"})
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")


def not_run(name: str, line: int) -> str:
    """What is said of a name that the host language computes."""
    return (
        f"'{name}' is computed by the host language on line {line}, which is not run; "
        "assign a number"
    )


def skip_statement(tokens: Tokens, first: Token) -> list[Token]:
    """Read to the end of a statement: a semicolon, a comma or the end of its line.

    ``first`` is its first token, which may have been read.

    Returns
    -------
    The tokens that were read.
    """
    found: list[Token] = []
    depth = int(first.text in _OPENING and first.kind == "sign")
    start = tokens.place
    row = first.row
    while tokens.next.kind != "end":
        if depth == 0 and tokens.next.row != row:
            return found
        token = tokens.take()
        found.append(token)
        if token.kind == "sign":
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if depth == 0 and token.text in (";", ","):
            return found
        row = token.row
    if depth > 0:
        # A bracket that is never closed: the line is all that is skipped.
        tokens.place = start
        row = first.row
        found = []
        while tokens.next.kind != "end" and tokens.next.row == row:
            found.append(tokens.take())
    return found


def skip_block(tokens: Tokens, keyword: Token) -> list[Token]:
    """Read from behind ``keyword`` to the ``end`` that closes it; as above.

    Raises
    ------
    DynareFileError
        The block is never closed.
    """
    found: list[Token] = []
    depth, inside = 1, 0
    while depth:
        token = tokens.take()
        if token.kind == "end":
            raise tokens.error(keyword, f"'{keyword.text}' is never closed by 'end'")
        found.append(token)
        if token.kind == "sign":
            inside += (token.text in _OPENING) - (token.text in _CLOSING)
        if token.kind != "name" or inside > 0:
            continue
        word = token.text.lower()
        if token.text in BLOCKS or (word in _DYNARE and tokens.next.text in (";", "(")):
            depth += 1
        elif word == "end":
            depth -= 1
    tokens.accept(";")
    return found


def assigned(tokens: Collection[Token]) -> list[Token]:
    """Names that a stretch of host language assigns, where they stand."""
    every = list(tokens)
    found: list[Token] = []
    depth, first = 0, 0
    for i, token in enumerate(every):
        if token.kind == "sign":
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        new_row = i > 0 and token.row != every[i - 1].row
        if depth == 0 and (token.text in (";", ",") or new_row):
            first = i + (token.text in (";", ","))
        if depth == 0 and token.text == "=" and token.kind == "sign":
            left = every[first:i]
            if left and left[0].text == "[":
                found += [t for t in left if t.kind == "name"]
            else:
                found += [t for t in left if t.kind == "name"][:1]
    return found
