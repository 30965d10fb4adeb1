"""What a file says about its data and draws: ``estimation(...)``."""

import pytest

from fiscax.models.dynare.reader import read_mod_text

MODEL = """var y; varexo e; parameters rho; rho = 0.6;
model; y = rho*y(-1) + e; end;
shocks; var e; stderr 0.5; end;
varobs y;
estimated_params; rho, beta_pdf, 0.5, 0.2; end;
"""


def asked(statement):
    return read_mod_text(MODEL + statement, "ar").estimation.asked


def test_data_dates_and_draws_are_those_of_the_statement():
    found = asked(
        "estimation(datafile='obs.csv', first_obs=3, nobs=90, presample=4, loglinear,"
        " mh_replic=2000, mh_nblocks=2, mh_drop=0.25, nograph) y;"
    )
    assert found.data.name == "obs.csv"
    assert (found.first, found.count, found.presample) == (3, 90, 4)
    assert (found.logs, found.logged) == (True, False)
    assert (found.draws, found.chains, found.dropped) == (2000, 2, 0.25)
    assert (found.notes, found.wrong) == ((), ())


def test_what_is_not_followed_is_told_and_the_last_statement_counts():
    found = asked(
        "estimation(datafile=a, mode_compute=4);\n"
        "estimation(datafile=b, mode_compute=0, prefilter=1);"
    )
    assert found.data.name == "b"
    text = " ".join(found.notes)
    assert "mode_compute is not followed; the mode is searched for" in text
    assert "prefilter is not followed" in text
    assert "line 7 is the one that counts" in text


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("nobs=[50:90]", "nobs = [50:90]"),
        ("first_obs=1990Q1", "first_obs = 1990"),
        ("order=2", "order 1"),
    ],
)
def test_what_changes_numbers_and_cannot_be_followed_is_said(option, message):
    (wrong,) = asked(f"estimation(datafile=a, {option});").wrong
    assert "line 6" in wrong
    assert message in wrong


def test_a_statement_alone_declares_no_estimated_parameters():
    text = MODEL.replace("estimated_params; rho, beta_pdf, 0.5, 0.2; end;\n", "")
    model = read_mod_text(text + "estimation(datafile=a);", "ar")
    assert model.estimation.estimated == ()
