"""What is written, drawn and said about convenience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..claims import Claim, Verdict, by_key, slide_records, tally_sentence
from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult, filled
from ..study import Findings
from ..tables import records
from . import STUDY, figure
from .claims import (
    BEFORE,
    LATER,
    RECENT,
    cost,
    shipped_mean,
    slope_at,
    slope_of,
    wedge_at,
)
from .study import AGAIN, BP, LOST

Rows = Sequence[dict[str, Any]]
_CAPTION = (
    "Above: what AAA bonds and hedged foreign sovereigns yield more than Treasurys of "
    "the same tenor, and means of the record with two standard errors. Below: one "
    "quarter's convenience when one of its movers moves, and what services are worth."
)
_ALT = (
    "Six panels. Above: wedges over AAA and over foreign bonds by tenor, a line per "
    "regime with marks of the record, and spreads by era. Below: convenience against "
    "debt and against the short rate, and bars of what services are worth."
)
# What is written: tables of the same name, or of several.
_FILES = {
    **{
        f"convenience_{name}": (f"convenience_{name}",)
        for name in ("wedges", "without_loss", "eras", "channels", "arcs", "cost")
    },
    "convenience_slopes": ("recorded_slopes", "simulated_slopes"),
}
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


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    rows = {
        file: [row for name in names for row in records(findings[name])]
        for file, names in _FILES.items()
    }
    return ExperimentResult(
        tables={name: filled(found) for name, found in rows.items()},
        records={**rows, **slide_records(STUDY.name, judged)},
        figures={"convenience": figure.draw(findings)},
        notes=notes(findings, judged),
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, wedges, eras, channels, cost."""
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
    return Section(STUDY.question, lead, blocks, short="Convenience")


def _wedges(rows: Rows) -> Table:
    import pandas as pd

    tenors = list(dict.fromkeys(r["tenor"] for r in rows))
    regimes = list(dict.fromkeys(r["regime"] for r in rows))
    cells = {(r["wedge"], r["regime"], r["tenor"]): r["value"] for r in rows}
    lines, names, groups = [], [], []
    for wedge, text in _WEDGES.items():
        for regime in regimes:
            values = (cells[wedge, regime, t] for t in tenors)
            lines.append([Number(labels.fixed(v, BP, 1)) for v in values])
            names.append(labels.column(regime))
            groups.append(labels.capital(text))
    frame = pd.DataFrame(lines, columns=tenors, dtype=object)
    frame.index = pd.Index(names, name="Regime", dtype=object)
    return Table(
        frame,
        "Wedges by tenor at the regimes' resting points",
        units=dict.fromkeys(tenors, "bp"),
        groups=groups,
    )


def _eras(rows: Rows) -> Table:
    import pandas as pd

    eras = list(dict.fromkeys(r["era"] for r in rows))
    keys = list(dict.fromkeys((r["origin"], r["wedge"], r["tenor"]) for r in rows))
    cells = {(r["origin"], r["wedge"], r["tenor"], r["era"]): r for r in rows}

    def number(key: tuple[str, str, str], era: str) -> Number | None:
        row = cells.get((*key, era))
        if row is None:
            return None
        error = f"({labels.fixed(row['standard_error'], 'basis points', 1)})"
        sample = f"{row['sample_start']} to {row['sample_end']}"
        return Number(labels.fixed(row["value"], BP, 1), error, sample)

    numbers = [[number(key, era) for era in eras] for key in keys]
    frame = pd.DataFrame(numbers, columns=[e.replace("-", "–") for e in eras])
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


def _channels(rows: Rows) -> Table:
    import pandas as pd

    regimes = list(dict.fromkeys(r["regime"] for r in rows))
    keys = list(dict.fromkeys((r["channel"], r["asset"]) for r in rows))
    cells = {(r["channel"], r["asset"], r["regime"]): r for r in rows}
    units = {r["channel"]: r["unit"] for r in rows}
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


def _slopes(rows: Rows) -> Table:
    import pandas as pd

    kept = [r for r in rows if r["regression"] != "variance"]
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
        note=f"Data: financial commercial paper less bills, {_sample(kept)}. "
        "Models: the bill's convenience, quarters simulated without disasters.",
    )


def _unit(rows: Rows, regressor: str) -> str:
    return {r["regressor"]: r["unit"] for r in rows}[regressor]


def _sample(rows: Rows) -> str:
    """Years of the record's regressions."""
    found = {r["sample"] for r in rows if r["source"] == "data"}
    return ", ".join(sorted(found)).replace("-", "–")


def _costs(rows: Rows) -> Table:
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
            for r in rows
        ]
        for name, (text, _, places) in shown.items()
    }
    frame = pd.DataFrame(columns, dtype=object)
    names = [labels.capital(r["case"]) for r in rows]
    frame.index = pd.Index(names, name="Economy")
    return Table(
        frame,
        "What convenience is worth to the government, and what its loss costs",
        units={text: unit for text, unit, _ in shown.values()},
        note="Lost: against the safe economy with its own services. Rise of taxes: "
        "in the equilibrium solved again, means of samples without disasters.",
    )


def notes(findings: Findings, judged: Sequence[Claim]) -> list[str]:
    """Sentences of the section, the verdict first."""
    claims = by_key(judged)
    return [
        _lead(findings, judged),
        _record(findings, claims),
        _opportunity(findings, claims["opportunity_cost_channel"]),
        _cost(findings),
        FILE,
    ]


