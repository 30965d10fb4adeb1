"""The report section of the experiment ``convenience``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult

_CAPTION = (
    "Above: what AAA bonds and hedged foreign sovereigns yield more than Treasurys of "
    "the same tenor, and means of the record with two standard errors. Below: one "
    "quarter's convenience when one of its movers moves, and what services are worth."
)
_ALT = (
    "Both wedges keep their height at three months and fall at longer tenors when debt "
    "is risky; over foreign bonds they turn negative. Convenience falls steeply with "
    "debt and rises little with the short rate."
)
_WEDGES = {
    "treasury": "convenience of the Treasury",
    "aaa_treasury": "AAA less Treasury",
    "foreign_treasury": "foreign less Treasury",
}
_NAMES = {
    "aaa": "AAA less Treasury",
    "aaa_cds": "AAA net of default insurance less Treasury",
    "foreign": "foreign less Treasury",
    "paper": "nonfinancial paper less bill",
    "financial_paper": "financial paper less bill",
}
_ASSETS = {
    "bill": "Bills",
    "long": "Long Treasurys",
    "aaa": "AAA bonds",
    "foreign": "Hedged foreign bonds",
}
_REGRESSORS = {
    "log_debt": "log of debt/GDP",
    "rate": "bill rate",
}


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, wedges, eras, channels, cost."""
    from .study import QUESTION

    lead, *more = result.notes
    found = result.records
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _wedges(found["convenience_wedges"]),
        _eras(found["convenience_eras"]),
        _channels(found["convenience_channels"]),
        _slopes(found["convenience_slopes"]),
        _costs(found["convenience_cost"]),
        *(Text(note) for note in more),
    ]
    return Section(QUESTION, lead, blocks, short="Convenience")


def _wedges(records: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    tenors = list(dict.fromkeys(r["tenor"] for r in records))
    regimes = list(dict.fromkeys(r["regime"] for r in records))
    cells = {(r["wedge"], r["regime"], r["tenor"]): r["value"] for r in records}
    rows, names, groups = [], [], []
    for wedge, text in _WEDGES.items():
        for regime in regimes:
            values = (cells[wedge, regime, t] for t in tenors)
            rows.append([Number(labels.fixed(v, "basis points", 1)) for v in values])
            names.append(labels.column(regime))
            groups.append(labels.capital(text))
    frame = pd.DataFrame(rows, columns=tenors, dtype=object)
    frame.index = pd.Index(names, name="Regime", dtype=object)
    return Table(
        frame,
        "Wedges by tenor at the regimes' resting points",
        units=dict.fromkeys(tenors, "bp"),
        groups=groups,
    )


def _eras(records: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    eras = list(dict.fromkeys(r["era"] for r in records))
    keys = list(dict.fromkeys((r["origin"], r["wedge"], r["tenor"]) for r in records))
    cells = {(r["origin"], r["wedge"], r["tenor"], r["era"]): r for r in records}

    def number(key: tuple[str, str, str], era: str) -> Number | None:
        row = cells.get((*key, era))
        if row is None:
            return None
        error = f"({labels.fixed(row['standard_error'], 'basis points', 1)})"
        sample = f"{row['sample_start']} to {row['sample_end']}"
        return Number(labels.fixed(row["value"], "basis points", 1), error, sample)

    rows = [[number(key, era) for era in eras] for key in keys]
    frame = pd.DataFrame(rows, columns=[e.replace("-", "–") for e in eras])
    names = [
        f"{_NAMES[w]}, {labels.words(t)}{', your file' if o == 'file' else ''}"
        for o, w, t in keys
    ]
    frame.index = pd.Index([labels.capital(n) for n in names], name="Spread")
    return Table(
        frame.astype(object),
        "The record by era, basis points (Newey-West standard errors)",
        note="Spreads of AAA bonds and paper are not net of default risk. A mean is "
        "printed where it covers half of its era.",
    )


def _channels(records: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    regimes = list(dict.fromkeys(r["regime"] for r in records))
    keys = list(dict.fromkeys((r["channel"], r["asset"]) for r in records))
    cells = {(r["channel"], r["asset"], r["regime"]): r for r in records}
    units = {r["channel"]: r["unit"] for r in records}
    columns: dict[str, list[Any]] = {
        labels.column(regime): [
            Number(f"{cells[c, a, regime]['value']:+.2f}".replace("-", "−"))
            for c, a in keys
        ]
        for regime in regimes
    }
    columns["Switched off"] = [
        Number(labels.fixed(cells[c, a, "safe"]["switched_off"], "", 2))
        for c, a in keys
    ]
    frame = pd.DataFrame(columns, dtype=object)
    frame.index = pd.Index([_ASSETS[a] for _, a in keys], name="Asset")
    return Table(
        frame,
        "One quarter's convenience when one mover moves and the others are held",
        groups=[f"{labels.capital(c)}: {units[c]}" for c, _ in keys],
        note="Switched off: supply elasticities, `liquidity_rate` or `safety_stress` "
        "of zero, safe debt.",
    )


def _slopes(records: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    kept = [r for r in records if r["regression"] != "variance"]
    sources = list(dict.fromkeys(r["source"] for r in kept))
    keys = list(dict.fromkeys((r["regression"], r["regressor"]) for r in kept))
    cells = {(r["regression"], r["regressor"], r["source"]): r for r in kept}

    def number(row: dict[str, Any]) -> Number:
        error = row.get("standard_error")
        small = "" if error is None else f"({error:.1f})"
        text = f"{row['value']:+.1f}".replace("-", "−")
        return Number(text, small, f"R² {row['r_squared']:.2f}")

    columns = {
        labels.column(s): [number(cells[g, n, s]) for g, n in keys] for s in sources
    }
    frame = pd.DataFrame(columns, dtype=object)
    frame.index = pd.Index(
        [Named(_REGRESSORS[n], n, labels.unit_cell(_unit(kept, n))) for _, n in keys],
        name="Regressor",
        dtype=object,
    )
    kinds = {"supply": "Alone", "rate": "Alone", "both": "Together"}
    return Table(
        frame,
        "Convenience of bills on supply and the short rate",
        groups=[kinds[g] for g, _ in keys],
        note="Data: financial commercial paper less bills, fiscal years 1962–2024. "
        "Models: the bill's convenience, quarters simulated without disasters.",
    )


def _unit(records: Sequence[dict[str, Any]], regressor: str) -> str:
    return next(r["unit"] for r in records if r["regressor"] == regressor)


def _costs(records: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    shown = {
        "flow": ("Services a year", "% of GDP", 2),
        "value": ("Present value", "% of GDP", 1),
        "share": ("Part of the value of debt", "%", 1),
        "lost_flow": ("Lost a year", "% of GDP", 2),
        "lost_share": ("Lost, part of debt", "%", 1),
        "tax_rise": ("Rise of taxes", "% of GDP", 2),
    }
    columns = {
        text: [
            None if r[name] is None else Number(labels.fixed(r[name], "", places))
            for r in records
        ]
        for name, (text, _, places) in shown.items()
    }
    frame = pd.DataFrame(columns, dtype=object)
    names = [labels.capital(r["case"]) for r in records]
    frame.index = pd.Index(names, name="Economy")
    return Table(
        frame,
        "What convenience is worth to the government, and what its loss costs",
        units={text: unit for text, unit, _ in shown.values()},
        note="Lost: against the safe economy with its own services. Rise of taxes: "
        "in the equilibrium solved again, means of samples without disasters.",
    )
