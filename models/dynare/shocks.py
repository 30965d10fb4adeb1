"""The block ``shocks`` of a Dynare file: standard deviations, covariances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import sympy as sp

from ..declaration import not_found
from .expressions import Expressions, Scope
from .tokens import Token, Tokens

Pair = tuple[str, str]


@dataclass
class ShockEntries:
    """Entries as they were read; a later entry replaces an earlier one.

    ``keep`` fixes the numbers that an entry has where it stands. ``measurement`` holds
    variances of measurement errors by observed variable, ``linked`` what links them,
    by pair: ``var`` and a covariance, or ``corr`` and a correlation.
    """

    tokens: Tokens
    keep: Callable[[sp.Expr, int], sp.Expr]
    deviations: dict[str, sp.Expr] = field(default_factory=dict)
    variances: dict[str, sp.Expr] = field(default_factory=dict)
    covariances: dict[Pair, sp.Expr] = field(default_factory=dict)
    correlations: dict[Pair, sp.Expr] = field(default_factory=dict)
    measurement: dict[str, sp.Expr] = field(default_factory=dict)
    linked: dict[Pair, tuple[str, sp.Expr]] = field(default_factory=dict)

    def read(
        self,
        names: list[str],
        variables: list[str],
        scope: Scope,
        stretches: Callable[[str], None],
    ) -> None:
        """Read ``var e; stderr x;``, ``var e = x;``, ``var e, u = x;`` or ``corr``.

        ``stretches`` reads ``periods`` and ``values`` of the shock it is given.

        Raises
        ------
        DynareFileError
            A shock that is not declared.
        """
        keyword = self.tokens.name("'var' or 'corr'")
        word = keyword.text.lower()
        if word not in ("var", "corr"):
            raise self.tokens.error(
                keyword, f"expected 'var' or 'corr', found '{keyword.text}'"
            )
        first = self._shock(names, variables)
        if self.tokens.accept(","):
            pair = _pair(first, self._shock(names, variables))
            self.tokens.expect("=")
            value = self._value(scope)
            if first in variables:
                self._link(word, pair, value, keyword)
                return
            self._set_pair(word, pair, value, keyword)
        elif word == "corr":
            raise self.tokens.error(keyword, "'corr' needs two shocks: corr e, u = x;")
        elif self.tokens.accept("="):
            value = self._value(scope)
            if first in variables:
                self.measurement[first] = value
                return
            self.deviations.pop(first, None)
            self.variances[first] = value
        else:
            self._deviation(first, first in variables, scope, stretches)

    def _deviation(
        self,
        name: str,
        observed: bool,
        scope: Scope,
        stretches: Callable[[str], None],
    ) -> None:
        self.tokens.expect(";")
        if self.tokens.next.text.lower() == "periods":
            if observed:
                raise self.tokens.error(
                    self.tokens.next, f"'{name}' is a variable: shocks have values"
                )
            stretches(name)
            return
        token = self.tokens.name("'stderr'")
        word = token.text.lower()
        if word != "stderr":
            raise self.tokens.error(token, f"expected 'stderr', found '{token.text}'")
        value = self._value(scope)
        if observed:
            self.measurement[name] = value**2
            return
        self.deviations[name] = value
        self.variances[name] = value**2

    def _link(self, word: str, pair: Pair, value: sp.Expr, where: Token) -> None:
        """A covariance or correlation of two measurement errors."""
        if pair[0] == pair[1]:
            raise self.tokens.error(
                where, f"two variables are needed, '{pair[0]}' is named twice"
            )
        self.linked[pair] = (word, value)

    def _set_pair(self, word: str, pair: Pair, value: sp.Expr, where: Token) -> None:
        if pair[0] == pair[1]:
            raise self.tokens.error(
                where, f"two shocks are needed, '{pair[0]}' is named twice"
            )
        own, other = (
            (self.correlations, self.covariances)
            if word == "corr"
            else (self.covariances, self.correlations)
        )
        other.pop(pair, None)
        own[pair] = value

    def _shock(self, names: list[str], variables: list[str]) -> str:
        token = self.tokens.name("the name of a shock")
        if token.text not in names and token.text not in variables:
            raise self.tokens.error(token, not_found("shock", token.text, names))
        return token.text

    def _value(self, scope: Scope) -> sp.Expr:
        line = self.tokens.next.line
        value = Expressions(self.tokens, scope).read()
        self.tokens.expect(";")
        return self.keep(value, line)

    def errors(self) -> tuple[dict[Pair, sp.Expr], list[Pair]]:
        """Covariances of measurement errors, and links of errors without variances."""
        found = {(n, n): v for n, v in self.measurement.items()}
        lost = []
        for pair, (word, value) in self.linked.items():
            if not set(pair) <= set(self.measurement):
                lost.append(pair)
                continue
            one, two = (self.measurement[n] for n in pair)
            found[pair] = value * sp.sqrt(one * two) if word == "corr" else value
        return found, lost

    def covariance(self, names: list[str]) -> tuple[tuple[sp.Expr, ...], ...]:
        """Covariance of the shocks in the order of ``names``."""
        deviations = {n: sp.sqrt(v) for n, v in self.variances.items()}
        deviations |= self.deviations
        entries = {(n, n): v for n, v in self.variances.items()} | self.covariances
        for (one, two), value in self.correlations.items():
            product = deviations.get(one, sp.S.Zero) * deviations.get(two, sp.S.Zero)
            entries[one, two] = sp.sympify(value * product)
        return tuple(
            tuple(entries.get(_pair(one, two), sp.S.Zero) for two in names)
            for one in names
        )


def _pair(one: str, two: str) -> Pair:
    return (one, two) if one <= two else (two, one)
