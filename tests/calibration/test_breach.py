"""Promises that a disaster voids: what they are worth, and who bears the rest."""

import closed_forms as exact
import numpy as np
import pytest
from shared_economies import KEPT, UNRISKY

from fiscax.calibration.economies import core_solution
from fiscax.calibration.economies.core import (
    COARSE,
    CoreEconomy,
    load,
    solve_economy,
    solver_options,
)
from fiscax.calibration.economies.responses import (
    borne,
    equity_response,
    who_bears,
    yield_responses,
)
from fiscax.calibration.economies.store import EconomyStore
from fiscax.experiments.open_problems.study import riskless_intercepts
from fiscax.models.functions import program, run
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.projection.conditions import evaluate_block, in_regime
from fiscax.solvers.projection.solve import BlockSolver

pytestmark = pytest.mark.slow

# Disasters are independent: the kernel's closed form prices them.
IID = {"sigma_p": 0.0, "sigma_x": 0.0}
# Miller, Paron and Wachter (NBER 34021): a disaster of 30% with a chance of 2.1% a year
# takes 16.5% of the value of bonds, which is worth a premium of 1.7pp a year.
MILLER_PARON_WACHTER = IID | {
    "gamma": 5.0,
    "xi": -np.log(0.7),
    "p_bar": 0.021 / 4,
    "breach": 0.165,
}
EXOGENOUS = ("kernel", "output", "spending")


def exogenous(blocks=EXOGENOUS, **changes):
    """The blocks that move by themselves, at their centre: values by unknown."""
    model, calibration = load("risky")
    given = KEPT | changes
    # The reference policy is the economy's own.
    given |= {f"{k}_reference": given[k] for k in ("theta", "breach")}
    calibration = calibration.with_values(**given)
    solver = BlockSolver(model, solver_options())
    values = {k: np.asarray(v) for k, v in calibration.as_arrays().items()}
    for block in blocks:
        solver.solve(block, values)

    def at(block, *moves):
        """Unknowns at the centre plus ``moves`` of the block's last state."""
        solved = solver.solved[block]
        centre = np.asarray(solved.domain.center)
        points = np.array([[*centre[:-1], m] for m in moves]) if moves else centre[None]
        found = np.asarray(
            evaluate_block(dict(solver.grids)[block], solved, 0, points)
        ).T
        names = [u.name for u in model.block(block).unknowns]
        return dict(zip(names, found, strict=True))

    one = {k: float(np.squeeze(v)) for k, v in values.items()}
    return model, values, one, at


@pytest.mark.slow
@pytest.mark.parametrize("breach", [0.0, 0.4])
def test_claims_with_independent_disasters_have_their_closed_forms(breach):
    _, _, one, at = exogenous(**IID, breach=breach, theta=0.9)
    z = np.array([-0.1, 0.0, 0.15])
    want = exact.spending_values(z, **one)
    output, spending = at("output"), at("spending", *z)
    # Constants lie in the span; Newton's goal of 1e-11 is amplified by 1 / (1 - k).
    for name in ("promise_value", "decaying_spending_value"):
        assert output[name] == pytest.approx(want[name], rel=1e-8)
    # Spending is curved in z: what its grid of level five resolves.
    for name in ("spending_value", "unfunded_value"):
        np.testing.assert_allclose(spending[name], want[name], rtol=1e-6)
    if breach == 0:
        kept = spending["spending_value"] - spending["unfunded_value"]
        gap = spending["spending_value"] - one["g_bar"] * output["output_value"]
        np.testing.assert_allclose(kept, one["theta"] * gap, atol=1e-6)


def test_without_breach_promises_are_worth_what_they_say():
    # In stress and out of it, to Newton's goal: the economy is that of theta alone.
    _, _, _, at = exogenous(("kernel", "output"))
    found = at("output", -8.0, -6.0, -5.0, -4.0, -3.0)
    np.testing.assert_allclose(found["promise_value"], 1.0, rtol=0, atol=1e-10)


def test_a_promise_earns_the_premium_of_miller_paron_and_wachter():
    _, _, one, at = exogenous(("kernel", "output"), **MILLER_PARON_WACHTER)
    worth, owed = float(at("output")["promise_value"][0]), 1 - one["repayment"]
    # Payoff over price of what is owed after this quarter's payment, over the riskless
    # rate: kept in full or, with chance p, less what breach takes.
    riskless = worth * owed / (worth - one["repayment"])
    premium = np.log(riskless * (1 - one["p_bar"] * one["breach"]))
    weight = np.exp(one["gamma"] * one["xi"])
    priced = one["p_bar"] * weight / (1 - one["p_bar"] + one["p_bar"] * weight)
    kept = (1 - one["p_bar"] * one["breach"]) / (1 - priced * one["breach"])
    assert premium == pytest.approx(np.log(kept), rel=1e-7)
    # Their formula is that of a short period, ours of a quarter: three percent.
    rate, lost = 0.021, 0.165
    assert rate * lost * (0.7**-5 - 1) == pytest.approx(0.017, abs=5e-4)
    assert 4 * premium == pytest.approx(rate * lost * (0.7**-5 - 1), rel=0.04)


