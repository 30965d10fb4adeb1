"""Primary balances fed to a solved economy, quarter by quarter, and what follows.

In the economy taxes repay what is promised. A given primary balance is then a sequence
of transfers: in every quarter as much is handed out, unexpectedly, as it takes for the
surplus net of the transfer to be the given balance. A transfer is new debt; the backed
share theta of it enters the account of promises. Yields, inflation and the value of
debt are those of the equilibrium at the states that result, so that debt and yields
answer to each other. Transfer and new face value solve, in every quarter,

    surplus(s) - transfer = given balance,
    (1 + omega Q(s)) (face - face_before) exp(-pi(s)) = transfer,

with s the states after the transfer. No other shock hits; none of the disasters that
investors fear happens.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...models.declaration import Model
from ...solvers.compiled import compiled
from ...solvers.errors import SolutionError
from ...solvers.projection.conditions import in_regime
from ...solvers.projection.simulate import Draws, Grids, Observer, Simulator
from ...solvers.projection.solution import GlobalSolution

OBSERVED = (
    "surplus",
    "inflation",
    "log_bond_price",
    "end_of_period_debt",
    "debt_value",
    "backing_account",
    "output_value",
    "policy_rate",
    "real_rate",
)
# Newton doubles digits at every step and starts close: the system is nearly linear.
STEPS = 6
TOLERANCE = 1e-9


class Quarters(NamedTuple):
    """Quarter by quarter (Q, P): host arrays, ratios to quarterly output, per quarter.

    Attributes
    ----------
    states : (Q, P, d) after the transfer; regimes : (Q, P).
    observed : (Q, P, n) in the order of ``OBSERVED``, after the transfer.
    transfer : handed out; growth : of output since the quarter before.
    kept : real value of debt before the transfer; old : real value of coupons that
        are left of earlier issues, before they are reissued.
    leave : probability of another regime in the next quarter.
    residual : largest miss of the two equations.
    """

    states: Any
    regimes: Any
    observed: Any
    transfer: Any
    growth: Any
    kept: Any
    old: Any
    leave: Any
    residual: Any

    def named(self, name: str) -> Any:
        """One observed variable (Q, P)."""
        return self.observed[..., OBSERVED.index(name)]


class Economics(NamedTuple):
    """Functions of one solved model, traced: see ``_economics``."""

    observe: Any
    moved: Any
    price: Any
    parameters: Any


def _economics(model: Model, grids: Grids, parameters, solved, regime) -> Economics:
    """Observation and transfers in one regime, on states (P, d)."""
    observer = Observer(model, grids, OBSERVED)
    names = model.block(grids[-1][0]).states
    f, n = names.index("backing"), names.index("debt_gap")
    own = in_regime(model, parameters, regime)

    def observe(states):
        return observer(parameters, solved, regime, states)

    def moved(states, funded, rise):
        """States with ``funded`` (P,) more promised and face value up by exp(rise)."""
        face = states[:, f] + states[:, n] + rise
        backing = jnp.log(jnp.exp(states[:, f]) + funded)
        return states.at[:, f].set(backing).at[:, n].set(face - backing)

    def price(states, seen, rise):
        """Real value (P,) of the face value that ``rise`` adds, at prices ``seen``."""
        face = jnp.exp(states[:, f] + states[:, n])
        q = jnp.exp(seen[:, OBSERVED.index("log_bond_price")])
        level = jnp.exp(-seen[:, OBSERVED.index("inflation")])
        return (1 + own["omega"] * q) * face * jnp.expm1(rise) * level

    return Economics(observe, moved, price, own)


def _roots(residual, count: int) -> tuple[jax.Array, jax.Array]:
    """Roots (P, 2) of P systems of two equations, and their residuals (P,)."""

    def step(u, _):
        columns = [
            jax.jvp(residual, (u,), (jnp.zeros_like(u).at[:, k].set(1.0),))[1]
            for k in (0, 1)
        ]
        (a, c), (b, d) = (column.T for column in columns)
        r = residual(u)
        determinant = a * d - b * c
        move = jnp.stack([d * r[:, 0] - b * r[:, 1], a * r[:, 1] - c * r[:, 0]], axis=1)
        return u - move / determinant[:, None], None

    u, _ = jax.lax.scan(step, jnp.zeros((count, 2)), None, length=STEPS)
    return u, jnp.max(jnp.abs(residual(u)), axis=1)


@lru_cache(maxsize=16)
def _opener(model: Model, grids: Grids):
    """Jitted: states (P, d) at which end-of-period debt is as given, fully promised."""

    def open_at(parameters, solved, regime, states, debt):
        own = _economics(model, grids, parameters, solved, regime)
        place = OBSERVED.index("end_of_period_debt")

        def residual(u):
            seen = own.observe(own.moved(states, u[:, 0], u[:, 1]))
            value = own.price(states, seen, u[:, 1])
            return jnp.stack([seen[:, place] - debt, value - u[:, 0]], axis=1)

        u, miss = _roots(residual, states.shape[0])
        return own.moved(states, u[:, 0], u[:, 1]), miss

    return compiled(open_at, name="budget_opening", static_argnums=2)


@lru_cache(maxsize=16)
def _walker(model: Model, grids: Grids):
    """Jitted: quarters from states (P, d) with given balances (Q, P)."""
    simulator = Simulator(model, grids, ("output_growth_next",))
    count = simulator.regimes

    def quarter(parameters, solved, regime, states, goal, active):
        own = _economics(model, grids, parameters, solved, regime)
        theta, omega = own.parameters["theta"], own.parameters["omega"]

        def residual(u):
            seen = own.observe(own.moved(states, theta * u[:, 0], u[:, 1]))
            value = own.price(states, seen, u[:, 1])
            surplus = seen[:, OBSERVED.index("surplus")]
            return jnp.stack([surplus - u[:, 0] - goal, value - u[:, 0]], axis=1)

        u, miss = _roots(residual, states.shape[0])
        u, miss = u * active, miss * active
        here = own.moved(states, theta * u[:, 0], u[:, 1])
        seen = own.observe(here)
        value = seen[:, OBSERVED.index("debt_value")]
        q = jnp.exp(seen[:, OBSERVED.index("log_bond_price")])
        kept = value - u[:, 0]
        # What is left of earlier issues after this quarter's payments.
        old = kept * omega * q / (1 + omega * q)
        still = Draws(
            jnp.zeros((len(states), len(model.shocks))),
            jnp.ones((len(states), len(model.events))),
            jnp.zeros(len(states)),
        )
        ahead, out, chance, _ = simulator.step(parameters, solved, regime, here, still)
        leave = 1 - chance[:, regime]
        return ahead, out[:, 0], (here, seen, u[:, 0], kept, old, leave, miss)

    def run(parameters, solved, states, regimes, goals, uniforms, active):
        # One quarter without a transfer leads from the opening to the first quarter.
        zeros = jnp.zeros(states.shape[0])
        each = [
            quarter(parameters, solved, r, states, zeros, 0.0)[:2] for r in range(count)
        ]
        ahead, grown = each[0]
        for r in range(1, count):
            ahead = jnp.where((regimes == r)[:, None], each[r][0], ahead)
            grown = jnp.where(regimes == r, each[r][1], grown)

        def forward(carry, given):
            return _advance(quarter, count, parameters, solved, active, carry, given)

        _, found = jax.lax.scan(forward, (ahead, regimes, grown), (goals, uniforms))
        return found

    return compiled(run, name="budget_path")


def _advance(quarter, count, parameters, solved, active, carry, given):
    """One quarter of every path in its regime; regimes move at its end."""
    states, regime, growth = carry
    goal, uniform = given
    each = [quarter(parameters, solved, r, states, goal, active) for r in range(count)]
    chosen = each[0]
    for r in range(1, count):
        chosen = jax.tree.map(
            lambda a, b, r=r: jnp.where(
                jnp.expand_dims(regime == r, tuple(range(1, a.ndim))), b, a
            ),
            chosen,
            each[r],
        )
    ahead, grown, records = chosen
    leave = records[5]
    after = jnp.where(uniform < leave, 1 - regime, regime)
    return (ahead, after, grown), (regime, growth, records)


def opening_states(
    solution: GlobalSolution, regime: int, start: np.ndarray, debt: float
) -> np.ndarray:
    """States (d,) like ``start`` with a given debt at the end of the quarter.

    What debt differs by is promised in full. ``debt`` is in quarters of output.

    Raises
    ------
    SolutionError
        No such states were found.
    """
    program = _opener(solution.model, solution.grids)
    states, miss = program(
        solution.parameters,
        solution.solved,
        regime,
        jnp.asarray(start)[None, :],
        jnp.asarray([debt]),
    )
    if not float(miss[0]) < TOLERANCE:
        raise SolutionError(f"no states with debt of {debt:.3g} quarters of output")
    return np.asarray(states)[0]


def feed(
    solution: GlobalSolution,
    start: np.ndarray,
    regimes: np.ndarray,
    balances: np.ndarray,
    uniforms: np.ndarray | None = None,
    active: bool = True,
) -> Quarters:
    """Feed primary balances (Q, P), shares of output, from states (P, d).

    Parameters
    ----------
    start : states of the quarter before the first one.
    regimes : (P,) in that quarter and the first one.
    uniforms : (Q, P), below the chance of leaving a regime it is left; None stays.
    active : without, nothing is handed out and balances are the economy's own.

    Raises
    ------
    SolutionError
        In some quarter no transfer was found; the message names the first one.
    """
    program = _walker(solution.model, solution.grids)
    goals = np.asarray(balances, float)
    stay = np.ones_like(goals) if uniforms is None else uniforms
    regime, growth, records = program(
        solution.parameters,
        solution.solved,
        jnp.asarray(start),
        jnp.asarray(regimes),
        goals,
        stay,
        float(active),
    )
    here, seen, transfer, kept, old, leave, miss = (np.asarray(r) for r in records)
    found = Quarters(
        here,
        np.asarray(regime),
        seen,
        transfer,
        np.asarray(growth),
        kept,
        old,
        leave,
        miss,
    )
    bad = ~(miss < TOLERANCE)
    if bad.any():
        first = int(np.argmax(bad.any(axis=1)))
        raise SolutionError(
            f"quarter {first + 1}, {int(bad[first].sum())} of {bad.shape[1]} paths: no "
            "transfer makes the primary balance the given one; debt has lost its value "
            "or is repaid in full there. Give smaller news or a shorter horizon"
        )
    return found
