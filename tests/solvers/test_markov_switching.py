"""Switching solutions against closed forms, resultants and permanent regimes."""

import numpy as np
import pytest
import scipy.linalg
import sympy as sp

from fiscax.models.declaration import Dated, Equation, Parameter, Shock, fixed
from fiscax.models.general.model import DynamicModel, Variable, dated
from fiscax.solvers.errors import DeterminacyError, SolutionError
from fiscax.solvers.switching.quadratic_systems import (
    Quadratics,
    homotopy_roots,
    total_degree_roots,
)
from fiscax.solvers.switching.reduction import SwitchingSystem, reduced, states_of
from fiscax.solvers.switching.search import separated, solvents
from fiscax.solvers.switching.solutions import switching_solutions
from fiscax.solvers.switching.system import SwitchingModel, linear_switching_system

DISCOUNT = 0.99
CHAIN = np.array([[0.9, 0.1], [0.1, 0.9]])


def fisherian(response, transition, persistence=0.5):
    """alpha_i pi_t = E pi_{t+1} + r_t, with the real rate r an AR(1)."""
    count = len(response)
    ahead = np.zeros((count, count, 2, 2))
    now, before = np.zeros((2, count, 2, 2))
    impact = np.zeros((count, 2, 1))
    ahead[..., 0, 0] = 1.0
    now[:, 0, 0], now[:, 0, 1], now[:, 1, 1] = -np.array(response), 1.0, 1.0
    before[:, 1, 1], impact[:, 1, 0] = -persistence, -1.0
    names = tuple(f"regime {i}" for i in range(count))
    return SwitchingSystem(
        np.array(transition), ahead, now, before, impact, np.zeros((count, 2)),
        ("pi", "r"), names,
    )  # fmt: skip


def with_debt(response, tax, transition):
    """alpha_i pi_t = E pi_{t+1} - e_t and b_t = (1/beta - g_i) b_{t-1} - k_i pi_t.

    k_i = 1/beta - alpha_i: surprise inflation erodes debt, the policy rate feeds it.
    """
    count = len(response)
    ahead = np.zeros((count, count, 2, 2))
    now, before = np.zeros((2, count, 2, 2))
    impact = np.zeros((count, 2, 1))
    response = np.array(response)
    ahead[..., 0, 0] = 1.0
    now[:, 0, 0], now[:, 1, 1], now[:, 1, 0] = -response, 1.0, 1 / DISCOUNT - response
    before[:, 1, 1], impact[:, 0, 0] = -(1 / DISCOUNT - np.array(tax)), -1.0
    return SwitchingSystem(
        np.array(transition), ahead, now, before, impact, np.zeros((count, 2)),
        ("pi", "b"), tuple(f"regime {i}" for i in range(count)),
    )  # fmt: skip


def bisect(holds, low, high):
    """Point where ``holds`` turns true, from false at ``low``."""
    assert not holds(low)
    assert holds(high)
    while high - low > 1e-8:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


class TestFisherianEconomy:
    stay = (0.8, 0.95)
    chain = ((0.8, 0.2), (0.05, 0.95))

    def boundary(self, first):
        """alpha_2 with (1 - a2) p11 + (1 - a1) p22 + a1 a2 = 1."""
        p11, p22 = self.stay
        return (1 - p11 - (1 - first) * p22) / (first - p11)

    @pytest.mark.parametrize("active", [1.2, 1.5, 3.0])
    def test_bounded_uniqueness_is_the_long_run_taylor_principle(self, active):
        # Davig and Leeper (2007), equation 13: for one positive forward variable the
        # mean radius decides whether bounded sunspots exist.
        def unique(second):
            system = fisherian((active, second), self.chain)
            (solution,) = switching_solutions(system).solutions
            return solution.sunspot_mean_radius < 1

        exact = self.boundary(active)
        assert exact > self.stay[1]
        assert bisect(unique, 0.5, 1.2) == pytest.approx(exact, abs=1e-6)

    @pytest.mark.parametrize("active", [1.2, 1.5, 3.0])
    def test_mean_square_uniqueness_holds_for_squared_responses(self, active):
        # Farmer, Waggoner and Zha (2009): the condition in alpha^2, a stricter one.
        def unique(second):
            system = fisherian((active, second), self.chain)
            return switching_solutions(system).verdict == "determinate"

        exact = np.sqrt(self.boundary(active**2))
        assert exact > self.boundary(active)
        assert bisect(unique, 0.5, 1.2) == pytest.approx(exact, abs=1e-6)

    def test_responses_to_the_real_rate(self):
        system = fisherian((1.5, 0.99), self.chain, persistence=0.7)
        solution = switching_solutions(system).require_unique()
        chain = np.array(self.chain)
        wanted = np.linalg.solve(np.diag([1.5, 0.99]) - 0.7 * chain, np.ones(2))
        np.testing.assert_allclose(solution.impact[:, 0, 0], wanted, rtol=1e-12)
        np.testing.assert_allclose(solution.transition[:, 0, 1], 0.7 * wanted)
        assert solution.ms_radius == pytest.approx(0.49)
        assert solution.residual < 1e-12

    def test_constants(self):
        base = fisherian((1.5, 1.1), self.chain)
        constant = np.array([[0.01, 0.0], [-0.02, 0.0]])
        system = SwitchingSystem(**{**vars(base), "constant": constant})
        (solution,) = switching_solutions(system).solutions
        matrix = np.diag([1.5, 1.1]) - np.array(self.chain)
        wanted = np.linalg.solve(matrix, constant[:, 0])
        np.testing.assert_allclose(solution.constant[:, 0], wanted, rtol=1e-12)


