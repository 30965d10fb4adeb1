"""The regime table as a page shows it, and in words what the models do not deliver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..report import labels
from ..report.cells import VERDICTS, Formula, Named, Rich, badge, inline
from ..report.page import Section, Table, Text
from ..report.results import ExperimentResult
from .claims_page import claims_table, slopes_table

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, Any]

_MEANING = (
    "**Safe debt**: taxes follow spending and the central bank leads, so taxpayers "
    "bear the risk of government spending. **Risky debt**: taxes back spending only in "
    "part, so bondholders bear the rest through inflation and the price of their bonds."
)
_SWITCHING = "**Switching**: one economy that moves between the two, priced as such."
_NOTE = (
    "± is the distance to the next coarser grid. A verdict compares the number with "
    "what the model claims: ✓ delivered, ✕ contradicted, ○ zero (a response is claimed "
    "and is too small to count); without a verdict nothing is claimed. A band is the "
    "range judged from the record. *Persistent spending* is news of one more percent "
    "of GDP that fades slowly, a *one-time transfer* is 1% of annual GDP, *stress* is "
    "a rise of disaster risk; *bp per pp* is per percentage point of debt over GDP. "
    "The band of convenience yields is about debt that lasts, so the ten-year response "
    "to a transfer, which is repaid, has none. Responses are measured at each regime's "
    "own resting point, betas and correlations in samples without disasters. Point at "
    "a name for its name in regimes.json."
)


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
            claim = f"claimed: {labels.claim(record['claim'])}"
            sign = VERDICTS.get(word, "")
            lower.append(f'<span title="{claim}">{badge(word, word, sign)}</span>')
        if record["in_band"] is not None:
            place = "inside" if record["in_band"] else "outside"
            text = f"band {band(record)}: {place}"
            lower.append(f'<span class="band {place}">{inline(text)}</span>')
        value = f'<span class="value">{inline(measured(record))}</span>'
        return f'<div class="judged">{value}{"".join(lower)}</div>'


def column_name(record: Record) -> str:
    """Column of a record: ``safe``, or ``switching: safe`` inside an economy."""
    return labels.regime_name(record["economy"], record["regime"])


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


def lead(records: Sequence[Record]) -> str:
    """What the regimes mean, and how many claims and bands are met."""
    counted = [r["verdict"] for r in records if r["verdict"]]
    banded = [r["in_band"] for r in records if r["in_band"] is not None]
    switching = any(r["economy"] != r["regime"] for r in records)
    text = (
        f"Of {len(counted)} claims **{counted.count('delivered')} are delivered** and "
        f"**{counted.count('contradicted')} contradicted**"
    )
    if "zero" in counted:
        few = counted.count("zero")
        responses = "response is" if few == 1 else "responses are"
        text += f"; {few} claimed {responses} too small to count"
    text += f". {sum(banded)} of {len(banded)} numbers lie in the judged band."
    return " ".join([_MEANING, *([_SWITCHING] if switching else []), text])


def section(result: ExperimentResult) -> Section:
    """Section of the report: the table, the notes, claims, slopes, parameters."""
    records = result.records["regimes"]
    frame, groups = regime_frame(records)
    blocks = [
        Table(
            frame,
            "What each model predicts, as computed",
            groups=groups,
            note=_NOTE,
            first=True,
        ),
        *(Text(note) for note in result.notes[1:]),
    ]
    if "claims" in result.records:
        blocks.append(claims_table(result.records["claims"]))
    if "debt_slopes" in result.records:
        blocks.append(slopes_table(result.records["debt_slopes"]))
    if "parameters" in result.tables:
        blocks.append(differences(result.tables["parameters"]))
    return Section("The regime table", lead(records), blocks)


def differences(frame: pd.DataFrame) -> Table:
    """Table of the parameters that differ, with symbols set as mathematics."""
    import pandas as pd

    described = declared_parameters()
    values = [c for c in frame if c not in ("name", "symbol", "unit", "role")]
    rows = frame.to_dict("records")
    order = list(dict.fromkeys(row["role"] for row in rows))
    # What the reader may ask about first: the parameters of policy.
    rows.sort(key=lambda row: (row["role"] != "policy", order.index(row["role"])))
    shown = pd.DataFrame(
        {
            "Symbol": [Formula(r["symbol"]) for r in rows],
            **{labels.column(str(c)): [r[c] for r in rows] for c in values},
            "Unit": [r["unit"] for r in rows],
        },
        index=pd.Index(
            [
                Named(described.get(r["name"], labels.words(r["name"])), r["name"])
                for r in rows
            ],
            name="Parameter",
            dtype=object,
        ),
    )
    return Table(
        shown,
        "Parameters in which the economies differ; all others are shared",
        groups=[labels.role(r["role"]) for r in rows],
    )


def declared_parameters() -> dict[str, str]:
    """Description of every parameter of the core economy, by name."""
    from ...models.core import core_economy
    from ...models.documents.equations import parameter_table

    model = core_economy(("safe", "risky"), purchases=True)
    rows = parameter_table(model)
    return {r["name"]: labels.capital(r["description"]) for r in rows}


def shortfalls(records: Sequence[Record]) -> Section | None:
    """What the models do not deliver, in words; None where everything is."""
    failed = [r for r in records if r["verdict"] in ("contradicted", "zero")]
    outside = [r for r in records if r["in_band"] is False]
    if not failed and not outside:
        return None
    parts = []
    if failed:
        claims = [r for r in records if r["verdict"]]
        parts.append(
            f"{len(failed)} of {len(claims)} claims are not delivered. "
            + _by_column(failed, _failure)
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
    label = labels.quantity(record["quantity"])
    # A label inside a sentence; names that begin with two capitals keep theirs.
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _failure(record: Record) -> str:
    claim = labels.claim(record["claim"])
    small = ", too small to count" if record["verdict"] == "zero" else ""
    return f"{_subject(record)} (claimed {claim}, computed {_number(record)}{small})"


def _outside(record: Record) -> str:
    side = "below" if record["value"] < record["band_low"] else "above"
    return f"{_subject(record)} ({_number(record)}, {side} the band {band(record)})"
