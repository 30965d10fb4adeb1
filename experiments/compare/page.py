"""The comparison as a page: counts, figures, and moments by family and regime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..report import labels, moment_labels
from ..report.cells import Number, missing
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import records
from . import STUDY
from .figure import figures, panel_name
from .study import KEYS, NEAR, counts

if TYPE_CHECKING:
    import pandas as pd

# Regimes to a table: more do not fit on the page.
BESIDE = 3
_NOTE = (
    "Standard errors of the data in brackets; t is the model less the data in standard "
    "errors; *near* marks moments within two of them, *matched* those that the "
    "calibration aimed at. Samples, sources, Monte Carlo errors and the moments with "
    "disasters are in compare.csv; point at a name for its name there."
)
_CAPTIONS: Mapping[str, tuple[str, str]] = {
    "compare_yields": (
        "Mean par yields by maturity, samples without disasters.",
        "Mean yield curves of model regimes beside the data of their eras.",
    ),
    "compare": (
        "Model less data in standard errors of the data; the grey band is two of "
        "them. Filled: matched in the calibration; hollow: untargeted. Numbers at "
        "the edge lie beyond it.",
        "Dots of each regime's moments around the data's two-standard-error band.",
    ),
}


def result(findings: Findings, _: object = None) -> ExperimentResult:
    """What is written and drawn."""
    import pandas as pd

    found = records(findings["compare"])
    shown = pd.DataFrame(found)
    return ExperimentResult(
        tables={"compare": shown},
        records={"compare": [{k: r[k] for k in KEYS} for r in found]},
        figures=figures(shown),
        notes=[count_note(shown), sample_note(shown)],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
        data_vintage=findings.data_vintage,
    )


def count_note(table: pd.DataFrame) -> str:
    """Say how many moments lie within two standard errors, in all and by regime."""
    eras: Mapping[str, str] = dict(zip(table["regime"], table["era"], strict=True))
    near, free, hit, aimed = np.sum(list(counts(table).values()), axis=0)
    texts = [
        f"Over all economies {hit + near} of {aimed + free} moments lie within two "
        f"standard errors of the data: {hit} of {aimed} targeted ones, {near} of "
        f"{free} untargeted ones."
    ]
    for regime, (near, free, hit, aimed) in counts(table).items():
        matched = f", and {hit} of {aimed} targeted ones" if aimed else ""
        texts.append(
            f"{labels.column(regime)} against {labels.era(eras[regime])}: {near} of "
            f"{free} untargeted moments lie within two standard errors of the data"
            f"{matched}."
        )
    return " ".join(texts)


def sample_note(table: pd.DataFrame) -> str:
    """Which samples are compared, and what t leaves out."""
    length = {era: quarters(rows) for era, rows in table.groupby("era", sort=False)}
    shortest = min(length, key=lambda era: length[era])
    return (
        "Model moments are those of long samples without a disaster, because the "
        "record has none; compare.csv gives them with disasters too. The economies "
        "with sticky prices have no disasters: their column with them is empty. t is "
        "the model less the data over the data's standard error; it leaves out Monte "
        "Carlo error, which is in compare.csv, and the bias of short samples, which "
        "lowers measured volatility and autocorrelation of persistent yields. Standard "
        f"errors of {shortest} come from {length[shortest]} quarters or fewer and are "
        "too small on average."
    )


def quarters(table: pd.DataFrame) -> int:
    """Complete quarters of the longest sample of these rows."""
    import pandas as pd

    ends = table["sample"].str.split(" to ", expand=True).apply(pd.to_datetime)
    days = (ends[1] - ends[0]).dt.days + 1
    return int(days.max() // (365.25 / 4))


def section(result: ExperimentResult) -> Section:
    """Section of the report: the count first, then both figures and the table."""
    lead, *more = result.notes
    captions = dict(_CAPTIONS)
    captions |= {
        f"{name}_sticky": (f"With sticky prices. {caption}", f"Sticky prices: {alt}")
        for name, (caption, alt) in _CAPTIONS.items()
    }
    shown = [
        Figure(result.figures[name], *texts)
        for name, texts in captions.items()
        if name in result.figures
    ]
    tables = moment_tables(result.tables["compare"])
    texts = [Text(note) for note in more]
    return Section(STUDY.question, lead, [*shown, *tables, *texts], short="Moments")


def moment_tables(table: pd.DataFrame) -> list[Table]:
    """Data, model and t of every moment, ``BESIDE`` regimes to a table; folded away."""
    found: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for row in table.to_dict("records"):
        found.setdefault((row["regime"], row["era"]), {})[row["moment"]] = row
    names = moment_labels.by_family(table["moment"])
    units = dict(zip(table["moment"], table["unit"], strict=True))
    unit = [labels.unit_cell(units[name]) for name in names]
    panels = {
        panel_name(*place): [_cells(rows.get(name)) for name in names]
        for place, rows in found.items()
    }
    places = list(panels)
    parts = [
        {place: panels[place] for place in places[k : k + BESIDE]}
        for k in range(0, len(places), BESIDE)
    ]
    return [
        Table(
            _beside(part, unit, moment_labels.row_names(names)),
            f"All moments beside the record: {', '.join(part)}",
            groups=[moment_labels.family(name) for name in names],
            note=_NOTE,
            collapsed=True,
        )
        for part in parts
    ]


def _beside(panels: Mapping[str, list[Any]], unit: list[Any], names: Any) -> Any:
    """Units, then data, model and t of every panel."""
    import pandas as pd

    columns: dict[tuple[str, str], list[Any]] = {("", "Unit"): unit}
    for panel, cells in panels.items():
        for k, heading in enumerate(("data", "model", "t")):
            columns[panel, heading] = [triple[k] for triple in cells]
    shown = pd.DataFrame(columns)
    shown.columns = pd.MultiIndex.from_tuples(list(columns))
    shown.index = names
    return shown


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
