"""The bill day by day: what was expected, what models and record did since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...calibration.parameters.numbers import read_numbers
from ...calibration.record.bills import Day, expected_cost, load_bill
from ...calibration.record.dated_moves import TENORS, Moves, par_duration
from .responses import UnitNews

TEN = TENORS.index(10)


def news_path(
    days: tuple[Day, ...], overrides: Mapping[str, Any] | None = None
) -> dict[str, np.ndarray]:
    """What investors expect at the close of every day (D,).

    ``expected`` is chance times present value in percent of GDP, ``value`` the bill's
    present value if it passes, ``chance`` the probability; ``overrides`` are of what
    they think about scores.
    """
    cost = expected_cost(days, overrides)
    per_billion, latest = [], "house"
    for day in days:
        latest = day.score or latest
        bill = load_bill(latest)
        per_billion.append(bill.present_value / bill.published["primary_cost"])
    value = cost * np.array(per_billion)
    chance = np.array([d.probability for d in days])
    return {"cost": cost, "value": value, "chance": chance, "expected": chance * value}


def durations() -> np.ndarray:
    """Modified durations (years) of par Treasurys before the bill, by tenor."""
    level = read_numbers("bills.toml")["level"]["value"]
    return par_duration(np.array(level), np.array(TENORS))


def moves_of(unit: UnitNews, news: np.ndarray, kind: str) -> dict[str, np.ndarray]:
    """Cumulative yields (D, tenors), returns (D, tenors), equity (D,) and debt (D,).

    ``news`` (D,) is what is expected, percent of GDP in present value, less what was
    expected first; ``kind`` says whether it is a flow that decays or one transfer.
    """
    scale = news / unit.worth if kind == "persistent" else news
    yields = scale[:, None] * unit.yields[kind]
    return {
        "yields": yields,
        "returns": -durations() * yields / 100,
        "equity": scale * unit.equity[kind],
        "debt": news * unit.revaluation,
    }


def data_moves(moves: Moves) -> dict[str, np.ndarray]:
    """The same in the record, cumulative, with what an ordinary spell shows."""

    def summed(values: np.ndarray) -> np.ndarray:
        first = np.zeros((1, *values.shape[1:]))
        return np.concatenate([first, np.cumsum(values, axis=0)])

    if moves.equity is None or moves.equity_errors is None:
        raise ValueError("the record of the bill needs equity")
    yields = summed(moves.yields)
    growth = summed(np.log1p(moves.equity / 100))
    return {
        "yields": yields,
        "returns": -durations() * yields / 100,
        "equity": 100 * np.expm1(growth),
        "yield_errors": np.sqrt(summed(moves.yield_errors**2)),
        "equity_errors": np.sqrt(summed(moves.equity_errors**2)),
    }
