"""Which shocks of which explanation make the moves of a window: a likelihood.

Moves of a window (m,) are ``s (B e + u)``: shocks e ~ N(0, I) with the impact matrix B
of an explanation over a window as long, and u ~ N(0, R) that no shock explains, a share
of ordinary moves, independent across observables. The size s of the window is common
to all; its square is inverse gamma, which makes moves multivariate Student t. R and
the tails are the same for every explanation: none wins by its scale.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import pandas as pd
from scipy.special import logsumexp

from ...errors import FiscaxError
from ...solvers.filters.regimes import log_densities, panel
from ..economies.capacity_losses import loss_for, recorded_deviation, spreads
from ..economies.intermediaries import Plumbing
from ..economies.observed_moves import (
    ANNUAL_BP,
    MONTH,
    YIELD_QUARTERS,
    Moves,
)
from ..economies.statistics import Simulated
from ..record.events import ERA, EVENT_WINDOWS
from ..record.moments import shipped_moments
from ..record.observables import OBSERVABLES
from ..shipped import PARAMETERS

Array = np.ndarray

EPISODES = (
    "lehman_2008_09_15",
    "covid_2020_03",
    "april_2025_tariffs",
    "april_2025_04_08",
    "iran_2026_03_02",
)
# Observed in windows where it is dated, beside what is observed in all.
SWAP = "swap_spread_10y"
OBSERVED = {**OBSERVABLES, SWAP: "basis points"}
DAYS_OF_QUARTER = 62
_SETTINGS = PARAMETERS / "episodes.toml"


@dataclass(frozen=True)
class Episode:
    """Moves between two closes.

    Attributes
    ----------
    name : as in ``EVENT_WINDOWS``. days : trading days.
    moves : (m,) in the units of ``OBSERVED``, NaN where not observed.
    ordinary : (m,) standard deviations of an ordinary window as long, NaN as moves.
    """

    name: str
    days: int
    moves: Array
    ordinary: Array

    @property
    def seen(self) -> Array:
        """Which observables (m,) are there."""
        return ~np.isnan(self.moves)


class Account(NamedTuple):
    """What an explanation says of a window.

    Attributes
    ----------
    log_likelihood : of the moves that are seen.
    size : root of the posterior mean of the squared size, ratio to ordinary windows.
    shocks : (k,) posterior means, in standard deviations of an ordinary window.
    fitted : (m,) moves that these shocks make, also where nothing is seen.
    """

    log_likelihood: float
    size: float
    shocks: Array
    fitted: Array


@lru_cache(maxsize=1)
def settings() -> dict[str, Any]:
    """Priors as in ``episodes.toml``."""
    with _SETTINGS.open("rb") as file:
        return tomllib.load(file)


def episodes(names: Sequence[str] = EPISODES) -> tuple[Episode, ...]:
    """Windows with their shipped moves.

    Raises
    ------
    FiscaxError
        A name that is no window of the US record.
    """
    windows = {w.slug: w for w in EVENT_WINDOWS if w.country == "US"}
    table = shipped_moments()
    table = table[table["era"] == ERA].set_index("name")
    found = []
    for name in names:
        if name not in windows:
            raise FiscaxError(f"no window '{name}': give one of {', '.join(windows)}")
        cells = [f"event_{name}_{o.removeprefix('yield_')}" for o in OBSERVABLES]
        rows = table.reindex(cells)
        days = len(pd.bdate_range(windows[name].start, windows[name].end)) - 1
        moves, ordinary = (rows[c].to_numpy(float) for c in ("value", "standard_error"))
        swap, usual = _swap_spread(name, days)
        found.append(
            Episode(name, days, np.append(moves, swap), np.append(ordinary, usual))
        )
    return tuple(found)


def _swap_spread(name: str, days: int) -> tuple[float, float]:
    """Move of the ten-year yield over the swap rate, and an ordinary one; NaN without.

    An ordinary move is that of the Treasury premium in as many days.
    """
    dated = settings()["swap_spread"].get(name)
    if dated is None:
        return np.nan, np.nan
    spread = dated["treasury"] - dated["swap"]
    return spread, recorded_deviation() * np.sqrt(days / DAYS_OF_QUARTER)


def with_swap(moves: Moves) -> Moves:
    """An explanation whose rows are those of ``OBSERVED``."""
    spread = moves.swap_spread
    if spread is None:
        raise FiscaxError("these moves say nothing of swap spreads")
    return Moves(moves.shocks, np.vstack([moves.matrix, spread]))


def with_capacity(moves: Moves, plumbing: Plumbing) -> Moves:
    """An explanation with one more shock: a loss of intermediaries' capacity.

    Treasury yields rise by the wedge, all of it term premium and over swap rates.
    Stocks and break-evens do not move, and AAA bonds lose with Treasurys of their
    duration. Curve and size are those of the losses of every experiment.
    """
    column = _capacity_curve(plumbing) * MONTH
    matrix = np.column_stack([moves.matrix, column])
    return Moves((*moves.shocks, "capacity"), matrix)


def as_ordinary(moves: Moves, episode: Episode) -> Moves:
    """An explanation with losses so large that one is an ordinary ten-year move.

    The size that losses had before one was estimated for every experiment.
    """
    ten = list(OBSERVED).index("yield_10y")
    matrix = moves.matrix.copy()
    own = impact(moves, episode.days)[ten, -1]
    if own != 0.0:
        matrix[:, -1] *= episode.ordinary[ten] / own
    return Moves(moves.shocks, matrix)


def capacity_for(move: float, plumbing: Plumbing) -> float | None:
    """Log rise of intermediaries' risk aversion that moves the ten-year yield so far.

    ``move`` in basis points; exact, forced sales included. None where no price clears
    the market before.
    """
    return loss_for(plumbing, move, YIELD_QUARTERS["yield_10y"])


def _capacity_curve(plumbing: Plumbing) -> Array:
    """Moves (m,) of one s.d. of a quarter's losses of capacity, basis points."""
    found = spreads(plumbing, list(YIELD_QUARTERS.values()))
    wedges = dict(zip(YIELD_QUARTERS, found, strict=True))
    wedges["term_premium_10y"] = wedges[SWAP] = wedges["yield_10y"]
    return ANNUAL_BP * np.array([wedges.get(n, 0.0) for n in OBSERVED])


