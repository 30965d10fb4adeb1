"""Claims of the talk about the mini-budget, with the numbers that judge them."""

from __future__ import annotations

from ...calibration.record.dated_moves import TENORS
from ..claims import Claim, Expectation, Side, sampling_bound
from ..study import Findings
from ..tables import pick
from .days import EVE
from .model import recorded
from .study import (
    AMERICAN,
    BANK,
    BRITISH,
    BY_EVE,
    DAY,
    GAINS,
    LITTLE,
    MATCHED,
    ON_DAY,
    SLOW,
    TEN,
    US_RECORD,
    Priced,
    announcement,
    short_rise,
)

_LONGEST = TENORS[-1]


def claims(findings: Findings) -> list[Claim]:
    """Every claim of the study, in the order of the talk."""
    return [
        _larger(findings),
        _premium(findings),
        _inverted(findings),
        _wedge(findings),
        _gain(findings),
    ]


def positive(tolerance: float) -> Expectation:
    """Above the tolerance."""
    return Expectation("positive", tolerance)


def negative(tolerance: float) -> Expectation:
    """Below minus the tolerance."""
    return Expectation("negative", tolerance)


def zero(tolerance: float) -> Expectation:
    """Within the tolerance."""
    return Expectation("zero", tolerance)


def step(findings: Findings, name: str) -> float:
    """A step of the ladder, basis points per 1% of GDP."""
    return pick(findings["mini_budget_ladder"], "value", step=name)


def on(findings: Findings, name: str, date: str, tenor: int = TENORS[TEN]) -> float:
    """A number of a close, cumulative."""
    return pick(findings["mini_budget_days"], name, date=date, tenor_years=tenor)


def gained(findings: Findings, part: str, column: str = "value") -> float:
    """A part of the Bank's gain, billion pounds, or ``per_100`` bought."""
    return pick(findings["mini_budget_backstop"], column, row=GAINS[part])


def premium_rises(findings: Findings, years: int) -> float:
    """Rise of the swap premium that is matched at five years, bp a year."""
    table = findings["mini_budget_premia"]
    before, after = (
        pick(table, when, case=MATCHED, tenor_years=years)
        for when in ("before", "after")
    )
    return after - before


def _larger(findings: Findings) -> Claim:
    found: Priced = findings.extra["priced"]
    us = step(findings, US_RECORD)
    theta = found.american.parameters["theta"]
    left = findings.extra["without"]["gilts_react_more"]
    error = found.moves.yield_errors[found.moves.dates.index(DAY) - 1, TEN]
    return Claim(
        "gilts_react_more",
        "The ten-year yield reacts more to unfunded spending of 1% of GDP in Britain "
        "than in the US (difference)",
        "basis points",
        Side(
            findings.extra["safe"]["gilts_react_more"],
            zero(1.0),
            "no response of either, net of demand, to a law for certain",
            by_construction=True,
        ),
        Side(
            step(findings, BRITISH) - step(findings, AMERICAN),
            positive(1.0),
            f"a law for certain; backing {found.given.economy['theta']:.2f} chosen; "
            "default included",
        ),
        Side(
            step(findings, ON_DAY) - us,
            positive(3.0),
            f"day one; {step(findings, BY_EVE) - us:.0f} by 27 September; less US "
            "scores 1997-2022",
            # Other news of an ordinary day.
            bound=sampling_bound(error / found.given.flow),
        ),
        f"--set theta={theta:.2f}, the backing of the US economy: {left:+.1f} bp left",
    )


def _premium(findings: Findings) -> Claim:
    found: Priced = findings.extra["priced"]
    given = found.given.default
    left = findings.extra["without"]["premium_rises"]
    return Claim(
        "premium_rises",
        "The five-year premium for insurance against default rises on the budget",
        "basis points",
        Side(
            findings.extra["safe"]["premium_rises"],
            zero(1.0),
            "taxes repay everything: no default",
            by_construction=True,
        ),
        Side(
            premium_rises(findings, 5),
            positive(1.0),
            "matched to the record, no result",
            set_by=("premium_before", "premium_after"),
        ),
        Side(
            given["premium_after"] - given["premium_before"],
            positive(5.0),
            "recalled: from about 27 to the fifties",
        ),
        f"--set flow={LITTLE:g}: {left:+.2f} bp left",
    )


def _inverted(findings: Findings) -> Claim:
    one, five = (
        recorded(f"us_{y}y_after") - recorded(f"us_{y}y_before") for y in (1, 5)
    )
    found: Priced = findings.extra["priced"]
    left = findings.extra["without"]["short_premium_rises_more"]
    return Claim(
        "short_premium_rises_more",
        "On fiscal news one-year default premia rise by more than five-year ones",
        "basis points",
        Side(note="no default"),
        Side(
            short_rise(found.solved, found.given.flow),
            positive(1.0),
            "required taxes revert to their mean",
        ),
        Side(one - five, positive(5.0), "US, May 2025"),
        f"--set persistence={SLOW:g}, same spread of the capacity: {left:+.1f} bp left",
    )


def _wedge(findings: Findings) -> Claim:
    found: Priced = findings.extra["priced"]
    says = announcement(found)
    parts = ("wedge_basis_points", "news_basis_points")
    wedge, news = (
        on(findings, p, BANK, _LONGEST) - on(findings, p, EVE, _LONGEST) for p in parts
    )
    last = found.moves.dates.index(BANK) - 1
    record = float(found.moves.yields[last, -1])
    return Claim(
        "announcement_removes_wedge",
        "The Bank's announcement takes the wedge off the thirty-year yield; it could "
        "not take news",
        "basis points",
        Side(says["safe"], negative(15.0), "the eve's wedge goes"),
        Side(
            says["risky"],
            zero(15.0),
            "news stays, whoever buys",
            by_construction=True,
        ),
        Side(
            record,
            negative(15.0),
            f"28 September 2022; its curve says wedge {wedge:+.0f}, news {news:+.0f}",
            bound=sampling_bound(found.moves.yield_errors[last, -1]),
        ),
        "without a wedge the fall would have to be news of "
        f"{record / found.per_point[-1]:+.1f}% of GDP",
    )


def _gain(findings: Findings) -> Claim:
    return Claim(
        "backstop_gains",
        "Purchases gain when what they meet is a wedge (safe), lose when it is news",
        "billion pounds",
        Side(
            gained(findings, "plumbing"),
            positive(0.2),
            "wedge at purchase, gone at sale",
        ),
        Side(
            gained(findings, "support"),
            negative(0.2),
            "yields of 27 September are news",
        ),
        Side(gained(findings, "record"), positive(0.2), "Bank of England"),
        f"without the wedge {gained(findings, 'news'):+.1f} billion are left: news "
        "taken back",
    )
