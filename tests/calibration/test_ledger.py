"""Who bears news of spending: shares that add up, and none where nothing is borne."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiscax.calibration.economies.protocol import LedgerChange
from fiscax.calibration.economies.responses import borne
from fiscax.solvers.errors import SolutionError

sizes = st.floats(-1.0, 1.0).filter(lambda x: abs(x) > 1e-3)
moves = st.floats(-2.0, 2.0)
OWED = 4.0
SHARES = ("share_taxpayers", "share_bondholders", "share_convenience")


def change(tax=0.0, spending=0.0, convenience=0.0, debt=0.0):
    left = debt - (tax - spending + convenience)
    return LedgerChange(debt, tax, spending, convenience, left, OWED)


# A push of a stub is the change that it makes.
# Its news moves no prices.
STUB = SimpleNamespace(
    ledger_change=lambda push: push, news_value=lambda push: push.spending
)


@given(sizes, moves, moves, moves)
def test_shares_sum_to_one_with_the_residual(spending, tax, debt, convenience):
    news = change(tax * spending, spending, convenience * spending, debt * spending)
    found = borne(STUB, news)
    near = {"abs": 1e-10, "rel": 1e-10}
    assert found["share_taxpayers"] == pytest.approx(tax, **near)
    assert found["share_bondholders"] == pytest.approx(-debt, **near)
    total = sum(found[s] for s in SHARES) + news.residual / spending
    assert total == pytest.approx(1.0, **near)
    # News worth 1% of annual output is worth .04 quarters of it.
    assert found["revaluation"] == pytest.approx(100 * debt * 0.04 / OWED, **near)


@given(sizes, moves)
def test_what_funded_news_does_is_borne_by_taxpayers(spending, demand):
    # The demand effect of funded news moves debt and convenience: taken out of both.
    funded = change(spending, spending, demand, demand)
    found = borne(STUB, funded, funded)
    assert found["share_taxpayers"] == pytest.approx(1.0, abs=1e-9)
    assert found["share_bondholders"] == pytest.approx(0.0, abs=1e-9)


def test_news_without_spending_has_no_shares():
    with pytest.raises(SolutionError, match=r"nobody bears a share.*e_z"):
        borne(STUB, change(tax=0.1, debt=0.1))


def test_a_transfer_is_no_news_of_spending(risky_economy):
    # Spending has a block of its own: what is owed today does not enter its value, and
    # evaluated twice at the same state it differs by rounding only.
    with pytest.raises(SolutionError, match="value of spending stays as it was"):
        borne(risky_economy, risky_economy.news("one_time"))
    push = risky_economy.news("persistent")
    found = borne(risky_economy, push)
    # From the entries themselves.
    before, after = (risky_economy.ledger(p) for p in push)
    worth = after["spending"][0] - before["spending"][0]
    assert worth > 0
    taxes = (after["tax"][0] - before["tax"][0]) / worth
    assert found["share_taxpayers"] == pytest.approx(taxes, abs=1e-10)
    left = (after["residual"][0] - before["residual"][0]) / worth
    total = sum(found[s] for s in SHARES) + left
    assert total == pytest.approx(1.0, rel=1e-9)
