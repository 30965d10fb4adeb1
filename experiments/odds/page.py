"""What the odds are, in words, and the tables as files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..claims import Claim
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records, rows
from .figure import draw

# Log odds below this are "not worth more than a bare mention" (Kass and Raftery 1995).
BARE = 1.0
_NAMES = {"sticky_safe": "safe", "sticky_risky": "risky"}


def result(findings: Findings, _: Sequence[Claim]) -> ExperimentResult:
    """A figure, two tables, and what they say."""
    names = ("odds", "odds_parameters")
    return ExperimentResult(
        tables={n: frame(findings[n]) for n in names},
        records={n: records(findings[n]) for n in names},
        figures={"odds": draw(records(findings["odds"]))},
        notes=notes(findings),
        quantities=dict(findings.quantities),
        data_vintage=findings.data_vintage,
    )


def notes(findings: Findings) -> list[str]:
    """Odds by era, what carries them, what the data leave open, and what was done."""
    eras = list(dict.fromkeys(r["era"] for r in records(findings["odds"])))
    said = [_era(findings, era) for era in eras]
    return [*said, *_open(findings, eras), _HOW]


_HOW = (
    "First-order solutions, Gaussian shocks, no lower bound on rates; means and priors "
    "are the same for both economies (calibration/parameters/odds.toml). Series: "
    "growth, inflation, federal funds, ten-year yield, equity return, federal primary "
    "balance. Odds say which of the two misses less, not that either fits."
)


def _value(findings: Findings, quantity: str, item: str, **labels: Any) -> float | None:
    found = rows(findings["odds"], quantity=quantity, item=item, **labels)
    return found[0]["value"] if found else None


def _era(findings: Findings, era: str) -> str:
    """Odds of an era, likelihoods before and after estimation, the largest share."""
    odds = {
        item: _value(findings, "log_odds", item, era=era)
        for item in ("laplace", "sampled")
    }
    best = odds["laplace"] if odds["sampled"] is None else odds["sampled"]
    assert best is not None and odds["laplace"] is not None
    parts = []
    for economy, name in _NAMES.items():
        own = {"economy": economy, "era": era}
        before = _value(findings, "log_likelihood", "shipped", **own)
        after = _value(findings, "log_likelihood", "mode", **own)
        parts.append(f"{name} {before:.0f} as it ships and {after:.0f} at its mode")
    drawn = ""
    if odds["sampled"] is not None:
        errors = [
            _value(findings, "log_marginal", "error", economy=e, era=era)
            for e in _NAMES
        ]
        error = math.hypot(*(e for e in errors if e is not None))
        drawn = f", {odds['sampled']:+.1f} by importance sampling (error {error:.1f})"
    carried = _carried(findings, era)
    return (
        f"{era}: log odds of risky over safe debt {odds['laplace']:+.1f} (Laplace)"
        f"{drawn}: {_verdict(best)}. Log likelihood: {'; '.join(parts)}. Given the "
        f"others, {carried}."
    )


def _verdict(odds: float) -> str:
    """What log odds say in words."""
    if abs(odds) < BARE:
        return "the data hardly tell them apart"
    return f"of the two, {'risky' if odds > 0 else 'safe'} debt misses less"


def _carried(findings: Findings, era: str) -> str:
    """Which series tells the economies apart most, at their modes."""
    apart = {}
    for row in rows(findings["odds"], era=era, quantity="given_the_others_mode"):
        sign = 1 if row["economy"] == "sticky_risky" else -1
        apart[row["item"]] = apart.get(row["item"], 0.0) + sign * row["value"]
    most = max(apart, key=lambda n: abs(apart[n]))
    words = most.replace("_", " ")
    return f"{words} tells them apart most, by {apart[most]:+.1f} log points"


def _open(findings: Findings, eras: Sequence[str]) -> list[str]:
    """Parameters in directions in which data hardly narrow the prior."""
    said = []
    for economy, name in _NAMES.items():
        for era in eras:
            own = rows(findings["odds_parameters"], economy=economy, era=era)
            names = [r["parameter"] for r in own if r["open"] == "yes"]
            if names:
                said.append(f"{name} debt, {era}: {', '.join(names)}")
    if not said:
        return []
    return [f"Data hardly narrow the priors of {'; '.join(said)}."]
