"""Five windows of the record: what moved, and what the studies make of it.

Moves are the record's; chances of explanations are those of ``fiscax run episodes`` in
the economies with sticky prices, news and wedge of the mini-budget those of ``fiscax
run mini-budget``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...calibration.record.dated_moves import TENORS
from ...calibration.record.events import ERA, EVENT_WINDOWS, MEASURES, UK_MEASURES
from ...calibration.record.moments import shipped_moments
from ..episodes.study import MAIN
from ..mini_budget.study import EVE
from ..registry import ExperimentContext, find_experiment

Record = Mapping[str, Any]
BRITISH = "uk_mini_budget"
# Window -> what it is called; in the order of the record.
WINDOWS = {
    "lehman_2008_09_15": "Lehman, 15 September 2008",
    "covid_2020_03": "Dash for cash, March 2020",
    BRITISH: "Mini-budget, September 2022",
    "april_2025_tariffs": "Tariffs, April 2025",
    "iran_2026_03_02": "War with Iran, 2 March 2026",
}
# Explanation of the study -> answer that a student may give.
ANSWERS = {
    "risky": "news",
    "plumbing": "plumbing",
    "both": "both",
    "safe": "neither",
    "supply": "neither",
}
LABELS = {
    "news": "news of who pays",
    "plumbing": "plumbing",
    "both": "both",
    "neither": "neither: ordinary shocks, safe debt",
}
_SHOWN = {
    "3m": "3-month yield",
    "2y": "2-year yield",
    "5y": "5-year yield",
    "10y": "10-year yield",
    "30y": "30-year yield",
    "equity": "stocks",
    "breakeven_10y": "10-year break-even inflation",
}


def moves(slug: str) -> list[dict[str, Any]]:
    """What moved in a window, with what an ordinary window as long would show."""
    table = shipped_moments()
    rows = table[table["era"] == ERA].set_index("name")
    measures = UK_MEASURES if slug == BRITISH else MEASURES
    found = []
    for kind in (k for k in _SHOWN if k in measures):
        name = f"event_{slug}_{kind}"
        if name in rows.index:
            row = rows.loc[name]
            found.append(
                {
                    "what": _SHOWN[kind],
                    "value": round(float(row["value"]), 1),
                    "ordinary": round(float(row["standard_error"]), 1),
                    "unit": str(row["unit"]),
                }
            )
    return found


def chances(slug: str, accounts: Sequence[Record]) -> dict[str, float]:
    """Chance of every answer, from those of the explanations."""
    found = dict.fromkeys(LABELS, 0.0)
    for row in accounts:
        if (row["episode"], row["source"]) == (slug, MAIN):
            found[ANSWERS[row["explanation"]]] += row["probability"]
    return {name: round(value, 3) for name, value in found.items()}


def parts(days: Sequence[Record]) -> list[dict[str, Any]]:
    """Moves of gilts to the eve of the intervention as news and a wedge, by tenor."""
    return [
        {
            "tenor": f"{row['tenor_years']:g}y",
            **{
                short: round(float(row[f"{short}_basis_points"]), 1)
                for short in ("move", "news", "wedge", "left")
            },
        }
        for row in days
        if row["date"] == EVE and row["tenor_years"] in (2, *TENORS[-1:], 10)
    ]


def replay_data(context: ExperimentContext) -> dict[str, Any]:
    """Every window with its moves and what the studies say.

    Raises
    ------
    FiscaxError
        From the studies.
    """
    accounts = find_experiment("episodes").run(context).records["episodes"]
    budget = find_experiment("mini-budget").run(context).records["mini_budget_days"]
    words = {w.slug: w for w in EVENT_WINDOWS}
    windows = []
    for slug, label in WINDOWS.items():
        own = words[slug]
        said = (
            {"parts": parts(budget)}
            if slug == BRITISH
            else {"chances": chances(slug, accounts)}
        )
        windows.append(
            {
                "slug": slug,
                "label": label,
                "words": own.words,
                "start": own.start,
                "end": own.end,
                "moves": moves(slug),
                **said,
            }
        )
    return {"windows": windows}
