"""``fiscax estimate FILE.mod --data FILE.csv``: mode, draws, and what they say."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import FiscaxError, user_path
from ...models.declaration import not_found
from ...models.dynare.reader import read_mod
from ...solvers.estimation.marginal import harmonic_mean
from ...solvers.estimation.mode import Mode, find_mode
from ...solvers.estimation.posterior import Posterior, of_model
from ...solvers.estimation.sampling import (
    Draws,
    random_walk_metropolis,
    sequential_monte_carlo,
)
from ..report.figures import COLOURS, house_style, line, new_figure
from ..report.results import ExperimentResult, filled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Chains whose parts differ by more than this have not arrived (Vehtari et al. 2021).
_R_HAT = 1.01
_SHARE = 0.9


def estimate_file(
    path: Path,
    data: Path,
    method: str,
    draws: int,
    chains: int,
    seed: int,
    changes: Mapping[str, Any],
    options: Mapping[str, Any],
    say: Callable[[str], None],
) -> ExperimentResult:
    """Estimate the model of a ``.mod`` file.

    Parameters
    ----------
    data : comma-separated values, names of observables in the first row.
    method : 'mode', 'mh' or 'smc'.
    draws : of each of the ``chains``, or particles.
    changes : values of parameters that are not estimated.
    options : ``logs``, ``presample``, ``initial_variance`` of ``Posterior``.

    Raises
    ------
    FiscaxError
        What the file, the data or the search for the mode is refused for.
    """
    model = read_mod(path)
    if changes:
        model = model.with_values(**changes)
    if not model.observed:
        raise FiscaxError(f"{path}: no observables; name them with 'varobs'")
    values, lines = read_series(data, model.observed)
    if options.get("logs"):
        values = _logarithms(values, data, model.observed, lines)
    posterior = of_model(model, model.observed, values, **options)
    mode = find_mode(posterior, seed=seed, say=say)
    found = None
    if method == "mh":
        found = random_walk_metropolis(posterior, mode, draws, chains, seed)
    elif method == "smc":
        found = sequential_monte_carlo(posterior, draws, seed, say)
    return _result(posterior, mode, found, data)


def read_series(path: Path, names: Sequence[str]) -> tuple[np.ndarray, list[int]]:
    """Columns ``names`` of a file (T, m), NaN where empty, and the line of each date.

    Lines that start with # are remarks.

    Raises
    ------
    FiscaxError
        No such column, or a cell that is no number.
    """
    with user_path(path):
        text = path.read_text(encoding="utf-8-sig").splitlines()
    kept = [i for i, t in enumerate(text, 1) if t.strip() and not t.startswith("#")]
    rows = list(csv.reader(text[i - 1] for i in kept))
    if len(rows) < 2:
        raise FiscaxError(f"{path} has no data: names in the first row, a row per date")
    header = [n.strip() for n in rows[0]]
    for name in names:
        if name not in header:
            raise FiscaxError(f"{path}: {not_found('column', name, header)}")
        if header.count(name) > 1:
            raise FiscaxError(f"{path} has two columns '{name}'")
    places = [header.index(n) for n in names]
    found = np.empty((len(rows) - 1, len(names)))
    for t, (row, line_number) in enumerate(zip(rows[1:], kept[1:], strict=True)):
        for column, place in enumerate(places):
            cell = row[place].strip() if place < len(row) else ""
            found[t, column] = _number(path, line_number, names[column], cell)
    return found, kept[1:]


def _number(path: Path, line_number: int, column: str, cell: str) -> float:
    """The number of a cell; NaN where it is empty."""
    try:
        number = float(cell) if cell else math.nan
    except ValueError:
        number = math.inf
    if math.isinf(number):
        raise FiscaxError(
            f"{path}, line {line_number}, column '{column}': '{cell}' is no number "
            "(leave the cell empty where a value is missing)"
        )
    return number


def _logarithms(
    values: np.ndarray, path: Path, names: Sequence[str], lines: Sequence[int]
) -> np.ndarray:
    wrong = np.argwhere(values <= 0)
    if len(wrong):
        t, column = wrong[0]
        raise FiscaxError(
            f"{path}, line {lines[t]}, column '{names[column]}': "
            f"{values[t, column]:g} has no logarithm"
        )
    return np.log(values)


def _result(
    posterior: Posterior, mode: Mode, draws: Draws | None, data: Path
) -> ExperimentResult:
    records = [
        {
            "parameter": name,
            "prior": "none" if e.prior is None else e.prior.family,
            "prior_mean": None if e.prior is None else e.prior.mean,
            "prior_sd": _finite(
                None if e.prior is None else e.prior.standard_deviation
            ),
            "mode": mode.values[i],
            "sd_at_mode": mode.standard_deviation[i],
            **({} if draws is None else _told(draws.values[..., i])),
        }
        for i, (name, e) in enumerate(
            zip(posterior.names, posterior.estimated, strict=True)
        )
    ]
    densities = [
        {"what": "log_prior_at_mode", "value": mode.log_prior},
        {"what": "log_likelihood_at_mode", "value": mode.log_likelihood},
        {"what": "log_posterior_at_mode", "value": mode.log_posterior},
        {"what": "log_marginal_likelihood_laplace", "value": mode.log_marginal},
        {"what": "largest_slope_at_mode", "value": mode.slope},
    ]
    result = ExperimentResult(
        records={"densities": densities},
        tables={"parameters": filled(records)},
        parameters={
            e.name: (float(v), "as in the file")
            for e, v in zip(posterior.estimated, mode.values, strict=True)
        },
        data_vintage=data.name,
    )
    spread = float(np.ptp(mode.ends))
    result.notes.append(
        f"Model '{posterior.model.name}': {len(posterior.names)} parameters from "
        f"{len(posterior.data)} dates of {', '.join(posterior.observables)}. "
        f"{len(mode.ends)} searches end within {spread:.1e} of each other; log "
        f"posterior {mode.log_posterior:.4f}, log marginal likelihood (Laplace) "
        f"{mode.log_marginal:.4f}."
    )
    if spread > 1e-3:
        result.notes.append(
            "The searches do not end at one place: there may be a higher mode that "
            "none of them has found."
        )
    result.figures["parameters"] = _figure(posterior, mode, draws)
    if draws is not None:
        _add_draws(result, posterior, draws)
    result.notes += posterior.model.notes
    return result


def _finite(value: float | None) -> float | str | None:
    return "infinite" if value is not None and math.isinf(value) else value


def _told(values: np.ndarray) -> dict[str, float]:
    """Mean, deviation and the equal-tailed interval of draws (chains, n)."""
    low, high = np.quantile(values, [(1 - _SHARE) / 2, (1 + _SHARE) / 2])
    return {
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)),
        "low_90": float(low),
        "high_90": float(high),
    }


def _add_draws(result: ExperimentResult, posterior: Posterior, draws: Draws) -> None:
    import xarray as xr

    flat = draws.values.reshape(-1, len(posterior.names))
    mean, apart = harmonic_mean(flat, draws.log_posterior.ravel())
    told = result.records["densities"]
    told.append({"what": "log_marginal_likelihood_harmonic_mean", "value": mean})
    told.append({"what": "harmonic_mean_spread", "value": apart})
    if draws.log_marginal is not None:
        told.append(
            {"what": "log_marginal_likelihood_smc", "value": draws.log_marginal}
        )
    result.datasets["posterior"] = xr.Dataset(
        {
            "values": (("chain", "draw", "parameter"), draws.values),
            "log_posterior": (("chain", "draw"), draws.log_posterior),
        },
        coords={"parameter": list(posterior.names)},
        attrs={"method": draws.method, "model": posterior.model.name},
    )
    text = (
        f"{len(flat)} draws ({draws.method}), {draws.acceptance.mean():.0%} of "
        f"proposals taken; log marginal likelihood {mean:.4f} (modified harmonic "
        f"mean, which differs by {apart:.1e} with how much of the draws it uses)"
    )
    if draws.method == "smc":
        text += f", {draws.log_marginal:.4f} from {len(draws.stages)} tempering steps"
    result.notes.append(text + ".")
    if len(draws.values) > 1:
        worst = [
            (_r_hat(draws.values[..., i]), n) for i, n in enumerate(posterior.names)
        ]
        told.append({"what": "largest_r_hat", "value": max(worst)[0]})
        if max(worst)[0] > _R_HAT:
            result.notes.append(
                f"The chains have not arrived: R-hat of '{max(worst)[1]}' is "
                f"{max(worst)[0]:.3f}, more than {_R_HAT}; ask for more --draws."
            )


def _r_hat(values: np.ndarray) -> float:
    """Between halves of chains (chains, n) against within (Gelman et al. 2013)."""
    n = values.shape[1] // 2
    halves = np.concatenate([values[:, :n], values[:, n : 2 * n]])
    within = halves.var(axis=1, ddof=1).mean()
    between = halves.mean(axis=1).var(ddof=1)
    return float(np.sqrt((n - 1) / n + between / within))


@house_style()
def _figure(posterior: Posterior, mode: Mode, draws: Draws | None) -> Figure:
    """Prior, posterior and mode of every parameter."""
    count = len(posterior.names)
    columns = min(count, 3)
    rows = -(-count // columns)
    figure, axes = new_figure(rows, columns, width=3 * columns, height=2.1 * rows + 0.9)
    places = np.atleast_1d(axes).ravel()
    for i, name in enumerate(posterior.names):
        axis, centre = places[i], mode.values[i]
        grid = _grid(posterior, mode, i)
        prior = posterior.densities[i]
        if prior is not None:
            own = line("other", label="prior")
            axis.plot(grid, prior.distribution.pdf(grid), **own)
        if draws is None:
            size = mode.standard_deviation[i]
            height = np.exp(-0.5 * ((grid - centre) / size) ** 2)
            height /= size * math.sqrt(2 * math.pi)
            axis.plot(grid, height, **line("risky", label="normal at the mode"))
        else:
            values = draws.values[..., i].ravel()
            own = {"color": COLOURS["risky"], "alpha": 0.5, "label": "draws"}
            axis.hist(values, 50, density=True, **own)
        axis.axvline(centre, color="#333333", linewidth=0.9, label="mode")
        axis.set_yticks([])
        axis.set_title(name, fontsize="medium")
    for axis in places[count:]:
        axis.set_visible(False)
    handles, labels = places[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.suptitle("What the data add to the prior")
    return figure


def _grid(posterior: Posterior, mode: Mode, i: int) -> np.ndarray:
    """Where a parameter is drawn: most of the prior and of the posterior."""
    centre, size = mode.values[i], mode.standard_deviation[i]
    ends = [centre - 4 * size, centre + 4 * size]
    prior = posterior.densities[i]
    if prior is not None:
        ends += [float(prior.distribution.ppf(q)) for q in (0.02, 0.98)]
    low = max(min(ends), posterior.bounds.low[i])
    high = min(max(ends), posterior.bounds.high[i])
    return np.linspace(low, high, 402)[1:-1]
