"""Stocks and bonds: surprises, rolling correlations, falls, the record's facts."""

import numpy as np
import pytest

from fiscax.calibration.economies import comovement
from fiscax.calibration.economies.comovement import Days, Surprises
from fiscax.calibration.economies.core import COARSE, solve_economy
from fiscax.calibration.economies.responses import simulated_returns
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.record import stock_bond as record
from fiscax.calibration.record.moments import shipped_moments
from fiscax.calibration.record.series import SeriesDirectory
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.stock_bond import study as stock_bond


@pytest.fixture(scope="module")
def economies():
    return {
        name: solve_economy(name, levels=(COARSE,), intercepts=False)
        for name in ("safe", "risky")
    }


@pytest.fixture(scope="module")
def found(economies):
    return {n: comovement.core_surprises(e) for n, e in economies.items()}


def test_parts_by_shock_add_up_and_beta_is_correlation_times_spreads(found):
    for own in found.values():
        total = sum(own.by_shock("10y").values())
        assert total == pytest.approx(own.correlation("10y"), rel=1e-12)
        spread = np.sqrt(np.diag(own.covariance("10y")))
        beta = own.correlation("10y") * spread[0] / spread[1]
        assert own.beta("10y") == pytest.approx(beta, rel=1e-12)


def test_surprises_agree_with_simulated_returns(economies, found):
    # A second method: returns of long samples, which hold expected parts too.
    for name, own in found.items():
        sample = simulated_returns(economies[name])
        drawn = np.corrcoef(sample["bond_10y"], sample["equity"])[0, 1]
        assert own.correlation("10y") == pytest.approx(drawn, abs=0.08)
        spread = np.sqrt(own.covariance()[1, 1])
        assert spread == pytest.approx(sample["equity"].std(), rel=0.1)


def test_dividend_shocks_move_equity_one_for_one_and_no_bond(economies, found):
    for name, own in found.items():
        k = own.shocks.index("e_d")
        sigma = float(np.asarray(economies[name].solution.parameters["sigma_d"]))
        assert own.equity[k] == pytest.approx(sigma, rel=1e-12)
        assert all(abs(b[k]) < 1e-12 for b in own.bonds.values())
        # Without their noise the correlation is further from zero, of the same sign.
        left = own.correlation("10y", ("e_d",))
        assert left * own.correlation("10y") > own.correlation("10y") ** 2


def test_sticky_surprises_are_those_of_the_economy():
    economy = solve_sticky("sticky_risky", order=1)
    own = comovement.sticky_surprises(economy)
    assert own.correlation("10y") == pytest.approx(economy.correlation("bond_40"))
    assert own.beta("2y") == pytest.approx(economy.beta("bond_8"))
    left = economy.correlation("bond_40", ("e_d",))
    assert own.correlation("10y", ("e_d",)) == pytest.approx(left)


def test_rolling_correlations_against_numpy():
    draws = np.random.default_rng(0).standard_normal((2, 60, 3)) + 5.0
    found = comovement.rolling_correlation(draws[0], draws[1], 20)
    assert found.shape == (41, 3)
    for start in (0, 17, 40):
        for path in range(3):
            window = draws[:, start : start + 20, path]
            assert found[start, path] == pytest.approx(np.corrcoef(window)[0, 1])


def test_drawn_days_have_the_regimes_correlations():
    before, after = (np.array([[1.0, c], [c, 4.0]]) for c in (-1.0, 1.0))
    days = Days((2000, 1, 2000), paths=50)
    ends, paths = comovement.rolling_paths(before, after, days, seed=1)
    assert ends[0] == 252 and paths.shape == (len(ends), 50)
    # A correlation of 252 days has a standard error of about (1 - rho^2) / sqrt(252);
    # windows overlap, so means over paths and windows are far closer than that.
    assert paths[ends <= 2000].mean() == pytest.approx(-0.5, abs=0.02)
    assert paths[ends > 2252].mean() == pytest.approx(0.5, abs=0.02)
    assert paths[ends <= 2000].std() == pytest.approx(0.75 / np.sqrt(252), rel=0.2)


def test_falls_of_a_normal_pair_have_the_closed_form():
    # E[bond | equity below mean - k s.d.] = -rho phi(k) / Phi(-k), in s.d. of bonds.
    from scipy.stats import norm

    draws = np.random.default_rng(2).standard_normal((2, 400_000))
    rho = -0.4
    bond = rho * draws[0] + np.sqrt(1 - rho**2) * draws[1]
    found = record.fall_statistics(bond, draws[0])
    exact = -rho * norm.pdf(record.FALL) / norm.cdf(-record.FALL)
    assert found["bond_in_falls_sd"].value == pytest.approx(exact, abs=0.02)
    assert 0.5 < found["share_rising_in_falls"].value < 1.0
    assert record.fall_statistics(bond[:50], draws[0][:50]) == {}


