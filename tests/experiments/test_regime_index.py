"""The regime index: filter, missing data, recovery, evidence, and nothing ahead."""

from itertools import product
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fiscax.calibration.economies import observed_moves
from fiscax.calibration.economies.observed_moves import (
    MONTH,
    Moves,
    SeparationError,
)
from fiscax.calibration.economies.protocol import ANNUAL_BP, Economy
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.economies.store import EconomyStore, OverrideError
from fiscax.calibration.matching import pairs as economies
from fiscax.calibration.matching.pairs import Pair
from fiscax.calibration.matching.regime_evidence import (
    called_risky,
    evidence_shares,
    log_bayes_factors,
    parameter_band,
    simulated_moves,
)
from fiscax.calibration.matching.regime_facts import (
    moves_of_record,
)
from fiscax.calibration.matching.regime_index import (
    EVERYTHING,
    READINGS,
    estimate,
    index_model,
    leave_out,
    probabilities,
    typical_sizes,
)
from fiscax.calibration.record.observables import OBSERVABLES
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.command.cli import main
from fiscax.experiments.regime_index import STUDY, behaviour
from fiscax.experiments.regime_index import study as index
from fiscax.experiments.regime_index.behaviour import half_year_at
from fiscax.experiments.tables import table
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.filters.regimes import (
    ergodic,
    hamilton_filter,
    kim_smoother,
    log_densities,
    panel,
    until,
)

CHANCES = np.array([[0.9, 0.1], [0.3, 0.7]])


def _enumerated(densities, chances, start):
    """Log likelihood and P(regime at t | all data) over all regime paths."""
    dates, regimes = densities.shape
    paths = np.array(list(product(range(regimes), repeat=dates)))
    logs = np.log(start[paths[:, 0]]) + densities[np.arange(dates), paths].sum(1)
    logs += np.log(chances[paths[:, :-1], paths[:, 1:]]).sum(1)
    weights = np.exp(logs - logs.max())
    at = np.stack([(paths == r).T @ weights for r in range(regimes)], axis=-1)
    return logs.max() + np.log(weights.sum()), at / weights.sum()


def test_filter_and_smoother_are_sums_over_regime_paths():
    densities = np.random.default_rng(1).normal(0, 2, (9, 2))
    start = np.array([0.6, 0.4])
    chain = jnp.asarray(CHANCES)
    found = hamilton_filter(jnp.asarray(densities), chain, jnp.asarray(start))
    smoothed = np.exp(kim_smoother(found, chain))
    total, expected = _enumerated(densities, CHANCES, start)
    assert found.log_likelihood == pytest.approx(total, abs=1e-12)
    np.testing.assert_allclose(smoothed, expected, atol=1e-13)
    for last in (1, 4, 9):
        _, known = _enumerated(densities[:last], CHANCES, start)
        np.testing.assert_allclose(
            np.exp(found.filtered[last - 1]), known[-1], atol=1e-13
        )


def test_chain_starts_from_its_stationary_probabilities():
    limit = np.linalg.matrix_power(CHANCES, 200)[0]
    np.testing.assert_allclose(ergodic(jnp.asarray(CHANCES)), limit, atol=1e-14)


def test_missing_observations_are_integrated_out():
    """Densities of what is seen, against scipy's multivariate t of a part."""
    generator = np.random.default_rng(2)
    root = generator.normal(size=(2, 4, 4))
    covariances = root @ root.transpose(0, 2, 1) + np.eye(4)
    values = generator.normal(size=(6, 4))
    values[0, 1] = values[1, :3] = values[4, [0, 3]] = np.nan
    freedom = 5
    found = log_densities(
        panel(values), jnp.asarray(covariances), jnp.asarray(freedom), jnp.ones(4, bool)
    )
    for t, r in product(range(6), range(2)):
        seen = ~np.isnan(values[t])
        own = covariances[r][np.ix_(seen, seen)] * (freedom - 2) / freedom
        expected = stats.multivariate_t(shape=own, df=freedom).logpdf(values[t, seen])
        assert found[t, r] == pytest.approx(float(expected), abs=1e-12)


