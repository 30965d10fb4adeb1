"""The regime table: every prediction of the two models as a number with a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..calibration.economies import COARSE, Economy, solve_economy
from .registry import ExperimentContext, experiment
from .report_page import Section
from .responses import (
    REPORTED,
    SWITCHING,
    Quantity,
    regime_quantities,
    shared_economy,
)
from .results import ExperimentResult

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Cell:
    """One claim: ``"zero"``, ``"positive"``, ``"negative"`` or ``"high"`` (above .5).

    ``tolerance`` separates zero from not zero, in the quantity's unit; the band is that
    of the design's judgement of the record, None where there is none.
    """

    claim: str | None
    tolerance: float
    band: tuple[float, float] | None = None


@dataclass(frozen=True)
class Row:
    """A row of the table with what each regime claims about a quantity."""

    row: str
    quantity: str
    safe: Cell
    risky: Cell


def _both(claim: str | None, tolerance: float, band=None) -> tuple[Cell, Cell]:
    return Cell(claim, tolerance, band), Cell(claim, tolerance, band)


ROWS = (
    Row("leading authority", "monetary_share", Cell("high", 0.5), Cell("low", 0.5)),
    Row("leading authority", "fiscal_share", Cell("low", 0.5), Cell("high", 0.5)),
    Row(
        "leading authority",
        "inflation_after_rate_rise",
        Cell("negative", 0.1),
        Cell(None, 0.1),
    ),
    Row(
        "who bears spending risk",
        "share_taxpayers",
        Cell("high", 0.5),
        Cell(None, 0.5),
    ),
    Row(
        "who bears spending risk",
        "share_bondholders",
        Cell("zero", 0.02),
        Cell("positive", 0.02),
    ),
    Row("who bears spending risk", "share_convenience", *_both(None, 0.01)),
    Row(
        "revaluation of debt", "revaluation", Cell("zero", 0.02), Cell("negative", 0.02)
    ),
    Row(
        "market beta of debt",
        "treasury_portfolio_beta",
        Cell("zero", 0.1, (-0.1, 0.1)),
        Cell("positive", 0.02, (0.1, 10.0)),
    ),
    Row(
        "yields react to fiscal news",
        "persistent_yield_10y_ex_convenience",
        Cell("zero", 1.0, (-1.0, 1.0)),
        Cell("positive", 1.0, (4.0, 9.0)),
    ),
    Row(
        "yields react to fiscal news",
        "one_time_yield_10y_ex_convenience",
        Cell("zero", 0.3, (-0.3, 0.3)),
        Cell("positive", 0.05, (0.3, 1.2)),
    ),
    Row("yields react to fiscal news", "persistent_yield_3m", *_both(None, 1.0)),
    Row(
        "yields react to fiscal news",
        "one_time_forward_5y5y",
        Cell(None, 0.1, (0.0, 2.0)),
        Cell(None, 0.1, (2.0, 4.0)),
    ),
    Row(
        "term premia react to fiscal news",
        "persistent_term_premium_10y",
        Cell("zero", 0.3),
        Cell("positive", 0.3),
    ),
    Row(
        "long-run expected inflation reacts",
        "persistent_expected_inflation_5y5y",
        Cell("zero", 0.3),
        Cell("positive", 0.3),
    ),
    Row(
        "convenience yield reacts",
        "one_time_convenience_10y",
        *_both("negative", 0.05, (-1.0, -0.5)),
    ),
    Row(
        "convenience yield reacts",
        "persistent_convenience_10y",
        *_both("negative", 0.05),
    ),
    Row(
        "market stress",
        "stress_1sd_yield_10y",
        Cell("negative", 1.0, (-50.0, -20.0)),
        Cell("positive", 1.0, (10.0, 50.0)),
    ),
    Row(
        "market stress",
        "stress_3sd_yield_10y",
        Cell("negative", 1.0),
        Cell("positive", 1.0),
    ),
    Row("market stress", "stress_1sd_term_premium_10y", *_both(None, 0.5)),
    Row("market stress", "stress_1sd_equity", *_both("negative", 0.1)),
    Row("market stress", "stress_3sd_equity", *_both("negative", 0.1)),
    Row(
        "market stress",
        "stock_bond_return_correlation",
        Cell("negative", 0.02),
        Cell("positive", 0.02),
    ),
    Row(
        "market stress",
        "bond_stock_beta_quarterly_10y",
        Cell("negative", 0.02, (-0.45, -0.15)),
        Cell("positive", 0.02, (0.2, 0.6)),
    ),
)


def verdict(cell: Cell, value: float) -> str | None:
    """``"delivered"``, ``"contradicted"`` or ``"zero"``; None without a claim."""
    if cell.claim is None:
        return None
    small = abs(value) <= cell.tolerance
    if cell.claim == "zero":
        return "delivered" if small else "contradicted"
    if cell.claim in ("high", "low"):
        above = value > cell.tolerance
        return "delivered" if above == (cell.claim == "high") else "contradicted"
    if small:
        return "zero"
    right = (value > 0) == (cell.claim == "positive")
    return "delivered" if right else "contradicted"


def record(row: Row, economy: str, regime: str, quantity: Quantity) -> dict[str, Any]:
    """One record of ``regimes.json``."""
    cell = row.safe if regime == "safe" else row.risky
    band = cell.band
    value = quantity.value
    return {
        "row": row.row,
        "economy": economy,
        "regime": regime,
        "quantity": row.quantity,
        "value": value,
        "unit": quantity.unit,
        "claim": cell.claim,
        "verdict": verdict(cell, value),
        "band_low": None if band is None else band[0],
        "band_high": None if band is None else band[1],
        "in_band": None if band is None else bool(band[0] <= value <= band[1]),
        "bound": quantity.bound,
    }


def economy_records(economy: Economy, coarse: Economy) -> list[dict[str, Any]]:
    """Records of every regime; bounds are distances to the coarser grid."""
    records = []
    for index, regime in enumerate(economy.regimes):
        fine = regime_quantities(economy, index)
        rough = regime_quantities(coarse, index)
        for row in ROWS:
            found = fine[row.quantity]
            bound = abs(found.value - rough[row.quantity].value)
            bounded = Quantity(found.value, found.unit, bound)
            records.append(record(row, economy.name, regime, bounded))
    return records


def coarse_twin(context: ExperimentContext, economy: Economy) -> Economy:
    """The same parameters, intercepts included, on the next coarser grid."""
    values = {
        p.name: economy.calibration.values[p.name]
        for p in economy.model.parameters
        if p.role == "intercept" or p.name in context.overrides
    }
    key = ("coarse", economy.name, economy.calibration.hash())
    return context.once(
        key,
        lambda: solve_economy(economy.name, values, levels=(COARSE,), intercepts=False),
    )


def differing_parameters(context: ExperimentContext) -> pd.DataFrame:
    """Exactly the parameters in which safe and risky debt differ."""
    import pandas as pd

    safe, risky = (shared_economy(context, n).calibration for n in ("safe", "risky"))
    frame = pd.DataFrame(safe.differences(risky))
    return frame.rename(columns={"this": "safe", "other": "risky"})


def table(records: list[dict[str, Any]]) -> pd.DataFrame:
    """The regime table, one line per quantity, safe beside risky."""
    import pandas as pd

    frame = pd.DataFrame(records)
    frame["column"] = frame["economy"].where(
        frame["economy"] == frame["regime"], frame["economy"] + ": " + frame["regime"]
    )
    lines = []
    for quantity, part in frame.groupby("quantity", sort=False):
        row = part["row"].iloc[0]
        line = {"row": row, "quantity": quantity, "unit": part["unit"].iloc[0]}
        for _, cell in part.iterrows():
            name = cell["column"]
            line[name] = cell["value"]
            line[f"{name} ±"] = cell["bound"]
            line[f"{name} verdict"] = cell["verdict"] or ""
            if cell["in_band"] is not None:
                line[f"{name} band"] = "inside" if cell["in_band"] else "outside"
        lines.append(line)
    return pd.DataFrame(lines).fillna("")


def _section(result: ExperimentResult) -> Section:
    from .regimes_page import section

    return section(result)


@experiment(
    "regimes",
    question="Which predictions of safe and risky debt does each economy deliver?",
    order=1,
    section=_section,
)
def regimes(context: ExperimentContext) -> ExperimentResult:
    """Fill the regime table for the safe and the risky economy."""
    records: list[dict[str, Any]] = []
    parameters = {}
    for name in REPORTED:
        context.progress.say(f"solving the {name} economy")
        economy = shared_economy(context, name)
        parameters[name] = economy.calibration.by_name
        records += economy_records(economy, coarse_twin(context, economy))
    counted = [r for r in records if r["verdict"] is not None]
    banded = [r for r in records if r["in_band"] is not None]
    delivered = sum(r["verdict"] == "delivered" for r in counted)
    inside = sum(r["in_band"] for r in banded)
    lead = (
        f"{delivered} of {len(counted)} claims are delivered; {inside} of "
        f"{len(banded)} numbers lie in the band judged from the record. Responses are "
        "measured at each regime's own resting point (ergodic mean); betas and "
        "correlations in samples without disasters."
    )
    return ExperimentResult(
        tables={
            "regimes": table(records),
            "parameters": differing_parameters(context),
        },
        records={"regimes": records},
        notes=[lead, SWITCHING],
        parameters=parameters,
        quantities={
            f"{r['economy']}_{r['regime']}_{r['quantity']}": (r["value"], r["unit"])
            for r in records
        },
    )
