"""What yields are made of, and which part of them moves on which news."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.core import MATURITIES, TENOR, Economy
from ...calibration.economies.responses import (
    ANNUAL_BP,
    REPORTED,
    persistent_spending,
    shared_economy,
    stress,
    transfer,
)
from ...solvers.pricing.curves import PARTS
from ..registry import ExperimentContext, experiment
from ..report.cells import format_cell
from ..report.results import ExperimentResult

if TYPE_CHECKING:
    import pandas as pd

    from ..report.page import Section

QUESTION = "What are yields made of, and which part moves on which news?"
# Convenience lowers a yield; every other part raises it.
SIGN = {part: -1.0 if part == "convenience" else 1.0 for part in PARTS}
SHOCKS = {
    "persistent_spending": "+1pp of GDP of spending, persistence .97",
    "transfer": "one-time transfer of 1% of annual GDP",
    "stress": "one s.d. of stress",
}


def _parts(
    economy: Economy, regime: int, points: np.ndarray, maturity: int, unit: float
) -> dict[str, np.ndarray]:
    """Yield, real yield and signed parts (P,) of one maturity at points (P, d)."""
    names = ["yield", "real", *PARTS]
    found = unit * economy.curves([f"{n}_{maturity}" for n in names], points, regime)
    values = dict(zip(names, found.T, strict=True))
    return {k: SIGN.get(k, 1.0) * v for k, v in values.items()}


def _row(values: dict[str, float]) -> dict[str, float]:
    """The parts with the yield that they add up to, and what is left over."""
    parts = {k: values[k] for k in PARTS}
    left = values["yield"] - sum(parts.values())
    return {"yield": values["yield"], **parts, "residual": left, "real": values["real"]}


def levels(economy: Economy) -> list[dict[str, Any]]:
    """Parts of every maturity at each regime's resting point, in percent per year."""
    records = []
    for index, regime in enumerate(economy.regimes):
        rest = economy.rest(index)[None]
        for maturity in MATURITIES:
            at = _parts(economy, index, rest, maturity, ANNUAL_BP / 100)
            row = _row({k: float(v[0]) for k, v in at.items()})
            head = {"economy": economy.name, "regime": regime}
            records.append({**head, "maturity": TENOR[maturity], **row})
    return records


def changes(economy: Economy, maturity: int = 40) -> list[dict[str, Any]]:
    """Responses of the parts of one maturity to three kinds of news, basis points."""
    records = []
    for index, regime in enumerate(economy.regimes):
        pairs = {
            "persistent_spending": persistent_spending(economy, index),
            "transfer": transfer(economy, index),
            "stress": stress(economy, index, 1.0),
        }
        for shock, pair in pairs.items():
            ends = np.concatenate(pair)
            at = _parts(economy, index, ends, maturity, ANNUAL_BP)
            row = _row({k: float(v[1] - v[0]) for k, v in at.items()})
            head = {"economy": economy.name, "regime": regime}
            records.append({**head, "shock": shock, **row})
    return records


def _frame(records: list[dict[str, Any]], unit: str) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(records)
    numbers = ("yield", *PARTS, "residual", "real")
    frame.attrs["units"] = dict.fromkeys(numbers, unit)
    return frame


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment(
    "decomposition",
    question=QUESTION,
    order=2.5,
    section=_section,
)
def decomposition(context: ExperimentContext) -> ExperimentResult:
    """Split yields, and the responses of the ten-year yield, into their parts."""
    from .figure import draw

    at_rest: list[dict[str, Any]] = []
    moves: list[dict[str, Any]] = []
    parameters = {}
    for name in REPORTED:
        context.progress.say(f"yields of the {name} economy")
        economy = shared_economy(context, name)
        parameters[name] = economy.calibration.by_name
        at_rest += levels(economy)
        moves += changes(economy)
    return ExperimentResult(
        tables={
            "decomposition": _frame(at_rest, "percent per year"),
            "decomposition_responses": _frame(moves, "basis points"),
        },
        records={"decomposition": at_rest, "decomposition_responses": moves},
        figures={"decomposition": draw(at_rest, moves)},
        notes=[_lead(at_rest, moves), SPLIT],
        parameters=parameters,
        quantities={
            f"{r['economy']}_{r['regime']}_{r['shock']}_{k}": (r[k], "basis points")
            for r in moves
            for k in ("yield", *PARTS)
        },
    )


SPLIT = (
    "A nominal yield is the average expected real short rate, plus average expected "
    "inflation, plus one-period inflation compensation with convexity, plus the real "
    "term premium and the inflation risk premium, less convenience; the split is exact "
    "and the residual is rounding. News is measured at each regime's own resting "
    "point: "
    + "; ".join(f"{k.replace('_', ' ')}, {v}" for k, v in SHOCKS.items())
    + "."
)


def _lead(at_rest: list[dict[str, Any]], moves: list[dict[str, Any]]) -> str:
    """One sentence per regime: the slope, and what carries the response to news."""
    sentences = []
    for pair in dict.fromkeys((r["economy"], r["regime"]) for r in at_rest):
        economy, regime = pair
        inside = "" if economy == regime else f" inside the {economy} economy"
        curve = {
            r["maturity"]: r for r in at_rest if (r["economy"], r["regime"]) == pair
        }
        slope = curve["10y"]["yield"] - curve["3m"]["yield"]
        own = [r for r in moves if (r["economy"], r["regime"]) == pair]
        news = next(r for r in own if r["shock"] == "persistent_spending")
        largest = max(PARTS, key=lambda part: abs(news[part]))
        sentences.append(
            f"Under {regime} debt{inside} the ten-year yield is "
            f"{format_cell(curve['10y']['yield'], '.2f')}%, "
            f"{format_cell(slope, '+.2f')}pp from three months; spending news moves "
            f"it by {format_cell(news['yield'], '+.1f')} bp, most of all through "
            f"{largest.replace('_', ' ')} ({format_cell(news[largest], '+.1f')} bp)."
        )
    return " ".join(sentences)
