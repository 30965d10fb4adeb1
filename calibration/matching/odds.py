"""Which economy quarterly data support: posterior odds by era.

The sticky-price economies, solved to first order, are held against the same series:
safe debt, risky debt, and the one that switches between them, whose regime is hidden.
Parameters have declared priors; the log marginal likelihood is Laplace's at the mode,
that of importance sampling around it, and that of particles from the prior, which need
no mode. Its difference is the log of the odds when no economy is preferred beforehand.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from ...models.general.estimation import Estimated, Prior
from ...models.general.model import DynamicModel
from ...models.general.switching import SwitchingDynamics, in_regime
from ...solvers.compiled import compiled
from ...solvers.errors import SolutionError
from ...solvers.estimation.marginal import Weighted, importance_sampling
from ...solvers.estimation.mode import Mode, find_mode
from ...solvers.estimation.particles import sequential_monte_carlo
from ...solvers.estimation.posterior import Posterior
from ...solvers.estimation.sampling import Draws
from ...solvers.filters.switching_program import hidden_regimes_function
from ...solvers.perturbation.pricing import with_curves
from ...solvers.perturbation.solution import solve_local
from ...solvers.switching.curves import with_switching_curves
from ...solvers.switching.means import second_order_means
from ...solvers.switching.rules import unique_solution
from ..economies.observed_sticky import (
    MEASURED,
    SERIES,
    error_of,
    mean_of,
    observed_economy,
    observed_switching,
    seen,
)
from ..economies.sticky_switching import SWITCHING, problem_of
from ..parameters.numbers import read_numbers
from ..record.quarterly import quarterly_series
from ..record.series import PathLike, SeriesDirectory
from ..shipped import FACTS
from .odds_regimes import regime_bands

ECONOMIES = ("sticky_safe", "sticky_risky")
# Regimes of the last are the first two, and hidden.
EVERY = (*ECONOMIES, SWITCHING)
ERAS = {
    "1984-2019": ("1984Q1", "2019Q4"),
    "2020-2026": ("2020Q1", "2026Q2"),
    "2022-2026": ("2022Q1", "2026Q2"),
}
# A direction is open where more than this share of the posterior's curvature is the
# prior's.
OPEN = 0.8
# Share of the largest weight from which a parameter belongs to a direction.
_WEIGHT = 0.3
STARTS = 3
# Regimes that are kept apart where probabilities of hidden ones are told.
REMEMBERED = 6
# Proposals of each of two seeds.
DRAWS = 2000
# Paths from the prior and particles of each, of one path where regimes are hidden and a
# likelihood takes thirty times as long; particles that fill the regime table.
PATHS, PARTICLES, HIDDEN, TABLED = 4, 5000, 2000, 200
TEN_YEARS = 40
_TABLES = tuple(FACTS / f"odds{n}.csv" for n in ("", "_parameters", "_regimes"))


def _silent(_: str) -> None:
    """Say nothing."""


@cache
def declared() -> Mapping[str, Mapping[str, Any]]:
    """Declared priors by parameter, as in the file."""
    return read_numbers("odds.toml")


def economy(name: str) -> DynamicModel:
    """A calibration with observables; means and errors at the means of their priors."""
    return observed_economy(name, *_observation())


def switching_economy() -> SwitchingDynamics:
    """``SWITCHING`` with observables, as ``economy`` for the others."""
    return observed_switching(SWITCHING, *_observation())


def _observation() -> tuple[dict[str, float], dict[str, float]]:
    """Means and errors by series, at the means of their priors."""
    own = declared()
    return (
        {s: own[mean_of(s)]["mean"] for s in SERIES},
        {s: own[error_of(s)]["mean"] for s in MEASURED},
    )


def estimated(
    name: str, model: DynamicModel | SwitchingDynamics
) -> tuple[Estimated, ...]:
    """Parameters of an economy that are estimated, with their priors.

    Where regimes have values of their own, a prior is that of the regimes whose
    permanent economy has it: ``theta[risky]``.
    """
    found = []
    for declared_name, given in declared().items():
        if name not in given["economies"]:
            continue
        for parameter in _own_names(declared_name, given["economies"], model):
            mean = given.get("mean", model.values[parameter])
            deviation = given.get("deviation")
            if deviation is None:
                deviation = given["relative_deviation"] * abs(mean)
            prior = Prior(given["family"], mean, deviation)
            found.append(Estimated(parameter, prior))
    return tuple(found)


def _own_names(
    parameter: str, economies: Sequence[str], model: DynamicModel | SwitchingDynamics
) -> list[str]:
    """Names of a declared parameter in a model."""
    if not isinstance(model, SwitchingDynamics) or parameter not in model.apart:
        return [parameter]
    own = [r for r in model.regimes if f"sticky_{r}" in economies]
    return [in_regime(parameter, r) for r in own]


def held_against(name: str, data: np.ndarray) -> Posterior:
    """The posterior of an economy given data (T, m) in the order of ``SERIES``."""
    names = tuple(map(seen, SERIES))
    if name == SWITCHING:
        dynamics = switching_economy()
        own = estimated(name, dynamics)
        return Posterior(dynamics.model, own, names, data, switching=dynamics)
    model = economy(name)
    return Posterior(model, estimated(name, model), names, data)


def era_data(series: pd.DataFrame) -> dict[str, np.ndarray]:
    """Series (T, m) by era, all of one length: missing dates stand at the end.

    What is missing adds nothing to a likelihood, so that one program serves all eras.
    """
    found = {
        e: series.loc[a:b, list(SERIES)].to_numpy(float) for e, (a, b) in ERAS.items()
    }
    longest = max(map(len, found.values()))
    return {
        era: np.pad(v, ((0, longest - len(v)), (0, 0)), constant_values=np.nan)
        for era, v in found.items()
    }


def shipped_means(model: DynamicModel | SwitchingDynamics) -> dict[str, float]:
    """Means of the series, percent, in the economy as it ships: to second order.

    Over both regimes where it switches.
    """
    # What is observed as a ten-year yield holds no premium; the curve does.
    rows = [f"level_{s}" if s != "yield_10y" else f"yield_{TEN_YEARS}" for s in SERIES]
    if isinstance(model, SwitchingDynamics):
        problem = problem_of(model)
        _, rules = unique_solution(problem, 2)
        rules = with_switching_curves(rules, problem, (TEN_YEARS,))
        found = second_order_means(rules, problem, rows)
    else:
        solution = with_curves(solve_local(model, 2), (TEN_YEARS,))
        found = solution.moments_of(rows, 2).mean
    means = dict(zip(SERIES, (100 * found).tolist(), strict=True))
    # Growth is that of output per unit of technology and of unexpected technology.
    means["growth"] += 100 * model.values["mu"]
    means["equity_return"] += 100 * model.values["mu"]
    return {mean_of(s): v for s, v in means.items()}


@dataclass(frozen=True)
class Verdict:
    """An economy in an era.

    Attributes
    ----------
    shipped : log likelihood at shipped parameters; mode : where the posterior is
        highest; sampled : the marginal likelihood by two seeds, empty without draws.
    without : log likelihood at the mode less that of the other series, by series.
    without_shipped : the same at shipped parameters.
    particles : of the posterior, from the prior: another way to the marginal
        likelihood, which knows no mode. None without draws.
    """

    economy: str
    era: str
    posterior: Posterior
    shipped: float
    mode: Mode
    sampled: tuple[Weighted, ...]
    without: Mapping[str, float]
    without_shipped: Mapping[str, float]
    particles: Draws | None

    @cached_property
    def hidden_regimes(self) -> Mapping[str, np.ndarray]:
        """Probabilities (T, R) of hidden regimes at the mode, filtered and smoothed.

        Over the dates of the data; empty where the economy does not switch.
        """
        posterior = self.posterior
        if posterior.switching is None:
            return {}
        program = compiled(
            hidden_regimes_function(
                posterior.switching, posterior.observables, REMEMBERED
            ),
            name="hidden_regimes",
        )
        values = np.array(posterior.base)
        values[posterior.places] = self.mode.values
        found = program(jnp.asarray(values), jnp.asarray(posterior.data))
        own = _dates(posterior.data)
        return {k: np.asarray(v)[:own] for k, v in found._asdict().items()}

    @property
    def from_the_prior(self) -> tuple[float, float] | None:
        """Log marginal likelihood by particles and its error; None without them."""
        if self.particles is None:
            return None
        value, error = self.particles.log_marginal, self.particles.log_marginal_error
        assert value is not None and error is not None
        return value, error

    @property
    def log_marginal(self) -> float:
        """Log marginal likelihood by importance sampling, mean over seeds."""
        return float(np.mean([found.value for found in self.sampled]))

    @cached_property
    def prior_curvature(self) -> np.ndarray:
        """Minus second derivatives (k, k) of the log prior, in free coordinates."""
        posterior = self.posterior
        bounds = posterior.bounds

        def height(free):
            return posterior.log_prior(bounds.inside(free)) + bounds.log_volume(free)

        free = jnp.asarray(bounds.free(self.mode.values))
        return -np.asarray(jax.hessian(height)(free))

    @cached_property
    def free_covariance(self) -> np.ndarray:
        """Covariance (k, k) of the posterior at its mode, in free coordinates."""
        bounds = self.posterior.bounds
        free = jnp.asarray(bounds.free(self.mode.values))
        slope = np.diagonal(np.asarray(jax.jacfwd(bounds.inside)(free)))
        return self.mode.covariance / np.outer(slope, slope)

    @property
    def prior_share(self) -> np.ndarray:
        """Precision (k,) that the prior alone gives over that of the posterior."""
        return np.diagonal(self.prior_curvature) * np.diagonal(self.free_covariance)

    @property
    def open_directions(self) -> tuple[tuple[float, tuple[str, ...]], ...]:
        """Directions whose curvature is the prior's: its share, and who is in it."""
        size = np.sqrt(np.diagonal(self.prior_curvature))
        # Coordinates in which the prior is round: roots are shares of its curvature.
        ratio = self.free_covariance * np.outer(size, size)
        roots, vectors = np.linalg.eigh(ratio)
        found = []
        for root, vector in zip(roots, np.abs(vectors.T), strict=True):
            if root > OPEN:
                names = [
                    n
                    for n, v in zip(self.posterior.names, vector, strict=True)
                    if v > _WEIGHT * vector.max()
                ]
                found.append((float(root), tuple(names)))
        return tuple(found)


