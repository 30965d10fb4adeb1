"""What explanations make of each window: sentences, tables, the section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...calibration.matching.episodes import SWAP, settings
from ...calibration.matching.pairs import SOURCES
from ..claims import Claim, by_key, slide_records
from ..report import labels, moment_labels
from ..report.cells import Named, Number, cell_frame
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records, rows
from . import STUDY
from .figure import draw
from .study import MAIN

Records = Sequence[dict[str, Any]]
_CAPTION = (
    "Bars: moves of the window over those of an ordinary window as long. Marks: what "
    "the likeliest shocks of each explanation make of them (economies with sticky "
    "prices). Above each panel: probability of the explanation."
)
_SHOWN = 3  # shocks in the table; all are in episode_shocks.csv


_FILES = ("episodes", "episode_shocks", "episode_moves", "covariances")


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    return ExperimentResult(
        tables={name: frame(findings[name]) for name in _FILES},
        records={
            **{name: records(findings[name]) for name in _FILES},
            **slide_records(STUDY.name, judged),
        },
        figures={"episodes": draw(findings)},
        notes=[
            _lead(findings, judged),
            _capacity(findings),
            _swaps(findings),
            _covariances(findings),
            _how(),
            _missing(findings),
        ],
        parameters=findings.parameters,
    )


def _likeliest(found: Records) -> dict[str, dict[str, Any]]:
    """Likeliest explanation of each window among those of the main source."""
    best: dict[str, dict[str, Any]] = {}
    for r in found:
        if r["source"] == MAIN:
            name = r["episode"]
            if name not in best or r["probability"] > best[name]["probability"]:
                best[name] = r
    return best


def _lead(findings: Findings, judged: Sequence[Claim]) -> str:
    claims = by_key(judged)
    best = _likeliest(records(findings["episodes"]))
    parts = [
        f"{moment_labels.event(name)}: {r['explanation']} ({r['probability']:.2f}), "
        f"risky against safe debt {r['risky_against_safe']:.2f}, "
        f"{claims[f'odds_{name}'].overall().split('; ')[1]}"
        for name, r in best.items()
    ]
    return (
        f"Likeliest explanations, economies with {SOURCES[MAIN]}; {'; '.join(parts)}."
    )


def _capacity(findings: Findings) -> str:
    found = rows(
        findings["episode_shocks"],
        source=MAIN,
        explanation="plumbing",
        shock="capacity",
    )

    def rise(row: dict[str, Any]) -> str:
        lost = row["log_risk_aversion"]
        return "no price clears" if lost is None else f"log {lost:+.1f}"

    parts = [
        f"{labels.number(r['yield_10y_bp'], 'basis points', plus=True)} bp "
        f"({moment_labels.event(r['episode'])}, {rise(r)})"
        for r in found
    ]
    usual = findings.extra["plumbing"].values["sigma_capacity"]
    return (
        "What plumbing alone does to the ten-year yield in its own reading, and the "
        "rise of intermediaries' risk aversion which that takes: "
        f"{', '.join(parts)}. A quarter moves the log by {usual:.1f} (s.d.)."
    )


def _swaps(findings: Findings) -> str:
    """What explanations say of the yield over the swap rate where it is dated."""
    moved = rows(findings["episode_moves"], observable=SWAP, source=MAIN)
    parts = []
    for name in dict.fromkeys(r["episode"] for r in moved):
        own = [r for r in moved if r["episode"] == name]
        fits = ", ".join(f"{r['explanation']} {r['fitted']:+.1f}" for r in own)
        parts.append(
            f"{moment_labels.event(name)}: {own[0]['actual']:+.1f} bp (an ordinary "
            f"move is {own[0]['ordinary']:.1f}); likeliest shocks make of it {fits}"
        )
    if not parts:
        return "Swap spreads are left out."
    return (
        "The ten-year yield over the swap rate moves as convenience falls or capacity "
        f"is lost, and with no expected rate. {'; '.join(parts)}."
    )


def _covariances(findings: Findings) -> str:
    """Where covariance with stocks rises from safe to risky debt, and in the record."""
    found = {(r["economy"], r["tenor"]): r for r in records(findings["covariances"])}
    long, short = "30y", "2y"

    def rise(tenor: str, part: str) -> float:
        return found["risky", tenor][part] - found["safe", tenor][part]

    hedged = "still hedges" if found["risky", short]["whole"] < 0 else "hedges no more"
    where = (
        "in the convenience of long bonds, as there"
        if rise(long, "convenience") > max(rise(long, "rest"), 0.0)
        else "not in convenience but in the rest, expected rates and premia"
    )
    return (
        "In April 2025 the covariance of Treasurys with stocks rose in the convenience "
        "part of long tenors, and the short end still hedged (Acharya and Laarits, "
        "NBER 34640). From safe to risky debt that of a thirty-year zero rises by "
        f"{rise(long, 'whole'):+.1f} (percent squared a quarter), of which convenience "
        f"{rise(long, 'convenience'):+.2f}: {where}. A two-year zero of risky debt "
        f"{hedged} ({found['risky', short]['whole']:+.2f} against "
        f"{found['safe', short]['whole']:+.2f}). Losses of capacity move no stocks "
        "here, and so no covariance."
    )


def _how() -> str:
    share = settings()["unexplained"]["value"]
    return (
        "Moves of a window are read as shocks of an explanation, each of an ordinary "
        "size for as many days, times a size of the window with fat tails, plus what "
        f"no shock explains ({share:g} times an ordinary move). *Plumbing* is safe "
        "debt with one more shock, a loss of intermediaries' capacity: it moves "
        "Treasury yields by the curve of the declared intermediaries, all of it term "
        "premium, and neither stocks nor break-evens; its size is that of every "
        "experiment, the most that the Treasury premium allows. *Both* is "
        "risky debt with it. *Supply* is safe debt with supply shocks and the rule of "
        "the 1980s. Beforehand all explanations of a source are as likely."
    )


def _missing(findings: Findings) -> str:
    """What the record of these windows lacks, and what no explanation has."""
    own = rows(findings["episode_moves"], observable="term_premium_10y")
    known = list(dict.fromkeys(moment_labels.event(r["episode"]) for r in own))
    premia = (
        f"Daily term premia are there for these windows only: {'; '.join(known)} (Kim "
        "and Wright, a selection of days). "
        if known
        else ""
    )
    return (
        f"{premia}The AAA spread holds credit risk, which no explanation has. Impact "
        "is that of an economy at rest, without disasters: a disaster that happens is "
        "no shock here."
    )


def section(result: ExperimentResult) -> Section:
    """Figure, odds with the main shocks, moves and their fit."""
    lead, *more = result.notes
    found = result.records
    blocks = [
        *(
            Figure(f, _CAPTION, _alt(found["episodes"]))
            for f in result.figures.values()
        ),
        _odds(found["episodes"], found["episode_shocks"]),
        *(Text(note) for note in more),
        _covariance_table(found["covariances"]),
        _moves(found["episode_moves"]),
    ]
    return Section(STUDY.question, lead, blocks, short="Episodes")


def _alt(found: Records) -> str:
    """What the panels show: the likeliest explanation of each window."""
    parts = [
        f"{moment_labels.event(name)}: {r['explanation']}, probability "
        f"{r['probability']:.2f}"
        for name, r in _likeliest(found).items()
    ]
    return f"A panel per window. Likeliest explanations: {'; '.join(parts)}."


def _odds(found: Records, shocks: Records) -> Table:
    import pandas as pd

    order = list(dict.fromkeys(r["episode"] for r in found))
    shown = sorted(
        found, key=lambda r: (order.index(r["episode"]), r["source"] != MAIN)
    )
    frame = pd.DataFrame(
        {
            "Log likelihood": [Number(f"{r['log_likelihood']:.1f}") for r in shown],
            "Probability": [Number(f"{r['probability']:.2f}") for r in shown],
            "Log likelihood before": [
                Number(f"{r['log_likelihood_before']:.1f}") for r in shown
            ],
            "Probability before": [
                Number(f"{r['probability_before']:.2f}") for r in shown
            ],
            "10-year yield from stocks alone": [
                _bp(r["yield_10y_from_stocks"]) for r in shown
            ],
            "Main shocks": [_main(r, shocks) for r in shown],
        },
        dtype=object,
    )
    names = [
        labels.capital(f"{r['explanation']}, {SOURCES[r['source']]}") for r in shown
    ]
    frame.index = pd.Index(names, name="Explanation", dtype=object)
    return Table(
        frame,
        "How likely each explanation makes a window",
        units={"10-year yield from stocks alone": "bp"},
        groups=[moment_labels.event(r["episode"]) for r in shown],
        note="Probability: among explanations of one kind of economy. *Before*: with "
        "losses of capacity as large as an ordinary move of the ten-year yield, and "
        "without swap rates. Shocks in "
        "standard deviations of an ordinary window as long.",
    )


def _covariance_table(found: Records) -> Table:

    tenors = list(dict.fromkeys(r["tenor"] for r in found))
    own = {(r["economy"], r["tenor"]): r for r in found}
    columns = {
        (labels.column(economy), labels.capital(part)): [
            Number(f"{own[economy, tenor][part]:+.2f}") for tenor in tenors
        ]
        for economy in dict.fromkeys(r["economy"] for r in found)
        for part in ("convenience", "rest", "whole")
    }
    names = [labels.maturity(tenor) for tenor in tenors]
    return Table(
        cell_frame(columns, names, "Zero"),
        "Covariance with stocks, by part",
        note="Of surprises over a quarter, percent squared, economies with sticky "
        "prices. *Convenience* is what bonds have and swaps do not.",
    )


def _bp(value: float | None) -> Number | str:
    if value is None:
        return ""
    return Number(labels.number(value, "basis points", plus=True))


def _main(row: dict[str, Any], shocks: Records) -> str:
    keys = ("episode", "source", "explanation")
    own = [s for s in shocks if all(s[k] == row[k] for k in keys)]
    own.sort(key=lambda s: -abs(s["deviations"]))
    return ", ".join(
        f"{labels.shock(s['shock'])} {s['deviations']:+.1f}" for s in own[:_SHOWN]
    )


def _moves(moved: Records) -> Table:
    import pandas as pd

    own = [r for r in moved if r["source"] == MAIN]
    keys = list(dict.fromkeys((r["episode"], r["observable"]) for r in own))
    found = {(r["episode"], r["observable"], r["explanation"]): r for r in own}
    first = {key: found[*key, "safe"] for key in keys}

    def move(row: dict[str, Any], name: str, small: str = "") -> Number:
        return Number(labels.number(row[name], row["unit"], plus=True), small)

    columns: dict[str, list[Any]] = {
        "Record": [
            move(r, "actual", f"({labels.number(r['ordinary'], r['unit'])})")
            for r in first.values()
        ]
    }
    for name in dict.fromkeys(r["explanation"] for r in own):
        columns[labels.capital(name)] = [
            move(
                found[*key, name],
                "fitted",
                f"{found[*key, name]['log_density_given_others']:+.1f}",
            )
            for key in keys
        ]
    frame = pd.DataFrame(columns, dtype=object)
    names = [Named(labels.quantity(n), n, first[e, n]["unit"]) for e, n in keys]
    frame.index = pd.Index(names, name="Observable", dtype=object)
    return Table(
        frame,
        "Moves, and what the likeliest shocks make of them",
        groups=[moment_labels.event(e) for e, _ in keys],
        note="Basis points; stocks in percent. In brackets: an ordinary move. Small "
        "print beside fits: log density of the move given all others.",
        collapsed=True,
    )
