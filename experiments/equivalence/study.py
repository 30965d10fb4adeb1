"""Equivalence map: which explanations each row of the regime table tells apart.

Explanations of how Treasurys trade are solved on one sticky-price economy: safe debt,
risky debt, supply shocks, the monetary rule of the 1980s, both of these, and safe debt
held by intermediaries of limited capacity (plumbing).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...calibration.economies import explanations
from ...calibration.economies.explanations import MEASURES
from ...calibration.economies.intermediaries import Plumbing, load_plumbing
from ...calibration.economies.plumbed import (
    capacity_returns,
    supply_revaluation,
    supply_wedge,
    wedge_at_rest,
)
from ...calibration.economies.protocol import ANNUAL_BP
from ...calibration.economies.quantities import measured
from ...calibration.economies.sticky import StickyEconomy
from ...calibration.matching.equivalence import (
    STRONG,
    Evidence,
    divergence,
    load_evidence,
    odds,
    years_to_tell,
)
from ...calibration.record.bills import announced
from ...models.markets import intermediary_parameters
from ..study import Findings, Setting
from ..tables import table

OPTIONS = intermediary_parameters.PARAMETERS
ORDER = 3
PLUMBING = "plumbing"
# Explanation -> label; plumbing is put on safe debt, the others are economies.
LABELS = {
    "safe": "safe debt",
    "risky": "risky debt",
    "supply": "supply shocks",
    "rule": "monetary rule of the 1980s",
    "supply_and_rule": "supply shocks with that rule",
    PLUMBING: "plumbing",
}
UNITS = {name: m.unit for name, m in MEASURES.items()} | {
    "treasury_portfolio_beta": "ratio",
    "score_term_premium_10y": "basis points",
}
ROW = ("quantity", "era")
PAIR = ("truth", "rival")
COLUMN_UNITS = {
    "sample_years": "years",
    "evidence_per_quarter": "log points",
    "years": "years",
    **{f"{n}_odds": "probability" for n in LABELS},
    **{f"{n}_years": "years" for n in LABELS},
}
# What is observed of a quarter, and the standard deviation of its measurement error,
# log: chosen, 10 basis points a year on yields, a tenth of equity's own volatility.
_TENORS = (8, 20, 40, 120)
OBSERVED = {
    **{f"bond_{n}": n * 0.00025 for n in _TENORS},
    "equity": 0.008,
}


# Rows beside those that tell explanations apart.
_BESIDE = ("treasury_portfolio_beta", "score_term_premium_10y")


def implied(economy: StickyEconomy) -> dict[str, float]:
    """What an explanation says every quantity should be, in the units of ``UNITS``."""
    return measured(economy, (*MEASURES, *_BESIDE))


def plumbed(
    economy: StickyEconomy, plumbing: Plumbing, says: Mapping[str, float]
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
    wedges["score"] = announced().ordinary * wedges["persistent"]
    scale = np.sqrt(variance / (variance + moved**2))
    added = {
        "score_yield_10y_ex_convenience": wedges["score"],
        "one_time_yield_10y_ex_convenience": wedges["one_time"],
        "score_term_premium_10y": wedges["score"],
        "term_premium_10y_level": 400 * wedge_at_rest(plumbing, 40),
        "revaluation": supply_revaluation(plumbing, economy, economy.persistent(1.0)),
    }
    found = {name: value + added.get(name, 0.0) for name, value in says.items()}
    found["stock_bond_return_correlation"] *= float(scale)
    return found


def covariance(economy: StickyEconomy) -> np.ndarray:
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
        said = {name: values[e.quantity] for name, values in found.items()}
        share = odds(e, said)
        years = {n: years_to_tell(e, said["risky"], v) for n, v in said.items()}
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
                **{f"{n}_implied": v for n, v in said.items()},
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


def says(
    solved: Mapping[str, StickyEconomy], plumbing: Plumbing
) -> dict[str, dict[str, float]]:
    """What every explanation says, plumbing last."""
    found = {name: implied(economy) for name, economy in solved.items()}
    safe = solved["safe"]
    return found | {PLUMBING: plumbed(safe, plumbing, found["safe"])}


def measure(setting: Setting) -> Findings:
    """Odds row by row, and the samples that tell explanations apart.

    ``bounds`` are changes of odds from the next lower order of approximation.

    Raises
    ------
    OverrideError
        A change contradicts what makes an explanation.
    CalibrationError, SolutionError
        From intermediaries and economies.
    """
    plumbing = load_plumbing(setting.options)
    solved = {}
    for name, label in LABELS.items():
        if name != PLUMBING:
            setting.progress.say(f"solving: {label}")
            solved[name] = explanations.solved(setting.store, name, ORDER)
    evidence = tuple(e for e in load_evidence() if e.quantity in UNITS)
    records = rows(evidence, says(solved, plumbing))
    covariances = {name: covariance(economy) for name, economy in solved.items()}
    moves = np.append(capacity_returns(plumbing, _TENORS), 0.0)
    covariances[PLUMBING] = covariances["safe"] + np.outer(moves, moves)
    parameters: dict[str, Any] = {
        name: economy.calibration.by_name for name, economy in solved.items()
    }
    data = {
        "equivalence": table(records, ROW, COLUMN_UNITS),
        "equivalence_joint": table(joint_years(covariances), PAIR, COLUMN_UNITS),
    }
    if ORDER > 1:
        setting.progress.say("the same to a lower order")
        lower = {name: e.at_order(ORDER - 1) for name, e in solved.items()}
        below = rows(evidence, says(lower, plumbing))
        data["bounds"] = table(_changes(records, below), ROW, COLUMN_UNITS)
    return Findings(
        data,
        parameters={**parameters, PLUMBING: plumbing.calibration.by_name},
    )


def _changes(
    records: list[dict[str, Any]], below: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What odds change from a lower order, row by row."""
    names = [f"{n}_odds" for n in LABELS]
    return [
        {k: here[k] for k in ROW} | {n: abs(here[n] - there[n]) for n in names}
        for here, there in zip(records, below, strict=True)
    ]
