"""The same strips priced by the solved economies, beside the affine reduced form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...calibration.economies.responses import shared_economy
from ...calibration.economies.strips import block_operators, strip_averages, strip_sums
from ..registry import ExperimentContext
from ..report import labels
from .strips import HORIZONS

# Permanent regimes: a strip of the switching economy has no single regime to hold.
ECONOMIES = ("safe", "risky")
PUBLISHED = "published"
# In the order of the figure's panels.
CLAIMS = ("tax", "spending", "output", "equity", "nominal_bond", "real_bond")
UNITS = {
    "horizon_years": "years",
    "premium": "percent per year, over nominal short rates",
    "real_premium": "percent per year, over real short rates",
    "spread": "percent per year, standard deviation over states",
    "price": "multiple of today's payoff",
    "sum_years": "years of payoffs",
    "value_years": "years of payoffs",
    "relative_gap": "ratio, root mean square over states",
}
Record = Mapping[str, Any]


def structural_strips(
    context: ExperimentContext,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    """Strip records, sums of strips, and parameters of the safe and risky economy.

    Economies that the report has solved are used; others are solved here.
    """
    # Overrides of this experiment are assumptions, not parameters of an economy.
    plain = replace(context, overrides={})
    strips, sums, parameters = [], [], {}
    for name in ECONOMIES:
        context.progress.say(f"strips of the {name} economy")
        with context.progress.stage(f"{name} economy, shared or solved"):
            economy = shared_economy(plain, name)
        parameters[name] = economy.calibration.by_name
        with context.progress.stage(f"strips of the {name} economy, priced"):
            found = economy_records(economy)
        strips += found[0]
        sums += found[1]
    return strips, sums, parameters


def economy_records(
    economy: Any, horizons: Sequence[int] = HORIZONS
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Strips and sums of strips of an economy with one permanent regime, see UNITS."""
    operators = block_operators(economy)
    strips = [
        {
            "claim": found.claim,
            "horizon_years": years,
            "source": economy.name,
            "premium": 100 * float(found.premium[i]),
            "real_premium": (
                None
                if found.real_premium is None
                else 100 * float(found.real_premium[i])
            ),
            "spread": 100 * float(found.spread[i]),
            "price": float(found.price[i]),
        }
        for found in strip_averages(economy, horizons, operators=operators)
        for i, years in enumerate(horizons)
    ]
    sums = [
        {
            "source": economy.name,
            "claim": found.claim,
            "sum_years": found.value,
            "value_years": found.solved,
            "relative_gap": found.gap,
        }
        for found in strip_sums(economy, operators=operators)
    ]
    return strips, sums


def compared(
    published: Sequence[Record], structural: Sequence[Record]
) -> list[dict[str, Any]]:
    """One tidy list by claim, source and horizon: reduced form, then the economies.

    What only one side knows is None on the other: the published affine economy stands
    at its mean state and has no real short rate. The surplus has no premium and is
    left out.
    """
    empty = {"real_premium": None, "spread": None}
    kept = ("claim", "horizon_years", "premium", "price")
    rows = [
        {**{k: r[k] for k in kept}, "source": PUBLISHED, **empty} for r in published
    ]
    rows += [dict(r) for r in structural]
    order = ("claim", "horizon_years", "source", "premium", *empty, "price")
    sources = (PUBLISHED, *ECONOMIES)
    return [
        {name: row[name] for name in order}
        for claim in CLAIMS
        for source in sources
        for row in rows
        if (row["claim"], row["source"]) == (claim, source)
    ]


HOW = (
    "The solved economies price the same claims with their own operator. Every premium "
    "has the one definition above, an expected log return less expected nominal short "
    "rates; it is averaged over the ergodic sample, disasters included. The short rate "
    "is the policy rate, which carries no convenience, and a period is a quarter; the "
    "published short rate is a Treasury yield, and a period is a year. An expected log "
    "return is lower than the log of the expected return by about half a variance, "
    "most for equity. The file has premia over real short rates too, larger by what "
    "nominal bills pay over expected inflation and the real rate; a claim whose real "
    "payoff no policy moves has the same one in both economies."
)


def summary(rows: Sequence[Record], near: int = 1, far: int = 20) -> str:
    """How premia are computed, and the rows that tell the sources apart, in words."""
    found = {(r["claim"], r["source"], r["horizon_years"]): r["premium"] for r in rows}

    def listed(first: str, second: str | None, years: int) -> str:
        parts = []
        for source in (PUBLISHED, *ECONOMIES):
            value = found[first, source, years]
            if second is not None:
                value -= found[second, source, years]
            parts.append(f"{labels.fixed(value, 'percent', 2)} ({source})")
        return ", ".join(parts)

    return (
        f"{HOW} Output earns, at {far} years: {listed('output', None, far)} percent a "
        f"year; nominal bonds: {listed('nominal_bond', None, far)}. Taxes earn more "
        f"than spending by, at {near} year: {listed('tax', 'spending', near)}; at "
        f"{far} years: {listed('tax', 'spending', far)}."
    )
