"""Verdicts follow from number, bound and expectation alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiscax.experiments.claims import (
    Claim,
    Expectation,
    Side,
    Verdict,
    by_key,
    claim_records,
)

SIGNS = ("zero", "positive", "negative", "high", "low")
NUMBERS = st.floats(-10, 10)


def holds(expects, value):
    """What the claim says, spelled out again."""
    return {
        "zero": abs(value) <= expects.tolerance,
        "positive": value > expects.tolerance,
        "negative": value < -expects.tolerance,
        "high": value > expects.threshold,
        "low": value <= expects.threshold,
    }[expects.claim]


@given(st.sampled_from(SIGNS), NUMBERS, st.floats(0, 3), st.floats(0, 2))
def test_delivered_means_that_the_claim_holds_over_the_whole_bound(
    says, value, bound, tolerance
):
    expects = Expectation(says, tolerance, threshold=0.5)
    verdict = expects.verdict(value, bound)
    spread = [value + bound * k / 50 for k in range(-50, 51)]
    if verdict == Verdict.DELIVERED:
        assert all(holds(expects, v) for v in spread)
    elif verdict in (Verdict.CONTRADICTED, Verdict.ZERO):
        assert not any(holds(expects, v) for v in spread)
    else:
        ends = value - bound, value + bound
        assert not all(holds(expects, v) for v in ends) or any(
            not holds(expects, v) for v in spread
        )


def test_a_sign_of_a_number_within_the_tolerance_is_zero():
    expects = Expectation("positive", 1.0)
    assert expects.verdict(0.5) == Verdict.ZERO
    assert expects.verdict(-0.5, 0.2) == Verdict.ZERO
    assert expects.verdict(0.9, 0.2) == Verdict.TOO_IMPRECISE
    assert expects.verdict(-1.5) == Verdict.CONTRADICTED
    assert Expectation(None).verdict(3.0) is None


NO_SIDE = Side()


def claim(safe, risky=NO_SIDE, data=NO_SIDE):
    return Claim("key", "A sentence.", "ratio", safe, risky, data)


UP = Expectation("positive", 0.1)


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        ((Side(1.0, UP), Side(2.0, UP), Side(1.0, UP)), "delivered; data agree"),
        ((Side(1.0, UP), Side(-2.0, UP)), "not delivered (risky); no data"),
        ((Side(0.0, UP), Side(-2.0, UP)), "not delivered (safe, risky); no data"),
        ((Side(1.0, UP, bound=2.0), Side(1.0, UP)), "too imprecise (safe); no data"),
        ((Side(1.0, UP, set_by=("theta",)),), "not counted (set by theta); no data"),
        (
            (Side(1.0, UP, by_construction=True),),
            "not counted (true by construction); no data",
        ),
        ((Side(note="nothing"),), "not judged in the models; no data"),
        ((Side(), Side(), Side(0.0, UP)), "not judged in the models; data cannot tell"),
        ((Side(1.0, UP), Side(), Side(-3.0, UP)), "delivered; data disagree"),
    ],
)
def test_one_verdict_on_a_claim(sides, said):
    assert claim(*sides).overall() == said


def test_sentences_are_composed_from_the_verdict():
    assert claim(Side(1.0, UP)).supported() == "Supported"
    assert claim(Side(1.0, UP), Side(-1.0, UP)).supported() == (
        "Not supported with risky debt"
    )
    assert claim(Side(1.0, UP, bound=3.0)).supported() == "Too imprecise (safe)"


def test_a_row_says_what_was_claimed_found_and_counted():
    side = Side(0.7, Expectation("high"), "share", 0.1, set_by=("theta",))
    (row,) = claim_records("study", [claim(side)])
    assert row["safe_tolerance"] == 0.5
    assert row["safe_bound"] == 0.1
    assert row["safe_verdict"] == "delivered"
    assert row["safe_counted"] is False
    assert row["safe_note"] == "share; set by theta"
    assert row["risky"] is None


def test_two_claims_of_one_name_are_refused():
    with pytest.raises(ValueError, match="one name twice"):
        by_key([claim(Side()), claim(Side())])
