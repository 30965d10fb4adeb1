"""Impact matrices of the economies that stand for safe and risky debt, solved once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..calibration.economies.core import COARSE, solve_economy
from ..calibration.economies.observed_moves import Moves, core_moves, sticky_moves
from ..calibration.economies.sticky import solve_sticky
from ..calibration.matching.regime_facts import Economies
from .registry import ExperimentContext

LABELS = {"core": "flexible prices", "sticky": "sticky prices"}
SUPPLY = "sticky_supply"


def core_source(context: ExperimentContext, overrides: Mapping[str, Any]) -> Economies:
    """Safe and risky debt with flexible prices, on the coarse grid."""
    key = tuple(sorted(overrides.items()))

    def one(name: str) -> Moves:
        context.progress.say(f"solving: {name}")
        # The outlook shares these solutions.
        economy = context.once(
            ("coarse economy", name, key),
            lambda: solve_economy(name, overrides, levels=(COARSE,)),
        )
        return context.once(("moves", name, key), lambda: core_moves(economy))

    return Economies(one("safe"), one("risky"))


def sticky_one(
    context: ExperimentContext, name: str, overrides: Mapping[str, Any]
) -> Moves:
    """One calibration of the economy with sticky prices."""
    key = tuple(sorted(overrides.items()))
    context.progress.say(f"solving: {name}")
    return context.once(
        ("moves", name, key), lambda: sticky_moves(solve_sticky(name, overrides))
    )


def sources(
    context: ExperimentContext,
    overrides: Mapping[str, Any],
    names: tuple[str, ...] = tuple(LABELS),
) -> dict[str, Economies]:
    """Both kinds of economies, or those named."""
    found = {}
    if "core" in names:
        found["core"] = core_source(context, overrides)
    if "sticky" in names:
        pair = (
            sticky_one(context, f"sticky_{r}", overrides) for r in ("safe", "risky")
        )
        found["sticky"] = Economies(*pair)
    return found
