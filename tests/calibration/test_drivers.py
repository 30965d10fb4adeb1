"""What drives a number: words from changes, and the shipped table from economies."""

import pytest

from fiscax.calibration.economies.drivers import (
    ALL,
    LEAD,
    PIECES,
    SAME,
    Driver,
    drivers,
    leading,
    shipped_drivers,
)
from fiscax.calibration.economies.store import EconomyStore
from fiscax.experiments.predictions import ROWS

PIECE, OTHER = tuple(PIECES)[:2]


def found(value, without_all, without_piece, without_other):
    parts = {ALL: without_all, PIECE: without_piece, OTHER: without_other}
    return [Driver("number", k, value, v) for k, v in parts.items()]


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        # The piece takes nearly all of it, and so does all of policy.
        (found(10.0, 0.0, 1.0, 8.0), PIECE),
        # Without policy it has the other sign; no piece alone does that.
        (found(0.5, -0.4, 0.4, 0.45), LEAD),
        # Safe debt has it too, whatever a piece does.
        (found(-2.5, -2.3, -0.5, -2.4), SAME),
        # A number that policy makes small.
        (found(0.02, 1.0, 0.03, 0.4), OTHER),
        # Nothing to explain.
        (found(0.05, 1.0, 1.0, 1.0), ""),
    ],
)
def test_the_piece_that_changes_a_number_by_half_drives_it(numbers, words):
    tolerance = 0.1 if words == "" else 0.0
    assert leading(numbers, {"number": tolerance}) == {"number": words}


def test_changes_are_at_most_two():
    assert Driver("n", PIECE, 1.0, -1.0).change == 2.0
    assert Driver("n", PIECE, 0.0, 0.0).change == 0.0


def test_every_row_has_its_drivers():
    shipped = {(d.quantity, d.piece) for d in shipped_drivers()}
    wanted = {(row.quantity, piece) for row in ROWS for piece in (ALL, *PIECES)}
    assert shipped == wanted


@pytest.mark.slow
def test_the_shipped_table_is_what_economies_say(monkeypatch):
    from fiscax.calibration.economies import drivers as module

    piece = "a rule without the natural rate"
    monkeypatch.setattr(module, "PIECES", {piece: PIECES[piece]})
    names = ("stress_1sd_yield_10y", "persistent_yield_3m", "share_bondholders")
    known = {(d.quantity, d.piece): d for d in shipped_drivers()}
    for driver in drivers(EconomyStore(), names):
        shipped = known[driver.quantity, driver.piece]
        # Written with six digits; another machine's solver stops elsewhere in its goal.
        near = {"rel": 1e-3, "abs": 1e-6}
        assert driver.value == pytest.approx(shipped.value, **near)
        assert driver.without == pytest.approx(shipped.without, **near)