def test_disasters_hit_equity_by_leverage_in_the_safe_economy(economies):
    found = comovement.disaster_returns(economies["safe"])
    value = {k: float(np.ravel(v)[0]) for k, v in _parameters(economies["safe"])}
    assert found["equity"] == pytest.approx(-100 * value["leverage"] * value["xi"], 0.1)
    risky = comovement.disaster_returns(economies["risky"])
    assert risky["10y"] < found["10y"]


def _parameters(economy):
    return economy.solution.parameters.items()


def test_facts_agree_with_the_moment_table():
    facts = record.shipped_facts()
    table = {(r["name"], r["era"]): r for r in shipped_moments().to_dict("records")}
    for era in ("1962-1997", "1998-2019", "2020-present", "2022-present"):
        row = table["stock_bond_return_correlation_monthly", era]
        own = facts["correlation", "10y", "monthly", era]
        assert own["value"] == pytest.approx(row["value"], rel=1e-6)
        assert own["standard_error"] == pytest.approx(row["standard_error"], rel=1e-6)
        for tenor in record.TENORS:
            row = table[f"bond_stock_beta_quarterly_{tenor}", era]
            own = facts["beta", tenor, "quarterly", era]
            assert own["value"] == pytest.approx(row["value"], rel=1e-6)


def test_month_end_correlations_average_to_the_moment():
    # Month-ends of the era's whole windows are a twenty-first of all of them.
    months, values = record.shipped_rolling()
    inside = [v for m, v in zip(months, values, strict=True) if "1999" <= m < "2020"]
    row = next(
        r
        for r in shipped_moments().to_dict("records")
        if (r["name"], r["era"])
        == ("stock_bond_return_correlation_daily_252", "1998-2019")
    )
    assert np.mean(inside) == pytest.approx(row["value"], abs=0.01)


@pytest.mark.data
def test_shipped_facts_recompute_from_the_data(data_dir):
    data = SeriesDirectory(data_dir)
    new, old = record.facts(data), list(record.shipped_facts().values())
    assert len(new) == len(old)
    for a, b in zip(new, old, strict=True):
        assert a["value"] == pytest.approx(b["value"], rel=1e-6, abs=1e-8)
        assert a["observations"] == b["observations"]
    months, values = record.shipped_rolling()
    again = record.rolling_facts(data)
    assert [r["month"] for r in again] == months
    assert [r["correlation"] for r in again] == pytest.approx(values, abs=1e-6)


def test_overrides_go_to_the_economies_that_have_the_parameter():
    given = {"gamma": 4.0, "shadow_exposure": 0.1, "xi": 0.2, "nonsense": 1.0}
    core, sticky = stock_bond.split_overrides(given)
    assert set(core) == {"gamma", "xi", "nonsense"}
    assert set(sticky) == {"gamma", "shadow_exposure"}


def test_a_parameter_that_no_economy_has_is_refused(tmp_path):
    context = registry.ExperimentContext({"nonsense": 1.0}, tmp_path)
    with pytest.raises(FiscaxError, match="nonsense"):
        registry.find_experiment("stock-bond").run(context)


def test_surprises_without_noise_correlate_perfectly():
    move = np.array([0.01, 0.02])
    own = Surprises(("a", "b"), move, dict.fromkeys(comovement.TENORS, -move))
    assert own.correlation("5y") == pytest.approx(-1.0)
    assert own.by_shock("5y")["b"] == pytest.approx(-0.8)


def test_the_experiment_prints_verdicts_of_both_signs(economies, tmp_path, monkeypatch):
    given = {**economies, "switching": economies["risky"]}
    monkeypatch.setattr(stock_bond, "CORE", tuple(given))
    monkeypatch.setattr(stock_bond, "STICKY_ORDER", 1)
    monkeypatch.setattr(stock_bond, "outlook_economy", lambda _, name: given[name])
    # The switching economy takes long to solve; the risky one stands in for it.
    names = {"safe": "safe", "risky": "risky", "switching": "switching: risky"}
    from fiscax.experiments.convenience import rows as convenience_rows
    from fiscax.experiments.convenience import study as convenience

    monkeypatch.setattr(convenience, "solved_again", lambda _, name, __: given[name])
    labelled = [(n, 0, names[n]) for n in given]
    monkeypatch.setattr(convenience_rows, "regimes_of", lambda _: labelled)
    entry = registry.find_experiment("stock-bond")
    result = entry.run(registry.ExperimentContext({}, tmp_path))
    claims = {r["key"]: r for r in result.records["stock_bond_slide_claims"]}
    # Facts of the design's list: no clean flip on days, one in months.
    assert claims["together_daily"]["verdict"].endswith("data disagree")
    assert claims["together_monthly"]["verdict"].endswith("data agree")
    assert claims["apart_quarterly"]["safe"] < 0 < claims["together_daily"]["risky"]
    section = entry.section(result)
    text = "".join(b.html(f"b{i}") for i, b in enumerate(section.blocks))
    assert "Newey-West" in text and "<svg" in text and "In a disaster" in text