def test_one_observable_is_a_scaled_student():
    values = np.array([[0.3], [-2.0], [np.nan]])
    covariance, freedom = jnp.array([[[4.0]]]), jnp.asarray(7.0)
    found = log_densities(panel(values), covariance, freedom, jnp.ones(1, bool))
    expected = stats.t.logpdf(values[:2, 0], 7.0, scale=2 * np.sqrt(5 / 7))
    np.testing.assert_allclose(found[:2, 0], expected, atol=1e-13)
    assert found[2, 0] == 0


def test_nothing_seen_later_changes_what_was_filtered():
    values = np.random.default_rng(3).normal(size=(12, 2))
    covariances = jnp.stack([jnp.eye(2), jnp.array([[2.0, 0.5], [0.5, 1.0]])])

    def filtered(data):
        freedom, chain = jnp.asarray(6.0), jnp.asarray(CHANCES)
        logs = log_densities(data, covariances, freedom, jnp.ones(2, bool))
        return hamilton_filter(logs, chain, ergodic(chain)).filtered

    whole, cut = filtered(panel(values)), filtered(until(panel(values), 5))
    short = filtered(panel(values[:5]))
    np.testing.assert_allclose(whole[:5], short, atol=1e-13)
    np.testing.assert_allclose(cut[:5], short, atol=1e-13)


def test_observations_that_are_infinite_are_refused():
    with pytest.raises(SolutionError, match="finite or missing"):
        panel(np.array([[1.0, np.inf]]))


def _economies():
    """Two invented economies: stocks and yields move apart, or together."""
    sizes = np.array(list(typical_sizes().values()))
    common = np.array([0.3, 0.5, 0.7, 0.8, 0.7, 0.0, 0.3, 0.4, -0.3])
    own = np.diag(np.where(common == 0, 0.8, 0.6))
    stocks = np.array([n == "equity" for n in OBSERVABLES])
    safe, risky = (np.where(stocks, s * 0.8, common) for s in (1.0, -1.0))
    shocks = ("common", *OBSERVABLES)
    return Pair(
        *(
            Moves(shocks, np.column_stack([c, own]) * sizes[:, None])
            for c in (safe, risky)
        )
    )


@pytest.fixture(scope="module")
def world():
    """A model of the two invented economies, parameters, and a draw from it."""
    start = np.random.default_rng(5).normal(size=(400, len(OBSERVABLES)))
    model = index_model(*_economies(), start)
    theta = model.prior.mean.copy()
    theta[0] = 2.0
    moves, regimes = simulated_moves(model, theta, 4000, 8, "switching")
    return model, theta, moves, regimes


@pytest.mark.slow
def test_estimate_finds_what_simulated_the_data(world):
    """Parameters within three standard errors, regimes told apart."""
    model, theta, moves, regimes = world
    found = estimate(model, panel(moves))
    errors = np.sqrt(np.diag(found.covariance))
    assert np.all(np.abs(found.theta - theta) < 3 * errors)
    live, smoothed = probabilities(
        model, jnp.asarray(found.theta), panel(moves), READINGS["joint"]
    )
    called = np.asarray(smoothed) > 0.5
    assert np.mean(called == regimes) > 0.9
    # A probability means what it says: of months at p, a share p is risky.
    for low in (0.0, 0.25, 0.5, 0.75):
        inside = (np.asarray(live) >= low) & (np.asarray(live) <= low + 0.25)
        expected = np.asarray(live)[inside].mean()
        error = 0.5 / np.sqrt(inside.sum() / 10)  # regimes last: a tenth is new
        assert regimes[inside].mean() == pytest.approx(expected, abs=3 * error)


def test_given_observables_cancel_by_the_chain_rule(world):
    """Stocks given the yield: conditional t of a bivariate t (Ding 2016)."""
    model, theta, moves, _ = world
    parts = model.split(jnp.asarray(theta))
    nu = float(parts.freedom)
    found = model.densities(jnp.asarray(theta), panel(moves), *READINGS["stocks"])
    i, j = (list(OBSERVABLES).index(n) for n in ("equity", "yield_10y"))
    for r, covariance in enumerate(np.asarray(model.covariances(jnp.asarray(theta)))):
        shape = covariance * (nu - 2) / nu
        slope = shape[i, j] / shape[j, j]
        left = shape[i, i] - slope * shape[i, j]
        x, y = moves[:50, j], moves[:50, i]
        scale = np.sqrt(left * (nu + x**2 / shape[j, j]) / (nu + 1))
        expected = stats.t.logpdf(y, nu + 1, loc=slope * x, scale=scale)
        np.testing.assert_allclose(found[:50, r], expected, atol=1e-11)


