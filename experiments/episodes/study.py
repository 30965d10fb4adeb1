"""Episodes of stress as shocks: which explanation makes the moves of each window.

``--set without=NAME`` leaves observables out (comma-separated); parameters of
intermediaries change plumbing, every other change is one of the economies' parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...calibration.economies.covariance_parts import covariance_parts
from ...calibration.economies.intermediaries import Plumbing, load_plumbing
from ...calibration.economies.observed_moves import Moves
from ...calibration.matching import pairs as economies
from ...calibration.matching.episodes import (
    OBSERVED,
    SWAP,
    Episode,
    account,
    added,
    as_ordinary,
    called_risky,
    capacity_for,
    episodes,
    impact,
    probabilities,
    with_capacity,
    with_swap,
)
from ...calibration.matching.pairs import SUPPLY, Pair
from ...calibration.matching.regime_index import leave_out
from ...models.markets import intermediary_parameters
from ..study import Findings, Option, Setting
from ..tables import table

WITHOUT = Option("without", "text", "observables to leave out, separated by commas")
OPTIONS = (WITHOUT, *intermediary_parameters.PARAMETERS)
MAIN = "sticky"  # the source with all explanations
SOURCES = tuple(economies.SOURCES)
ACCOUNT = ("episode", "source", "explanation")
UNITS = {
    "log_likelihood": "log points",
    "probability": "probability",
    "log_likelihood_before": "log points",
    "probability_before": "probability",
    "risky_against_safe": "probability",
    "size": "ratio to an ordinary window",
    "yield_10y_from_stocks": "basis points",
    "deviations": "standard deviations of an ordinary window",
    "yield_10y_bp": "basis points",
    "log_risk_aversion": "log points",
    "log_density_given_others": "log points",
    "called_risky": "probability",
    "standard_error": "probability",
    "days": "trading days",
    **dict.fromkeys(("convenience", "rest", "whole"), "percent squared a quarter"),
    "risky_without_stocks": "probability",
    "change_of_order": "basis points",
}
Explanations = Mapping[tuple[str, str], Moves]


def measure(setting: Setting) -> Findings:
    """Likelihood, shocks and fit of every explanation, window by window.

    Raises
    ------
    FiscaxError
        An observable has another name.
    OverrideError, CalibrationError, SolutionError
        From intermediaries and economies.
    """
    own, store, say = dict(setting.options), setting.store, setting.progress.say
    left = [n for n in str(own.pop(WITHOUT.name, "")).split(",") if n]
    known = np.asarray(leave_out([n for n in left if n != SWAP]))
    kept = np.append(known, SWAP not in left)
    plumbing = load_plumbing(own)
    solved = {
        source: Pair(*(with_swap(moves) for moves in pair))
        for source, pair in economies.pairs(store, SOURCES, say).items()
    }
    supply = with_swap(economies.sticky(store, SUPPLY, say=say))
    coarser = _lower_order(setting)
    rows: dict[str, list[dict[str, Any]]] = {
        name: []
        for name in ("episodes", "episode_shocks", "episode_moves", "windows", "worlds")
    }
    for episode in episodes():
        seen = reduced(episode, kept)
        found: dict[tuple[str, str], Moves] = {}
        for source, pair in solved.items():
            found[source, "safe"], found[source, "risky"] = pair
            for name, economy in (("plumbing", pair.safe), ("both", pair.risky)):
                found[source, name] = with_capacity(economy, plumbing)
        found[MAIN, "supply"] = supply
        rows["episodes"] += account_records(seen, found)
        rows["episode_shocks"] += shock_records(seen, found, plumbing)
        rows["episode_moves"] += move_records(seen, found)
        rows["windows"].append(_window(seen, solved[MAIN]))
        rows["worlds"] += world_records(seen, solved[MAIN], coarser)
    rows["covariances"] = covariance_records(setting)
    labels = {
        "covariances": ("economy", "tenor"),
        "episodes": ACCOUNT,
        "episode_shocks": (*ACCOUNT, "shock"),
        "episode_moves": (*ACCOUNT, "observable"),
        "windows": ("episode",),
        "worlds": ("episode", "truth"),
    }
    return Findings(
        {name: table(own, labels[name], UNITS) for name, own in rows.items()},
        parameters={"plumbing": plumbing.calibration.by_name},
        extra={"plumbing": plumbing},
    )


def _lower_order(setting: Setting) -> Pair | None:
    """Moves of the main economies to the next lower order; None from order one."""
    order = economies.ORDER - 1
    if not order:
        return None
    names = (f"sticky_{r}" for r in Pair._fields)
    lower = (economies.sticky(setting.store, n, order) for n in names)
    return Pair(*(with_swap(moves) for moves in lower))


def _window(episode: Episode, pair: Pair) -> dict[str, Any]:
    """A window's days, and the odds of its moves other than that of stocks."""
    others = np.array([n != "equity" for n in OBSERVED])
    logs = {
        name: account(episode, moves, others).log_likelihood
        for name, moves in pair._asdict().items()
    }
    return {
        "episode": episode.name,
        "days": episode.days,
        "risky_without_stocks": probabilities(logs)["risky"],
    }


