"""Economies as policy makers see them: linear in states and shocks, in basis points.

The core economy is linearised by central differences around its resting point, without
rare events; the sticky-price economy is linear at first order. Observables are five
yields, the forward break-even rate in five years for five, inflation over the quarter
and the nominal stock return over it; then stress, expected growth and spending, which
indicators, surveys and scores of bills show. Rates are in basis points a year, returns
in basis points, stress in hundredths of a logit, spending in basis points of GDP. The
last state and shock are dysfunction: a wedge in nominal and indexed yields.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...solvers.compiled import on_host
from ...solvers.filters.attribution import LinearModel
from ..parameters.policy import PolicyParameters
from .core import CoreEconomy
from .dysfunction import YIELDS, Wedge, shipped_wedge
from .protocol import ANNUAL_BP, PERSISTENT_FLOW, Economy
from .sticky import StickyEconomy

Array = Any
OBSERVED = (
    *(f"yield_{n}" for n in YIELDS),
    "breakeven_5y5y",
    "inflation",
    "equity",
    "stress",
    "expected_growth",
    "spending",
)
PRICES = OBSERVED[:8]
# What is seen: yields, other prices too, indicators and announcements too.
SEEN = {
    "yields": OBSERVED[:5],
    "prices": PRICES,
    "indicators": OBSERVED,
    "fundamentals": OBSERVED,
}
TEN = OBSERVED.index("yield_40")
CAPACITY = "capacity"
FISCAL = "e_z"
_CURVES = (*(f"yield_{n}" for n in YIELDS), "real_20", "real_40")


@dataclass(frozen=True, eq=False)
class LinearEconomy:
    """A linear economy with dysfunction as the last state and shock.

    Attributes
    ----------
    model : matrices; shocks have unit variance.
    states, shocks : names.
    fiscal : the change of states (n,) and observables (m,) by one fiscal shock that is
        due to its unfunded part, zeros where it is not known apart.
    package : fiscal shocks, in s.d., that are news of 1% of GDP of persistent spending.
    theta : backing share at rest, as investors count it.
    """

    name: str
    model: LinearModel
    states: tuple[str, ...]
    shocks: tuple[str, ...]
    fiscal: tuple[Array, Array]
    package: float
    theta: float

    def observing(self, seen: str, known: float) -> LinearModel:
        """The model when a key of ``SEEN`` is observed.

        Where fundamentals are, errors of their indicators are the share ``known``.
        """
        rows = [OBSERVED.index(n) for n in SEEN[seen]]
        m = on_host(self.model)
        errors = m.errors[rows]
        if seen == "fundamentals":
            errors[len(PRICES) :] *= known
        return m._replace(loading=m.loading[rows], direct=m.direct[rows], errors=errors)

    def scaled_dysfunction(self, size: float) -> LinearEconomy:
        """The same economy with shocks to dysfunction ``size`` times as large."""
        impact, direct = (np.array(a) for a in (self.model.impact, self.model.direct))
        impact[:, -1] *= size
        direct[:, -1] *= size
        return replace(self, model=self.model._replace(impact=impact, direct=direct))

    def without_dysfunction(self) -> LinearEconomy:
        """The same economy with a capacity that never moves."""
        return self.scaled_dysfunction(0.0)


def errors_of_measurement(given: PolicyParameters) -> Array:
    """Standard deviations (m,) by observable, basis points."""
    rest = ("breakeven", "inflation", "equity", "stress", "growth", "spending")
    own = [given["error_yield"]] * len(YIELDS)
    return np.asarray(own + [given[f"error_{n}"] for n in rest])


def with_dysfunction(
    model: LinearModel, given: PolicyParameters, wedge: Wedge
) -> LinearModel:
    """Add dysfunction as the last state and the last shock.

    It is in nominal and indexed yields alike, so that break-even rates do not show it.
    """
    rho, size = wedge.persistence, given["capacity_deviation"]
    load = np.zeros(len(OBSERVED))
    load[: len(YIELDS)] = wedge.shape

    def bordered(block, corner):
        out = np.zeros((block.shape[0] + 1, block.shape[1] + 1))
        out[:-1, :-1] = block
        out[-1, -1] = corner
        return np.asarray(out)

    def beside(block, column):
        return np.concatenate([block, np.asarray(column)[:, None]], axis=1)

    return LinearModel(
        bordered(model.transition, rho),
        bordered(model.impact, size),
        beside(model.loading, rho * load),
        beside(model.direct, size * load),
        model.errors,
    )


def _rows(curves: Array) -> Array:
    """Yields and break-even rate from the curves, last axis; basis points."""
    *nominal, real_20, real_40 = np.moveaxis(ANNUAL_BP * np.asarray(curves), -1, 0)
    five, ten = nominal[2], nominal[3]
    return np.stack([*nominal, 2 * (ten - real_40) - (five - real_20)], axis=-1)


def linear(economy: Economy, given: PolicyParameters) -> LinearEconomy:
    """An economy of either kind as policy makers see it, in the regime that holds."""
    if isinstance(economy, CoreEconomy):
        found = _core_rows(economy)
    elif isinstance(economy, StickyEconomy):
        found = _sticky_rows(economy)
    else:
        raise TypeError(f"no way to linearise {type(economy).__name__}")
    model = LinearModel(
        np.asarray(found.transition),
        np.asarray(found.impact),
        np.asarray(found.loading),
        np.asarray(found.direct),
        errors_of_measurement(given),
    )
    unfunded = (np.zeros(len(found.states)), np.zeros(len(OBSERVED)))
    if found.unfunded is not None:
        unfunded = found.unfunded
    return LinearEconomy(
        economy.name,
        with_dysfunction(model, given, shipped_wedge()),
        (*found.states, CAPACITY),
        (*economy.shocks, CAPACITY),
        (np.append(unfunded[0], 0.0), unfunded[1]),
        found.package / economy.parameters["sigma_z"],
        economy.backed_share,
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """Matrices of states' law and of observables, without dysfunction.

    ``package`` is the log of news of 1% of GDP of spending; ``unfunded`` as
    ``LinearEconomy.fiscal``.
    """

    transition: Array
    impact: Array
    loading: Array
    direct: Array
    states: tuple[str, ...]
    package: float
    unfunded: tuple[Array, Array] | None = None


def _core_rows(economy: CoreEconomy) -> _Rows:
    """Central differences of one s.d. of each direction."""
    solution, regime = economy.solution, economy.position
    states, shocks = list(solution.states), list(economy.shocks)
    rest = solution.shocked(economy.rest(), {}, regime)[0]
    spread = np.std(solution.ergodic_sample[0], axis=0)
    around = rest + np.concatenate([np.diag(spread), -np.diag(spread)])
    transition = _slopes(solution.shocked(around, {}, regime)) / spread
    signed = [(s, z) for z in (1.0, -1.0) for s in shocks]
    moved = [solution.shocked(rest[None], {s: z}, regime)[0] for s, z in signed]
    impact = _slopes(np.array(moved))
    outputs = ["inflation", "price_dividend", "spending_ratio"]
    seen = solution.observe(outputs, around, regime)
    curves = _rows(economy.curves(list(_CURVES), around, regime))
    inflation = _slopes(ANNUAL_BP * seen[:, :1]) / spread
    ratio = _slopes(np.log(seen[:, 1:2])) / spread
    _, price, level = solution.observe(outputs, rest[None], regime)[0]
    now = 1e4 * ratio * price / (1 + price) + inflation / 4
    spending = _slopes(1e4 * seen[:, 2:3]) / spread
    pick = np.eye(len(rest))
    public = [
        100 * pick[states.index("stress")],
        ANNUAL_BP * pick[states.index("expected_growth")],
    ]
    parts = [_slopes(curves) / spread, inflation, now, np.array(public), spending]
    by_state = np.concatenate(parts)
    p = economy.parameters
    before = np.zeros_like(by_state)
    stock = OBSERVED.index("equity")
    before[stock] = -1e4 * ratio[0]
    before[stock, states.index("expected_growth")] += 1e4 * p["leverage"]
    direct = np.zeros((len(OBSERVED), len(shocks)))
    direct[stock, shocks.index("e_y")] = 1e4 * p["leverage"] * p["sigma_y"]
    direct[stock, shocks.index("e_d")] = 1e4 * p["sigma_d"]
    extra = _unfunded(economy, rest)
    return _Rows(
        transition,
        impact,
        by_state @ transition + before,
        by_state @ impact + direct,
        solution.states,
        float(np.log1p(PERSISTENT_FLOW / level)),
        (extra, by_state @ extra),
    )


def _slopes(values: Array) -> Array:
    """Half the difference of the first and second half of rows, (columns, rows / 2)."""
    up, down = np.split(np.asarray(values), 2)
    return (up - down).T / 2


def _unfunded(economy: CoreEconomy, rest: Array) -> Array:
    """Change of states (d,) by the unfunded part of one fiscal shock.

    Surpluses promised fall short of spending by its present value: their own value, a
    state, falls by as much, and debt is left as it was.
    """
    shocked, states = economy.solution.shocked, economy.solution.states
    still, hit = (
        shocked(rest[None], {FISCAL: z}, economy.position) for z in (0.0, 1.0)
    )
    spending = economy.news_value((still, hit))
    value = np.exp(rest[states.index("backing")])
    gap = (1 - economy.backed_share) * spending / value
    move = np.zeros(len(rest))
    move[states.index("backing")] = -gap
    move[states.index("debt_gap")] = gap
    return move


def _sticky_rows(economy: StickyEconomy) -> _Rows:
    """The first-order solution; stock returns are their unexpected part."""
    solution = economy.solution
    names, states = list(solution.variables), list(solution.layout.states)
    x = np.asarray(solution.rule.x)
    n_s = len(states)
    sizes = np.sqrt(np.diag(solution.covariance))
    scaled = np.concatenate([x[:, :n_s], x[:, n_s:] * sizes], axis=1)
    curves = _rows(scaled[[names.index(n) for n in _CURVES]].T).T
    inflation = ANNUAL_BP * scaled[[names.index("inflation")]]
    equity = np.concatenate([np.zeros(n_s), 1e4 * economy.surprises.equity])
    units = {"stress": 100.0, "expected_growth": ANNUAL_BP, "spending_ratio": 1e4}
    public = [v * scaled[names.index(k)] for k, v in units.items()]
    rows = np.concatenate([curves, inflation, equity[None], np.array(public)])
    return _Rows(
        scaled[states, :n_s],
        scaled[states, n_s:],
        rows[:, :n_s],
        rows[:, n_s:],
        tuple(names[i] for i in states),
        float(economy.persistent(1.0)["unfunded_spending"]),
    )
