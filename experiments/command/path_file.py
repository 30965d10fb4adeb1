"""``fiscax solve FILE.mod --path``: the path of a file, and the evidence for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...models.dynare.reader import read_mod
from ...solvers.paths.solution import PathSolution, solve_path
from ..report.results import ExperimentResult
from .panels import Curve, Panels, draw_panels, strongest
from .solve_file import check_numbers

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

# Farther than this from where it ends, relative to one plus its size, a path is short.
FAR = 1e-4
# A figure ends where nothing moves any more, of this share of what has moved.
_STILL = 1e-3


def path_file(
    path: Path, periods: int | None, changes: Mapping[str, Any]
) -> ExperimentResult:
    """Solve the path that a ``.mod`` file asks for.

    Parameters
    ----------
    periods : length of the path, that of the file by default.
    changes : parameter values that replace those of the file.

    Raises
    ------
    FiscaxError
        What the file is refused for, or the equation and period left unsolved.
    """
    solution = solve_path(read_mod(path), changes, periods)
    dataset = solution.dataset()
    table = dataset.to_dataframe().reset_index()
    result = ExperimentResult(
        tables={"path": table, "evidence": _evidence(solution)},
        records={
            "path": _tidy(table),
            "evidence": [dict(e) for e in solution.evidence],
        },
        figures={"path": _figure(solution)},
        datasets={"path": dataset},
        parameters={
            p.name: (solution.parameters[p.name], p.unit or "as in the file")
            for p in solution.model.parameters
            if p.name in solution.parameters and p.name not in solution.model.resting
        },
    )
    if solution.constraints:
        result.tables["binding"] = _binding(solution)
    result.notes += [_lead(solution), *solution.model.notes]
    # Piecewise-linear paths go on for ever, and some models never look ahead.
    ends = not solution.linear and bool(solution.model.appearing(1))
    if solution.distance > FAR and ends:
        result.notes.append(
            f"In the last period {solution.farthest} is {solution.distance:.1e} "
            "(relative to one plus its size) from where it ends: lengthen the path "
            "with --horizon."
        )
    check_numbers(result)
    return result


def _lead(solution: PathSolution) -> str:
    kind = (
        "piecewise-linear path (Guerrieri and Iacoviello 2015)"
        if solution.linear
        else "path under perfect foresight"
    )
    steps = sum(int(e["newton_steps"]) for e in solution.evidence)
    parts = sum(int(e["homotopy_steps"]) for e in solution.evidence)
    worst = max(float(e["largest_residual"]) for e in solution.evidence)
    what = "guesses of what binds" if solution.linear else "Newton steps"
    text = (
        f"Model '{solution.model.name}': {kind} over {solution.periods} periods, "
        f"{steps} {what}"
    )
    if len(solution.evidence) > 1:
        text += f", solved at {len(solution.evidence)} dates of news"
    if any(int(e["open_steps"]) for e in solution.evidence):
        text += ", some of least length, as equations leave variables open"
    if parts:
        text += f", in {parts} parts (homotopy)"
    text += (
        f". Largest residual, relative to the terms of its equation, {worst:.1e}; "
        f"distance of the last period from where the path ends {solution.distance:.1e} "
        f"({solution.farthest})."
    )
    for name, binds in zip(solution.constraints, solution.binding.T, strict=True):
        periods = np.flatnonzero(binds) + 1
        text += f" {name} binds in " + (
            f"{len(periods)} periods, {periods[0]} to {periods[-1]}."
            if len(periods)
            else "no period."
        )
    return text


def _evidence(solution: PathSolution) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([dict(e) for e in solution.evidence])


def _tidy(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One record per period and variable."""
    return [
        {"period": int(period), "variable": str(name), "value": float(value)}
        for name in table.columns[1:]
        for period, value in zip(table["period"], table[name], strict=True)
    ]


def _binding(solution: PathSolution) -> pd.DataFrame:
    """Periods by constraint: 1 where it binds."""
    import pandas as pd

    frame = pd.DataFrame(solution.binding.astype(int), columns=[*solution.constraints])
    frame.insert(0, "period", np.arange(1, solution.periods + 1))
    return frame


def _figure(solution: PathSolution) -> Figure:
    """Panels of the variables that move, up to the period in which they are still."""
    model = solution.model
    own = [v.name for v in model.variables if not v.auxiliary]
    values = solution.values[1:-1, [model.names.index(n) for n in own]]
    away = np.abs(values - values[-1])
    size = away.max(axis=0)
    far = np.any(away > _STILL * np.where(size > 0, size, 1.0), axis=1)
    last = min(int(np.flatnonzero(far)[-1]) + 2, len(far)) if np.any(far) else len(far)
    shown = strongest(own, size, values[-1])
    count = f", {len(shown)} of {int(np.sum(size > 1e-12))} variables that move"
    binds = np.any(solution.binding, axis=1)[:last]
    return draw_panels(
        shown,
        Panels(
            f"Path of {model.name}, levels"
            + (count if len(shown) < np.sum(size > 1e-12) else "")
            + ("; grey: a constraint binds" if np.any(binds) else ""),
            np.arange(1, last + 1),
            [Curve("safe", "", {n: values[:last, own.index(n)] for n in shown})],
            {n: float(values[-1, own.index(n)]) for n in shown},
            binds if np.any(binds) else None,
        ),
    )
