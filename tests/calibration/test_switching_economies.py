"""The switching sticky-price economy: permanent regimes, paths, identities."""

import itertools

import numpy as np
import pytest
import sympy as sp

from fiscax.calibration.economies.responses import borne
from fiscax.calibration.economies.sticky import regime_moments, solve_sticky
from fiscax.calibration.economies.sticky_ledger import SIGNS, values
from fiscax.calibration.economies.sticky_switching import (
    solve_switching,
    switching_problem,
)
from fiscax.models.declaration import Dated, Equation, Parameter, Shock
from fiscax.models.general.model import DynamicModel, Variable, dated
from fiscax.solvers.errors import DeterminacyError
from fiscax.solvers.pricing.curves import PARTS
from fiscax.solvers.switching.rules import unique_solution
from fiscax.solvers.switching.solutions import switching_solutions
from fiscax.solvers.switching.system import SwitchingModel, linear_switching_system


@pytest.fixture(scope="module")
def economies():
    return solve_switching()


@pytest.mark.slow
def test_premia_of_regimes_that_hardly_end_are_those_of_permanent_ones():
    given = {"switch_base": -19.5, "switch_debt": 0.0}
    found = solve_switching(overrides=given, order=2)
    names = ("term_premium_40", "real_term_premium_40", "yield_40", "yield_1")
    shared = ("rate_offset", "tax_offset", "safety_bill", "safety_long")
    for regime, economy in found.items():
        own = {n: economy.parameters[n] for n in shared}
        apart = solve_sticky(f"sticky_{regime}", own, order=2, intercepts=False)
        here, there = (e.at_rest(names) for e in (economy, apart))
        for name in names:
            assert here[name] == pytest.approx(there[name], rel=1e-5, abs=1e-9)
        # Second derivatives of yields by shocks too: lags are carried otherwise in the
        # economy that switches. A chance of 3e-7 over the life of a bond is
        # of the risk that slopes of its price differ between regimes.
        for name, quarters in (("yield_40", 40), ("yield_1", 1)):
            one, two = (_bent(e.solution, name) for e in (economy, apart))
            place = [e.solution.variables.index(name) for e in found.values()]
            slope = max(
                np.abs(np.asarray(e.solution.rule.x)[row]).max()
                for e, row in zip(found.values(), place, strict=True)
            )
            size = max(map(abs, two.values()))
            error = 1e-4 * size + 3e-7 * quarters * (2 * slope) ** 2
            for pair, value in two.items():
                assert one[pair] == pytest.approx(value, abs=error)


def _bent(solution, name):
    """Second derivatives of a variable by names of shocks."""
    row = solution.variables.index(name)
    n_s, labels = len(solution.states), solution.shocks
    table = np.asarray(solution.rule.xx)[row, n_s:, n_s:]
    return {
        (a, b): table[i, j] for i, a in enumerate(labels) for j, b in enumerate(labels)
    }


@pytest.mark.slow
def test_regimes_that_hardly_end_are_permanent_ones():
    # A probability of 4e-9 a quarter, over debt that lasts decades.
    found = solve_switching(overrides={"switch_base": -19.5, "switch_debt": 0.0})
    for regime, economy in found.items():
        names = ("tax_response", "phi", "phi_shadow", "tax_response_shadow", "theta")
        names += ("shadow_exposure", "rho_i", "debt_target", "phi_output")
        names += ("rate_offset", "tax_offset", "safety_bill", "safety_long")
        given = {n: economy.parameters[n] for n in names}
        apart = solve_sticky(f"sticky_{regime}", given, order=1)
        shared = [n for n in (*apart.solution.variables,) if not n.startswith("carr")]
        for shock in apart.solution.shocks:
            here = economy.respond({shock: 1.0}, shared, 12)
            there = apart.respond({shock: 1.0}, shared, 12)
            for name in shared:
                # Over the life of an asset the small probability is 3e-7.
                size = np.abs(there[name]).max()
                np.testing.assert_allclose(
                    here[name], there[name], rtol=0, atol=1e-5 * size + 1e-7
                )


