"""The sticky-price economy: limits, closed forms, shared blocks and signs."""

import numpy as np
import pytest
from linear_solution import linear, residuals_at_rest

from fiscax.calibration.parameters.calibration import (
    CalibrationError,
    calibration_regimes,
    load_calibration,
    shipped_calibrations,
)
from fiscax.models.core import core_economy
from fiscax.models.functions import block_functions
from fiscax.models.parts import (
    convenience,
    equity,
    fiscal,
    monetary,
    nominal,
    preferences,
)
from fiscax.models.sticky import sticky_price_economy

QUARTERS = 40
BASIS_POINTS = 4e4
COMMON = ("inflation", "log_output", "log_bond_price", "real_rate")


def values(name, **changes):
    model = sticky_price_economy(regimes=calibration_regimes(name))
    found = load_calibration(name, model).values
    plain = {k: v[0] if isinstance(v, tuple) else v for k, v in found.items()}
    # Closed forms are those of the riskless intercepts.
    return plain | {"rate_offset": 0.0, "tax_offset": 0.0} | changes


def solved(name="sticky_safe", model=None, **changes):
    model = sticky_price_economy() if model is None else model
    return linear(model, values(name, **changes))


def yield_response(solution, start):
    """Ten-year yield without convenience, expectations part, in basis points."""
    path = solution.path("policy_rate", start, QUARTERS)
    return BASIS_POINTS * path.mean()


def persistent(solution, kind):
    """Spending news of 1% of output."""
    return solution.start(
        **{f"{kind}_spending": 0.01 / solution.value("spending_ratio")}
    )


def one_time(solution, unfunded):
    """A transfer of 1% of annual output."""
    gap = 0.04 / solution.value("debt_value")
    return solution.start(log_face_value=gap, shadow_face_value=gap * unfunded)


@pytest.mark.parametrize("name", ["sticky_safe", "sticky_risky"])
@pytest.mark.parametrize("prices", ["rotemberg", "calvo"])
@pytest.mark.parametrize("taxes", ["lump_sum", "distortionary"])
@pytest.mark.parametrize("dividends", ["consumption", "output", "profits"])
def test_the_resting_point_solves_every_equation(name, prices, taxes, dividends):
    model = sticky_price_economy(prices, taxes=taxes, dividends=dividends)
    found = residuals_at_rest(model, values(name))
    np.testing.assert_allclose(found, 0.0, atol=1e-13)


@pytest.mark.parametrize("taxes", ["lump_sum", "distortionary"])
@pytest.mark.parametrize("name", ["sticky_safe", "sticky_risky"])
@pytest.mark.slow
def test_calvo_and_rotemberg_agree_at_first_order(name, taxes):
    rotemberg = solved(name, sticky_price_economy("rotemberg", taxes=taxes))
    calvo = solved(name, sticky_price_economy("calvo", taxes=taxes))
    expected = rotemberg.slope(*COMMON)
    found = calvo.slope(*COMMON)
    np.testing.assert_allclose(found[:, : expected.shape[1]], expected, atol=1e-9)
    # Nothing moves dispersion at first order, as nobody's price is distorted at rest.
    np.testing.assert_allclose(calvo.transition[-1, :-1], 0.0, atol=1e-9)
    np.testing.assert_allclose(calvo.impact[-1], 0.0, atol=1e-9)


def test_the_slope_of_the_phillips_curve():
    # pi = beta E pi' + slope mc, with the discount factor adjusted for growth.
    given = values("sticky_safe")
    solution = solved(chi=0.0)
    stay = given["price_stickiness"]
    discount = given["beta"] * np.exp((1 - 1 / given["psi"]) * given["mu"])
    slope = (1 - stay) * (1 - stay * discount) / stay
    inflation = solution.slope("inflation")[0]
    # Marginal cost includes cost push.
    costs = solution.slope("marginal_cost")[0] / solution.value("marginal_cost")
    right = discount * inflation @ solution.transition + slope * costs
    np.testing.assert_allclose(inflation, right, atol=1e-10)


