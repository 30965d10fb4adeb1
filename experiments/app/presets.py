"""Economies that a button shows: solved exactly, or a point of a world's grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ...calibration.economies.explanations import solved
from ...calibration.economies.protocol import Economy
from ...calibration.economies.store import EconomyStore
from ..mini_budget.model import british_case, load_gilts

# A solution and a coarser one of the same parameters: their distance bounds errors.
Pair = tuple[Economy, Economy]


@dataclass(frozen=True)
class Preset:
    """A button.

    Attributes
    ----------
    name : short. label : for people. words : what it is, a sentence.
    solve : the economy and a coarser solution; None where a world has it.
    world, point : where sliders stand, as far as the economy is on a world's axes.
    """

    name: str
    label: str
    words: str
    solve: Callable[[EconomyStore], Pair] | None = None
    world: str = "calibrated"
    point: Mapping[str, float] = field(default_factory=dict)


def _core(name: str) -> Callable[[EconomyStore], Pair]:
    def solve(store: EconomyStore) -> Pair:
        fine = store.core(name)
        return fine, store.coarse_twin(fine)

    return solve


def _eighties(store: EconomyStore) -> Pair:
    return solved(store, "supply_and_rule"), solved(store, "supply_and_rule", order=2)


def _british(store: EconomyStore) -> Pair:
    case = british_case(load_gilts())
    fine, rough = (store.sticky("sticky_risky", case, order=n) for n in (3, 2))
    return fine, rough


PRESETS = (
    Preset(
        "safe",
        "safe debt",
        "taxes repay all of new spending, the central bank leads.",
        _core("safe"),
        point={"theta": 1.0},
    ),
    Preset(
        "risky",
        "risky debt",
        "all of new spending is promised, a disaster breaks some of the promises, the "
        "central bank follows.",
        _core("risky"),
        point={"theta": 1.0},
    ),
    Preset(
        "1980s",
        "1980s",
        "safe debt beside supply shocks and the monetary rule of the 1980s, prices "
        "sticky.",
        _eighties,
        point={"theta": 1.0},
    ),
    Preset(
        "mini-budget",
        "mini-budget",
        "the backing, maturity and size of British debt in September 2022, prices "
        "sticky.",
        _british,
        point={"theta": 0.79},
    ),
    Preset(
        "pandemic",
        "pandemic",
        "nobody promises to repay emergency spending, debt is 102% of GDP (end of "
        "2020).",
        world="calm",
        point={"theta": 0.0, "breach": 0.01, "phi": 0.46, "debt_target": 1.02},
    ),
)
START = "risky"
