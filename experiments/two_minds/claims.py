"""Claims of the talk on two minds, as numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..regime_rows import Cell
from ..slide_claims import Side, SlideClaim
from .rows import ALL

Record = dict[str, Any]
Records = Sequence[Record]
_NONE = Side(note="the record does not show what policy makers believe")
_SHARE = "share of the rise in the ten-year yield"
_GDP = "percent of annual GDP"


def one(records: Records, **wanted: Any) -> Record:
    """The only record with these entries; StopIteration if there is none."""
    return next(r for r in records if all(r.get(k) == v for k, v in wanted.items()))


def claims(
    shares: Records, loops: Records, discipline: Records, rules: Records
) -> list[SlideClaim]:
    """Claims with the switch that removes the mechanism and what is left then."""
    found = [_called(shares, "fundamentals"), _called(shares, "prices")]
    found += [_stress(shares), _value(loops, "fundamentals"), _value(loops, "prices")]
    found += [_growth(loops), _discipline(discipline), _weights(rules)]
    return found


def _sides(value: Callable[[str], float], cells: tuple[Cell, Cell], notes):
    return [
        Side(value(name), cell, note)
        for name, cell, note in zip(("safe", "risky"), cells, notes, strict=True)
    ]


def _called(shares: Records, seen: str) -> SlideClaim:
    def value(mind: str) -> float:
        wanted = {"economy": "core", "seen": seen, "shock": "fiscal news"}
        return one(shares, mind=mind, **wanted)["share_called"]

    what = {
        "fundamentals": "stress, growth and spending are known",
        "prices": "only prices and inflation are seen",
    }[seen]
    safe, risky = _sides(
        value,
        (Cell("high", 0.5), Cell("low", 0.5)),
        ("a policy maker with the safe model", "one with the risky model"),
    )
    switch = f"the right model: {value('risky'):+.2f} is left"
    return SlideClaim(
        f"fiscal_news_called_dysfunction_{seen}",
        f"A policy maker with the safe model calls fiscal news dysfunction ({what})",
        _SHARE,
        safe,
        risky,
        _NONE,
        switch,
    )


def _stress(shares: Records) -> SlideClaim:
    def value(mind: str) -> float:
        wanted = {"economy": "core", "seen": "fundamentals", "shock": "stress"}
        return one(shares, mind=mind, **wanted)["called"]

    safe, risky = _sides(
        value,
        (Cell("positive", 1.0), Cell("zero", 1.0)),
        ("a policy maker with the safe model", "one with the risky model"),
    )
    return SlideClaim(
        "stress_called_dysfunction",
        "A rise of yields in stress is read as dysfunction",
        "basis points",
        safe,
        risky,
        _NONE,
        f"the right model: {value('risky'):+.1f} basis points are left",
    )


def _value(loops: Records, seen: str) -> SlideClaim:
    def value(truth: str) -> float:
        wanted = {"seen": seen, "shocks": ALL, "policy": "safe"}
        return one(loops, truth=truth, **wanted)["gain_mean"]

    right = one(loops, truth="risky", seen=seen, shocks=ALL, policy="risky")
    safe, risky = _sides(
        value,
        (Cell("positive", 0.02), Cell("negative", 0.02)),
        ("purchases of the safe mind in the safe economy", "in the risky economy"),
    )
    what = "fundamentals known" if seen == "fundamentals" else "prices seen"
    return SlideClaim(
        f"gain_of_purchases_{seen}",
        f"Purchases on the safe model gain when debt is safe, lose when risky ({what})",
        _GDP,
        safe,
        risky,
        _NONE,
        f"the right model in the risky economy: {right['gain_mean']:+.2f} % of GDP",
    )


def _growth(loops: Records) -> SlideClaim:
    def value(truth: str) -> float:
        wanted = {"truth": truth, "seen": "fundamentals", "shocks": ALL}
        wrong = "safe" if truth == "risky" else "risky"
        ends = [one(loops, policy=p, **wanted)["stock_mean"] for p in (wrong, truth)]
        return ends[0] - ends[1]

    safe, risky = _sides(
        value,
        (Cell("zero", 1.0), Cell("positive", 1.0)),
        ("wrong less right model in the safe economy", "in the risky economy"),
    )
    learns = one(
        loops, truth="risky", seen="fundamentals", shocks=ALL, policy="learning"
    )
    right = one(loops, truth="risky", seen="fundamentals", shocks=ALL, policy="risky")
    left = learns["stock_mean"] - right["stock_mean"]
    return SlideClaim(
        "balance_sheet_of_the_wrong_model",
        "With the wrong model the central bank's balance sheet grows",
        _GDP,
        safe,
        risky,
        _NONE,
        f"learning by Bayes' rule: {left:+.2f} % of GDP are left",
    )


def _discipline(records: Records) -> SlideClaim:
    def change(disciplined: bool) -> float:
        rows = [r for r in records if r["discipline"] is disciplined]
        with_, without = (
            one(rows, belief=b)["backing_share"] for b in ("safe model", "no purchases")
        )
        return 100 * (with_ - without)

    return SlideClaim(
        "blunted_discipline",
        "Purchases that hold yields down lower the backing of debt",
        "percentage points",
        Side(0.0, Cell("zero", 0.1), "news is backed in full, whatever the yield"),
        Side(change(True), Cell("negative", 0.1), "change of the backing share"),
        _NONE,
        f"`--set discipline=0`: {change(False):+.2f} points are left",
    )


def _weights(rules: Records) -> SlideClaim:
    def value(name: str) -> float:
        return one(rules, economy=name, disasters=True, position="bank")["risk_weight"]

    quiet = one(rules, economy="risky", disasters=False, position="bank")
    safe, risky = _sides(
        value,
        (Cell("zero", 0.05), Cell("positive", 0.05)),
        ("bank's book, samples with disasters",) * 2,
    )
    return SlideClaim(
        "zero_risk_weights",
        "A zero risk weight fits Treasurys when debt is safe, not when it is risky",
        "ratio",
        safe,
        risky,
        Side(note="no record of 99.9% losses"),
        f"samples without disasters, risky: {quiet['risk_weight']:.2f}",
    )
