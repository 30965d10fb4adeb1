"""Higher-order perturbation with switching against exact solutions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from fiscax.models.declaration import (
    Dated,
    DeclarationError,
    Equation,
    Parameter,
    Shock,
)
from fiscax.models.general.model import DynamicModel, Variable, dated
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.switching.perturbation import (
    simulate_switching,
    switching_perturbation,
    switching_residuals,
    switching_responses,
)
from fiscax.solvers.switching.solutions import switching_solutions
from fiscax.solvers.switching.system import SwitchingModel, linear_switching_system

SIGMAS = np.array([0.4, 0.2, 0.1, 0.05])
BETA, CURVATURE, RHO = 0.95, -1.0, 0.5
PARAMETERS = np.array([[0.03, 0.02], [-0.01, 0.05]])
CHAIN = np.array([[0.9, 0.1], [0.3, 0.7]])
ERGODIC = np.array([0.75, 0.25])


def growth_model():
    """Price-dividend ratio v = beta E exp(k d') (1 + v'), growth d switches."""
    value, growth = Dated("v"), Dated("d")
    mean, spread = Dated("mu"), Dated("sd")
    right = BETA * sp.exp(CURVATURE * dated("d", 1)) * (1 + dated("v", 1))
    law = mean * (1 - RHO) + RHO * dated("d", -1) + spread * Dated("e")
    return DynamicModel(
        "growth", "asset pricing",
        tuple(
            Parameter(n, n, "", -10, 10, n, regime_specific=True) for n in ("mu", "sd")
        ),
        (Variable("v"), Variable("d")), (Shock("e", "e", "growth"),),
        (Equation("price", value, right, ""), Equation("growth", growth, law, "")),
    )  # fmt: skip


def problem(parameters=PARAMETERS, transition=CHAIN, weights=ERGODIC):
    """The growth model around its steady state at mean growth."""
    mean = float(weights @ parameters[:, 0])
    factor = BETA * np.exp(CURVATURE * mean)
    rest = np.array([factor / (1 - factor), mean])
    return SwitchingModel(growth_model(), parameters, transition, rest, ("mu",))


@pytest.fixture(scope="module")
def policies():
    """Orders 1 to 3 of the growth model."""
    economy = problem()
    solution = switching_solutions(linear_switching_system(economy)).require_unique()
    return [switching_perturbation(economy, solution, k) for k in (1, 2, 3)]


def exact_value(growth, sigma):
    """Sum of strips exp(b_n d) a_n by regime; growth is that of t."""
    mean = ERGODIC @ PARAMETERS[:, 0]
    drift = (mean + sigma * (PARAMETERS[:, 0] - mean)) * (1 - RHO)
    spread = sigma * PARAMETERS[:, 1]
    slope, level, total = 0.0, np.ones(2), np.zeros(2)
    for _ in range(1500):
        load = CURVATURE + slope
        level = (
            BETA * CHAIN @ (np.exp(load * drift + 0.5 * (load * spread) ** 2) * level)
        )
        slope = RHO * load
        total = total + level * np.exp(slope * growth)
    return total


def slope_of(errors):
    """Least-squares slope of log errors on log sigma."""
    return np.polyfit(np.log(SIGMAS), np.log(errors), 1)[0]


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.slow
def test_error_against_the_exact_price_falls_at_the_declared_rate(policies, order):
    policy = policies[order - 1]
    rest = policy.problem.steady_state
    errors = []
    for sigma in SIGMAS:
        worst = 0.0
        for regime in (0, 1):
            before = jnp.array([0.0, 0.03 * sigma])
            shock = sigma * jnp.array([0.7])
            at = rest + np.asarray(policy.deviation(regime, before, shock, sigma))
            worst = max(worst, abs(at[0] - exact_value(at[1], sigma)[regime]))
        errors.append(worst)
    assert slope_of(errors) == pytest.approx(order + 1, abs=0.15)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_residuals_fall_at_the_declared_rate(policies, order):
    policy = policies[order - 1]
    generator = np.random.default_rng(2)
    moves = 0.02 * generator.normal(size=(20, 2))
    shocks = generator.normal(size=(20, 1))
    regimes = np.arange(20) % 2
    errors = []
    for sigma in SIGMAS:
        before = policy.problem.steady_state + sigma * moves
        found = switching_residuals(policy, before, shocks, regimes, sigma)
        errors.append(np.sqrt(np.mean(found[:, 0] ** 2)))
    assert slope_of(errors) == pytest.approx(order + 1, abs=0.15)


def test_identical_regimes_are_one_regime():
    one = problem(PARAMETERS[:1], np.eye(1), np.ones(1))
    two = problem(PARAMETERS[[0, 0]], CHAIN)
    found = []
    for economy in (one, two):
        solution = switching_solutions(linear_switching_system(economy))
        found.append(switching_perturbation(economy, solution.require_unique(), 3))
    for single, double in zip(found[0].derivatives, found[1].derivatives, strict=True):
        for regime in (0, 1):
            np.testing.assert_allclose(double[regime], single[0], rtol=1e-9, atol=1e-9)


def test_derivatives_are_symmetric(policies):
    for derivative in policies[2].derivatives[1:]:
        swapped = np.swapaxes(derivative, -1, -2)
        np.testing.assert_allclose(derivative, swapped, atol=1e-7)


def test_simulation_visits_regimes_and_higher_order_is_closer(policies):
    generator = np.random.default_rng(0)
    shocks, draws = generator.normal(size=(4000, 1)), generator.random(4000)
    sizes = []
    for policy in policies:
        path, regimes = simulate_switching(policy, shocks, draws)
        assert np.mean(regimes) == pytest.approx(ERGODIC[1], abs=0.04)
        before = np.concatenate([policy.problem.steady_state[None], path[:-1]])
        found = switching_residuals(policy, before, shocks, regimes)
        sizes.append(np.sqrt(np.mean(found[:, 0] ** 2)))
        # Growth is linear in every order.
        assert np.abs(found[:, 1]).max() < 1e-10
    assert sizes[0] > 3 * sizes[1] > 9 * sizes[2]


def test_linear_responses_are_products_along_the_regimes(policies):
    policy = policies[0]
    response = switching_responses(policy, [1, 0, 0, 1], np.ones(1))
    np.testing.assert_allclose(response[:, 1], 0.05 * RHO ** np.arange(4), rtol=1e-12)
    slopes = policy.derivatives[0][:, 0, 0]
    np.testing.assert_allclose(
        response[1:, 0], slopes[[0, 0, 1]] * response[:-1, 1], rtol=1e-12
    )


class TestEndogenousProbabilities:
    """v = E exp(theta_j - r + z') (1 + v'); probabilities depend on z by a logit."""

    theta = np.array([0.02, -0.04])
    spread, persistence, rate = 0.02, 0.6, 0.15

    @staticmethod
    def chance(z):
        """Probabilities of leaving regimes 0 and 1."""
        return (
            1 / (1 + jnp.exp(2.0 - 12.0 * z)),
            1 / (1 + jnp.exp(1.0 + 8.0 * z)),
        )

    def transition(self, now, before, parameters):
        """Rows by regime."""
        del before, parameters
        first, second = self.chance(now[1])
        return jnp.array([[1 - first, first], [second, 1 - second]])

    def economy(self):
        value, z = Dated("v"), Dated("z")
        theta = Parameter("theta", "t", "", -1, 1, "", regime_specific=True)
        right = sp.exp(dated("theta", 1) - self.rate + dated("z", 1)) * (
            1 + dated("v", 1)
        )
        law = self.persistence * dated("z", -1) + self.spread * Dated("e")
        model = DynamicModel(
            "logit", "", (theta,),
            (Variable("v"), Variable("z")), (Shock("e", "e", ""),),
            (Equation("price", value, right, ""), Equation("z", z, law, "")),
        )  # fmt: skip
        leave = [float(c) for c in self.chance(0.0)]
        mean = (leave[1] * self.theta[0] + leave[0] * self.theta[1]) / sum(leave)
        factor = np.exp(mean - self.rate)
        rest = np.array([factor / (1 - factor), 0.0])
        parameters = self.theta[:, None]
        return SwitchingModel(
            model, parameters, self.transition, rest, ("theta",)
        ), mean

    def on_a_grid(self, sigma, mean, wide=0.12, size=30):
        """Values at Chebyshev nodes, then at z; expectations by Gauss-Hermite."""
        chebyshev = np.polynomial.chebyshev
        wide = wide * max(sigma, 0.05)
        nodes = np.cos(np.pi * (np.arange(size) + 0.5) / size)
        points, weights = np.polynomial.hermite_e.hermegauss(15)
        weights = weights / weights.sum()
        ahead = self.persistence * wide * nodes[:, None]
        ahead = ahead + sigma * self.spread * points
        basis = chebyshev.chebvander(ahead / wide, size - 1)
        leave = np.array(self.chance(wide * nodes))
        stay = 1 - leave
        matrix, right = np.zeros((2, size, 2, size)), np.zeros((2, size))
        for i in range(2):
            for j in range(2):
                chance = stay[i] if i == j else leave[i]
                theta = mean + sigma * (self.theta[j] - mean)
                price = np.exp(theta - self.rate + ahead) * weights * chance[:, None]
                matrix[i, :, j] -= np.einsum("pv,pvk->pk", price, basis)
                right[i] += price.sum(axis=1)
            matrix[i, :, i] += chebyshev.chebvander(nodes, size - 1)
        solved = np.linalg.solve(matrix.reshape(2 * size, -1), right.ravel())
        solved = solved.reshape(2, size)
        return lambda i, z: chebyshev.chebval(z / wide, solved[i])

    @pytest.mark.slow
    def test_error_falls_at_the_declared_rate(self):
        economy, mean = self.economy()
        solution = switching_solutions(linear_switching_system(economy))
        solution = solution.require_unique()
        rates = []
        for order in (1, 2, 3):
            policy = switching_perturbation(economy, solution, order)
            errors = []
            for sigma in SIGMAS:
                value = self.on_a_grid(sigma, mean)
                worst = 0.0
                for regime in (0, 1):
                    before = jnp.array([0.0, 0.02 * sigma])
                    shock = sigma * jnp.array([0.8])
                    at = np.asarray(policy.deviation(regime, before, shock, sigma))
                    exact = value(regime, at[1])
                    worst = max(worst, abs(at[0] + economy.steady_state[0] - exact))
                errors.append(worst)
            rates.append(slope_of(errors))
        np.testing.assert_allclose(rates, [2, 3, 4], atol=0.3)

    def test_regimes_follow_the_state(self):
        economy, _ = self.economy()
        solution = switching_solutions(linear_switching_system(economy))
        policy = switching_perturbation(economy, solution.require_unique(), 2)
        generator = np.random.default_rng(1)
        shocks, draws = generator.normal(size=(6000, 1)), generator.random(6000)
        path, regimes = simulate_switching(policy, shocks, draws)
        left = regimes[1:] != regimes[:-1]
        for i in (0, 1):
            chosen = regimes[:-1] == i
            wanted = np.mean(np.asarray(self.chance(path[:-1, 1])[i])[chosen])
            assert np.mean(left[chosen]) == pytest.approx(float(wanted), abs=0.03)

    def test_probabilities_that_are_none_are_refused(self):
        economy, _ = self.economy()
        solution = switching_solutions(linear_switching_system(economy))

        def wild(now, before, parameters):
            chain = self.transition(jnp.zeros(2), before, parameters)
            return chain + 40 * now[1] * jnp.array([[1.0, -1.0], [1.0, -1.0]])

        odd = SwitchingModel(
            economy.model, economy.parameters, wild, economy.steady_state, ("theta",)
        )
        policy = switching_perturbation(odd, solution.require_unique(), 1)
        shocks = np.ones((50, 1))
        with pytest.raises(SolutionError, match="must stay within"):
            simulate_switching(policy, shocks, np.full(50, 0.5))


def test_refusals(policies):
    economy = policies[0].problem
    solution = switching_solutions(linear_switching_system(economy)).require_unique()
    with pytest.raises(SolutionError, match="choose 1, 2 or 3"):
        switching_perturbation(economy, solution, 4)
    with pytest.raises(DeclarationError, match="did you mean mu"):
        SwitchingModel(economy.model, PARAMETERS, CHAIN, economy.steady_state, ("muu",))
    with pytest.raises(SolutionError, match="Name the parameters"):
        SwitchingModel(economy.model, PARAMETERS, CHAIN, economy.steady_state)
    with pytest.raises(SolutionError, match="reach each other"):
        SwitchingModel(
            economy.model, PARAMETERS, np.eye(2), economy.steady_state, ("mu",)
        )


def test_the_policy_is_traceable(policies):
    policy = policies[1]
    run = jax.jit(lambda b: policy.deviation(0, b, jnp.zeros(1), 1.0))
    assert np.all(np.isfinite(run(jnp.zeros(2))))
