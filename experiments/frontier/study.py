"""The risky economy matched again with the share that bondholders bear held fixed.

All targets of the estimation but the share itself are matched as well as they can be;
what they then miss is the price of the share. Where goals exclude each other this says
by how much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ...calibration.economies import quantities
from ...calibration.matching.estimate import (
    Estimates,
    match,
    starting_values,
    target_table,
)
from ...calibration.matching.plans import RISKY, Plan
from ...calibration.matching.trial import Trial
from ...solvers.errors import SolutionError
from ..study import Findings, Option, Setting
from ..tables import table

SHARE = "share_bondholders"
# Measures the same as the share: what debt loses on news.
SAME = "revaluation"
SHARES = (0.2, 0.3, 0.4, 0.5, 0.57)
# Range of the promised part of spending.
PROMISED = (0.2, 1.0)
# Half-width within which the share is held.
NEAR = 0.01
# What is followed along the frontier and not matched.
FOLLOWED = (
    "stress_1sd_yield_10y",
    "treasury_portfolio_beta",
    "score_equity",
    "expected_inflation_10y_after_rate_rise",
)
MAX_STEPS = 15
OPTIONS = (
    Option("share", "share of PV(G) news", "borne by bondholders, in place of a list"),
    Option("max_steps", "steps", "after which each search ends"),
)


def held_plan(plan: Plan = RISKY) -> Plan:
    """The plan of the estimation with the share in place of what measures the same.

    Bondholders bear what is not promised as well as promises that are not kept, so the
    promised part is free too.
    """
    targets = tuple(t for t in plan.targets if t != SAME)
    free = {**plan.free, "theta": PROMISED}
    return replace(plan, free=free, targets=(*targets, SHARE))


def held_targets(plan: Plan, share: float) -> pd.DataFrame:
    """Targets with the share at a number, as columns name, value, standard_error."""
    others = target_table(plan.era, [t for t in plan.targets if t != SHARE])
    held = pd.DataFrame(
        [(SHARE, share, NEAR)], columns=["name", "value", "standard_error"]
    )
    return pd.concat([others, held], ignore_index=True)


def measure(setting: Setting) -> Findings:
    """Match the economy at every share, each search from where the last one ended.

    Raises
    ------
    SolutionError
        No share has a solution; a share without one among others is said.
    """
    asked = setting.options.get("share")
    shares = SHARES if asked is None else (float(asked),)
    steps = int(setting.options.get("max_steps", MAX_STEPS))
    plan = held_plan()
    changes = dict(setting.store.overrides)
    names = [t for t in plan.targets if t in quantities.QUANTITIES]
    trial = Trial(plan.economy, setting.seed, (*names, *FOLLOWED), changes)
    start = starting_values(trial.calibration, plan.free)
    own = setting.store.core(plan.economy, grid="coarse")
    here = quantities.measured(own, (SHARE,))[SHARE]
    rows: list[dict[str, Any]] = []
    parameters: list[dict[str, Any]] = []
    failed: dict[float, str] = {}
    for share in shares:
        with setting.progress.stage(f"bondholders bear {100 * share:g}%"):
            try:
                begin = towards(trial, start, here, share)
                data = held_targets(plan, share)
                found = match(plan, trial.at, begin, data, steps, near=trial.near)
                measured = trial.at(found.parameters)
                reached = measured[SHARE]
                if abs(reached - share) > 2 * NEAR:
                    raise SolutionError(
                        f"the search ended where they bear {100 * reached:.0f}%; "
                        f"beyond: {found.trials.last_failure or 'no gain'}"
                    )
            except SolutionError as problem:
                failed[share] = str(problem)
                continue
            start, here = found.parameters, reached
            rows += _rows(share, found, measured)
            parameters += _parameters(share, found)
    if not rows:
        share, problem = next(iter(failed.items()))
        raise SolutionError(f"no solution where bondholders bear {share:g}: {problem}")
    return Findings(
        {
            "frontier": table(rows, ("share", "quantity")),
            "frontier_parameters": table(parameters, ("share", "parameter")),
        },
        parameters=trial.calibration.by_name,
        extra={"failed": failed, "plan": plan},
    )


def towards(
    trial: Trial, start: Mapping[str, float], here: float, share: float
) -> dict[str, float]:
    """Where to begin the search for a share: less is promised, news smaller if need be.

    Debt whose holders bear more of the same news is worthless in some states; news is
    made smaller until there is a solution.

    Raises
    ------
    SolutionError
        There is none.
    """
    promised = start["theta"] * (1 - share) / (1 - here)
    begin = {**start, "theta": min(promised, PROMISED[1])}
    for calmer in (here / share) ** np.array([0.0, 0.5, 1.0, 1.5]):
        begin["sigma_z"] = start["sigma_z"] * min(float(calmer), 1.0)
        try:
            trial.at(begin)
        except SolutionError:
            continue
        return begin
    begin["sigma_z"] = start["sigma_z"] * min((here / share) ** 2, 1.0)
    trial.at(begin)
    return begin


def _rows(
    share: float, found: Estimates, measured: Mapping[str, float]
) -> list[dict[str, Any]]:
    """One record per target, and per number that is followed."""
    head = {"share": share}
    rows = [
        {
            **head,
            "quantity": row["moment"],
            "value": row["model"],
            "data": row["data"],
            "standard_error": row["standard_error"],
            "t": row["t"],
            "matched": True,
        }
        for row in found.gaps.to_dict("records")
        if row["moment"] != SHARE
    ]
    kept = (SHARE, *FOLLOWED)
    return rows + [
        {**head, "quantity": n, "value": float(measured[n]), "matched": False}
        for n in kept
    ]


def _parameters(share: float, found: Estimates) -> list[dict[str, Any]]:
    return [
        {
            "share": share,
            "parameter": name,
            "value": value,
            "at_bound": name in found.at_bound,
        }
        for name, value in found.parameters.items()
    ]