@pytest.mark.parametrize("prices", ["rotemberg", "calvo"])
@pytest.mark.parametrize("name", ["sticky_safe", "sticky_risky"])
def test_money_is_neutral_when_prices_are_flexible(name, prices):
    model = sticky_price_economy(prices)
    real = ("log_output", "consumption", "real_rate", "log_price_dividend")
    # Inflation that lowers growth would not be neutral.
    flexible = solved(name, model, price_stickiness=0.0, inflation_drag=0.0)
    shock = flexible.start(monetary_deviation=1.0)
    np.testing.assert_allclose(flexible.slope(*real) @ shock, 0.0, atol=1e-9)
    assert abs(flexible.slope("inflation")[0] @ shock) > 0.1
    sticky = solved(name, model)
    assert sticky.slope("log_output")[0] @ sticky.start(monetary_deviation=1.0) < -0.1


@pytest.mark.parametrize("stickiness", [0.0, 0.8])
@pytest.mark.parametrize(
    ("phi", "tax_response", "expected"),
    [
        (1.5, 0.05, "determinate"),
        (0.7, 0.0, "determinate"),
        (0.7, 0.05, "indeterminate"),
        (1.5, 0.0, "explosive"),
    ],
)
def test_leeper_quadrants(phi, tax_response, expected, stickiness):
    rules = {"phi": phi, "tax_response": tax_response, "phi_output": 0.0}
    rules |= {"price_stickiness": stickiness}
    # Rules of the economy itself, then of its shadow.
    assert solved(**rules).verdict == expected
    shadow = {"phi_shadow": phi, "tax_response_shadow": tax_response}
    shadow |= {"phi_output": 0.0, "price_stickiness": stickiness}
    assert solved(**shadow).verdict == expected


def test_a_rule_that_answers_the_gap_ignores_natural_output():
    # With flexible prices output is its natural level: phi_output has nothing to say.
    flexible = {"price_stickiness": 0.0, "gap_share": 1.0}
    solutions = [solved(**flexible, phi_output=response) for response in (0.0, 0.5)]
    names = ("inflation", "log_output", "policy_rate")
    for kind in ("funded", "unfunded"):
        paths = [
            np.array([s.path(n, persistent(s, kind), 8) for n in names])
            for s in solutions
        ]
        np.testing.assert_allclose(*paths, atol=1e-9)
    given = values("sticky_safe")
    # y (1 + nu) = chi gbar z.
    start = solutions[0].start(funded_spending=1.0)
    natural = given["chi"] * given["g_bar"] / (1 + given["frisch_inverse"])
    assert solutions[0].path("log_output", start, 1)[0] == pytest.approx(natural)
    # Output over trend does speak: inflation falls where purchases raise it.
    trend = solved(price_stickiness=0.0, phi_output=0.5)
    assert trend.path("inflation", start, 1)[0] < -1e-3


FISHERIAN = {
    "beta": 0.995,
    "mu": 0.0,
    "pi_bar": 0.0,
    "price_stickiness": 0.0,
    "chi": 0.0,
    "rho_z": 0.9,
    "rho_i": 0.0,
    "phi_natural": 0.0,
    "phi_output": 0.0,
    "safety_price": 0.0,
    "liquidity_price": 0.0,
    "inflation_drag": 0.0,
}


@pytest.mark.parametrize(
    ("omega", "impact"),
    [
        (0.0, 9.5215),
        (0.5, 5.0214),
        (0.8, 2.3213),
        (0.9, 1.4214),
        (0.96, 0.8813),
        (1.0, 0.5213),
    ],
)
def test_unfunded_transfers_in_the_fisherian_limit(omega, impact):
    # The table of Bianchi, Faccini and Melosi's rule with constant real rates.
    solution = solved("sticky_risky", omega=omega, phi_shadow=0.95, **FISHERIAN)
    unit = solution.value("end_of_period_debt") / solution.value("spending_ratio")
    start = solution.start(unfunded_spending=unit)
    inflation = solution.path("inflation", start, 20)
    assert inflation[0] == pytest.approx(impact, abs=1e-4)
    exact = (1 - 0.995 * omega * 0.95) * 0.995 / (1 - 0.995 * 0.9)
    assert inflation[0] == pytest.approx(exact, rel=1e-9)
    np.testing.assert_allclose(inflation, inflation[0] * 0.95 ** np.arange(20))
    shadow = solution.path("shadow_inflation", start, 20)
    np.testing.assert_allclose(shadow, inflation, rtol=1e-9)
    # Whatever the maturity, the same is taken from the debt.
    value = solution.slope("debt_value")[0] @ start / solution.value("debt_value")
    assert value == pytest.approx(-9.5215, abs=5e-5)


