"""What a yield says of fiscal news: closed form against regressions on draws."""

from types import SimpleNamespace

import numpy as np
import pytest

from fiscax.calibration.economies.intermediaries import load_plumbing
from fiscax.calibration.economies.protocol import Surprises
from fiscax.experiments.purchases import cases, discovery
from fiscax.experiments.purchases.discovery import Sources, posterior_variance


@pytest.mark.parametrize("taken", [(0.0, 0.0), (0.1, 0.8), (0.6, 0.1)])
def test_posterior_variance_is_that_of_a_regression(taken):
    of = Sources(8.0, 10.0, 15.0)
    draws = np.random.default_rng(0).standard_normal((400_000, 3)) * of
    news, losses, other = draws.T
    seen = (1 - taken[0]) * news + (1 - taken[1]) * losses + other
    left = news - seen * (seen @ news) / (seen @ seen)
    found = posterior_variance(of, *taken)
    assert found == pytest.approx(left.var() / news.var(), abs=5e-3)


def test_purchases_hide_news_only_if_they_lean_on_it_more():
    of = Sources(8.0, 10.0, 0.0)
    without = posterior_variance(of, 0.0, 0.0)
    # Without other moves what is taken from both alike is scale.
    assert posterior_variance(of, 0.4, 0.4) == pytest.approx(without)
    assert posterior_variance(of, 0.2, 0.5) < without < posterior_variance(of, 0.5, 0.2)


def test_sources_are_those_of_the_economy():
    moves = {"e_x": 3.0, "e_z": 4.0, "e_p": -12.0}
    bond = -39 * np.array(list(moves.values())) / 40_000
    economy = SimpleNamespace(
        surprises=Surprises(tuple(moves), {"bond_40": bond}), shocks=tuple(moves)
    )
    of = discovery.sources(economy, load_plumbing())
    assert (of.news, of.other) == pytest.approx((4.0, np.hypot(3.0, 12.0)))
    assert of.losses > 0


def test_what_moves_no_yield_cannot_be_taken_from_it(monkeypatch):
    rises = {"none": 0.0, "backstop": -1e-3}
    cells = [
        SimpleNamespace(regime="safe", shock=cases.SPENDING, policy=p) for p in rises
    ]
    monkeypatch.setattr(cases, "spike", lambda c: rises[c.policy])
    assert discovery.taken(cells, "safe", cases.SPENDING, "backstop") == 0.0
    rises["none"] = 2e-3
    found = discovery.taken(cells, "safe", cases.SPENDING, "backstop")
    assert found == pytest.approx(1.5)
