"""Prices and identities of the core economy, each against an independent oracle.

One cheap grid serves all tests: the identities hold on any grid, and operator and Monte
Carlo price the same approximate economy.
"""

import jax.numpy as jnp
import numpy as np
import pytest
from yardsticks import zero_coupon_prices

from fiscax.models.core import core_economy
from fiscax.solvers.pricing.curves import term_structure
from fiscax.solvers.projection import pricing
from fiscax.solvers.projection.simulate import draw
from fiscax.solvers.projection.solution import GlobalSolution

pytestmark = pytest.mark.slow

# Values need a finer grid than policies: growth, stress, spending, backing come first.
PRICING_LEVELS = (3, 5, 4, 4, 2, 2, 2)
TEN_YEARS = 40
OFTEN = 3.0
NO_CONVENIENCE = {"safety_price": 0.0, "liquidity_price": 0.0}
# One-period debt with a rule that follows the natural rate without smoothing or
# deviations: inflation is constant, so debt is riskless in real terms.
RISKLESS = NO_CONVENIENCE | {
    "omega": 0.0,
    "phi_natural": 1.0,
    "rho_i": 0.0,
    "sigma_m": 0.0,
    "rate_mean": 0.005,
}


@pytest.fixture(scope="session")
def safe(solved):
    """Safe debt without convenience: nothing but taxes may respond to spending."""
    return solved("safe", **NO_CONVENIENCE, sigma_z=0.015)


@pytest.fixture(scope="session")
def riskless(solved):
    return solved("safe", **RISKLESS)


def simulated(solution, names, periods=80, paths=50):
    """Arrays (T, paths) by name, along paths from the resting point."""
    start = solution.resting_point()
    _, _, values = solution.walk(names, periods, paths, seed=9, start=start)
    return dict(zip(names, np.moveaxis(np.asarray(values), -1, 0), strict=True))


# --- Identities along simulated paths ---------------------------------------------

BUDGET = [
    "debt_value",
    "end_of_period_debt",
    "surplus",
    "log_bond_price",
    "inflation",
    "output_growth_next",
    "policy_rate",
    "real_rate",
]


def growth_adjusted_return(solution, path):
    """Real return on the portfolio over output growth, t to t+1: (T - 1, paths)."""
    omega = float(solution.parameters["omega"])
    price = np.exp(path["log_bond_price"])
    nominal = (1 + omega * price[1:]) / price[:-1]
    return nominal * np.exp(-path["inflation"][1:] - path["output_growth_next"][:-1])


@pytest.mark.parametrize("name", ["risky", "safe"])
def test_return_identity_of_the_budget(name, request):
    # literature.md 5.6 without linearisation: debt earns the return on the portfolio.
    solution = request.getfixturevalue(name)
    path = simulated(solution, BUDGET)
    debt = path["debt_value"] - path["surplus"]
    np.testing.assert_allclose(path["end_of_period_debt"], debt, rtol=1e-12)
    earned = debt[:-1] * growth_adjusted_return(solution, path)
    # An identity: rounding of a dozen operations and of logs of order ten.
    np.testing.assert_allclose(path["debt_value"][1:], earned, rtol=1e-10)
    assert np.std(path["inflation"]) > 1e-5


def test_debt_is_the_sum_of_surpluses_discounted_by_its_own_returns(risky):
    path = simulated(risky, BUDGET)
    growth = growth_adjusted_return(risky, path)
    discount = np.concatenate(
        [np.ones((1, growth.shape[1])), np.cumprod(1 / growth, 0)]
    )
    flows = np.sum((discount * path["surplus"])[:-1], axis=0)
    last = discount[-1] * path["debt_value"][-1]
    # Eighty steps of the identity above.
    np.testing.assert_allclose(flows + last, path["debt_value"][0], rtol=1e-8)


def test_surplus_identity_of_riskless_debt(riskless):
    # literature.md 4.2: s' = d exp(r - dy') - d', whatever inflation was expected.
    path = simulated(riskless, BUDGET)
    # With the rule i = r + const + phi pi, constant inflation solves Fisher's equation
    # up to the error e of the real rate's own Euler equation between the kernel's
    # nodes: pi moves by at most e / (phi - 1). The bound is that of e, 10^-4.5, and
    # only a finer kernel grid lowers it.
    accuracy = 10**-4.5
    for constant in (path["inflation"], path["policy_rate"] - path["real_rate"]):
        assert np.max(np.abs(constant - constant.mean())) < accuracy
    # The riskless return is known at t: the price of the one-period debt and inflation.
    riskless_rate = -path["log_bond_price"] - path["inflation"].mean()
    # log Q = -i holds at the nodes of the nominal grid. Between them log Q is a sparse
    # polynomial of degree four while the real rate is curved in stress; 10^-2.5 is what
    # is asked of an equation's worst point, here the maximum over the paths.
    assert np.max(np.abs(riskless_rate - path["real_rate"])) < 10**-2.5
    debt = path["end_of_period_debt"]
    growth = path["output_growth_next"][:-1]
    repaid = debt[:-1] * np.exp(riskless_rate[:-1] - growth)
    error = path["surplus"][1:] - (repaid - debt[1:])
    assert np.max(np.abs(error) / debt[1:]) < accuracy
    # Lower growth than expected has to be met by taxes or by debt, one for one.
    assert np.std(repaid - debt[:-1]) > 100 * np.max(np.abs(error))


