"""Yields and their six parts, for nominal and real curves of one solution.

A nominal yield of n quarters splits exactly into the average expected real short rate,
average expected inflation, one-period inflation compensation with convexity, the real
term premium, the inflation risk premium, less convenience. Term premia compare a curve
without convenience with its risk-neutral twin, in which the short rate discounts and
nobody minds risk. All rates are continuously compounded per quarter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..compiled import compiled, on_host, traced
from ..projection.operators import Operators
from ..projection.pricing import (
    NodeFunctions,
    Tables,
    cumulated,
    forward_ranges,
    log_zero_coupon_prices,
    require_settled,
)

PARTS = (
    "expected_real_rate",
    "expected_inflation",
    "inflation_compensation",
    "real_term_premium",
    "inflation_risk_premium",
    "convenience",
)
# What curves hold for every maturity.
LABELS = ("yield", "real", "term_premium", *PARTS)
# The curves that they are made of.
CURVES = (
    "nominal",
    "nominal without convenience",
    "nominal, risk-neutral",
    "real",
    "real, risk-neutral",
)


@dataclass(frozen=True)
class CurveNames:
    """Names, in the model, of what curves are made of (all dated t, per quarter).

    Attributes
    ----------
    short, real_short, inflation : convenience-free nominal short rate, real short
        rate, inflation of the period that ends at t.
    first, longer : convenience yields of the one-period bill and of longer bonds.
    """

    short: str = "policy_rate"
    real_short: str = "real_rate"
    inflation: str = "inflation"
    first: str = "convenience_yield_bill"
    longer: str = "convenience_yield_long"


@dataclass(frozen=True, eq=False)
class TermStructure:
    """Yields and parts as functions of state and regime.

    ``functions`` holds, for every maturity, the names ``yield_n``, ``real_n`` and
    ``PART_n`` (n in quarters), per quarter. ``ranges`` are the ``forward_ranges`` of
    ``CURVES``: checked, but within a program, whose caller has to check them.
    """

    maturities: tuple[int, ...]
    functions: NodeFunctions
    ranges: Any

    def __call__(
        self, names: Sequence[str], points: np.ndarray, regimes: np.ndarray | int = 0
    ) -> np.ndarray:
        """Named functions (P, n) at states (P, d), per quarter."""
        points = np.atleast_2d(points)
        which = np.broadcast_to(np.asarray(regimes), (len(points),))
        columns = self.functions.index(names)
        picked = NodeFunctions(
            self.functions.grid,
            self.functions.domain,
            self.functions.regimes,
            tuple(names),
            self.functions.values[columns],
        )
        return picked(points, which)


def term_structure(
    operators: Operators,
    maturities: Sequence[int],
    names: CurveNames | None = None,
) -> TermStructure:
    """Compute curves at the nodes of ``operators``.

    Parameters
    ----------
    operators : needs the numeraires ``physical``, ``real`` and ``nominal``.
    maturities : in quarters, at least 1.

    Raises
    ------
    SolutionError
        Prices of long bonds do not settle on this grid.
    """
    names = CurveNames() if names is None else names
    parts, ranges = _up_to(operators, names, max(maturities))
    if not traced(ranges):
        require_settled(ranges, CURVES, operators.solution.model.advice)
    labels = tuple(f"{part}_{n}" for part in LABELS for n in maturities)
    chosen = np.array(maturities) - 1
    rows = parts[:, chosen].reshape(len(labels), -1)
    functions = operators.functions(labels, rows)
    return TermStructure(tuple(maturities), functions, ranges)


def _up_to(operators: Operators, names: CurveNames, longest: int) -> tuple[Any, Any]:
    """What ``_parts`` gives; other maturities of the same curves are remembered."""
    parts, ranges = operators.priced.get(names, (np.zeros((len(LABELS), 0, 0)), None))
    if parts.shape[1] < longest:
        used = [
            names.short,
            names.real_short,
            names.inflation,
            names.first,
            names.longer,
        ]
        order = list(operators.matrices)
        parts, ranges = on_host(
            _parts(
                operators.tables,
                np.array([order.index(n) for n in ("physical", "real", "nominal")]),
                operators.matrices["physical"],
                operators.at_nodes(used),
                longest,
            )
        )
        if not traced(ranges):
            operators.priced[names] = parts, ranges
    return parts[:, :longest], ranges[..., : longest - 1]


@compiled(name="curves", static_argnums=4)
def _parts(
    tables: Tables,
    numeraires: jax.Array,
    physical: jax.Array,
    known: jax.Array,
    longest: int,
) -> tuple[jax.Array, jax.Array]:
    """The rates ``LABELS`` of 1, ..., longest quarters: (n_label, longest, R*N).

    With them the ``forward_ranges`` of ``CURVES``, (5, 2, longest - 1).

    Parameters
    ----------
    numeraires : (3,), positions of the physical, real and nominal one in the tables.
    physical : (R*N, R*N), the operator. known : (5, R*N), the variables of
        ``CurveNames`` in their order.
    """
    short, real_short, inflation, first, longer = known
    count = jnp.arange(1, longest + 1)[None, :, None]
    none = jnp.zeros_like(short)
    in_physical, in_real, in_nominal = numeraires
    # numeraire, log price of one quarter, log factor on the expectation of longer ones,
    # in the order of ``CURVES``
    curves = (
        (in_nominal, first - short, longer),
        (in_nominal, -short, none),
        (in_physical, -short, -short),
        (in_real, -real_short, none),
        (in_physical, -real_short, -real_short),
    )
    logs = log_zero_coupon_prices(
        tables, *(jnp.stack(part) for part in zip(*curves, strict=True)), longest
    )
    with_services, without, twin, real, real_twin = -logs / count
    flows = jnp.stack([real_short, physical @ inflation])
    expected_real, expected_inflation = cumulated(physical, flows, longest) / count
    parts = {
        "yield": with_services,
        "real": real,
        "term_premium": without - twin,
        "expected_real_rate": expected_real,
        "expected_inflation": expected_inflation,
        "inflation_compensation": twin - expected_real - expected_inflation,
        "real_term_premium": real - real_twin,
        "inflation_risk_premium": (without - twin) - (real - real_twin),
        "convenience": without - with_services,
    }
    rates = jnp.stack([parts[label] for label in LABELS])
    return rates, forward_ranges(tables, logs)