def test_yields_are_those_of_all_paths_of_regimes(economies):
    # Expected short real rates and inflation, regime path by regime path.
    state = {"unfunded_spending": 0.05, "expected_growth": 0.001}
    count, names = 4, list(economies)
    for begin, economy in economies.items():
        chain = economy.chain
        rules = list(chain.rules.values())
        where = rules[0].layout
        states = list(where.states)
        x = [np.asarray(r.rule.x) for r in rules]
        n_s = len(states)
        start = economy.first_order_push(state)
        totals = dict.fromkeys(("real_rate", "inflation", "longer"), 0.0)
        first = names.index(begin)
        for path in itertools.product(range(2), repeat=count):
            chance, y = 1.0, x[first] @ start
            seen = dict.fromkeys(totals, 0.0)
            here = first
            for step in range(count):
                seen["real_rate"] += y[where.variables.index("real_rate")]
                left = count - step
                service = "long" if left > 1 else "bill"
                row = where.variables.index(f"convenience_yield_{service}")
                seen["longer"] += y[row]
                chance *= chain.chances[here, path[step]]
                here = path[step]
                y = x[here][:, :n_s] @ y[states]
                seen["inflation"] += y[where.variables.index("inflation")]
            for k, v in seen.items():
                totals[k] += chance * v
        found = {
            n: economy.slope(n) @ start
            for n in ("yield_4", "expected_inflation_4", "convenience_4", "real_4")
        }
        assert found["expected_inflation_4"] == pytest.approx(totals["inflation"] / 4)
        assert found["convenience_4"] == pytest.approx(totals["longer"] / 4)
        assert found["real_4"] == pytest.approx(totals["real_rate"] / 4, rel=1e-9)
        assert found["yield_4"] == pytest.approx(
            found["real_4"] + found["expected_inflation_4"] - found["convenience_4"]
        )


def test_parts_of_a_yield_add_up(economies):
    for economy in economies.values():
        total = sum(economy.slope(f"{part}_40") for part in PARTS)
        total = total - 2 * economy.slope("convenience_40")
        np.testing.assert_allclose(total, economy.slope("yield_40"), atol=1e-15)
        np.testing.assert_allclose(
            economy.slope("yield_1"),
            economy.slope("policy_rate") - economy.slope("convenience_yield_bill"),
            atol=1e-12,
        )


def test_the_ledger_of_debt_closes_in_both_regimes(economies):
    # The budget of every date implies the identity; claims are valued apart.
    for economy in economies.values():
        for shock in economy.solution.shocks:
            found = economy.ledger_change({shock: 1.0})
            size = sum(abs(getattr(found, claim)) for claim in SIGNS)
            assert abs(found.residual) < 1e-9 * max(size, 1e-3)
        assert abs(economy.claim_betas()["residual"]) < 1e-9
        mixed, paid = economy.persistent(0.5), economy.persistent(0.0)
        who = borne(economy, mixed, paid)
        total = sum(v for k, v in who.items() if k.startswith("share"))
        assert total == pytest.approx(1.0, abs=1e-8)
        level, flow, _ = values(economy)["debt"]
        assert level > flow > 0


def test_second_moments_are_those_of_paths(economies):
    chain = economies["safe"].chain
    rules = list(chain.rules.values())
    where = rules[0].layout
    states, n_s = list(where.states), len(where.states)
    shown = [where.variables.index(n) for n in ("inflation", "yield_40", "real_rate")]
    x = np.array([np.asarray(r.rule.x) for r in rules])
    generator = np.random.default_rng(3)
    paths, periods = 3000, 300
    root = np.sqrt(np.diag(rules[0].covariance))
    # Quicker switching than calibrated, so that paths see both regimes.
    chances = np.array([[0.95, 0.05], [0.1, 0.9]])
    faster = type(chain)(chain.rules, chances, 0)
    s, here = np.zeros((paths, n_s)), np.zeros(paths, int)
    at = np.zeros((paths, n_s + len(root)))
    for _ in range(periods):
        here = (generator.random(paths) > chances[here, 0]).astype(int)
        u = generator.normal(size=(paths, len(root))) * root
        at = np.concatenate([s, u], axis=1)
        s = np.where((here == 0)[:, None], at @ x[0][states].T, at @ x[1][states].T)
    y = np.where((here == 0)[:, None], at @ x[0].T, at @ x[1].T)
    for regime in range(2):
        own = y[here == regime][:, shown]
        want = regime_moments(
            type(chain)(faster.rules, chances, regime), shown, rules[0].covariance
        ).covariance
        # Standard error of a variance of normal draws, and three of them.
        error = 3 * np.sqrt(2 / len(own))
        np.testing.assert_allclose(
            np.diag(np.cov(own.T)), np.diag(want), rtol=1.5 * error
        )


