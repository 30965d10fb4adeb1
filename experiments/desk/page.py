"""What pages of a desk share: tables by pricing, two printed sheets, a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ...calibration.record.projections import file_rows
from ..report import labels
from ..report.cells import Number, cell_frame
from ..report.page import Section, Table, report_html
from ..study import Findings
from ..tables import frame, pick, records
from .cases import label_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

GAPS = {
    "balance_first_year": "Primary balance, first year",
    "stabilising_first_year": "Debt-stabilising, first year",
    "balance_last_year": "Primary balance, last year",
    "stabilising_last_year": "Debt-stabilising, last year",
    "tax_gap_5_years": "Tax gap, five years",
    "tax_gap_to_the_end": "Tax gap, to the last year",
    "s1": "S1",
    "s2": "S2",
}
# Two sheets of A4: smaller type than on the screen, one section a page.
_STYLE = """
@media print {
  @page { size: A4; margin: 10mm 12mm; }
  html { font-size: 7pt; }
  header { margin-bottom: .3rem; padding-bottom: .2rem; }
  h1 { font-size: 14pt; margin: 0; } h2 { font-size: 11pt; margin: .3em 0 .2em; }
  p, .lead, .note, .subtitle, figcaption { max-width: none; margin: .25em 0; }
  .lead { font-size: 8.4pt; }
  th, td { padding: .22rem .5rem .02rem; line-height: 1.2; }
  div.table { margin: .3rem 0; break-inside: avoid; }
  figure { margin: .3rem 0; } figure svg { max-height: 116mm; }
  section { margin: 0; } section ~ section { break-before: page; border: 0; }
  footer { margin: 0; padding: .2rem 0 0; }
}
"""


def keys_of(found: xr.Dataset) -> list[str]:
    """Ways of pricing in a table, in their order."""
    return list(dict.fromkeys(found["funding"].to_numpy().tolist()))


def fixed(value: float | None, places: int = 1, unit: str = "percent") -> Number:
    """A number of a table; "none" where there is none."""
    return Number("none" if value is None else labels.fixed(value, unit, places))


def by_pricing(
    keys: Iterable[str],
    title: str,
    names: Mapping[str, str],
    value: Callable[[str, str], float | None],
    places: int = 1,
) -> pd.DataFrame:
    """Rows by name, a column for each way of pricing; ``title`` is above the names."""
    columns = {
        labels.capital(label_of(key)): [
            fixed(value(key, name), places) for name in names
        ]
        for key in keys
    }
    return cell_frame(columns, list(names.values()), title)


def gaps_table(found: xr.Dataset) -> Table:
    """Primary balances and sustainability gaps by pricing."""

    def value(key: str, name: str) -> float | None:
        return pick(found, "value", funding=key, gap=name)

    return Table(
        by_pricing(keys_of(found), "Balance or gap", GAPS, value),
        "Primary balances and sustainability gaps, percent of GDP",
        note="Debt-stabilising: the balance that leaves debt where it was. Gaps are "
        "lasting rises of the balance: the tax gap brings debt back to where it opens, "
        "S1 to the target in the last year, S2 makes surpluses for ever worth the "
        "debt; none where the last year's rate does not exceed growth.",
    )


def assumed_table(findings: Findings, tables: Sequence[str] = ()) -> Table:
    """Sizes that are assumed, two to a line; of some tables or all."""
    import pandas as pd

    every = findings.extra["assumptions"].records
    shown = pd.DataFrame(
        [
            {
                "Assumed": labels.capital(
                    f"{r['table']} {r['name']}".replace("_", " ")
                ),
                "Value": Number(f"{r['value']:,g}"),
                "Unit": r["unit"],
            }
            for r in every
            if not tables or r["table"] in tables
        ],
        dtype=object,
    )
    half = (len(shown) + 1) // 2
    both = pd.concat(
        [shown[:half].reset_index(drop=True), shown[half:].reset_index(drop=True)],
        axis=1,
        keys=["", " "],
    ).fillna("")
    return Table(
        both,
        "What is assumed where the file says nothing; a name takes another value, "
        "`--set gaps_target=100`",
        note="Sizes and thresholds follow the IMF's guidance of 2013 as it is usually "
        "quoted; the source of each stands in "
        f"{_file(findings, 'assumptions')}.",
    )


def _file(findings: Findings, part: str) -> str:
    """Name of the CSV file that says where numbers come from."""
    return next(f"{name}.csv" for name in findings.data if name.endswith(f"_{part}"))


def inputs_table(findings: Findings) -> Table:
    """Where inputs and pricing come from."""
    import pandas as pd

    file = _file(findings, "sources")
    shown = [
        {
            "Number": labels.capital(r["column"].replace("_", " "))
            + (" pricing" if r["table"] == "pricing" else ""),
            "From": r["source"],
        }
        for r in records(findings[file.removesuffix(".csv")])
        if r["table"] in ("input", "pricing")
    ]
    return Table(
        pd.DataFrame(shown, dtype=object),
        "Where the numbers come from",
        note=f"The source of every column of every table stands in {file}.",
    )


def without_notes(findings: Findings) -> list[str]:
    """Which ways of funding have no answer for the projection, and why."""
    return [
        f"No numbers with {label_of(key)}: {why}"
        for key, why in findings.extra["without"].items()
    ]


def workbook(findings: Findings, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Sheets of the Excel file by name: the projection, as it is read, and tables."""
    import pandas as pd

    header, *rows = file_rows(findings.extra["projection"])
    width = len(header)
    padded = [[*row, *[None] * (width - len(row))] for row in rows]
    own = pd.DataFrame(padded, columns=pd.Index(header), dtype=object)
    tables = {n.removeprefix("desk_"): frame(findings[n]) for n in names}
    return {"projection": own, **tables}


def two_pages(
    findings: Findings, title: str, sections: Sequence[Section], footer: str
) -> str:
    """Sections as HTML that prints one on a sheet of A4."""
    own = findings.extra["projection"]
    return report_html(
        f"{title}: {own.name}",
        sections,
        subtitle=f"{int(own.years[0])}-{int(own.years[-1])}. Source: {own.source}.",
        footer=footer,
        style=_STYLE,
    )