@pytest.mark.parametrize("breach", [0.0, 0.4])
def test_the_account_loses_what_is_owed_and_what_is_promised_ahead(breach):
    model, values, one, at = exogenous(**IID, breach=breach, theta=0.9)
    steps = program(model, "nominal", ["backing_account_next"])
    follows = float(at("output")["decaying_spending_value"][0])
    gap = one["g_bar"] * np.expm1(0.1)
    env = dict(in_regime(model, values, 0)) | {
        "spending": 0.1,
        "spending_ratio": one["g_bar"] + gap,
        "backing_account": 0.3,
        "real_rate": 0.004,
        "output_growth_next": 0.01,
        "spending_ratio_next": one["g_bar"] + 2 * gap,
        "decaying_spending_value_next": follows,
    }
    name = "backing_account_next"
    needed = [s for s in steps.forward if getattr(s, "name", "") == name]
    after = [
        float(run(needed, env | {"disaster": d}, lambda *_: {})[name])
        for d in (0.0, 1.0)
    ]
    owed = (1 - one["repayment"]) * 0.3 + 0.9 * gap
    assert after[0] == pytest.approx(np.exp(0.004 - 0.01) * owed, rel=1e-12)
    # Of everything promised, owed or still to come, the same share is kept.
    ahead = 0.9 * follows * 2 * gap
    left = (1 - breach) * (after[0] + ahead)
    assert after[1] + ahead == pytest.approx(left, rel=1e-12)


# Calmer spending, and no services: nobody but taxpayers and bondholders bears news.
CALM = {
    "zeta": 0.04,
    "sigma_z": 0.007,
    "phi_natural": 0.0,
    "safety_price": 0.0,
    "liquidity_price": 0.0,
}
# Intercepts at which debt is worth near a year of output at every breach.
TAXES = {0.0: 0.2112, 0.15: 0.2126, 0.3: 0.2136}


def economy_of(solved, breach, **more):
    """The risky economy with calm spending, on the cheap grid."""
    changes = KEPT | CALM
    changes |= {"breach": breach, "theta": 0.95, "tax_mean": TAXES[breach]}
    changes |= {"breach_reference": breach, "theta_reference": 0.95, **more}
    calibration = load("risky")[1].with_values(**changes)
    return CoreEconomy("risky", calibration, solved("risky", **changes))


@pytest.fixture(scope="module")
def economies(solved):
    """By breach."""
    return {breach: economy_of(solved, breach) for breach in TAXES}


def test_bondholders_bear_what_kept_promises_do_not(economies):
    for breach, economy in economies.items():
        counted = economy.backed_share
        assert (counted == 0.95) == (breach == 0)
        # The ledger finds taxes by an operator that knows of no promise: its residual
        # bounds what the two may differ by.
        found = who_bears(economy)
        assert found["share_bondholders"] == pytest.approx(1 - counted, abs=2e-3)
        assert found["share_taxpayers"] == pytest.approx(counted, abs=2e-3)
    shares = [e.backed_share for e in economies.values()]
    assert shares == sorted(shares, reverse=True)


def test_value_of_taxes_is_that_of_kept_promises(economies):
    economy = economies[0.3]
    points = economy.solution.ergodic_sample[0][::500]
    names = ("output_value", "spending_value", "unfunded_value", "promise_value")
    output, spending, unfunded, worth = economy.solution.observe(names, points).T
    account = economy.solution.observe(["backing_account"], points)[:, 0]
    base = economy.parameters["tax_mean"] * output
    kept = worth * account + spending - unfunded
    # The ledger prices taxes as paid; on a cheap grid to a thousandth.
    got = economy.ledger(points)["tax"]
    np.testing.assert_allclose(got, base + kept, rtol=1e-3)
    assert np.std(kept) > 0.01


def test_breach_raises_the_term_premium_that_news_brings(economies):
    premia = [
        yield_responses(e, e.news("persistent"))["term_premium_10y"]
        for e in economies.values()
    ]
    assert premia == sorted(premia)
    assert premia[-1] > premia[0] + 0.5


def test_funded_news_is_backed_whatever_is_breached(economies):
    for economy in economies.values():
        push = economy.news("persistent", "funded")
        change = economy.ledger_change(push)
        assert change.debt == pytest.approx(0.0, abs=5e-3 * change.spending)


@pytest.mark.slow
def test_debt_that_stress_makes_worthless_is_refused_with_the_place():
    changes = {"breach": 0.8, "theta": 0.5, "zeta": 0.3}
    with pytest.raises(SolutionError, match=r"value of backing reaches zero in stress"):
        solve_economy("risky", changes, (COARSE,))