def weigh(
    name: str,
    era: str,
    data: np.ndarray,
    draws: int = 0,
    means: Mapping[str, float] | None = None,
    seed: int = 0,
    say: Callable[[str], None] = _silent,
    beside: Sequence[Mapping[str, float]] = (),
) -> Verdict:
    """Hold an economy against an era's data (T, m).

    Parameters
    ----------
    draws : proposals of each of two seeds; none, and Laplace's approximation stands
        alone, without particles.
    means : of the series where the economy ships; solved for by default.
    beside : parameters from which the mode is searched too; others at their start.

    Raises
    ------
    SolutionError
        No mode, or the shipped parameters have no likelihood.
    """
    posterior = held_against(name, data)
    if means is None:
        means = shipped_means(posterior.switching or posterior.model)
    ship = np.array(
        [means.get(n, v) for n, v in zip(posterior.names, posterior.start, strict=True)]
    )
    refused = posterior.refused(ship)
    if refused:
        raise SolutionError(f"'{name}' as it ships has no likelihood: {refused}")
    starts = [
        np.array(
            [b.get(n, v) for n, v in zip(posterior.names, posterior.start, strict=True)]
        )
        for b in beside
    ]
    mode = find_mode(posterior, STARTS, seed, say, starts)
    sampled = tuple(
        importance_sampling(posterior, mode, draws, seed + i) for i in range(2) if draws
    )
    return Verdict(
        name,
        era,
        posterior,
        _likelihood(posterior, ship),
        mode,
        sampled,
        _contributions(posterior, mode.values),
        _contributions(posterior, ship),
        _particles(posterior, seed, say) if draws else None,
    )