class TestMonetaryAndFiscalPolicy:
    @pytest.mark.parametrize(
        ("response", "tax", "verdict"),
        [
            (1.5, 0.1, "determinate"),
            (0.5, 0.0, "determinate"),
            (0.5, 0.1, "indeterminate"),
            (1.5, 0.0, "explosive"),
        ],
    )
    def test_four_quadrants_of_leeper(self, response, tax, verdict):
        # Leeper (1991): roots alpha and 1/beta - gamma, debt irrelevant or not.
        debt = 1 / DISCOUNT - tax
        found = switching_solutions(with_debt([response], [tax], [[1.0]]))
        assert found.complete
        assert found.verdict == verdict
        radii = {bool(s.inert["b"]): s.ms_radius for s in found.solutions}
        assert radii == pytest.approx({True: debt**2, False: response**2})
        sunspots = {bool(s.inert["b"]): s.sunspot_radius for s in found.solutions}
        assert sunspots == pytest.approx({True: response**-2, False: debt**-2})
        fiscal = next(s for s in found.solutions if not s.inert["b"])
        slope = (debt - response) / (1 / DISCOUNT - response)
        assert fiscal.transition[0, 0, 1] == pytest.approx(slope, rel=1e-12)

    def test_permanent_regimes_are_solved_one_by_one(self):
        system = with_debt((1.5, 0.5), (0.1, 0.0), np.eye(2))
        found = switching_solutions(system)
        assert len(found.solutions) == 4
        assert found.complete
        unique = found.require_unique()
        for i in range(2):
            law = _ordered_qz(system, i)
            np.testing.assert_allclose(unique.transition[i], law, atol=1e-12)

    @pytest.mark.parametrize(
        ("response", "tax", "stable", "verdict"),
        [
            ((1.5, 1.5), (0.0, 0.0), 0, "explosive"),
            ((1.5, 1.2), (0.1, 0.1), 1, "determinate"),
            ((0.6, 0.5), (0.0, -0.02), 1, "determinate"),
            ((1.5, 0.9), (0.1, 0.0), 2, "indeterminate"),
            ((1.5, 0.5), (0.1, 0.1), 2, "indeterminate"),
            ((0.5, 0.4), (0.1, 0.1), 4, "indeterminate"),
        ],
    )
    def test_all_solutions_agree_with_the_resultant(
        self, response, tax, stable, verdict
    ):
        found = switching_solutions(with_debt(response, tax, CHAIN))
        assert found.complete
        assert found.failed == 0
        wanted = _by_resultant(response, tax)
        listed = np.array([s.transition[:, 0, 1] for s in found.solutions])
        assert len(listed) == len(wanted) == 4
        for solution, slopes in zip(found.solutions, listed, strict=True):
            assert np.abs(wanted - slopes).max(axis=1).min() < 1e-8
            assert solution.residual < 1e-12
        assert len(found.stable) == stable
        assert found.verdict == verdict

    def test_debt_is_irrelevant_in_one_and_moves_inflation_in_the_other(self):
        found = switching_solutions(with_debt((1.5, 0.9), (0.1, 0.0), CHAIN))
        ricardian = next(s for s in found.stable if s.inert["b"] == ("pi",))
        fiscal = next(s for s in found.stable if not s.inert["b"])
        debt = 1 / DISCOUNT - np.array([0.1, 0.0])
        moments = CHAIN.T * (debt**2)[:, None]
        radius = np.abs(np.linalg.eigvals(moments)).max()
        assert ricardian.ms_radius == pytest.approx(radius, rel=1e-12)
        # The active regime inflates debt away as well, since the other may follow.
        assert np.all(fiscal.transition[:, 0, 1] > 1e-3)
        with pytest.raises(DeterminacyError, match="2 mean-square stable") as caught:
            found.require_unique()
        assert "pi unmoved by b" in str(caught.value)
        assert f"{radius:.6g}" in str(caught.value)

    def test_messages_for_none_and_for_sunspots(self):
        none = switching_solutions(with_debt((1.5, 1.5), (0.0, 0.0), CHAIN))
        with pytest.raises(DeterminacyError, match="no mean-square stable"):
            none.require_unique()
        loose = switching_solutions(fisherian((0.9, 0.9), CHAIN))
        with pytest.raises(DeterminacyError, match="sunspots around it"):
            loose.require_unique()

    def test_a_determinate_solution_is_the_only_stable_one(self):
        # Cho (2021): both radii at most one leave no other stable solution.
        generator = np.random.default_rng(5)
        verdicts = set()
        for _ in range(60):
            response, tax = (
                generator.uniform(0.3, 1.8, 2),
                generator.uniform(-0.1, 0.3, 2),
            )
            stay = generator.uniform(0.3, 0.98, 2)
            chain = np.array([[stay[0], 1 - stay[0]], [1 - stay[1], stay[1]]])
            found = switching_solutions(with_debt(response, tax, chain))
            assert found.complete
            assert len(found.solutions) == 4
            if any(s.determinate for s in found.solutions):
                assert len(found.stable) == 1
            verdicts.add(found.verdict)
        assert verdicts == {"determinate", "indeterminate", "explosive"}


