"""Equivalence map: which explanations each row of the regime table tells apart.

Explanations of how Treasurys trade are solved on one sticky-price economy: safe debt,
risky debt, supply shocks, the monetary rule of the 1980s, both of these, and safe debt
held by intermediaries of limited capacity (plumbing).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.explanations import EXPLANATIONS as RIVALS
from ...calibration.economies.explanations import MEASURES, measures
from ...calibration.economies.intermediaries import Plumbing, load_plumbing
from ...calibration.economies.plumbed import (
    capacity_returns,
    supply_revaluation,
    supply_wedge,
    wedge_at_rest,
)
from ...calibration.economies.responses import ANNUAL_BP
from ...calibration.economies.sticky import LocalEconomy, solve_sticky
from ...calibration.matching.equivalence import (
    STRONG,
    Evidence,
    divergence,
    load_evidence,
    odds,
    years_to_tell,
)
from ..regime_rows import Cell
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult
from ..slide_claims import Side, SlideClaim, slide_records

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "How long a record tells risky debt from its rivals?"
ORDER = 3
# Explanation -> label; all but the last are those of ``rivals``.
LABELS = {
    "safe": "safe debt",
    "risky": "risky debt",
    "supply": "supply shocks",
    "rule": "monetary rule of the 1980s",
    "supply_and_rule": "supply shocks with that rule",
    "plumbing": "plumbing",
}
UNITS = {name: m.unit for name, m in MEASURES.items()} | {
    "treasury_portfolio_beta": "ratio",
    "persistent_term_premium_10y": "basis points",
}
# What is observed of a quarter, and the standard deviation of its measurement error,
# log: chosen, 10 basis points a year on yields, a tenth of equity's own volatility.
_TENORS = (8, 20, 40, 120)
OBSERVED = {
    **{f"bond_{n}": n * 0.00025 for n in _TENORS},
    "equity": 0.008,
}


def implied(economy: LocalEconomy) -> dict[str, float]:
    """What an explanation says every quantity should be, in the units of ``UNITS``."""
    found = measures(economy)
    return {name: found[name] for name in MEASURES} | {
        "treasury_portfolio_beta": economy.beta("treasury_portfolio"),
        "persistent_term_premium_10y": found["persistent_term_premium_10y"],
    }


def plumbed(
    economy: LocalEconomy, plumbing: Plumbing, says: Mapping[str, float]
) -> dict[str, float]:
    """What safe debt says once intermediaries hold it.

    Losses of capacity move bonds and not stocks: the beta stays, the correlation falls.
    Debt that news adds carries a wedge, a term premium with nothing unfunded behind it.
    """
    bond = economy.surprises["bond_40"]
    moved = float(capacity_returns(plumbing, (40,))[0])
    variance = float(bond @ bond)
    wedges = {
        news: ANNUAL_BP * supply_wedge(plumbing, economy, make(1.0), 40)
        for news, make in (
            ("persistent", economy.persistent),
            ("one_time", economy.one_time),
        )
    }
    scale = np.sqrt(variance / (variance + moved**2))
    added = {
        "persistent_yield_10y_ex_convenience": wedges["persistent"],
        "one_time_yield_10y_ex_convenience": wedges["one_time"],
        "persistent_term_premium_10y": wedges["persistent"],
        "term_premium_10y_level": 400 * wedge_at_rest(plumbing, 40),
        "revaluation": supply_revaluation(plumbing, economy, economy.persistent(1.0)),
    }
    found = {name: value + added.get(name, 0.0) for name, value in says.items()}
    found["stock_bond_return_correlation"] *= float(scale)
    return found


def covariance(economy: LocalEconomy) -> np.ndarray:
    """Covariance (n, n) of a quarter's unexpected returns, with measurement error."""
    moves = np.array([economy.surprises[name] for name in OBSERVED])
    return moves @ moves.T + np.diag(np.square(list(OBSERVED.values())))


def rows(
    evidence: tuple[Evidence, ...], found: Mapping[str, Mapping[str, float]]
) -> list[dict[str, Any]]:
    """One record per row of evidence: numbers, odds, years until risky debt is told.

    Years are those after which odds of twenty to one are expected if risky debt is
    true; None where a rival says the same number.
    """
    records = []
    for e in evidence:
        says = {name: values[e.quantity] for name, values in found.items()}
        share = odds(e, says)
        years = {n: years_to_tell(e, says["risky"], v) for n, v in says.items()}
        records.append(
            {
                "quantity": e.quantity,
                "era": e.era,
                "unit": UNITS[e.quantity],
                "estimate": e.value,
                "standard_error": e.standard_error,
                "sample_years": e.years,
                "source": e.source,
                "assumed": e.assumed,
                **{f"{n}_implied": v for n, v in says.items()},
                **{f"{n}_odds": v for n, v in share.items()},
                **{f"{n}_years": v for n, v in years.items() if n != "risky"},
            }
        )
    return records


