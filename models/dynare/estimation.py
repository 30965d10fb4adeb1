"""What a Dynare file estimates: ``estimated_params``, its starts and bounds, trends.

``NAME``, ``stderr NAME`` or ``corr NAME, NAME``, then the start with or without bounds,
then a prior: family, mean, standard deviation, and what the family takes beside. Sizes
of shocks and of measurement errors that are estimated become parameters of the model,
``stderr_NAME`` and ``corr_NAME_NAME``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

import sympy as sp

from ..declaration import DeclarationError, fixed, not_found
from ..general import estimation
from ..general.estimation import FAMILIES, Estimated, Prior
from .estimation_statement import EstimationStatements
from .expressions import Expressions
from .plans import EstimatedEntry
from .tokens import Token

_SUFFIX = "_pdf"
_REFUSED = {
    "dsge_prior_weight": "a DSGE-VAR is not estimated here",
    "dirichlet_pdf": "this family is not read",
}


class Estimations(EstimationStatements):
    """Reads the blocks of an estimation. What cannot be read is told who estimates."""

    def _estimation_statements(self) -> dict[str, Callable[[Token], None]]:
        readers = {
            "estimated_params": self._read_estimated,
            "estimated_params_init": self._read_start,
            "estimated_params_bounds": self._read_bounds,
            "estimated_params_remove": self._read_removed,
            "observation_trends": self._read_trend,
        }
        blocks = {
            word: partial(self._estimation_block, read=read)
            for word, read in readers.items()
        }
        return {**blocks, "estimation": self._read_statement}

    def _estimation_block(self, keyword: Token, read: Callable[[], None]) -> None:
        """A block, whose problems do not matter to those who only solve."""
        settings = self._settings(keyword)
        kept, self.problems = self.problems, []
        self._opened()
        self._each(keyword, read)
        self.not_estimated += [text for p in self.problems for text in p.problems]
        self.problems = kept
        if "use_calibration" in settings:
            for name, entry in self.estimated.items():
                self.estimated[name] = replace(entry, initial=None, at_value=True)

    def _estimated_key(self) -> EstimatedEntry:
        """What a line is about."""
        token = self.tokens.name("a parameter, 'stderr' or 'corr'")
        word = token.text.lower()
        if word in _REFUSED:
            raise self.tokens.error(token, f"'{token.text}': {_REFUSED[word]}")
        if word == "stderr":
            return EstimatedEntry(token, word, (self._shock_or_observable(),))
        if word == "corr":
            one = self._shock_or_observable()
            self.tokens.expect(",")
            two = self._shock_or_observable()
            if one == two or (one in self.shocks) != (two in self.shocks):
                raise self.tokens.error(
                    token, f"'corr {one}, {two}' needs two shocks, or two observables"
                )
            return EstimatedEntry(token, word, (min(one, two), max(one, two)))
        if token.text not in self.parameters:
            names = list(self.parameters)
            raise self.tokens.error(token, not_found("parameter", token.text, names))
        return EstimatedEntry(token, "parameter", (token.text,))

    def _shock_or_observable(self) -> str:
        token = self.tokens.name("the name of a shock or of an observable")
        known = [*self.shocks, *self.variables]
        if token.text not in known:
            raise self.tokens.error(token, not_found("shock", token.text, known))
        return token.text

    def _read_estimated(self) -> None:
        entry = self._estimated_key()
        numbers: list[float | None] = []
        family, more = None, []
        while self.tokens.accept(","):
            if self._is_family():
                family = self._read_family()
                more = self._numbers_to_end()
                break
            numbers.append(self._number_or_none())
        self.tokens.expect(";")
        if len(numbers) not in (0, 1, 3):
            raise self.tokens.error(
                entry.where,
                f"'{entry.label}': a start, or a start and two bounds, stand before "
                f"the prior, not {len(numbers)} numbers",
            )
        initial = numbers[0] if numbers else None
        low, high = numbers[1:] if len(numbers) == 3 else (None, None)
        prior = None if family is None else self._read_prior(entry, family, more)
        found = replace(
            entry,
            initial=initial,
            low=-math.inf if low is None else low,
            high=math.inf if high is None else high,
            prior=prior,
        )
        if found.parameter in self.estimated:
            raise self.tokens.error(entry.where, f"'{entry.label}' is estimated twice")
        self.estimated[found.parameter] = found

    def _is_family(self) -> bool:
        text = self.tokens.next.text.lower()
        return text.endswith(_SUFFIX)

    def _read_family(self) -> str:
        token = self.tokens.take()
        word = token.text.lower()
        name = {"inv_gamma1": "inv_gamma"}.get(
            word.removesuffix(_SUFFIX), word.removesuffix(_SUFFIX)
        )
        if name not in FAMILIES:
            known = [f + _SUFFIX for f in FAMILIES]
            raise self.tokens.error(token, not_found("prior", token.text, known))
        return name

    def _numbers_to_end(self) -> list[float | None]:
        found: list[float | None] = []
        while self.tokens.accept(","):
            found.append(self._number_or_none())
        return found

    def _number_or_none(self) -> float | None:
        """A number, or nothing before the next comma."""
        after = self.tokens.next
        if after.text in (",", ";"):
            return None
        sign = -1.0 if after.text == "-" else 1.0
        ahead = self.tokens.ahead(1 if after.text == "-" else 0)
        if ahead.text.lower() == "inf":
            for _ in range(2 if sign < 0 else 1):
                self.tokens.take()
            return sign * math.inf
        scope = self.numbers.scope("a number of the estimation")
        expression = Expressions(self.tokens, scope).read()
        value = self._number(expression, self.numbers.values)
        if value is None:
            raise self.tokens.error(after, f"'{after.text}' is no number here")
        return value

    def _read_prior(
        self, entry: EstimatedEntry, family: str, given: list[float | None]
    ) -> Prior:
        mean, size, *beside = [*given, None, None][: max(len(given), 2)]
        # A fifth number is the scale of a sampler, which adapts here.
        third, fourth, *_ = [*beside, None, None]
        try:
            if family == "uniform" and third is not None and fourth is not None:
                return estimation.uniform(third, fourth)
            if mean is None or size is None:
                raise DeclarationError(
                    f"prior {family}: give its mean and its standard deviation"
                )
            if FAMILIES[family] == 0:
                return Prior(family, mean, size)
            if FAMILIES[family] == 1:
                return Prior(family, mean, size, third)
            return Prior(family, mean, size, third, fourth)
        except DeclarationError as error:
            message = f"'{entry.label}': {error}"
            raise self.tokens.error(entry.where, message) from None

    def _read_start(self) -> None:
        entry = self._estimated_key()
        self.tokens.expect(",")
        value = self._number_or_none()
        self.tokens.expect(";")
        known = self._known_entry(entry)
        self.estimated[known.parameter] = replace(known, initial=value)

    def _read_bounds(self) -> None:
        entry = self._estimated_key()
        self.tokens.expect(",")
        low = self._number_or_none()
        self.tokens.expect(",")
        high = self._number_or_none()
        self.tokens.expect(";")
        known = self._known_entry(entry)
        self.estimated[known.parameter] = replace(
            known,
            low=-math.inf if low is None else low,
            high=math.inf if high is None else high,
        )

    def _read_removed(self) -> None:
        entry = self._estimated_key()
        self.tokens.expect(";")
        del self.estimated[self._known_entry(entry).parameter]

    def _known_entry(self, entry: EstimatedEntry) -> EstimatedEntry:
        if entry.parameter not in self.estimated:
            labels = [e.label for e in self.estimated.values()]
            message = not_found("estimated parameter", entry.label, labels)
            raise self.tokens.error(entry.where, message)
        return self.estimated[entry.parameter]

    def _read_trend(self) -> None:
        """``NAME (expression);``, growth of an observable per period."""
        token = self.tokens.name("an observed variable")
        if token.text not in self.variables:
            names = list(self.variables)
            raise self.tokens.error(token, not_found("variable", token.text, names))
        self.tokens.expect("(")
        scope = self.numbers.scope("a trend", numeric=False)
        self.trends[token.text] = self._expression(scope)
        self.tokens.expect(")")
        self.tokens.expect(";")

    def _name_sizes(self) -> None:
        """Sizes of shocks and of errors that are estimated become parameters."""
        entries = self.entries
        for entry in self.estimated.values():
            if entry.kind == "parameter":
                continue
            name = entry.parameter
            if name in self.declared:
                raise self.tokens.error(
                    entry.where,
                    f"'{name}' stands for '{entry.label}' here; rename yours",
                )
            size = self.numbers.snapshot(fixed(name), entry.where.line)
            of_shocks = entry.names[0] in self.shocks
            before = self._size_before(entry, of_shocks)
            if entry.kind == "stderr" and of_shocks:
                entries.deviations[entry.names[0]] = size
                entries.variances[entry.names[0]] = size**2
            elif entry.kind == "stderr":
                entries.measurement[entry.names[0]] = size**2
            elif of_shocks:
                entries.covariances.pop((entry.names[0], entry.names[1]), None)
                entries.correlations[entry.names[0], entry.names[1]] = size
            else:
                entries.linked[entry.names[0], entry.names[1]] = ("corr", size)
            self.numbers.values[name] = before

    def _size_before(self, entry: EstimatedEntry, of_shocks: bool) -> float:
        """What the file says of a size; zero where it says nothing, as in Dynare."""
        entries, names = self.entries, entry.names
        found: sp.Expr | None = None
        if entry.kind == "stderr":
            variances = entries.variances if of_shocks else entries.measurement
            found = sp.sqrt(variances.get(names[0], sp.S.Zero))
        elif of_shocks:
            found = entries.correlations.get((names[0], names[1]))
        if found is None:
            return 0.0
        value = self._number(self.numbers.settled(found)[0], self.numbers.values)
        return 0.0 if value is None else value

    def _declared_estimation(
        self, known: Collection[str]
    ) -> estimation.Estimation | None:
        """What the model says about its estimation; None where it says nothing.

        ``known`` are its parameters: a correlation with what does not move is none.
        """
        found = []
        for entry in self.estimated.values():
            if entry.parameter not in known:
                message = f"'{entry.label}' plays no part in the model"
                problem = self.tokens.error(entry.where, message)
                self.not_estimated.append(str(problem))
                continue
            value = self.numbers.values.get(entry.parameter)
            try:
                found.append(
                    Estimated(
                        entry.parameter,
                        entry.prior,
                        value if entry.at_value else entry.initial,
                        entry.low,
                        entry.high,
                        entry.label,
                    )
                )
            except DeclarationError as error:
                self.not_estimated.append(
                    str(self.tokens.error(entry.where, f"{error}"))
                )
        if not (found or self.trends or self.not_estimated or self.asked):
            return None
        return estimation.Estimation(
            tuple(found), dict(self.trends), tuple(self.not_estimated), self.asked
        )