def world_records(
    episode: Episode, pair: Pair, coarser: Pair | None
) -> list[dict[str, Any]]:
    """What is said of windows of known truth, and errors of the two economies' numbers.

    ``change_of_order`` is that of the move implied by stocks, to the next lower order.
    """
    found = []
    for name, truth in pair._asdict().items():
        called = called_risky(episode, truth, *pair)
        moved = from_stocks(episode, truth)
        below = coarser and from_stocks(episode, getattr(coarser, name))
        change = None if moved is None or below is None else moved - below
        found.append(
            {
                "episode": episode.name,
                "truth": name,
                "called_risky": called.value,
                "standard_error": called.error,
                "change_of_order": change,
            }
        )
    return found


def covariance_records(setting: Setting) -> list[dict[str, Any]]:
    """Covariance with stocks by part and tenor in the two main economies."""
    return [
        {"economy": name, "tenor": tenor, **found._asdict(), "whole": found.whole}
        for name in Pair._fields
        for tenor, found in covariance_parts(
            setting.store.sticky(f"sticky_{name}", order=economies.ORDER)
        ).items()
    ]


def reduced(episode: Episode, kept: np.ndarray) -> Episode:
    """The episode without observables that are not ``kept`` (m,)."""
    moves, ordinary = (
        np.where(kept, v, np.nan) for v in (episode.moves, episode.ordinary)
    )
    return Episode(episode.name, episode.days, moves, ordinary)


def _among(found: Explanations, source: str) -> dict[str, Moves]:
    return {name: moves for (s, name), moves in found.items() if s == source}


def account_records(episode: Episode, found: Explanations) -> list[dict[str, Any]]:
    """One row per explanation; odds are among explanations of one source."""
    rows = []
    for source in dict.fromkeys(s for s, _ in found):
        own = _among(found, source)
        told = {name: account(episode, moves) for name, moves in own.items()}
        logs = {name: a.log_likelihood for name, a in told.items()}
        odds = probabilities(logs)
        before = {
            name: _before(episode, moves, logs[name]) for name, moves in own.items()
        }
        odds_before = probabilities(before)
        pair = probabilities({k: logs[k] for k in ("safe", "risky")})
        for name, one in told.items():
            rows.append(
                {
                    "episode": episode.name,
                    "source": source,
                    "explanation": name,
                    "log_likelihood": one.log_likelihood,
                    "probability": odds[name],
                    "log_likelihood_before": before[name],
                    "probability_before": odds_before[name],
                    "risky_against_safe": pair["risky"],
                    "size": one.size,
                    "yield_10y_from_stocks": from_stocks(episode, own[name]),
                }
            )
    return rows


def _before(episode: Episode, moves: Moves, now: float) -> float:
    """Log likelihood with losses of capacity as large as an ordinary move, no swaps."""
    spread = np.array([n == SWAP for n in OBSERVED])
    if moves.shocks[-1] != "capacity" and not (spread & episode.seen).any():
        return now
    sized = as_ordinary(moves, episode) if moves.shocks[-1] == "capacity" else moves
    return account(episode, sized, ~spread).log_likelihood


def from_stocks(episode: Episode, moves: Moves) -> float | None:
    """Ten-year move that the fall of stocks alone implies, basis points."""
    stocks = np.array([n == "equity" for n in OBSERVED])
    if not (stocks & episode.seen).any():
        return None
    ten = list(OBSERVED).index("yield_10y")
    return float(account(episode, moves, stocks).fitted[ten])


def shock_records(
    episode: Episode, found: Explanations, plumbing: Plumbing
) -> list[dict[str, Any]]:
    """Posterior means of shocks, in s.d. of an ordinary window, and what each moves."""
    ten = list(OBSERVED).index("yield_10y")
    rows = []
    for (source, name), moves in found.items():
        told = account(episode, moves)
        column = impact(moves, episode.days)[ten]
        for k, shock in enumerate(moves.shocks):
            share = float(column[k] * told.shocks[k])
            lost = capacity_for(share, plumbing) if shock == "capacity" else None
            rows.append(
                {
                    "episode": episode.name,
                    "source": source,
                    "explanation": name,
                    "shock": shock,
                    "deviations": float(told.shocks[k]),
                    "yield_10y_bp": share,
                    "log_risk_aversion": lost,
                }
            )
    return rows


def move_records(episode: Episode, found: Explanations) -> list[dict[str, Any]]:
    """Actual and fitted moves, and the evidence of each observable given the others."""
    rows = []
    for (source, name), moves in found.items():
        fitted = account(episode, moves).fitted
        evidence = added(episode, moves)
        for i, observable in enumerate(OBSERVED):
            if not episode.seen[i]:
                continue
            rows.append(
                {
                    "episode": episode.name,
                    "source": source,
                    "explanation": name,
                    "observable": observable,
                    "unit": OBSERVED[observable],
                    "actual": float(episode.moves[i]),
                    "ordinary": float(episode.ordinary[i]),
                    "fitted": float(fitted[i]),
                    "log_density_given_others": float(evidence[i]),
                }
            )
    return rows
