"""Episodes of stress as shocks: which explanation makes the moves of each window.

``--set without=NAME`` leaves observables out (comma-separated); every other change is
one of the economies' parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.intermediaries import Plumbing, load_plumbing
from ...calibration.economies.observed_moves import OBSERVABLES, Moves
from ...calibration.matching.episodes import (
    Episode,
    account,
    added,
    called_risky,
    capacity_for,
    episodes,
    impact,
    probabilities,
    with_capacity,
)
from ...calibration.matching.regime_index import leave_out
from ..regime_rows import Cell
from ..regime_sources import LABELS, SUPPLY, sources, sticky_one
from ..registry import ExperimentContext, experiment
from ..report import labels, moment_labels
from ..report.results import ExperimentResult, filled
from ..slide_claims import Side, SlideClaim, slide_records

if TYPE_CHECKING:
    from ..report.page import Section

NAME = "episodes"
QUESTION = "Which shocks make 2008, March 2020, April 2025 and March 2026?"
MAIN = "sticky"  # the source with all explanations
# The talk: Treasurys were a refuge in 2008, and were not since.
REFUGE = "lehman_2008_09_15"
STOCKS_FELL = (REFUGE, "covid_2020_03")
Explanations = Mapping[tuple[str, str], Moves]


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment(NAME, question=QUESTION, order=5.63, section=_section)
def stress_episodes(context: ExperimentContext) -> ExperimentResult:
    """Likelihood, shocks and fit of every explanation, window by window."""
    from .figure import draw

    given = dict(context.overrides)
    left = [n for n in str(given.pop("without", "")).split(",") if n]
    kept = np.asarray(leave_out(left))
    economies = sources(context, given)
    supply = sticky_one(context, SUPPLY, given)
    plumbing = load_plumbing({})
    accounts, shocks, moves, claims = [], [], [], []
    for episode in episodes():
        seen = reduced(episode, kept)
        found: dict[tuple[str, str], Moves] = {}
        for source, pair in economies.items():
            found[source, "safe"], found[source, "risky"] = pair
            for name, economy in (("plumbing", pair.safe), ("both", pair.risky)):
                found[source, name] = with_capacity(economy, plumbing, episode)
        found[MAIN, "supply"] = supply
        accounts += account_records(seen, found)
        shocks += shock_records(seen, found, plumbing)
        moves += move_records(seen, found)
        claims += _claims(seen, found)
    return ExperimentResult(
        tables={
            "episodes": filled(accounts),
            "episode_shocks": filled(shocks),
            "episode_moves": filled(moves),
        },
        records={
            "episodes": accounts,
            "episode_shocks": shocks,
            "episode_moves": moves,
            **slide_records(NAME, claims),
        },
        figures={"episodes": draw(moves, accounts)},
        notes=[_lead(accounts), _capacity_note(shocks), HOW, MISSING],
    )


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
    for source in LABELS:
        own = _among(found, source)
        told = {name: account(episode, moves) for name, moves in own.items()}
        logs = {name: a.log_likelihood for name, a in told.items()}
        odds = probabilities(logs)
        pair = probabilities({k: logs[k] for k in ("safe", "risky")})
        for name, one in told.items():
            rows.append(
                {
                    "episode": episode.name,
                    "source": source,
                    "explanation": name,
                    "log_likelihood": one.log_likelihood,
                    "probability": odds[name],
                    "risky_against_safe": pair["risky"],
                    "size": one.size,
                    "yield_10y_from_stocks": _from_stocks(episode, own[name]),
                }
            )
    return rows


def _from_stocks(episode: Episode, moves: Moves) -> float | None:
    """Ten-year move that the fall of stocks alone implies, basis points."""
    stocks = np.array([n == "equity" for n in OBSERVABLES])
    if not (stocks & episode.seen).any():
        return None
    ten = list(OBSERVABLES).index("yield_10y")
    return float(account(episode, moves, stocks).fitted[ten])


def shock_records(
    episode: Episode, found: Explanations, plumbing: Plumbing
) -> list[dict[str, Any]]:
    """Posterior means of shocks, in s.d. of an ordinary window, and what each moves."""
    ten = list(OBSERVABLES).index("yield_10y")
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
        for i, observable in enumerate(OBSERVABLES):
            if not episode.seen[i]:
                continue
            rows.append(
                {
                    "episode": episode.name,
                    "source": source,
                    "explanation": name,
                    "observable": observable,
                    "unit": OBSERVABLES[observable],
                    "actual": float(episode.moves[i]),
                    "ordinary": float(episode.ordinary[i]),
                    "fitted": float(fitted[i]),
                    "log_density_given_others": float(evidence[i]),
                }
            )
    return rows


def _claims(episode: Episode, found: Explanations) -> list[SlideClaim]:
    """What the talk says of a window, for the main source."""
    own = _among(found, MAIN)
    safe, risky = own["safe"], own["risky"]
    event = moment_labels.event(episode.name)
    refuge = episode.name == REFUGE
    claims = []
    ten = list(OBSERVABLES).index("yield_10y")
    both = episode.seen[[ten, list(OBSERVABLES).index("equity")]].all()
    if episode.name in STOCKS_FELL and both:
        ordinary = float(episode.ordinary[ten])
        claims.append(
            SlideClaim(
                f"yield_as_stocks_fall_{episode.name}",
                f"{event}: as stocks fall, ten-year yields "
                + ("fall in a flight to safety" if refuge else "rise"),
                "basis points",
                Side(
                    _from_stocks(episode, safe),
                    Cell("negative", 1.0),
                    "implied by the fall of stocks alone",
                ),
                Side(
                    _from_stocks(episode, risky),
                    Cell("positive", 1.0),
                    "implied by the fall of stocks alone",
                ),
                Side(
                    float(episode.moves[ten]),
                    Cell("negative" if refuge else "positive", ordinary),
                    f"{episode.days} trading days; tolerance: an ordinary move",
                ),
            )
        )
    low, high = Cell("low", 0.5), Cell("high", 0.5)
    told = {k: account(episode, own[k]).log_likelihood for k in ("safe", "risky")}
    stocks = np.array([n != "equity" for n in OBSERVABLES])
    left = {k: account(episode, own[k], stocks).log_likelihood for k in told}
    remains = probabilities(left)["risky"]
    claims.append(
        SlideClaim(
            f"odds_{episode.name}",
            f"{event}: Treasurys are priced as {'safe' if refuge else 'risky'} debt",
            "probability",
            Side(
                called_risky(episode, safe, safe, risky),
                low,
                "of risky debt, mean over windows of simulated safe debt",
            ),
            Side(
                called_risky(episode, risky, safe, risky),
                high,
                "of risky debt, mean over windows of simulated risky debt",
            ),
            Side(
                probabilities(told)["risky"],
                low if refuge else high,
                "of risky against safe debt, all observables",
            ),
            f"--set without=equity: {remains:.2f} remains",
        )
    )
    return claims


HOW = (
    "Moves of a window are read as shocks of an explanation, each of an ordinary size "
    "for as many days, times a size of the window with fat tails, plus what no shock "
    "explains (half an ordinary move). *Plumbing* is safe debt with one more shock, a "
    "loss of intermediaries' capacity: it moves Treasury yields by the curve of the "
    "declared intermediaries, all of it term premium, and neither stocks nor "
    "break-evens; its size is set to an ordinary ten-year move, since in the declared "
    "one it would explain nothing. *Both* is risky debt with it. *Supply* is safe debt "
    "with supply shocks and the rule of the 1980s. Beforehand all explanations of a "
    "source are as likely."
)
MISSING = (
    "Daily term premia are there for April 2025 and March 2026 only (Kim and Wright, a "
    "selection of days). The AAA spread holds credit risk, which no explanation has: "
    "its rise in March 2020 is outside all of them. Impact is that of an economy at "
    "rest, without disasters: a disaster that happens is no shock here."
)


def _lead(records: Sequence[dict[str, Any]]) -> str:
    parts = []
    for name in dict.fromkeys(r["episode"] for r in records):
        own = {
            r["explanation"]: r
            for r in records
            if (r["episode"], r["source"]) == (name, MAIN)
        }
        best = max(own, key=lambda k: own[k]["probability"])
        parts.append(
            f"{moment_labels.event(name)}: {best} ({own[best]['probability']:.2f}), "
            f"risky against safe debt {own['safe']['risky_against_safe']:.2f}"
        )
    return (
        f"Likeliest of five explanations, economies with {LABELS[MAIN]}; "
        f"{'; '.join(parts)}."
    )


def _capacity_note(records: Sequence[dict[str, Any]]) -> str:
    wanted = (MAIN, "plumbing", "capacity")
    rows = [r for r in records if (r["source"], r["explanation"], r["shock"]) == wanted]
    parts = [
        f"{labels.number(r['yield_10y_bp'], 'basis points', plus=True)} bp "
        f"({moment_labels.event(r['episode'])}, log {r['log_risk_aversion']:+.1f})"
        for r in rows
    ]
    return (
        "What plumbing alone does to the ten-year yield in its own reading, and the "
        "rise of intermediaries' risk aversion which that takes to first order: "
        f"{', '.join(parts)}. Ordinary quarters move the log by "
        f"{load_plumbing({}).values['sigma_capacity']:.1f}."
    )
