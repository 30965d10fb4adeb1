"""Claims of the talk about fiscal news, with the numbers that judge them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...calibration.record.bills import Day
from ...models.markets.learning import FiscalLearning, score_effect
from ..regime_rows import Cell
from ..slide_claims import Side, SlideClaim
from .days import TEN, moves_of, window_of
from .responses import UnitNews
from .study import RECORD, WINDOW

_AUCTION = ("2025-05-20", "2025-05-21")
_VOTE = ("2025-05-21", "2025-05-22")
_GKL = "Gomez-Cram, Kung and Lustig (2025)"
_ORDINARY = "tolerance: one s.d. of an ordinary spell as long"


def claims(
    days: tuple[Day, ...],
    path: Mapping[str, np.ndarray],
    found: Mapping[str, UnitNews],
    data: Mapping[str, np.ndarray],
    given: FiscalLearning,
) -> list[SlideClaim]:
    """Every claim of the experiment, in the order of the talk."""
    return [
        _elasticity(found, "persistent", 1.0, 1.0),
        _elasticity(found, "one_time", 0.3, 0.05),
        _emergency(given),
        _bearers(found),
        *_bill(days, path, found, data),
    ]


def _elasticity(
    found: Mapping[str, UnitNews], kind: str, zero: float, least: float
) -> SlideClaim:
    words = {"persistent": "a persistent deficit", "one_time": "a one-time deficit"}
    bare = {k: u.bare[kind] for k, u in found.items()}
    note = f"theta .91; {bare['unbacked']:.1f} with 57% unbacked"
    return SlideClaim(
        f"{kind}_elasticity",
        f"News of {words[kind]} of 1% of GDP raises the ten-year yield where debt is "
        "risky, and not where it is safe",
        "basis points",
        Side(bare["safe"], Cell("zero", zero), "without convenience"),
        Side(bare["risky"], Cell("positive", least), note),
        Side(RECORD[kind], Cell("positive", least), _GKL),
        f"--set theta=1 --set repudiation=0: {bare['backed']:+.2f} bp left, by the "
        "risky regime's own rules",
    )


def _emergency(given: FiscalLearning) -> SlideClaim:
    def excess(case: FiscalLearning) -> float:
        return float(score_effect(case, 1) / score_effect(case, 0)) - 1

    same = given._replace(
        emergency_passage=given.passage, emergency_backing=given.backing
    )
    return SlideClaim(
        "emergency_multiple",
        "A bill called an emergency moves yields by more than another of its size "
        "(excess of the ratio over one)",
        "ratio",
        Side(None, None, "no response to multiply"),
        Side(
            excess(given),
            Cell("positive", 0.1),
            "investors at theta .43; chances of passage chosen",
        ),
        Side(RECORD["emergency"] - 1, Cell("positive", 0.1), _GKL),
        "emergency bills as likely to pass and as backed as others: "
        f"{excess(same):+.2f} left",
    )


def _bearers(found: Mapping[str, UnitNews]) -> SlideClaim:
    borne = {k: u.borne for k, u in found.items()}
    return SlideClaim(
        "bondholders_bear_most",
        "Bondholders bear more than half of deficit news where debt is risky",
        "share of PV(G) news",
        Side(borne["safe"], Cell("zero", 0.02), "flexible prices"),
        Side(
            borne["risky"],
            Cell("high", 0.5),
            f"theta .91, which yields ask for; {100 * borne['unbacked']:.0f}% at .43",
        ),
        Side(0.57, Cell("high", 0.5), _GKL),
        f"--set theta=1 --set repudiation=0: {100 * borne['backed']:.1f}% left",
    )


def _bill(
    days: tuple[Day, ...],
    path: Mapping[str, np.ndarray],
    found: Mapping[str, UnitNews],
    data: Mapping[str, np.ndarray],
) -> list[SlideClaim]:
    news = path["expected"] - path["expected"][0]
    moves = {k: moves_of(u, news, "persistent") for k, u in found.items()}

    def ten(values: Mapping[str, np.ndarray], name: str, window: Any) -> float:
        return float(window_of(days, values[name], *window)[TEN])

    def one(values: Mapping[str, np.ndarray], window: Any) -> float:
        return float(window_of(days, values["equity"], *window))

    def spell(name: str, window: Any) -> float:
        first, last = (_index(days, d) for d in window)
        gap = data[name][last] ** 2 - data[name][first] ** 2
        return float(np.sqrt(gap[TEN] if gap.ndim else gap))

    bonds = spell("yield_errors", WINDOW) * _duration_of(data)
    return [
        SlideClaim(
            "bill_bonds_fall",
            "The ten-year Treasury lost value between the vote that failed and the one "
            "that passed (16 to 22 May 2025)",
            "percent",
            Side(ten(moves["safe"], "returns", WINDOW), Cell("zero", 0.1), ""),
            Side(
                ten(moves["risky"], "returns", WINDOW),
                Cell("negative", 0.05),
                f"{ten(moves['unbacked'], 'returns', WINDOW):+.2f} with 57% unbacked",
            ),
            Side(
                ten(data, "returns", WINDOW),
                Cell("negative", bonds),
                _ORDINARY,
            ),
            f"every bill backed: {ten(moves['backed'], 'returns', WINDOW):+.2f}%",
        ),
        SlideClaim(
            "bill_auction_day_bonds",
            "Yields rose on the day of the weak auction before the vote (21 May 2025)",
            "basis points",
            Side(ten(moves["safe"], "yields", _AUCTION), Cell("zero", 0.5), ""),
            Side(ten(moves["risky"], "yields", _AUCTION), Cell("positive", 0.5), ""),
            Side(
                ten(data, "yields", _AUCTION),
                Cell("positive", spell("yield_errors", _AUCTION)),
                _ORDINARY,
            ),
            f"every bill backed: {ten(moves['backed'], 'yields', _AUCTION):+.2f} bp",
        ),
        SlideClaim(
            "bill_auction_day_equity",
            "Equities fell with bonds on that day",
            "percent",
            Side(one(moves["safe"], _AUCTION), Cell("zero", 0.1), "real value"),
            Side(
                one(moves["risky"], _AUCTION),
                Cell("negative", 0.1),
                f"sticky prices: {one(moves['sticky_risky'], _AUCTION):+.3f}",
            ),
            Side(
                one(data, _AUCTION),
                Cell("negative", spell("equity_errors", _AUCTION)),
                _ORDINARY,
            ),
            "nothing to remove: transfers move no dividend and no real rate",
        ),
        SlideClaim(
            "bill_vote_day",
            "Yields rose on the day of the House vote (22 May 2025)",
            "basis points",
            Side(ten(moves["safe"], "yields", _VOTE), Cell("zero", 0.5), ""),
            Side(
                ten(moves["risky"], "yields", _VOTE),
                Cell("positive", 0.1),
                "the chance rises by 0.10 (chosen)",
            ),
            Side(
                ten(data, "yields", _VOTE),
                Cell("positive", spell("yield_errors", _VOTE)),
                _ORDINARY,
            ),
            f"every bill backed: {ten(moves['backed'], 'yields', _VOTE):+.2f} bp",
        ),
    ]


def _index(days: tuple[Day, ...], date: str) -> int:
    return [d.date for d in days].index(date)


def _duration_of(data: Mapping[str, np.ndarray]) -> float:
    """Percent of value per basis point of the ten-year yield."""
    last = data["returns"][-1, TEN] / data["yields"][-1, TEN]
    return float(abs(last))
