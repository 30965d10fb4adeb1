"""Odds, samples that tell explanations apart, and their evidence."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from fiscax.calibration.economies.intermediaries import load_plumbing
from fiscax.calibration.economies.plumbed import supply_wedge
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
    assert {e.quantity for e in found.values()} <= set(UNITS)
    moments = shipped_moments().set_index(["name", "era"])
    here = found["stock_bond_return_correlation", "2022-present"]
    moment = moments.loc["stock_bond_return_correlation_monthly", "2022-present"]
    assert here.value == moment["value"]
    assert 4 < here.years < 5
    published = found["persistent_yield_10y_ex_convenience", "1997-2022"]
    assert published.value == 6.75
    assert "assumed" in published.assumed


def test_debt_that_stays_carries_the_wedge_of_the_closed_form():
    class Steady:
        """Debt rises by 1% of annual output for good."""

        def response(self, push, outputs, horizon):
            return {"end_of_period_debt": np.full(horizon, 0.04)}

    plumbing = load_plumbing()
    values = plumbing.values
    found = 40_000 * supply_wedge(plumbing, Steady(), {}, 40)
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
