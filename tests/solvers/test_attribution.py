"""Filters with a model that may be wrong, against conditioning by brute force."""

import jax.numpy as jnp
import numpy as np
import pytest

from fiscax.solvers.errors import SolutionError
from fiscax.solvers.filters.attribution import (
    LinearModel,
    attributed,
    steady_filter,
    update,
)

STATES, SHOCKS, SEEN = 3, 4, 5


def invented(seed=0, shocks=SHOCKS, seen=SEEN, error=0.5) -> LinearModel:
    rng = np.random.default_rng(seed)
    transition = np.diag([0.9, 0.5, -0.3]) + 0.1 * np.triu(np.ones((3, 3)), 1)
    return LinearModel(
        jnp.asarray(transition),
        jnp.asarray(rng.standard_normal((STATES, shocks))),
        jnp.asarray(rng.standard_normal((seen, STATES))),
        jnp.asarray(rng.standard_normal((seen, shocks))),
        jnp.full(seen, error),
    )


def stacked(model: LinearModel, start, periods: int):
    """States before, shocks, errors -> states at the end, and all observations."""
    f, g, h, d = (np.asarray(a) for a in model[:4])
    n, k, m = len(f), g.shape[1], len(h)
    size = n + periods * (k + m)
    state = np.eye(n, size)
    rows = []
    for t in range(periods):
        shock = np.zeros((k, size))
        shock[:, n + t * (k + m) : n + t * (k + m) + k] = np.eye(k)
        error = np.zeros((m, size))
        error[:, n + t * (k + m) + k : n + (t + 1) * (k + m)] = np.eye(m)
        rows.append(h @ state + d @ shock + error)
        state = f @ state + g @ shock
    spread = np.zeros((size, size))
    spread[:n, :n] = start
    noise = np.concatenate([np.ones(k), np.asarray(model.errors) ** 2])
    spread[n:, n:] = np.diag(np.tile(noise, periods))
    return state, np.concatenate(rows), spread


def test_filter_is_conditioning_on_everything_seen():
    model, periods = invented(), 12
    steady = steady_filter(model)
    last, seen, spread = stacked(model, np.asarray(steady.variance), periods)
    values = np.random.default_rng(1).standard_normal((periods, SEEN))
    joint = seen @ spread @ seen.T
    expected = last @ spread @ seen.T @ np.linalg.solve(joint, values.ravel())
    square = values.ravel() @ np.linalg.solve(joint, values.ravel())
    size = np.linalg.slogdet(2 * np.pi * joint)[1]
    mean, total = jnp.zeros(STATES), 0.0
    for row in values:
        mean, term = update(steady, mean, jnp.asarray(row))
        total += float(term)
    np.testing.assert_allclose(mean, expected, rtol=1e-7, atol=1e-9)
    assert total == pytest.approx(-0.5 * (square + size), rel=1e-9)


def test_attribution_is_conditioning_and_adds_up():
    model = invented(seed=3)
    steady = steady_filter(model)
    _, seen, spread = stacked(model, np.asarray(steady.variance), 1)
    error = np.random.default_rng(2).standard_normal(SEEN)
    means = spread @ seen.T @ np.linalg.solve(seen @ spread @ seen.T, error)
    for row in range(SEEN):
        parts = seen[row] * means
        own = parts[STATES + SHOCKS :]
        expected = np.append(parts[: STATES + SHOCKS], own.sum())
        found = attributed(steady, jnp.asarray(error), row)
        np.testing.assert_allclose(found, expected, atol=1e-10)
        assert float(found.sum()) == pytest.approx(error[row], abs=1e-10)


def test_right_model_attributes_exactly_with_as_many_observables_as_shocks():
    # Observables show shocks at once: D is the identity and moves no past state away.
    n = STATES
    model = LinearModel(
        0.5 * jnp.eye(n), jnp.eye(n), 0.2 * jnp.eye(n), jnp.eye(n), jnp.zeros(n)
    )
    steady = steady_filter(model)
    for shock in range(n):
        error = model.direct[:, shock] * 1.7
        for row in range(n):
            found = np.asarray(attributed(steady, error, row))
            expected = np.zeros(2 * n + 1)
            expected[n + shock] = float(error[row])
            np.testing.assert_allclose(found, expected, atol=1e-9)


def test_models_without_a_filter_are_refused():
    model = invented()
    wild = model._replace(transition=1.2 * jnp.eye(STATES))
    with pytest.raises(SolutionError, match="modulus"):
        steady_filter(wild)
    twice = model._replace(
        loading=model.loading.at[1].set(model.loading[0]),
        direct=model.direct.at[1].set(model.direct[0]),
        errors=jnp.zeros(SEEN),
    )
    with pytest.raises(SolutionError, match="exactly related"):
        steady_filter(twice)
