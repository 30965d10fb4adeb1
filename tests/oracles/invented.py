"""Invented records of experiments, with their keys but none of their solving."""

import pandas as pd

from fiscax.calibration.economies.responses import PER_POINT_OF_DEBT
from fiscax.calibration.record.moments import shipped_moments
from fiscax.calibration.record.observables import TENOR
from fiscax.experiments.decomposition.study import SHOCKS
from fiscax.experiments.predictions import ROWS, record
from fiscax.solvers.pricing.curves import PARTS

COLUMNS = (
    ("safe", "safe"),
    ("risky", "risky"),
    ("switching", "safe"),
    ("switching", "risky"),
)
HEADINGS = ["Safe debt", "Risky debt", "Switching: safe", "Switching: risky"]
# Values, betas and signs of the claims; debt's beta is their sum.
CLAIMS = {
    "tax": (41.2, 0.1012, 1.0),
    "spending": (38.3, 0.1043, -1.0),
    "convenience": (0.91, 0.31, 1.0),
}
RESIDUAL = 0.0004


def regime_records(columns, value=5.672):
    """Records of the regime table in which every quantity has the same value."""
    return [
        record(row, economy, regime, value, 0.0508)
        for economy, regime in columns
        for row in ROWS
    ]


def claim_records(columns):
    """Records of ``claims`` that satisfy the identity up to ``RESIDUAL``."""
    added = {k: s * v * b for k, (v, b, s) in CLAIMS.items()}
    debt = sum(added.values()) + RESIDUAL
    rows = {"debt": (1.0, debt), **{k: v[:2] for k, v in CLAIMS.items()}}
    rows["output"] = (161.0, 0.12)
    return [
        {
            "economy": economy,
            "regime": regime,
            "disasters": disasters,
            "claim": claim,
            "value": value,
            "beta": beta,
            "monte_carlo_error": 0.0061,
            "adds_to_beta_of_debt": added.get(claim),
            "identity_residual": RESIDUAL if claim == "debt" else None,
        }
        for disasters in ("without", "with")
        for economy, regime in columns
        for claim, (value, beta) in rows.items()
    ]


def slope_records(columns):
    """Records of ``debt_slopes``."""
    names = [r.quantity for r in ROWS if r.quantity.startswith("debt_slope_")]
    return [
        {
            "economy": economy,
            "regime": regime,
            "quantity": name,
            "slope": -0.7123,
            "standard_error": 0.0304,
            "unit": PER_POINT_OF_DEBT,
        }
        for economy, regime in columns
        for name in names
    ]


def certificate_records(columns):
    """Records of ``certificates`` of every kind."""
    kinds = (
        ("value", "tax", "ratio to annual output", 41.23, 0.0712),
        ("rate", "real_10y", "basis points", 101.234, 0.3456),
        ("rate", "term_premium_3m", "basis points", 0.0, 3e-13),
        ("beta", "debt_claim_beta", "ratio", 0.2101, 0.0123),
    )
    return [
        {
            "economy": economy,
            "regime": regime,
            "kind": kind,
            "object": name,
            "unit": unit,
            "value": value,
            "error_mean": None if kind == "beta" else bound / 10,
            "error_p99": None if kind == "beta" else bound / 2,
            "resolvent_norm": 160.0 if kind == "value" else None,
            "estimate": bound / 3 if kind == "value" else None,
            "bound": bound,
        }
        for economy, regime in columns
        for kind, name, unit, value, bound in kinds
    ]


def decomposition_records(columns):
    """Records of both tables of ``decomposition``: levels and responses."""

    def row(scale):
        parts = dict.fromkeys(PARTS, 0.4 * scale) | {"convenience": -0.3 * scale}
        return {
            "yield": sum(parts.values()),
            **parts,
            "residual": 1e-13,
            "real": 0.7 * scale,
        }

    heads = [
        (k + 1, {"economy": economy, "regime": regime})
        for k, (economy, regime) in enumerate(columns)
    ]
    levels = [
        {**head, "maturity": tenor, **row(k + j / 10)}
        for k, head in heads
        for j, tenor in enumerate(TENOR.values())
    ]
    moves = [
        {**head, "shock": shock, **row(2.5 * k * sign)}
        for k, head in heads
        for shock, sign in zip(SHOCKS, (1.0, 0.1, -1.0), strict=True)
    ]
    return {"decomposition": levels, "decomposition_responses": moves}


FOUR = [
    ("safe", "1998-2019"),
    ("risky", "2022-present"),
    ("switching: safe", "1998-2019"),
    ("switching: risky", "2022-present"),
]


def comparison(regimes_shown):
    """Table of ``compare`` on the record's moments, each regime off by another gap."""
    data = shipped_moments()
    parts = []
    for k, (regime, era) in enumerate(regimes_shown):
        here = data.query("era == @era")
        frame = pd.DataFrame(
            {
                "moment": here["name"],
                "era": era,
                "regime": regime,
                "data": here["value"],
                "standard_error": here["standard_error"],
                "model": here["value"] + (k - 1.2) * 3 * here["standard_error"],
                "unit": here["unit"],
                "targeted": here["name"] == "inflation_mean",
            }
        )
        t = (frame["model"] - frame["data"]) / frame["standard_error"]
        parts.append(frame.assign(t=t))
    return pd.concat(parts, ignore_index=True)
