"""A table of predictions as a page shows it, and in words what is not delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...calibration.economies.regimes import regime_name
from ..claims import Verdict
from . import labels
from .cells import VERDICTS, Named, Rich, badge, inline
from .page import Section, Text

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, Any]


@dataclass(frozen=True)
class RegimeCell(Rich):
    """Number with bound and unit, below it the verdict and the place in the band."""

    record: Record

    kind = "regime"

    def html(self) -> str:
        """HTML of the two lines."""
        record = self.record
        lower = []
        if record["verdict"]:
            word = record["verdict"]
            said = [f"claimed: {labels.claim(record['claim'])}"]
            said += [f"{record['mark']}, not counted"] if record["mark"] else []
            sign, kind = VERDICTS.get(word, ""), word.replace(" ", "-")
            shown = badge(word if record["counted"] else f"({word})", kind, sign)
            lower.append(f'<span title="{inline("; ".join(said))}">{shown}</span>')
        if record["in_band"] is not None:
            place = "inside" if record["in_band"] else "outside"
            text = f"band {band(record)}: {place}"
            lower.append(f'<span class="band {place}">{inline(text)}</span>')
        value = f'<span class="value">{inline(measured(record))}</span>'
        return f'<div class="judged">{value}{"".join(lower)}</div>'


def column_name(record: Record) -> str:
    """Column of a record: ``safe``, or ``switching: safe`` inside an economy."""
    return regime_name(record["economy"], record["regime"])


def measured(record: Record) -> str:
    """Number, bound and unit: "5.67 ± 0.05 bp"."""
    value, unit = record["value"], record["unit"]
    text = labels.number(value, unit)
    bound = record.get("bound")
    if bound is not None:
        text += f" ± {labels.fixed(bound, unit, labels.decimals(value, unit))}"
    return labels.with_unit(text, unit)


def band(record: Record) -> str:
    """The judged band: "4 to 9"."""
    edges = (record["band_low"], record["band_high"])
    scale = labels.unit(record["unit"]).scale
    return " to ".join(f"{scale * e:g}".replace("-", "−") for e in edges)


def regime_frame(records: Sequence[Record]) -> tuple[pd.DataFrame, list[str]]:
    """One row per quantity, one cell per regime; and the heading of every row."""
    import pandas as pd

    columns = list(dict.fromkeys(column_name(r) for r in records))
    rows: dict[str, dict[str, Any]] = {}
    groups: dict[str, str] = {}
    for record in records:
        name = record["quantity"]
        groups.setdefault(name, labels.capital(record["row"]))
        rows.setdefault(name, {})[column_name(record)] = RegimeCell(record)
    names = [Named(labels.quantity(name), name) for name in rows]
    frame = pd.DataFrame(
        {labels.column(c): [rows[n].get(c) for n in rows] for c in columns},
        index=pd.Index(names, name="Quantity", dtype=object),
    )
    return frame, [groups[name] for name in rows]


def shortfalls(records: Sequence[Record]) -> Section | None:
    """What the models do not deliver, in words; None where everything is."""
    bad = (Verdict.CONTRADICTED, Verdict.ZERO)
    failed = [r for r in records if r["verdict"] in bad]
    outside = [r for r in records if r["in_band"] is False]
    if not failed and not outside:
        return None
    parts = []
    if failed:
        claims = [r for r in records if r["verdict"]]
        parts.append(
            f"{len(failed)} of {len(claims)} claims, those that do not count "
            "included, are not delivered. " + _by_column(failed, _failure)
        )
    if outside:
        banded = [r for r in records if r["in_band"] is not None]
        parts.append(
            f"{len(outside)} of {len(banded)} numbers lie outside the band judged from "
            f"the record. {_by_column(outside, _outside)}"
        )
    return Section("What the models do not deliver", "", [Text("\n\n".join(parts))])


def _by_column(records: Sequence[Record], say: Callable[[Record], str]) -> str:
    texts = []
    for column in dict.fromkeys(column_name(r) for r in records):
        own = [say(r) for r in records if column_name(r) == column]
        texts.append(f"**{labels.column(column)}**: {'; '.join(own)}.")
    return " ".join(texts)


def _number(record: Record) -> str:
    return labels.with_unit(
        labels.number(record["value"], record["unit"]), record["unit"]
    )


def _subject(record: Record) -> str:
    return labels.inside(labels.quantity(record["quantity"]))


def _failure(record: Record) -> str:
    claim = labels.claim(record["claim"])
    small = ", too small to count" if record["verdict"] == "zero" else ""
    return f"{_subject(record)} (claimed {claim}, computed {_number(record)}{small})"


def _outside(record: Record) -> str:
    side = "below" if record["value"] < record["band_low"] else "above"
    return f"{_subject(record)} ({_number(record)}, {side} the band {band(record)})"
