"""The scoreboard: verdicts follow from numbers, and every claim is printed."""

import pytest

from fiscax.experiments.regime_rows import Cell
from fiscax.experiments.report.results import ExperimentResult
from fiscax.experiments.scoreboard.study import gathered, scoreboard_frame
from fiscax.experiments.slide_claims import Side, SlideClaim, slide_records

ZERO, UP = Cell("zero", 1.0), Cell("positive", 1.0)


def claim(safe, risky, data, key="yields"):
    return SlideClaim(
        key,
        "Yields react to news.",
        "basis points",
        Side(safe, ZERO),
        Side(risky, UP),
        Side(data, UP, "1997-2022"),
        "theta = 1: nothing",
    )


@pytest.mark.parametrize(
    "numbers, verdict",
    [
        ((0.2, 6.0, 6.75), "delivered; data agree"),
        ((2.0, 6.0, -6.75), "not delivered (safe); data disagree"),
        ((0.0, 0.9, 0.9), "not delivered (risky); data cannot tell"),
        ((-1.0, 1.1, None), "delivered; no data"),
        ((None, None, 2.0), "not judged in the models; data agree"),
    ],
)
def test_a_verdict_follows_from_the_numbers(numbers, verdict):
    assert claim(*numbers).overall() == verdict


def test_every_claim_is_gathered_and_printed_with_unit_and_sample():
    first = slide_records("fiscal-news", [claim(0.2, 6.0, 6.75)])
    second = slide_records("lsap", [claim(0.0, 0.0, None)])
    assert list(first) == ["fiscal_news_slide_claims"]
    results = [ExperimentResult(records=r) for r in (first, second)]
    records = gathered(results)
    assert [r["experiment"] for r in records] == ["fiscal-news", "lsap"]
    frame = scoreboard_frame(records)
    cells = frame["Data"]
    assert "1997-2022" in cells.iloc[0].html() and cells.iloc[1] == "1997-2022"
    assert ">bp<" in frame.index[0].html()


def test_two_claims_of_one_name_are_refused():
    with pytest.raises(ValueError, match="one name twice"):
        slide_records("lsap", [claim(0, 1, 1), claim(0, 2, 2)])
