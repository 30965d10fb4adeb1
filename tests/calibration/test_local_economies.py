"""Economies solved by perturbation: identities, closed forms, a long simulation."""

import numpy as np
import pytest

from fiscax.calibration.economies.responses import borne
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.models.declaration import DeclarationError
from fiscax.solvers.pricing.curves import PARTS

NAMES = ("sticky_safe", "sticky_risky")
NEWS = ("funded", "unfunded", "transfer", "stress")


@pytest.fixture(scope="module", params=NAMES)
def economy(request):
    return solve_sticky(request.param, order=1)


@pytest.fixture(scope="module")
def safe():
    return solve_sticky("sticky_safe", order=1)


def pushes(economy):
    return {
        "funded": economy.persistent(0.0),
        "unfunded": economy.persistent(1.0),
        "transfer": economy.one_time(1.0),
        "stress": {"e_p": 1.0},
    }


@pytest.mark.parametrize("news", NEWS)
def test_the_parts_of_a_yield_add_up_and_bills_earn_the_policy_rate(economy, news):
    names = [f"{p}_40" for p in PARTS]
    others = ("yield_40", "yield_1", "policy_rate", "convenience_yield_bill")
    moved = economy.respond(pushes(economy)[news], [*names, *others], 8)
    signs = [-1.0 if p == "convenience" else 1.0 for p in PARTS]
    total = sum(s * moved[n] for s, n in zip(signs, names, strict=True))
    np.testing.assert_allclose(total, moved["yield_40"], atol=1e-13)
    bill = moved["policy_rate"] - moved["convenience_yield_bill"]
    np.testing.assert_allclose(bill, moved["yield_1"], atol=1e-13)


@pytest.mark.parametrize("news", NEWS)
def test_the_ledger_holds(economy, news):
    found = economy.ledger_change(pushes(economy)[news])
    assert abs(found.residual) < 1e-12 * max(1.0, abs(found.tax))
    assert abs(found.debt) > 1e-3


def test_debt_at_rest_is_worth_its_claims(economy):
    from fiscax.calibration.economies.sticky_ledger import SIGNS, values

    found = values(economy)
    whole = sum(sign * found[claim][0] for claim, sign in SIGNS.items())
    assert whole == pytest.approx(found["debt"][0], rel=1e-9)


def test_news_is_of_one_percent_of_output_and_moves_one_state(economy):
    moved = economy.respond(economy.persistent(0.3), ("spending_ratio",), 5)
    decay = economy.parameters["rho_z"] ** np.arange(5)
    size = np.log1p(0.01 / economy.rest["spending_ratio"])
    linear = economy.rest["spending_ratio"] * size
    np.testing.assert_allclose(moved["spending_ratio"], linear * decay, rtol=1e-9)
    # An innovation of the same size moves the same states.
    given = economy.parameters
    count = size / (given["theta"] * given["sigma_z"])
    by_shock = economy.respond({"e_z": count}, ("yield_40",), 5)
    by_state = economy.respond(economy.persistent(0.0), ("yield_40",), 5)
    np.testing.assert_allclose(by_shock["yield_40"], by_state["yield_40"], rtol=1e-9)
    owed = economy.respond(economy.one_time(1.0), ("log_face_value",))
    gap = np.log1p(0.04 / economy.rest["debt_value"])
    assert owed["log_face_value"][0] == pytest.approx(gap, rel=1e-10)


def test_a_state_that_is_not_there_is_named(safe):
    with pytest.raises(DeclarationError, match=r"log_face_valu'.*log_face_value"):
        safe.respond({"log_face_valu": 1.0}, ("yield_40",))


def test_safe_debt_does_not_tell_funded_from_unfunded_news(safe):
    names = ("yield_40", "expected_inflation_40", "real_40", "debt_value")
    for make in (safe.persistent, safe.one_time):
        paid, owed = (safe.respond(make(share), names, 20) for share in (0.0, 1.0))
        for name in names:
            np.testing.assert_allclose(paid[name], owed[name], atol=1e-12)
    found = borne(safe, safe.persistent(1.0), safe.persistent(0.0))
    assert found["share_bondholders"] == pytest.approx(0.0, abs=1e-10)


def test_shares_of_who_bears_and_of_variance_add_up_to_one():
    risky = solve_sticky("sticky_risky", order=1)
    unfunded = 1 - risky.parameters["theta"]
    found = borne(risky, risky.persistent(unfunded), risky.persistent(0.0))
    who = sum(v for k, v in found.items() if k.startswith("share_"))
    assert who == pytest.approx(1.0, abs=1e-10)
    assert found["share_bondholders"] > 0.02 and found["revaluation"] < 0
    assert sum(risky.shares("expected_inflation_40").values()) == pytest.approx(1.0)


def test_betas_of_claims_add_up_to_the_beta_of_debt(economy):
    assert abs(economy.claim_betas()["residual"]) < 1e-10


def test_what_shocks_add_to_a_beta_adds_up_to_it(economy):
    own = economy.surprises
    parts = own.beta_by_shock("bond_40")
    assert sum(parts.values()) == pytest.approx(own.beta("10y"), abs=1e-14)
    parts = own.by_shock("bond_40")
    assert sum(parts.values()) == pytest.approx(own.correlation("10y"), abs=1e-14)


def test_closed_form_betas_are_those_of_a_long_simulation(economy):
    path = economy.solution.simulate(4000, paths=20, seed=3)
    p = economy.parameters

    def of(name):
        return path[name].to_numpy()

    bond = 40 * of("yield_40")[:-1] - 39 * of("yield_39")[1:] - of("yield_1")[:-1]
    # Equity pays levered consumption growth and a dividend shock of its own, which no
    # state carries: it adds to the variance only.
    growth = of("expected_growth")[:-1] + p["sigma_y"] * economy_shock(economy, path)
    growth = growth + np.diff(np.log(of("consumption")), axis=0)
    ratio = of("log_price_dividend")
    equity = p["leverage"] * growth + np.log1p(np.exp(ratio[1:])) - ratio[:-1]
    equity = equity + of("inflation")[1:] - of("yield_1")[:-1]
    cov = np.cov(bond.ravel(), equity.ravel())
    slope = cov[0, 1] / (cov[1, 1] + p["sigma_d"] ** 2)
    assert slope == pytest.approx(economy.surprises.beta("bond_40"), abs=0.012)


def economy_shock(economy, path):
    """Growth shocks behind a simulated path, from the face value of debt."""
    p = economy.parameters
    issued = path["end_of_period_debt"].to_numpy()
    price = path["log_bond_price"].to_numpy()
    steady = economy.solution.steady_state["end_of_period_debt"]
    # At first order: log of debt issued is linear in its level.
    owed = np.log(steady) + (issued / steady - 1) - price
    face = path["log_face_value"].to_numpy()
    growth = owed[:-1] - face[1:] - p["mu"] - path["expected_growth"].to_numpy()[:-1]
    return growth / p["sigma_y"]


def test_lower_orders_are_parts_of_a_higher_one():
    second = solve_sticky("sticky_risky", order=2)
    first = solve_sticky("sticky_risky", order=1)
    lower = second.at_order(1)
    push = first.persistent(1.0)
    for name in ("yield_40", "term_premium_40", "inflation"):
        expected = first.respond(push, (name,), 6)[name]
        np.testing.assert_allclose(lower.respond(push, (name,), 6)[name], expected)
    # Premia have a mean from second order on.
    assert abs(second.means(("term_premium_40",))["term_premium_40"]) > 1e-4
    assert lower.means(("term_premium_40",))["term_premium_40"] == pytest.approx(0.0)
