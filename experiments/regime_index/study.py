"""The probability that Treasurys are priced as risky, month by month.

Without a data folder it shows probabilities that ship with the package, computed by
this command; ``--set data=DIR`` computes them anew, ``--set without=NAME`` leaves an
observable out, ``--set source=core`` or ``sticky`` takes one kind of economy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...calibration.matching.regime_evidence import mean_called_risky
from ...calibration.matching.regime_facts import (
    DATED,
    ERAS,
    Economies,
    IndexFacts,
    index_facts,
    moves_of_record,
    shipped_index,
)
from ...calibration.matching.regime_index import READINGS, rebuilt_model
from ...errors import FiscaxError
from ..regime_rows import Cell
from ..regime_sources import LABELS, SUPPLY, sources, sticky_one
from ..registry import ExperimentContext, experiment
from ..report import labels
from ..report.results import ExperimentResult, filled
from ..slide_claims import Side, SlideClaim, slide_records

if TYPE_CHECKING:
    from ..report.page import Section

NAME = "regime-index"
QUESTION = "With what probability are Treasurys priced as risky, month by month?"
_OWN = ("data", "without", "source")
READING_LABELS = {
    "stocks": "stocks given the ten-year yield",
    "joint": "all observables jointly",
}
# Eras of the lead; a user's record may lack some.
_SAID = {
    "1962-1997": "in 1962–1997",
    "1998-2019": "in 1998–2019",
    "2022-present": "since 2022",
}
Table = Mapping[tuple[str, str, str, str], float]


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment(NAME, question=QUESTION, order=5.68, section=_section)
def regime_index(context: ExperimentContext) -> ExperimentResult:
    """Probabilities, evidence by observable, and what it says in known worlds."""
    from .figure import draw

    given = dict(context.overrides)
    own = {k: given.pop(k) for k in _OWN if k in given}
    names = _chosen(own.get("source"))
    if "data" not in own and (given or "without" in own):
        changed = ", ".join([*given, *(k for k in own if k == "without")])
        raise FiscaxError(
            f"{changed} changes the likelihood, and the shipped probabilities belong "
            "to the shipped one: add --set data=DIR, a folder of the series"
        )
    economies = sources(context, given, names)
    supply = sticky_one(context, SUPPLY, given)
    if "data" in own:
        left = [n for n in str(own.get("without", "")).split(",") if n]
        moves = moves_of_record(own["data"])
        say = context.progress.say
        found = index_facts(moves, economies, supply, left, say)
    else:
        found = _only(shipped_index(), names)
    facts = by_name(found)
    worlds = world_records(facts, economies, supply)
    dated = dated_records(found)
    notes = [_lead(facts), *_honest(facts, worlds), HOW, _origin(found, own)]
    return ExperimentResult(
        tables={
            "regime_index": found.months,
            "regime_index_facts": found.facts,
            "regime_index_dated": filled(dated),
            "regime_index_worlds": filled(worlds),
        },
        records={
            "regime_index_dated": dated,
            "regime_index_worlds": worlds,
            "regime_index_facts": found.facts.to_dict("records"),
            **slide_records(NAME, _claims(facts, worlds, found)),
        },
        figures={"regime_index": draw(found.months)},
        notes=notes,
        quantities=_quantities(facts),
        data_vintage=f"to {found.months['month'].max()}",
    )


def _chosen(source: Any) -> tuple[str, ...]:
    if source is None:
        return tuple(LABELS)
    if source not in LABELS:
        raise FiscaxError(f"source is {source!r}, give one of {', '.join(LABELS)}")
    return (source,)


def _only(found: IndexFacts, names: tuple[str, ...]) -> IndexFacts:
    months, facts = (
        pd.DataFrame(t[t["source"].isin(names)]).reset_index(drop=True)
        for t in found[:2]
    )
    return IndexFacts(months, facts)


def by_name(found: IndexFacts) -> dict[tuple[str, str, str, str], float]:
    """Value by source, reading, quantity and item."""
    keys = [found.facts[c] for c in ("source", "reading", "quantity", "item")]
    rows = zip(*keys, found.facts["value"], strict=True)
    return {(s, r, q, i): float(v) for s, r, q, i, v in rows}


def dated_records(found: IndexFacts) -> list[dict[str, Any]]:
    """Probabilities at dated months; None before the first real-time estimate."""
    table = pd.DataFrame(found.months[found.months["month"].isin(DATED)])
    records = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(k): v for k, v in r.items()} for r in records]


def world_records(
    facts: Table, economies: Mapping[str, Economies], supply: Any
) -> list[dict[str, Any]]:
    """Mean probability of risky where the truth is known, with the solved economies.

    Moves are drawn from the index's own model at its estimates, under safe debt, risky
    debt, and safe debt in an economy of supply shocks.
    """
    records = []
    for source, pair in economies.items():
        for label, reading in READINGS.items():
            theta = _vector(facts, source, label, "theta")
            record = _vector(facts, source, "joint", "record")
            own = rebuilt_model(*pair, record)
            rival = rebuilt_model(supply, supply, record)
            worlds = {"safe": (own, "safe"), "risky": (own, "risky")}
            worlds["supply"] = (rival, "safe")
            for world, (model, chain) in worlds.items():
                value = mean_called_risky(own, theta, model, chain, reading)
                records.append(
                    {
                        "source": source,
                        "reading": label,
                        "world": world,
                        "mean_probability": value,
                        "unit": "probability",
                    }
                )
    return records


def _vector(facts: Table, source: str, reading: str, quantity: str) -> np.ndarray:
    return np.array(
        [v for k, v in facts.items() if k[:3] == (source, reading, quantity)]
    )


def gain(facts: Table, source: str, reading: str) -> float:
    """Log likelihood of the switching chain less the better fixed regime's."""
    values = {
        c: facts[source, reading, "log_likelihood", c]
        for c in ("switching", "safe", "risky")
    }
    return values["switching"] - max(values["safe"], values["risky"])


