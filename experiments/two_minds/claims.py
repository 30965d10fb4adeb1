"""Claims of the talk on two minds, as numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..claims import Claim, Expectation, Side, sampling_bound
from ..study import Findings
from ..tables import pick
from .laboratory import ALL
from .study import IDLE, STRESS, called_of

_NONE = Side(note="the record does not show what policy makers believe")
_GDP = "percent of annual GDP"
_MINDS = ("a policy maker with the safe model", "one with the risky model")
_BOOK = "bank's book, samples with disasters"
_SEEN = {
    "fundamentals": "stress, growth and spending are known",
    "prices": "only prices and inflation are seen",
}


def positive(tolerance: float) -> Expectation:
    """Above the tolerance."""
    return Expectation("positive", tolerance)


def negative(tolerance: float) -> Expectation:
    """Below minus the tolerance."""
    return Expectation("negative", tolerance)


def zero(tolerance: float) -> Expectation:
    """Within the tolerance."""
    return Expectation("zero", tolerance)


def claims(findings: Findings) -> list[Claim]:
    """Claims with the switch that removes the mechanism and what is left then."""
    return [
        *(_called(findings, seen) for seen in _SEEN),
        _stress(findings),
        *(_value(findings, seen) for seen in _SEEN),
        _growth(findings),
        _discipline(findings),
        _weights(findings),
    ]


def loop(
    findings: Findings,
    name: str,
    truth: str,
    policy: str,
    seen: str = "fundamentals",
    shocks: str = ALL,
) -> Any:
    """A number of ten years of a policy."""
    wanted = {"truth": truth, "seen": seen, "shocks": shocks, "policy": policy}
    return pick(findings["two_minds_purchases"], name, **wanted)


def _error(
    findings: Findings, name: str, truth: str, policy: str, seen: str = "fundamentals"
) -> float:
    """Standard error of a mean over sequences of all shocks."""
    wanted = {"truth": truth, "seen": seen, "shocks": ALL, "policy": policy}
    return pick(findings.extra["errors"], name, **wanted)


def _sequences(findings: Findings) -> str:
    given = findings.extra["given"]
    return f"{given['sequences']:g} sequences of {given['years']:g} years"


def _sides(
    value: Callable[[str], float],
    expects: tuple[Expectation, Expectation],
    notes: tuple[str, str],
    bound: Callable[[str], float] | None = None,
) -> tuple[Side, Side]:
    safe, risky = (
        Side(value(name), said, note, None if bound is None else bound(name))
        for name, said, note in zip(("safe", "risky"), expects, notes, strict=True)
    )
    return safe, risky


def _called(findings: Findings, seen: str) -> Claim:
    table = findings["two_minds_attribution"]

    def value(mind: str) -> float:
        return called_of(table, mind, seen)

    return Claim(
        f"fiscal_news_called_dysfunction_{seen}",
        "A policy maker with the safe model calls fiscal news dysfunction "
        f"({_SEEN[seen]})",
        "share of the rise in the ten-year yield",
        *_sides(
            value,
            (Expectation("high"), Expectation("low")),
            (f"on impact, {_MINDS[0]}", f"on impact, {_MINDS[1]}"),
        ),
        _NONE,
        f"the right model: {value('risky'):+.2f} is left",
    )


def _stress(findings: Findings) -> Claim:
    table = findings["two_minds_attribution"]

    def value(mind: str) -> float:
        wanted = {"economy": "core", "seen": "fundamentals", "shock": STRESS}
        return pick(table, "called", mind=mind, **wanted)

    return Claim(
        "stress_called_dysfunction",
        "A rise of yields in stress is read as dysfunction",
        "basis points",
        *_sides(
            value,
            (positive(1.0), zero(1.0)),
            (f"on impact, {_MINDS[0]}", f"on impact, {_MINDS[1]}"),
        ),
        _NONE,
        f"the right model: {value('risky'):+.1f} basis points are left",
    )


def _value(findings: Findings, seen: str) -> Claim:
    right = loop(findings, "gain_mean", "risky", "risky", seen)
    what = {"fundamentals": "fundamentals known", "prices": "prices seen"}[seen]
    drawn = _sequences(findings)
    return Claim(
        f"gain_of_purchases_{seen}",
        f"Purchases on the safe model gain when debt is safe, lose when risky ({what})",
        _GDP,
        *_sides(
            lambda truth: loop(findings, "gain_mean", truth, "safe", seen),
            (positive(0.02), negative(0.02)),
            (
                f"purchases of the safe mind in the safe economy, {drawn}",
                f"in the risky economy, {drawn}",
            ),
            lambda truth: sampling_bound(
                _error(findings, "gain_mean", truth, "safe", seen)
            ),
        ),
        _NONE,
        f"the right model in the risky economy: {right:+.2f} % of GDP",
    )


def _growth(findings: Findings) -> Claim:
    name = "stock_mean"

    def wrong(truth: str) -> str:
        return "safe" if truth == "risky" else "risky"

    left = loop(findings, name, "risky", "learning") - loop(
        findings, name, "risky", "risky"
    )
    drawn = _sequences(findings)
    return Claim(
        "balance_sheet_of_the_wrong_model",
        "With the wrong model the central bank's balance sheet grows",
        _GDP,
        *_sides(
            lambda truth: (
                loop(findings, name, truth, wrong(truth))
                - loop(findings, name, truth, truth)
            ),
            (zero(1.0), positive(1.0)),
            (
                f"wrong less right model in the safe economy, {drawn}",
                f"in the risky economy, {drawn}",
            ),
            lambda truth: sampling_bound(
                *(_error(findings, name, truth, p) for p in (wrong(truth), truth))
            ),
        ),
        _NONE,
        f"learning by Bayes' rule: {left:+.2f} % of GDP are left",
    )


def _discipline(findings: Findings) -> Claim:
    theta = findings.extra["given"]["theta_market"]

    def change(disciplined: bool) -> float:
        wanted = {"theta_at_rest": theta, "discipline": disciplined}
        with_, without = (
            pick(
                findings["two_minds_discipline"],
                "backing_share",
                belief=belief,
                **wanted,
            )
            for belief in ("safe model", IDLE)
        )
        return 100 * (with_ - without)

    return Claim(
        "blunted_discipline",
        "Purchases that hold yields down lower the backing of debt",
        "percentage points",
        Side(
            findings.extra["blunted_when_backed"],
            zero(0.1),
            "news is backed in full, whatever the yield",
            by_construction=True,
        ),
        Side(
            change(True),
            negative(0.1),
            f"change of the backing share, {theta:g} at rest; discipline chosen",
        ),
        _NONE,
        f"`--set discipline=0`: {change(False):+.2f} points are left",
    )


def _weights(findings: Findings) -> Claim:
    given = findings.extra["given"]

    def bank(name: str, column: str, disasters: bool = True) -> float:
        wanted = {"economy": name, "disasters": disasters, "position": "bank"}
        return pick(findings["two_minds_rules"], column, **wanted)

    def bound(name: str) -> float:
        # From percent of the book to a weight.
        error = bank(name, "standard_error") / 100 / given["capital_ratio"]
        return sampling_bound(error)

    quiet = bank("risky", "risk_weight", disasters=False)
    return Claim(
        "zero_risk_weights",
        "A zero risk weight fits Treasurys when debt is safe, not when it is risky",
        "ratio",
        *_sides(
            lambda name: bank(name, "risk_weight"),
            (zero(0.05), positive(0.05)),
            (_BOOK, _BOOK),
            bound,
        ),
        Side(note=f"no record of {100 * given['confidence']:g}% losses"),
        f"samples without disasters, risky: {quiet:.2f}",
    )