def test_funded_transfers_move_nothing_nominal_when_prices_are_flexible():
    solution = solved(price_stickiness=0.0, chi=0.0)
    start = solution.start(funded_spending=1.0)
    for name in ("inflation", "policy_rate", "log_output"):
        np.testing.assert_allclose(solution.path(name, start, 60), 0.0, atol=1e-9)
    debt = solution.path("end_of_period_debt", start, 200)
    assert debt.max() > 0.5 and abs(debt[-1]) < 0.05


@pytest.mark.parametrize("prices", ["rotemberg", "calvo"])
@pytest.mark.parametrize("taxes", ["lump_sum", "distortionary"])
def test_the_shadow_is_the_economy_itself_where_only_it_is_hit(prices, taxes):
    solution = solved("sticky_risky", sticky_price_economy(prices, taxes=taxes))
    hit = {
        "unfunded_spending": {"unfunded_spending": 1.0},
        "debt": {"log_face_value": 1.0, "shadow_face_value": 1.0},
        "rate": {"policy_rate_lag": 1.0, "shadow_rate_lag": 1.0},
        # The shadow is exposed to all that is not spending in the risky economy.
        "growth": {"expected_growth": 1.0},
        "stress": {"stress": 1.0},
        "costs": {"cost_push": 1.0},
        "deviation": {"monetary_deviation": 1.0},
    }
    pairs = {
        "inflation": "shadow_inflation",
        "log_output": "shadow_output",
        "log_bond_price": "shadow_bond_price",
        "policy_rate": "shadow_policy_rate",
    }
    for label, states in hit.items():
        start = solution.start(**states)
        for actual, shadow in pairs.items():
            np.testing.assert_allclose(
                solution.path(actual, start, 12),
                solution.path(shadow, start, 12),
                atol=1e-9,
                err_msg=f"{actual} after {label}",
            )


def test_safe_debt_answers_unfunded_news_as_funded_news():
    solution = solved("sticky_safe")
    for quantity in (*COMMON, "consumption", "log_price_dividend"):
        slope = solution.slope(quantity)[0]
        difference = persistent(solution, "unfunded") - persistent(solution, "funded")
        assert slope @ difference == pytest.approx(0.0, abs=1e-12)
        difference = one_time(solution, True) - one_time(solution, False)
        assert slope @ difference == pytest.approx(0.0, abs=1e-12)


def test_risky_debt_reacts_to_the_unfunded_part_of_news():
    solution = solved("sticky_risky")
    part = 1 - values("sticky_risky")["theta"]
    difference = persistent(solution, "unfunded") - persistent(solution, "funded")
    assert 4 < part * yield_response(solution, difference) < 9
    difference = one_time(solution, True) - one_time(solution, False)
    assert 0.3 < part * yield_response(solution, difference) < 1.2
    unfunded, funded = (persistent(solution, k) for k in ("unfunded", "funded"))
    real = solution.slope("real_rate")[0]
    assert real @ unfunded < 0 < real @ funded
    assert solution.slope("log_output")[0] @ unfunded > 0


def comovement(solution):
    """Correlation of surprises of ten-year bonds and equity, dividend shocks apart."""
    rate = solution.slope("policy_rate")[0]
    bond = np.zeros_like(rate)
    for _ in range(QUARTERS - 1):
        bond = bond @ solution.transition - rate
    stock, consumption, inflation = solution.slope(
        "log_price_dividend", "consumption", "inflation"
    )
    weight = solution.value("price_dividend")
    stock = stock * weight / (1 + weight) + 2.5 * consumption + inflation
    growth = 2.5 * values("sticky_safe")["sigma_y"]
    shocks = [s.name for s in solution.model.shocks]
    bond, stock = bond @ solution.impact, stock @ solution.impact
    stock[shocks.index("e_y")] += growth
    return bond @ stock / np.sqrt((bond @ bond) * (stock @ stock))


PLAIN = {
    "growth_reversal": 0.1,
    "sigma_x": 0.0,
    "safety_demand": 0.0,
    "sigma_u": 0.0,
    "inflation_drag": 0.0,
    "sigma_m": 0.00075,
    "b_y": 0.0,
    "b_p": 0.0,
}


def test_a_plain_economy_has_the_opposite_comovement_and_the_calibrated_one_not():
    assert comovement(solved("sticky_safe", **PLAIN)) > 0.2
    assert comovement(solved("sticky_risky", theta=0.0, **PLAIN)) < -0.2
    assert comovement(solved("sticky_safe")) < -0.2
    assert comovement(solved("sticky_risky")) > 0.2