def test_evidence_of_observables_adds_up(world):
    model, theta, moves, regimes = world
    data = panel(moves[:300])
    groups = np.stack([regimes[:300] == 0, regimes[:300] == 1])
    shares = evidence_shares(model, theta, data, groups)
    factors = log_bayes_factors(model, jnp.asarray(theta), data, EVERYTHING)
    np.testing.assert_allclose(shares.sum(0), groups @ np.asarray(factors), rtol=1e-9)
    stocks = list(OBSERVABLES).index("equity")
    assert shares[stocks, 0] < 0 < shares[stocks, 1]


@pytest.mark.slow
def test_band_holds_the_share_of_posterior_draws(world):
    """Importance quantiles against those of a random-walk Metropolis chain."""
    model, _, moves, _ = world
    data, reading = panel(moves[:240]), READINGS["stocks"]
    found = estimate(model, data, reading)
    band = parameter_band(model, found, data, reading)
    assert band.effective > 100
    generator = np.random.default_rng(11)
    root = np.linalg.cholesky(found.covariance) * 0.6
    theta, value = found.theta, found.log_posterior
    kept = []
    posterior = jax.jit(lambda t: model.log_posterior(t, data, *reading))
    for step in range(6000):
        trial = theta + root @ generator.standard_normal(len(theta))
        new = float(posterior(jnp.asarray(trial)))
        if np.log(generator.random()) < new - value:
            theta, value = trial, new
        if step % 20 == 19:
            kept.append(theta)
    paths = np.array(
        [probabilities(model, jnp.asarray(t), data, reading)[0] for t in kept[25:]]
    )
    expected = np.quantile(paths, [0.05, 0.95], axis=0)
    assert np.abs(band.filtered - expected).mean() < 0.05


def test_leaving_out_names_observables():
    with pytest.raises(FiscaxError, match="cannot leave out gold"):
        leave_out(["gold"])
    assert int(leave_out(["equity"]).sum()) == len(OBSERVABLES) - 1


@pytest.fixture(scope="module")
def sticky():
    return {n: solve_sticky(f"sticky_{n}") for n in ("safe", "risky", "supply")}


@pytest.mark.slow
def test_moves_of_sticky_economies_are_their_first_responses(sticky):
    """Each column is the solved economy's own response to that shock."""
    economy = sticky["risky"]
    moves = observed_moves.moves(economy)
    for k, shock in enumerate(moves.shocks):
        path = economy.paths([{shock: 1.0}], 1, ("yield_40", "term_premium_40"))
        rest = economy.paths([{}], 1, ("yield_40", "term_premium_40"))
        for name, row in (("yield_40", 3), ("term_premium_40", 6)):
            change = float(path[name][0, 0] - rest[name][0, 0]) * ANNUAL_BP * MONTH
            # Curvature: the column is the odd part of the response.
            assert moves.matrix[row, k] == pytest.approx(change, rel=0.05, abs=0.05)


class _Serving:
    """A solved economy whose assets give other services than it was solved with."""

    def __init__(self, economy, parameters):
        self.economy, self.parameters = economy, parameters

    def __getattr__(self, name):
        return getattr(self.economy, name)


def _serving(economy, parameters) -> Economy:
    return cast(Economy, _Serving(economy, parameters))


def test_bonds_that_serve_like_treasurys_have_a_constant_spread(sticky):
    """With the services of long Treasurys the AAA spread hardly moves."""
    economy = sticky["safe"]
    parameters = dict(economy.parameters)
    for service in ("safety", "liquidity"):
        parameters[f"{service}_aaa"] = parameters[f"{service}_long"]
    spread = list(OBSERVABLES).index("aaa_spread_10y")
    own = observed_moves.moves(economy).matrix[spread]
    same = observed_moves.moves(_serving(economy, parameters)).matrix[spread]
    assert np.abs(same).max() < 0.1 * np.abs(own).max()


