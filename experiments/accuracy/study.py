"""Evidence: Euler-equation errors, valuation residuals, radii, determinacy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.core import Economy
from ...calibration.economies.responses import REPORTED, shared_economy
from ..registry import ExperimentContext, experiment, release_programs
from ..report.results import ExperimentResult

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "How exact are the solutions, equation by equation?"


def valuation_residual(economy: Economy, regime: int) -> float:
    """99th percentile over the ergodic set of |ledger residual| over debt."""
    points, which = economy.solution.ergodic_sample
    chosen = points[which == regime][::41]
    entries = economy.ledger(chosen, regime)
    return float(np.quantile(np.abs(entries["residual"] / entries["debt"]), 0.99))


def economy_accuracy(economy: Economy, points: int) -> list[dict[str, Any]]:
    """Records of ``accuracy.json`` for one economy."""
    names = dict(zip(economy.model.regimes.names, economy.regimes, strict=True))
    verdicts = [d.verdict for d in economy.solution.determinacy]
    residuals = [valuation_residual(economy, r) for r in range(len(economy.regimes))]
    records = []
    for row in economy.solution.accuracy(points):
        regime = economy.model.regimes.names.index(row["regime"])
        records.append(
            {
                "economy": economy.name,
                "regime": names[row["regime"]],
                "equation": row["equation"],
                "mean_log10": row["mean_log10"],
                "p99_log10": row["p99_log10"],
                "p99_9_log10": row["p99_9_log10"],
                "share_outside_domain": row["share_outside_domain"],
                "valuation_residual": residuals[regime],
                "spectral_radius": economy.ledger.radius,
                "spectral_radius_with_convenience": (
                    economy.ledger.radius_with_convenience
                ),
                "determinacy": verdicts[regime],
            }
        )
    return records


def stability_note(economy: Economy) -> str:
    """Sentence on the closed loop at the resting point."""
    found = economy.solution.evidence[economy.solution.block].stability
    if found is None:
        return f"{economy.name}: the closed loop was not examined."
    return (
        f"{economy.name}: around the resting point the closed loop has spectral radius "
        f"{found.radius:.4f}, the map of second moments {found.mean_square_radius:.4f} "
        "(mean-square stable below one); the linear solution of each regime on its own "
        f"is {', '.join(d.verdict for d in economy.solution.determinacy)}."
    )


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("accuracy", question=QUESTION, order=5.9, section=_section)
def accuracy(context: ExperimentContext) -> ExperimentResult:
    """Euler-equation errors on 20,000 ergodic points, disasters included."""
    import pandas as pd

    records: list[dict[str, Any]] = []
    stability = []
    for name in REPORTED:
        context.progress.say(f"errors of the {name} economy")
        economy = shared_economy(context, name)
        records += economy_accuracy(economy, 20_000)
        stability.append(stability_note(economy))
        release_programs()
    worst = max(r["mean_log10"] for r in records)
    lead = (
        "Relative residuals of every equilibrium condition on 20,000 fresh ergodic "
        "points per regime, disasters included, with a finer quadrature than the "
        f"solver's (log10). The worst equation's mean is {worst:.2f}. `fiscax run "
        "certificates` bounds every value, rate and beta."
    )
    return ExperimentResult(
        tables={"accuracy": pd.DataFrame(records)},
        records={"accuracy": records},
        notes=[lead, *stability],
    )
