"""Impact matrices of the economies that stand for safe and for risky debt.

Two sources of likelihoods, with flexible and with sticky prices, and a rival that both
are held against: safe debt in an economy of supply shocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..economies.observed_moves import Moves, moves
from ..economies.store import EconomyStore

# Source -> what tells its economies.
SOURCES = {"core": "flexible prices", "sticky": "sticky prices"}
SUPPLY = "sticky_supply"
ORDER = 3  # of the sticky-price economies


class Pair(NamedTuple):
    """Moves of the two economies of a source."""

    safe: Moves
    risky: Moves


def silent(_: str) -> None:
    """Tell nobody what is being solved."""


def pairs(
    store: EconomyStore,
    names: Sequence[str] = tuple(SOURCES),
    say: Callable[[str], None] = silent,
) -> dict[str, Pair]:
    """Safe and risky debt by source, with the store's changes.

    Raises
    ------
    OverrideError, CalibrationError, SolutionError
        As of the store's economies.
    """
    one = {"core": _core, "sticky": sticky}
    prefix = {"core": "", "sticky": "sticky_"}
    return {
        name: Pair(
            *(one[name](store, f"{prefix[name]}{r}", say=say) for r in Pair._fields)
        )
        for name in names
    }


def _core(store: EconomyStore, name: str, say: Callable[[str], None]) -> Moves:
    """One economy with flexible prices, on the coarse grid."""
    say(f"solving: {name}")
    return store.once(("moves", name), lambda: moves(store.core(name, grid="coarse")))


def sticky(
    store: EconomyStore,
    name: str,
    order: int | None = None,
    say: Callable[[str], None] = silent,
) -> Moves:
    """One calibration with sticky prices; a lower ``order`` than that of the others.

    What a number changes from one order to the next bounds its error of approximation.
    """
    say(f"solving: {name}")
    economy = store.sticky(name, order=ORDER)
    kept = ORDER if order is None else order
    if kept != ORDER:
        economy = economy.at_order(kept)
    return store.once(("moves", name, kept), lambda: moves(economy))
