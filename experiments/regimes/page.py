"""The regime table on a page: predictions, claims behind the debt, parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...calibration.economies.drivers import LEAD, SAME
from ...calibration.economies.regimes import regime_name
from ...calibration.matching.equivalence import load_evidence
from ...calibration.record.bills import announced
from ..claims import Claim
from ..goals import DELIVERED, GOALS, MISSED
from ..predictions import tally_sentences, wide
from ..report import labels
from ..report.cells import Formula, Named, Number, cell_frame
from ..report.page import Figure, Section, Table, Text
from ..report.regime_table import regime_frame
from ..report.results import ExperimentResult, filled
from ..study import Findings
from ..tables import records
from .figure import banded, draw

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, Any]

_MEANING = (
    "**Safe debt**: taxes follow spending and the central bank leads, so taxpayers "
    "bear the risk of government spending. **Risky debt**: the central bank follows, "
    "promises to tax are not all kept in a disaster, and news of spending is stress; "
    "bondholders bear what is not kept through inflation and the price of their bonds."
)
_SWITCHING = "**Switching**: one economy that moves between the two, priced as such."
_NOTE = (
    "± is the distance to the next coarser grid. A verdict compares the number with "
    "what the model claims, over all of its bound: ✓ delivered, ✕ contradicted, ○ zero "
    "(a response is claimed and is too small to count), ? too imprecise; without a "
    "verdict nothing is claimed. A verdict in brackets does not count: a parameter was "
    "chosen for the number, or it is true by construction. A band is the range judged "
    "from the record. *Persistent spending* is news of one more percent "
    "of GDP that fades slowly, a *one-time transfer* is 1% of annual GDP, *stress* is "
    "a rise of disaster risk; *bp per pp* is per percentage point of debt over GDP. "
    "News is certain, but for a *score*, the estimate of such a bill: what it moves is "
    f"{100 * announced().ordinary:.0f}% of what a law does, chance of passage times "
    f"trust in the estimate, and {100 * announced().emergency:.0f}% for an emergency, "
    "which nobody promises to repay. "
    "The band of convenience yields is about debt that lasts, so the ten-year response "
    "to a transfer, which is repaid, has none. Responses are measured at each regime's "
    "own resting point, betas and correlations in samples without disasters. Point at "
    "a name for its name in regimes.json."
)


_CAPTION = (
    "Where each number lies in its band, the range judged from the record: filled "
    "inside, open outside, a triangle where it is farther outside than the band is "
    "wide. Every band has its own scale; numbers and bands stand on the right."
)
_ALT = (
    "A row per number with a band; in it a round marker for safe debt, a square one "
    "for risky debt, against the shaded band."
)
_DRIVER = "driven by: {}"
_DRIVER_NOTE = (
    "*Driven by* says, for risky debt, the piece of policy without which the number "
    f"differs by half or more; *{LEAD}* means that no piece alone is it, *{SAME}* that "
    "safe debt has nearly the same (each economy solved again without the piece, "
    "coarse grid; drivers.csv)."
)
_SAMPLES = {"without": "Samples without disasters", "with": "Samples with disasters"}
# The identity from top to bottom: three claims, what they leave, and their sum.
_DISASTER_UNITS = ("percent", "percent", *2 * ("basis points",), "percent")
_SIGNS = {"tax": "", "spending": "less ", "convenience": "plus "}
_LEFT = "residual"
_ROWS = (*_SIGNS, _LEFT, "debt", "output")
_VALUE, _RATIO = "ratio to annual output", "ratio"
_HEADINGS = ("value", "beta", "part of β(D)")
_CLAIMS_NOTE = (
    "A beta is the slope of the gain on a claim, its payoff less its price with "
    "riskless interest, on the excess return of equity, over the claim's mean value; "
    "Monte Carlo standard errors in brackets. Gains add up, hence D β(D) = V(T) β(T) − "
    "V(G) β(G) + V(C) β(C) for debt D, taxes T, spending G and convenience services C: "
    "the parts are the terms on the right over D, and the residual is what they leave "
    "of β(D). Values are means in multiples of annual output, after the "
    "quarter's payment; output is shown for comparison."
)
_SLOPES_NOTE = (
    "Basis points a year per percentage point of debt over annual output, standard "
    "errors in brackets. Debt is a present value that no shock moves alone: these are "
    "what a regression finds in long samples without disasters, whatever moved both."
)


def lead(rows: Sequence[Record]) -> str:
    """What the regimes mean, and how many claims and bands are met."""
    switching = any(r["economy"] != r["regime"] for r in rows)
    meaning = [_MEANING, *([_SWITCHING] if switching else [])]
    return " ".join([*meaning, tally_sentences(rows, "**")])


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written; the table judges its own rows."""
    import pandas as pd

    rows = {name: records(data) for name, data in findings.data.items()}
    note = (
        "Responses are measured at each regime's own resting point (ergodic mean); "
        "betas and correlations in samples without disasters."
    )
    return ExperimentResult(
        tables={
            "regimes": wide(rows["regimes"]),
            "claims": filled(rows["claims"]),
            "debt_slopes": pd.DataFrame(rows["debt_slopes"]).drop(columns="unit"),
            **({"drivers": filled(rows["drivers"])} if "drivers" in rows else {}),
            "parameters": findings.extra["differences"],
            "disasters": filled(rows["disasters"]),
            "goals": filled(rows["goals"]),
        },
        records=rows,
        figures=({"regimes": draw(rows["regimes"])} if banded(rows["regimes"]) else {}),
        notes=[f"{tally_sentences(rows['regimes'])} {note}", goal_note(rows["goals"])],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: the table, the notes, claims, slopes, parameters."""
    import pandas as pd

    rows = result.records["regimes"]
    frame, groups = regime_frame(rows)
    note = _NOTE
    if "drivers" in result.records:
        words = {r["quantity"]: r["driven_by"] for r in result.records["drivers"]}
        named = [
            replace(n, detail=_DRIVER.format(words[n.code])) if words.get(n.code) else n
            for n in frame.index
        ]
        frame.index = pd.Index(named, name=frame.index.name, dtype=object)
        note = f"{_NOTE} {_DRIVER_NOTE}"
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        Table(
            frame,
            "What each model predicts, as computed",
            groups=groups,
            note=note,
            first=True,
        ),
        *(Text(note) for note in result.notes[1:]),
    ]
    if "goals" in result.records:
        blocks.append(goals_table(result.records["goals"]))
    if "claims" in result.records:
        blocks.append(claims_table(result.records["claims"]))
    if "disasters" in result.records:
        blocks.append(disasters_table(result.records["disasters"]))
    if "debt_slopes" in result.records:
        blocks.append(slopes_table(result.records["debt_slopes"]))
    if "parameters" in result.tables:
        blocks.append(differences(result.tables["parameters"]))
    return Section("The regime table", lead(rows), blocks)


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

    model = core_economy(("safe", "risky"), redistribution=True)
    rows = parameter_table(model)
    return {r["name"]: labels.capital(r["description"]) for r in rows}


def _columns(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Every regime of the records: economy and name of the regime."""
    return list(dict.fromkeys((r["economy"], r["regime"]) for r in records))


def _heading(economy: str, regime: str) -> str:
    return labels.column(regime_name(economy, regime))


def _with_error(value: float, error: float, unit: str) -> Number:
    places = labels.decimals(value, unit)
    return Number(
        labels.fixed(value, unit, places), f"({labels.fixed(error, unit, places)})"
    )


def _part(value: float) -> Number:
    # Parts are printed alike, so that a reader can add them up.
    return Number(labels.fixed(value, _RATIO, 3))


def claims_table(records: Sequence[Record]) -> Table:
    """Values, betas and parts of debt's beta by claim, both samples; folded away."""
    found = {
        (r["disasters"], r["claim"], r["economy"], r["regime"]): r for r in records
    }
    samples = [s for s in _SAMPLES if any(r["disasters"] == s for r in records)]
    rows = [(sample, claim) for sample in samples for claim in _ROWS]
    columns: dict[tuple[str, str], list[Any]] = {}
    for regime in _columns(records):
        # The residual is written beside the debt that it belongs to.
        own = [
            (found.get((s, "debt" if c == _LEFT else c, *regime)), c) for s, c in rows
        ]
        for heading, cells in zip(
            _HEADINGS, zip(*(_cells(r, c) for r, c in own), strict=True), strict=True
        ):
            columns[_heading(*regime), heading] = list(cells)
    return Table(
        cell_frame(columns, [_name(claim) for _, claim in rows], "Claim"),
        "The claims behind the debt: values, betas, and the beta of debt as their sum",
        groups=[_SAMPLES[sample] for sample, _ in rows],
        note=_CLAIMS_NOTE,
        collapsed=True,
    )


def disasters_table(records: Sequence[Record]) -> Table:
    """What a disaster does by regime, and what bond prices say of it."""
    import pandas as pd

    columns = {
        "portfolio_loss": "All Treasurys, real value lost",
        "price_level": "Price level",
        "yield_10y": "10-year yield",
        "yield_3m": "3-month yield",
        "equity": "Equity, real value",
    }
    lines = [
        {
            heading: Number(labels.with_unit(labels.number(r[k], unit), unit))
            for (k, heading), unit in zip(columns.items(), _DISASTER_UNITS, strict=True)
        }
        for r in records
    ]
    names = [_heading(r["economy"], r["regime"]) for r in records]
    first = columns["portfolio_loss"]
    for row in load_evidence():
        if row.quantity == "disaster_portfolio_loss":
            text = labels.number(row.value, "percent")
            lines.append({first: Number(labels.with_unit(text, "percent"))})
            names.append(f"Record, {row.era}")
    shown = pd.DataFrame(lines, dtype=object)
    shown = shown.where(shown.notna(), "")
    shown.index = pd.Index(names, name="In the quarter of a disaster", dtype=object)
    return Table(
        shown,
        "What a disaster does, by regime",
        note="Against a quarter without one, from rest, payments included. Record: "
        "what a disaster takes, as bond prices say (Miller, Paron and Wachter, NBER "
        "34021).",
        collapsed=True,
    )


def goal_note(records: Sequence[Record]) -> str:
    """How many goals are delivered, and by name those that are not."""
    asked = [r for r in records if r["verdict"]]
    met = sum(r["verdict"] == DELIVERED for r in asked)
    texts = {
        word: "; ".join(_goal_words(r) for r in asked if r["verdict"] == word)
        for word in dict.fromkeys(r["verdict"] for r in asked)
        if word != DELIVERED
    }
    rest = " ".join(f"{labels.capital(w)}: {text}." for w, text in texts.items())
    return f"{met} of {len(asked)} goals judged from the record are delivered. {rest}"


def _goal_words(record: Record) -> str:
    label = labels.inside(_GOAL_LABELS[record["goal"]])
    return f"{record['economy']} debt, {label} {_goal_value(record)} ({_range(record)})"


def _goal_value(record: Record) -> str:
    unit, value = record["unit"], record["value"]
    bound = labels.fixed(record["bound"], unit, labels.decimals(value, unit))
    return labels.with_unit(f"{labels.number(value, unit)} ± {bound}", unit)


def _range(record: Record) -> str:
    """The range of a goal in the unit of its number: "4 to 9", "above 0"."""
    scale = labels.unit(record["unit"]).scale
    low, high = (
        None if record[k] is None else f"{scale * record[k]:g}".replace("-", "−")
        for k in ("low", "high")
    )
    if low is None:
        return f"below {high}" if high is not None else ""
    return f"above {low}" if high is None else f"{low} to {high}"


_GOAL_LABELS = {g.name: g.label for g in GOALS}
_GOAL_KINDS = {DELIVERED: "delivered", MISSED: "contradicted"}


def goals_table(records: Sequence[Record]) -> Table:
    """Goals beside what ships and what the record says, by economy."""
    found = {(r["goal"], r["economy"]): r for r in records}
    economies = list(dict.fromkeys(r["economy"] for r in records))
    names = list(dict.fromkeys(r["goal"] for r in records))
    columns: dict[tuple[str, str], list[Any]] = {}
    for economy in economies:
        own = [found.get((n, economy)) for n in names]
        head = labels.column(economy)
        columns[head, "ships"] = [_goal_cell(r) for r in own]
        columns[head, "goal"] = ["" if r is None else _range(r) for r in own]
        columns[head, "record"] = [_goal_evidence(r) for r in own]
    left = [Named(labels.capital(_GOAL_LABELS[n]), n) for n in names]
    return Table(
        cell_frame(columns, left, "Number"),
        "What each kind of debt should deliver, what ships, and what the record says",
        note="± is the distance to the next coarser grid; a goal is delivered where "
        "the number lies in its range over all of it. Record: standard errors in "
        "brackets, where they are known. *Certain* news is a law; a *score* is worth "
        "chance of passage times gain of it. What mechanisms would do for goals that "
        "are not delivered, and what they cost: `fiscax run open-problems`, "
        "`fiscax run frontier`.",
    )


def _goal_cell(record: Record | None) -> Number | None:
    if record is None:
        return None
    word = record["verdict"]
    if not word:
        return Number(_goal_value(record))
    kind = _GOAL_KINDS.get(word, "zero")
    return Number(_goal_value(record), label=word, mark=kind)


def _goal_evidence(record: Record | None) -> Number | None:
    if record is None or record["evidence"] is None:
        return None
    unit, value, error = record["unit"], record["evidence"], record["evidence_error"]
    places = labels.decimals(value, unit)
    small = "" if error is None else f"({labels.fixed(error, unit, places)})"
    return Number(labels.fixed(value, unit, places), small)


def _name(claim: str) -> Named:
    if claim == _LEFT:
        return Named("Residual of the identity", "identity_residual")
    label = labels.claimed(claim)
    sign = _SIGNS.get(claim, "")
    return Named(sign.capitalize() + (label.lower() if sign else label), claim)


def _cells(record: Record | None, claim: str) -> tuple[Number | None, ...]:
    """Value, beta and part of debt's beta; debt's part is the whole."""
    if record is None:
        return None, None, None
    if claim == _LEFT:
        left = record["identity_residual"]
        return None, None, None if left is None else Number(labels.small(left, _RATIO))
    beta = record["beta"]
    part = beta if claim == "debt" else record["adds_to_beta_of_debt"]
    return (
        Number(labels.number(record["value"], _VALUE)),
        _with_error(beta, record["monte_carlo_error"], _RATIO),
        None if part is None else _part(part),
    )


def slopes_table(records: Sequence[Record]) -> Table:
    """Slopes of rates on debt with their standard errors; folded away."""
    import pandas as pd

    names = list(dict.fromkeys(r["quantity"] for r in records))
    found = {(r["quantity"], r["economy"], r["regime"]): r for r in records}
    columns = {
        _heading(*regime): [_slope(found.get((name, *regime))) for name in names]
        for regime in _columns(records)
    }
    index = pd.Index(
        [Named(labels.quantity(name), name) for name in names],
        name="Rate",
        dtype=object,
    )
    return Table(
        pd.DataFrame(columns, index=index, dtype=object),
        "Rates regressed on debt in simulated data",
        note=_SLOPES_NOTE,
        collapsed=True,
    )


def _slope(record: Record | None) -> Number | None:
    if record is None:
        return None
    return _with_error(record["slope"], record["standard_error"], record["unit"])
