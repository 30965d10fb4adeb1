"""Zero-coupon curves of a local solution, to the order of the solution.

Log prices of n periods are polynomials of the solution's states. With rules of the
model at hand their derivatives follow from those of n - 1 periods by the chain rule,
maturity by maturity: nothing is solved, and no equation is added per maturity. Yields
and their parts become rows of the rule, so that moments, paths and responses are those
of any variable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import jax.numpy as jnp
import numpy as np
import sympy as sp

from ...models.dynare.reader import read_expression
from ...models.general.model import DynamicModel
from ...models.outputs import AHEAD, NOW, log_kernel, with_outputs
from ..compiled import compiled
from ..errors import SolutionError
from ..pricing.curves import PARTS
from .curves import COMBINATION, CURVES, bases, curve_function
from .expansion import Rule
from .first_order import Layout
from .solution import LocalSolution, solve_local


@dataclass(frozen=True)
class Pricing:
    """What prices are made of, as text or expressions in the names of a model.

    Attributes
    ----------
    stochastic_discount_factor : real kernel from t to t+1, leads as ``c(+1)``.
    inflation : log per period, of the period that ends at t.
    convenience_bill, convenience_long : log per period, of one-period bills and of
        longer bonds; nothing by default.
    """

    stochastic_discount_factor: sp.Expr | str
    inflation: sp.Expr | str
    convenience_bill: sp.Expr | str = "0"
    convenience_long: sp.Expr | str = "0"


def priced_model(model: DynamicModel, pricing: Pricing) -> DynamicModel:
    """The model with the static variables that prices are made of.

    Raises
    ------
    DeclarationError
        The kernel does not split by date, or a name is not known.
    """
    kernel = log_kernel(model, "log_kernel", pricing.stochastic_discount_factor)
    outputs = dict(kernel.variables)
    for name in ("inflation", "convenience_bill", "convenience_long"):
        given = getattr(pricing, name)
        found = read_expression(given, model) if isinstance(given, str) else given
        if found != 0:
            outputs[f"price_{name}"] = found
    constants = {
        NOW.format("log_kernel"): kernel.now,
        AHEAD.format("log_kernel"): kernel.ahead,
    }
    for name, constant in constants.items():
        if name not in outputs and constant != 0:
            outputs[name] = constant
    return with_outputs(model, outputs)


def price_curves(
    model: DynamicModel,
    pricing: Pricing,
    maturities: Sequence[int],
    order: int = 3,
    parameters: Mapping[str, float] | None = None,
) -> LocalSolution:
    """Solve a model with its nominal and real yields and their parts.

    Parameters
    ----------
    maturities : in periods of the model, at least 1.

    Returns
    -------
    A solution whose variables include, for every maturity n, ``yield_n``, ``real_n``,
    ``term_premium_n`` and the six parts of a nominal yield (``term_structure.PARTS``),
    per period and continuously compounded.

    Raises
    ------
    DeclarationError, SolutionError
        As ``priced_model`` and ``solve_local`` do, or a maturity below one.
    """
    if not maturities or min(maturities) < 1:
        raise SolutionError("maturities are whole numbers of periods, at least 1")
    solution = solve_local(priced_model(model, pricing), order, parameters)
    return with_curves(solution, tuple(maturities))


def with_curves(solution: LocalSolution, maturities: tuple[int, ...]) -> LocalSolution:
    """Add yields and parts to the rule of a solution of a ``priced_model``."""
    program = _compiled_curves(solution.layout, solution.order, maturities)
    found = program(solution.rule, jnp.asarray(solution.covariance))
    of_curves = np.stack(list(yields_and_parts().values()))
    of_bases = of_curves @ COMBINATION[:, bases(solution.layout)]
    count = np.array(maturities)

    def rows(name: str) -> np.ndarray | None:
        """Rows (parts x maturities) of derivatives, per period."""
        tensor = getattr(found, name)
        if tensor is None:
            return None
        mixed = np.tensordot(
            of_curves if name in ("ss", "ssx") else of_bases, tensor, axes=(1, 1)
        )
        mixed = mixed / count.reshape(-1, *[1] * (mixed.ndim - 2))
        return mixed.reshape(-1, *mixed.shape[2:])

    tensors = [rows(name) for name in ("level", "x", "xx", "ss", "xxx", "ssx")]
    labels = tuple(f"{part}_{n}" for part in yields_and_parts() for n in maturities)
    levels = np.asarray(tensors[0])
    return replace(
        solution,
        rule=_extended(solution.rule, tensors),
        extra=(*solution.extra, *labels),
        steady_state={
            **solution.steady_state,
            **dict(zip(labels, levels.tolist(), strict=True)),
        },
    )


def yields_and_parts() -> dict[str, np.ndarray]:
    """Weights (7,) on sums of log prices, by name of what they make per period."""
    price = dict(zip(CURVES, np.eye(len(CURVES)), strict=True))
    premium = price["twin"] - price["without"]
    real_premium = price["real_twin"] - price["real"]
    parts = {
        "expected_real_rate": -price["real_rates"],
        "expected_inflation": price["inflation"],
        "inflation_compensation": price["real_rates"]
        - price["twin"]
        - price["inflation"],
        "real_term_premium": real_premium,
        "inflation_risk_premium": premium - real_premium,
        "convenience": price["with_services"] - price["without"],
    }
    assert tuple(parts) == PARTS
    yields = {"yield": -price["with_services"], "real": -price["real"]}
    return yields | {"term_premium": premium} | parts


@lru_cache(maxsize=64)
def _compiled_curves(where: Layout, order: int, maturities: tuple[int, ...]):
    return compiled(curve_function(where, order, maturities), name="local_curves")


def _extended(rule: Rule, tensors: Sequence[np.ndarray | None]) -> Rule:
    """A rule with more rows; orders that it lacks stay away."""
    fields = (rule.steady, rule.x, rule.xx, rule.ss, rule.xxx, rule.ssx)
    return Rule(
        *(
            None if value is None or added is None else np.concatenate([value, added])
            for value, added in zip(fields, tensors, strict=True)
        )  # pyright: ignore[reportArgumentType]
    )
