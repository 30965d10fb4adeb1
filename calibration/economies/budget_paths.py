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

from functools import lru_cache, partial
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
    "promise_value",
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

    def of_paths(self, paths: slice) -> Quarters:
        """The same for some of the paths."""
        return Quarters(*(part[:, paths] for part in self))


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
        """States with promises worth ``funded`` (P,) more, and face value ``rise``."""
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


def _roots(residual, active: jax.Array) -> tuple[jax.Array, Any, jax.Array]:
    """Roots (P, 2) of P systems of two equations, what is seen there, residuals (P,).

    ``residual`` gives the equations (P, 2) and what is seen. Where ``active`` (P,) is
    zero nothing moves away from zero, and residuals are zero too.
    """
    count = active.shape[0]
    basis = jnp.broadcast_to(jnp.eye(2)[:, None, :], (2, count, 2))

    def step(u, _):
        # One copy of the equations gives residuals, both slopes and what is seen.
        r, columns, seen = jax.vmap(
            lambda along: jax.jvp(residual, (u,), (along,), has_aux=True),
            out_axes=(None, 0, None),
        )(basis)
        (a, c), (b, d) = (column.T for column in columns)
        determinant = a * d - b * c
        move = jnp.stack([d * r[:, 0] - b * r[:, 1], a * r[:, 1] - c * r[:, 0]], axis=1)
        after = jnp.where(active[:, None] > 0, u - move / determinant[:, None], u)
        return after, (u, seen, jnp.max(jnp.abs(r), axis=1))

    # The last pass evaluates the root that the others found.
    _, found = jax.lax.scan(step, jnp.zeros((count, 2)), None, length=STEPS + 1)
    u, seen, miss = jax.tree.map(lambda a: a[-1], found)
    return u, seen, miss * active


@lru_cache(maxsize=16)
def _opener(model: Model, grids: Grids):
    """Jitted: states (P, d) at which end-of-period debt is as given, fully promised."""

    def open_at(parameters, solved, regime, states, debt):
        own = _economics(model, grids, parameters, solved, regime)
        place = OBSERVED.index("end_of_period_debt")

        def residual(u):
            seen = own.observe(own.moved(states, u[:, 0], u[:, 1]))
            value = own.price(states, seen, u[:, 1])
            gaps = jnp.stack([seen[:, place] - debt, value - u[:, 0]], axis=1)
            return gaps, seen

        u, _, miss = _roots(residual, jnp.ones(states.shape[0]))
        return own.moved(states, u[:, 0], u[:, 1]), miss

    return compiled(open_at, name="budget_opening")


@lru_cache(maxsize=16)
def _walker(model: Model, grids: Grids):
    """Jitted: quarters from states (P, d) with given balances (Q, P)."""
    simulator = Simulator(model, grids, ("output_growth_next",))
    count = simulator.regimes

    def handed_out(parameters, solved, states, goal, active, regime):
        """What a transfer that meets the goal leads to, all paths in one regime."""
        own = _economics(model, grids, parameters, solved, regime)
        omega = own.parameters["omega"]
        # What a promise is worth does not depend on how many there are.
        worth = own.observe(states)[:, OBSERVED.index("promise_value")]
        backed = own.parameters["theta"] * worth

        def residual(u):
            seen = own.observe(own.moved(states, backed * u[:, 0], u[:, 1]))
            value = own.price(states, seen, u[:, 1])
            surplus = seen[:, OBSERVED.index("surplus")]
            gaps = jnp.stack([surplus - u[:, 0] - goal, value - u[:, 0]], axis=1)
            return gaps, seen

        u, seen, miss = _roots(residual, active)
        here = own.moved(states, backed * u[:, 0], u[:, 1])
        q = jnp.exp(seen[:, OBSERVED.index("log_bond_price")])
        kept = seen[:, OBSERVED.index("debt_value")] - u[:, 0]
        # What is left of earlier issues after this quarter's payments.
        old = kept * omega * q / (1 + omega * q)
        return here, seen, u[:, 0], kept, old, miss

    def run(parameters, solved, states, regimes, goals, uniforms, active):
        every = jnp.arange(states.shape[0])
        still = Draws(
            jnp.zeros((len(every), len(model.shocks))),
            jnp.ones((len(every), len(model.events))),
            jnp.zeros(len(every)),
        )

        def forward(carry, given):
            """One quarter of every path in its regime; regimes move at its end."""
            states, regime, growth = carry
            goal, uniform, active = given

            def chosen(each):
                return jax.tree.map(lambda a: a[regime, every], each)

            # One copy of the equations serves all regimes.
            here, seen, transfer, kept, old, miss = chosen(
                jax.lax.map(
                    partial(handed_out, parameters, solved, states, goal, active),
                    jnp.arange(count),
                )
            )
            steps = [
                simulator.step(parameters, solved, r, here, still) for r in range(count)
            ]
            each = [
                (a, out[:, 0], 1 - p[:, r]) for r, (a, out, p, _) in enumerate(steps)
            ]
            ahead, grown, leave = chosen(jax.tree.map(lambda *a: jnp.stack(a), *each))
            after = jnp.where(uniform < leave, 1 - regime, regime)
            records = (here, seen, transfer, kept, old, leave, miss)
            return (ahead, after, grown), (regime, growth, records)

        start = (states, regimes, jnp.zeros(len(every)))
        return jax.lax.scan(forward, start, (goals, uniforms, active))[1]

    return compiled(run, name="budget_path")


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
        np.asarray(start, float)[None, :],
        np.array([debt]),
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
    active: np.ndarray | bool = True,
) -> Quarters:
    """Feed primary balances (Q, P), shares of output, from states (P, d).

    Parameters
    ----------
    start : states of the quarter before the first one.
    regimes : (P,) in that quarter and the first one.
    uniforms : (Q, P), below the chance of leaving a regime it is left; None stays.
    active : (P,) or one for all; without, nothing is handed out and balances are the
        economy's own.

    Raises
    ------
    SolutionError
        In some quarter no transfer was found; the message names the first one.
    """
    program = _walker(solution.model, solution.grids)
    goals = np.asarray(balances, float)
    stay = np.ones_like(goals) if uniforms is None else uniforms
    # A quarter without a transfer leads from the opening to the first one.
    first = np.zeros((1, goals.shape[1]))
    regime, growth, records = jax.tree.map(
        lambda a: np.asarray(a)[1:],
        program(
            solution.parameters,
            solution.solved,
            np.asarray(start, float),
            np.asarray(regimes),
            np.concatenate([first, goals]),
            np.concatenate([first + 1, stay]),
            np.concatenate([first, np.broadcast_to(np.float64(active), goals.shape)]),
        ),
    )
    here, seen, transfer, kept, old, leave, miss = records
    found = Quarters(
        here,
        regime,
        seen,
        transfer,
        growth,
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
