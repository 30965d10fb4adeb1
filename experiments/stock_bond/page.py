"""What is written, drawn and said about stocks and bonds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..claims import Claim, Verdict, by_key, slide_records, tally_sentence
from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, pick, records
from . import STUDY, figure
from .claims import AFTER, BEFORE, FREQUENCIES, LATE, fact, model
from .study import BACKED, CALM, OPEN, SHIPPED

Rows = Sequence[dict[str, Any]]
_CAPTION = (
    "Above: 252-day correlation at the end of every month, and that of days drawn from "
    "the core economies. Below: quarterly correlation by tenor, the ten-year one by "
    "frequency, both with two standard errors of the record, and what every shock adds "
    "to the models'."
)
_ALT = (
    "A wide panel over time: the actual correlation as a line, the models' as a band. "
    "Three panels below: lines of safe and risky debt with marks of the record by "
    "tenor and by frequency, and bars by shock."
)
_TENORS = ("2y", "5y", "10y", "30y")
_QUANTITIES = {"correlation": "Correlation", "beta": "Beta"}
_RETURNS = {
    "surprises": "surprises (days, months, quarters)",
    "quarterly": "quarterly returns",
}


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    rows = {name: records(data) for name, data in findings.data.items()}
    return ExperimentResult(
        tables={name: frame(data) for name, data in findings.data.items()},
        records={**rows, **slide_records(STUDY.name, judged)},
        figures={"stock_bond": figure.draw(findings)},
        notes=notes(findings, judged),
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, models, record, falls, shocks, switches."""
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
    return Section(STUDY.question, lead, blocks, short="Stocks and bonds")


def signed(value: float, error: float | None = None, below: str = "") -> Number:
    """Two decimals with a sign; the error in small print."""
    small = "" if error is None else f"({error:.2f})"
    return Number(labels.fixed(value, "ratio", 2, plus=True), small, below)


def _models(rows: Rows) -> Table:
    import pandas as pd

    keys = list(dict.fromkeys((r["returns"], r["regime"]) for r in rows))
    cells = {(r["returns"], r["regime"], r["tenor"]): r for r in rows}
    columns = {
        (text, tenor): [
            signed(cells[*key, tenor][name], cells[*key, tenor][f"{name}_error"])
            for key in keys
        ]
        for name, text in _QUANTITIES.items()
        for tenor in _TENORS
    }
    data = pd.DataFrame(columns, dtype=object)
    names = [labels.column(regime) for _, regime in keys]
    data.index = pd.Index(names, name="Regime", dtype=object)
    return Table(
        data,
        "Treasurys with stocks in the models, by tenor (Monte Carlo errors)",
        groups=[labels.capital(_RETURNS[kind]) for kind, _ in keys],
        note="No disasters. In a regime that may end, quarterly returns hold the "
        "quarters in which it does; surprises do not. Sticky: supply is safe debt with "
        "supply shocks and the rule of the 1980s.",
    )


def _record(rows: Rows) -> Table:
    import pandas as pd

    kept = [r for r in rows if r["quantity"] in _QUANTITIES]
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
    data = pd.DataFrame(columns, dtype=object)
    data.index = pd.Index([labels.era(e) for _, e in keys], name="Era", dtype=object)
    return Table(
        data,
        "The record by frequency and era (Newey-West standard errors)",
        groups=[labels.capital(f) for f, _ in keys],
        note="Constant-maturity par bonds; excess returns of months and quarters, "
        "changes of value on days. Two-year yields start in 1976, thirty-year ones in "
        "1977; the sample ends in August 2026 (days of five years in July).",
    )


