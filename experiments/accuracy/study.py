"""Evidence: Euler-equation errors, valuation residuals, radii, determinacy."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...calibration.economies.core import CoreEconomy
from ...calibration.economies.responses import REPORTED
from ...solvers.compiled import release_programs
from ..study import Findings, Setting
from ..tables import table

# Fresh ergodic points per regime.
POINTS = 10_000
# Which economies, and on which grid; tests take fewer on the coarse one.
ECONOMIES, GRID = REPORTED, "fine"
UNITS = {
    "mean_log10": "log10, relative",
    "p99_log10": "log10, relative",
    "p99_9_log10": "log10, relative",
    "share_outside_domain": "ratio",
    "valuation_residual": "share of debt",
    "spectral_radius": "ratio",
    "spectral_radius_with_convenience": "ratio",
}


def valuation_residual(economy: CoreEconomy, regime: int) -> float:
    """99th percentile over the ergodic set of |ledger residual| over debt."""
    points, which = economy.solution.ergodic_sample
    chosen = points[which == regime][::41]
    entries = economy.ledger(chosen, regime)
    return float(np.quantile(np.abs(entries["residual"] / entries["debt"]), 0.99))


def economy_accuracy(economy: CoreEconomy, points: int) -> list[dict[str, Any]]:
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


def stability(economy: CoreEconomy) -> dict[str, Any] | None:
    """Radii of the closed loop at the resting point; None where it was not examined."""
    found = economy.solution.evidence[economy.solution.block].stability
    if found is None:
        return None
    return {
        "radius": found.radius,
        "mean_square_radius": found.mean_square_radius,
        "determinacy": [d.verdict for d in economy.solution.determinacy],
    }


def measure(setting: Setting) -> Findings:
    """Euler-equation errors on ergodic points, disasters included."""
    rows: list[dict[str, Any]] = []
    loops = {}
    for name in ECONOMIES:
        setting.progress.say(f"errors of the {name} economy")
        economy = setting.store.core(name, grid=GRID)
        rows += economy_accuracy(economy, POINTS)
        loops[name] = stability(economy)
        release_programs()
    labels = ("economy", "regime", "equation")
    return Findings(
        {"accuracy": table(rows, labels, UNITS)},
        extra={"stability": loops, "points": POINTS},
    )
