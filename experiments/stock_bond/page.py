"""The report section of the experiment ``stock-bond``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult

Records = Sequence[dict[str, Any]]
_CAPTION = (
    "Above: 252-day correlation at the end of every month, and that of days drawn from "
    "the core economies. Below: quarterly correlation by tenor, the ten-year one by "
    "frequency, both with two standard errors of the record, and what every shock adds "
    "to the models'."
)
_ALT = (
    "The actual correlation is positive before 1998, near minus four tenths until 2020 "
    "and about zero since; the models go from minus to plus one half. Stress and "
    "expected growth make the sign."
)
_TENORS = ("2y", "5y", "10y", "30y")
_QUANTITIES = {"correlation": "Correlation", "beta": "Beta"}
_RETURNS = {
    "surprises": "surprises (days, months, quarters)",
    "quarterly": "quarterly returns",
}


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, models, record, falls, shocks, switches."""
    from .study import QUESTION

    lead, *more = result.notes
    found = result.records
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _models(found["stock_bond"]),
        _record(found["stock_bond_data"]),
        _falls(found),
        _shocks(found["stock_bond_shocks"]),
        _switches(found["stock_bond_switches"]),
        *(Text(note) for note in more),
    ]
    return Section(QUESTION, lead, blocks, short="Stocks and bonds")


def signed(value: float, error: float | None = None, below: str = "") -> Number:
    """Two decimals with a sign; the error in small print."""
    small = "" if error is None else f"({error:.2f})"
    return Number(labels.fixed(value, "ratio", 2, plus=True), small, below)


def _models(records: Records) -> Table:
    import pandas as pd

    keys = list(dict.fromkeys((r["returns"], r["regime"]) for r in records))
    cells = {(r["returns"], r["regime"], r["tenor"]): r for r in records}
    columns = {
        (text, tenor): [
            signed(cells[*key, tenor][name], cells[*key, tenor][f"{name}_error"])
            for key in keys
        ]
        for name, text in _QUANTITIES.items()
        for tenor in _TENORS
    }
    frame = pd.DataFrame(columns, dtype=object)
    names = [labels.column(regime) for _, regime in keys]
    frame.index = pd.Index(names, name="Regime", dtype=object)
    return Table(
        frame,
        "Treasurys with stocks in the models, by tenor (Monte Carlo errors)",
        groups=[labels.capital(_RETURNS[kind]) for kind, _ in keys],
        note="No disasters. In a regime that may end, quarterly returns hold the "
        "quarters in which it does; surprises do not. Sticky: supply is safe debt with "
        "supply shocks and the rule of the 1980s.",
    )


def _record(records: Records) -> Table:
    import pandas as pd

    kept = [r for r in records if r["quantity"] in _QUANTITIES]
    keys = list(dict.fromkeys((r["frequency"], r["era"]) for r in kept))
    cells = {(r["quantity"], r["tenor"], r["frequency"], r["era"]): r for r in kept}
    columns = {
        (text, tenor): [
            signed(
                cells[name, tenor, *key]["value"],
                cells[name, tenor, *key]["standard_error"],
            )
            for key in keys
        ]
        for name, text in _QUANTITIES.items()
        for tenor in _TENORS
    }
    frame = pd.DataFrame(columns, dtype=object)
    frame.index = pd.Index([labels.era(e) for _, e in keys], name="Era", dtype=object)
    return Table(
        frame,
        "The record by frequency and era (Newey-West standard errors)",
        groups=[labels.capital(f) for f, _ in keys],
        note="Constant-maturity par bonds; excess returns of months and quarters, "
        "changes of value on days. Two-year yields start in 1976, thirty-year ones in "
        "1977; the sample ends in August 2026 (days of five years in July).",
    )


def _falls(found: Mapping[str, Records]) -> Table:
    import pandas as pd

    rows, names, groups = [], [], []
    data = {
        (r["quantity"], r["frequency"], r["era"]): r
        for r in found["stock_bond_data"]
        if r["tenor"] == "10y"
    }
    for quantity, frequency, era in data:
        if quantity != "bond_in_falls_sd":
            continue
        mean, share = (
            data[q, frequency, era] for q in (quantity, "share_rising_in_falls")
        )
        rows.append(
            [
                signed(mean["value"], mean["standard_error"]),
                Number(f"{100 * share['value']:.0f}%"),
                Number(str(mean["observations"])),
                None,
            ]
        )
        names.append(labels.era(era))
        groups.append(f"Record, {frequency}")
    disasters = {r["regime"]: r["10y"] for r in found["stock_bond_disaster"]}
    for record in (r for r in found["stock_bond_falls"] if r["tenor"] == "10y"):
        struck = disasters.get(record["regime"])
        rows.append(
            [
                signed(record["bond_in_falls_sd"]),
                Number(f"{100 * record['share_rising_in_falls']:.0f}%"),
                None,
                None if struck is None else Number(labels.fixed(struck, "percent", 1)),
            ]
        )
        names.append(labels.column(record["regime"]))
        groups.append("Models, quarterly")
    columns = ["Mean return", "Rose", "Falls", "In a disaster"]
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    frame.index = pd.Index(names, name="Sample", dtype=object)
    return Table(
        frame,
        "Ten-year Treasurys when stocks fell by one and a half standard deviations",
        units={"Mean return": "standard deviations", "In a disaster": "log percent"},
        groups=groups,
        note="Samples with fewer than twelve falls are left out. In a disaster: "
        "unexpected return of a zero-coupon bond over the quarter.",
    )


def _shocks(records: Records) -> Table:
    import pandas as pd

    regimes = list(dict.fromkeys(r["regime"] for r in records))
    names = dict.fromkeys(r["name"] for r in records)
    cells = {(r["name"], r["regime"]): r for r in records}

    def number(name: str, regime: str) -> Number | None:
        row = cells.get((name, regime))
        if row is None:
            return None
        left = labels.fixed(row["correlation_without"], "ratio", 2, plus=True)
        return signed(row["part"], None, f"{left} without")

    columns = {labels.column(g): [number(n, g) for n in names] for g in regimes}
    frame = pd.DataFrame(columns, dtype=object)
    frame.index = pd.Index(
        [labels.capital(n) for n in names], name="Shock", dtype=object
    )
    return Table(
        frame,
        "What every shock adds to the ten-year correlation of surprises",
        note="Parts add up to the correlation. Below: the correlation that is left "
        "when the shock is switched off and everything else stays as it is.",
    )


def _switches(records: Records) -> Table:
    import pandas as pd

    columns = {
        text: [signed(r[name]) for r in records] for name, text in _QUANTITIES.items()
    }
    frame = pd.DataFrame(columns, dtype=object)
    names = [r["switch"] for r in records]
    frame.index = pd.Index(names, name="Switch", dtype=object)
    return Table(
        frame,
        "Mechanisms switched off, economies solved again",
        groups=[labels.column(r["economy"].replace("_", ": ")) for r in records],
        note="Ten years, surprises; sticky prices at first order.",
    )