# --- The tax claim ----------------------------------------------------------------


def test_value_of_taxes_is_its_closed_form(risky):
    # A risky government's taxes do not respond to debt, so that their value is
    # tau PV(Y) + A + theta PV(G - gbar Y): models/parts/fiscal.py.
    one = {k: float(np.squeeze(v)) for k, v in risky.parameters.items()}
    assert (one["tax_response"], one["tax_cyclicality"]) == (0, 0)
    operators = risky.operators(("growth",), levels=PRICING_LEVELS)
    payoffs = operators.at_nodes(["tax_ratio", "spending_ratio", "inflation"])
    payoffs[2] = 1.0
    values = pricing.value(operators.matrices["growth"], payoffs.T).T
    points = risky.ergodic_sample[0][::500]
    names = ("tax", "spending", "output")
    got = operators.functions(names, values)(points, np.zeros(len(points)))
    output, spending, account = risky.observe(
        ["output_value", "spending_value", "backing_account"], points
    ).T
    backing = one["theta"] * (spending - one["g_bar"] * output)
    taxes = one["tax_mean"] * output + account + backing
    # Relative errors of 1e-4 are what a level-4 grid of the exogenous states resolves
    # after an amplification by 1 / (1 - radius) = 160.
    np.testing.assert_allclose(got[:, 2], output, rtol=1e-4)
    np.testing.assert_allclose(got[:, 0], taxes, rtol=1e-4)
    np.testing.assert_allclose(got[:, 1], spending, rtol=1e-4)
    assert np.std(account + backing) > 0.01


# --- Operator against Monte Carlo -------------------------------------------------


@pytest.fixture(scope="session")
def monte_carlo(risky):
    """Paths from the resting point, antithetic in the Gaussian shocks: (T, n, 2).

    Disasters are drawn ``OFTEN`` times as often as they happen and weighted back by
    their likelihood ratio, dated with the kernel: prices hang on them.
    """
    names = [
        "stochastic_discount_factor_next",
        "inflation",
        "policy_rate",
        "real_rate",
        "output_growth_next",
        "surplus",
    ]
    pairs = 4000
    half = draw(risky.model, 17, (TEN_YEARS + 1, pairs))
    draws = half._replace(
        shocks=jnp.concatenate([half.shocks, -half.shocks], axis=1),
        events=jnp.concatenate([half.events] * 2, axis=1) / OFTEN,
        regime=jnp.concatenate([half.regime] * 2, axis=1),
    )
    start = risky.resting_point()
    states, _, values = risky.walk(names, 0, 2 * pairs, 0, start=start, draws=draws)
    stress = np.asarray(states)[..., risky.states.index("stress")]
    chance = 1 / (1 + np.exp(-stress))
    assert np.max(OFTEN * chance) < 1
    happens = np.asarray(draws.events)[..., 0] < chance
    likelihood = np.where(happens, 1 / OFTEN, (1 - chance) / (1 - OFTEN * chance))
    values = np.concatenate([np.asarray(values), likelihood[..., None]], axis=-1)
    names.append("likelihood")
    values = values.reshape(TEN_YEARS + 1, 2, pairs, len(names))
    path = dict(zip(names, values.transpose(3, 0, 2, 1), strict=True))
    path["kernel"] = path["stochastic_discount_factor_next"] * path["likelihood"]
    return path


def controlled(sample, controls):
    """Pair means (n,) with the part that controls of mean zero explain taken out."""
    sample, controls = sample.mean(axis=-1), controls.mean(axis=-1)
    slope = np.linalg.lstsq(controls.T, sample - sample.mean(), rcond=None)[0]
    return sample - slope @ controls


