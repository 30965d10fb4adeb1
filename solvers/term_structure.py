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

import jax
import jax.numpy as jnp
import numpy as np

from .operators import Operators
from .pricing import NodeFunctions, log_zero_coupon_prices

PARTS = (
    "expected_real_rate",
    "expected_inflation",
    "inflation_compensation",
    "real_term_premium",
    "inflation_risk_premium",
    "convenience",
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
    ``PART_n`` (n in quarters), per quarter.
    """

    maturities: tuple[int, ...]
    functions: NodeFunctions

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
            self.functions.values[jnp.asarray(columns)],
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
    """
    names = CurveNames() if names is None else names
    short, real_short, inflation, first, longer = operators.at_nodes(
        [names.short, names.real_short, names.inflation, names.first, names.longer]
    )
    matrices = operators.matrices
    longest = max(maturities)
    count = jnp.arange(1, longest + 1)[:, None]

    order = list(matrices)

    def curve(numeraire, start, wedge=None, scale=None):
        logs = log_zero_coupon_prices(
            operators.tables,
            order.index(numeraire),
            start,
            jnp.zeros_like(short) if wedge is None else wedge,
            longest,
            scale,
        )
        return -logs / count

    def mean_ahead(values, skip):
        """Average over the next n quarters, starting ``skip`` quarters from now."""

        def further(v, _):
            ahead = matrices["physical"] @ v
            return ahead, v

        begin = matrices["physical"] @ values if skip else values
        _, path = jax.lax.scan(further, begin, None, length=longest)
        return jnp.cumsum(path, axis=0) / count

    with_services = curve("nominal", first - short, longer)
    without = curve("nominal", -short)
    twin = curve("physical", -short, scale=-short)
    real = curve("real", -real_short)
    real_twin = curve("physical", -real_short, scale=-real_short)
    expected_real = mean_ahead(real_short, 0)
    expected_inflation = mean_ahead(inflation, 1)
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
    labels = tuple(f"{part}_{n}" for part in parts for n in maturities)
    rows = jnp.concatenate(
        [v[jnp.asarray(maturities) - 1] for v in parts.values()], axis=0
    )
    return TermStructure(tuple(maturities), operators.functions(labels, rows))
