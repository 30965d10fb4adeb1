"""Stocks and bonds: surprises, rolling correlations, falls, the record's facts."""

import numpy as np
import pytest

from fiscax.calibration.economies import comovement
from fiscax.calibration.economies.comovement import Days
from fiscax.calibration.economies.protocol import TENORS, Surprises
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.economies.store import EconomyStore
from fiscax.calibration.matching.plans import RISKY, SAFE
from fiscax.calibration.record import stock_bond as record
from fiscax.calibration.record.moments import shipped_moments
from fiscax.calibration.record.series import SeriesDirectory
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.stock_bond import claims as judged
from fiscax.experiments.stock_bond import study as stock_bond


@pytest.fixture(scope="module")
def economies():
    store = EconomyStore()
    return {name: store.core(name, grid="coarse") for name in ("safe", "risky")}


@pytest.fixture(scope="module")
def found(economies):
    return {n: e.surprises for n, e in economies.items()}


@pytest.mark.slow
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
        sample = economies[name].returns()
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


def test_a_parameter_that_no_economy_has_is_refused(tmp_path):
    context = registry.ExperimentContext({"nonsense": 1.0}, tmp_path)
    with pytest.raises(FiscaxError, match="nonsense"):
        registry.find_experiment("stock-bond").run(context)


def test_surprises_without_noise_correlate_perfectly():
    move = np.array([0.01, 0.02])
    own = Surprises(
        ("a", "b"), {"equity": move, **{f"bond_{n}": -move for n in TENORS.values()}}
    )
    assert own.correlation("5y") == pytest.approx(-1.0)
    assert own.by_shock("5y")["b"] == pytest.approx(-0.8)


STICKINESS = 0.6


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The study without the switching economy, with other sticky prices."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stock_bond, "CORE", ("safe", "risky"))
        patch.setattr(stock_bond, "STICKY_ORDER", 1)
        patch.setattr(stock_bond, "PATHS", 40)
        context = registry.ExperimentContext(
            {"price_stickiness": STICKINESS}, tmp_path_factory.mktemp("stock-bond")
        )
        yield registry.find_experiment("stock-bond").run(context)


@pytest.mark.slow
def test_a_users_parameter_reaches_the_sticky_economies_and_no_other(found, result):
    surprises = {
        r["regime"]: r
        for r in result.records["stock_bond"]
        if (r["returns"], r["tenor"]) == ("surprises", "10y")
    }
    for name in ("sticky_safe", "sticky_risky"):
        economy = solve_sticky(name, {"price_stickiness": STICKINESS}, order=1)
        own = surprises[stock_bond.label(name)]
        expected = economy.surprises.correlation("10y")
        assert own["correlation"] == pytest.approx(expected, rel=1e-9)
        shipped = solve_sticky(name, order=1).surprises.correlation("10y")
        assert abs(own["correlation"] - shipped) > 1e-3
    for name, own in found.items():
        expected = own.correlation("10y")
        assert surprises[name]["correlation"] == pytest.approx(expected, rel=1e-9)


def test_a_switch_replaces_what_a_user_gave():
    store = EconomyStore({"theta": 0.95, "gamma": 5.0})
    left = stock_bond._without(store, {"theta": 1.0, "breach": 0.0})
    assert left.overrides == {"gamma": 5.0}


def test_what_sets_the_sign_was_estimated_to_match_it():
    for plan in (SAFE, RISKY):
        assert "bond_stock_beta_quarterly_10y" in plan.targets
        assert set(judged.ESTIMATED[plan.economy]) <= set(plan.free)


@pytest.mark.slow
def test_verdicts_use_the_errors_of_record_and_samples(result):
    claims = {r["key"]: r for r in result.records["stock_bond_slide_claims"]}
    facts = record.shipped_facts()
    for frequency in judged.FREQUENCIES:
        claim = claims[f"together_{frequency}"]
        fact = facts["correlation", "10y", frequency, judged.AFTER]
        assert claim["data_bound"] == pytest.approx(2 * fact["standard_error"])
        # Since 2020 no frequency's sign is beyond its error.
        assert claim["verdict"].endswith("data cannot tell")
        assert claims[f"apart_{frequency}"]["verdict"].endswith("data agree")
    simulated = {
        r["regime"]: r
        for r in result.records["stock_bond"]
        if (r["returns"], r["tenor"]) == ("quarterly", "10y")
    }
    beta = claims["beta_quarterly"]
    assert beta["safe_bound"] == pytest.approx(2 * simulated["safe"]["beta_error"])
    assert beta["safe"] < 0 < beta["risky"]
    # Falls were no target of the estimation.
    assert claims["falls"]["safe_counted"] and claims["falls"]["risky_counted"]
    assert not beta["safe_counted"]


@pytest.mark.slow
def test_the_section_shows_models_record_and_disasters(result):
    section = registry.find_experiment("stock-bond").section(result)
    text = "".join(b.html(f"b{i}") for i, b in enumerate(section.blocks))
    assert "Newey-West" in text and "<svg" in text and "In a disaster" in text
