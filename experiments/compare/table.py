"""The table of the experiment ``compare``: moments by family, one panel per regime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..report import labels, moment_labels
from ..report.cells import Number, missing
from ..report.page import Table

if TYPE_CHECKING:
    import pandas as pd

# A moment within so many standard errors of the data is marked.
NEAR = 2.0
_NOTE = (
    "Standard errors of the data in brackets; t is the model less the data in standard "
    "errors; *near* marks moments within two of them, *matched* those that the "
    "calibration aimed at. Samples, sources, Monte Carlo errors and the moments with "
    "disasters are in compare.csv; point at a name for its name there."
)


def panel_name(regime: str, era: str) -> str:
    """Heading of a regime's panel: "Safe debt, 1998–2019"."""
    return f"{labels.column(regime)}, {labels.era(era)}"


def moment_table(table: pd.DataFrame) -> Table:
    """Data, model and t of every moment, side by side by regime; folded away."""
    import pandas as pd

    found: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for row in table.to_dict("records"):
        found.setdefault((row["regime"], row["era"]), {})[row["moment"]] = row
    names = moment_labels.by_family(table["moment"])
    units = dict(zip(table["moment"], table["unit"], strict=True))
    columns: dict[tuple[str, str], list[Any]] = {
        ("", "Unit"): [labels.unit_cell(units[name]) for name in names]
    }
    for (regime, era), rows in found.items():
        panel = panel_name(regime, era)
        cells = [_cells(rows.get(name)) for name in names]
        for k, heading in enumerate(("data", "model", "t")):
            columns[panel, heading] = [triple[k] for triple in cells]
    shown = pd.DataFrame(columns)
    shown.columns = pd.MultiIndex.from_tuples(list(columns))
    shown.index = moment_labels.row_names(names)
    return Table(
        shown,
        "All moments of the model beside the record",
        groups=[moment_labels.family(name) for name in names],
        note=_NOTE,
        collapsed=True,
    )


def _cells(row: Mapping[str, Any] | None) -> tuple[Number | None, ...]:
    """Data with its error, model, and t with what is to be said about it."""
    if row is None:
        return None, None, None
    unit, error, t = row["unit"], row["standard_error"], row["t"]
    places = min(labels.decimals(row[k], unit) for k in ("data", "model"))
    small = f"({labels.fixed(error, unit, places)})" if not missing(error) else ""
    data = Number(labels.fixed(row["data"], unit, places), small)
    aimed = {"label": "matched", "mark": "matched"} if row["targeted"] else {}
    model = Number(labels.fixed(row["model"], unit, places), **aimed)
    if missing(t):
        return data, model, None
    near = {"label": "near", "mark": "near"} if abs(t) <= NEAR else {}
    return data, model, Number(labels.fixed(t, "", 1, plus=True), **near)
