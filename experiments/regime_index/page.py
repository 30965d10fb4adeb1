"""The report section of the experiment ``regime-index``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...calibration.economies.observed_moves import OBSERVABLES
from ...calibration.matching.regime_index import REGIMES
from ..regime_sources import LABELS
from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from .study import QUESTION, READING_LABELS

_CAPTION = (
    "Probability that Treasurys are priced as risky, given data up to the month. "
    "Above: stocks and the ten-year yield alone. Below: nine observables jointly."
)
_ALT = (
    "Two panels from 1962. From stocks the probability is high to 1997, low from 2000 "
    "to 2020 and high again from 2022. Jointly it is high throughout with one source "
    "and undecided with the other."
)
_WORLDS = {
    "safe": "safe debt",
    "risky": "risky debt",
    "supply": "safe debt, supply shocks",
}
_ERAS = ("1962-1997", "1998-2019", "2020-present", "2022-present")


def section(result: ExperimentResult) -> Section:
    """Figure, dated months, evidence, comovement, known worlds."""
    lead, *more = result.notes
    facts = result.records["regime_index_facts"]
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _dated(result.records["regime_index_dated"]),
        *(Text(n) for n in more[:2]),
        _evidence(facts),
        _comovement(facts),
        _worlds(result.records["regime_index_worlds"]),
        _gains(facts),
        *(Text(n) for n in more[2:]),
    ]
    return Section(QUESTION, lead, blocks, short="Regime index")


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
            head = f"{labels.capital(LABELS[source])}: {reading}"
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
        head = labels.capital(LABELS[source])
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
            columns[labels.capital(LABELS[source]), regime] = [
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
        groups=[labels.capital(f"economies with {LABELS[s]}") for s, _ in rows],
        note="5000 months drawn from each world at the estimated parameters.",
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
        groups=[labels.capital(f"economies with {LABELS[s]}") for s, _ in rows],
        note="Weight: of the economies in covariances. Freedom: of the tails. Stay: "
        "probability per month.",
    )
