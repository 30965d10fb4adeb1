"""Matrix equations and Taylor series against a second method and exact cases."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fiscax.solvers.matrix_equations import generalised_sylvester, spectral_radius
from fiscax.solvers.perturbation.first_order import (
    Layout,
    LinearSystem,
    roots_by_qz,
    solve_first_order,
)
from fiscax.solvers.perturbation.seeds import Seeds
from fiscax.solvers.perturbation.taylor import FUNCTIONS, along


def random_system(seed, n, states, forward):
    """A system with known roots: B = -(A P + M), so that P is a solvent."""
    rng = np.random.default_rng(seed)
    ahead = rng.standard_normal((n, len(forward)))
    solvent = np.zeros((n, n))
    solvent[:, states] = rng.standard_normal((n, len(states)))
    block = solvent[np.ix_(states, states)]
    solvent[:, states] *= 0.95 / np.abs(np.linalg.eigvals(block)).max()
    wide = np.zeros((n, n))
    wide[:, forward] = ahead
    matrix = rng.standard_normal((n, n))
    # Roots left out are inverses of those of M^-1 A: made larger than one.
    pull = np.linalg.solve(matrix, wide)
    matrix = matrix * np.abs(np.linalg.eigvals(pull)).max() / 0.9
    now = matrix - wide @ solvent
    before = -(matrix @ solvent)[:, states]
    impact = rng.standard_normal((n, 2))
    return LinearSystem(
        *(jnp.asarray(m) for m in (ahead, now, before, impact))
    ), solvent


@pytest.mark.parametrize("seed", range(6))
def test_doubling_agrees_with_ordered_qz(seed):
    n, states, forward = 12, [1, 3, 4, 8, 11], [0, 3, 4, 7]
    system, solvent = random_system(seed, n, states, forward)
    where = Layout(
        tuple(f"v{i}" for i in range(n)), ("a", "b"), tuple(states), tuple(forward)
    )
    found = solve_first_order(where, system)
    roots = roots_by_qz(where, system)
    assert roots.stable == len(states)
    rows = list(where.dynamic)
    np.testing.assert_allclose(found.by_state[rows, :], roots.rule[rows], atol=1e-10)
    np.testing.assert_allclose(found.by_state, solvent[:, states], atol=1e-10)
    stable = np.abs(roots.eigenvalues[: len(states)]).max()
    np.testing.assert_allclose(found.state_radius, stable, rtol=1e-9)
    unstable = np.abs(roots.eigenvalues[len(states) :]).min()
    np.testing.assert_allclose(found.forward_radius, 1 / unstable, rtol=1e-9)


def test_sylvester_solves_its_equation():
    rng = np.random.default_rng(1)
    left = rng.standard_normal((4, 4))
    right = rng.standard_normal((3, 3))
    left *= 0.9 / np.abs(np.linalg.eigvals(left)).max()
    right *= 0.99 / np.abs(np.linalg.eigvals(right)).max()
    constant = rng.standard_normal((4, 3, 3, 3))
    x = np.asarray(generalised_sylvester(*map(jnp.asarray, (left, right, constant))))
    again = np.einsum(
        "ij,jabc,ad,be,cf->idef", left, x, right, right, right, optimize=True
    )
    np.testing.assert_allclose(x + again, constant, atol=1e-11)


def test_spectral_radius_of_a_rotation_and_a_jordan_block():
    turn = 0.8 * np.array([[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]])
    assert float(spectral_radius(jnp.asarray(turn))) == pytest.approx(0.8, rel=1e-9)
    jordan = jnp.asarray([[0.5, 1.0], [0.0, 0.5]])
    assert float(spectral_radius(jordan)) == pytest.approx(0.5, rel=1e-6)
    assert float(spectral_radius(jnp.zeros((2, 2)))) == 0.0


def test_seeds_recover_forms():
    rng = np.random.default_rng(0)
    for n in (1, 2, 5):
        seeds = Seeds(n)
        square = rng.standard_normal((n, n))
        square = square + square.T
        values = np.einsum("ij,id,jd->d", square, seeds.pairs, seeds.pairs)
        found = seeds.second(values[:, None])[seeds.position_2, 0]
        np.testing.assert_allclose(found, square, atol=1e-12)
        cube = rng.standard_normal((n, n, n))
        orders = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
        cube = sum(np.transpose(cube, o) for o in orders)
        v = seeds.triples
        values = np.einsum("ijk,id,jd,kd->d", cube, v, v, v)
        found = seeds.third(values[:, None])[seeds.position_3, 0]
        np.testing.assert_allclose(found, cube, atol=1e-11)
        distinct = square[seeds.members_2]
        np.testing.assert_allclose(
            seeds.quadratic(distinct[None])[0],
            np.einsum("ij,id,jd->d", square, v, v),
            atol=1e-12,
        )


@pytest.mark.slow
def test_series_differentiate_as_jax_does():
    def residuals(z, _):
        x, y = z
        f = FUNCTIONS
        return [
            f["exp"](x * y) / (1 + x**2) - f["log"](y) * y ** (-1.7),
            f["sin"](x) ** 3 + f["sqrt"](y + x) + 2**x - 3 / y,
            f["erf"](x) * f["tanh"](y) + y**x + abs(y),
        ]

    base = (0.4, 1.3)
    z = [jnp.array([[d, e]]).T for d, e in ((1.0, -0.5), (0.3, 0.7), (-0.2, 0.4))]

    def path(t):
        point = [
            b + z[0][i, 0] * t + z[1][i, 0] * t**2 + z[2][i, 0] * t**3
            for i, b in enumerate(base)
        ]
        return jnp.stack([jnp.asarray(r) for r in residuals(point, ())])

    expected, factor = path, 1.0
    for power, found in enumerate(along(residuals, base, z, ()), start=1):
        expected = jax.jacfwd(expected)
        factor *= power
        np.testing.assert_allclose(found[0], expected(0.0) / factor, rtol=1e-12)
