"""First-order solution of a smooth declaration at its resting point, for tests.

Written apart from the solvers: every equation is differentiated as it is declared,
with the argument of an expectation in its place, and the pencil is ordered by SciPy.
"""

from dataclasses import dataclass, field
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
import sympy as sp

from fiscax.models.declaration import NEXT, E, Model, lead


@cache
def compiled(expression):
    symbols = sorted(expression.free_symbols, key=str)
    function = sp.lambdify(symbols, expression, modules="jax", cse=True)
    return [str(s) for s in symbols], function


class Environment:
    """Values by name; definitions are evaluated when they are asked for."""

    def __init__(self, model, values):
        self.values = dict(values)
        self.definitions = {d.name: d.expression for d in model.definitions}

    def __getitem__(self, name):
        if name not in self.values:
            base = name.removesuffix(NEXT)
            if name in self.definitions:
                expression = self.definitions[name]
            else:
                expression = lead(self.definitions[base])
            self.values[name] = self.evaluate(expression)
        return self.values[name]

    def evaluate(self, expression):
        names, function = compiled(sp.sympify(expression))
        return jnp.asarray(function(*(self[n] for n in names)), float)


def places(model):
    return [r.name for r in (*model.states, *model.unknowns)]


def environment(model, now, ahead, shocks, parameters):
    values = dict(parameters) | {k + NEXT: v for k, v in parameters.items()}
    values |= dict(zip(places(model), now, strict=True))
    values |= {n + NEXT: v for n, v in zip(places(model), ahead, strict=True)}
    values |= {s.name: v for s, v in zip(model.shocks, shocks, strict=True)}
    return Environment(model, values)


def without_expectations(expression):
    return sp.sympify(expression).replace(
        lambda x: isinstance(x, E), lambda x: x.args[0]
    )


@cache
def system(model):
    """Residuals of transitions and equations, and their derivatives, compiled."""
    residuals = [
        without_expectations(e.residual) for b in model.blocks for e in b.equations
    ]

    def function(now, ahead, shocks, parameters):
        env = environment(model, now, ahead, shocks, parameters)
        states = [
            value - env.evaluate(s.transition)
            for value, s in zip(ahead, model.states, strict=False)
        ]
        return jnp.stack([*states, *(env.evaluate(r) for r in residuals)])

    return jax.jit(function), jax.jit(jax.jacfwd(function, argnums=(0, 1, 2)))


@cache
def observed(model, names):
    def function(now, ahead, shocks, parameters):
        env = environment(model, now, ahead, shocks, parameters)
        return jnp.stack([env[n] for n in names])

    return jax.jit(function), jax.jit(jax.jacfwd(function, argnums=(0, 1, 2)))


def resting_point(model, parameters):
    """Declared references and guesses, states first."""
    env = Environment(model, parameters)
    for state in model.states:
        env.values[state.name] = env.evaluate(state.reference)
    for unknown in model.unknowns:
        env.values[unknown.name] = env.evaluate(unknown.guess)
    return jnp.stack([env.values[n] for n in places(model)])


def arrays(model, values):
    return {p.name: jnp.asarray(float(values[p.name])) for p in model.parameters}


def residuals_at_rest(model, values):
    parameters = arrays(model, values)
    point = resting_point(model, parameters)
    shocks = jnp.zeros(len(model.shocks))
    return np.asarray(system(model)[0](point, point, shocks, parameters))


@dataclass(frozen=True)
class Linear:
    """Deviations from rest: states' = transition @ states + impact @ shocks."""

    model: Model
    parameters: dict = field(repr=False)
    point: np.ndarray = field(repr=False)
    verdict: str
    transition: np.ndarray = field(repr=False)
    impact: np.ndarray = field(repr=False)
    everything: np.ndarray = field(repr=False)

    def slope(self, *names):
        """Slopes (k, d) of the named quantities, dated t, on the states."""
        shocks = jnp.zeros(len(self.model.shocks))
        now, ahead, _ = observed(self.model, names)[1](
            self.point, self.point, shocks, self.parameters
        )
        return (
            np.asarray(now) @ self.everything
            + np.asarray(ahead) @ self.everything @ self.transition
        )

    def value(self, name):
        """Resting value."""
        shocks = jnp.zeros(len(self.model.shocks))
        return float(
            observed(self.model, (name,))[0](
                self.point, self.point, shocks, self.parameters
            )[0]
        )

    def start(self, **states):
        """State vector with the named deviations."""
        names = [s.name for s in self.model.states]
        vector = np.zeros(len(names))
        for name, value in states.items():
            vector[names.index(name)] = value
        return vector

    def path(self, name, start, periods):
        """Response (periods,) of a quantity from the states ``start``."""
        slope, states, found = self.slope(name)[0], start, []
        for _ in range(periods):
            found.append(slope @ states)
            states = self.transition @ states
        return np.array(found)


def linear(model, values):
    """First-order solution; only the verdict where it is not determinate."""
    parameters = arrays(model, values)
    point = resting_point(model, parameters)
    now, ahead, shocks = (
        np.asarray(j)
        for j in system(model)[1](
            point, point, jnp.zeros(len(model.shocks)), parameters
        )
    )
    size = len(model.states)
    _, _, alpha, beta, _, z = scipy.linalg.ordqz(
        -now, ahead, sort="iuc", output="complex"
    )
    stable = int(np.sum(np.abs(alpha) < np.abs(beta) * (1 - 1e-9)))
    verdict = {True: "determinate"}.get(
        stable == size, "indeterminate" if stable > size else "explosive"
    )
    if verdict != "determinate":
        nothing = np.zeros((size, size))
        return Linear(model, parameters, point, verdict, nothing, nothing, nothing)
    slope = np.real(z[size:, :size] @ np.linalg.inv(z[:size, :size]))
    everything = np.vstack([np.eye(size), slope])
    moved = ahead[:size] @ everything
    transition = -np.linalg.solve(moved, now[:size] @ everything)
    impact = -np.linalg.solve(moved, shocks[:size])
    return Linear(model, parameters, point, verdict, transition, impact, everything)
