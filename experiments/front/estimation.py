"""Estimates as users ask for them: modes, draws, what they say, drawn on demand."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._version import __version__
from ...errors import FiscaxError
from ...models.declaration import not_found
from ...models.dynare.reader import read_mod
from ...models.general.aggregates import Aggregate, with_aggregates
from ...models.general.estimation import Asked
from ...models.general.model import DynamicModel
from ...solvers.estimation.blocks import Blocks
from ...solvers.estimation.marginal import harmonic_mean
from ...solvers.estimation.mode import Mode, find_mode
from ...solvers.estimation.moments import Targets, match_moments
from ...solvers.estimation.particles import MEMORY, sequential_monte_carlo
from ...solvers.estimation.posterior import Posterior, of_model
from ...solvers.estimation.responses import response_draws
from ...solvers.estimation.sampling import (
    Draws,
    no_u_turn,
    random_walk_metropolis,
)
from ...solvers.estimation.simulated import Simulation
from ...solvers.tasks import HERE, Tasks
from .moment_estimate import MomentEstimate
from .series import Series, logarithms, observations, require_spacing

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

METHODS = ("mode", "mh", "nuts", "smc", "gmm", "smm")
DRAWS, CHAINS = 5000, 4
# Chains whose parts differ by more, or with fewer draws that count, have not arrived
# (Vehtari, Gelman, Simpson, Carpenter and Buerkner 2021).
R_HAT, EFFECTIVE = 1.01, 400
SHARE = 0.9
# Draws whose responses are computed, and panels of a figure of them.
RESPONSES, PANELS = 200, 9


def _silent(_: str) -> None:
    """Say nothing."""


def estimate(
    model: DynamicModel | str | Path,
    data: Any = None,
    method: str | None = None,
    draws: int | None = None,
    chains: int | None = None,
    seed: int = 0,
    *,
    logs: bool = False,
    presample: int = 0,
    initial_variance: float | None = None,
    annual: Mapping[str, str] | None = None,
    quarterly: Mapping[str, str] | None = None,
    folder: str | Path | None = None,
    say: Callable[[str], None] = _silent,
    tasks: Tasks = HERE,
    **moments: Any,
) -> Estimate | MomentEstimate:
    """Estimate the parameters that a model declares, as ``fiscax estimate`` does.

    Parameters
    ----------
    model
        A ``.mod`` file, or what ``load_mod`` returns, with ``varobs`` and
        ``estimated_params``.
    data
        A file (comma-separated, Excel, MATLAB), or a mapping, data frame or dataset
        with a series by name of observable; missing values are empty or NaN. By
        default what the file's own ``estimation(...)`` says, with its dates and
        options; what is given here counts first.
    method
        ``"mode"``: posterior mode and curvature; ``"mh"``: from there random-walk
        Metropolis-Hastings; ``"nuts"``: from there the no-U-turn sampler, whose draws
        count for more; ``"smc"``: particles from the prior along a tempered path.
        These need the extra ``bayes``. ``"gmm"``: means, variances and
        autocovariances of the observables are matched; priors say where searches
        start, and nothing else. ``"smm"``: the same of simulated paths, with the same
        shocks at every step. By default the method of the file, else the mode.
    draws, chains
        Draws kept of each chain (5000 of 4 by default), or particles, and how many
        independent runs of them (one by default), whose spread is a second way to the
        error of the marginal likelihood.
    seed
        Of random draws.
    logs
        Observables are taken in logarithms (``loglinear`` in Dynare).
    presample
        First dates that start the filter and are not judged.
    initial_variance
        Of each state before the first date; its ergodic distribution by default.
    annual, quarterly
        Observables of a quarterly model that are seen once a year, with what is seen
        (``"sum"``, ``"mean"`` or ``"end"``), and those of a monthly model that are seen
        once a quarter. Their values stand at the last date of the year or quarter, the
        other cells are empty.
    folder
        Where draws are kept while they are made: an interrupted estimation goes on
        there, with the result that it would have had.
    say
        Is told of the progress.
    tasks
        Who does independent runs of particles; this process by default.
    **moments
        Of ``"gmm"`` and ``"smm"``: ``order`` of the solution (1, 2 or 3, pruned),
        ``lags`` of the autocovariances, ``(1,)`` by default, whether ``means`` and
        ``third`` powers count, ``weights`` (``"optimal"``, or ``"diagonal"`` for many
        moments and few dates), and ``bandwidth``, lags of the Newey-West variance. Of
        ``"smm"`` also ``samples`` of the data's length that are simulated, 10 by
        default, and ``burn_in``, dates before each, 300 by default.

    Returns
    -------
    Estimate, or MomentEstimate of ``"gmm"`` and ``"smm"``.

    Raises
    ------
    FiscaxError
        What the file, the data or the search for the mode is refused for.

    Examples
    --------
    >>> from pathlib import Path
    >>> import fiscax, numpy as np
    >>> text = '''var y; varexo e; parameters rho; rho = 0.6;
    ... model; y = rho*y(-1) + e; end;
    ... shocks; var e; stderr 0.5; end;
    ... varobs y;
    ... estimated_params; rho, beta_pdf, 0.5, 0.2; end;'''
    >>> _ = Path("ar.mod").write_text(text)
    >>> found = fiscax.estimate("ar.mod", {"y": np.sin(np.arange(40.0))})
    >>> bool(found.mode.loc["rho", "mode"] > 0.5)
    True
    """
    if not isinstance(model, DynamicModel):
        model = read_mod(Path(model))
    if not model.observed:
        raise FiscaxError(
            f"model '{model.name}' has no observables; name them with 'varobs'"
        )
    asked = Asked() if data is not None else _asked(model)
    if data is not None:
        asked = replace(asked, logs=logs, presample=presample)
    else:
        asked = replace(
            asked, logs=asked.logs or logs, presample=presample or asked.presample
        )
    sampled = _sampled(asked, method, draws, chains)
    series = _used(
        observations(asked.data if data is None else data, model.observed), asked
    )
    if asked.logs and not asked.logged:
        series = logarithms(series, model.observed)
    model = _aggregated(model, series, annual, quarterly)
    posterior = of_model(
        model,
        model.observed,
        series.values,
        logs=asked.logs,
        presample=asked.presample,
        initial_variance=initial_variance,
    )
    if sampled.method in ("gmm", "smm"):
        if initial_variance is not None:
            raise FiscaxError("moments are ergodic: initial_variance plays no part")
        if sampled.method == "smm":
            chosen = {k: moments.pop(k) for k in _SIMULATED if k in moments}
            moments["simulation"] = Simulation(seed=seed, **chosen)
        return _by_moments(posterior, series.name, asked.notes, seed, say, moments)
    if moments:
        raise FiscaxError(
            f"{', '.join(moments)}: only the methods 'gmm' and 'smm' have moments"
        )
    if sampled.method != "mode":
        _diagnostics()
    place = None if folder is None else Path(folder)
    mode = _kept_mode(posterior, seed, place, say)
    found = _drawn(posterior, mode, sampled, seed, place, say, tasks)
    return Estimate(posterior, mode, found, series.name, seed, asked.notes)


def _aggregated(
    model: DynamicModel,
    series: Series,
    annual: Mapping[str, str] | None,
    quarterly: Mapping[str, str] | None,
) -> DynamicModel:
    """The model with what is seen once in several dates.

    Raises
    ------
    FiscaxError
        A column that is not observed, or whose cells lie otherwise.
    """
    given = [(n, k, 4) for n, k in (annual or {}).items()]
    given += [(n, k, 3) for n, k in (quarterly or {}).items()]
    seen: dict[str, Aggregate] = {}
    for name, kind, periods in given:
        if name in seen:
            raise FiscaxError(f"column '{name}' is both annual and quarterly")
        if name not in model.observed:
            raise FiscaxError(not_found("observable", name, model.observed))
        require_spacing(series, model.observed.index(name), name, periods)
        try:
            seen[name] = Aggregate(kind, periods)
        except FiscaxError as error:
            raise FiscaxError(f"column '{name}': {error}") from None
    return with_aggregates(model, seen) if seen else model


def _drawn(
    posterior: Posterior,
    mode: Mode,
    how: _Sampled,
    seed: int,
    folder: Path | None,
    say: Callable[[str], None],
    tasks: Tasks,
) -> Draws | None:
    """Draws by the method that was asked for; None of a mode alone."""
    if how.method == "smc":
        return sequential_monte_carlo(
            posterior, how.draws, seed, folder, say, how.chains, tasks
        )
    samplers = {"mh": random_walk_metropolis, "nuts": no_u_turn}
    if how.method not in samplers:
        return None
    sampler = samplers[how.method]
    return sampler(posterior, mode, how.draws, how.chains, seed, folder, say)


# Options of moments, and those of the search.
_TARGETS = ("order", "lags", "means", "third", "bandwidth")
_SEARCH, _SIMULATED = ("weights", "starts"), ("samples", "burn_in")


def _by_moments(
    posterior: Posterior,
    data_name: str,
    notes: tuple[str, ...],
    seed: int,
    say: Callable[[str], None],
    options: Mapping[str, Any],
) -> MomentEstimate:
    simulation = options.get("simulation")
    known = (*_TARGETS, *_SEARCH, *(() if simulation is None else _SIMULATED))
    for name in options:
        if name not in (*known, "simulation"):
            raise FiscaxError(not_found("option", name, known))
    chosen = {n: v for n, v in options.items() if n in (*_TARGETS, "simulation")}
    if "lags" in chosen:
        chosen["lags"] = tuple(chosen["lags"])
    targets = Targets(posterior, **chosen)
    more = {n: v for n, v in options.items() if n in _SEARCH}
    found = match_moments(targets, seed=seed, say=say, **more)
    return MomentEstimate(targets, found, data_name, notes)


@dataclass(frozen=True)
class _Sampled:
    """How draws are made."""

    method: str
    draws: int
    chains: int


def _asked(model: DynamicModel) -> Asked:
    """What the file says about data and draws.

    Raises
    ------
    FiscaxError
        It names no data, or asks for what cannot be followed.
    """
    declared = model.estimation
    asked = None if declared is None else declared.asked
    if asked is None or asked.data is None:
        raise FiscaxError(
            f"model '{model.name}' names no data: give them, or write "
            "estimation(datafile = NAME) into the file"
        )
    if asked.wrong:
        raise FiscaxError("; ".join(asked.wrong) + "; or give the data yourself")
    return asked


def _sampled(
    asked: Asked, method: str | None, draws: int | None, chains: int | None
) -> _Sampled:
    if method is None:
        method = "mh" if asked.draws else "mode"
    if method not in METHODS:
        raise FiscaxError(not_found("method", method, METHODS))
    if draws is None:
        kept = None if not asked.draws else round((1 - asked.dropped) * asked.draws)
        draws = kept if kept and method == "mh" else DRAWS
    # Those of a file are chains; particles run once unless it is asked for here.
    chains = chains or (1 if method == "smc" else asked.chains or CHAINS)
    if draws < 1 or chains < 1:
        raise FiscaxError(f"{draws} draws of {chains} chains: there has to be one")
    return _Sampled(method, draws, chains)


def _used(series: Series, asked: Asked) -> Series:
    """The dates that a file asks for."""
    first = asked.first - 1
    last = len(series.values) if asked.count is None else first + asked.count
    if not first < last <= len(series.values):
        raise FiscaxError(
            f"{series.name} has {len(series.values)} dates; rows {first + 1} to {last} "
            "are asked for"
        )
    return series._replace(
        values=series.values[first:last], rows=series.rows[first:last]
    )


def _kept_mode(posterior: Posterior, seed: int, folder: Path | None, say) -> Mode:
    """The mode, from the folder where it was found before."""
    blocks = Blocks.of(folder, posterior, what="mode", seed=seed)
    found = blocks.kept("mode", lambda: vars(find_mode(posterior, seed=seed, say=say)))
    # Numbers are kept as arrays without dimensions.
    values: dict[str, Any] = {
        name: array if np.ndim(array) else float(array) for name, array in found.items()
    }
    return Mode(**values)


def _diagnostics() -> Any:
    """ArviZ, which judges draws.

    Raises
    ------
    FiscaxError
        It is not installed.
    """
    with warnings.catch_warnings():
        # Once a day it tells of its next version: users can do nothing about it.
        warnings.filterwarnings("ignore", r"\s*ArviZ is undergoing", FutureWarning)
        try:
            import arviz
        except ImportError as error:
            raise FiscaxError(
                "draws of a posterior need arviz: pip install 'fiscax[bayes]'"
            ) from error
    return arviz


@dataclass(frozen=True, eq=False, repr=False)
class Estimate:
    """Estimated parameters: ask it, or draw what it answers. Made by ``estimate``.

    Attributes
    ----------
    target
        Prior and likelihood as programs, with the data.
    search
        The mode and its curvature, in arrays.
    draws
        In arrays; None for a mode alone.
    data_name
        What data were called.
    seed
        Of random draws.
    unfollowed
        What the file asks for and was not followed, in words.
    """

    target: Posterior
    search: Mode
    draws: Draws | None
    data_name: str
    seed: int = 0
    unfollowed: tuple[str, ...] = ()

    def __repr__(self) -> str:
        how = "mode" if self.draws is None else self.draws.method
        names = ", ".join(self.target.names)
        return f"<estimate of '{self.target.model.name}' ({how}): {names}>"

    @property
    def names(self) -> tuple[str, ...]:
        """Estimated parameters, as tables call them."""
        return self.target.names

    @cached_property
    def mode(self) -> pd.DataFrame:
        """Prior, posterior mode and standard deviation from the curvature there."""
        import pandas as pd

        rows = {}
        for i, (name, e) in enumerate(
            zip(self.names, self.target.estimated, strict=True)
        ):
            prior = e.prior
            rows[name] = {
                "prior": "none" if prior is None else prior.family,
                "prior_mean": math.nan if prior is None else prior.mean,
                "prior_sd": math.nan if prior is None else prior.standard_deviation,
                "mode": self.search.values[i],
                "sd_at_mode": self.search.standard_deviation[i],
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")

    @cached_property
    def posterior(self) -> pd.DataFrame:
        """Mean, deviation and shortest 90 percent interval of draws, by parameter.

        Also Monte Carlo errors, effective sample sizes of the middle (``ess_bulk``) and
        of the tails (``ess_tail``), and ``r_hat``; of particles those of the chains
        that end their path.

        Raises
        ------
        FiscaxError
            There are no draws.
        """
        table = _diagnostics().summary(
            self.inference_data, hdi_prob=SHARE, kind="all", round_to="none"
        )
        low, high = (c for c in table.columns if str(c).startswith("hdi"))
        share = f"{100 * SHARE:.0f}"
        table = table.rename(
            columns={low: f"hpd_{share}_low", high: f"hpd_{share}_high"}
        )
        kept = list(table.columns)
        if len(self._drawn.values) == 1:
            kept.remove("r_hat")
        return table[kept].rename_axis("parameter")

    @property
    def _drawn(self) -> Draws:
        if self.draws is None:
            raise FiscaxError("a mode has no draws: estimate with method='mh' or 'smc'")
        return self.draws

    @cached_property
    def inference_data(self) -> Any:
        """Draws as ArviZ's ``InferenceData``: every function of ArviZ takes them.

        Groups ``posterior``, ``sample_stats`` (``lp``, log posterior density up to the
        marginal likelihood) and ``observed_data``.

        Raises
        ------
        FiscaxError
            There are no draws, or arviz is not there.
        """
        drawn = self._drawn
        about = {
            "model": self.target.model.name,
            "method": drawn.method,
            "seed": self.seed,
            "created_by": f"fiscax {__version__}",
        }
        with warnings.catch_warnings():
            # Particles are many short chains.
            warnings.filterwarnings("ignore", "More chains")
            return _diagnostics().from_dict(
                posterior={n: drawn.values[..., i] for i, n in enumerate(self.names)},
                sample_stats={"lp": drawn.log_posterior},
                observed_data={
                    n: self.target.given.data[:, i]
                    for i, n in enumerate(self.target.observables)
                },
                dims={n: ["time"] for n in self.target.observables},
                attrs=about,
            )

    @cached_property
    def marginal_likelihood(self) -> Mapping[str, float]:
        """Log marginal likelihood of the data, by method.

        ``laplace`` at the mode; of draws ``harmonic_mean`` (Geweke 1999) with
        ``harmonic_mean_spread``, how much it depends on the share of draws that it
        uses; of particles ``smc`` with ``smc_error``, its standard error.
        """
        found = {"laplace": self.search.log_marginal}
        if self.draws is not None:
            flat = self.draws.values.reshape(-1, len(self.names))
            mean, apart = harmonic_mean(flat, self.draws.log_posterior.ravel())
            found |= {"harmonic_mean": mean, "harmonic_mean_spread": apart}
            if self.draws.log_marginal is not None:
                found["smc"] = self.draws.log_marginal
            if self.draws.log_marginal_error is not None:
                found["smc_error"] = self.draws.log_marginal_error
        return found

    def warnings(self) -> list[str]:
        """Sentences about what should not be trusted yet; empty if there are none."""
        found = []
        if float(np.ptp(self.search.ends)) > 1e-3:
            found.append(
                "The searches do not end at one place: there may be a higher mode that "
                "none of them has found."
            )
        if self.draws is None:
            return found
        if self.draws.memory > MEMORY:
            found.append(
                f"Particles keep {self.draws.memory:.0%} of their place along half a "
                f"chain, more than {MEMORY:.0%}: the marginal likelihood is likely too "
                "low, and its error too small; ask for more particles."
            )
        if self.draws.divergences:
            found.append(
                f"{self.draws.divergences} paths did not keep their energy: where the "
                "posterior bends most, too few draws lie; compare with --method mh."
            )
        table = self.posterior
        if "r_hat" in table:
            worst, name = _extreme(table["r_hat"].to_numpy(), self.names, np.argmax)
            if worst > R_HAT:
                found.append(
                    f"The chains have not arrived: R-hat of '{name}' is {worst:.3f}, "
                    f"more than {R_HAT}; ask for more draws."
                )
        for what, column in (("middle", "ess_bulk"), ("tails", "ess_tail")):
            least, name = _extreme(table[column].to_numpy(), self.names, np.argmin)
            if least < EFFECTIVE:
                found.append(
                    f"Few draws count for the {what} of '{name}': {least:.0f}, fewer "
                    f"than {EFFECTIVE}; ask for more draws."
                )
        return found

    def responses(
        self,
        horizon: int = 40,
        outputs: Sequence[str] | None = None,
        count: int = RESPONSES,
    ) -> xr.DataArray:
        """Responses to one standard deviation of each shock, over draws.

        Parameters
        ----------
        horizon
            Periods, that of the shock included.
        outputs
            Variables; by default observables and those that move most.
        count
            How many draws, spread over all of them.

        Returns
        -------
        By ``draw``, ``shock``, ``horizon`` and ``variable``, in the variables' units.

        Raises
        ------
        FiscaxError
            There are no draws, or no such variable.
        """
        import xarray as xr

        names = self._outputs() if outputs is None else list(outputs)
        for name in names:
            if name not in self.target.model.names:
                raise FiscaxError(
                    not_found("variable", name, list(self.target.model.names))
                )
        flat = self._drawn.values.reshape(-1, len(self.names))
        chosen = np.unique(np.linspace(0, len(flat) - 1, count).astype(int))
        values = response_draws(self.target, flat[chosen], names, horizon)
        shocks = [s.name for s in self.target.model.shocks]
        return xr.DataArray(
            values,
            dims=("draw", "shock", "horizon", "variable"),
            coords={
                "draw": chosen,
                "shock": shocks,
                "horizon": np.arange(horizon),
                "variable": names,
            },
            name="response",
        )

    def _outputs(self) -> list[str]:
        """Observables, then what moves most at the mode, relative to its level."""
        model = self.target.model
        seen = [n for n in self.target.observables if n in model.names]
        others = [
            v.name for v in model.variables if not v.auxiliary and v.name not in seen
        ]
        if len(seen) >= PANELS or not others:
            return seen
        found = response_draws(self.target, self.search.values[None], others, 20)[0]
        size = np.abs(found).max(axis=(0, 1))
        order = [i for i in np.argsort(-size) if size[i] > 1e-12]
        kept = sorted(order[: PANELS - len(seen)])
        return seen + [others[i] for i in kept]

    def plot_parameters(self) -> Figure:
        """Prior, posterior and mode of every parameter."""
        from .estimation_figures import parameters_figure

        return parameters_figure(self.target, self.search, self.draws)

    def plot_traces(self) -> Figure:
        """Draws of every parameter in the order of the chains.

        Raises
        ------
        FiscaxError
            There are no draws, or particles, whose chains are many and short.
        """
        from .estimation_figures import traces_figure

        if self._drawn.method == "smc":
            raise FiscaxError("particles are many short chains, which make no trace")
        return traces_figure(self._drawn.values, self.search, self.posterior)

    def plot_responses(self, shock: str, horizon: int = 40) -> Figure:
        """Median responses to a shock with bands of 68 and 90 percent of draws.

        Raises
        ------
        FiscaxError
            There are no draws, or no such shock.
        """
        from .estimation_figures import responses_figure

        shocks = [s.name for s in self.target.model.shocks]
        if shock not in shocks:
            raise FiscaxError(not_found("shock", shock, shocks))
        return responses_figure(self.responses(horizon), shock)


def _extreme(values: np.ndarray, names: Sequence[str], where) -> tuple[float, str]:
    """The largest or smallest of values, and whose it is."""
    place = int(where(values))
    return float(values[place]), names[place]
