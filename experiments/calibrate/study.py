"""The experiment ``calibrate``: pick parameters by matching an era's moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import FiscaxError
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult

if TYPE_CHECKING:
    from ...calibration.matching.estimate import Estimates

OPTIONS = ("era", "max_steps")


@experiment("calibrate", question="Which parameters match an era's moments?")
def calibrate(context: ExperimentContext) -> ExperimentResult:
    """Estimate the economy of ``era`` and write its parameter file.

    1998-2019: the safe economy, with the parameters that all economies share, written
    to ``baseline.toml``. 2022-present: the policy of the risky economy, all else as
    shipped. ``max_steps`` limits the search.
    """
    from ...calibration.matching.estimate import estimate
    from ...calibration.matching.plans import PLANS

    unknown = set(context.overrides) - set(OPTIONS)
    if unknown:
        raise FiscaxError(
            f"calibrate knows {', '.join(OPTIONS)} only, not "
            f"{', '.join(sorted(unknown))}"
        )
    era = str(context.overrides.get("era", ""))
    if era not in PLANS:
        raise FiscaxError(f"no plan for era '{era}'; there are {', '.join(PLANS)}")
    plan = PLANS[era]
    with context.progress.stage(f"matching moments of {era}"):
        found = estimate(
            plan.economy,
            era,
            plan.free,
            plan.targets,
            max_steps=int(context.overrides.get("max_steps", 30)),
            seed=context.seed,
            report=context.progress.say,
        )
    _write_files(context, found)
    return _result(found)


def _write_files(context: ExperimentContext, found: Estimates) -> None:
    """Write ECONOMY.toml, and the shared parameters beside it as baseline.toml."""
    assert found.calibration is not None
    context.out.mkdir(parents=True, exist_ok=True)
    shared = found.calibration.shared_toml(
        "baseline", "Parameters that all economies have in common."
    )
    (context.out / "baseline.toml").write_text(shared, encoding="utf-8")
    found.write(context.out / f"{found.plan.economy}.toml", shared="baseline.toml")


def _result(found: Estimates) -> ExperimentResult:
    import pandas as pd

    calibration = found.calibration
    assert calibration is not None
    units, plan, trials = calibration.units, found.plan, found.trials
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
    ended = "met its tolerance" if found.converged else "stopped at its limit"
    at_bound = ", ".join(found.at_bound) or "none"
    notes = [
        f"{plan.economy} for {plan.era}: sum of squared t-statistics "
        f"{found.objective:.3g} over {len(plan.targets)} moments and "
        f"{len(plan.free)} parameters; the search {ended} after "
        f"{trials.evaluations} solutions, {trials.failures} of which failed; at a "
        f"bound: {at_bound}.",
        f"Left out, to be judged by: {', '.join(plan.left_out)}.",
    ]
    return ExperimentResult(
        tables={"parameters": pd.DataFrame(rows), "targets": found.gaps},
        records={
            "calibrated": rows,
            "targets": [
                {str(k): v for k, v in r.items()}
                for r in found.gaps.to_dict(orient="records")
            ],
        },
        notes=notes,
        parameters=calibration.by_name,
    )