def _ordered_qz(system, regime):
    """Stable law of motion of one permanent regime (Klein 2000)."""
    size = len(system.names)
    eye, zero = np.eye(size), np.zeros((size, size))
    ahead = np.block([[system.ahead[regime, regime], zero], [zero, eye]])
    now = np.block([[-system.now[regime], -system.before[regime]], [eye, zero]])
    *_, z = scipy.linalg.ordqz(now, ahead, sort="iuc")
    # Three stable roots: debt's and two zeros of variables without lags.
    stable = z[:, :size]
    return np.real(stable[:size] @ np.linalg.pinv(stable[size:]))


def _by_resultant(response, tax):
    """Slopes (M, 2) of inflation on debt from a resultant and a quadratic."""
    first, second = sp.symbols("first second")
    slopes, equations = (first, second), []
    for i in range(2):
        alpha, gamma = sp.Rational(str(response[i])), sp.Rational(str(tax[i]))
        inverse = 1 / sp.Rational(str(DISCOUNT))
        law = inverse - gamma - (inverse - alpha) * slopes[i]
        chances = [sp.Rational(str(p)) for p in CHAIN[i]]
        mean = chances[0] * first + chances[1] * second
        equations.append(sp.expand(alpha * slopes[i] - mean * law))
    polynomial = sp.Poly(sp.resultant(*equations, second), first)
    found = []
    for root in polynomial.nroots(n=30, maxsteps=500):
        # The first equation is linear in the other slope.
        linear = sp.Poly(equations[0].subs(first, root), second)
        slope, constant = linear.all_coeffs()
        found.append([complex(root), complex(-constant / slope)])
    return np.array(found)


class TestCompleteness:
    def test_random_quadratics_have_all_their_roots(self):
        generator = np.random.default_rng(1)
        for size in (1, 3, 6):
            system = Quadratics.of(
                generator.normal(size=(size,) * 3),
                generator.normal(size=(size, size)),
                generator.normal(size=size),
            )
            roots = total_degree_roots(system)
            assert len(roots.points) == 2**size
            assert roots.complete
            assert np.abs(system.residuals(roots.points)).max() < 1e-9

    def test_roots_at_infinity_and_double_roots_are_counted(self):
        # x y = 1 and y = 2: one root; x^2 = 0 and y^2 = 1: two double ones.
        quadratic = np.zeros((2, 2, 2))
        quadratic[0, 0, 1] = 1.0
        linear = np.array([[0.0, 0.0], [0.0, 1.0]])
        one = total_degree_roots(Quadratics.of(quadratic, linear, np.array([-1, -2.0])))
        np.testing.assert_allclose(one.points, [[0.5, 2.0]], atol=1e-12)
        assert one.infinite == 3
        squares = np.einsum("ab,ac->abc", np.eye(2), np.eye(2))
        two = total_degree_roots(
            Quadratics.of(squares, np.zeros((2, 2)), np.array([0.0, -1.0]))
        )
        assert sorted(two.paths_to) == [2, 2]
        assert np.all(two.singular)
        assert two.complete

    @pytest.mark.parametrize(("regimes", "count"), [(2, 9), (3, 27)])
    def test_paths_from_permanent_regimes_find_what_total_degree_finds(
        self, regimes, count
    ):
        # Two expectations, one state: three choices per regime.
        generator = np.random.default_rng(regimes)
        system = _random_system(generator, regimes)
        small = reduced(system, states_of(system).endogenous)
        target = small.polynomials()
        start = separated(small, 0)
        roots, choices = solvents(start, 1000)
        few = homotopy_roots(start.polynomials(), roots, target)
        many = total_degree_roots(target)
        assert few.complete
        assert len(few.points) == len(many.points) == choices == count
        for point in many.points:
            assert np.abs(few.points - point).max(axis=1).min() < 1e-7

    def test_exogenous_states_add_no_roots(self):
        generator = np.random.default_rng(8)
        system = _random_system(generator, 2, exogenous=2)
        states = states_of(system)
        np.testing.assert_array_equal(states.endogenous, [0])
        np.testing.assert_array_equal(states.exogenous, [3, 4])
        found = switching_solutions(system)
        assert found.complete
        assert len(found.solutions) == 9
        assert all(s.residual < 1e-10 for s in found.solutions)

    @pytest.mark.slow
    def test_two_states_are_searched_and_said_not_to_be_certified(self):
        generator = np.random.default_rng(4)
        system = _random_system(generator, 2, endogenous=2)
        found = switching_solutions(system)
        assert len(found.solutions) >= 36
        assert found.complete == (found.failed == 0)
        assert ("not certified" in found.describe()) == (not found.complete)
        assert all(s.residual < 1e-8 for s in found.solutions if s.regular)

    def test_three_regimes_permanent(self):
        system = with_debt((1.5, 0.5, 0.9), (0.1, 0.0, 0.05), np.eye(3))
        assert len(switching_solutions(system).solutions) == 8


