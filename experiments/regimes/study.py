"""The regime table: every prediction of the two models as a number with a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...calibration.economies.claims import claim_records
from ...calibration.economies.disasters import UNITS as DISASTER_UNITS
from ...calibration.economies.disasters import disaster_records
from ...calibration.economies.drivers import leading, shipped_drivers, write_drivers
from ...calibration.economies.protocol import Economy
from ...calibration.economies.quantities import measured
from ...calibration.economies.responses import REPORTED, slope_records
from ...calibration.shipped import SOLUTIONS
from ..goals import goal_records
from ..predictions import ROWS, labelled, record
from ..report.cells import ByRegime
from ..study import Findings, Setting
from ..tables import records, table

if TYPE_CHECKING:
    import pandas as pd

    from ...calibration.parameters.calibration import Calibration

PLACE = ("economy", "regime")
CLAIM_UNITS = {
    "value": "ratio to annual output",
    "beta": "ratio",
    "monte_carlo_error": "ratio",
    "adds_to_beta_of_debt": "ratio",
    "identity_residual": "ratio",
}


def prediction_records(economy: Economy, coarse: Economy) -> list[dict[str, Any]]:
    """Records of every regime; bounds are distances to the coarser grid."""
    names = [row.quantity for row in ROWS]
    found = []
    for fine, rough in zip(economy.members, coarse.members, strict=True):
        here, there = measured(fine, names), measured(rough, names)
        for row in ROWS:
            value = here[row.quantity]
            bound = abs(value - there[row.quantity])
            found.append(record(row, economy.name, fine.regime, value, bound))
    return found


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


def ship_drivers() -> None:
    """Write the table of what drives every number that fiscax ships."""
    write_drivers(SOLUTIONS, [row.quantity for row in ROWS])


def driver_records() -> list[dict[str, Any]]:
    """What drives every number of risky debt, from the shipped table."""
    found = shipped_drivers()
    words = leading(found, {row.quantity: row.risky.tolerance for row in ROWS})
    return [
        {**d._asdict(), "change": d.change, "driven_by": words[d.quantity]}
        for d in found
    ]


def measure(setting: Setting) -> Findings:
    """Measure every prediction in every regime of the reported economies."""
    rows: list[dict[str, Any]] = []
    claims: list[dict[str, Any]] = []
    slopes: list[dict[str, Any]] = []
    calibrations = {}
    disasters: list[dict[str, Any]] = []
    goals: list[dict[str, Any]] = []
    for name in REPORTED:
        setting.progress.say(f"solving the {name} economy")
        economy = setting.store.core(name)
        calibrations[name] = economy.calibration
        twin = setting.store.coarse_twin(economy)
        rows += prediction_records(economy, twin)
        if len(economy.members) == 1:
            goals += goal_records(economy, twin)
        claims += claim_records(economy)
        slopes += slope_records(economy)
        disasters += disaster_records([economy])
    data = {
        "regimes": labelled(rows),
        "claims": table(claims, (*PLACE, "disasters", "claim"), CLAIM_UNITS),
        "debt_slopes": table(slopes, (*PLACE, "quantity")),
        "disasters": table(disasters, PLACE, DISASTER_UNITS),
        "goals": table(goals, ("goal", "economy")),
    }
    if not setting.store.overrides:
        # They are those of the shipped parameters.
        units = {"change": "ratio"}
        data["drivers"] = table(driver_records(), ("quantity", "piece"), units)
    return Findings(
        data,
        parameters={name: c.by_name for name, c in calibrations.items()},
        quantities={
            f"{r['economy']}_{r['regime']}_{r['quantity']}": (r["value"], r["unit"])
            for r in records(labelled(rows))
        },
        extra={"differences": differing_parameters(calibrations)},
    )