@pytest.mark.slow
def test_intercepts_are_found_from_afar():
    # Breach takes a third of a year's output of backing: the shipped intercepts miss.
    changes = {"breach": 0.6, "theta": 0.9, "zeta": 0.04, "sigma_z": 0.007}
    economy = solve_economy("risky", changes, (COARSE,))
    points = economy.solution.ergodic_sample[0]
    debt = economy.solution.observe(["end_of_period_debt"], points).mean()
    # Three times the anchor's tolerance, the slack of coarse grids.
    assert debt == pytest.approx(4 * economy.parameters["debt_target"], abs=0.06)


# --- News of spending without risk --------------------------------------------------

RISKLESS = UNRISKY | {"sigma_z": 1e-3}


def riskless(solved, theta, **more):
    """The risky economy without risk and convenience, on the cheap grid."""
    base = KEPT | more
    values = load("risky")[1].with_values(**base).as_arrays() | RISKLESS
    changes = base | RISKLESS | riskless_intercepts(values)
    changes |= {"theta": theta, "theta_reference": theta}
    calibration = load("risky")[1].with_values(**changes)
    return CoreEconomy("risky", calibration, solved("risky", **changes))


@pytest.mark.parametrize("theta", [0.43, 0.91])
def test_yields_answer_news_as_in_closed_form(solved, theta):
    economy = riskless(solved, theta)
    # A small push: the closed form is that of the linear economy.
    push = economy.shock("e_z")
    change, own = economy.ledger_change(push), economy.parameters
    rate = economy.at_rest(["policy_rate"])["policy_rate"]
    given = {
        "loss": -change.debt / change.owed,
        "phi": own["phi"],
        "rho_i": own["rho_i"],
        "decay": own["omega"] * np.exp(-rate),
    }
    assert -change.debt == pytest.approx((1 - theta) * change.spending, rel=0.01)
    found = yield_responses(economy, push)
    for name, quarters in (("yield_10y", 40), ("yield_3m", 1)):
        want = 1e4 * exact.fiscal_news_yields(**given, quarters=quarters)
        # One percent: curvature over a push of a tenth of a percent, and the grid.
        assert found[name] == pytest.approx(want, rel=0.01)


def test_what_the_rule_makes_of_the_natural_rate_is_no_matter_of_news(solved):
    # Spending moves no real rate, so the rule answers news as before: to first order,
    # hence where there is no risk. One percent: curvature and the grid, as above.
    pair = [riskless(solved, 0.43, phi_natural=k) for k in (0.0, 0.3)]
    one, other = (yield_responses(e, e.shock("e_z")) for e in pair)
    for name in ("yield_10y_ex_convenience", "yield_3m", "expected_inflation_5y5y"):
        assert other[name] == pytest.approx(one[name], rel=0.01), name
    # Stress moves the real rate, which one of them follows.
    stress = [yield_responses(e, e.stress())["yield_3m"] for e in pair]
    assert stress[1] < stress[0]


# --- News of spending that frightens ------------------------------------------------


def test_news_moves_stress_and_bondholders_bear_what_they_did(solved, economies):
    calm = economies[0.3]
    scared = economy_of(solved, 0.3, stress_news=3.0)
    stress, spending = (calm.solution.states.index(s) for s in ("stress", "spending"))
    still, hit = scared.news("persistent")
    moved = (hit - still)[0]
    assert moved[stress] == pytest.approx(3.0 * moved[spending], rel=1e-9)
    # At given stress it is news like any other, and who pays a matter of promises.
    pure = scared.at_given_stress((still, hit))
    assert pure[1][0, stress] == still[0, stress]
    found = borne(scared, pure)["share_bondholders"]
    assert found == pytest.approx(1 - scared.backed_share, abs=2e-3)
    calmest = calm.at_given_stress(calm.news("persistent"))
    np.testing.assert_allclose(calmest[1], calm.news("persistent")[1], atol=1e-9)
    # Bondholders lose by the stress too.
    assert who_bears(scared)["share_bondholders"] > found + 0.01
    # To first order what news does is what it did and what stress does.
    size = moved[stress] / scared.parameters["sigma_p"]
    for part in ("yield_10y", "term_premium_10y"):
        own, before, fear = (
            yield_responses(e, push)[part]
            for e, push in (
                (scared, (still, hit)),
                (calm, calm.news("persistent")),
                (calm, calm.stress(size)),
            )
        )
        assert own == pytest.approx(before + fear, abs=0.05 * abs(own) + 0.3), part
    assert equity_response(calm, calm.news("persistent")) == pytest.approx(0, abs=1e-6)
    fear = equity_response(calm, calm.stress(size))
    own = equity_response(scared, (still, hit))
    assert own == pytest.approx(fear, rel=0.03) and own < -0.5


@pytest.mark.slow
def test_debt_that_has_a_value_is_not_called_worthless():
    # What failed for another reason is not put down to backing.
    for name in ("safe", "risky", "switching"):
        economy = EconomyStore().core(name, grid="coarse")
        options = solver_options((COARSE,))
        solver = BlockSolver(economy.model, options)
        held = economy.solution
        solver.know(held.grids, held.parameters, held.solved, held.evidence)
        solver.grids, solver.solved = held.grids, dict(held.solved)
        assert core_solution._worthless(solver, held.parameters) is None, name
