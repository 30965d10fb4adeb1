"""What the index says: sentences with its numbers, tables, the section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...calibration.matching.pairs import SOURCES
from ...calibration.matching.regime_evidence import MONTHS
from ...calibration.matching.regime_index import REGIMES, settings
from ...calibration.record.observables import OBSERVABLES
from ..claims import Claim, by_key, slide_records
from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records, rows
from . import STUDY, laws
from .claims import HALF
from .figure import draw
from .study import READING_LABELS, gain, items, sources_of

_CAPTION = (
    "First and second panel: probability that Treasurys are priced as risky, given "
    "data up to the month, from stocks and the ten-year yield alone, and from nine "
    "observables jointly. Third: probability that laws do not answer projected debt, "
    "given CBO's baselines up to the half-year. Fourth: the reduction of the deficit "
    "that a half-year's laws enact per point of projected change of debt."
)
_WORLDS = {
    "safe": "safe debt",
    "risky": "risky debt",
    "supply": "safe debt, supply shocks",
}
_ERAS = ("1962-1997", "1998-2019", "2020-present", "2022-present")


# Tables by the name of their files; those of JSON are these less the months.
_TABLES = (
    "regime_index",
    "regime_index_facts",
    "regime_index_dated",
    "regime_index_worlds",
    "legislation_response",
    "legislation_rolling",
    "legislation_facts",
    "legislation_models",
    "regimes_at_events",
)
# Eras of the lead; a user's record may lack some.
_SAID = {
    "1962-1997": "in 1962–1997",
    "1998-2019": "in 1998–2019",
    "2022-present": "since 2022",
}
_CONTESTED = "1998-2019"


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    return ExperimentResult(
        tables={name: frame(findings[name]) for name in _TABLES},
        records={
            **{name: records(findings[name]) for name in _TABLES[1:]},
            **slide_records(STUDY.name, judged),
        },
        figures={"regime_index": draw(findings)},
        notes=notes(findings, judged),
        quantities=dict(findings.quantities),
        data_vintage=findings.data_vintage,
    )


def notes(findings: Findings, judged: Sequence[Claim]) -> list[str]:
    """What the section says in words, with its numbers."""
    claims = by_key(judged)
    return [
        _lead(findings),
        _joint(findings, claims["safe_before_2020_joint"]),
        _rival(findings),
        _how(),
        _origin(findings),
        *laws.notes(findings, claims),
    ]


def _lead(findings: Findings) -> str:
    facts = findings["regime_index_facts"]
    source = sources_of(facts)[0]

    def means(reading: str) -> str:
        found = items(facts, source, reading, "mean")
        return ", ".join(
            f"{found[era]:.2f} {when}" for era, when in _SAID.items() if era in found
        )

    parts = [
        f"{words}: {means(reading)} (gain over the better fixed regime "
        f"{gain(facts, source, reading):.1f} log points)"
        for reading, words in READING_LABELS.items()
    ]
    return (
        "Mean probability that Treasurys are priced as risky, economies with "
        f"{SOURCES[source]}; {'; '.join(parts)}."
    )


def _joint(findings: Findings, claim: Claim) -> str:
    """What all observables say of the years that the talk calls safe."""
    facts = findings["regime_index_facts"]
    evidence = items(facts, sources_of(facts)[0], "joint", "evidence")
    shares = {
        key.split(":")[1]: value
        for key, value in evidence.items()
        if key.startswith(_CONTESTED)
    }
    largest = max(shares, key=lambda n: abs(shares[n]))
    total = sum(shares.values())
    elsewhere = (
        " The moves of the curve decide it, which neither economy is made to meet: the "
        "joint reading says more about that than about who bears fiscal risk."
        if largest != "equity"
        else ""
    )
    return (
        f"{claim.sentence}. Verdict: {claim.overall()}. Evidence for risky debt in "
        f"{_CONTESTED} is {total:+.0f} log points, {shares[largest]:+.0f} of them from "
        f"the {labels.quantity(largest).lower()}, {shares['equity']:+.0f} from stocks."
        f"{elsewhere}"
    )


def _rival(findings: Findings) -> str:
    """Whether comovement alone would tell supply shocks from risky debt."""
    own = rows(findings["regime_index_worlds"], reading="stocks", world="supply")
    called = [r["mean_probability"] for r in own]
    lead = (
        "A positive comovement is not proof: in"
        if min(called) > HALF
        else "What a positive comovement proves: in"
    )
    return (
        f"{lead} a simulated world of safe debt with supply shocks the reading from "
        "stocks calls debt risky with probability "
        f"{' and '.join(f'{v:.2f}' for v in called)} on average."
    )


def _how() -> str:
    window = settings()["trailing_window"]["value"]
    return (
        "Moves are from month-end to month-end, each over its own root mean square of "
        f"the {window} months before. An economy says which of them go together: its "
        "impact matrix, with its calibrated shocks, is mixed with the record's own "
        "correlations, in which stocks are left uncorrelated with everything. Mixing "
        "weight, tails and the chain are common to both regimes. *Filtered* uses data "
        "up to the month, *in real time* parameters from earlier years alone too. The "
        "ACM term premium is estimated on the whole sample by its authors, in every "
        "column."
    )


def _origin(findings: Findings) -> str:
    data, absent = findings.extra["data"], findings.extra["absent"]
    if data is not None:
        return f"Computed from {data}. Series that are absent: " + (
            f"{'; '.join(absent) or 'none'}."
        )
    return (
        "Probabilities are those that ship with fiscax, computed by this command from "
        f"the US record {findings.data_vintage}; the series are not shipped. "
        "`fiscax run regime-index --set data=DIR` computes them from a folder."
    )


def section(result: ExperimentResult) -> Section:
    """Figure, dated months, evidence, comovement, known worlds."""
    lead, *more = result.notes
    facts = result.records["regime_index_facts"]
    blocks = [
        *(Figure(f, _CAPTION, _alt(facts)) for f in result.figures.values()),
        _dated(result.records["regime_index_dated"]),
        *(Text(n) for n in more[:2]),
        _evidence(facts),
        _comovement(facts),
        _worlds(result.records["regime_index_worlds"]),
        _gains(facts),
        *laws.blocks(result.records, more[4:]),
        *(Text(n) for n in more[2:4]),
    ]
    return Section(STUDY.question, lead, blocks, short="Regime index")


def _alt(facts: Sequence[dict[str, Any]]) -> str:
    """What the two panels show, by source and era."""
    said = []
    for reading, words in READING_LABELS.items():
        for source in dict.fromkeys(r["source"] for r in facts):
            found = {
                r["item"]: r["value"]
                for r in facts
                if (r["source"], r["reading"], r["quantity"])
                == (source, reading, "mean")
            }
            parts = [f"{found[e]:.2f} {w}" for e, w in _SAID.items() if e in found]
            said.append(f"{words}, {SOURCES[source]}: on average {', '.join(parts)}")
    return (
        "Two panels of monthly probabilities from prices, one of half-yearly "
        "probabilities from laws, one of rolling responses of laws. "
        f"{labels.capital('; '.join(said))}."
    )


def _p(value: float | None) -> Number | str:
    return "" if value is None else Number(f"{value:.2f}")


def _dated(records: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    found = {(r["source"], r["reading"], r["month"]): r for r in records}
    months = list(dict.fromkeys(r["month"] for r in records))
    columns: dict[Any, list[Any]] = {}
    for source in dict.fromkeys(r["source"] for r in records):
        for reading in READING_LABELS:
            rows = [found[source, reading, m] for m in months]
            head = f"{labels.capital(SOURCES[source])}: {reading}"
            columns[head, "filtered"] = [
                Number(
                    f"{r['filtered']:.2f}", below=f"[{r['low']:.2f}, {r['high']:.2f}]"
                )
                for r in rows
            ]
            columns[head, "real time"] = [_p(r["real_time"]) for r in rows]
            columns[head, "smoothed"] = [_p(r["smoothed"]) for r in rows]
    index = pd.Index(months, name="Month", dtype=object)
    frame = pd.DataFrame(columns, index=index, dtype=object)
    return Table(
        frame,
        "What the index said at dated months (probability of risky pricing)",
        note="In brackets: 5th and 95th percentile over parameters.",
    )


def _values(facts: Sequence[dict[str, Any]], source: str, quantity: str) -> dict:
    return {
        r["item"]: r["value"]
        for r in facts
        if r["source"] == source and r["quantity"] == quantity
    }


def _evidence(facts: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    columns: dict[Any, list[Any]] = {}
    names: list[str] = []
    for source in dict.fromkeys(r["source"] for r in facts):
        shares = _values(facts, source, "evidence")
        left = _values(facts, source, "mean_without")
        names = list(dict.fromkeys(k.split(":")[1] for k in shares))
        head = labels.capital(SOURCES[source])
        for era in _ERAS[:2] + _ERAS[3:]:
            values = [shares[f"{era}:{n}"] for n in names]
            columns[head, labels.era(era)] = [
                Number(f"{v + 0.0:+.1f}") for v in (*values, sum(values))
            ]
        kept = [_p(left.get(f"2022-present:{n}")) for n in names]
        columns[head, "left out"] = [*kept, ""]
    index = [Named(labels.quantity(n), n) for n in names] + ["Sum"]
    frame = pd.DataFrame(
        columns, index=pd.Index(index, name="Observable", dtype=object), dtype=object
    )
    return Table(
        frame,
        "Which observable carries the evidence: log Bayes factor of risky over safe "
        "debt (log points)",
        note="An observable's term of the chain rule, averaged over all orders; above "
        "zero speaks for risky debt. Left out: mean probability since 2022 without it, "
        "joint reading.",
    )


def _comovement(facts: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    columns: dict[Any, list[Any]] = {}
    found: dict[str, float] = {}
    names = [n for n in OBSERVABLES if n != "equity"]
    for source in dict.fromkeys(r["source"] for r in facts):
        found = _values(facts, source, "comovement")
        for regime in REGIMES:
            values = [found[f"{regime}:{n}"] for n in names]
            columns[labels.capital(SOURCES[source]), regime] = [
                Number(f"{v:+.2f}") for v in values
            ]
    for era in _ERAS:
        columns["Record", labels.era(era)] = [
            Number(f"{found[f'{era}:{n}']:+.2f}") if f"{era}:{n}" in found else ""
            for n in names
        ]
    index = pd.Index(
        [Named(labels.quantity(n), n) for n in names], name="Observable", dtype=object
    )
    return Table(
        pd.DataFrame(columns, index=index, dtype=object),
        "Correlation with stocks of a month's moves: two models and the record",
    )


def _worlds(records: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    rows = list(dict.fromkeys((r["source"], r["reading"]) for r in records))
    found = {
        (r["source"], r["reading"], r["world"]): r["mean_probability"] for r in records
    }
    columns = {
        labels.capital(words): [_p(found[(*row, world)]) for row in rows]
        for world, words in _WORLDS.items()
    }
    names = [labels.capital(READING_LABELS[reading]) for _, reading in rows]
    frame = pd.DataFrame(columns, dtype=object)
    frame.index = pd.Index(names, name="Reading", dtype=object)
    return Table(
        frame,
        "What the index says where the truth is known (mean probability of risky)",
        groups=[labels.capital(f"economies with {SOURCES[s]}") for s, _ in rows],
        note=f"{MONTHS} months drawn from each world at the estimated parameters.",
    )


def _gains(facts: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    rows = list(dict.fromkeys((r["source"], r["reading"]) for r in facts))
    found = {
        (r["source"], r["reading"], r["quantity"], r["item"]): r["value"] for r in facts
    }
    columns: dict[str, list[Any]] = {}
    for chain in ("switching", "safe", "risky"):
        columns[labels.capital(chain)] = [
            Number(f"{found[(*row, 'log_likelihood', chain)]:.1f}") for row in rows
        ]
    for name in ("weight", "freedom", "stay_safe", "stay_risky"):
        columns[labels.capital(labels.words(name))] = [
            Number(f"{found[(*row, 'parameter', name)]:.3g}") for row in rows
        ]
    frame = pd.DataFrame(columns, dtype=object)
    names = [labels.capital(READING_LABELS[reading]) for _, reading in rows]
    frame.index = pd.Index(names, name="Reading", dtype=object)
    return Table(
        frame,
        "Log likelihood with switching and with one regime for ever (log points), and "
        "what is estimated",
        groups=[labels.capital(f"economies with {SOURCES[s]}") for s, _ in rows],
        note="Weight: of the economies in covariances. Freedom: of the tails. Stay: "
        "probability per month.",
    )
