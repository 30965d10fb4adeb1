"""Odds, samples that tell explanations apart, and their evidence."""

from typing import cast

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from fiscax.calibration.economies.intermediaries import load_plumbing
from fiscax.calibration.economies.plumbed import supply_wedge
from fiscax.calibration.economies.sticky import StickyEconomy
from fiscax.calibration.economies.store import OverrideError
from fiscax.calibration.matching.equivalence import (
    STRONG,
    Evidence,
    divergence,
    load_evidence,
    odds,
    years_to_tell,
)
from fiscax.calibration.record.moments import shipped_moments
from fiscax.calibration.record.series import SeriesError
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.equivalence import study as equivalence
from fiscax.experiments.equivalence.study import UNITS, joint_years, rows

ROW = Evidence("bond_stock_beta_quarterly_10y", "2022-2026", 0.2, 0.1, 4.5, "invented")


def test_odds_are_bayes_rule():
    says = {"safe": -0.3, "risky": 0.4, "supply": 0.25}
    density = {n: norm.pdf(ROW.value, v, ROW.standard_error) for n, v in says.items()}
    whole = sum(density.values())
    for name, share in odds(ROW, says).items():
        assert share == pytest.approx(density[name] / whole, rel=1e-12)


def test_after_those_years_the_evidence_is_strong_on_average():
    years = years_to_tell(ROW, 0.4, 0.25)
    assert years is not None
    error = ROW.standard_error * np.sqrt(ROW.years / years)
    draws = np.random.default_rng(1).normal(0.4, error, 400_000)
    gain = norm.logpdf(draws, 0.4, error) - norm.logpdf(draws, 0.25, error)
    assert gain.mean() == pytest.approx(STRONG, abs=0.02)
    assert years_to_tell(ROW, 0.4, 0.4) is None


def test_divergence_is_the_mean_log_likelihood_gain():
    rng = np.random.default_rng(2)
    one, other = (a @ a.T + np.eye(3) for a in rng.normal(size=(2, 3, 3)))
    draws = rng.multivariate_normal(np.zeros(3), one, 400_000)
    gain = multivariate_normal(cov=one).logpdf(draws)
    gain -= multivariate_normal(cov=other).logpdf(draws)
    error = 4 * gain.std() / np.sqrt(len(draws))
    assert divergence(one, other) == pytest.approx(gain.mean(), abs=error)
    # One dimension: half of s - 1 - log s with s the ratio of variances.
    assert divergence(np.eye(1) * 2, np.eye(1)) == pytest.approx(
        0.5 * (2 - 1 - np.log(2)), rel=1e-12
    )


def test_shipped_evidence_takes_own_numbers_from_the_moments():
    found = {(e.quantity, e.era): e for e in load_evidence()}
    # What sizes shocks and disasters tells no explanation from another.
    sizes = {
        "fiscal_news_volatility",
        "legislation_response",
        "policy_surprise_volatility",
        "disaster_portfolio_loss",
    }
    assert {e.quantity for e in found.values()} - set(UNITS) == sizes
    moments = shipped_moments().set_index(["name", "era"])
    here = found["stock_bond_return_correlation", "2022-present"]
    moment = moments.loc["stock_bond_return_correlation_monthly", "2022-present"]
    assert here.value == moment["value"]
    assert 4 < here.years < 5
    published = found["score_yield_10y_ex_convenience", "1997-2022"]
    assert published.value == 6.75
    assert "assumed" in published.assumed


def test_debt_that_stays_carries_the_wedge_of_the_closed_form():
    class Steady:
        """Debt rises by 1% of annual output for good."""

        def respond(self, push, outputs, horizon):
            return {"end_of_period_debt": np.full(horizon, 0.04)}

    plumbing = load_plumbing()
    values = plumbing.values
    # Only its debt is asked for.
    economy = cast(StickyEconomy, Steady())
    found = 40_000 * supply_wedge(plumbing, economy, {}, 40)
    # Vayanos and Vila (2021): a s^2 A(m) (T - A(T)) / kappa / T for good, exposures in
    # continuous time; quarters instead of instants cost some percent.
    kappa = values["mean_reversion"]

    def exposure(years):
        return (1 - np.exp(-kappa * years)) / kappa

    risk = values["intermediary_risk_aversion"] * values["rate_volatility"] ** 2
    held = 0.01 * (1 - values["bill_share"]) * exposure(values["coupon_maturity"])
    exact = 10_000 * risk * held * (10 - exposure(10)) / kappa / 10
    assert found == pytest.approx(exact, rel=0.1)


