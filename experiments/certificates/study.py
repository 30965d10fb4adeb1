"""Certificates: the a-posteriori bound of every printed value, yield and beta.

Values carry local residual times resolvent norm, rates the residuals of their bonds
summed to maturity. Rates and betas also carry their distance to those on another
pricing grid, the policies being the same: for an economy on the fine grid that is the
coarse one, and the distance is then mostly the coarse grid's own error.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ...calibration.economies.core import COARSE, FINE, MATURITIES, CoreEconomy
from ...calibration.economies.protocol import ANNUAL_BP
from ...calibration.economies.responses import REPORTED
from ...calibration.economies.store import EconomyStore
from ...calibration.record.observables import TENOR
from ...solvers.compiled import release_programs
from ...solvers.pricing.certificates import claim_certificates, curve_differences
from ...solvers.pricing.curve_certificates import curve_bounds
from ..study import Findings, Setting
from ..tables import table

# Next to the coarse grid: what an economy solved on that one is compared with.
BETWEEN = (2, 4, 2, 2, 3, 3, 2)
# Grids on which errors of the risky economy are shown, coarse to fine.
LEVELS = (COARSE, BETWEEN, FINE)
# Economies whose numbers are bounded, and on which grid; tests take fewer.
ECONOMIES, GRID = REPORTED, "fine"
# States of which a rate's distances are taken, and at which levels' errors are.
STATES, LEVEL_POINTS = 600, 3000
CURVES = ("yield", "real", "term_premium", "convenience")


def priced_elsewhere(economy: CoreEconomy) -> CoreEconomy:
    """The same solution with prices on another grid, coarser where there is one."""
    own = economy.pricing or economy.solution.grids[-1][1].levels
    return replace(economy, pricing=BETWEEN if own == COARSE else COARSE)


def value_certificates(economy: CoreEconomy, regime: int) -> list[dict[str, Any]]:
    """Values at the resting point and their bounds, as ratios to annual output."""
    found = claim_certificates(economy.operators, economy.ledger, regime)
    return [
        {
            "kind": "value",
            "object": claim,
            "unit": "ratio to annual output",
            "value": c.value / 4,
            "error_mean": c.residual_mean / 4,
            "error_p99": c.residual_p99 / 4,
            "resolvent_norm": c.norm,
            "estimate": c.estimate / 4,
            "bound": c.bound / 4,
        }
        for claim, c in found.items()
    ]


def curve_certificates(
    economy: CoreEconomy, other: CoreEconomy, regime: int
) -> list[dict[str, Any]]:
    """Rates at the resting point; distances (mean, 99%) and the bound (99%)."""
    bounds = curve_bounds(economy.operators, MATURITIES, regime)
    sample, which = economy.solution.ergodic_sample
    here = np.flatnonzero(which == regime)
    chosen = np.random.default_rng(7).choice(here, STATES)
    names = [f"{part}_{n}" for part in CURVES for n in MATURITIES]
    labels = [f"{part}_{TENOR[n]}" for part in CURVES for n in MATURITIES]
    limits = np.concatenate([bounds[part].p99 for part in CURVES])
    levels = economy.curves(names, economy.rest(regime), regime)[0]
    mean, p99 = curve_differences(
        economy.curves, other.curves, names, sample[chosen], which[chosen]
    )
    return [
        {
            "kind": "rate",
            "object": label,
            "unit": "basis points",
            "value": float(ANNUAL_BP * level),
            "error_mean": float(ANNUAL_BP * a),
            "error_p99": float(ANNUAL_BP * b),
            "resolvent_norm": None,
            "estimate": None,
            "bound": float(ANNUAL_BP * bound),
        }
        for label, level, a, b, bound in zip(
            labels, levels, mean, p99, limits, strict=True
        )
    ]


def _betas(economy: CoreEconomy, regime: int) -> dict[str, float]:
    member = economy.members[regime]
    slopes = {k: v for k, v in member.claim_betas().items() if k != "residual"}
    return {f"{k}_claim_beta": v for k, v in slopes.items()} | member.return_betas()


def beta_certificates(
    economy: CoreEconomy, other: CoreEconomy, regime: int
) -> list[dict[str, Any]]:
    """Betas without disasters and their distance on the same draws."""
    mine, theirs = _betas(economy, regime), _betas(other, regime)
    return [
        {
            "kind": "beta",
            "object": name,
            "unit": "ratio",
            "value": value,
            "error_mean": None,
            "error_p99": None,
            "resolvent_norm": None,
            "estimate": None,
            "bound": abs(value - theirs[name]),
        }
        for name, value in mine.items()
    ]


def economy_certificates(economy: CoreEconomy) -> list[dict[str, Any]]:
    """Certificates of every regime of an economy, one record per number."""
    other = priced_elsewhere(economy)
    return [
        {"economy": economy.name, "regime": name, **row}
        for regime, name in enumerate(economy.regimes)
        for row in (
            *value_certificates(economy, regime),
            *curve_certificates(economy, other, regime),
            *beta_certificates(economy, other, regime),
        )
    ]


def level_errors(store: EconomyStore, economy: CoreEconomy) -> list[dict[str, Any]]:
    """How errors of the worst equation fall with the level of the grid.

    One row per grid, coarse to fine: levels, nodes, and log10 relative errors of the
    last block's worst equation (mean, 99% and 99.9% over ergodic points). The last
    grid is the economy's own.
    """
    *coarser, _ = LEVELS
    grids = [store.on_levels(economy, (COARSE, levels)) for levels in coarser]
    rows = []
    for levels, solved in zip(LEVELS, (*grids, economy), strict=True):
        solution = solved.solution
        found = [
            r for r in solution.accuracy(LEVEL_POINTS) if r["block"] == solution.block
        ]
        rows.append(
            {
                "levels": " ".join(map(str, levels)),
                "nodes": dict(solution.grids)[solution.block].size,
                "worst mean (log10)": max(r["mean_log10"] for r in found),
                "worst 99% (log10)": max(r["p99_log10"] for r in found),
                "worst 99.9% (log10)": max(r["p99_9_log10"] for r in found),
            }
        )
    return rows


def measure(setting: Setting) -> Findings:
    """Bounds of the three economies, and errors of the risky one by grid: minutes."""
    store = setting.store
    rows: list[dict[str, Any]] = []
    for name in ECONOMIES:
        setting.progress.say(f"certificates of the {name} economy")
        rows += economy_certificates(store.core(name, grid=GRID))
        release_programs()
    setting.progress.say("errors of the risky economy by grid")
    levels = level_errors(store, store.core("risky", grid=GRID))
    labels = ("economy", "regime", "kind", "object", "unit")
    return Findings(
        {"certificates": table(rows, labels), "levels": table(levels, ("levels",))}
    )