def test_services_in_proportion_cannot_be_told_apart(sticky):
    economy = sticky["safe"]
    parameters = dict(economy.parameters)
    for service in ("safety", "liquidity"):
        parameters[f"{service}_long"] = parameters[f"{service}_bill"]
    with pytest.raises(SeparationError, match="proportional"):
        observed_moves.moves(_serving(economy, parameters))


def _folder(directory, months=240, columns=("DGS10", "DTB3", "DGS3MO")):
    """Invented daily series of a user: yields, and stock returns in percent."""
    days = pd.bdate_range("1990-01-01", periods=22 * months)
    generator = np.random.default_rng(4)
    walk = 5 + np.cumsum(generator.normal(0, 0.02, (len(days), len(columns))), axis=0)
    table = pd.DataFrame(walk, index=days, columns=list(columns))
    table["MKT_SPLICED"] = generator.normal(0.03, 1.0, len(days))
    directory.mkdir(parents=True, exist_ok=True)
    table.round(4).to_csv(directory / "invented.csv", index_label="DATE")
    return table


def test_moves_know_nothing_of_what_comes_later(tmp_path):
    table = _folder(tmp_path / "all")
    cut = table.loc[: table.index[22 * 180]]
    (tmp_path / "cut").mkdir()
    cut.round(4).to_csv(tmp_path / "cut" / "invented.csv", index_label="DATE")
    whole, early = (moves_of_record(tmp_path / n) for n in ("all", "cut"))
    count = len(early.months) - 1
    assert whole.months[:count] == early.months[:count]
    np.testing.assert_array_equal(whole.scaled[:count], early.scaled[:count])
    assert any(a.startswith("breakeven_10y") for a in whole.absent)
    assert np.isnan(whole.values[:, list(OBSERVABLES).index("breakeven_10y")]).all()


def test_a_folder_that_is_too_short_is_refused(tmp_path):
    _folder(tmp_path / "short", months=60)
    with pytest.raises(FiscaxError, match="need ten years"):
        moves_of_record(tmp_path / "short")


def test_a_changed_likelihood_needs_a_folder(tmp_path, capsys):
    code = main(
        ["run", "regime-index", "--out", str(tmp_path), "--set", "without=equity"]
    )
    assert code != 0
    assert "--set data=DIR" in capsys.readouterr().err


@pytest.mark.slow
def test_a_users_folder_gives_probabilities_of_its_months(tmp_path):
    """Invented yields and stocks that know nothing of each other, 1990 to 2010."""
    _folder(tmp_path / "own")
    out = tmp_path / "out"
    sets = ["--set", f"data={tmp_path / 'own'}", "--set", "source=sticky"]
    assert main(["run", "regime-index", "--out", str(out), *sets]) == 0
    table = pd.read_csv(out / "regime_index.csv")
    assert table["month"].iloc[0] <= "1992-03"
    live = table.query("reading == 'stocks'")["filtered"]
    assert live.between(0, 1).all()
    notes = (out / "notes.txt").read_text()
    assert "breakeven_10y" in notes
    assert "since 2022" not in notes


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The study on shipped probabilities, with first-order economies of one kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(economies, "ORDER", 1)
        context = registry.ExperimentContext(
            {"source": "sticky"}, tmp_path_factory.mktemp("index")
        )
        yield registry.find_experiment("regime-index").run(context)


def test_means_of_eras_are_those_of_the_months(result):
    """Two shipped tables: a mean of months is in the table of facts."""
    months = result.tables["regime_index"]
    facts = {
        (r["reading"], r["quantity"], r["item"]): r["value"]
        for r in result.records["regime_index_facts"]
    }
    for reading in READINGS:
        inside = months["month"].between("1998-01", "2019-12")
        own = months[inside & (months["reading"] == reading)]
        mean = own["filtered"].astype(float).mean()
        assert facts[reading, "mean", "1998-2019"] == pytest.approx(mean, abs=1e-4)
        assert len(own) == 22 * 12