def _falls(found: Mapping[str, Rows]) -> Table:
    import pandas as pd

    lines, names, groups = [], [], []
    facts = {
        (r["quantity"], r["frequency"], r["era"]): r
        for r in found["stock_bond_data"]
        if r["tenor"] == "10y"
    }
    for quantity, frequency, era in facts:
        if quantity != "bond_in_falls_sd":
            continue
        mean, share = (
            facts[q, frequency, era] for q in (quantity, "share_rising_in_falls")
        )
        lines.append(
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
        lines.append(
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
    data = pd.DataFrame(lines, columns=columns, dtype=object)
    data.index = pd.Index(names, name="Sample", dtype=object)
    return Table(
        data,
        "Ten-year Treasurys when stocks fell by one and a half standard deviations",
        units={"Mean return": "standard deviations", "In a disaster": "log percent"},
        groups=groups,
        note="Samples with fewer than twelve falls are left out. In a disaster: "
        "unexpected return of a zero-coupon bond over the quarter.",
    )


def _shocks(rows: Rows) -> Table:
    import pandas as pd

    regimes = list(dict.fromkeys(r["regime"] for r in rows))
    names = dict.fromkeys(r["name"] for r in rows)
    cells = {(r["name"], r["regime"]): r for r in rows}

    def number(name: str, regime: str) -> Number | None:
        row = cells.get((name, regime))
        if row is None:
            return None
        left = labels.fixed(row["correlation_without"], "ratio", 2, plus=True)
        return signed(row["part"], None, f"{left} without")

    columns = {labels.column(g): [number(n, g) for n in names] for g in regimes}
    data = pd.DataFrame(columns, dtype=object)
    data.index = pd.Index(
        [labels.capital(n) for n in names], name="Shock", dtype=object
    )
    return Table(
        data,
        "What every shock adds to the ten-year correlation of surprises",
        note="Parts add up to the correlation. Below: the correlation that is left "
        "when the shock is switched off and everything else stays as it is.",
    )


def _switches(rows: Rows) -> Table:
    import pandas as pd

    columns = {
        text: [signed(r[name]) for r in rows] for name, text in _QUANTITIES.items()
    }
    data = pd.DataFrame(columns, dtype=object)
    names = [r["switch"] for r in rows]
    data.index = pd.Index(names, name="Switch", dtype=object)
    return Table(
        data,
        "Mechanisms switched off, economies solved again",
        groups=[labels.column(r["economy"].replace("_", ": ")) for r in rows],
        note="Ten years, surprises; sticky prices at first order.",
    )


def notes(findings: Findings, judged: Sequence[Claim]) -> list[str]:
    """Sentences of the section, the verdict first."""
    claims = by_key(judged)
    return [
        _lead(findings, claims),
        _rolling(findings, claims["falls"]),
        _caution(findings),
        HOW,
    ]


def _lead(findings: Findings, claims: Mapping[str, Claim]) -> str:
    failed = [labels.words(key) for key, claim in claims.items() if claim.failed()]
    own = {r: model(findings, "correlation", r, "quarterly") for r in ("safe", "risky")}
    flipped = [
        f
        for f in FREQUENCIES
        if all(
            claims[f"{way}_{f}"].data.verdict() == Verdict.DELIVERED
            for way in ("apart", "together")
        )
    ]
    at = {
        len(FREQUENCIES): "at every frequency",
        0: "beyond its error at no frequency",
    }.get(len(flipped), f"beyond its error in {' and '.join(flipped)} returns only")
    data = {
        f: [fact(findings, "correlation", f, e)["value"] for e in (BEFORE, AFTER, LATE)]
        for f in FREQUENCIES
    }
    found = "; ".join(
        f"{f} {a:+.2f}, {b:+.2f} and {c:+.2f}" for f, (a, b, c) in data.items()
    )
    return (
        tally_sentence(c.overall() for c in claims.values())
        + (f" Failed: {', '.join(failed)}." if failed else "")
        + " Quarterly returns of stocks and ten-year Treasurys correlate by "
        f"{own['safe']:+.2f} with safe and {own['risky']:+.2f} with risky debt. In the "
        f"record the sign flipped in 2020 {at}: correlations in {BEFORE}, since 2020 "
        f"and since 2022 are {found}."
    )


def inside_band(findings: Findings, start: str, end: str) -> float:
    """Share of months from ``start`` to before ``end`` in the models' 90% band."""
    own = findings["stock_bond_rolling_model"]
    years = own["year"].to_numpy()
    months = [
        r
        for r in records(findings["stock_bond_rolling_data"])
        if start <= r["month"] < end
    ]
    at = np.array([int(r["month"][:4]) + int(r["month"][5:]) / 12 for r in months])
    actual = np.array([r["correlation"] for r in months])
    low, high = (np.interp(at, years, own[q].to_numpy()) for q in ("q05", "q95"))
    return float(np.mean((actual >= low) & (actual <= high)))


def _rolling(findings: Findings, falls: Claim) -> str:
    spans = (("1990", "1998"), ("1998", "2020"), ("2020", "2027"))
    first, second, third = (100 * inside_band(findings, *span) for span in spans)
    rising = [
        fact(findings, "share_rising_in_falls", "daily", e)["value"]
        for e in (BEFORE, LATE)
    ]
    early = fact(findings, "correlation", "daily", "1962-1997")["value"]
    safety = {
        Verdict.DELIVERED: "reversed",
        Verdict.CONTRADICTED: "still there",
        Verdict.ZERO: "absent rather than reversed",
        Verdict.TOO_IMPRECISE: "too imprecise to be called absent or reversed",
        None: "not measured",
    }[falls.data.verdict()]
    return (
        "Of the actual 252-day correlations at months' ends "
        f"{second:.0f}% of 1998-2019 and {third:.0f}% since 2020 lie in the models' "
        "90% band with a change of regime on a day between January 2020 and December "
        f"2022 (chosen), and {first:.0f}% of 1990-1997; from 1962 to 1997 the daily "
        f"correlation was {early:+.2f}. The band is narrow because a regime's "
        "covariance is constant in it. On days on which stocks fell by one and a half "
        "standard deviations or more, ten-year Treasurys rose in "
        f"{100 * rising[0]:.0f}% of cases in {BEFORE} and in {100 * rising[1]:.0f}% "
        f"since 2022: the flight to safety is {safety}."
    )


def _caution(findings: Findings) -> str:
    def left(economy: str, switch: str) -> float:
        where = {"economy": economy, "switch": switch}
        return pick(findings["stock_bond_switches"], "correlation", **where)

    rival = model(findings, "correlation", "sticky: supply", "daily")
    backed, shipped = left("risky", BACKED), left("risky", SHIPPED)
    source = (
        "The sign does not come from unbacked spending: risky"
        if backed > shipped / 2 > 0
        else "Risky"
    )
    necessary = (
        "A positive correlation does not tell risky debt from safe debt with supply "
        f"shocks and the rule of the 1980s (sticky prices), which has {rival:+.2f}. "
        if rival > 0
        else "Safe debt with supply shocks and the rule of the 1980s (sticky prices) "
        f"has {rival:+.2f}. "
    )
    return (
        f"{necessary}{source} debt whose spending is fully backed, promises kept, "
        f"(theta = 1) has {backed:+.2f} in place of {shipped:+.2f}; the price level, "
        "not taxes, answers to stress and news of growth. Without convenience in "
        f"stress safe debt has {left('safe', CALM):+.2f} in place of "
        f"{left('safe', SHIPPED):+.2f}, and with sticky prices risky debt without "
        "exposure to shadow rules "
        f"{left('sticky_risky', OPEN):+.2f} in place of "
        f"{left('sticky_risky', SHIPPED):+.2f}.{_switching(findings)}"
    )


def _switching(findings: Findings) -> str:
    """The risky regime of the economy that switches, where it was solved."""
    name = "switching: risky"
    if name not in findings["stock_bond"]["regime"].to_numpy():
        return ""
    quarterly = model(findings, "correlation", name, "quarterly")
    short = model(findings, "correlation", name, "daily", "2y")
    return (
        " Where regimes switch, and agents know it, the risky one has "
        f"{quarterly:+.2f} in quarterly returns and {short:+.2f} in surprises at two "
        "years."
    )


HOW = (
    "The models count in quarters. Surprises are unexpected returns of zero-coupon "
    "bonds and of equity at a regime's resting point; if news arrives evenly their "
    "correlation and beta are the same for days, months and quarters, and that is what "
    "stands beside the record's days and months. The models say nothing about how "
    "trading within a quarter differs from that. Quarterly numbers are those of "
    "simulated excess returns of par bonds, as in the record. No sample holds a "
    "disaster; those stand in a table of their own. A fall is a return more than one "
    "and a half standard deviations below the mean of its sample (chosen)."
)