def _particles(posterior: Posterior, seed: int, say: Callable[[str], None]) -> Draws:
    """Paths from the prior; a single one where regimes are hidden."""
    era = replace(posterior, data=posterior.data[: _dates(posterior.data)])
    if posterior.switching is not None:
        say(f"a path of {HIDDEN} particles")
        return sequential_monte_carlo(era, HIDDEN, seed, say=say)
    say(f"{PATHS} paths of {PARTICLES} particles")
    return sequential_monte_carlo(era, PARTICLES, seed, runs=PATHS)


def _dates(data: np.ndarray) -> int:
    """Dates of an era, without those that ``era_data`` fills it up with."""
    return int(1 + np.flatnonzero(np.isfinite(data).any(axis=1))[-1])


def _likelihood(
    posterior: Posterior, values: np.ndarray, data: np.ndarray | None = None
) -> float:
    given = posterior.given
    if data is not None:
        given = given._replace(data=data)
    return float(posterior.program(jnp.asarray(values), given).likelihood)


def _contributions(posterior: Posterior, values: np.ndarray) -> dict[str, float]:
    """Log density of each series given the others."""
    whole, found = _likelihood(posterior, values), {}
    for i, series in enumerate(SERIES):
        data = np.array(posterior.data)
        data[:, i] = np.nan
        found[series] = whole - _likelihood(posterior, values, data)
    return found