def joint_years(covariances: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """Years after which all returns together are expected to tell, for every pair."""
    return [
        {
            "truth": truth,
            "rival": rival,
            "evidence_per_quarter": gain,
            "years": STRONG / gain / 4,
        }
        for truth, own in covariances.items()
        for rival, other in covariances.items()
        if truth != rival
        for gain in [divergence(own, other)]
    ]


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("equivalence", question=QUESTION, order=5.69, section=_section)
def equivalence(context: ExperimentContext) -> ExperimentResult:
    """Odds row by row, and the samples that tell explanations apart."""
    import pandas as pd

    from .page import draw

    solved = {}
    for name, label in LABELS.items():
        if name != "plumbing":
            context.progress.say(f"solving: {label}")
            rival = RIVALS[name]
            given = {**rival.changes, **context.overrides}
            solved[name] = solve_sticky(rival.base, given, ORDER)
    solved["plumbing"] = solved["safe"]
    found = {name: implied(economy) for name, economy in solved.items()}
    covariances = {name: covariance(economy) for name, economy in solved.items()}
    plumbing = load_plumbing()
    found["plumbing"] = plumbed(solved["safe"], plumbing, found["safe"])
    moves = np.append(capacity_returns(plumbing, _TENORS), 0.0)
    covariances["plumbing"] = covariances["safe"] + np.outer(moves, moves)
    parameters: dict[str, Any] = {
        name: economy.calibration.by_name for name, economy in solved.items()
    }
    parameters["plumbing"] = plumbing.calibration.by_name
    records = rows(load_evidence(), found)
    pairs = joint_years(covariances)
    return ExperimentResult(
        tables={
            "equivalence": pd.DataFrame(records),
            "equivalence_joint": pd.DataFrame(pairs),
        },
        records={
            "equivalence": records,
            "equivalence_joint": pairs,
            **slide_records("equivalence", _claims(records, pairs)),
        },
        figures={"equivalence": draw(records, LABELS)},
        notes=[_lead(records, pairs), HOW],
        parameters=parameters,
    )


HOW = (
    "Each row of evidence is an estimate with a standard error; an explanation says "
    "what the number should be, and errors are normal. Explanations are the "
    "sticky-price economy with safe debt, with risky debt, with supply shocks or the "
    "monetary rule of the 1980s or both on safe debt, and with safe debt in the "
    "hands of intermediaries whose capacity varies. Sizes count as much as signs: an "
    "explanation loses a row where its number is too large, too."
)


def _best(records: list[dict[str, Any]], era: str) -> list[str]:
    """Likeliest explanation of every row of an era."""
    return [
        max(LABELS, key=lambda n, r=r: r[f"{n}_odds"])
        for r in records
        if r["era"] == era
    ]


def _lead(records: list[dict[str, Any]], pairs: list[dict[str, Any]]) -> str:
    years = {r["rival"]: r["years"] for r in pairs if r["truth"] == "risky"}
    spans = ", ".join(f"{LABELS[n]} {v:.1f}" for n, v in years.items())
    now, before = _best(records, "2022-present"), _best(records, "1998-2019")
    return (
        f"Row by row, risky debt is the likeliest of {len(LABELS)} explanations in "
        f"{before.count('risky')} of {len(before)} rows of 1998-2019 and in "
        f"{now.count('risky')} of {len(now)} since 2022. If risky debt is true, "
        "quarterly returns of bonds and stocks together are expected to give odds of "
        f"twenty to one against the others after so many years: {spans}."
    )


def _claims(
    records: list[dict[str, Any]], pairs: list[dict[str, Any]]
) -> list[SlideClaim]:
    """Comovement does not discriminate, news does: as probabilities of risky debt."""
    own = {(r["quantity"], r["era"]): r for r in records}
    beta = own["stock_bond_return_correlation", "2022-present"]
    news = own["persistent_yield_10y_ex_convenience", "1997-2022"]

    def claim(key: str, text: str, row: Mapping[str, Any], below: str) -> SlideClaim:
        return SlideClaim(
            key,
            text,
            "probability",
            Side(row["safe_odds"], Cell("low", 0.5), "safe debt"),
            Side(row["risky_odds"], Cell(None, 0.5), "risky debt"),
            Side(1 - row["safe_odds"], Cell("high", 0.5), below),
        )

    return [
        claim(
            "comovement_rejects_safe",
            "Since 2022 stocks and bonds move together as they do not with safe debt.",
            beta,
            "not safe debt; rivals of risky debt included",
        ),
        claim(
            "news_rejects_safe",
            "Yields answer to fiscal news as they do not with safe debt.",
            news,
            "not safe debt; error of the estimate assumed",
        ),
    ]
