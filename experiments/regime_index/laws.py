"""What laws answer: sentences composed from verdicts, and tables of the section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...calibration.economies.legislated import OBSERVATIONS
from ...calibration.matching.pairs import SOURCES
from ...calibration.record.legislation_response import ERAS, MAIN
from ..claims import Claim
from ..report import labels
from ..report.cells import Named, Number, cell_frame
from ..report.page import Table, Text
from ..study import Findings
from ..tables import records, rows
from .behaviour import EVEN, PUBLISHED_ERA, UNPROMISED
from .study import READING_LABELS

BEFORE_SURPLUSES = "1984b-2000b"
_MEASURES = {
    "debt": "Deficit per projected change of debt",
    "deficit": "Deficit per projected deficit",
    "primary": "Primary deficit per projected primary deficit",
    "after_this_year": "First, without the year under way",
    "ten_years": "First, over ten years",
    "given_slack": "First, unemployment held constant",
}
_PARTS = {
    "enacted": "all that laws enact",
    "taxes": "rules of taxes",
    "spending_news": "news of spending",
}


def notes(findings: Findings, claims: Mapping[str, Claim]) -> list[str]:
    """What laws answer, what the index from them can tell, and what models say."""
    return [
        _answers(findings, claims),
        _index(findings, claims),
        _events(claims),
        _models(findings, claims),
        _laws_how(findings),
    ]


def _verdict(claim: Claim) -> str:
    return f"{claim.sentence}: {claim.overall()}"


def _answers(findings: Findings, claims: Mapping[str, Claim]) -> str:
    own = {r["era"]: r for r in rows(findings["legislation_response"], measure=MAIN)}
    said = ", ".join(
        f"{r['value']:.2f} [{r['low']:.2f}, {r['high']:.2f}] in {labels.era(era)}"
        for era, r in own.items()
    )
    first = own[PUBLISHED_ERA]
    kept = own[BEFORE_SURPLUSES]["value"] / first["value"]
    surpluses = (
        f"Up to {labels.era(BEFORE_SURPLUSES).split('–')[1]} it is {kept:.0%} of the "
        "whole first era's: laws of 2001–2003, which handed out projected surpluses, "
        f"are {'most' if kept < EVEN else 'part'} of it."
    )
    names = ("answered", "answers_nothing_since", "answers_less")
    verdicts = ". ".join(_verdict(claims[f"legislation_{n}"]) for n in names)
    return (
        "What laws answer. Per point of projected change of debt a half-year's laws "
        f"reduce the deficit by {said} (95 percent). Auerbach and Yagan (2024) report "
        f"{first['published']:.3f} with a standard error of "
        f"{first['published_error']:.3f} for {labels.era(PUBLISHED_ERA)} and no answer "
        f"since. {surpluses} {verdicts}."
    )


def _fact(findings: Findings, quantity: str, item: str) -> float:
    (row,) = rows(
        findings["legislation_facts"],
        answers="sustainable",
        quantity=quantity,
        item=item,
    )
    return row["value"]


def _index(findings: Findings, claims: Mapping[str, Claim]) -> str:
    worlds = {s: _fact(findings, "world", s) for s in ("answers", "none")}
    right = {s: _fact(findings, "world_right", s) for s in worlds}
    blind = [s for s in worlds if right[s] <= EVEN]
    power = (
        "It tells the two apart."
        if not blind
        else "A half-year's law says too little to call the regime by itself."
    )
    both = ". ".join(
        _verdict(claims[f"legislation_index_{n}"])
        for n in ("answered", "answers_nothing")
    )
    return (
        "What the index from laws can tell. Where laws always answer as much as keeps "
        f"debt sustainable it calls no answer with probability {worlds['answers']:.2f} "
        f"on average and is right in {right['answers']:.0%} of half-years; where they "
        f"never answer, {worlds['none']:.2f} and {right['none']:.0%}. {power} Strong "
        "evidence is expected after "
        f"{_fact(findings, 'world_years', 'none'):.0f} years of one regime. {both}."
    )


def _events(claims: Mapping[str, Claim]) -> str:
    said = [
        f"{words}: {claim.data.note.split(';')[0]} ({claim.overall()})"
        for reading, words in READING_LABELS.items()
        for claim in (claims[f"indices_agree_{reading}"],)
    ]
    return f"Both indices call the same regime, {'; '.join(said)}."


def _models(findings: Findings, claims: Mapping[str, Claim]) -> str:
    own = {
        r["economy"]: r
        for r in records(findings["legislation_models"])
        if r["part"] == "enacted" and not r["disasters"]
    }
    safe, risky = own["safe"], own["risky"]
    told = abs(safe["short_mean"] - risky["short_mean"]) > 2 * max(
        safe["short_deviation"], risky["short_deviation"]
    )
    little = own.get(UNPROMISED)
    contrast = (
        ""
        if little is None
        else (
            "; where taxes promise no more of news than investors are estimated to "
            f"count on, {little['value']:.2f} and {little['short_mean']:.2f}"
        )
    )
    verdict = (
        "A record of this length tells safe from risky debt."
        if told
        else "A record of this length cannot tell safe from risky debt by what laws "
        "answer."
    )
    failed = "risky" in claims["legislation_answered"].failed()
    why = (
        " Risky debt as shipped answers too: its taxes promise all of news and repay "
        "it from an account, and the promise is broken in disasters alone."
        if failed
        else ""
    )
    bias = (
        " Short records overstate the answer: spending that is high falls back, and in "
        "a short record its news goes with what was projected."
        if min(r["short_mean"] - r["value"] for r in own.values()) > 0
        else ""
    )
    return (
        "What the models say of the same regression. Safe debt "
        f"{safe['value']:.2f}, risky debt {risky['value']:.2f} in a long record; in "
        f"records as short as the first era {safe['short_mean']:.2f} (standard "
        f"deviation {safe['short_deviation']:.2f}) and {risky['short_mean']:.2f} "
        f"({risky['short_deviation']:.2f}){contrast}. {verdict}{why}{bias}"
    )


def _laws_how(findings: Findings) -> str:
    return (
        "Laws are what CBO records as legislative changes of its baselines in a "
        "half-year, the mean over the year under way and the four after it; projected "
        "is what the newest complete baseline before them said of its own five years. "
        "GDP is what could be foreseen, the last fiscal year's grown at the mean of "
        "ten years. Laws are dated by the baseline that records them: an event is read "
        "at the first baseline after it. Standard errors are Newey and West's, bounds "
        f"have fixed-b critical values. Numbers of laws are {findings.extra['laws']}."
    )


def blocks(
    tables: Mapping[str, Sequence[dict[str, Any]]], said: Sequence[str]
) -> list[Any]:
    """Tables of the section, each below what is said of it."""
    answers, index, events, models, how = (Text(n) for n in said)
    return [
        answers,
        _response_table(tables["legislation_response"]),
        index,
        events,
        _event_table(tables["regimes_at_events"]),
        models,
        _model_table(tables["legislation_models"]),
        how,
    ]


def _response_table(found: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    own = {(r["measure"], r["era"]): r for r in found}
    columns = {
        labels.era(era): [_ranged(own[m, era]) for m in _MEASURES] for era in ERAS
    }
    index = [Named(text, code) for code, text in _MEASURES.items()]
    return Table(
        pd.DataFrame(
            columns, index=pd.Index(index, name="Measure", dtype=object), dtype=object
        ),
        "Reduction of the deficit by a half-year's laws per percent of GDP that was "
        "projected",
        note="In brackets: 95 percent.",
    )


def _ranged(row: Mapping[str, Any]) -> Number:
    return Number(
        f"{row['value']:+.2f}", below=f"[{row['low']:+.2f}, {row['high']:+.2f}]"
    )


def _event_table(found: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    own = {(r["month"], r["source"], r["reading"]): r for r in found}
    months = list(dict.fromkeys(r["month"] for r in found))
    kinds = list(dict.fromkeys((r["source"], r["reading"]) for r in found))
    columns: dict[Any, list[Any]] = {}
    for source, reading in kinds:
        head = f"{labels.capital(SOURCES[source])}: {reading}"
        columns["Prices", head] = [
            _banded(own[m, source, reading], "prices") for m in months
        ]
    laws = [own[m, *kinds[0]] for m in months]
    columns["Laws", "half-year"] = [r["half_year"] for r in laws]
    columns["Laws", "no answer"] = [_banded(r, "behaviour") for r in laws]
    columns["Laws", "response"] = [
        "" if r["response"] is None else Number(f"{r['response']:+.2f}") for r in laws
    ]
    frame = pd.DataFrame(
        columns, index=pd.Index(months, name="Month", dtype=object), dtype=object
    )
    return Table(
        frame,
        "Both indices at dated events: probability that debt is priced as risky, and "
        "that laws do not answer it",
        note="In brackets: 5th and 95th percentile over parameters. Laws are read at "
        "the half-year of the first baseline after the event; there is none before "
        "1984. Response: over the ten years to that half-year.",
    )


def _banded(row: Mapping[str, Any], name: str) -> Number | str:
    if row[name] is None:
        return ""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return Number(f"{row[name]:.2f}", below=f"[{low:.2f}, {high:.2f}]")


def _model_table(found: Sequence[dict[str, Any]]) -> Table:

    kinds = list(dict.fromkeys((r["economy"], r["regime"]) for r in found))
    own = {(r["economy"], r["regime"], r["disasters"], r["part"]): r for r in found}
    columns: dict[Any, list[Any]] = {}
    for part, words in _PARTS.items():
        kept = [own[*k, False, part] for k in kinds]
        columns["Long record", words] = [Number(f"{r['value']:+.2f}") for r in kept]
    columns["Long record", "with disasters"] = [
        Number(f"{own[*k, True, 'enacted']['value']:+.2f}") for k in kinds
    ]
    columns[f"{OBSERVATIONS} half-years", "mean"] = [
        Number(f"{own[*k, False, 'enacted']['short_mean']:+.2f}") for k in kinds
    ]
    columns[f"{OBSERVATIONS} half-years", "standard deviation"] = [
        Number(f"{own[*k, False, 'enacted']['short_deviation']:.2f}") for k in kinds
    ]
    names = [
        labels.capital(e if e in (r, UNPROMISED) else f"{e}, {r}") for e, r in kinds
    ]
    return Table(
        cell_frame(columns, names, "Economy"),
        "The same regression in the solved economies",
        note="Without disasters but for one column. Taxes of today go on under current "
        "law; laws are what the rules of taxes add in a half-year, and news of "
        "spending. Projections err by nothing but news of spending.",
    )
