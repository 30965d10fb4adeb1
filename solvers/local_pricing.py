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
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ..models.dynamic import DynamicModel
from ..models.dynamic_outputs import AHEAD, NOW, log_kernel, with_outputs
from ..models.dynare_reader import read_expression
from .errors import SolutionError
from .first_order import Layout
from .local import LocalSolution, solve_local
from .perturbation import Rule
from .term_structure import PARTS


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


class LogPrice(NamedTuple):
    """Derivatives of log prices of several curves by x; shapes (c,), (c, n_x), ...

    ``ss`` and ``ssx`` are derivatives by sigma twice (and x).
    """

    level: jax.Array
    x: jax.Array
    xx: jax.Array
    ss: jax.Array
    xxx: jax.Array
    ssx: jax.Array


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


@lru_cache(maxsize=64)
def curve_function(where: Layout, order: int, longest: int):
    """Traceable ``(rule, covariance (k, k)) -> dict of LogPrice`` of all curves.

    Each LogPrice has a leading axis of maturities 1 to ``longest``: ``with_services``,
    ``without``, ``twin``, ``real``, ``real_twin`` are log prices, ``real_rate`` and
    ``inflation`` are sums of expectations. Orders the rule lacks count as zero.
    """
    names = list(where.variables)

    def row(rule: LogPrice, name: str) -> LogPrice:
        if name not in names:
            return jax.tree.map(lambda a: jnp.zeros_like(a[0]), rule)
        return jax.tree.map(lambda a: a[names.index(name)], rule)

    def evaluate(rule: Rule, covariance: jax.Array) -> dict[str, LogPrice]:
        full = _filled(rule)
        step = _Step(where, full, covariance)
        now, ahead = (row(full, n.format("log_kernel")) for n in (NOW, AHEAD))
        inflation = row(full, "price_inflation")
        bill, longer = (row(full, f"price_convenience_{k}") for k in ("bill", "long"))
        nothing = jax.tree.map(jnp.zeros_like, inflation)
        nominal = _plus(ahead, _times(-1.0, inflation))
        real_rate = _times(-1.0, _plus(now, step(ahead, 1.0)))
        short = _times(-1.0, _plus(now, step(nominal, 1.0)))
        # First and later additions today, what is inside the expectation, risk or not.
        curves = {
            "with_services": (_plus(now, bill), _plus(now, longer), nominal, 1.0),
            "without": (now, now, nominal, 1.0),
            "twin": (_times(-1.0, short), _times(-1.0, short), nothing, 1.0),
            "real": (now, now, ahead, 1.0),
            "real_twin": (
                _times(-1.0, real_rate),
                _times(-1.0, real_rate),
                nothing,
                1.0,
            ),
            "real_rate": (real_rate, real_rate, nothing, 0.0),
            "inflation": (nothing, nothing, inflation, 0.0),
        }
        stacked = [
            jax.tree.map(lambda *a: jnp.stack(a), *column)
            for column in list(zip(*curves.values(), strict=True))[:3]
        ]
        first, later, inside = stacked
        risk = jnp.asarray([c[3] for c in curves.values()])

        def one(price: LogPrice, today: LogPrice) -> LogPrice:
            inner = _plus(price, inside)
            return _plus(today, jax.vmap(step)(inner, risk))

        start = one(jax.tree.map(jnp.zeros_like, inside), first)

        def longer_by_one(price, _):
            found = one(price, later)
            return found, found

        _, rest = jax.lax.scan(longer_by_one, start, None, length=longest - 1)
        every = jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), start, rest)
        return {
            name: jax.tree.map(lambda a, i=i: a[:, i], every)
            for i, name in enumerate(curves)
        }

    return evaluate


def _filled(rule: Rule) -> LogPrice:
    """A rule of any order as one of order three."""
    n, n_x = rule.x.shape
    shapes = {
        "xx": (n, n_x, n_x),
        "ss": (n,),
        "xxx": (n, n_x, n_x, n_x),
        "ssx": (n, n_x),
    }
    given = rule._asdict()
    parts = {
        k: jnp.zeros(s) if given[k] is None else jnp.asarray(given[k])
        for k, s in shapes.items()
    }
    return LogPrice(jnp.asarray(rule.steady), jnp.asarray(rule.x), **parts)


def _plus(a: LogPrice, b: LogPrice) -> LogPrice:
    return jax.tree.map(jnp.add, a, b)


def _times(factor: float, a: LogPrice) -> LogPrice:
    return jax.tree.map(lambda v: factor * v, a)


