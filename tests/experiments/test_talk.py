"""The talk's table: every cell takes its verdicts from what judges them elsewhere."""

import re

import pytest
from invented import COLUMNS, regime_records

from fiscax.calibration.matching.equivalence import load_evidence
from fiscax.calibration.record.bills import recorded
from fiscax.experiments import registry, talk
from fiscax.experiments.claims import Claim, Expectation, Side, slide_records
from fiscax.experiments.goals import record_of
from fiscax.experiments.predictions import by_quantity
from fiscax.experiments.report.talk_table import talk_section

UP = Expectation("positive", 0.5)


def files():
    """Invented regime table, and the claims of one study."""
    _, key = next(row.claim for row in talk.TALK if row.claim[0] == "lsap")
    claim = Claim(key, "Up.", "ratio", Side(0.1, UP, "n"), Side(2.0, UP), Side(9.0, UP))
    return {"regimes": regime_records(COLUMNS[:2]), **slide_records("lsap", [claim])}


def test_rows_name_what_is_declared():
    registry.discover()
    for row in talk.TALK:
        assert bool(row.quantity) != bool(row.claim[0])
        if row.quantity:
            expects = by_quantity()[row.quantity]
            assert expects.safe.claim and expects.risky.claim, row.quantity
        studies = {row.claim[0], *(study for study, _ in row.record.values())} - {""}
        assert studies <= registry.EXPERIMENTS.keys()


def test_a_cell_has_the_verdict_of_the_regime_table():
    found = files()
    table = {(r["quantity"], r["regime"]): r for r in found["regimes"]}
    own = {row.asks: row.quantity for row in talk.TALK if row.quantity}
    cells = talk.cells(found)
    assert len(cells) == 2 * len(talk.TALK)
    assert len(own) > 8
    for cell in cells:
        if cell["row"] in own:
            record = table[own[cell["row"]], cell["side"]]
            for name in ("value", "bound", "verdict", "counted"):
                assert cell[name] == record[name]


def test_a_cell_of_a_claim_waits_until_it_is_measured():
    cells = {(c["source"], c["side"]): c for c in talk.cells(files())}
    verdicts = [cells["discovery_lasting", s]["verdict"] for s in talk.SIDES]
    assert verdicts == ["zero", "delivered"]
    later = cells["stress_called_dysfunction", "safe"]
    assert (later["verdict"], later["note"]) == (None, talk.PENDING)
    lehman = next(c for c in talk.cells(files()) if "lehman" in c["record_source"])
    assert lehman["record_note"] == talk.PENDING


def test_the_record_speaks_of_its_own_era_with_two_standard_errors():
    cells = {(c["source"], c["side"]): c for c in talk.cells(files())}
    for side, era in (("safe", "1998-2019"), ("risky", "2022-present")):
        (row,) = (
            r
            for r in load_evidence()
            if (r.quantity, r.era) == ("stock_bond_return_correlation", era)
        )
        cell = cells[row.quantity, side]
        assert cell["record_value"] == pytest.approx(row.value)
        assert cell["record_bound"] == pytest.approx(2 * row.standard_error)
    # Nobody published an error: none is made up for a verdict.
    assert record_of("score_term_premium_10y", "risky")[1] is None
    assert record_of("score_term_premium_10y", "safe") == (None, None)
    taxed, _ = record_of("share_taxpayers", "risky")
    assert taxed + recorded("unbacked_share") == pytest.approx(1.0)


def test_a_cell_shows_sign_word_and_number_and_opens_its_section():
    section = talk_section(files(), ["regimes"])
    (block,) = section.blocks
    html = block.html("t")
    assert html.count('role="cell"') == 2 * len(talk.TALK)
    assert len(re.findall('href="#regimes"', html)) == 2 * sum(
        bool(row.quantity) for row in talk.TALK
    )
    # Its section is not on the page yet.
    assert 'href="#lsap"' not in html
    for text in ("✓</span> (model: yes)", "✕</span> model: no", "○</span> model: too"):
        assert text in html
    assert "model: not measured yet" in html
    assert "record: no number" in html
    assert talk_section({}, []) is None
