"""Claims of the talk as probabilities: what the record leaves of safe debt."""

from __future__ import annotations

from typing import Any

from ..claims import Claim, Expectation, Side
from ..study import Findings
from ..tables import pick, rows
from .study import ROW

HALF = 0.5  # probability; the same threshold on every side


def claims(findings: Findings) -> list[Claim]:
    """Comovement does not discriminate, news does."""
    return [
        _claim(
            findings,
            "comovement_rejects_safe",
            "Since 2022 stocks and bonds move together as they do not with safe debt.",
            "stock_bond_return_correlation",
            "2022-present",
            "not safe debt; rivals of risky debt included",
        ),
        _claim(
            findings,
            "news_rejects_safe",
            "Yields answer to fiscal news as they do not with safe debt.",
            "score_yield_10y_ex_convenience",
            "1997-2022",
            "not safe debt; error of the estimate assumed",
        ),
    ]


def _claim(
    findings: Findings, key: str, sentence: str, quantity: str, era: str, left: str
) -> Claim:
    where: dict[str, Any] = dict(zip(ROW, (quantity, era), strict=True))
    safe, risky = (
        pick(findings["equivalence"], f"{n}_odds", **where) for n in ("safe", "risky")
    )
    low, high, nothing = (Expectation(c, HALF, HALF) for c in ("low", "high", None))
    note = f"{{}} debt, given the estimate of {era}; from rest, without disasters"
    return Claim(
        key,
        sentence,
        "probability",
        Side(safe, low, note.format("safe"), _bound(findings, "safe", where)),
        Side(
            risky,
            nothing,
            note.format("risky"),
            _bound(findings, "risky", where),
        ),
        # The complement of the first number: said, not counted again.
        Side(
            1 - safe,
            high,
            left,
            _bound(findings, "safe", where),
            by_construction=True,
        ),
    )


def _bound(findings: Findings, name: str, where: dict[str, Any]) -> float | None:
    """Change of the odds from a lower order; None where there is none."""
    if "bounds" not in findings.data:
        return None
    return rows(findings["bounds"], **where)[0][f"{name}_odds"]
