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

import jax.numpy as jnp
import numpy as np

from ...solvers.filters.attribution import LinearModel
from ...solvers.pricing.ledger import news
from ..parameters.policy import PolicyParameters
from .core import Economy
from .dysfunction import YIELDS, Wedge, shipped_wedge
from .sticky import LocalEconomy

Array = Any
ANNUAL_BP = 40_000.0  # log per quarter -> basis points per year
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
    theta : backing share at rest.
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
        rows = jnp.asarray([OBSERVED.index(n) for n in SEEN[seen]])
        m = self.model
        errors = m.errors[rows]
        if seen == "fundamentals":
            errors = errors.at[len(PRICES) :].multiply(known)
        return m._replace(loading=m.loading[rows], direct=m.direct[rows], errors=errors)

    def scaled_dysfunction(self, size: float) -> LinearEconomy:
        """The same economy with shocks to dysfunction ``size`` times as large."""
        impact, direct = (
            a.at[:, -1].multiply(size) for a in (self.model.impact, self.model.direct)
        )
        return replace(self, model=self.model._replace(impact=impact, direct=direct))

    def without_dysfunction(self) -> LinearEconomy:
        """The same economy with a capacity that never moves."""
        return self.scaled_dysfunction(0.0)


def errors_of_measurement(given: PolicyParameters) -> Array:
    """Standard deviations (m,) by observable, basis points."""
    rest = ("breakeven", "inflation", "equity", "stress", "growth", "spending")
    own = [given["error_yield"]] * len(YIELDS)
    return jnp.asarray(own + [given[f"error_{n}"] for n in rest])


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
        return jnp.asarray(out)

    def beside(block, column):
        return jnp.concatenate([block, jnp.asarray(column)[:, None]], axis=1)

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


def core_linear(
    economy: Economy, given: PolicyParameters, regime: int = 0
) -> LinearEconomy:
    """Linearise a core economy: central differences of one s.d. of each direction."""
    solution = economy.solution
    rest = solution.shocked(economy.rest(regime), {}, regime)[0]
    spread = np.std(solution.ergodic_sample[0], axis=0)
    shocks = tuple(s.name for s in solution.model.shocks)
    around = rest + np.concatenate([np.diag(spread), -np.diag(spread)])
    transition = _slopes(solution.shocked(around, {}, regime)) / spread
    impact = _impact(solution, rest, shocks, regime)
    outputs = ["inflation", "price_dividend", "spending_ratio"]
    seen = solution.observe(outputs, around, regime)
    curves = _rows(economy.curves(list(_CURVES), around, regime))
    inflation = _slopes(ANNUAL_BP * seen[:, :1]) / spread
    ratio = _slopes(np.log(seen[:, 1:2])) / spread
    price = float(solution.observe(["price_dividend"], rest[None], regime)[0, 0])
    now = 1e4 * ratio * price / (1 + price) + inflation / 4
    spending = _slopes(1e4 * seen[:, 2:3]) / spread
    pick = np.eye(len(rest))
    public = [
        100 * pick[solution.states.index("stress")],
        ANNUAL_BP * pick[solution.states.index("expected_growth")],
    ]
    parts = [_slopes(curves) / spread, inflation, now, np.array(public), spending]
    by_state = np.concatenate(parts)
    p = {k: float(np.ravel(np.asarray(v))[0]) for k, v in economy_values(economy)}
    before = np.zeros_like(by_state)
    stock = OBSERVED.index("equity")
    before[stock] = -1e4 * ratio[0]
    before[stock, solution.states.index("expected_growth")] += 1e4 * p["leverage"]
    direct = np.zeros((len(OBSERVED), len(shocks)))
    direct[stock, shocks.index("e_y")] = 1e4 * p["leverage"] * p["sigma_y"]
    direct[stock, shocks.index("e_d")] = 1e4 * p["sigma_d"]
    extra = _unfunded(economy, rest, regime)
    model = LinearModel(
        jnp.asarray(transition),
        jnp.asarray(impact),
        jnp.asarray(by_state @ transition + before),
        jnp.asarray(by_state @ impact + direct),
        errors_of_measurement(given),
    )
    level = float(solution.observe(["spending_ratio"], rest[None], regime)[0, 0])
    return LinearEconomy(
        economy.name,
        with_dysfunction(model, given, shipped_wedge()),
        (*solution.states, CAPACITY),
        (*shocks, CAPACITY),
        (np.append(extra, 0.0), by_state @ extra),
        float(np.log1p(0.01 / level) / p["sigma_z"]),
        float(np.ravel(np.asarray(solution.parameters["theta"]))[regime]),
    )