def test_debt_moves_the_probability_of_leaving_safety():
    problem = switching_problem()
    names = list(problem.model.names)
    rest = problem.steady_state
    own = dict(
        zip(
            [p.name for p in problem.model.parameters],
            problem.parameters[0],
            strict=True,
        )
    )
    want = 1 / (1 + np.exp(-own["switch_base"]))
    assert problem.chances[0, 1] == pytest.approx(want, rel=1e-9)
    more = rest.copy()
    more[names.index("log_face_value")] += 0.2
    moved = np.asarray(problem.probabilities(0, more, rest))
    logit = own["switch_base"] + 0.2 * own["switch_debt"]
    assert moved[1] == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-9)


def debt_model(revalued=True):
    """Price level and debt: alpha pi = E pi(+1) + e, b = (1/beta - g) b(-1) - k pi.

    Without k, inflation does not revalue debt.
    """
    alpha = Parameter("alpha", r"\alpha", "ratio", 0.0, 5.0, "", regime_specific=True)
    tax = Parameter("tax", r"\gamma", "ratio", -1.0, 5.0, "", regime_specific=True)
    a, g = (sp.Symbol(p.name, real=True) for p in (alpha, tax))
    pi, b = Dated("pi"), Dated("b")
    growth = sp.Float(1 / 0.99)
    fed = (growth - a) * pi if revalued else sp.S.Zero
    return DynamicModel(
        name="debt",
        description="",
        parameters=(alpha, tax),
        variables=(Variable("pi"), Variable("b")),
        shocks=(Shock("e", "e", ""),),
        equations=(
            Equation("fisher", a * pi, dated("pi", 1) + Dated("e"), ""),
            Equation("budget", b, (growth - g) * dated("b", -1) - fed, ""),
        ),
        guesses={},
    )


@pytest.mark.parametrize(
    ("active", "passive", "tax", "verdict"),
    [
        (0.95, 0.95, 0.0, None),
        (0.8, 0.8, 0.0, None),
        # A passive regime that pays its debt is indeterminate by itself. If it is
        # short, the whole is not (Davig and Leeper 2007).
        (0.9, 0.9, 0.2, "indeterminate"),
        (0.9, 0.3, 0.2, "determinate"),
    ],
)
def test_one_solution_is_the_stable_one_of_the_whole_list(
    active, passive, tax, verdict
):
    chances = np.array([[active, 1 - active], [1 - passive, passive]])
    given = np.array([[1.5, 0.2], [0.7, tax]])
    problem = SwitchingModel(debt_model(), given, chances, np.zeros(2))
    every = switching_solutions(linear_switching_system(problem))
    assert every.complete
    assert verdict in (None, every.verdict)
    if every.verdict == "determinate":
        found, rules = unique_solution(problem)
        want = every.require_unique()
        np.testing.assert_allclose(found.transition, want.transition, atol=1e-9)
        np.testing.assert_allclose(found.impact, want.impact, atol=1e-9)
        assert len(rules) == 2
    else:
        with pytest.raises(DeterminacyError, match="not the only"):
            unique_solution(problem)


def test_a_regime_whose_debt_nothing_holds_is_no_start():
    """As many stable roots as states, but of inflation: debt explodes on every path."""
    given, chances = np.array([[1.5, 0.2], [0.7, 0.0]]), np.full((2, 2), 0.5)
    problem = SwitchingModel(
        debt_model(revalued=False),
        given,
        chances,
        np.zeros(2),
        regimes=("held", "adrift"),
    )
    with pytest.raises(DeterminacyError, match=r"'adrift' is no start.*rank condition"):
        unique_solution(problem)
