"""The table of the talk "Competing Models of US Treasurys", cell by cell.

A cell is what the talk says of safe or of risky debt. It has two verdicts: whether the
solved model says so, and whether the record does. Numbers, expectations and verdicts
are those of the regime table's rows and of the studies' claims; here stands only which
of them speaks for which row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..calibration.economies.quantities import QUANTITIES
from .claims import SUFFIX, sampling_bound
from .goals import record_of
from .predictions import by_quantity

Record = Mapping[str, Any]
# Records by the name of their file.
Files = Mapping[str, Sequence[Record]]
SIDES = ("safe", "risky")
# Nobody has measured it yet: the page is read while the report is made.
PENDING = "not measured yet"
SILENT = "no number"


@dataclass(frozen=True)
class Row:
    """A row of the talk's table.

    Attributes
    ----------
    asks : what the row is about. safe, risky : what the talk says.
    quantity : of the regime table, judges both models; or
    claim : study and key of the claim that does.
    record : side -> study and key of the claim whose data speak for that side. Where
        none is given, the evidence on the quantity in the era of the side does.
    """

    asks: str
    safe: str
    risky: str
    quantity: str = ""
    claim: tuple[str, str] = ("", "")
    record: Mapping[str, tuple[str, str]] = field(default_factory=dict)


_SUPPLY = ("convenience", "supply_channel")
TALK = (
    Row("Leading authority", "central bank", "government", "fiscal_share"),
    Row("Who bears spending risk", "taxpayers", "bondholders", "share_bondholders"),
    Row("Later taxes fund spending", "in full", "less than half", "share_taxpayers"),
    Row("Market beta of debt", "zero", "positive", "treasury_portfolio_beta"),
    Row(
        "Yields react to fiscal news",
        "no",
        "yes",
        "score_yield_10y_ex_convenience",
        record={"risky": ("fiscal-news", "persistent_elasticity")},
    ),
    Row("Term premia react to fiscal news", "no", "yes", "score_term_premium_10y"),
    Row(
        "Long-run expected inflation reacts",
        "no",
        "yes",
        "score_expected_inflation_5y5y",
    ),
    Row(
        "Convenience yield reacts",
        "yes",
        "yes",
        "one_time_spot_convenience",
        record={"safe": _SUPPLY, "risky": _SUPPLY},
    ),
    Row(
        "Stocks and bonds",
        "move apart",
        "move together",
        "stock_bond_return_correlation",
    ),
    Row(
        "Yields in market stress",
        "fall: flight to safety",
        "rise: marked to market",
        "stress_1sd_yield_10y",
        record={
            "safe": ("episodes", "yield_as_stocks_fall_lehman_2008_09_15"),
            "risky": ("episodes", "yield_as_stocks_fall_covid_2020_03"),
        },
    ),
    Row(
        "Asset purchases: price discovery",
        "improves",
        "is impaired",
        claim=("lsap", "discovery_lasting"),
    ),
    Row(
        "Asset purchases: value to taxpayers",
        "created",
        "destroyed",
        claim=("lsap", "value_mixture_lasting"),
    ),
    Row(
        "A yield spike in stress is read as",
        "dysfunction",
        "fiscal news",
        claim=("two-minds", "stress_called_dysfunction"),
    ),
)


def cells(files: Files) -> list[dict[str, Any]]:
    """One record per row and side, from what is measured so far.

    ``verdict`` is the model's, ``record_verdict`` the record's; None where there is no
    number, and ``note`` or ``record_note`` says why. ``study`` is whose section shows
    the number.
    """
    return [
        {"row": row.asks, "side": side, "says": getattr(row, side)}
        | _model(row, side, files)
        | _prefixed(_recorded(row, side, files))
        for row in TALK
        for side in SIDES
    ]


def _claim(files: Files, study: str, key: str) -> Record | None:
    found = files.get(f"{study.replace('-', '_')}{SUFFIX}", ())
    return next((r for r in found if r["key"] == key), None)


def _said(record: Record, side: str) -> dict[str, Any]:
    """A side of a claim as its record has it."""
    return {
        "value": record[side],
        "unit": record["unit"],
        "bound": record[f"{side}_bound"],
        "claim": record[f"{side}_claim"],
        "tolerance": record[f"{side}_tolerance"],
        "verdict": record[f"{side}_verdict"],
        "counted": record[f"{side}_counted"],
        "note": record[f"{side}_note"],
    }


def _model(row: Row, side: str, files: Files) -> dict[str, Any]:
    if not row.quantity:
        study, key = row.claim
        found = _claim(files, study, key)
        here = {"study": study, "source": key}
        return here | (_nothing(PENDING) if found is None else _said(found, side))
    here = {"study": "regimes", "source": row.quantity}
    for record in files.get("regimes", ()):
        same = (record["economy"], record["regime"]) == (side, side)
        if same and record["quantity"] == row.quantity:
            own = ("value", "unit", "bound", "claim", "verdict", "counted")
            limit = by_quantity()[row.quantity].expects(side).limit
            return (
                here
                | {name: record[name] for name in own}
                | {"tolerance": limit, "note": record["mark"]}
            )
    return here | _nothing(PENDING)


def _recorded(row: Row, side: str, files: Files) -> dict[str, Any]:
    if side in row.record:
        study, key = row.record[side]
        found = _claim(files, study, key)
        here = {"study": study, "source": key}
        return here | (_nothing(PENDING) if found is None else _said(found, "data"))
    here = {"study": "moments", "source": row.quantity}
    if row.quantity:
        value, error = record_of(row.quantity, side)
        if value is not None:
            expects = by_quantity()[row.quantity].expects(side)
            bound = None if error is None else sampling_bound(error)
            verdict = expects.verdict(value, bound)
            return here | {
                "value": value,
                "unit": QUANTITIES[row.quantity].unit,
                "bound": bound,
                "claim": expects.claim,
                "tolerance": expects.limit,
                "verdict": None if verdict is None else str(verdict),
                "counted": verdict is not None,
                "note": "" if error is not None else "error not published",
            }
    return here | _nothing(SILENT)


def _nothing(why: str) -> dict[str, Any]:
    names = ("value", "unit", "bound", "claim", "tolerance", "verdict")
    return dict.fromkeys(names) | {"counted": False, "note": why}


def _prefixed(record: Record) -> dict[str, Any]:
    return {f"record_{name}": value for name, value in record.items()}