def _quantities(facts: Table) -> dict[str, tuple[float, str]]:
    found = {}
    for source in dict.fromkeys(k[0] for k in facts):
        for label in READINGS:
            for era in ERAS:
                value = facts.get((source, label, "mean", era))
                if value is not None:
                    found[f"{source}_{label}_{era}"] = (value, "probability")
            found[f"{source}_{label}_gain"] = (
                gain(facts, source, label),
                "log points",
            )
    return found


def _claims(facts: Table, worlds: list[dict[str, Any]], found: IndexFacts):
    """Claims on eras and dated months, for the first source at hand."""
    source = next(iter(dict.fromkeys(k[0] for k in facts)))
    high, low = Cell("high", 0.5), Cell("low", 0.5)
    claims = []
    for label, words in READING_LABELS.items():
        known = {
            r["world"]: r["mean_probability"]
            for r in worlds
            if (r["source"], r["reading"]) == (source, label)
        }
        sides = (
            Side(known["safe"], low, "mean in a simulated world of safe debt"),
            Side(known["risky"], high, "mean in a simulated world of risky debt"),
        )
        months = found.months
        own = months[(months["source"] == source) & (months["reading"] == label)]
        cases = {
            "safe_before_2020": ("as safe in 1998-2019", low, "1998-2019"),
            "risky_since_2022": ("as risky since 2022", high, "2022-present"),
            "risky_in_april_2025": ("as risky in April 2025", high, "2025-04"),
        }
        for key, (what, cell, when) in cases.items():
            if when in ERAS:
                value = facts.get((source, label, "mean", when))
                note = f"mean of the filtered probability, {when}"
            else:
                at = own.loc[own["month"] == when, "real_time"]
                value = float(at.iloc[0]) if len(at) and at.notna().all() else None
                note = "filtered, parameters estimated on earlier years alone"
            other = "equity" if label == "joint" else ""
            left = facts.get((source, "joint", "mean_without", f"{when}:{other}"))
            switch = ""
            if left is not None:
                switch = f"--set data=DIR without=equity: {left:.2f} remains"
            claims.append(
                SlideClaim(
                    f"{key}_{label}",
                    f"Treasurys are priced {what}: {words}",
                    "probability",
                    *sides,
                    Side(value, cell, note),
                    switch,
                )
            )
    return claims


HOW = (
    "Moves are from month-end to month-end, each over its own root mean square of the "
    "24 months before. An economy says which of them go together: its impact matrix, "
    "with its calibrated shocks, is mixed with the record's own correlations, in which "
    "stocks are left uncorrelated with everything. Mixing weight, tails and the chain "
    "are common to both regimes. *Filtered* uses data up to the month, *in real time* "
    "parameters from earlier years alone too. The ACM term premium is estimated on the "
    "whole sample by its authors, in every column."
)


def _origin(found: IndexFacts, own: Mapping[str, Any]) -> str:
    if "data" in own:
        absent = "; ".join(found.absent) or "none"
        return f"Computed from {own['data']}. Series that are absent: {absent}."
    return (
        "Probabilities are those that ship with fiscax, computed by this command from "
        f"the US record to {found.months['month'].max()}; the series are not shipped. "
        "`fiscax run regime-index --set data=DIR` computes them from a folder."
    )


def _lead(facts: Table) -> str:
    source = next(iter(dict.fromkeys(k[0] for k in facts)))

    def means(label: str) -> str:
        found = {era: facts.get((source, label, "mean", era)) for era in _SAID}
        return ", ".join(
            f"{v:.2f} {_SAID[era]}" for era, v in found.items() if v is not None
        )

    parts = [
        f"{words}: {means(label)} (gain over the better fixed regime "
        f"{gain(facts, source, label):.1f} log points)"
        for label, words in READING_LABELS.items()
    ]
    return (
        "Mean probability that Treasurys are priced as risky, economies with "
        f"{LABELS[source]}; {'; '.join(parts)}."
    )


def _honest(facts: Table, worlds: list[dict[str, Any]]) -> list[str]:
    source = next(iter(dict.fromkeys(k[0] for k in facts)))
    era = "1998-2019"
    shares = {
        k[3].split(":")[1]: v
        for k, v in facts.items()
        if k[:3] == (source, "joint", "evidence") and k[3].startswith(era)
    }
    largest = max(shares, key=lambda n: abs(shares[n]))
    supply = [
        r["mean_probability"]
        for r in worlds
        if (r["reading"], r["world"]) == ("stocks", "supply")
    ]
    return [
        "Where the data contradict the talk: all observables jointly, "
        f"{sum(shares.values()):+.0f} log points speak for risky debt in {era}, when "
        f"stocks and bonds hedged each other; {shares[largest]:+.0f} of them come from "
        f"the {labels.quantity(largest).lower()} and {shares['equity']:+.0f} from "
        "stocks. Neither economy meets the moves of the curve: the joint reading says "
        "more about that than about who bears fiscal risk.",
        "A positive comovement is not proof: in a simulated world of safe debt with "
        "supply shocks the reading from stocks calls debt risky with probability "
        f"{' and '.join(f'{v:.2f}' for v in supply)} on average.",
    ]
