"""The regime table: every prediction of the two models as a number with a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...calibration.economies.claims import claim_records
from ...calibration.economies.core import COARSE, Economy, solve_economy
from ...calibration.economies.quantities import QUANTITIES, measured
from ...calibration.economies.responses import (
    REPORTED,
    Quantity,
    shared_economy,
    slope_records,
)
from ..regime_rows import ROWS, Cell, Row
from ..registry import ExperimentContext, experiment
from ..report.cells import ByRegime
from ..report.labels import regime_name
from ..report.page import Section
from ..report.results import ExperimentResult, filled

if TYPE_CHECKING:
    import pandas as pd

    from ...calibration.parameters.calibration import Calibration


def verdict(cell: Cell, value: float) -> str | None:
    """``"delivered"``, ``"contradicted"`` or ``"zero"``; None without a claim.

    ``value`` is in the quantity's unit, as is the cell's tolerance. A claim of a sign
    about a value within it is ``"zero"``: neither delivered nor contradicted.
    """
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


def quantities(economy: Economy, regime: int) -> dict[str, Quantity]:
    """Every quantity of the table for one regime of an economy."""
    found = measured(economy.members[regime], [row.quantity for row in ROWS])
    return {k: Quantity(v, QUANTITIES[k].unit) for k, v in found.items()}


def economy_records(economy: Economy, coarse: Economy) -> list[dict[str, Any]]:
    """Records of every regime; bounds are distances to the coarser grid."""
    records = []
    for index, regime in enumerate(economy.regimes):
        fine = quantities(economy, index)
        rough = quantities(coarse, index)
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


def differing_parameters(calibrations: Mapping[str, Calibration]) -> pd.DataFrame:
    """Exactly the parameters in which the economies differ, one column per economy.

    ``calibrations`` are two or more by name. A value is None where an economy does not
    have the parameter, and ``ByRegime`` where it differs between its regimes.
    """
    import pandas as pd

    first, *others = calibrations
    base = calibrations[first]
    found: dict[str, dict[str, Any]] = {}
    for other in others:
        for row in base.differences(calibrations[other]):
            about = {k: row[k] for k in ("name", "symbol", "unit", "role")}
            # Where only some economies differ, the others have the first one's value.
            line = found.setdefault(
                row["name"], about | dict.fromkeys(calibrations, row["this"])
            )
            line[other] = row["other"]
    order = list(dict.fromkeys(n for c in calibrations.values() for n in c.by_name))
    lines = sorted(found.values(), key=lambda line: order.index(line["name"]))
    frame = pd.DataFrame(lines).astype(object)
    for name in calibrations:
        frame[name] = [
            ByRegime(v) if isinstance(v, Mapping) else v
            for v in (line[name] for line in lines)
        ]
    return frame


def table(records: list[dict[str, Any]]) -> pd.DataFrame:
    """The regime table, one line per quantity, regimes side by side.

    ``records`` are those of ``regimes.json``. Each regime has columns for the value,
    its distance to the coarser grid (``±``), the verdict and, where it has one, the
    place in the band.
    """
    import pandas as pd

    frame = pd.DataFrame(records)
    frame["column"] = [regime_name(r["economy"], r["regime"]) for r in records]
    lines = []
    for quantity, part in frame.groupby("quantity", sort=False):
        row = part["row"].iloc[0]
        line = {"row": row, "quantity": quantity, "unit": part["unit"].iloc[0]}
        for cell in part.to_dict("records"):
            name = cell["column"]
            line[name] = cell["value"]
            line[f"{name} ±"] = cell["bound"]
            line[f"{name} verdict"] = cell["verdict"] or ""
            if cell["in_band"] is not None:
                line[f"{name} band"] = "inside" if cell["in_band"] else "outside"
        lines.append(line)
    found = pd.DataFrame(lines).astype(object)
    return found.where(found.notna(), "")


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment(
    "regimes",
    question="Which predictions of safe and risky debt does each economy deliver?",
    order=1,
    section=_section,
)
def regimes(context: ExperimentContext) -> ExperimentResult:
    """Fill the regime table, one column per regime of the reported economies."""
    import pandas as pd

    records: list[dict[str, Any]] = []
    claims: list[dict[str, Any]] = []
    slopes: list[dict[str, Any]] = []
    calibrations = {}
    for name in REPORTED:
        context.progress.say(f"solving the {name} economy")
        economy = shared_economy(context, name)
        calibrations[name] = economy.calibration
        records += economy_records(economy, coarse_twin(context, economy))
        claims += claim_records(economy)
        slopes += slope_records(economy)
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
            "claims": filled(claims),
            "debt_slopes": pd.DataFrame(slopes).drop(columns="unit"),
            "parameters": differing_parameters(calibrations),
        },
        records={"regimes": records, "claims": claims, "debt_slopes": slopes},
        notes=[lead],
        parameters={name: c.by_name for name, c in calibrations.items()},
        quantities={
            f"{r['economy']}_{r['regime']}_{r['quantity']}": (r["value"], r["unit"])
            for r in records
        },
    )
