"""Strips of solved models: closed forms, sums, the term structure, one table."""

import closed_forms as exact
import jax.numpy as jnp
import numpy as np
import pytest
from shared_economies import KEPT
from textbook import gaussian_endowment, iid_disasters

from fiscax.calibration.economies import strips as structural
from fiscax.calibration.economies.core import CoreEconomy, load
from fiscax.calibration.economies.store import EconomyStore
from fiscax.experiments import registry
from fiscax.experiments.valuation import model
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.pricing.strips import StripClaim, strip_functions, strip_sum
from fiscax.solvers.projection import pricing
from fiscax.solvers.projection.quadrature import Quadrature
from fiscax.solvers.projection.solution import solve
from fiscax.solvers.projection.solve import SolverOptions

HORIZONS = (1, 4, 40, 200, 400)
OUTPUT = StripClaim("output", "growth", "real_rate", None, "output_growth")
REAL_BOND = StripClaim("real_bond", "real", "real_rate")
GAUSSIAN = {
    "beta": 0.995,
    "gamma": 5.0,
    "mu": 0.005,
    "sigma_y": 0.01,
    "rho_x": 0.9,
    "sigma_x": 0.0012,
}
X = np.linspace(-0.006, 0.006, 5)


def gaussian(unit_ies):
    given = GAUSSIAN if unit_ies else GAUSSIAN | {"psi": 1 / GAUSSIAN["gamma"]}
    options = SolverOptions(levels={"kernel": ((4,),)}, quadrature=Quadrature(7))
    return solve(gaussian_endowment(unit_ies), given, options)


def expected_growth(n):
    """Expected log growth of output over n quarters at the states X."""
    rho = GAUSSIAN["rho_x"]
    return n * GAUSSIAN["mu"] + X * (1 - rho**n) / (1 - rho)


@pytest.mark.parametrize("unit_ies", [False, True])
def test_strips_of_output_have_their_closed_form(unit_ies):
    operators = gaussian(unit_ies).operators(("physical", "real", "growth"))
    prices, premia = strip_functions(operators, OUTPUT, HORIZONS)(X[:, None])
    if unit_ies:
        # M exp(dy') is beta times a weight with mean one: strips cost beta^n.
        want = [np.full(5, n * np.log(GAUSSIAN["beta"])) for n in HORIZONS]
        bond = exact.unit_ies_log_prices(X, 1, **GAUSSIAN)[0]
    else:
        # The bond of a kernel whose power is gamma - 1 instead of gamma.
        power = GAUSSIAN | {"gamma": GAUSSIAN["gamma"] - 1}
        want = exact.power_utility_log_prices(X, max(HORIZONS), **power)
        want = [want[n - 1] for n in HORIZONS]
        bond = exact.power_utility_log_prices(X, 1, **GAUSSIAN)[0]
    # Newton's goal is 1e-11 for the kernel, and errors add up over 400 quarters.
    np.testing.assert_allclose(prices, np.stack(want, 1), atol=1e-8, rtol=0)
    rho = GAUSSIAN["rho_x"]
    # The short rate is affine in x: its sum has the persistence of x.
    slope = (bond[-1] - bond[0]) / (X[-1] - X[0])
    for column, n in enumerate(HORIZONS):
        short = -(n * bond[2] + slope * X * (1 - rho**n) / (1 - rho))
        premium = (expected_growth(n) - want[column] - short) / n
        np.testing.assert_allclose(premia[:, column], premium, atol=1e-9, rtol=0)


def test_a_strip_of_one_riskless_period_earns_nothing():
    operators = gaussian(True).operators(("physical", "real", "growth"))
    _, premia = strip_functions(operators, REAL_BOND, (1, 2))(X[:, None])
    np.testing.assert_allclose(premia[:, 0], 0, atol=1e-10)
    assert np.all(np.abs(premia[:, 1]) > 1e-7)


def test_strips_of_output_under_independent_disasters():
    given = {
        "beta": 0.99,
        "gamma": 4.0,
        "psi": 1.5,
        "mu": 0.005,
        "sigma_y": 0.01,
        "xi": 0.25,
        "p_bar": 0.00625,
        "leverage": 2.5,
        "sigma_d": 0.05,
    }
    want = exact.disaster_prices(**given)
    options = SolverOptions(
        levels={"kernel": ((2,),), "equity": ((2,),)}, quadrature=Quadrature(5)
    )
    solution = solve(iid_disasters(), given | {"rho_g": 0.0}, options)
    operators = solution.operators(("physical", "growth"))
    prices, premia = strip_functions(operators, OUTPUT, HORIZONS)(np.array([[0.0]]))
    strip = np.log(want["output_strip"])
    np.testing.assert_allclose(prices[0], np.array(HORIZONS) * strip, rtol=1e-8)
    mean = given["mu"] - given["p_bar"] * given["xi"]
    premium = mean - strip - want["real_rate"]
    np.testing.assert_allclose(premia[0], premium, rtol=0, atol=1e-9)
    total = strip_sum(operators, OUTPUT, 50)(np.array([[0.0]]), np.array([0]))[0, 0]
    assert total == pytest.approx(1 / (1 - want["output_strip"]), rel=1e-8)


# --- The core economy ---------------------------------------------------------------


@pytest.fixture(scope="module")
def blocks(risky_economy):
    return structural.block_operators(risky_economy)


