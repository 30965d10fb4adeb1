"""Claims of the talk on windows of stress, for the main source."""

from __future__ import annotations

from ..claims import Claim, Expectation, Side
from ..report import moment_labels
from ..study import Findings
from ..tables import pick, rows
from .study import MAIN

# The talk: Treasurys were a refuge in 2008, and were not since.
REFUGE = "lehman_2008_09_15"
STOCKS_FELL = (REFUGE, "covid_2020_03")
HALF = 0.5  # probability; the same threshold on every side
MOVED = 1.0  # basis points: less is no move of the ten-year yield


def claims(findings: Findings) -> list[Claim]:
    """What the talk says of each window."""
    found = []
    for name in findings["windows"]["episode"].to_numpy().tolist():
        moves = {
            r["observable"]: r
            for r in rows(
                findings["episode_moves"],
                episode=name,
                source=MAIN,
                explanation="safe",
            )
        }
        if name in STOCKS_FELL and {"yield_10y", "equity"} <= moves.keys():
            found.append(_flight(findings, name, moves["yield_10y"]))
        found.append(_odds(findings, name))
    return found


def _account(findings: Findings, name: str, explanation: str, column: str):
    where = {"episode": name, "source": MAIN, "explanation": explanation}
    return pick(findings["episodes"], column, **where)


def _flight(findings: Findings, name: str, ten: dict) -> Claim:
    """What the fall of stocks alone implies for yields, and what they did."""
    event, refuge = moment_labels.event(name), name == REFUGE
    worlds, sides = findings["worlds"], {}
    for truth, said in (("safe", "negative"), ("risky", "positive")):
        change = pick(worlds, "change_of_order", episode=name, truth=truth)
        sides[truth] = Side(
            _account(findings, name, truth, "yield_10y_from_stocks"),
            Expectation(said, MOVED),
            "implied by the fall of stocks alone, from rest, without disasters",
            None if change is None else abs(change),
            # Set so that stress moves the ten-year yield of safe debt as recorded.
            set_by=("safety_demand",) if truth == "safe" else (),
        )
    return Claim(
        f"yield_as_stocks_fall_{name}",
        f"{event}: as stocks fall, ten-year yields "
        + ("fall in a flight to safety" if refuge else "rise"),
        "basis points",
        sides["safe"],
        sides["risky"],
        Side(
            ten["actual"],
            Expectation("negative" if refuge else "positive", ten["ordinary"]),
            f"{_days(findings, name)}; tolerance: an ordinary move",
        ),
    )


def _days(findings: Findings, name: str) -> str:
    days = int(findings["windows"]["days"].sel(episode=name))
    return f"{days} trading day" + ("s" if days != 1 else "")


def _odds(findings: Findings, name: str) -> Claim:
    """Risky against safe debt: in windows of known truth, and in the record.

    Whatever the economies are, safe windows are called risky with less than one half on
    average, and risky ones with more: true by construction.
    """
    refuge = name == REFUGE
    sides = {}
    for truth, said in (("safe", "low"), ("risky", "high")):
        world = findings["worlds"].sel(episode=name, truth=truth)
        sides[truth] = Side(
            float(world["called_risky"]),
            Expectation(said, threshold=HALF),
            f"of risky debt, mean over windows of simulated {truth} debt",
            2 * float(world["standard_error"]),
            by_construction=True,
        )
    left = float(findings["windows"]["risky_without_stocks"].sel(episode=name))
    return Claim(
        f"odds_{name}",
        f"{moment_labels.event(name)}: Treasurys are priced as "
        f"{'safe' if refuge else 'risky'} debt",
        "probability",
        sides["safe"],
        sides["risky"],
        Side(
            _account(findings, name, "safe", "risky_against_safe"),
            Expectation("low" if refuge else "high", threshold=HALF),
            f"of risky against safe debt, all observables, {_days(findings, name)}",
        ),
        f"--set without=equity: {left:.2f} remains",
    )
