"""Certificates hold: against closed forms, and the resolvent by a second method."""

import numpy as np
import pytest

from fiscax.experiments.certificates import study as tables
from fiscax.solvers.pricing import certificates
from fiscax.solvers.pricing import curve_certificates as curves


@pytest.fixture(scope="module")
def found(risky_economy):
    return certificates.claim_certificates(
        risky_economy.operators, risky_economy.ledger, points=600
    )


def test_price_weighted_sample_is_the_resolvent(risky_economy):
    # PV(G) twice: as a policy, and as PV(Y) times the mean of G/Y in that sample.
    solution = risky_economy.solution
    points, which, norm = certificates.weighted_sample(
        risky_economy.operators, 0, 20_000
    )
    rest = risky_economy.rest()
    want, output = solution.observe(["spending_value", "output_value"], rest)[0]
    paid = solution.observe(["spending_ratio"], points, which)[:, 0]
    assert norm == pytest.approx(output, rel=2e-3)
    # Paths share ancestors, so the error is more than that of independent draws.
    assert norm * paid.mean() == pytest.approx(want, rel=0.005)


def test_residual_vanishes_where_the_operator_collocates(risky_economy):
    # At the nodes only quadrature (finer here) separates the value from its payments.
    operators, ledger = risky_economy.operators, risky_economy.ledger
    nodes = operators.nodes
    where = np.zeros(len(nodes), int)
    at_nodes = ledger.residuals(nodes, where)["convenience"]
    sample = risky_economy.solution.ergodic_sample[0][::2000]
    between = ledger.residuals(sample, np.zeros(len(sample), int))
    share = np.abs(at_nodes).max() / np.abs(between["convenience"]).max()
    assert share < 0.2


def test_bound_of_the_tax_claim_covers_its_closed_form(risky_economy, found):
    names = ("output_value", "spending_value", "backing_account")
    rest, solution = risky_economy.rest(), risky_economy.solution
    output, spending, account = solution.observe(names, rest)[0]
    one = {k: float(np.squeeze(v)) for k, v in solution.parameters.items()}
    gap = spending - one["g_bar"] * output
    exact = one["tax_mean"] * output + account + one["theta"] * gap
    tax = found["tax"]
    # The closed form rests on two solved values, whose own bounds it inherits.
    inherited = one["tax_mean"] * found["output"].bound + found["spending"].bound
    assert abs(tax.value - exact) <= tax.bound + inherited
    assert tax.bound < 0.01 * tax.value


def test_bounds_are_ordered(found):
    assert set(found) == {"debt", "tax", "spending", "convenience", "output"}
    for claim in found.values():
        assert 0 < claim.residual_mean <= claim.residual_p99
        assert abs(claim.estimate) <= claim.bound
        assert claim.bound >= claim.residual_mean


@pytest.mark.slow
def test_every_number_has_a_bound(risky_economy):
    records = tables.economy_certificates(risky_economy)
    assert {r["kind"] for r in records} == {"value", "rate", "beta"}
    assert len({r["object"] for r in records}) == len(records)
    assert all(r["bound"] >= 0 and np.isfinite(r["value"]) for r in records)
    one = {r["object"]: r for r in records}
    assert 0 < one["yield_10y"]["bound"] < 0.2 * abs(one["yield_10y"]["value"])
    assert one["debt_claim_beta"]["bound"] < 0.05
    assert one["term_premium_3m"]["bound"] == pytest.approx(0.0, abs=1e-9)
    # What bounds the error covers the mean distance to a finer grid's rates.
    for record in records:
        if record["kind"] == "rate" and record["object"].startswith(("yield", "real")):
            assert record["bound"] > record["error_mean"]


def test_curves_equal_themselves(risky_economy):
    curves = risky_economy.curves
    points = risky_economy.solution.ergodic_sample[0][::5000]
    mean, p99 = certificates.curve_differences(
        curves, curves, ["yield_40"], points, np.zeros(len(points), int)
    )
    assert (mean[0], p99[0]) == (0.0, 0.0)


@pytest.mark.parametrize("name", ["yield", "real"])
def test_bond_residuals_vanish_at_the_nodes(risky_economy, name):
    operators = risky_economy.operators
    curve = curves.recursions(curves.CurveNames())[name]
    prices = curves.log_prices(operators, {name: curve}, 8)[name]
    nodes = operators.nodes
    where = np.zeros(len(nodes), int)
    at_nodes = curves.curve_residuals(operators, curve, prices, nodes, where)
    # The same quadrature on the same grid: rounding of logs.
    assert np.max(np.abs(at_nodes)) < 1e-9
    sample = risky_economy.solution.ergodic_sample[0][::2000]
    where = np.zeros(len(sample), int)
    between = curves.curve_residuals(operators, curve, prices, sample, where)
    assert np.max(np.abs(between)) > 1e-7
