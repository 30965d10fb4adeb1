"""Episodes as a study: accounts add up, windows of known truth, changes arrive."""

import numpy as np
import pytest

from fiscax.calibration.economies.covariance_parts import covariance_parts
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.economies.store import OverrideError
from fiscax.calibration.matching import pairs as economies
from fiscax.experiments import registry
from fiscax.experiments.episodes import study as episodes

EXPLANATION = ("episode", "source", "explanation")
SWAP_DAY = "april_2025_04_08"


def run(out, **changes):
    """The study with first-order economies of one kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(economies, "ORDER", 1)
        patch.setattr(episodes, "SOURCES", ("sticky",))
        context = registry.ExperimentContext(changes, out)
        return registry.find_experiment("episodes").run(context)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run(tmp_path_factory.mktemp("episodes"))


def by(records, *names):
    return {tuple(r[n] for n in names): r for r in records}


def test_probabilities_of_a_window_add_to_one(result):
    sums = {}
    for r in result.records["episodes"]:
        sums[r["episode"]] = sums.get(r["episode"], 0.0) + r["probability"]
    np.testing.assert_allclose(list(sums.values()), 1.0, atol=1e-12)
    assert len(sums) == 5


def test_what_shocks_move_is_the_fit(result):
    """The ten-year yield of a reading is the sum of what its shocks do to it."""
    fitted = by(
        [r for r in result.records["episode_moves"] if r["observable"] == "yield_10y"],
        *EXPLANATION,
    )
    sums = dict.fromkeys(fitted, 0.0)
    for r in result.records["episode_shocks"]:
        sums[tuple(r[n] for n in EXPLANATION)] += r["yield_10y_bp"]
    for key, total in sums.items():
        assert total == pytest.approx(fitted[key]["fitted"], rel=1e-9, abs=1e-9)


def test_plumbing_moves_no_stocks(result):
    """A loss of capacity adds nothing to stocks: they are read as in safe debt."""
    found = by(result.records["episodes"], "episode", "explanation")
    for name in {e for e, _ in found}:
        assert found[name, "plumbing"]["yield_10y_from_stocks"] == pytest.approx(
            found[name, "safe"]["yield_10y_from_stocks"], rel=1e-9
        )


def test_windows_of_known_truth_mirror_each_other(result):
    """Means of safe and risky windows are integrals of f g / (f + g): sum to one."""
    claims = by(result.records["episodes_slide_claims"], "key")
    odds = [c for (key,), c in claims.items() if key.startswith("odds_")]
    assert len(odds) == 5
    for claim in odds:
        bound = claim["safe_bound"] + claim["risky_bound"]
        assert claim["safe"] + claim["risky"] == pytest.approx(1.0, abs=2 * bound)
        assert not claim["safe_counted"] and not claim["risky_counted"]
        assert claim["verdict"].startswith("not counted (true by construction)")


def test_before_is_another_size_of_losses_and_no_swaps(result):
    found = by(result.records["episodes"], "episode", "explanation")
    for (event, name), r in found.items():
        same = r["log_likelihood"] == pytest.approx(r["log_likelihood_before"])
        # Safe, risky and supply have no losses, and swaps are dated on one day.
        assert same == (name not in ("plumbing", "both") and event != SWAP_DAY)
    sums = {}
    for (event, _), r in found.items():
        sums[event] = sums.get(event, 0.0) + r["probability_before"]
    np.testing.assert_allclose(list(sums.values()), 1.0, atol=1e-12)


def test_swap_rates_are_read_where_they_are_dated(result, tmp_path):
    moved = [
        r for r in result.records["episode_moves"] if r["observable"] == episodes.SWAP
    ]
    assert {r["episode"] for r in moved} == {SWAP_DAY}
    assert moved[0]["actual"] == pytest.approx(9.7 - 3.8)
    without = run(tmp_path, without=episodes.SWAP)
    left = {r["observable"] for r in without.records["episode_moves"]}
    assert episodes.SWAP not in left
    found = by(without.records["episodes"], "episode", "explanation")
    whole = by(result.records["episodes"], "episode", "explanation")
    key = (SWAP_DAY, "safe")
    assert found[key]["log_likelihood"] == pytest.approx(
        whole[key]["log_likelihood_before"]
    )


def test_parts_of_covariance_add_up(result):
    for r in result.records["covariances"]:
        assert r["convenience"] + r["rest"] == pytest.approx(r["whole"])
        economy = solve_sticky(f"sticky_{r['economy']}", order=1)
        move, equity = (economy.surprises[n] for n in (r["tenor"], "equity"))
        assert r["whole"] == pytest.approx(1e4 * move @ equity)


def test_convenience_is_what_moves_no_covariance_without_services():
    plain = dict.fromkeys(("safety_price", "liquidity_price"), 0.0)
    found = covariance_parts(solve_sticky("sticky_risky", plain, order=1))
    assert all(abs(part.convenience) < 1e-12 for part in found.values())


def test_a_parameter_that_sets_the_flight_is_named(result):
    claims = by(result.records["episodes_slide_claims"], "key")
    claim = claims[("yield_as_stocks_fall_covid_2020_03",)]
    assert "set by safety_demand" in claim["safe_note"]
    assert claim["risky_counted"]


def test_changes_reach_the_economies(result, tmp_path):
    """Without safety demand there is less of a flight from stocks into safe debt."""
    found = by(result.records["episodes"], "episode", "explanation")
    changed = by(
        run(tmp_path, safety_demand=0.0, without="breakeven_10y").records["episodes"],
        "episode",
        "explanation",
    )
    key = ("covid_2020_03", "safe")
    name = "yield_10y_from_stocks"
    assert found[key][name] + 1 < changed[key][name] < 0


def test_claims_on_yields_need_stocks(tmp_path):
    found = run(tmp_path, without="equity")
    keys = [r["key"] for r in found.records["episodes_slide_claims"]]
    assert all(key.startswith("odds_") for key in keys)
    moves = found.records["episode_moves"]
    assert not any(r["observable"] == "equity" for r in moves)


def test_what_nobody_declares_is_refused(tmp_path):
    with pytest.raises(OverrideError, match=r"no parameter 'safty_demand'.*safety"):
        run(tmp_path, safty_demand=0.0)


def test_the_section_names_every_window(result):
    section = registry.find_experiment("episodes").section(result)
    text = "".join(block.html(f"b{k}") for k, block in enumerate(section.blocks))
    assert "NaN" not in text
    for event in ("Lehman", "March 2020", "April 2025", "March 2026"):
        assert event in text