class OddsFacts(NamedTuple):
    """By economy and era: likelihoods and odds, estimated parameters, what they say.

    ``regimes`` are rows of the regime table, none without draws.
    """

    odds: pd.DataFrame
    parameters: pd.DataFrame
    regimes: pd.DataFrame


def shipped_odds() -> OddsFacts:
    """What the record of the package's authors gives."""
    return OddsFacts(*(pd.read_csv(p, comment="#") for p in _TABLES))


def computed_odds(
    data: PathLike,
    quantities: Sequence[str] = (),
    draws: int = DRAWS,
    eras: Sequence[str] = tuple(ERAS),
    seed: int = 0,
    say: Callable[[str], None] = _silent,
    economies: Sequence[str] = EVERY,
) -> OddsFacts:
    """The shipped tables computed from a folder of series.

    Parameters
    ----------
    quantities : rows of the regime table.
    draws, seed : as in ``weigh``.
    eras : keys of ``ERAS``.
    economies : of ``EVERY``, in its order.

    Raises
    ------
    SeriesError
        A series is missing.
    SolutionError
        As ``weigh`` does.
    """
    series = era_data(quarterly_series(SeriesDirectory(data)))
    verdicts = []
    for name in economies:
        own = switching_economy() if name == SWITCHING else economy(name)
        means = shipped_means(own)
        for era in eras:
            say(f"{name}, {era}")
            # Data may sit in one regime all along.
            modes = [v for v in verdicts if name == SWITCHING and v.era == era]
            verdicts.append(
                weigh(
                    name,
                    era,
                    series[era],
                    draws,
                    means,
                    seed,
                    say,
                    [as_of_a_regime(v.economy, _modes(v)) for v in modes],
                )
            )
    return OddsFacts(
        pd.DataFrame([row for v in verdicts for row in _rows(v)] + _odds(verdicts)),
        pd.DataFrame([row for v in verdicts for row in _estimates(v)]),
        pd.DataFrame([row for v in verdicts for row in _said(v, quantities)]),
    )


def _modes(verdict: Verdict) -> dict[str, float]:
    """Parameters at the mode by name."""
    values = verdict.mode.values.tolist()
    return dict(zip(verdict.posterior.names, values, strict=True))


def as_of_a_regime(name: str, values: Mapping[str, float]) -> dict[str, float]:
    """Parameters of a permanent economy as those of its regime in ``SWITCHING``."""
    regime = name.removeprefix("sticky_")
    return {n: v for p, v in values.items() for n in (p, in_regime(p, regime))}