def test_dated_months_are_rows_of_the_index(result):
    months = result.tables["regime_index"].set_index(["reading", "month"])
    for row in result.records["regime_index_dated"]:
        own = months.loc[row["reading"], row["month"]]
        assert own["filtered"] == row["filtered"]
        assert row["low"] <= row["filtered"] <= row["high"]


def test_worlds_of_the_two_economies_are_told_apart(result):
    worlds = {
        (r["reading"], r["world"]): r["mean_probability"]
        for r in result.records["regime_index_worlds"]
    }
    for reading in READINGS:
        assert worlds[reading, "safe"] < worlds[reading, "risky"]


def test_claims_say_their_bounds(result):
    claims = {r["key"]: r for r in result.records["regime_index_slide_claims"]}
    band = result.tables["regime_index"].set_index(["reading", "month"])
    for reading in READINGS:
        claim = claims[f"risky_in_april_2025_{reading}"]
        own = band.loc[reading, "2025-04"]
        ends = (own["high"] - own["filtered"], own["filtered"] - own["low"])
        assert claim["data"] == own["real_time"]
        assert claim["data_bound"] == pytest.approx(max(ends))
        assert 0 < claim["safe_bound"] < 0.1
    for claim in claims.values():
        value, bound = claim["data"], claim["data_bound"]
        limit = claim["data_tolerance"]
        right = value + bound < limit if claim["data_claim"] == "low" else None
        if right is None:
            right = value - bound > limit
        assert (claim["data_verdict"] == "delivered") == right


def test_simulation_errors_cover_other_draws(world):
    """Means of other seeds scatter by what the error says."""
    model, theta, _, _ = world
    reading = READINGS["stocks"]
    found = [
        called_risky(model, theta, model, "safe", reading, seed) for seed in range(8)
    ]
    spread = np.std([f.value for f in found], ddof=1)
    assert spread == pytest.approx(np.mean([f.error for f in found]), rel=0.7)


def test_changes_reach_the_economies(monkeypatch):
    """Without safety demand stress moves safe yields less, in sticky economies too."""
    monkeypatch.setattr(economies, "ORDER", 1)
    ten = list(OBSERVABLES).index("yield_10y")

    def moved(changes):
        safe = economies.pairs(EconomyStore(changes, folder=None), ("sticky",))
        moves = safe["sticky"].safe
        return abs(moves.matrix[ten, list(moves.shocks).index("e_p")])

    assert moved({"safety_demand": 0.0}) < 0.5 * moved({})


def test_options_and_parameters_go_where_they_belong():
    own = {option.name for option in index.OPTIONS}
    given = {"data": "here", "theta": 0.9, "source": "sticky"}
    options, changes = registry.routed(STUDY, own, given)
    assert options == {"data": "here", "source": "sticky"}
    assert changes == {"theta": 0.9}
    with pytest.raises(OverrideError, match="no parameter 'witout'"):
        registry.routed(STUDY, own, {"witout": "equity"})


@pytest.mark.parametrize("kind", ["nowhere", "file", "empty"])
def test_a_wrong_folder_is_one_line(tmp_path, capsys, kind):
    place = tmp_path / kind
    if kind == "file":
        place.write_text("DATE,DGS10\n")
    if kind == "empty":
        place.mkdir()
    code = main(
        ["run", "regime-index", "--out", str(tmp_path / "o"), "--set", f"data={place}"]
    )
    said = capsys.readouterr().err.strip().splitlines()
    assert code != 0
    assert str(place) in said[-1]
    assert not any("Traceback" in line for line in said)


def _halves():
    """Four half-years, one without a baseline, with invented probabilities."""
    rows = [
        ("1984b", "1984-08", 0.2),
        ("1985a", "1985-02", 0.9),
        ("1985b", "", 0.9),
        ("1986a", "1986-03", 0.8),
    ]
    return [
        {
            "half_year": name,
            "baseline": month,
            "filtered": p,
            "filtered_low": p - 0.15,
            "filtered_high": p + 0.15,
            "smoothed": p,
            "response": None,
        }
        for name, month, p in rows
    ]


