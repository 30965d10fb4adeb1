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
from ..report.results import ExperimentResult, filled
from .panels import Curve, Panels, draw_panels, strongest

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

FIGURES = 6
# Periods of responses, where none are asked for.
HORIZON = 40
# Numbers of responses that a table and its file still hold.
_LARGEST = 20_000_000


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
    solution = solve_local(read_mod(path), order, changes)
    numbers = horizon * len(solution.variables) * len(solution.shocks)
    if numbers > _LARGEST:
        raise FiscaxError(
            f"responses of {len(solution.variables)} variables to "
            f"{len(solution.shocks)} shocks over {horizon} periods are {numbers:.2g} "
            f"numbers, more than {_LARGEST:.2g}: ask for fewer periods with --horizon"
        )
    responses = _responses(solution, horizon)
    correlated = _correlated(solution)
    together = _responses(solution, horizon, orthogonal=True) if correlated else {}
    result = ExperimentResult(
        tables={"equations": _equations(solution)},
        records={
            "steady_state": _steady_state(solution),
            "determinacy": _determinacy(solution),
            "decision_rule": _rule_records(solution),
        },
        figures={
            f"impulse_responses_{shock}": _figure(
                solution, responses[shock], shock, together.get(shock)
            )
            for shock in _strongest(responses)
        },
        datasets={"decision_rule": solution.decision_rule()},
        parameters={
            p.name: (solution.parameters[p.name], p.unit or "as in the file")
            for p in solution.model.parameters
        },
    )
    result.notes += [_lead(solution), *solution.model.notes]
    if len(responses) > FIGURES:
        result.notes.append(
            f"Figures: the {FIGURES} of {len(responses)} shocks that move variables "
            "most."
        )
    _add_responses(result, solution, responses, together)
    _add_moments(result, solution)
    if solution.model.scenario is not None:
        result.notes.append("The file asks for a path, which --path solves.")
    check_numbers(result)
    return result


def check_changes(changes: Mapping[str, Any]) -> None:
    """Refuse values of parameters that are no numbers.

    Raises
    ------
    FiscaxError
        Naming the parameter.
    """
    for name, value in changes.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FiscaxError(f"parameter '{name}' has to be a number, not {value!r}")
        if not math.isfinite(value):
            raise FiscaxError(f"parameter '{name}' has to be finite, not {value}")


def _strongest(responses: Mapping[str, xr.DataArray]) -> list[str]:
    """Shocks that move variables most, relative to how much any shock moves each."""
    sizes = {n: (a.values**2).sum(axis=0) for n, a in responses.items()}
    total = sum(sizes.values(), np.zeros(()))
    share = {n: np.sum(s / np.where(total > 0, total, 1.0)) for n, s in sizes.items()}
    kept = sorted(share, key=lambda n: -share[n])[:FIGURES]
    return [n for n in responses if n in kept]


def _add_responses(
    result: ExperimentResult, solution: LocalSolution, responses, together
) -> None:
    if not responses:
        why = "all shocks have variance zero" if solution.shocks else "there are none"
        result.notes.append(f"No responses to shocks: {why}.")
        return
    tables = {"impulse_responses": _response_table(responses)}
    if together:
        names = ", ".join(responses)
        result.notes.append(
            "Shocks are correlated. impulse_responses: one shock moves by one standard "
            "deviation, the others stay at zero. impulse_responses_cholesky: a shock "
            f"moves those declared after it ({names}) as their correlation says, the "
            "columns of the Cholesky factor of the covariance, as in Dynare. Figures "
            "show both."
        )
        tables["impulse_responses_cholesky"] = _response_table(together)
    result.tables = {**tables, **result.tables}


def _correlated(solution: LocalSolution) -> bool:
    covariance = solution.covariance
    return bool(np.any(covariance != np.diag(np.diag(covariance))))


def _add_moments(result: ExperimentResult, solution: LocalSolution) -> None:
    try:
        moments = solution.moments()
    except SolutionError as problem:
        result.notes.append(f"No moments: {problem}.")
        return
    lost = moments.attrs.get("without_moments")
    if lost:
        result.notes.append(f"No moments of {lost}: a unit root moves them.")
    still = moments["autocorrelation"].isnull().any("lag")
    unmoved = [str(n) for n in moments["variable"].values[still.values]]
    if unmoved:
        result.notes.append(
            f"No correlations and no shares of variance of {', '.join(unmoved)}: "
            "they never move."
        )
    result.datasets["moments"] = moments
    result.tables["moments"] = filled(_moment_table(moments).to_dict("records"))
    try:
        shares = solution.variance_decomposition()
    except SolutionError as problem:
        result.notes.append(f"No variance decomposition: {problem}.")
        return
    moving = shares.notnull().all("shock")
    if bool(moving.any()):
        result.tables["variance_decomposition"] = _by_variable(
            shares.transpose("shock", "variable")[:, moving.values]
        )


def check_numbers(result: ExperimentResult) -> None:
    """No table of a solution leaves with a number that is none.

    Raises
    ------
    FiscaxError
        Naming table, column and row.
    """
    for name, frame in result.tables.items():
        for column in frame.columns:
            for row, value in enumerate(frame[column]):
                if isinstance(value, float) and not math.isfinite(value):
                    label = frame.iloc[row, 0]
                    raise FiscaxError(
                        f"table {name}, row '{label}' has no number for '{column}': "
                        "the solution explodes there; check the sizes of the shocks "
                        "and the order"
                    )


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
    digits = [
        f"{solution.evidence[f'digits_order_{k}']:.0f} digits left at order {k}"
        for k in range(2, solution.order + 1)
    ]
    return (
        f"{text} Largest residual of the steady state {residual:.1e}, of the first "
        f"order {solution.evidence['first_order_residual']:.1e}; difference to the "
        f"ordered QZ decomposition {solution.evidence['qz_difference']:.1e}"
        f"{'; ' if digits else ''}{', '.join(digits)}."
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


def _responses(
    solution: LocalSolution, horizon: int, orthogonal: bool = False
) -> dict[str, xr.DataArray]:
    variance = np.diag(solution.covariance)
    return {
        shock: solution.impulse_response({shock: 1.0}, horizon, orthogonal=orthogonal)
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


def _figure(
    solution: LocalSolution,
    array: xr.DataArray,
    shock: str,
    together: xr.DataArray | None,
) -> Figure:
    """Panels of the declared variables that respond, the strongest ones if many.

    ``together`` is the response when correlated shocks move with it.
    """
    own = [v.name for v in solution.model.variables if not v.auxiliary]
    lines = [("safe", "alone", array)]
    if together is not None:
        lines.append(("other", "with correlated ones after it", together))
    size = np.abs([a.sel(variable=own).values for _, _, a in lines]).max(axis=(0, 1))
    shown = strongest(own, size, [solution.steady_state[n] for n in own])
    moving = int(np.sum(size > 1e-12))
    count = f", {len(shown)} of {moving} variables that respond"
    return draw_panels(
        shown,
        Panels(
            f"One standard deviation of {shock}: deviation from rest, order "
            f"{solution.order}{count if len(shown) < moving else ''}",
            array["horizon"].values,
            [
                Curve(kind, label, {n: a.sel(variable=n).values for n in shown})
                for kind, label, a in lines
            ],
        ),
    )
