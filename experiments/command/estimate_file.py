"""``fiscax estimate FILE.mod``: mode, draws, and what they say."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...models.dynare.reader import read_mod
from ..front.estimation import Estimate
from ..front.estimation import estimate as front_estimate
from ..front.estimation_figures import responses_figure
from ..front.moment_estimate import MomentEstimate
from ..report.results import ExperimentResult, filled

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

# Names of what a sampler leaves in the output folder while it works.
KEPT = "draws"
_BANDS = (0.05, 0.16, 0.5, 0.84, 0.95)


def estimate_file(
    path: Path,
    data: Path | None,
    out: Path,
    changes: Mapping[str, Any],
    say: Callable[[str], None],
    **options: Any,
) -> ExperimentResult:
    """Estimate the model of a ``.mod`` file.

    Parameters
    ----------
    data : a file, or None for what the model's file says.
    out : folder of the results; draws are kept in its ``draws`` while they are made.
    changes : values of parameters that are not estimated.
    options : those of ``fiscax.estimate``.

    Raises
    ------
    FiscaxError
        What the file, the data or the search for the mode is refused for.
    """
    model = read_mod(path)
    if changes:
        model = model.with_values(**changes)
    found = front_estimate(model, data, folder=out / KEPT, say=say, **options)
    return _of_moments(found) if isinstance(found, MomentEstimate) else _result(found)


def _of_moments(found: MomentEstimate) -> ExperimentResult:
    """Parameters with what identifies them, moments side by side, J."""
    target = found.targets.target
    parameters = found.parameters.join(found.identification)
    tables = {"parameters": filled(_flat(parameters))}
    tables["moments"] = found.moments.reset_index()
    told = [{"what": k, "value": v} for k, v in found.overidentification.items()]
    return ExperimentResult(
        records={"overidentification": told},
        tables=tables,
        figures={"moments": found.plot_moments()},
        notes=[*found.sentences(), *found.unfollowed, *target.model.notes],
        parameters={
            e.name: (float(v), "as in the file")
            for e, v in zip(target.estimated, found.found.values, strict=True)
        },
        data_vintage=found.data_name,
    )


def _result(found: Estimate) -> ExperimentResult:
    target, mode = found.target, found.search
    table = found.mode
    if found.draws is not None:
        table = table.join(found.posterior)
    densities = {
        "log_prior_at_mode": mode.log_prior,
        "log_likelihood_at_mode": mode.log_likelihood,
        "log_posterior_at_mode": mode.log_posterior,
        **{f"log_marginal_likelihood_{k}": v for k, v in _marginals(found).items()},
        "largest_slope_at_mode": mode.slope,
    }
    records = [{"what": k, "value": float(v)} for k, v in densities.items()]
    result = ExperimentResult(
        records={"densities": records},
        tables={"parameters": filled(_flat(table))},
        parameters={
            e.name: (float(v), "as in the file")
            for e, v in zip(target.estimated, mode.values, strict=True)
        },
        data_vintage=found.data_name,
    )
    result.notes.append(
        f"Model '{target.model.name}': {len(target.names)} parameters from "
        f"{len(target.data)} dates of {', '.join(target.observables)}. "
        f"{len(mode.ends)} searches end within {float(np.ptp(mode.ends)):.1e} of each "
        f"other; log posterior {mode.log_posterior:.4f}, log marginal likelihood "
        f"(Laplace) {mode.log_marginal:.4f}."
    )
    result.figures["parameters"] = found.plot_parameters()
    if found.draws is not None:
        _add_draws(result, found)
    result.notes += [*found.warnings(), *found.unfollowed, *target.model.notes]
    return result


def _marginals(found: Estimate) -> dict[str, float]:
    return dict(found.marginal_likelihood)


def _flat(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table; what is infinite is said, what is missing is None."""
    rows = []
    for name, row in table.iterrows():
        cells: dict[str, Any] = {"parameter": name}
        for column, value in row.items():
            odd = isinstance(value, float) and not math.isfinite(value)
            cells[str(column)] = (
                value if not odd else "infinite" if math.isinf(value) else None
            )
        rows.append(cells)
    return rows


def _add_draws(result: ExperimentResult, found: Estimate) -> None:
    draws, table = found.draws, found.posterior
    assert draws is not None
    result.datasets["posterior"] = found.inference_data.to_datatree()
    marginal = found.marginal_likelihood
    text = (
        f"{draws.log_posterior.size} draws ({draws.method}), "
        f"{draws.acceptance.mean():.0%} of proposals taken; log marginal likelihood "
        f"{marginal['harmonic_mean']:.4f} (modified harmonic mean, which differs by "
        f"{marginal['harmonic_mean_spread']:.1e} with how much of the draws it uses)"
    )
    if draws.method == "smc":
        text += f", {marginal['smc']:.4f} from {len(draws.stages)} tempering steps"
        if "smc_error" in marginal:
            runs = len(draws.values)
            text += f" (standard error {marginal['smc_error']:.1e}, {runs} runs)"
    else:
        text += f"; at least {table['ess_bulk'].min():.0f} effective draws"
        if "r_hat" in table:
            text += f", R-hat at most {table['r_hat'].max():.4f}"
        result.figures["traces"] = found.plot_traces()
    result.notes.append(text + ".")
    responses = found.responses()
    result.datasets["responses"] = _bands(responses)
    for shock in responses["shock"].values:
        result.figures[f"responses-{shock}"] = responses_figure(responses, str(shock))


def _bands(responses: xr.DataArray) -> xr.Dataset:
    """Quantiles over draws."""
    found = responses.quantile(list(_BANDS), dim="draw")
    return found.to_dataset(name="response").assign_attrs(draws=responses.sizes["draw"])
