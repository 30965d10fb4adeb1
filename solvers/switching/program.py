"""First-order solution of a model with Markov switching, inside programs.

Regimes rest at the same point. Rules x(t) = G_i s(t-1) + Q_i eps(t) solve
sum_j p_ij A_ij G_j G_i + B_i G_i + C_i = 0, with forward rows of G_j and state rows of
G_i. They are followed from the rules of permanent regimes by Newton's method, whose
last step carries the derivatives (implicit function theorem). Steps are linear in what
is expected in the equations with a lead, the unknowns of one dense system across
regimes. Radii, not the way there, say whether the solution is the only mean-square
stable one (Cho 2016, 2021).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp

from ...models.general.functions import (
    entries,
    switching_residual_program,
)
from ...models.general.model import DynamicModel
from ...models.general.parameters import at_rest_parameters
from ..perturbation.expansion import Perturbation, rest_holds
from ..perturbation.first_order import (
    Layout,
    LinearSystem,
    at_rest,
    layout,
    solve_first_order,
)
from ..perturbation.steady_state import Known, Rest, steady_state_solver
from ..perturbation.taylor import FUNCTIONS, expand
from .second_moments import Operator, contracts, operator, radius
from .system import Transition

# Most steps of Newton's method, and the relative residual at which it ends.
STEPS, TOLERANCE = 30, 1e-12


class SwitchingRules(NamedTuple):
    """Rules by regime with the evidence that a batch can be judged by.

    Attributes
    ----------
    rest : variables (n,) at rest; rests : whether all equations hold there, whatever
        regimes hold at t and t+1.
    by_state, by_shock : G_i (R, n, n_states) and Q_i (R, n, n_shocks).
    chances : (R, R), probabilities of tomorrow's regime (columns) given today's.
    residual : largest residual of the equations for G, relative to their terms.
    moments : carries second moments of the states from date to date.
    determinate : whether both radii are below one, so that the solution is the only
        mean-square stable one.
    ms_radius, sunspot_radius : as in ``SwitchingSolution``, infinite where not below
        one. Programs that do not use them do not compute them.
    steps : of Newton's method.
    """

    rest: jax.Array
    rests: jax.Array
    by_state: jax.Array
    by_shock: jax.Array
    chances: jax.Array
    residual: jax.Array
    moments: Operator
    determinate: jax.Array
    ms_radius: jax.Array
    sunspot_radius: jax.Array
    steps: jax.Array


class Pairs(NamedTuple):
    """Linear system by regimes of t and t+1.

    ``ahead`` p_ij A_ij (R, R, n, n_forward); the others (R, n, ...) are expected.
    """

    ahead: jax.Array
    now: jax.Array
    before: jax.Array
    impact: jax.Array


@lru_cache(maxsize=16)
def switching_rules(model: DynamicModel, transition: Transition):
    """Traceable ``parameters (R, p) -> SwitchingRules``; batches and gradients pass.

    ``transition (y_t, y_{t-1}, theta) -> (R, R)`` as in ``SwitchingModel``: row i is
    used with ``theta = theta_i``. A second argument, rules (R, n, n_states), is refined
    in place of those of permanent regimes; ``known`` is a steady state nearby. Nothing
    is raised: what failed is not finite or has a radius that is infinite. First
    derivatives are exact, second ones are not.
    """
    where = layout(model)
    pairs_at, rest_at = _pairs(model), steady_state_solver(model)
    put = jax.vmap(at_rest_parameters(model), in_axes=(None, 0))

    def solve(parameters, start=None, known: Known | None = None):
        rest = rest_at(parameters[0], known).values
        parameters = put(rest, parameters)
        everyone = jnp.arange(len(parameters))
        chances = jax.vmap(lambda i, own: transition(rest, rest, own)[i])(
            everyone, parameters
        )
        residuals, system = pairs_at(rest, parameters)
        each = jax.vmap(jax.vmap(lambda r, m: _holds(where, rest, r, m)))
        rests = jnp.all(each(residuals, system))
        scale = _scale(system)
        system = LinearSystem(*(m * scale[:, None, :, None] for m in system))
        if start is None:
            start = _permanent(where, system)
        return _solved(where, system, chances, start)._replace(rest=rest, rests=rests)

    return solve


def _holds(where: Layout, rest, residuals, system) -> jax.Array:
    at = Rest(rest, residuals, jnp.zeros(()))
    # What judges a rest looks at nothing else.
    return rest_holds(where, Perturbation(None, at, None, system))  # pyright: ignore[reportArgumentType]


def _pairs(model: DynamicModel):
    """``(y (n,), parameters (R, p)) -> residuals (R, R, n), LinearSystem (R, R, ...)``.

    By regimes of t and t+1.
    """
    where = layout(model)
    program = switching_residual_program(model, tuple(FUNCTIONS.items()))

    def evaluate(y, parameters):
        z = at_rest(where, y)
        edges = [len(where.forward), where.n, len(where.states)]
        ends = [sum(edges[: k + 1]) for k in range(3)]

        def pair(own, later):
            given = entries(own), entries(later)
            eye = jnp.eye(len(z))
            residuals, by_z = expand(program, entries(z), [eye], given)
            return residuals, LinearSystem(*jnp.split(by_z.T, ends, axis=1))

        across = jax.vmap(pair, in_axes=(None, 0))
        return jax.vmap(across, in_axes=(0, None))(parameters, parameters)

    return evaluate


def _scale(system: LinearSystem) -> jax.Array:
    """Factors (R, n) that make the largest coefficient of every equation one."""
    parts = jax.lax.stop_gradient(tuple(system))[:3]
    largest = jnp.max(jnp.abs(jnp.concatenate(parts, axis=3)), axis=(1, 3))
    return 1 / jnp.where(largest > 0, largest, 1.0)


def _permanent(where: Layout, system: LinearSystem) -> jax.Array:
    """Rules (R, n, n_states) of regimes that never end; no derivatives."""
    everyone = jnp.arange(len(system.now))
    alone = LinearSystem(
        *(jax.lax.stop_gradient(m)[everyone, everyone] for m in system)
    )
    return jax.vmap(lambda one: solve_first_order(where, one).by_state)(alone)


def _solved(where: Layout, system: LinearSystem, chances, start) -> SwitchingRules:
    weighted = chances[:, :, None, None]
    ahead = weighted * system.ahead
    others = (jnp.sum(weighted * m, axis=1) for m in system[1:])
    pairs = Pairs(ahead, *others)
    held = Pairs(*jax.lax.stop_gradient(tuple(pairs)))

    def unfinished(carry):
        _, residual, steps = carry
        return (residual > TOLERANCE) & (steps < STEPS)

    def improve(carry):
        rules, _, steps = carry
        return *_step(where, held, rules, held)[:2], steps + 1

    begin = (jax.lax.stop_gradient(start), jnp.asarray(jnp.inf), jnp.asarray(0))
    rules, _, steps = jax.lax.while_loop(unfinished, improve, begin)
    rules, residual, inverse = _step(where, pairs, jax.lax.stop_gradient(rules), held)
    # The inverse follows the rules by a Newton step of its own.
    slope = _slope(where, pairs, rules)
    inverse = inverse + inverse @ (jnp.eye(where.n)[None] - slope @ inverse)
    states, forward = jnp.asarray(where.states, int), jnp.asarray(where.forward, int)
    leads = _leads(where)
    count = len(chances)
    law = rules[:, states]
    moments = operator(chances.T, jnp.broadcast_to(law[:, None], (count, *law.shape)))
    back = system.ahead[:, :, leads] @ inverse[:, forward][:, :, leads][None]
    sunspots = operator(chances, jax.lax.stop_gradient(back))
    return SwitchingRules(
        jnp.zeros(()),
        jnp.zeros(()),
        rules,
        -inverse @ pairs.impact,
        chances,
        residual,
        moments,
        contracts(moments) & contracts(sunspots),
        radius(moments),
        radius(sunspots),
        steps,
    )


def _leads(where: Layout) -> jax.Array:
    """Equations that hold a lead."""
    found = range(where.n) if where.leads is None else where.leads
    return jnp.asarray(tuple(found), int)


def _slope(where: Layout, pairs: Pairs, rules) -> jax.Array:
    """Coefficients (R, n, n) of variables at t, given the rules at t+1."""
    states, forward = jnp.asarray(where.states, int), jnp.asarray(where.forward, int)
    ahead = jnp.einsum("ijab,jbc->iac", pairs.ahead, rules[:, forward])
    return pairs.now.at[:, :, states].add(ahead)


def _step(where: Layout, pairs: Pairs, rules, held: Pairs):
    """One Newton step; derivatives pass through the gap alone.

    Returns
    -------
    Rules (R, n, n_states), the relative residual before the step, and the inverse
    (R, n, n) of the coefficients of variables at t.
    """
    states, forward = jnp.asarray(where.states, int), jnp.asarray(where.forward, int)
    leads = _leads(where)
    gap = _slope(where, pairs, rules) @ rules + pairs.before
    inverse = jnp.linalg.inv(_slope(where, held, rules))
    constant = -inverse @ gap
    reach, pull = held.ahead[:, :, leads], inverse[:, :, leads]
    law = rules[:, states]
    # What is expected moves by U_i + sum_j K_ij U_j N_j = right_i.
    right = jnp.einsum("ijab,jbc->iac", reach, constant[:, forward])
    back = jnp.einsum("ijab,jbc->ijac", reach, pull[:, forward])
    matrix = jnp.einsum("ijab,jdc->iacjbd", back, law)
    size = right.size
    moved = jnp.linalg.solve(
        jnp.eye(size) + matrix.reshape(size, size), right.ravel()
    ).reshape(right.shape)
    after = rules + constant - pull @ (moved @ law)
    return after, _relative(where, held, rules, jax.lax.stop_gradient(gap)), inverse


def _relative(where: Layout, held: Pairs, rules, gap) -> jax.Array:
    """Largest residual relative to its equation's largest term or coefficient (one)."""
    sizes = Pairs(*(jnp.abs(m) for m in held))
    terms = _slope(where, sizes, jnp.abs(rules)) @ jnp.abs(rules) + sizes.before
    largest = jnp.max(terms, axis=2, initial=1.0, keepdims=True)
    return jnp.max(jnp.abs(gap) / largest, initial=0.0)