def _said(verdict: Verdict, quantities: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of the regime table over evenly spaced particles."""
    if verdict.particles is None:
        return []
    values = verdict.particles.values
    flat = values.reshape(-1, values.shape[-1])
    some = flat[np.linspace(0, len(flat) - 1, min(TABLED, len(flat))).astype(int)]
    head = {"economy": verdict.economy, "era": verdict.era}
    names = verdict.posterior.names
    bands = regime_bands(verdict.economy, names, some, quantities)
    return [{**head, **row} for row in bands]


def _rows(verdict: Verdict) -> list[dict[str, Any]]:
    """Likelihoods of an economy in an era, and what each series adds to them."""
    mode = verdict.mode
    units = {"effective": "draws", "memory": "correlation"}
    units |= {f"{k}_probability": "probability" for k in verdict.hidden_regimes}
    found = [
        ("log_likelihood", "shipped", verdict.shipped),
        ("log_likelihood", "mode", mode.log_likelihood),
        ("log_prior", "mode", mode.log_prior),
        ("log_marginal", "laplace", mode.log_marginal),
    ]
    if verdict.sampled:
        values = [s.value for s in verdict.sampled]
        found += [
            ("log_marginal", "sampled", verdict.log_marginal),
            ("log_marginal", "between_seeds", float(np.ptp(values))),
            ("log_marginal", "error", max(s.standard_error for s in verdict.sampled)),
            ("effective", "draws", min(s.effective for s in verdict.sampled)),
        ]
    if verdict.from_the_prior:
        value, error = verdict.from_the_prior
        assert verdict.particles is not None
        found += [
            ("log_marginal", "particles", value),
            ("log_marginal", "particles_error", error),
            ("memory", "particles", verdict.particles.memory),
        ]
    for item, parts in (
        ("shipped", verdict.without_shipped),
        ("mode", verdict.without),
    ):
        found += [(f"given_the_others_{item}", s, v) for s, v in parts.items()]
    for kind, chances in verdict.hidden_regimes.items():
        assert verdict.posterior.switching is not None
        for k, regime in enumerate(verdict.posterior.switching.regimes):
            own = chances[:, k]
            found += [
                (f"{kind}_probability", f"{regime}_{when}", float(value))
                for when, value in (
                    ("mean", own.mean()),
                    ("lowest", own.min()),
                    ("highest", own.max()),
                    ("end", own[-1]),
                )
            ]
    return [
        {
            "economy": verdict.economy,
            "era": verdict.era,
            "quantity": quantity,
            "item": item,
            "value": float(value),
            "unit": units.get(quantity, "log points"),
        }
        for quantity, item, value in found
    ]


def _odds(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Log odds of every economy over those before it, by era and by method."""
    rows = []
    by_name = {(v.economy, v.era): v for v in verdicts}
    pairs = list(itertools.combinations(dict.fromkeys(v.economy for v in verdicts), 2))
    for era in dict.fromkeys(v.era for v in verdicts):
        for before, after in pairs:
            one, other = by_name[before, era], by_name[after, era]
            found = {
                "shipped": other.shipped - one.shipped,
                "laplace": other.mode.log_marginal - one.mode.log_marginal,
            }
            if one.sampled and other.sampled:
                found["sampled"] = other.log_marginal - one.log_marginal
            if one.from_the_prior and other.from_the_prior:
                found["particles"] = other.from_the_prior[0] - one.from_the_prior[0]
            label = " over ".join(n.removeprefix("sticky_") for n in (after, before))
            rows += [
                {
                    "economy": label,
                    "era": era,
                    "quantity": "log_odds",
                    "item": item,
                    "value": float(value),
                    "unit": "log points",
                }
                for item, value in found.items()
            ]
    return rows


def _estimates(verdict: Verdict) -> list[dict[str, Any]]:
    """Parameters with priors, modes and standard errors."""
    mode, posterior = verdict.mode, verdict.posterior
    share = verdict.prior_share
    within = {n for _, names in verdict.open_directions for n in names}
    rows = []
    for i, given in enumerate(posterior.estimated):
        assert given.prior is not None
        rows.append(
            {
                "economy": verdict.economy,
                "era": verdict.era,
                "parameter": given.parameter,
                "prior": given.prior.family,
                "prior_mean": given.prior.mean,
                "prior_deviation": given.prior.standard_deviation,
                "mode": float(mode.values[i]),
                "standard_error": float(mode.standard_deviation[i]),
                "prior_share": float(share[i]),
                "open": "yes" if given.parameter in within else "no",
            }
        )
    return rows