def impact(moves: Moves, days: int) -> Array:
    """Impact matrix (m, k) of a window of so many trading days."""
    return moves.matrix / MONTH * np.sqrt(days / DAYS_OF_QUARTER)


def covariances(episode: Episode, explanations: Sequence[Moves]) -> Array:
    """Covariances (R, m, m) of B e + u for windows as long as an episode."""
    own = np.stack([impact(e, episode.days) for e in explanations])
    return own @ own.transpose(0, 2, 1) + np.diag(_unexplained(episode) ** 2)


def log_likelihoods(
    values: Array, episode: Episode, explanations: Sequence[Moves]
) -> Array:
    """Log densities (N, R) of moves (N, m), NaN where not seen, by explanation."""
    freedom = settings()["freedom"]["value"]
    tails = freedom / (freedom - 2)
    found = tails * covariances(episode, explanations)
    everything = jnp.ones(values.shape[1], bool)
    return np.asarray(
        log_densities(panel(values), jnp.asarray(found), freedom, everything)
    )


def account(episode: Episode, moves: Moves, kept: Array | None = None) -> Account:
    """Likelihood, shocks and fit of an explanation; reads ``kept`` observables (m,)."""
    seen = episode.seen if kept is None else episode.seen & kept
    values = np.where(seen, episode.moves, np.nan)[None]
    total = log_likelihoods(values, episode, [moves])[0, 0]
    whole = impact(moves, episode.days)
    covariance = covariances(episode, [moves])[0][np.ix_(seen, seen)]
    solved = np.linalg.solve(covariance, episode.moves[seen])
    shocks = whole[seen].T @ solved
    freedom = settings()["freedom"]["value"]
    square = (freedom + episode.moves[seen] @ solved) / (freedom + seen.sum() - 2)
    return Account(float(total), float(np.sqrt(square)), shocks, whole @ shocks)


def added(episode: Episode, moves: Moves) -> Array:
    """Log density (m,) of each observable given all others; NaN where not seen."""
    total = account(episode, moves).log_likelihood
    found = np.full(len(episode.moves), np.nan)
    for i in np.flatnonzero(episode.seen):
        others = np.arange(len(episode.moves)) != i
        found[i] = total - account(episode, moves, others).log_likelihood
    return found


def probabilities(log_likelihoods: Mapping[str, float]) -> dict[str, float]:
    """Probability of each explanation where all are as likely beforehand."""
    logs = np.array(list(log_likelihoods.values()))
    found = np.exp(logs - logsumexp(logs))
    return dict(zip(log_likelihoods, found.tolist(), strict=True))


def called_risky(
    episode: Episode, truth: Moves, safe: Moves, risky: Moves, seed: int = 0
) -> Simulated:
    """Mean probability of risky against safe where ``truth`` makes such windows.

    Windows as long, with the same observables, drawn from the model of the module.
    Where ``truth`` is safe it is below one half, and the mean probability of safe where
    ``truth`` is risky is the same number: integrals of f g / (f + g).
    """
    freedom = settings()["freedom"]["value"]
    count = int(settings()["worlds"]["draws"])
    generator = np.random.default_rng(seed)
    root = np.linalg.cholesky(covariances(episode, [truth])[0])
    size = np.sqrt(freedom / generator.chisquare(freedom, (count, 1)))
    values = size * (generator.standard_normal((count, len(root))) @ root.T)
    values = np.where(episode.seen, values, np.nan)
    logs = log_likelihoods(values, episode, [safe, risky])
    found = 1 / (1 + np.exp(logs[:, 0] - logs[:, 1]))
    error = float(np.std(found, ddof=1) / np.sqrt(count))
    return Simulated(float(np.mean(found)), error)


def _unexplained(episode: Episode) -> Array:
    """Standard deviations (m,) of u; of observables not seen they do not matter."""
    share = settings()["unexplained"]["value"]
    return share * np.where(episode.seen, episode.ordinary, 1.0)