def _random_system(generator, regimes, endogenous=1, exogenous=0):
    """States first (no expectation), two jumps with an expectation each, AR(2) last."""
    size = endogenous + 2 + exogenous
    jumps = slice(endogenous, endogenous + 2)
    inner = slice(0, endogenous + 2)
    ahead = np.zeros((regimes, regimes, size, size))
    ahead[:, :, jumps, inner] = generator.normal(size=(2, endogenous + 2))
    now, before = np.zeros((2, regimes, size, size))
    now[:, inner] = generator.normal(size=(regimes, endogenous + 2, size))
    before[:, inner, :endogenous] = generator.normal(
        size=(regimes, endogenous + 2, endogenous)
    )
    for k in range(exogenous):
        place = endogenous + 2 + k
        now[:, place, place] = 1.0
        before[:, place, endogenous + 2 :] = -generator.uniform(0, 0.4, exogenous)
    chain = generator.uniform(0.1, 1.0, size=(regimes, regimes))
    return SwitchingSystem(
        chain / chain.sum(axis=1, keepdims=True), ahead, now, before,
        np.zeros((regimes, size, 0)), np.zeros((regimes, size)),
        tuple(f"x{i}" for i in range(size)), tuple(f"s{i}" for i in range(regimes)),
    )  # fmt: skip


class TestDeclaredModels:
    def test_the_linear_system_is_that_of_the_equations(self):
        given = [[1.5, 0.1], [0.5, 0.0]]
        problem = SwitchingModel(debt_model(), given, CHAIN, np.zeros(2))
        found = linear_switching_system(problem)
        wanted = with_debt((1.5, 0.5), (0.1, 0.0), CHAIN)
        for name in ("ahead", "now", "before", "impact", "constant"):
            np.testing.assert_allclose(
                getattr(found, name), getattr(wanted, name), atol=1e-15
            )

    def test_a_steady_state_that_does_not_solve_is_refused(self):
        with pytest.raises(SolutionError, match="equation 'fisher' is off by"):
            SwitchingModel(debt_model(), [[1.5, 0.1]], [[1.0]], np.ones(2))

    def test_what_repeats_is_refused(self):
        base = with_debt((1.5,), (0.1,), [[1.0]])
        now = base.now.copy()
        now[:, 1], now[:, 0] = 0.0, 1.0
        with pytest.raises(SolutionError, match="do not determine"):
            switching_solutions(SwitchingSystem(**{**vars(base), "now": now}))
        with pytest.raises(SolutionError, match="sum to one"):
            base.with_transition([[0.5]])


def debt_model():
    """The economy of ``with_debt``, declared."""
    inflation, debt = Dated("pi"), Dated("b")
    alpha, gamma = fixed("alpha"), fixed("gamma")
    inverse = 1 / sp.Float(DISCOUNT)
    parameters = tuple(Parameter(n, n, "", -10, 10, n) for n in ("alpha", "gamma"))
    return DynamicModel(
        "debt", "Fisherian economy with nominal debt", parameters,
        (Variable("pi"), Variable("b")), (Shock("e", "e", "policy"),),
        (
            Equation("fisher", dated("pi", 1), alpha * inflation + Dated("e"), ""),
            Equation(
                "budget", debt,
                (inverse - gamma) * dated("b", -1) - (inverse - alpha) * inflation, "",
            ),
        ),
    )  # fmt: skip
