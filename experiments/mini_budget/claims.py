"""Claims of the talk about the mini-budget, with the numbers that judge them."""

from __future__ import annotations

from dataclasses import replace

from ...calibration.economies.sticky import solve_sticky
from ..regime_rows import Cell
from ..slide_claims import Side, SlideClaim
from .days import EVE
from .findings import TEN, Findings, shapes
from .model import (
    Gilts,
    SolvedDefault,
    british_economy,
    fiscal_curve,
    recorded,
    solve_default,
)
from .study import BANK, DAY, US_RECORD

# Persistence of required taxes per quarter that hardly revert.
_SLOW = 0.995


def claims(found: Findings) -> list[SlideClaim]:
    """Every claim of the experiment, in the order of the talk."""
    return [
        _larger(found),
        _premium(found),
        _inverted(found),
        _wedge(found),
        _gain(found),
    ]


def _larger(found: Findings) -> SlideClaim:
    ladder = found.ladder
    own = ladder["default compensation"] - ladder["risky US economy"]
    record = found.on(DAY)[TEN] / found.given.flow - US_RECORD
    us = solve_sticky("sticky_risky", order=1).parameters["theta"]
    same = fiscal_curve(british_economy(found.given, theta=us), 1 - us)
    left = same[TEN] + found.default[TEN] - ladder["risky US economy"]
    return SlideClaim(
        "gilts_react_more",
        "The ten-year yield reacts more to unfunded spending of 1% of GDP in Britain "
        "than in the US (difference)",
        "basis points",
        Side(0.0, Cell("zero", 1.0), "no response of either, net of demand"),
        Side(own, Cell("positive", 1.0), "backing .79 chosen; default included"),
        Side(
            float(record),
            Cell("positive", 3.0),
            f"day one; {found.on(EVE)[TEN] / found.given.flow - US_RECORD:.0f} by 27 "
            "September",
        ),
        f"--set theta={us:.2f}, the backing of the US economy: {left:+.1f} bp left",
    )


def _premium(found: Findings) -> SlideClaim:
    given = found.given.default
    rise = found.solved.premia(found.given.flow, (5,)) - found.solved.premia(0.0, (5,))
    record = given["premium_after"] - given["premium_before"]
    little = 1.0 / found.given.economy["gdp"]  # percent of GDP: 0.01 billion pounds
    none = found.solved.premia(little, (5,)) - found.solved.premia(0.0, (5,))
    return SlideClaim(
        "premium_rises",
        "The five-year premium for insurance against default rises on the budget",
        "basis points",
        Side(0.0, Cell("zero", 1.0), "taxes repay everything: no default"),
        Side(float(rise[0]), Cell("positive", 1.0), "matched to the record, no result"),
        Side(record, Cell("positive", 5.0), "recalled: from about 27 to the fifties"),
        f"--set flow=0.01: {float(none[0]):+.2f} bp left",
    )


def _inverted(found: Findings) -> SlideClaim:
    def gap(given: Gilts, solved: SolvedDefault) -> float:
        rise = solved.premia(given.flow, (1, 5)) - solved.premia(0.0, (1, 5))
        return float(rise[0] - rise[1])

    one, five = (
        recorded(f"us_{y}y_after") - recorded(f"us_{y}y_before") for y in (1, 5)
    )
    spread = float(found.solved.model.spread)
    slow = replace(found.given, default={**found.given.default, "persistence": _SLOW})
    left = gap(slow, solve_default(slow, spread))
    return SlideClaim(
        "short_premium_rises_more",
        "On fiscal news one-year default premia rise by more than five-year ones",
        "basis points",
        Side(None, None, "no default"),
        Side(
            gap(found.given, found.solved),
            Cell("positive", 1.0),
            "required taxes revert to their mean",
        ),
        Side(one - five, Cell("positive", 5.0), "US, May 2025"),
        f"--set persistence={_SLOW}, same spread of the capacity: {left:+.1f} bp left",
    )


def _wedge(found: Findings) -> SlideClaim:
    first, last = found.index(EVE), found.index(BANK)
    news, wedge = (float(part[last, -1] - part[first, -1]) for part in shapes(found))
    record = float(found.moves.yields[last, -1])
    eve = float(found.parts.wedge[first])
    return SlideClaim(
        "announcement_removes_wedge",
        "The Bank's announcement takes the wedge off the thirty-year yield; it could "
        "not take news",
        "basis points",
        Side(-eve, Cell("negative", 15.0), "the eve's wedge goes"),
        Side(0.0, Cell("zero", 15.0), "news stays, whoever buys"),
        Side(
            record,
            Cell("negative", 15.0),
            f"28 September 2022; its curve says wedge {wedge:+.0f}, news {news:+.0f}",
        ),
        "without a wedge the fall would have to be news of "
        f"{record / found.per_point[-1]:+.1f}% of GDP",
    )


def _gain(found: Findings) -> SlideClaim:
    gains = found.gains
    return SlideClaim(
        "backstop_gains",
        "Purchases gain when what they meet is a wedge (safe), lose when it is news",
        "billion pounds",
        Side(gains.plumbing, Cell("positive", 0.2), "wedge at purchase, gone at sale"),
        Side(gains.support, Cell("negative", 0.2), "yields of 27 September are news"),
        Side(gains.record, Cell("positive", 0.2), "Bank of England"),
        f"without the wedge {gains.news:+.1f} billion are left: news taken back",
    )
