"""Who bears news of spending: shares that add up, and none where nothing is borne."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiscax.calibration.economies.ledger import news
from fiscax.calibration.economies.responses import borne
from fiscax.solvers.errors import SolutionError

STILL = {"debt": 4.0, "tax": 40.0, "spending": 36.5, "convenience": 0.5}
sizes = st.floats(-1.0, 1.0).filter(lambda x: abs(x) > 1e-3)


def entries(changes=None):
    moved = {k: np.array([v + (changes or {}).get(k, 0.0)]) for k, v in STILL.items()}
    backing = moved["tax"] - moved["spending"] + moved["convenience"]
    return moved | {"residual": moved["debt"] - backing}


@given(sizes, st.floats(-2.0, 2.0), st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
def test_shares_sum_to_one_with_the_residual(spending, tax, debt, convenience):
    moves = {"tax": tax, "debt": debt, "convenience": convenience}
    after = entries(
        {k: v * spending for k, v in moves.items()} | {"spending": spending}
    )
    found = news(entries(), after)
    # Differences of values of 40 are exact to 1e-14, divided by at least 1e-3.
    near = {"abs": 1e-10, "rel": 1e-10}
    assert found["share_taxpayers"][0] == pytest.approx(tax, **near)
    assert found["share_bondholders"][0] == pytest.approx(-debt, **near)
    bearers = ("taxpayers", "bondholders", "convenience")
    total = sum(found[f"share_{bearer}"][0] for bearer in bearers)
    residual = found["d_residual"][0] / spending
    assert total + residual == pytest.approx(1.0, **near)


def test_news_without_spending_has_no_shares():
    with pytest.raises(SolutionError, match=r"1 of 1 states.*e_z"):
        news(entries(), entries({"debt": 0.1, "tax": 0.1}))
    two = {k: np.concatenate([v, v]) for k, v in entries().items()}
    one = {k: v + np.array([0.0, 0.3]) for k, v in two.items()}
    with pytest.raises(SolutionError, match="1 of 2 states"):
        news(two, one)


def test_a_transfer_is_no_news_of_spending(risky_economy):
    # Spending has a block of its own: what is owed today does not enter its value, and
    # evaluated twice at the same state it differs by rounding only.
    with pytest.raises(SolutionError, match="value of spending stays as it was"):
        borne(risky_economy, risky_economy.news("one_time"))
    before, after = (risky_economy.ledger(p) for p in risky_economy.news("persistent"))
    found = news(before, after)
    shares = [v[0] for k, v in found.items() if k.startswith("share_")]
    total = sum(shares) + found["d_residual"][0] / found["d_spending"][0]
    assert total == pytest.approx(1.0, rel=1e-9)
    assert found["d_spending"][0] > 0
    # The same shares, whoever asks.
    own = borne(risky_economy, risky_economy.news("persistent"))
    for name in ("share_taxpayers", "share_bondholders", "share_convenience"):
        assert own[name] == pytest.approx(found[name][0], abs=1e-10)
