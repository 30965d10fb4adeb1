"""``fiscax solve FILE.mod``: the solution of a file, its evidence and responses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import FiscaxError
from ...models.dynare.reader import read_mod
from ...models.general.model import written
from ...solvers.errors import SolutionError
from ...solvers.perturbation.solution import LocalSolution, solve_local
from ..report.figures import COLOURS, house_style, new_figure, zero_line
from ..report.results import ExperimentResult

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

PANELS = 12
COLUMNS = 4


def solve_file(
    path: Path, order: int, horizon: int, changes: Mapping[str, Any]
) -> ExperimentResult:
    """Solve a ``.mod`` file by perturbation.

    Parameters
    ----------
    order : 1, 2 or 3; horizon : periods of the impulse responses.
    changes : parameter values that replace those of the file.

    Raises
    ------
    FiscaxError
        What the file, its steady state or its determinacy is refused for.
    """
    for name, value in changes.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FiscaxError(f"parameter '{name}' has to be a number, not {value!r}")
    solution = solve_local(read_mod(path), order, changes)
    responses = _responses(solution, horizon)
    result = ExperimentResult(
        tables={
            "impulse_responses": _response_table(responses),
            "equations": _equations(solution),
        },
        records={
            "steady_state": _steady_state(solution),
            "determinacy": _determinacy(solution),
            "decision_rule": _rule_records(solution),
        },
        figures={
            f"impulse_responses_{shock}": _figure(solution, array, shock)
            for shock, array in responses.items()
        },
        datasets={"decision_rule": solution.decision_rule()},
        parameters={
            p.name: (solution.parameters[p.name], p.unit or "as in the file")
            for p in solution.model.parameters
        },
    )
    result.notes.append(_lead(solution))
    try:
        moments = solution.moments()
    except SolutionError as problem:
        result.notes.append(f"No moments: {problem}.")
        return result
    result.datasets["moments"] = moments
    result.tables["moments"] = _moment_table(moments)
    try:
        shares = solution.variance_decomposition()
    except SolutionError as problem:
        result.notes.append(f"No variance decomposition: {problem}.")
        return result
    result.tables["variance_decomposition"] = _by_variable(
        shares.transpose("shock", "variable")
    )
    return result


def _lead(solution: LocalSolution) -> str:
    found = solution.determinacy
    text = (
        f"Model '{solution.model.name}', order {solution.order}: "
        f"{len(solution.variables)} variables, {len(solution.states)} states, "
        f"{len(solution.shocks)} shocks. {found.stable} stable roots for "
        f"{found.predetermined} predetermined variables: {found.verdict}."
    )
    if found.unit_roots:
        text += f" {found.unit_roots} unit root(s)."
    residual = max((abs(r) for r in solution.steady_residuals.values()), default=0.0)
    return (
        f"{text} Largest residual of the steady state {residual:.1e}, of the first "
        f"order {solution.evidence['first_order_residual']:.1e}; difference to the "
        f"ordered QZ decomposition {solution.evidence['qz_difference']:.1e}."
    )


def _steady_state(solution: LocalSolution) -> list[dict[str, Any]]:
    return [{"variable": n, "value": v} for n, v in solution.steady_state.items()]


def _determinacy(solution: LocalSolution) -> list[dict[str, Any]]:
    return [
        {
            "root": i,
            "real": float(root.real) if np.isfinite(root) else None,
            "imaginary": float(root.imag) if np.isfinite(root) else None,
            "modulus": float(abs(root)) if np.isfinite(root) else None,
            "stable": i < solution.determinacy.stable,
        }
        for i, root in enumerate(solution.determinacy.eigenvalues)
    ]


def _rule_records(solution: LocalSolution) -> list[dict[str, Any]]:
    """Every derivative that is not zero: name, variable, column, value."""
    records = []
    for name, array in solution.decision_rule().items():
        columns = [str(d) for d in array.dims[1:]]
        labels = array[columns[0]].values if columns else [None]
        values = array.values.reshape(len(array), -1)
        for i, variable in enumerate(array["variable"].values):
            records += [
                {
                    "name": str(name),
                    "variable": str(variable),
                    "column": None if label is None else str(label),
                    "value": float(value),
                }
                for label, value in zip(labels, values[i], strict=True)
                if value != 0
            ]
    return records


def _equations(solution: LocalSolution) -> pd.DataFrame:
    import pandas as pd

    lines = solution.model.lines
    return pd.DataFrame(
        [
            {
                "equation": e.name,
                "line": lines.get(e.name, ""),
                "residual_at_rest": solution.steady_residuals[e.name],
                "left": written(e.left),
                "right": written(e.right),
            }
            for e in solution.model.equations
        ]
    )


def _moment_table(moments: xr.Dataset) -> pd.DataFrame:
    names = ["mean", "standard_deviation", "variance"]
    table = moments[names].to_dataframe()
    for lag in moments["lag"].values:
        table[f"autocorrelation_{lag}"] = moments["autocorrelation"].sel(lag=lag).values
    return table.reset_index()


def _responses(solution: LocalSolution, horizon: int) -> dict[str, xr.DataArray]:
    variance = np.diag(solution.covariance)
    return {
        shock: solution.impulse_response({shock: 1.0}, horizon)
        for shock, size in zip(solution.shocks, variance, strict=True)
        if size > 0
    }


def _by_variable(array: xr.DataArray) -> pd.DataFrame:
    """Table of (rows, variable): one column per variable after the rows' label."""
    import pandas as pd

    rows = str(array.dims[0])
    frame = pd.DataFrame(array.values, columns=list(array["variable"].values))
    frame.insert(0, rows, array[rows].values)
    return frame


def _response_table(responses: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    import pandas as pd

    frames = []
    for shock, array in responses.items():
        frame = _by_variable(array)
        frame.insert(0, "shock", shock)
        frames.append(frame)
    return pd.concat(frames) if frames else pd.DataFrame()


@house_style()
def _figure(solution: LocalSolution, array: xr.DataArray, shock: str) -> Figure:
    """Panels of the declared variables that respond, the strongest ones if many."""
    own = [v.name for v in solution.model.variables if not v.auxiliary]
    size = np.abs(array.sel(variable=own).values).max(axis=0)
    moving = [n for n, s in zip(own, size, strict=True) if s > 1e-12]
    shown = moving
    if len(moving) > PANELS:
        steady = np.array([abs(solution.steady_state[n]) for n in moving])
        relative = size[[own.index(n) for n in moving]] / np.maximum(steady, 0.01)
        kept = sorted(np.argsort(-relative)[:PANELS])
        shown = [moving[i] for i in kept]
    columns = min(COLUMNS, max(len(shown), 1))
    rows = max(math.ceil(len(shown) / columns), 1)
    figure, axes = new_figure(
        rows, columns, width=2.6 * columns, height=2.1 * rows + 0.7
    )
    panels = np.atleast_1d(axes).ravel()
    for panel, name in zip(panels, shown, strict=False):
        zero_line(panel)
        panel.plot(
            array["horizon"].values,
            array.sel(variable=name).values,
            color=COLOURS["safe"],
        )
        panel.set_title(name, fontsize="medium")
    for panel in panels[len(shown) :]:
        panel.set_visible(False)
    for panel in panels[max(len(shown) - columns, 0) : len(shown)]:
        panel.set_xlabel("periods")
    count = f", {len(shown)} of {len(moving)} variables that respond"
    figure.suptitle(
        f"One standard deviation of {shock}: deviation from rest, order "
        f"{solution.order}{count if len(shown) < len(moving) else ''}"
    )
    return figure
