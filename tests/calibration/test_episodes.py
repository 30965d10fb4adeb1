"""Episodes as shocks: likelihood, shocks and sizes against other ways to get them."""

import numpy as np
import pytest
from scipy import integrate, stats

from fiscax.calibration.economies.capacity_losses import spreads
from fiscax.calibration.economies.intermediaries import load_plumbing
from fiscax.calibration.economies.observed_moves import Moves
from fiscax.calibration.matching.episodes import (
    EPISODES,
    OBSERVED,
    SWAP,
    Episode,
    account,
    added,
    as_ordinary,
    called_risky,
    capacity_for,
    episodes,
    impact,
    log_likelihoods,
    probabilities,
    settings,
    with_capacity,
    with_swap,
)
from fiscax.errors import FiscaxError

FREEDOM = settings()["freedom"]["value"]
SHARE = settings()["unexplained"]["value"]
TEN = list(OBSERVED).index("yield_10y")


@pytest.fixture(scope="module")
def invented():
    """A window of five days without a term premium, and two explanations."""
    generator = np.random.default_rng(1)
    ordinary = generator.uniform(2, 10, len(OBSERVED))
    values = 2 * ordinary * generator.standard_normal(len(OBSERVED))
    values[6] = np.nan
    shocks = ("a", "b", "c")
    one, other = (
        Moves(shocks, 3 * ordinary[:, None] * generator.standard_normal((10, 3)))
        for _ in range(2)
    )
    return Episode("invented", 5, values, ordinary), one, other


def _parts(episode, moves):
    seen = episode.seen
    # A quarter has 62 days, a month's impact is the root of a third of a quarter's.
    matrix = np.sqrt(3) * moves.matrix[seen] * np.sqrt(episode.days / 62)
    return episode.moves[seen], matrix, SHARE * episode.ordinary[seen]


def test_likelihood_is_a_student_of_what_is_seen(invented):
    episode, one, other = invented
    found = log_likelihoods(episode.moves[None], episode, [one, other])
    for column, moves in enumerate((one, other)):
        values, matrix, noise = _parts(episode, moves)
        shape = matrix @ matrix.T + np.diag(noise**2)
        expected = stats.multivariate_t(shape=shape, df=FREEDOM).logpdf(values)
        assert found[0, column] == pytest.approx(float(expected), abs=1e-10)


def test_shocks_are_the_penalised_least_squares(invented):
    """Whatever the size, shocks minimise misfit plus their own squares."""
    episode, one, _ = invented
    values, matrix, noise = _parts(episode, one)
    stacked = np.vstack([matrix / noise[:, None], np.eye(3)])
    expected = np.linalg.lstsq(
        stacked, np.concatenate([values / noise, np.zeros(3)]), rcond=None
    )[0]
    found = account(episode, one)
    np.testing.assert_allclose(found.shocks, expected, rtol=1e-9)
    np.testing.assert_allclose(found.fitted, impact(one, 5) @ expected, rtol=1e-9)


def test_size_integrates_to_its_posterior_mean(invented):
    episode, one, _ = invented
    values, matrix, noise = _parts(episode, one)
    covariance = matrix @ matrix.T + np.diag(noise**2)
    prior = stats.invgamma(FREEDOM / 2, scale=FREEDOM / 2)
    square = values @ np.linalg.solve(covariance, values)
    count = len(values)

    def weight(s2):
        return prior.pdf(s2) * s2 ** (-count / 2) * np.exp(-square / (2 * s2))

    total = integrate.quad(weight, 0, np.inf)[0]
    mean = integrate.quad(lambda s2: s2 * weight(s2), 0, np.inf)[0] / total
    assert account(episode, one).size == pytest.approx(np.sqrt(mean), rel=1e-6)
    _, log_determinant = np.linalg.slogdet(covariance)
    log_likelihood = np.log(total) - 0.5 * (count * np.log(2 * np.pi) + log_determinant)
    assert account(episode, one).log_likelihood == pytest.approx(log_likelihood)


def test_an_observable_adds_its_conditional_density(invented):
    episode, one, _ = invented
    values, matrix, noise = _parts(episode, one)
    shape = matrix @ matrix.T + np.diag(noise**2)
    others = np.arange(1, len(values))
    whole = stats.multivariate_t(shape=shape, df=FREEDOM).logpdf(values)
    rest = stats.multivariate_t(shape=shape[np.ix_(others, others)], df=FREEDOM).logpdf(
        values[others]
    )
    found = added(episode, one)
    assert found[0] == pytest.approx(float(whole - rest), abs=1e-9)
    np.testing.assert_array_equal(np.isnan(found), ~episode.seen)