HEAD = "quantity,era,moment,value,standard_error,sample_start,sample_end,source,assumed"


@pytest.mark.parametrize(
    "line, error, match",
    [
        ("a,now,,x,1,2000-01-01,2001-01-01,me,", SeriesError, "row 2, column value"),
        ("a,now,,1,0,2000-01-01,2001-01-01,me,", FiscaxError, "row 2.*positive"),
        ("a,now,nothing,,,,,me,", FiscaxError, "row 2: no shipped moment nothing"),
    ],
)
def test_a_bad_row_is_named(tmp_path, line, error, match):
    path = tmp_path / "evidence.csv"
    path.write_text(f"{HEAD}\n{line}\n")
    with pytest.raises(error, match=match):
        load_evidence(path)


def test_rows_and_pairs_name_every_explanation():
    found = {
        "safe": {ROW.quantity: -0.3},
        "risky": {ROW.quantity: 0.4},
        "supply": {ROW.quantity: 0.25},
    }
    (row,) = rows((ROW,), found)
    assert sum(row[f"{n}_odds"] for n in found) == pytest.approx(1.0)
    assert row["safe_years"] < row["supply_years"]
    pairs = joint_years({"safe": np.eye(2), "risky": np.diag([2.0, 1.0])})
    assert {(r["truth"], r["rival"]) for r in pairs} == {
        ("safe", "risky"),
        ("risky", "safe"),
    }


def run(out, **changes):
    """The study with first-order economies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(equivalence, "ORDER", 1)
        context = registry.ExperimentContext(changes, out)
        return registry.find_experiment("equivalence").run(context)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run(tmp_path_factory.mktemp("equivalence"))


def test_odds_of_the_study_are_bayes_rule(result):
    for r in result.records["equivalence"]:
        density = {
            n: norm.logpdf(r["estimate"], r[f"{n}_implied"], r["standard_error"])
            for n in equivalence.LABELS
        }
        top = max(density.values())
        weights = {n: np.exp(v - top) for n, v in density.items()}
        for n, weight in weights.items():
            expected = weight / sum(weights.values())
            assert r[f"{n}_odds"] == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_years_of_pairs_are_those_of_their_evidence(result):
    """Strong evidence is expected after strength over evidence, four quarters each."""
    for r in result.records["equivalence_joint"]:
        quarters = np.log(20.0) / r["evidence_per_quarter"]
        assert r["years"] == pytest.approx(quarters / 4, rel=1e-12)
    pairs = {(r["truth"], r["rival"]) for r in result.records["equivalence_joint"]}
    count = len(equivalence.LABELS)
    assert len(pairs) == count * (count - 1)


def test_plumbing_keeps_the_beta_and_lowers_the_correlation(result):
    for r in result.records["equivalence"]:
        if "beta" in r["quantity"]:
            assert r["plumbing_implied"] == r["safe_implied"]
        if r["quantity"] == "stock_bond_return_correlation":
            assert abs(r["plumbing_implied"]) < abs(r["safe_implied"])


def test_the_complement_is_said_and_not_counted(result):
    for r in result.records["equivalence_slide_claims"]:
        assert r["safe"] + r["data"] == pytest.approx(1.0, abs=1e-12)
        assert r["safe_counted"] and not r["data_counted"]
        assert "true by construction" in r["data_note"]


def test_changes_reach_every_explanation(result, tmp_path):
    """Less backing: yields of risky debt answer more, those of safe debt as before."""

    def said(found):
        quantity = "score_yield_10y_ex_convenience"
        own = [r for r in found.records["equivalence"] if r["quantity"] == quantity]
        return own[0]

    before = said(result)
    after = said(run(tmp_path, theta=0.85, bill_share=0.5))
    assert after["risky_implied"] > 1.5 * before["risky_implied"]
    wedges = [r["plumbing_implied"] - r["safe_implied"] for r in (before, after)]
    # More bills: less duration for intermediaries to be paid for.
    assert 0 < wedges[1] < wedges[0]


def test_a_change_that_contradicts_an_explanation_is_refused(tmp_path):
    with pytest.raises(OverrideError, match=r"sigma_u=0\.01 contradicts a case"):
        run(tmp_path, sigma_u=0.01)
