"""Pick parameters by matching an era's moments, and write their files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...calibration.economies.quantities import QUANTITIES
from ...calibration.matching.estimate import (
    Estimates,
    estimate,
    starting_values,
    target_table,
)
from ...calibration.matching.identification import Told, told
from ...calibration.matching.plans import PLANS, Plan
from ...calibration.matching.trial import Trial
from ...errors import FiscaxError, user_path
from ..study import Findings, Option, Setting
from ..tables import table

if TYPE_CHECKING:
    import pandas as pd

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
    with setting.progress.stage("what the targets tell"):
        known = told(found, plan, *_again(plan, setting.seed), setting.progress.say)
    return findings(found, known)


def _again(plan: Plan, seed: int) -> tuple[Trial, pd.DataFrame, dict[str, float]]:
    """The economy, the targets, and the values that a plan holds."""
    names = tuple(t for t in plan.targets if t in QUANTITIES)
    trial = Trial(plan.economy, seed, names)
    values = starting_values(trial.calibration, plan.held)
    return trial, target_table(plan.era, plan.targets), values


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


def findings(found: Estimates, known: Sequence[Told]) -> Findings:
    """Parameters with what the targets say of them, and targets with their gaps."""
    calibration = found.calibration
    assert calibration is not None
    units = calibration.units
    rows = [{**row._asdict(), "unit": units[row.parameter]} for row in known]
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
