"""What the front door asks of an economy, by name, beside what the protocol answers.

Written once against ``protocol.Economy``; where the kinds of solution differ in what
they know, the difference stands here. Rates are log per quarter, values quarters of
output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ...errors import FiscaxError
from ...models.declaration import Model
from ...models.sticky import sticky_price_economy
from ...solvers.pricing.curves import PARTS
from ..parameters.checks import suggestion
from ..parameters.files import find, read
from . import sticky_ledger
from .core import CoreEconomy
from .protocol import Array, Economy, Kind, Push
from .responses import SIZES, equity_names, real_equity
from .sticky import StickyEconomy
from .store import EconomyStore, parameters_of, unclaimed

# A nominal yield and what it is made of; the last six parts add up to it.
CURVE = ("yield", "real", "term_premium", *PARTS)
# What backs the debt, and what the identity leaves.
ENTRIES = ("debt", "tax", "spending", "convenience", "residual")
STICKY = "sticky_prices"
FINE, COARSE = "fine", "coarse"
GRIDS = (COARSE, FINE)


class NotOfferedError(FiscaxError):
    """The solution of this economy cannot answer the question."""


def declaration(economy: Economy) -> Model:
    """The declared model of an economy."""
    if isinstance(economy, CoreEconomy):
        return economy.model
    names = economy.calibration.economy
    return sticky_price_economy(regimes=names if len(names) > 1 else ("permanent",))


def curve(economy: Economy) -> dict[str, Array]:
    """Every part of the curve (m,), by maturity, where the economy rests."""
    return _by_part(economy, economy.at_rest(_labels(economy)))


def impact(economy: Economy, kind: str) -> dict[str, Array]:
    """Changes on impact of news (a ``protocol.Kind``) or stress (a key of ``SIZES``).

    Returns
    -------
    Every part of the curve (m,), and ``equity``, the log of its real value. Spending
    news is net of demand where it moves demand.
    """
    if kind in SIZES:
        return _moved(economy, economy.stress(SIZES[kind]))
    news: Kind = "one_time" if kind == "one_time" else "persistent"
    here = _moved(economy, economy.news(news, "asked"))
    if not economy.spending_moves_demand:
        return here
    paid = _moved(economy, economy.news(news, "funded"))
    return {k: here[k] - paid[k] for k in here}


def _moved(economy: Economy, push: Push) -> dict[str, Array]:
    names = equity_names(economy)
    found = economy.respond(push, (*_labels(economy), *names))
    change = {n: float(v[0]) for n, v in found.items()}
    price = np.array(real_equity(economy, change) / 100)
    return _by_part(economy, change) | {"equity": price}


def _labels(economy: Economy) -> list[str]:
    return [f"{part}_{n}" for part in CURVE for n in economy.maturities]


def _by_part(economy: Economy, found: Mapping[str, float]) -> dict[str, Array]:
    return {
        part: np.array([found[f"{part}_{n}"] for n in economy.maturities])
        for part in CURVE
    }


def backing(economy: Economy) -> dict[str, float]:
    """Values of ``ENTRIES`` where the economy rests."""
    if isinstance(economy, CoreEconomy):
        found = economy.ledger(economy.rest(), economy.position)
        return {k: float(found[k][0]) for k in ENTRIES}
    assert isinstance(economy, StickyEconomy)
    worth = {k: float(v[0]) for k, v in sticky_ledger.values(economy).items()}
    claims = sum(sign * worth[k] for k, sign in sticky_ledger.SIGNS.items())
    worth["residual"] = worth["debt"] - claims
    return {k: worth[k] for k in ENTRIES}


def identity(
    economy: Economy, points: int
) -> tuple[dict[str, Array], dict[str, float]]:
    """Values of ``ENTRIES`` (points,) on the solver's ergodic set, and spectral radii.

    Raises
    ------
    NotOfferedError
        The ledger is known around the resting point alone.
    """
    if not isinstance(economy, CoreEconomy):
        raise NotOfferedError(
            f"'{economy.name}' is solved by perturbation, its ledger holds around the "
            "resting point (ledger()): ask 'safe', 'risky' or 'switching'"
        )
    states, regimes = economy.solution.ergodic_sample
    chosen = np.linspace(0, len(states) - 1, min(points, len(states))).astype(int)
    found = economy.ledger(states[chosen], regimes[chosen])
    radii = {
        "spectral_radius": economy.ledger.radius,
        "spectral_radius_with_convenience": economy.ledger.radius_with_convenience,
    }
    return {k: found[k] for k in ENTRIES}, radii


def needs_samples(economy: Economy) -> None:
    """Refuse an economy that cannot be simulated.

    Raises
    ------
    NotOfferedError
        It is known regime by regime alone.
    """
    if isinstance(economy, StickyEconomy) and economy.chain is not None:
        raise NotOfferedError(
            f"'{economy.name}' is solved to first order, regime by regime, and cannot "
            "be simulated: ask 'switching', which is solved globally, or a "
            "sticky-price economy with one regime"
        )


def kind_of(name: str | Path) -> str:
    """Kind of the economy of a shipped name or a file, a key of ``store.KINDS``.

    Raises
    ------
    CalibrationError
        Nothing with this name is shipped; with a suggestion.
    """
    meta = read(find(name)).get("meta", {})
    regimes = meta.get("regimes", ()) if isinstance(meta, Mapping) else ()
    many = len(regimes) > 1
    if isinstance(meta, Mapping) and meta.get("model") == STICKY:
        return "sticky_switching" if many else "sticky"
    return "switching" if many else "core"


def solved(
    store: EconomyStore, name: str | Path, regime: str | None, grid: str, order: int
) -> Economy:
    """Solve an economy of any kind with a store's changes, in one of its regimes.

    Parameters
    ----------
    name : shipped, or a parameter file. regime : the first one if None.
    grid : of flexible-price economies. order : of sticky-price ones.

    Raises
    ------
    OverrideError
        The economy declares no parameter of that name.
    FiscaxError
        There is no such regime or grid.
    CalibrationError, SolutionError, DeterminacyError
        As of ``EconomyStore.core`` and ``EconomyStore.sticky``.
    """
    kind, text = kind_of(name), str(name)
    unclaimed(store.overrides, set(parameters_of(kind)), f"economy '{text}'")
    if grid not in GRIDS:
        raise FiscaxError(f"grid is {grid!r}, give one of {', '.join(GRIDS)}")
    if kind == "sticky_switching":
        return member(list(store.sticky_switching(text).values()), regime)
    if kind == "sticky":
        return member(store.sticky(text, order=order).members, regime)
    # Shipped intercepts belong to the fine grid; a coarse one takes them as they are.
    own = grid == FINE or bool(store.overrides)
    return member(store.core(text, grid=grid, intercepts=own).members, regime)


def member(economies: Sequence[Economy], regime: str | None) -> Economy:
    """The economy in a regime, the first one if None.

    Raises
    ------
    FiscaxError
        There is no such regime, with a suggestion.
    """
    names = [e.regime for e in economies]
    if regime is None:
        return economies[0]
    if regime not in names:
        raise FiscaxError(
            f"economy '{economies[0].name}' has no regime '{regime}'"
            f"{suggestion(regime, names)}; it has {', '.join(names)}"
        )
    return economies[names.index(regime)]
