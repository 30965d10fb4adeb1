"""What the models do not deliver, as tables with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..claims import SUFFIX, Verdict
from ..goals import GOALS
from ..predictions import by_quantity
from . import labels
from .cells import Named, Number, cell_frame
from .page import Section, Table
from .regime_table import band, column_name, measured

Record = Mapping[str, Any]
Files = Mapping[str, Sequence[Record]]
_BAD = (Verdict.CONTRADICTED, Verdict.ZERO)
_GOALS = {goal.name: goal for goal in GOALS}


def shortfalls(files: Files) -> Section | None:
    """The section, of what is measured so far; None where everything is delivered.

    ``files`` are records by the name of their file.
    """
    claims = [r for n, found in files.items() if n.endswith(SUFFIX) for r in found]
    rows = files.get("regimes", ())
    tables = [
        *_claims(claims),
        *_predictions(rows),
        *_bands(rows),
        *_goals(files.get("attempts", ())),
    ]
    if not tables:
        return None
    return Section(
        "What the models do not deliver",
        "Every number that is not what was asked for, and why; nothing is left out.",
        tables,
        name="not-delivered",
        short="Not delivered",
    )


def asked(claim: str, limit: float, unit: str) -> str:
    """What a claim asks for, in words; ``limit`` is the threshold of a share."""
    edge = labels.number(limit, unit)
    return {"high": f"above {edge}", "low": f"below {edge}"}.get(
        claim, labels.claim(claim)
    )


def reason(verdict: str, claim: str, limit: float, unit: str) -> str:
    """Why a number is not what a claim asks for; ``limit`` is what decides."""
    edge = labels.number(limit, unit)
    if verdict == Verdict.ZERO:
        return f"too small to count: within {edge} of zero"
    return {
        "zero": f"further than {edge} from zero",
        "high": "below it",
        "low": "above it",
    }.get(claim, "the other sign")


def _printed(value: float, unit: str, bound: float | None) -> Number:
    """The number with its bound, its unit below."""
    places = labels.decimals(value, unit)
    error = "" if bound is None else f"(±{labels.fixed(bound, unit, places)})"
    short = labels.unit(unit).short
    return Number(labels.fixed(value, unit, places), error, below=short)


def _failure(record: Record, side: str, limit: float, note: str) -> dict[str, Any]:
    """Cells of a number that fails; ``side`` begins the names of a claim's sides."""
    value, claim = record[side or "value"], record[f"{side}_claim" if side else "claim"]
    verdict = record[f"{side}_verdict" if side else "verdict"]
    bound = record[f"{side}_bound" if side else "bound"]
    unit = record["unit"]
    why = labels.capital(reason(verdict, claim, limit, unit))
    return {
        "Asked for": Named(asked(claim, limit, unit)),
        "Computed": _printed(value, unit, bound),
        "Why it fails": Named(why, detail=note),
    }


def _claims(claims: Sequence[Record]) -> list[Table]:
    failed = [
        (r, s) for r in claims for s in ("safe", "risky") if r[f"{s}_verdict"] in _BAD
    ]
    if not failed:
        return []
    lines = [
        {"Model": labels.column(s)}
        | _failure(r, s, r[f"{s}_tolerance"], r[f"{s}_note"])
        for r, s in failed
    ]
    names = [Named(r["claim"], r["key"]) for r, _ in failed]
    groups = [labels.study(r["experiment"]) for r, _ in failed]
    caption = f"Claims of the talk that a model does not show: {len(failed)}"
    frame = cell_frame(_columns(lines), names, "Claim")
    return [Table(frame, caption, groups=groups)]


def _columns(lines: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {name: [line[name] for line in lines] for name in lines[0]}


def _predictions(rows: Sequence[Record]) -> list[Table]:
    failed = [r for r in rows if r["verdict"] in _BAD]
    if not failed:
        return []
    expected = by_quantity()
    lines = [
        {"Economy": labels.column(column_name(r))}
        | _failure(
            r,
            "",
            expected[r["quantity"]].expects(r["regime"]).limit,
            f"{r['mark']}: not counted" if r["mark"] else "",
        )
        for r in failed
    ]
    judged = sum(bool(r["verdict"]) for r in rows)
    caption = f"Predictions not delivered: {len(failed)} of {judged}, all economies"
    return [_of_quantities(_columns(lines), failed, caption)]


def _bands(rows: Sequence[Record]) -> list[Table]:
    outside = [r for r in rows if r["in_band"] is False]
    if not outside:
        return []
    sides = ["below" if r["value"] < r["band_low"] else "above" for r in outside]
    columns = {
        "Economy": [labels.column(column_name(r)) for r in outside],
        "Band of the record": [band(r) for r in outside],
        "Computed": [Number(measured(r)) for r in outside],
        "Side": [f"{side} the band" for side in sides],
    }
    banded = sum(r["in_band"] is not None for r in rows)
    caption = f"Numbers outside the band of the record: {len(outside)} of {banded}"
    return [_of_quantities(columns, outside, caption)]


def _of_quantities(
    columns: Mapping[str, Sequence[Any]], rows: Sequence[Record], caption: str
) -> Table:
    names = [Named(labels.quantity(r["quantity"]), r["quantity"]) for r in rows]
    groups = [labels.capital(r["row"]) for r in rows]
    frame = cell_frame(columns, names, "Quantity")
    return Table(frame, caption, groups=groups, collapsed=True)


def _goals(tried: Sequence[Record]) -> list[Table]:
    """Goals that are not delivered: what would, and what it loses elsewhere."""
    if not tried:
        return []
    columns = {
        "What was tried": [r["mechanism"] for r in tried],
        "Ships": [_goal_number(r, "ships") for r in tried],
        "With it": [_goal_number(r, "with") for r in tried],
        "Delivered": [bool(r["delivered"]) for r in tried],
        "What it loses": [r["lost"] for r in tried],
    }
    names = [labels.column(r["economy"]) for r in tried]
    groups = [labels.capital(_GOALS[r["goal"]].label) for r in tried]
    caption = f"Goals that are not delivered, and {len(tried)} attempts at them"
    frame = cell_frame(columns, names, "Economy")
    return [Table(frame, caption, groups=groups, collapsed=True)]


def _goal_number(record: Record, name: str) -> Number:
    return _printed(record[name], _GOALS[record["goal"]].unit, None)
