"""Estimated sticky-price economies: likelihood, observables, shipped odds."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import linalg, stats

from fiscax.calibration.economies.observed_sticky import (
    MEASURED,
    SERIES,
    error_of,
    observed_dynamics,
    seen,
)
from fiscax.calibration.economies.quantities import measured
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.economies.sticky_switching import (
    REGIMES,
    in_regimes,
    solve_switching,
)
from fiscax.calibration.matching.odds import (
    ECONOMIES,
    ERAS,
    EVERY,
    SWITCHING,
    computed_odds,
    declared,
    economy,
    era_data,
    estimated,
    held_against,
    shipped_means,
    shipped_odds,
    switching_economy,
)
from fiscax.calibration.matching.odds_files import estimated_calibrations
from fiscax.calibration.matching.odds_regimes import at_first_order, regime_bands
from fiscax.calibration.parameters.calibration import load_calibration
from fiscax.calibration.record.quarterly import quarterly_series
from fiscax.calibration.record.series import SeriesDirectory
from fiscax.calibration.shipped import FACTS
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.facts import study as facts
from fiscax.experiments.odds import page
from fiscax.experiments.predictions import of_estimates
from fiscax.experiments.report import labels
from fiscax.models.declaration import DeclarationError
from fiscax.models.general.switching import in_regime
from fiscax.models.sticky import sticky_price_economy
from fiscax.solvers.estimation.posterior import Posterior
from fiscax.solvers.perturbation.solution import solve_local

KEYS = ["economy", "era", "quantity", "item"]


@pytest.fixture(scope="module")
def risky():
    return solve_local(economy("sticky_risky"), 1)


def joint_moments(solution, dates):
    """Mean and covariance of all observations together, without any recursion."""
    x = np.asarray(solution.rule.x)
    rows = [solution.variables.index(seen(s)) for s in SERIES]
    count = len(solution.states)
    places = [solution.variables.index(s) for s in solution.states]
    law, push = x[places, :count], x[places, count:]
    own, impact = x[rows, :count], x[rows, count:]
    start = linalg.solve_discrete_lyapunov(law, push @ push.T)
    shocks = x.shape[1] - count
    # Columns: the first states, then the shocks of every date.
    weights = np.zeros((dates, len(rows), count + dates * shocks))
    state = np.eye(count, count + dates * shocks)
    for t in range(dates):
        news = np.zeros((shocks, count + dates * shocks))
        news[:, count + t * shocks : count + (t + 1) * shocks] = np.eye(shocks)
        weights[t] = own @ state + impact @ news
        state = law @ state + push @ news
    flat = weights.reshape(dates * len(rows), -1)
    noise = [
        solution.parameters[error_of(s)] ** 2 if s in MEASURED else 0 for s in SERIES
    ]
    covariance = flat @ linalg.block_diag(
        start, np.eye(dates * shocks)
    ) @ flat.T + np.diag(noise * dates)
    mean = np.asarray(solution.rule.steady)[rows]
    return np.tile(mean, dates), covariance


@pytest.mark.slow
def test_likelihood_is_the_joint_density_of_all_observations(risky):
    """Filter against one dense Gaussian, with a missing observation."""
    data = 0.5 + np.random.default_rng(3).standard_normal((8, len(SERIES)))
    data[2, 1] = np.nan
    posterior = held_against("sticky_risky", data)
    found = posterior.program(jnp.asarray(posterior.start), posterior.given)
    mean, covariance = joint_moments(risky, len(data))
    there = np.flatnonzero(np.isfinite(data.ravel()))
    expected = stats.multivariate_normal.logpdf(
        data.ravel()[there], mean[there], covariance[np.ix_(there, there)]
    )
    assert float(found.likelihood) == pytest.approx(expected, rel=1e-8)


def test_observables_rest_at_their_means(risky):
    for series in SERIES:
        mean = declared()[f"mean_{series}"]["mean"]
        assert risky.steady_state[seen(series)] == pytest.approx(mean, abs=1e-9)


def test_the_observed_ten_year_yield_moves_as_the_curve_does(risky):
    """Decaying weights stand for the forty equal ones of the exact yield."""
    exact = solve_sticky("sticky_risky", order=1, maturities=(40,)).solution
    own = risky.moments_of(["level_yield_10y"], 1).covariance[0, 0] ** 0.5
    curve = exact.moments_of(["yield_40"], 1).covariance[0, 0] ** 0.5
    assert own == pytest.approx(curve, rel=0.15)


def test_priors_of_regimes_are_those_of_their_own_economies():
    own = {e.parameter: e.prior for e in estimated(SWITCHING, switching_economy())}
    for name, given in declared().items():
        permanent = [e for e in ECONOMIES if e in given["economies"]]
        for regime in permanent:
            label = f"{name}[{regime.removeprefix('sticky_')}]"
            priors = {e.parameter: e.prior for e in estimated(regime, economy(regime))}
            assert own.get(label, own.get(name)) == priors[name]
    # What is safe by definition is not estimated.
    assert {"theta[risky]", "phi_shadow[risky]", "phi"} <= set(own)
    assert not {"theta[safe]", "phi_shadow[safe]"} & set(own)


@pytest.mark.slow
def test_regimes_that_are_the_same_are_one_economy():
    """Kim's filter of two safe regimes is Kalman's of permanent safe debt."""
    data = 0.5 + np.random.default_rng(5).standard_normal((6, len(SERIES)))
    permanent = held_against("sticky_safe", data)
    known = {p.name for p in sticky_price_economy().parameters}
    values = permanent.model.values
    others = {n: v for n, v in values.items() if n not in known}
    form = observed_dynamics(REGIMES)
    same = {n: values[n] for n in known if n in values}
    dynamics = in_regimes(form, SWITCHING, same, others)
    assert dynamics.apart == ("switch_base", "switch_debt")
    hidden = Posterior(
        form, permanent.estimated, permanent.observables, data, switching=dynamics
    )
    moved = permanent.start * 1.02
    one, other = (p.program(jnp.asarray(moved), p.given) for p in (permanent, hidden))
    assert int(one.verdict) == int(other.verdict) == 0
    assert float(other.likelihood) == pytest.approx(float(one.likelihood), rel=1e-9)


def test_priors_name_parameters_and_reasons():
    for name in ECONOMIES:
        model = economy(name)
        known = {p.name for p in model.parameters}
        own = {n for n, given in declared().items() if name in given["economies"]}
        assert own <= known
    assert all(given["source"] for given in declared().values())


def test_shipped_odds_are_differences_of_shipped_likelihoods():
    odds = shipped_odds().odds.set_index(KEYS)["value"]
    pairs = {
        "laplace": ("log_marginal", "laplace"),
        "sampled": ("log_marginal", "sampled"),
        "shipped": ("log_likelihood", "shipped"),
        "particles": ("log_marginal", "particles"),
    }
    for era in ERAS:
        for item, (quantity, of) in pairs.items():
            one, other = (odds[name, era, quantity, of] for name in ECONOMIES)
            stated = odds["risky over safe", era, "log_odds", item]
            assert stated == pytest.approx(
                other - one, abs=2e-3 * max(1, abs(one) / 100)
            )


@pytest.mark.parametrize("name", ["odds", "odds_parameters", "odds_regimes"])
def test_tables_are_written_as_they_are_shipped(name):
    facts_of = shipped_odds()._asdict()
    rows = facts_of[name.removeprefix("odds_")].to_dict("records")
    text = facts.written(name, rows)
    assert text == (FACTS / f"{name}.csv").read_text(encoding="utf-8")


def test_draws_without_data_are_refused(tmp_path):
    context = registry.ExperimentContext({"draws": 10}, tmp_path)
    with pytest.raises(FiscaxError, match="data=DIR"):
        registry.find_experiment("odds").run(context)


def test_shipped_odds_are_told_by_era(tmp_path):
    context = registry.ExperimentContext({}, tmp_path)
    result = registry.find_experiment("odds").run(context)
    assert {r["era"] for r in result.records["odds"]} == set(ERAS)
    for era in ERAS:
        assert any(note.startswith(labels.era(era)) for note in result.notes)
    odds, *panels = result.figures["odds"].axes
    shown = [bar.get_width() for bar in odds.patches]
    found = {
        r["era"]: r["value"]
        for r in result.records["odds"]
        if (r["economy"], r["quantity"], r["item"])
        == ("risky over safe", "log_odds", "particles")
    }
    assert shown == [found[era] for era in ERAS]
    assert len(panels) == len(ERAS)
    for axes in odds, *panels:
        low, high = axes.get_xlim()
        assert all(low < bar.get_width() < high for bar in axes.patches)


def test_bands_are_quantiles_over_draws():
    """Bondholders bear more where less is backed."""
    backed = np.linspace(0.90, 0.98, 5)
    (row,) = regime_bands(
        "sticky_risky",
        ("theta", "mean_growth"),
        np.column_stack([backed, np.full(5, 9.9)]),
        ("share_bondholders",),
    )
    borne = [
        at_first_order("sticky_risky", {"theta": t}, ("share_bondholders",))
        for t in (*backed, solve_sticky("sticky_risky", order=1).parameters["theta"])
    ]
    *each, shipped = (b["risky"]["share_bondholders"] for b in borne)
    assert each == sorted(each, reverse=True)
    each.sort()
    assert row["median"] == pytest.approx(each[2])
    # Between the first two of five draws lies a fifth of the way to the second.
    assert row["low"] == pytest.approx(0.8 * each[0] + 0.2 * each[1])
    assert row["shipped"] == pytest.approx(shipped)


def test_a_draw_may_lie_where_a_calibration_may_not():
    with pytest.raises(FiscaxError, match="sigma_p"):
        solve_sticky("sticky_risky", {"sigma_p": 1.2}, order=1)
    name = "stress_1sd_yield_10y"
    one, other = (
        at_first_order("sticky_risky", {"sigma_p": s}, (name,))["risky"][name]
        for s in (0.6, 1.2)
    )
    assert other == pytest.approx(2 * one)


@pytest.mark.slow
def test_regimes_of_a_draw_are_those_of_the_switching_economy():
    """Parameters of a regime are its own; what both share is one parameter."""
    name = "share_bondholders"
    ships = solve_switching()
    backed = {r: e.parameters["theta"] for r, e in ships.items()}
    own = {in_regime("theta", r): theta for r, theta in backed.items()}
    found = at_first_order(SWITCHING, {**own, "phi": 1.6}, (name,))
    expected = {
        r: measured(e, (name,))
        for r, e in solve_switching(overrides={"phi": 1.6}).items()
    }
    for regime, told in expected.items():
        assert found[regime][name] == pytest.approx(told[name], rel=1e-9)
    less = at_first_order(SWITCHING, {"theta[risky]": 0.8, "phi": 1.6}, (name,))
    assert less["risky"][name] > found["risky"][name]
    with pytest.raises(DeclarationError, match=r"'theta\[other\]'"):
        at_first_order(SWITCHING, {"theta[other]": 0.8}, (name,))


def test_shipped_bands_are_those_of_every_estimate():
    found = shipped_odds().regimes
    places = [(e, e.removeprefix("sticky_")) for e in ECONOMIES]
    places += [(SWITCHING, regime) for regime in REGIMES]
    assert {tuple(r) for r in found[["economy", "regime", "era"]].to_numpy()} == {
        (*place, era) for place in places for era in ERAS
    }
    assert set(found["quantity"]) == set(of_estimates())
    assert (found["low"] <= found["median"]).all()
    assert (found["median"] <= found["high"]).all()
    for name in EVERY:
        own = found[(found["economy"] == name) & (found["era"] == "2022-2026")]
        measured = at_first_order(name, {}, of_estimates())
        for row in own.to_dict("records"):
            now = measured[row["regime"]][row["quantity"]]
            assert row["shipped"] == pytest.approx(now, rel=1e-5, abs=1e-10)


def test_eras_of_a_quantity_stand_together_on_the_page():
    table = page._regimes(shipped_odds().regimes.to_dict("records"))
    blocks = [name for name, _ in itertools.groupby(table.groups)]
    assert len(blocks) == len(set(blocks)) == len(of_estimates())


def test_ways_to_the_marginal_likelihood_agree():
    """Importance sampling around the mode and particles from the prior."""
    odds = shipped_odds().odds.set_index(KEYS)["value"]
    for name in EVERY:
        for era in ERAS:
            around, error, path, spread = (
                odds[name, era, "log_marginal", item]
                for item in ("sampled", "error", "particles", "particles_error")
            )
            assert abs(around - path) < 4 * np.hypot(error, spread)


def test_estimates_are_parameter_files_with_their_provenance(tmp_path):
    context = registry.ExperimentContext({}, tmp_path)
    result = registry.find_experiment("odds").run(context)
    refused = [note for note in result.notes if note.startswith("No parameter file")]
    assert len(result.texts) + len(refused) == len(EVERY) * len(ERAS)
    table = shipped_odds().parameters
    own = table[(table["economy"] == "sticky_risky") & (table["era"] == "1984-2019")]
    path = tmp_path / "sticky_risky_1984-2019.toml"
    path.write_text(result.texts[path.name], encoding="utf-8")
    again = load_calibration(path, sticky_price_economy())
    shipped = load_calibration("sticky_risky", sticky_price_economy())
    modes = dict(zip(own["parameter"], own["mode"], strict=True))
    for name, entry in again.by_name.items():
        held = np.ravel(shipped.by_name[name].value)
        assert np.ravel(entry.value) == pytest.approx(modes.get(name, held), rel=1e-15)
        assert ("estimated" in entry.source) == (name in modes)


def test_estimates_of_regimes_are_values_by_regime(tmp_path):
    files, _ = estimated_calibrations(shipped_odds().parameters)
    name = f"{SWITCHING}_1984-2019"
    path = tmp_path / f"{name}.toml"
    path.write_text(files[name].to_toml(), encoding="utf-8")
    again = load_calibration(path, sticky_price_economy(regimes=("safe", "risky")))
    own = shipped_odds().parameters.set_index(["economy", "era", "parameter"])["mode"]
    safe, risky = again.by_name["theta"].value
    assert safe == 1.0
    assert risky == own[SWITCHING, "1984-2019", "theta[risky]"]
    assert "in the risky regime" in again.by_name["theta"].source
    assert np.ravel(again.by_name["phi"].value) == pytest.approx(
        own[SWITCHING, "1984-2019", "phi"]
    )


def test_a_mode_that_is_not_admissible_makes_no_file():
    table = shipped_odds().parameters.copy()
    here = (table["economy"] == "sticky_safe") & (table["era"] == "2022-2026")
    _, before = estimated_calibrations(table)
    table.loc[here & (table["parameter"] == "rho_p"), "mode"] = 0.9999
    files, refused = estimated_calibrations(table)
    assert set(refused) - set(before) == {"sticky_safe_2022-2026"}
    assert "rho_p" in refused["sticky_safe_2022-2026"]
    assert set(files) & set(refused) == set()


@pytest.mark.data
def test_series_are_those_of_published_quarters(data_dir):
    """Output fell by 8.2 log percent in 2020Q2; funds cost 5.33% in 2023Q4."""
    found = quarterly_series(SeriesDirectory(data_dir))
    assert found.loc["2020Q2", "growth"] == pytest.approx(-8.2, abs=0.1)
    rate = 400 * np.expm1(found.loc["2023Q4", "policy_rate"] / 100)
    assert rate == pytest.approx(5.33, abs=0.01)


@pytest.mark.slow
@pytest.mark.data
def test_the_record_gives_the_shipped_odds(data_dir):
    """Likelihoods and modes of the shortest era; modes to a hundredth of an error."""
    era = "2022-2026"
    found = computed_odds(data_dir, draws=0, eras=(era,), economies=ECONOMIES)
    shipped = shipped_odds().odds.set_index(KEYS)["value"]
    for key, value in found.odds.set_index(KEYS)["value"].items():
        assert value == pytest.approx(shipped[key], rel=1e-4, abs=0.02)
    own = shipped_odds().parameters.set_index(["economy", "era", "parameter"])
    for row in found.parameters.to_dict("records"):
        then = own.loc[(row["economy"], era, row["parameter"])]
        error = 0.01 * then["standard_error"]
        assert row["mode"] == pytest.approx(then["mode"], abs=error)


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize("era", ERAS)
def test_likelihoods_are_those_of_the_shipped_modes(data_dir, era):
    series = era_data(quarterly_series(SeriesDirectory(data_dir)))[era]
    odds = shipped_odds().odds.set_index(KEYS)["value"]
    own = shipped_odds().parameters.set_index(["economy", "era", "parameter"])["mode"]
    for name in EVERY:
        posterior = held_against(name, series)
        mode = jnp.asarray([own[name, era, n] for n in posterior.names])
        found = float(posterior.program(mode, posterior.given).likelihood)
        # Modes are shipped to six digits.
        assert found == pytest.approx(
            odds[name, era, "log_likelihood", "mode"], abs=0.01
        )


@pytest.mark.slow
@pytest.mark.data
def test_the_economy_that_switches_has_its_shipped_likelihood(data_dir):
    """At its own means over both regimes, to second order."""
    means = shipped_means(switching_economy())
    series = era_data(quarterly_series(SeriesDirectory(data_dir)))
    odds = shipped_odds().odds.set_index(KEYS)["value"]
    for era in ERAS:
        posterior = held_against(SWITCHING, series[era])
        pairs = zip(posterior.names, posterior.start, strict=True)
        values = jnp.asarray([means.get(name, start) for name, start in pairs])
        found = float(posterior.program(values, posterior.given).likelihood)
        shipped = odds[SWITCHING, era, "log_likelihood", "shipped"]
        assert found == pytest.approx(shipped, rel=1e-5)
