"""A table of predictions as a page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...calibration.economies.regimes import regime_name
from . import labels
from .cells import VERDICTS, Named, Rich, badge, inline

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