def economy_values(economy: Economy):
    """Parameters of a core economy, name and value."""
    return economy.solution.parameters.items()


def _slopes(values: Array) -> Array:
    """Half the difference of the first and second half of rows, (columns, rows / 2)."""
    up, down = np.split(np.asarray(values), 2)
    return (up - down).T / 2


def _impact(solution, rest, shocks, regime) -> Array:
    """Change of states (d, k) by shocks of one s.d."""
    moves = [
        solution.shocked(rest[None], {s: z}, regime)[0]
        for z in (1.0, -1.0)
        for s in shocks
    ]
    return _slopes(np.array(moves))


def _unfunded(economy: Economy, rest: Array, regime: int) -> Array:
    """Change of states (d,) by the unfunded part of one fiscal shock.

    Surpluses promised fall short of spending by its present value: their own value, a
    state, falls by as much, and debt is left as it was.
    """
    solution = economy.solution
    pair = [solution.shocked(rest[None], {FISCAL: z}, regime) for z in (0.0, 1.0)]
    found = news(*(economy.ledger(point, regime) for point in pair))
    theta = float(np.ravel(np.asarray(solution.parameters["theta"]))[regime])
    value = np.exp(rest[solution.states.index("backing")])
    gap = (1 - theta) * float(found["d_spending"][0]) / value
    move = np.zeros(len(rest))
    move[solution.states.index("backing")] = -gap
    move[solution.states.index("debt_gap")] = gap
    return move


def sticky_linear(economy: LocalEconomy, given: PolicyParameters) -> LinearEconomy:
    """The first-order solution of a sticky-price economy.

    Stock returns are their unexpected part, real growth of dividends included.
    """
    solution = economy.solution
    names, states = list(solution.variables), list(solution.layout.states)
    x = np.asarray(solution.rule.x)
    n_s = len(states)
    sizes = np.sqrt(np.diag(solution.covariance))
    scaled = np.concatenate([x[:, :n_s], x[:, n_s:] * sizes], axis=1)
    curves = _rows(scaled[[names.index(n) for n in _CURVES]].T).T
    inflation = ANNUAL_BP * scaled[[names.index("inflation")]]
    equity = np.concatenate([np.zeros(n_s), 1e4 * economy.surprises["equity"]])
    units = {"stress": 100.0, "expected_growth": ANNUAL_BP, "spending_ratio": 1e4}
    public = [v * scaled[names.index(k)] for k, v in units.items()]
    rows = np.concatenate([curves, inflation, equity[None], np.array(public)])
    model = LinearModel(
        jnp.asarray(scaled[states, :n_s]),
        jnp.asarray(scaled[states, n_s:]),
        jnp.asarray(rows[:, :n_s]),
        jnp.asarray(rows[:, n_s:]),
        errors_of_measurement(given),
    )
    spending = economy.persistent(1.0)["unfunded_spending"]
    size = float(spending / economy.parameters["sigma_z"])
    none = (np.zeros(n_s + 1), np.zeros(len(OBSERVED)))
    return LinearEconomy(
        economy.name,
        with_dysfunction(model, given, shipped_wedge()),
        (*(names[i] for i in states), CAPACITY),
        (*solution.shocks, CAPACITY),
        none,
        size,
        economy.parameters["theta"],
    )
