"""The report section of the experiment ``episodes``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..regime_sources import LABELS
from ..report import labels, moment_labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from .study import MAIN, QUESTION

Records = Sequence[dict[str, Any]]
_CAPTION = (
    "Bars: moves of the window over those of an ordinary window as long. Marks: what "
    "the likeliest shocks of each explanation make of them (economies with sticky "
    "prices). Above each panel: probability of the explanation."
)
_ALT = (
    "Four panels. Stress in a safe economy fits the fall of yields after Lehman, no "
    "explanation fits March 2020, a loss of capacity fits the rise of yields in April "
    "2025, and all fit the small moves of March 2026."
)
_SHOWN = 3  # shocks in the table; all are in episode_shocks.csv


def section(result: ExperimentResult) -> Section:
    """Figure, odds with the main shocks, moves and their fit."""
    lead, *more = result.notes
    found = result.records
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _odds(found["episodes"], found["episode_shocks"]),
        *(Text(note) for note in more),
        _moves(found["episode_moves"]),
    ]
    return Section(QUESTION, lead, blocks, short="Episodes")


def _odds(records: Records, shocks: Records) -> Table:
    import pandas as pd

    rows = sorted(records, key=lambda r: r["source"] != MAIN)
    rows = sorted(rows, key=lambda r: list(_episodes(records)).index(r["episode"]))
    frame = pd.DataFrame(
        {
            "Log likelihood": [Number(f"{r['log_likelihood']:.1f}") for r in rows],
            "Probability": [Number(f"{r['probability']:.2f}") for r in rows],
            "10-year yield from stocks alone": [
                _bp(r["yield_10y_from_stocks"]) for r in rows
            ],
            "Main shocks": [_main(r, shocks) for r in rows],
        },
        dtype=object,
    )
    names = [labels.capital(f"{r['explanation']}, {LABELS[r['source']]}") for r in rows]
    frame.index = pd.Index(names, name="Explanation", dtype=object)
    return Table(
        frame,
        "How likely each explanation makes a window",
        units={"10-year yield from stocks alone": "bp"},
        groups=[moment_labels.event(r["episode"]) for r in rows],
        note="Probability: among explanations of one kind of economy. Shocks in "
        "standard deviations of an ordinary window as long.",
    )


def _episodes(records: Records) -> dict[str, None]:
    return dict.fromkeys(r["episode"] for r in records)


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


def _moves(records: Records) -> Table:
    import pandas as pd

    own = [r for r in records if r["source"] == MAIN]
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
