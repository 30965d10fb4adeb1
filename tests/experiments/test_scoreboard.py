"""The scoreboard: changes reach who knows them, verdicts are counted by the rules."""

import pytest

from fiscax.calibration.economies.store import OverrideError
from fiscax.experiments import registry
from fiscax.experiments.claims import (
    Claim,
    Expectation,
    Side,
    slide_records,
    tally,
    tally_sentence,
)
from fiscax.experiments.contents import REPORT
from fiscax.experiments.report.results import ExperimentResult
from fiscax.experiments.scoreboard import STUDY
from fiscax.experiments.scoreboard.page import scoreboard_frame

ZERO, UP = Expectation("zero", 1.0), Expectation("positive", 1.0)
ROOM = "fiscax.experiments"


def claim(safe, risky, data, key="yields"):
    return Claim(
        key,
        "Yields react to news.",
        "basis points",
        Side(safe, ZERO),
        risky if isinstance(risky, Side) else Side(risky, UP),
        data if isinstance(data, Side) else Side(data, UP, "1997-2022"),
        "theta = 1: nothing",
    )


# One claim per verdict of the models, with what it has to be called.
CLAIMS = {
    "delivered": claim(0.2, 6.0, 6.75, "a"),
    "not delivered": claim(2.0, Side(6.0, UP, set_by=("theta",)), -6.75, "b"),
    "too imprecise": claim(0.0, Side(1.2, UP, bound=0.5), Side(6.0, UP, "", 9.0), "c"),
    "not counted": claim(None, Side(6.0, UP, set_by=("theta",)), None, "d"),
    "not judged in the models": claim(None, None, 0.3, "e"),
}


def test_every_claim_is_counted_once_by_the_rules():
    verdicts = {c.overall() for c in CLAIMS.values()}
    models, record = tally(verdicts)
    assert models == dict.fromkeys(CLAIMS, 1)
    assert record == {
        "data agree": 1,
        "data disagree": 1,
        "data cannot tell": 2,
        "no data": 1,
    }
    sentence = tally_sentence(verdicts)
    assert sentence.startswith("Of 5 claims the models deliver 1 and fail 1; 1 too imp")
    assert "cannot tell in 2" in sentence


@pytest.fixture
def talk(monkeypatch):
    """Studies of the talk that only say what they were given."""
    given = {}
    takes = {name: frozenset({"theta", f"own of {name}"}) for name in STUDY.gathers}
    registry.discover()

    def entry(name):
        def run(context):
            given[name] = dict(context.overrides)
            return ExperimentResult(records=slide_records(name, [*CLAIMS.values()]))

        return registry.Experiment(name, "", run, takes=lambda: takes[name])

    for name in STUDY.gathers:
        monkeypatch.setitem(registry.EXPERIMENTS, name, entry(name))
    monkeypatch.setattr(registry, "discover", lambda: None)
    return given


def test_each_study_gets_the_changes_that_it_knows(talk, tmp_path):
    changes = {"theta": 0.5, "own of lsap": 2.0}
    context = registry.ExperimentContext(changes, tmp_path)
    result = registry.find_experiment("scoreboard").run(context)
    assert talk["lsap"] == changes
    others = [own for name, own in talk.items() if name != "lsap"]
    assert len(others) == 8 and all(own == {"theta": 0.5} for own in others)
    rows = result.records["scoreboard"]
    assert len(rows) == 9 * len(CLAIMS)
    assert result.notes[0].startswith("Of 45 claims the models deliver 9 and fail 9;")


def test_what_no_study_knows_is_refused_before_any_runs(talk, tmp_path):
    context = registry.ExperimentContext({"theta": 0.5, "own of lsp": 1}, tmp_path)
    with pytest.raises(OverrideError, match=r"'own of lsp'.*own of lsap"):
        registry.find_experiment("scoreboard").run(context)
    assert talk == {}


def test_the_real_studies_say_what_they_take():
    known = registry.find_experiment("scoreboard").takes()
    # Of the user's spreads, of purchases, of the core and of sticky prices alone.
    assert {"file", "kept_backstop", "theta", "price_stickiness"} <= known
    assert "amonut" not in known


def test_claims_stand_in_the_order_of_the_report():
    order = [e.name for e in registry.report_experiments(slow=True)]
    assert len(order) == len(REPORT)
    assert sorted(STUDY.gathers, key=order.index) == list(STUDY.gathers)


def test_claims_are_printed_with_unit_sample_and_bound():
    rows = slide_records("lsap", [CLAIMS["delivered"], CLAIMS["too imprecise"]])
    cells = scoreboard_frame(rows["lsap_slide_claims"])
    assert "1997-2022" in cells["Data"].iloc[0].html()
    assert "±0.5" in cells["Risky"].iloc[1].html()
    assert ">bp<" in cells.index[0].html()
