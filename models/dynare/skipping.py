"""Statements that change nothing in the model: skipped, noted, or refused."""

from __future__ import annotations

import difflib
import re

from ..declaration import not_found
from . import host
from .contents import Contents
from .macros import DynareFileError
from .tokens import Token
from .words import (
    REFUSED,
    REFUSED_BLOCKS,
    SILENT,
    SKIPPED,
    SKIPPED_BLOCKS,
    SKIPPED_LINES,
)

_ENDS_OR_OPENS = frozenset(
    {"end", "model", "initval", "endval", "shocks", "steady_state_model", "histval"}
)
# As alike a word must be to one of the language to be a misspelt one.
_ALIKE = 0.8


class Skipping(Contents):
    """Reads what no part of the model follows from."""

    def _other(self, token: Token) -> None:
        """A statement that is skipped, or refused with what to do instead."""
        word = token.text.lower()
        advice = REFUSED.get(word)
        if advice is not None:
            if word in REFUSED_BLOCKS and self.tokens.next.text in (";", "("):
                host.skip_block(self.tokens, token)
            raise self.tokens.error(token, f"'{token.text}' is not read: {advice}")
        if token.text in host.BLOCKS:
            self._host_block(token)
        elif word in SKIPPED_BLOCKS and self.tokens.next.text in (";", "("):
            self.skipped.append(token)
            while True:
                last = self.tokens.take()
                if last.kind == "end":
                    raise self.tokens.error(
                        token, f"'{word}' is never closed by 'end;'"
                    )
                if last.text == "end" and self.tokens.accept(";"):
                    break
        elif word in SKIPPED and self.tokens.next.text != ".":
            self._skip(token)
        elif token.text in SKIPPED_LINES or self.tokens.next.text in (".", "(", "{"):
            self._called(token)
        elif self._of_host(token):
            self._host(token)
        else:
            problem = self._unknown(token)
            if self._block_of(token):
                host.skip_block(self.tokens, token)
                raise DynareFileError(str(problem), resumes=True)
            raise problem

    def _external_function(self, keyword: Token) -> None:
        """``external_function(name = f);``, which equations cannot use."""
        self.external.add(self._settings(keyword).get("name", ""))
        self._skip(keyword)

    def _block_of(self, token: Token) -> bool:
        """Whether a misspelt word opens a block, which has entries before its end."""
        if self.tokens.next.text != ";" or not self._near(token, _ALIKE):
            return False
        after = [self.tokens.ahead(k) for k in range(1, len(self.tokens.tokens))]
        ends = (t.text.lower() for t in after if t.text.lower() in _ENDS_OR_OPENS)
        return next(ends, "") == "end"

    def _of_host(self, token: Token) -> bool:
        """A script that is called by its name, or a value that is shown."""
        known = token.text in self.numbers.lost or token.text in self.numbers.values
        if known and token.text not in self.declared:
            return True
        # Behind the first results nothing that is misspelt changes them.
        alike = _ALIKE + 0.05 if self.simulated else 0.6
        return self._alone(token) and not self._near(token, alike)

    def _alone(self, token: Token) -> bool:
        """Whether a word is a statement by itself."""
        after = self.tokens.next
        return after.text == ";" or after.kind == "end" or after.row != token.row

    def _near(self, token: Token, alike: float = 0.6) -> bool:
        """Whether a word looks like a statement of the language."""
        known = [*self.statements, *SKIPPED, *REFUSED]
        return bool(difflib.get_close_matches(token.text.lower(), known, 1, alike))

    def _unknown(self, token: Token) -> DynareFileError:
        known = [*self.statements, *SKIPPED, *REFUSED]
        return self.tokens.error(token, not_found("statement", token.text, known))

    def _called(self, token: Token) -> None:
        """A call or an assignment of the host language."""
        called = self.tokens.next.text == "(" and token.text not in SKIPPED_LINES
        if called and self._near(token, _ALIKE):
            raise self._unknown(token)
        self._host(token)

    def _host(self, token: Token) -> None:
        """Skip a statement of the host language; remember what it assigns."""
        found = [token, *host.skip_statement(self.tokens, token)]
        text = "".join(t.text for t in found)
        if re.match(r"M_\.(params|Sigma_e|H)\b.*[^=~<>]=[^=]", text):
            raise self.tokens.error(
                token,
                f"'{text.rstrip(';')}' changes the model in the host language, which "
                "is not run; assign 'name = value;'",
            )
        self.skipped.append(token)
        self._forget(host.assigned(found), token)

    def _host_block(self, token: Token) -> None:
        found = host.skip_block(self.tokens, token)
        inside = [t for t in found if t.text.lower() in ("shocks", "model", "initval")]
        inside = [t for t in inside if not self.simulated]
        if inside:
            raise self.tokens.error(
                inside[0],
                f"'{inside[0].text}' stands inside '{token.text}' (line {token.line}), "
                "which is not run; write the block outside",
            )
        self.skipped.append(token)
        self._forget(host.assigned(found), token)

    def _forget(self, names: list[Token], statement: Token) -> None:
        """Names that the host language computes; parameters must not be among them."""
        for token in names:
            if token.text not in self.parameters:
                self.numbers.forget(token)
            elif self.simulated:
                # The first results of the file are those at the values before.
                self.notes.append(
                    f"{token.text} is assigned by the host language on line "
                    f"{token.line}, which is not run: solved at the value before."
                )
            else:
                self.numbers.values.pop(token.text, None)
                self.numbers.lost[token.text] = token

    def _stoch_simul(self, keyword: Token) -> None:
        """Options are not followed; those that change numbers are named."""
        self.simulated.append(keyword)
        options = self._settings(keyword)
        self._skip(keyword)
        asked = {n: v for n, v in options.items() if n.lower() in ("order", "irf")}
        if asked.get("order", "1") != "1" or asked.get("irf", "40") != "40":
            text = ", ".join(f"{n}={v}" if v else n for n, v in asked.items())
            self.notes.append(
                f"stoch_simul on line {keyword.line} asks for {text}: set --order and "
                "--horizon for that."
            )
        other = [
            f"{n}={v}" if v else n
            for n, v in options.items()
            if n.lower() not in SILENT
        ]
        if other:
            self.notes.append(
                f"Options of stoch_simul on line {keyword.line} that are not followed: "
                f"{', '.join(other)}."
            )