def _lead(findings: Findings, judged: Sequence[Claim]) -> str:
    failed = [labels.words(c.key).replace("aaa", "AAA") for c in judged if c.failed()]
    wedge = {
        (w, r): wedge_at(findings, r, f"{w}_treasury", "10y")
        for w in ("aaa", "foreign")
        for r in ("safe", "risky")
    }
    bill = [wedge_at(findings, r, "foreign_treasury", "3m") for r in ("safe", "risky")]
    return (
        tally_sentence((c.overall() for c in judged), "claims on convenience")
        + (f" Failed: {', '.join(failed)}." if failed else "")
        + " From safe to risky debt, AAA less Treasury at ten years goes from "
        f"{wedge['aaa', 'safe']:.0f} to {wedge['aaa', 'risky']:.0f} bp and foreign "
        f"less Treasury from {wedge['foreign', 'safe']:+.0f} to "
        f"{wedge['foreign', 'risky']:+.0f} bp, at three months from {bill[0]:+.0f} to "
        f"{bill[1]:+.0f} bp. The loss costs the government "
        f"{cost(findings, 'lost_flow', LOST):.2f}% of GDP a year, "
        f"{cost(findings, 'lost_share', LOST):.0f}% of the value of its debt."
    )


_AGREES = {
    Verdict.DELIVERED: "agrees",
    Verdict.CONTRADICTED: "disagrees",
    Verdict.ZERO: "cannot tell",
    Verdict.TOO_IMPRECISE: "cannot tell",
    None: "is silent",
}


def _record(findings: Findings, claims: Mapping[str, Claim]) -> str:
    said = {
        key: _AGREES[claims[key].data.verdict()]
        for key in ("aaa_change", "tilt_to_bills", "foreign_until_2020")
    }
    early, later = (
        shipped_mean(findings, "foreign", "5y", era) for era in (BEFORE, LATER)
    )
    raw = {era: shipped_mean(findings, "aaa", "10y", era)[0] for era in (LATER, RECENT)}
    return (
        f"On the direction the record {said['aaa_change']} (AAA less Treasury) and "
        f"{said['tilt_to_bills']} (the tilt to bills), on a break in 2020 it "
        f"{said['foreign_until_2020']}: the five-year Treasury premium was "
        f"{early[0]:+.0f} bp on average in {BEFORE} and {later[0]:+.0f} bp (standard "
        f"error {later[1]:.1f}) in {LATER}, and its series ends in August 2020. AAA "
        f"less ten-year Treasury went from {raw[LATER]:.0f} bp in {LATER} to "
        f"{raw[RECENT]:.0f} bp in {RECENT}, but levels are not comparable with the "
        "model's: the record has default and call risk and bonds of twenty years and "
        "more, the model none of them."
    )


def _opportunity(findings: Findings, claim: Claim) -> str:
    def both(source: str, name: str) -> float:
        return slope_of(findings, source, "both", name)

    chosen = findings.extra["liquidity_rate"]
    rate = slope_at(findings, "safe", "opportunity cost")
    share = {
        c: 100 * slope_of(findings, "safe", "variance", c)
        for c in ("supply", "opportunity cost", "stress")
    }
    sign = (
        " (the sign of the first is that of stress, which lowers rates and raises the "
        "price of safety)"
        if both("safe", "rate") < 0
        else ""
    )
    asked = (
        f"; the record asks for about {chosen * both('data', 'rate') / rate:.0f} at "
        "the same price of liquidity"
        if rate > 0
        else ""
    )
    return (
        f"{claim.supported()}: the channel of opportunity cost. In the record of "
        "commercial paper less bills a point of the bill rate is worth "
        f"{both('data', 'rate'):.1f} bp and a log point of debt "
        f"{both('data', 'log_debt'):.0f} bp when both stand in the regression; in data "
        f"simulated from the safe economy {both('safe', 'rate'):.1f} and "
        f"{both('safe', 'log_debt'):.0f} bp{sign}. The calibration's {rate:.2f} bp per "
        f"point comes from `liquidity_rate` = {chosen:g}, which was chosen{asked}. Of "
        "the variance of the bill's convenience in the safe economy, supply alone "
        f"makes {share['supply']:.0f}%, the rate alone "
        f"{share['opportunity cost']:.0f}% and stress alone {share['stress']:.0f}%."
    )


def _cost(findings: Findings) -> str:
    def lost(what: str, case: str) -> float:
        return cost(findings, what, case)

    return (
        "What a loss costs is read from the safe economy's own policies with the "
        "safety services of risky debt (long Treasurys "
        f"{findings.extra['levels']['safety_long']:g} of a unit, chosen): rates, "
        "inflation and debt stay as they are, the flow of services and its present "
        f"value fall, by {lost('lost_flow', LOST):.3f}% of GDP a year and "
        f"{lost('lost_share', LOST):.1f}% of the value of debt. The value is the "
        "ledger's claim to convenience. Solved again with these services the economy "
        f"loses {lost('lost_flow', AGAIN):.3f}% of GDP a year and its taxes rise by "
        f"{lost('tax_rise', AGAIN):.3f}% of GDP. The present value is large because "
        "the growth-adjusted discount rate is small. Where regimes switch, each "
        "regime's value knows that it may end. Bills are bonds in their last quarter: "
        "one year of maturity is three quarters of a long bond."
    )


FILE = (
    "Spreads net of default insurance and the Treasury premium after August 2020 are "
    "not among the data. `--set file=FILE.csv` takes your own: a column DATE "
    "(YYYY-MM-DD) and columns such as `aaa_cds_10y`, `aaa_10y`, `foreign_5y` or "
    "`paper_3m` in basis points, positive where Treasurys are dear; an error names row "
    "and column. Its means join the table of eras and judge the claims that have no "
    "shipped number."
)