def martingales(path):
    """Variables with mean zero by the Euler equation of the real bond: (3, n, 2)."""
    weights = path["kernel"] * np.exp(path["real_rate"])
    cumulated = np.cumprod(weights[:TEN_YEARS], axis=0)
    physical = np.prod(path["likelihood"][:TEN_YEARS], axis=0)
    return np.stack([cumulated[-1], cumulated[TEN_YEARS // 2], physical]) - 1


def at_rest(solution, operators, values, names):
    function = operators.functions(names, values)
    return function(solution.resting_point()[None], np.zeros(1))[0]


def test_term_premium_against_monte_carlo(risky, monte_carlo):
    # The curve that is printed: logs of prices interpolated, on the policies' own grid.
    operators = risky.operators(("physical", "real", "nominal"))
    curves = term_structure(operators, (TEN_YEARS,))
    premium = curves([f"term_premium_{TEN_YEARS}"], risky.resting_point())[0, 0]

    path, controls = monte_carlo, martingales(monte_carlo)
    bonds = np.prod(path["kernel"][:-1] * np.exp(-path["inflation"][1:]), axis=0)
    twins = np.prod(path["likelihood"][:-1] * np.exp(-path["policy_rate"][:-1]), axis=0)
    bonds, twins = controlled(bonds, controls), controlled(twins, controls)
    simulated_premium = np.log(twins.mean() / bonds.mean()) / TEN_YEARS
    influence = (twins / twins.mean() - bonds / bonds.mean()) / TEN_YEARS
    error = influence.std() / np.sqrt(len(influence))
    # Sampling errors fall with the root of the number of pairs: a twentieth at 4000
    # pairs is a hundredth at 100,000. Three errors of a twentieth tell the premium from
    # one that is a sixth off.
    assert error < 0.05 * abs(premium)
    assert abs(premium - simulated_premium) < 3 * error


def test_shorter_maturities_are_picked_from_longer_ones(risky):
    # Tables take hundreds of megabytes where regimes switch: they are not made again.
    numeraires = ("physical", "real", "nominal")
    operators = risky.operators(numeraires)
    term_structure(operators, (TEN_YEARS,))
    operators.forget_tables()
    picked = term_structure(operators, (4, 20))
    assert "tables" not in vars(operators)
    alone = term_structure(risky.operators(numeraires), (4, 20))
    names, where = alone.functions.names, risky.ergodic_sample[0][::500]
    assert picked.functions.names == names
    np.testing.assert_allclose(
        picked(names, where), alone(names, where), rtol=0, atol=1e-13
    )
    np.testing.assert_allclose(picked.ranges, alone.ranges, rtol=0, atol=1e-12)


def test_surplus_strips_against_monte_carlo(risky, monte_carlo):
    operators = risky.operators(("growth",), levels=PRICING_LEVELS)
    surplus = operators.at_nodes(["surplus"])[0]
    strips = pricing.strips(operators.matrices["growth"], surplus, TEN_YEARS)
    value = at_rest(risky, operators, strips.sum(axis=0)[None], ("surplus",))[0]

    path = monte_carlo
    step = path["kernel"] * np.exp(path["output_growth_next"])
    weight = np.concatenate([np.ones_like(step[:1]), np.cumprod(step[:-1], axis=0)])
    sample = controlled(np.sum(weight * path["surplus"], axis=0), martingales(path))
    error = sample.std() / np.sqrt(len(sample))
    assert error < 0.005 * abs(value)
    assert abs(value - sample.mean()) < 3 * error


# --- Safe debt --------------------------------------------------------------------


def ten_year_yield(solution, points):
    """Nominal ten-year yield without convenience, per quarter."""
    operators = solution.operators(("nominal",))
    matrix = operators.matrices["nominal"]
    ones = jnp.ones(matrix.shape[0])
    prices = zero_coupon_prices(matrix, matrix @ ones, ones, TEN_YEARS)
    logs = -jnp.log(prices[-1])[None] / TEN_YEARS
    return operators.functions(("y",), logs)(points, np.zeros(len(points)))[:, 0]


def test_yields_ignore_spending_when_debt_is_safe(safe, risky):
    moves = {}
    for name, solution in (("safe", safe), ("risky", risky)):
        rest = solution.resting_point()
        hit = solution.shocked(rest, {"e_z": 1.0})
        still = solution.shocked(rest, {})
        spending = solution.states.index("spending")
        moved = float(np.squeeze(solution.parameters["sigma_z"]))
        assert hit[0, spending] - still[0, spending] == pytest.approx(moved)
        ends = np.concatenate([hit, still])
        move = np.diff(ten_year_yield(solution, ends)[::-1])[0]
        price = np.diff(solution.observe(["inflation"], ends)[::-1, 0])[0]
        moves[name] = 4e4 * np.array([move, price])
    # Basis points a year. The band of the regime table is 1bp per 1pp of GDP, one
    # s.d. of spending is 0.3pp: a hundredth of that is left to interpolation, since the
    # grid's sheared coordinates mix spending with the states that matter.
    assert np.all(np.abs(moves["safe"]) < 0.003)
    assert np.all(moves["risky"] > 0.3)


def test_a_saved_core_economy_is_the_same(risky, tmp_path):
    risky.save(tmp_path / "risky.npz")
    again = GlobalSolution.load(tmp_path / "risky.npz", core_economy())
    points = risky.ergodic_sample[0][::5000]
    names = ["inflation", "log_bond_price", "surplus"]
    np.testing.assert_array_equal(
        again.observe(names, points), risky.observe(names, points)
    )