class _Step:
    """``log E exp`` (risk 1) or ``E`` (risk 0) of a function of next period's x."""

    def __init__(self, where: Layout, rule: LogPrice, covariance: jax.Array):
        states = jnp.asarray(where.states, int)
        self.n_s = len(where.states)
        self.covariance = covariance
        self.h = LogPrice(*(part[states] for part in rule))

    def __call__(self, price: LogPrice, risk: Any) -> LogPrice:
        """Derivatives of the expectation today; ``price`` is of one curve."""
        n_s, h, sigma = self.n_s, self.h, self.covariance
        s, u = slice(0, n_s), slice(n_s, None)
        p_s, p_u = price.x[s], price.x[u]
        p_ss, p_us, p_uu = price.xx[s, s], price.xx[u, s], price.xx[u, u]
        by_h = jnp.tensordot(p_ss, h.x, axes=1)
        xx = jnp.tensordot(h.x.T, by_h, axes=1) + jnp.tensordot(p_s, h.xx, axes=1)
        bent = jnp.einsum("ia,ibc->abc", by_h, h.xx)
        cubic = price.xxx[s, s, s]
        for _ in range(3):
            cubic = jnp.moveaxis(jnp.tensordot(cubic, h.x, axes=(0, 0)), -1, 2)
        xxx = cubic + jnp.tensordot(p_s, h.xxx, axes=1) + _symmetric(bent)
        exposure = sigma @ p_u
        ss = p_s @ h.ss + price.ss + jnp.sum(p_uu * sigma) + risk * (p_u @ exposure)
        twist = jnp.einsum("kmi,km->i", price.xxx[u, u, s], sigma)
        inner = twist + price.ssx[s] + p_ss @ h.ss + 2 * risk * (exposure @ p_us)
        ssx = inner @ h.x + p_s @ h.ssx
        return LogPrice(price.level, p_s @ h.x, xx, ss, xxx, ssx)


def _symmetric(bent: jax.Array) -> jax.Array:
    """Sum over which of three directions is the one apart."""
    return bent + jnp.moveaxis(bent, 0, 1) + jnp.moveaxis(bent, 0, 2)


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
    longest = max(maturities)
    program = _compiled_curves(solution.layout, solution.order, longest)
    found = program(
        jax.tree.map(jnp.asarray, solution.rule), jnp.asarray(solution.covariance)
    )
    count = np.arange(1, longest + 1)

    def per_period(name: str, sign: float) -> list[np.ndarray]:
        return [
            sign * np.asarray(a) / count.reshape(-1, *[1] * (a.ndim - 1))
            for a in found[name]
        ]

    names = ("with_services", "without", "twin", "real", "real_twin")
    y = {n: per_period(n, -1.0) for n in names}
    y |= {n: per_period(n, 1.0) for n in ("real_rate", "inflation")}

    def minus(a, b):
        return [p - q for p, q in zip(a, b, strict=True)]

    premium = minus(y["without"], y["twin"])
    real_premium = minus(y["real"], y["real_twin"])
    parts = {
        "expected_real_rate": y["real_rate"],
        "expected_inflation": y["inflation"],
        "inflation_compensation": minus(
            minus(y["twin"], y["real_rate"]), y["inflation"]
        ),
        "real_term_premium": real_premium,
        "inflation_risk_premium": minus(premium, real_premium),
        "convenience": minus(y["without"], y["with_services"]),
    }
    assert tuple(parts) == PARTS
    rows = {
        "yield": y["with_services"],
        "real": y["real"],
        "term_premium": premium,
    } | parts
    chosen = np.array(maturities) - 1
    labels = tuple(f"{part}_{n}" for part in rows for n in maturities)
    tensors = [
        np.concatenate([part[k][chosen] for part in rows.values()]) for k in range(6)
    ]
    return replace(
        solution,
        rule=_extended(solution.rule, tensors),
        extra=(*solution.extra, *labels),
        steady_state={
            **solution.steady_state,
            **dict(zip(labels, tensors[0].tolist(), strict=True)),
        },
    )


@lru_cache(maxsize=64)
def _compiled_curves(where: Layout, order: int, longest: int):
    return jax.jit(curve_function(where, order, longest))


def _extended(rule: Rule, tensors: Sequence[np.ndarray]) -> Rule:
    """A rule with more rows; orders that it lacks stay away."""
    fields = (rule.steady, rule.x, rule.xx, rule.ss, rule.xxx, rule.ssx)
    return Rule(
        *(
            None if value is None else np.concatenate([value, added])
            for value, added in zip(fields, tensors, strict=True)
        )  # pyright: ignore[reportArgumentType]
    )