def test_supply_shocks_turn_the_comovement_of_safe_debt_but_not_its_fiscal_news():
    rival = solved("sticky_supply")
    assert comovement(rival) > 0.2
    difference = persistent(rival, "unfunded") - persistent(rival, "funded")
    assert yield_response(rival, difference) == pytest.approx(0.0, abs=1e-8)
    assert rival.slope("real_rate")[0] @ persistent(rival, "unfunded") > 0


def test_inflation_that_lowers_growth_turns_stocks_after_unfunded_news():
    def equity_response(drag):
        solution = solved("sticky_risky", inflation_drag=drag)
        price, dividend = solution.slope("log_price_dividend", "consumption")
        return (price + 2.5 * dividend) @ persistent(solution, "unfunded")

    assert equity_response(0.0) > 0 > equity_response(0.01)


def test_shared_blocks_are_those_of_the_core_economy():
    core, sticky = core_economy(), sticky_price_economy()
    definitions = {d.name: d for d in core.definitions}
    own = {d.name: d for d in sticky.definitions}
    for record in (fiscal.SPENDING_RATIO, fiscal.DEBT_VALUE, fiscal.SURPLUS):
        assert definitions[record.name] is record and own[record.name] is record
    for record in (*nominal.definitions(), fiscal.END_OF_PERIOD_DEBT):
        assert definitions[record.name] == record == own[record.name]
    # Where leisure adds nothing to the bundle the kernel is that of the core economy.
    bundle = preferences.consumption_growth_next
    kernel = preferences.definitions(bundle_growth_next=bundle)[0]
    assert definitions[kernel.name] == kernel
    for name in ("convenience_yield_bill", "convenience_yield_long"):
        assert definitions[name] == own[name]
    shared = (
        *preferences.PARAMETERS,
        *monetary.RULE_PARAMETERS,
        *convenience.PARAMETERS,
        *equity.PARAMETERS,
    )
    for parameter in shared:
        assert core.parameter(parameter.name) is sticky.parameter(parameter.name)
    equations = {e.name: e for b in core.blocks for e in b.equations}
    mine = {e.name: e for b in sticky.blocks for e in b.equations}
    for name in ("aggregator", "real_riskless_rate", "equity_price"):
        assert equations[name] == mine[name]


@pytest.mark.parametrize("prices", ["rotemberg", "calvo"])
def test_blocks_are_provided_by_their_states(prices):
    model = sticky_price_economy(prices, regimes=("safe", "risky"))
    assert len(model.states) == 10 + (prices == "calvo")
    for block in model.blocks:
        assert block_functions(model, block.name).states == block.states
    assert not model.events


def test_shipped_calibrations_differ_in_policy_only():
    names = shipped_calibrations("sticky_prices")
    assert names == ["sticky_risky", "sticky_safe", "sticky_supply", "sticky_switching"]
    loaded = {}
    for name in names:
        model = sticky_price_economy(regimes=calibration_regimes(name))
        loaded[name] = load_calibration(name, model)
        assert loaded[name].model == "sticky_prices"
    found = loaded["sticky_safe"].differences(loaded["sticky_risky"])
    # Intercepts follow from the rest.
    assert {d["role"] for d in found} == {"policy", "intercept"}
    assert {"theta", "phi_shadow", "tax_response_shadow"} <= {d["name"] for d in found}
    core = load_calibration("safe", core_economy()).by_name
    mine = loaded["sticky_safe"].by_name
    copied = [e for e in mine.values() if e.source.startswith("as in the core economy")]
    assert len(copied) > 20
    for entry in copied:
        assert entry.value == core[entry.name].value


def test_calibrations_belong_to_their_model():
    with pytest.raises(CalibrationError, match="of model 'sticky_prices', not 'core'"):
        load_calibration("sticky_safe", core_economy())


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"prices": "taylor"}, "rotemberg or calvo, not 'taylor'"),
        ({"taxes": "none"}, "lump_sum or distortionary, not 'none'"),
        ({"dividends": "rents"}, "or profits, not 'rents'"),
        ({"regimes": ("a", "b", "c")}, "two regimes, not 3"),
    ],
)
def test_unknown_variants_are_refused(argument, message):
    with pytest.raises(ValueError, match=message):
        sticky_price_economy(**argument)