def test_worlds_are_told_apart_and_equal_ones_are_not(invented):
    episode, one, other = invented
    same = called_risky(episode, one, one, one)
    assert same.value == pytest.approx(0.5, abs=1e-12)
    assert same.error == pytest.approx(0.0, abs=1e-12)
    safe = called_risky(episode, one, one, other)
    risky = called_risky(episode, other, one, other)
    assert safe.value < 0.5 < risky.value
    # Both are integrals of f g / (f + g): whatever the economies are, they add to one.
    error = np.hypot(safe.error, risky.error)
    assert safe.value + risky.value == pytest.approx(1.0, abs=4 * error)
    # Exchanging names exchanges probabilities, draw by draw.
    swapped = called_risky(episode, one, other, one)
    assert swapped.value == pytest.approx(1 - safe.value, abs=1e-12)
    assert swapped.error == pytest.approx(safe.error, rel=1e-9)


def test_odds_follow_from_log_likelihoods():
    found = probabilities({"a": -1000.0, "b": -1000.0 + np.log(3)})
    assert found["b"] == pytest.approx(0.75, abs=1e-12)


def test_capacity_has_the_curve_and_size_of_the_intermediaries(invented):
    episode, one, _ = invented
    plumbing = load_plumbing({})
    found = with_capacity(one, plumbing)
    column = impact(found, episode.days)[:, -1]
    assert found.shocks[-1] == "capacity"
    # A quarter's losses over as many days, in every experiment the same.
    size = 40_000 * spreads(plumbing, (40,))[0] * np.sqrt(episode.days / 62)
    assert column[TEN] == pytest.approx(size)
    two, ten = spreads(plumbing, (8, 40))
    assert column[1] / column[TEN] == pytest.approx(two / ten)
    assert column[6] == column[TEN]
    for name in ("equity", "breakeven_10y", "aaa_spread_10y"):
        assert column[list(OBSERVED).index(name)] == 0.0


def test_loss_of_capacity_moves_the_yield_by_what_it_was_asked_for():
    plumbing = load_plumbing({})
    lost = capacity_for(7.0, plumbing)
    assert lost is not None
    wedge = plumbing.path({"capacity": lost}, 1).wedges((40,))[0, 0]
    assert 40_000 * wedge == pytest.approx(7.0, abs=0.02)


def test_losses_before_were_as_large_as_an_ordinary_move(invented):
    episode, one, _ = invented
    found = with_capacity(one, load_plumbing({}))
    sized = as_ordinary(found, episode)
    column = impact(sized, episode.days)[:, -1]
    assert column[TEN] == pytest.approx(episode.ordinary[TEN])
    np.testing.assert_allclose(sized.matrix[:, :-1], found.matrix[:, :-1])
    ratio = sized.matrix[TEN, -1] / found.matrix[TEN, -1]
    np.testing.assert_allclose(sized.matrix[:, -1], ratio * found.matrix[:, -1])


def test_the_swap_spread_is_a_row_of_its_own(invented):
    _, one, _ = invented
    given = Moves(one.shocks, one.matrix[:9], one.matrix[9])
    np.testing.assert_array_equal(with_swap(given).matrix, one.matrix)
    with pytest.raises(FiscaxError, match="swap spreads"):
        with_swap(Moves(one.shocks, one.matrix[:9]))


def test_shipped_windows():
    """Trading days from the calendar, and what is known of each window."""
    found = {e.name: e for e in episodes()}
    assert [e.days for e in found.values()] == [1, 7, 6, 1, 1]
    premium = list(OBSERVED).index("term_premium_10y")
    have = [n for n in EPISODES if found[n].seen[premium]]
    assert have == ["april_2025_tariffs", "april_2025_04_08", "iran_2026_03_02"]
    swap = list(OBSERVED).index(SWAP)
    dated = [n for n in EPISODES if found[n].seen[swap]]
    assert dated == ["april_2025_04_08"]
    # The record of the day, and the Treasury premium's ordinary day.
    day = found[dated[0]]
    assert day.moves[swap] == pytest.approx(5.9)
    assert day.ordinary[swap] == pytest.approx(12.897703 / np.sqrt(62))
    for episode in found.values():
        assert np.delete(episode.seen, [premium, swap]).all()
    assert found["covid_2020_03"].moves[TEN] == pytest.approx(64, abs=1)


def test_unknown_window_is_refused():
    with pytest.raises(FiscaxError, match="no window 'gold_1933'"):
        episodes(["gold_1933"])
