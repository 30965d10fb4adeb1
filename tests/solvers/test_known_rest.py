"""Steady states from one that is known nearby: those of a search from the guesses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fiscax.models.dynare.reader import read_mod_text
from fiscax.models.general.functions import parameter_vector
from fiscax.solvers.perturbation.steady_state import Known, steady_state_solver

GROWTH = """var k c; varexo e; parameters alpha beta delta;
alpha = 0.33; beta = 0.98; delta = 0.025;
model;
c^(-2) = beta*c(+1)^(-2)*(alpha*k^(alpha-1) + 1 - delta);
c + k = exp(e)*k(-1)^alpha + (1 - delta)*k(-1);
end;
initval; k = 10; c = 1; end;
"""


@pytest.fixture(scope="module")
def model():
    return read_mod_text(GROWTH, "growth")


def closed(parameters):
    alpha, beta, delta = parameters
    capital = ((1 / beta - 1 + delta) / alpha) ** (1 / (alpha - 1))
    return jnp.stack([capital, capital**alpha - delta * capital])


FIRST = np.array([0.33, 0.98, 0.025])
# The same place, next to it, far from it, and nothing that is known.
KNOWN = {
    "there": FIRST,
    "near": np.array([0.331, 0.98, 0.025]),
    "far": np.array([0.5, 0.9, 0.2]),
    "none": None,
}


@pytest.mark.parametrize("at", KNOWN)
def test_rest_and_derivatives_are_those_of_the_closed_form(model, at):
    solve = steady_state_solver(model)
    assert tuple(np.asarray(parameter_vector(model))) == tuple(FIRST)
    other = KNOWN[at]
    values = np.full(2, np.nan) if other is None else np.asarray(closed(other))
    known = Known(values, FIRST if other is None else other)

    def rest(parameters):
        return solve(parameters, known).values

    found, slopes = jax.jit(lambda p: (rest(p), jax.jacrev(rest)(p)))(FIRST)
    np.testing.assert_allclose(found, closed(FIRST), rtol=1e-10)
    np.testing.assert_allclose(slopes, jax.jacfwd(closed)(FIRST), rtol=1e-9)


def test_a_batch_finds_every_rest(model):
    solve = steady_state_solver(model)
    known = Known(np.asarray(closed(FIRST)), FIRST)
    many = FIRST * (1 + 0.2 * np.linspace(-1, 1, 9)[:, None] * np.array([1, 0, 1]))
    found = jax.jit(jax.vmap(lambda p: solve(p, known).values))(many)
    np.testing.assert_allclose(found, jax.vmap(closed)(many), rtol=1e-10)
