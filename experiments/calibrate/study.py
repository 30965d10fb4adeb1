"""Pick parameters by matching an era's moments, and write their files."""

from __future__ import annotations

from pathlib import Path

from ...calibration.matching.estimate import Estimates, estimate
from ...calibration.matching.plans import PLANS
from ...errors import FiscaxError, user_path
from ..study import Findings, Option, Setting
from ..tables import table

OPTIONS = (
    Option("era", "", "whose moments are matched, such as 1998-2019"),
    Option("max_steps", "steps", "after which the search ends"),
)
MAX_STEPS = 30


def measure(setting: Setting) -> Findings:
    """Estimate the economy of ``era`` and write its parameter file.

    1998-2019: the safe economy, with the parameters that all economies share, written
    to ``baseline.toml``. 2022-present: the policy of the risky economy, all else as
    shipped. ``max_steps`` limits the search.

    Raises
    ------
    FiscaxError
        There is no plan for the era, or the files cannot be written.
    SolutionError
        The starting values have no solution.
    """
    era = str(setting.options.get("era", ""))
    if era not in PLANS:
        raise FiscaxError(f"no plan for era '{era}'; there are {', '.join(PLANS)}")
    steps = setting.options.get("max_steps", MAX_STEPS)
    if not isinstance(steps, int) or steps < 1:
        raise FiscaxError(f"max_steps = {steps} has to be a whole number from 1")
    plan = PLANS[era]
    with setting.progress.stage(f"matching moments of {era}"):
        found = estimate(
            plan.economy,
            era,
            plan.free,
            plan.targets,
            max_steps=steps,
            seed=setting.seed,
            report=setting.progress.say,
        )
    write_files(found, setting.out)
    return findings(found)


def write_files(found: Estimates, out: Path) -> None:
    """Write ECONOMY.toml, and the shared parameters beside it as baseline.toml.

    Raises
    ------
    FiscaxError
        The folder cannot be made, or the estimates belong to no calibration.
    """
    if found.calibration is None:
        raise FiscaxError("these estimates belong to no calibration")
    shared = found.calibration.shared_toml(
        "baseline", "Parameters that all economies have in common."
    )
    with user_path(out, "write to the folder"):
        out.mkdir(parents=True, exist_ok=True)
        (out / "baseline.toml").write_text(shared, encoding="utf-8")
        found.write(out / f"{found.plan.economy}.toml", shared="baseline.toml")


def findings(found: Estimates) -> Findings:
    """Parameters with their ranges, and targets with their gaps."""
    calibration, plan = found.calibration, found.plan
    assert calibration is not None
    units = calibration.units
    rows = [
        {
            "parameter": name,
            "value": value,
            "low": plan.free[name][0],
            "high": plan.free[name][1],
            "unit": units[name],
        }
        for name, value in found.parameters.items()
    ]
    gaps = [
        {str(k): v for k, v in row.items()} for row in found.gaps.to_dict("records")
    ]
    return Findings(
        {
            "calibrated": table(rows, ("parameter",)),
            "targets": table(gaps, ("moment",)),
        },
        parameters=calibration.by_name,
        extra={"estimates": found},
    )
