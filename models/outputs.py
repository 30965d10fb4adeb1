"""Variables added to a model in the general form: what one wants to see or to price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sympy as sp

from .declaration import Dated, DeclarationError, Equation
from .dynare.reader import read_expression
from .general.model import DynamicModel, Variable, name_and_date, rested, shift

# Names of the parts of a log kernel: what is dated t, and what is dated t+1.
NOW, AHEAD = "{}_now", "{}_ahead"


def with_outputs(model: DynamicModel, outputs: Mapping[str, sp.Expr]) -> DynamicModel:
    """Add static variables equal to expressions in variables dated t.

    Raises
    ------
    DeclarationError
        A name that is taken, or an expression with another date than t.
    """
    for name, expression in outputs.items():
        for symbol in expression.free_symbols:
            if name_and_date(symbol)[1]:
                raise DeclarationError(
                    f"output '{name}': '{symbol}' is not dated t; give the expression "
                    "without leads and lags"
                )
    rest = {n: rested(e, model) for n, e in outputs.items()}
    closed = tuple(rest.items()) if model.steady_state else ()
    return replace(
        model,
        variables=(*model.variables, *(Variable(n) for n in outputs)),
        equations=(
            *model.equations,
            *(Equation(f"define_{n}", Dated(n), e, "") for n, e in outputs.items()),
        ),
        steady_state=(*model.steady_state, *closed),
        guesses={**model.guesses, **rest},
    )


@dataclass(frozen=True)
class LogKernel:
    """A log pricing kernel from t to t+1 in two parts: ``now`` + ``ahead``(t+1)."""

    name: str
    now: sp.Expr
    ahead: sp.Expr

    @property
    def variables(self) -> dict[str, sp.Expr]:
        """The parts as static variables."""
        parts = {NOW.format(self.name): self.now, AHEAD.format(self.name): self.ahead}
        return {n: e for n, e in parts.items() if e.free_symbols}


def log_kernel(model: DynamicModel, name: str, kernel: sp.Expr | str) -> LogKernel:
    """Split the log of a kernel into what is dated t and what is dated t+1.

    Parameters
    ----------
    kernel : the stochastic discount factor between t and t+1, an expression or text in
        the names of the model, leads as ``c(+1)``. Variables enter as they are.

    Raises
    ------
    DeclarationError
        A part mixes both dates other than as a product, or a symbol has another date.
    """
    expression = read_expression(kernel, model) if isinstance(kernel, str) else kernel
    logarithm = sp.expand(sp.expand_log(sp.log(expression), force=True))
    now, ahead = [], []
    for term in sp.Add.make_args(logarithm):
        dates = {name_and_date(s)[1] for s in term.free_symbols if isinstance(s, Dated)}
        if dates <= {0}:
            now.append(term)
        elif dates == {1}:
            ahead.append(shift(term, -1))
        else:
            raise DeclarationError(
                f"kernel '{name}': the term {term} does not split into a part dated t "
                "and a part dated t+1; define a variable for it, and use its lead"
            )
    return LogKernel(name, sp.Add(*now), sp.Add(*ahead))