def test_events_are_read_at_the_first_baseline_that_knows_them():
    halves = _halves()

    def at(month):
        found = half_year_at(month, halves)
        return found["half_year"] if found else None

    assert at("1984-06") is None
    assert at("1984-07") == at("1984-08") == "1984b"
    assert at("1984-09") == "1985a"
    # A half-year without a baseline is told by the next one.
    assert at("1985-09") == "1986a"
    assert at("1986-04") is None


def test_indices_agree_on_one_side_of_even_odds(monkeypatch):
    monkeypatch.setattr(behaviour, "EVENTS", ("1984-06", "1984-08", "1985-01"))
    prices = [
        {"month": m, "source": "core", "reading": "stocks"}
        | {"filtered": p, "low": p - 0.3, "high": p + 0.3}
        for m, p in (("1984-06", 0.9), ("1984-08", 0.1), ("1985-01", 0.6))
    ]
    none, same, open_ = behaviour.event_rows(prices, _halves())
    assert none["prices"] == 0.9
    assert none["agree"] is None
    assert (same["agree"], same["decided"]) == (True, True)
    assert (open_["agree"], open_["decided"]) == (True, False)


def test_events_hold_what_both_indices_say(result):
    months = result.tables["regime_index"].set_index(["reading", "month"])
    halves = result.tables["legislation_rolling"].set_index("half_year")
    found = result.records["regimes_at_events"]
    assert len(found) == len(behaviour.EVENTS) * len(READINGS)
    for row in found:
        own = months.loc[row["reading"], row["month"]]
        assert row["prices"] == own["filtered"]
        if row["half_year"]:
            assert row["behaviour"] == halves.loc[row["half_year"], "filtered"]
        else:
            assert row["month"] < "1984"


def test_claims_on_laws_follow_from_their_numbers(result):
    claims = {r["key"]: r for r in result.records["regime_index_slide_claims"]}
    shipped = {
        r["era"]: r
        for r in result.records["legislation_response"]
        if r["measure"] == "debt"
    }
    early, late = shipped["1984b-2003b"], shipped["2004a-present"]
    answered = claims["legislation_answered"]
    assert answered["data"] == early["value"]
    assert (answered["data_verdict"] == "delivered") == (early["low"] > 0)
    less = claims["legislation_answers_less"]
    assert less["data"] == pytest.approx(early["value"] - late["value"])
    bounds = [r["high"] - r["value"] for r in (early, late)]
    assert less["data_bound"] == pytest.approx(np.hypot(*bounds))
    agree = claims["indices_agree_stocks"]
    own = [r for r in result.records["regimes_at_events"] if r["reading"] == "stocks"]
    known = [r["agree"] for r in own if r["agree"] is not None]
    assert agree["data"] == pytest.approx(np.mean(known))
    # No sentence of the notes claims what the verdicts do not say.
    notes = "\n".join(result.notes)
    for key in ("legislation_answered", "legislation_answers_less"):
        assert f"{claims[key]['claim']}: {claims[key]['verdict']}" in notes


def test_laws_of_economies_add_up(result):
    found = {
        (r["economy"], r["regime"], r["disasters"], r["part"]): r
        for r in result.records["legislation_models"]
    }
    for economy, regime, disasters, part in found:
        if part == "enacted":
            whole, taxes, news = (
                found[economy, regime, disasters, p]["value"]
                for p in ("enacted", "taxes", "spending_news")
            )
            assert whole == pytest.approx(taxes + news, abs=1e-9)
    # What is promised is repaid, and little of what is not.
    little = found[behaviour.UNPROMISED, "risky", False, "taxes"]["value"]
    assert 0 < little < found["risky", "risky", False, "taxes"]["value"] / 2


def test_a_folder_without_baselines_shows_what_is_shipped(tmp_path):
    """And says so: laws are not those of the folder."""
    row = {"month": "1984-08", "source": "core", "reading": "stocks"}
    row |= {"filtered": 0.2, "low": 0.1, "high": 0.3}
    months, store = table([row], ("month", "source", "reading")), EconomyStore()
    with pytest.MonkeyPatch.context() as patch:
        model = dict.fromkeys(behaviour.MODEL, "none")
        patch.setattr(behaviour, "model_rows", lambda store, say: [model])
        found = behaviour.behaviour(months, store, str(tmp_path), lambda _: None)
    assert "lacks cbo_baseline_changes.csv" in found.origin