def test_strips_of_taxes_are_powers_of_the_operator(risky_economy, blocks):
    # Second method: prices, not their logs, are interpolated.
    own, claim = blocks["nominal"], structural.STRIPS["tax"]
    functions = strip_functions(own, claim, (4, 20, 40))
    points = structural._sample(risky_economy, 0)
    logs, _ = functions(points)
    (payoff,) = own.at_nodes(["tax_ratio"])
    powers = pricing.strips(own.matrices["growth"], payoff, 40)[jnp.array([4, 20, 40])]
    values = own.functions(["a", "b", "c"], powers / payoff[None, :])
    direct = values(points, np.zeros(len(points), int))
    # Interpolation of two different functions on a coarse grid: half a per cent.
    np.testing.assert_allclose(np.exp(logs).mean(0), direct.mean(0), rtol=5e-3)


def test_sums_of_strips_are_the_values_that_are_solved_for(risky_economy, blocks):
    found = structural.strip_sums(risky_economy, operators=blocks)
    gaps = {f.claim: f.gap for f in found}
    # Strips interpolate logs, the solution levels: on the fixture's coarse grids the
    # two differ by what a finer grid removes (the fine ones leave 2e-7 for output and
    # equity, 5e-6 for spending, 2e-4 for taxes, whose block has seven states).
    most = {"output": 1e-4, "equity": 1e-3, "spending": 1e-4, "tax": 0.02}
    assert set(gaps) == set(most)
    assert all(gaps[claim] < most[claim] for claim in most), gaps


def test_bonds_earn_the_term_structure_s_yields(risky_economy, blocks):
    # yield + convenience less expected policy rates; the parts of a yield add up.
    points = structural._sample(risky_economy, 0)
    claim = structural.STRIPS["nominal_bond"]
    _, premia = strip_functions(blocks["nominal"], claim, (40,))(points)
    names = ["yield_40", "convenience_40"]
    without = risky_economy.curves(names, points).sum(axis=1)
    (policy,) = blocks["nominal"].at_nodes(["policy_rate"])
    rates = pricing.cumulated(
        blocks["nominal"].matrices["physical"], policy[None, :], 40
    )
    mean = blocks["nominal"].functions(["rate"], rates[:, -1] / 40)
    rate = mean(points, np.zeros(len(points), int))[:, 0]
    np.testing.assert_allclose(premia[:, 0], without - rate, atol=1e-12)


@pytest.mark.slow
def test_premia_are_what_simulated_payoffs_earn(risky_economy, blocks):
    # Monte Carlo: mean log growth of taxes less real rates along paths from one state.
    solution = risky_economy.solution
    start = solution.resting_point()
    names = ["tax_ratio", "output_growth_next", "real_rate"]
    states, which, values = solution.walk(names, 21, 20_000, seed=3, start=start)
    tax, growth, rate = np.moveaxis(np.asarray(values), -1, 0)
    earned = np.log(tax[20] / tax[0]) + (growth - rate)[:20].sum(axis=0)
    claim = structural.STRIPS["tax"]
    functions = strip_functions(blocks["nominal"], claim, (20,))
    logs, premia = functions(np.asarray(states)[0], np.asarray(which)[0])
    surprise = earned - (20 * premia + logs)[:, 0]
    error = surprise.std() / np.sqrt(len(surprise))
    # Four standard errors, and interpolation of the log tax ratio on a coarse grid.
    assert abs(surprise.mean()) < 4 * error + 1e-3
    assert error < 2e-3


def test_a_payoff_that_is_not_positive_is_refused(blocks):
    claim = StripClaim("surplus", "growth", "real_rate", "surplus", "output_growth")
    with pytest.raises(SolutionError, match="'surplus' is not positive at"):
        strip_functions(blocks["nominal"], claim, (4,))
    with pytest.raises(SolutionError, match="give periods from 1 on"):
        strip_functions(blocks["nominal"], structural.STRIPS["tax"], (0,))


@pytest.mark.slow
def test_the_section_sets_the_economies_beside_the_reduced_form(
    tmp_path, monkeypatch, risky_economy, solved
):
    # Spending as volatile as in the other economy.
    calm = {"sigma_z": KEPT["sigma_z"]}
    own = load("safe")[1].with_values(**calm)
    safe = CoreEconomy("safe", own, solved("safe", **calm))
    economies = {"safe": safe, "risky": risky_economy}
    asked = []

    def core(store, name):
        asked.append((name, dict(store.overrides)))
        return economies[name]

    monkeypatch.setattr(EconomyStore, "core", core)
    given = {"cut_probability": 0.01, "theta": 0.8}
    entry = registry.find_experiment("valuation")
    result = entry.run(registry.ExperimentContext(given, tmp_path))
    # Assumptions stay with the study, parameters reach both economies.
    assert asked == [(name, {"theta": 0.8}) for name in economies]
    rows = result.records["strips_by_source"]
    assert len(rows) == len(model.COMPARED) * 3 * 8
    found = {(r["claim"], r["source"], r["horizon_years"]): r for r in rows}
    # Policy moves no real payoff of output: the two economies price it alike.
    for claim in ("output", "equity", "real_bond", "spending"):
        a, b = (found[claim, s, 10]["real_premium"] for s in ("safe", "risky"))
        # Averages of two samples whose domains and draws are the same.
        assert a == pytest.approx(b, abs=0.02), claim
    shown = entry.section(result)
    text = "".join(block.html(f"b{i}") for i, block in enumerate(shown.blocks))
    assert text.count("<svg") == 3
    assert "reduced form and solved economies" in text
