"""Generalised method of moments: parameters that give a model the data's moments.

Moments are means of the observables, means of their products at the same and at earlier
dates, and means of third powers, all of deviations from the data's mean: a linear
change of raw moments, with the same optimal estimate and better numbers. Those of the
model are in closed form, of the first-order solution or of the pruned one of second or
third order, or those of simulated paths (``simulated``). As data and model enter apart,
the variance of the data's moments is known before any estimate (Hansen 1982; Newey and
West 1987); that of simulated moments is added to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy import optimize, stats

from ...errors import FiscaxError
from ...models.general.functions import covariance_function
from ...models.general.parameters import derived_parameters
from ..compiled import Compiled, compiled
from ..errors import SolutionError
from ..filters.likelihood import semidefinite, solution_checks
from ..filters.observables import Observables
from ..perturbation.expansion import perturbation
from ..perturbation.solution import solve_local
from .mode import draw_of_prior
from .posterior import Posterior
from .simulated import Layouts, Simulation, drawn, moments_and_slopes

# Columns of the scaled Jacobian that are this near to one another are one.
_RANK = 1e-7
# Moments whose scaled variance has a smaller root are combinations of others.
_REPEATED = 1e-10
_STEP = 1e-5
# A residual where the model has no moments: no step goes there.
_WALL = 1e6


@dataclass(frozen=True, eq=False)
class Targets:
    """Which moments are matched, and their values in the data.

    Attributes
    ----------
    target : parameters, observables and data; its priors say where searches start.
    lags : of products with earlier dates, zero is always there.
    means : whether means are matched too.
    order : of the model's solution.
    bandwidth : lags of the Newey-West variance; 4 (T/100)^(2/9) by default.
    third : whether third powers of every observable are matched.
    simulation : how the model's moments are simulated; in closed form without.

    Raises
    ------
    SolutionError
        Missing data, too few dates, or fewer moments than parameters; third powers
        without a simulation, which have a closed form at first order only.
    """

    target: Posterior
    lags: tuple[int, ...] = (1,)
    means: bool = True
    order: int = 1
    bandwidth: int | None = None
    third: bool = False
    simulation: Simulation | None = None

    def __post_init__(self) -> None:
        """Refuse what has no moments."""
        missing = np.isnan(self.target.data).any(axis=0)
        if np.any(missing):
            name = self.target.observables[int(np.argmax(missing))]
            raise SolutionError(
                f"moments need complete data, '{name}' has missing dates; leave them "
                "out, or use the likelihood"
            )
        if self.target.logs or self.target.presample:
            raise SolutionError(
                "moments are those of levels and of all dates: write logarithms as "
                "variables of the model, and leave out a presample"
            )
        if self.order not in (1, 2, 3) or min(self.lags, default=1) < 1:
            raise SolutionError("order is 1, 2 or 3, and lags are from 1 on")
        if self.third and self.simulation is None and self.order > 1:
            raise SolutionError(
                f"third moments of a solution of order {self.order} are simulated: ask "
                "for the method 'smm'"
            )
        count, own = len(self.names), len(self.target.names)
        if count < own:
            raise SolutionError(
                f"{count} moments do not determine {own} parameters; add lags or "
                "observables"
            )
        if len(self.contributions) <= count:
            raise SolutionError(
                f"{len(self.contributions)} dates do not give the variance of {count} "
                "moments; ask for fewer lags"
            )

    @cached_property
    def layout(self) -> tuple[tuple[int, int, int], ...]:
        """Products (i, j, lag): of observable i with observable j ``lag`` earlier."""
        m = len(self.target.observables)
        now = [(i, j, 0) for i in range(m) for j in range(i + 1)]
        return (
            *now,
            *((i, j, k) for k in self.lags for i in range(m) for j in range(m)),
        )

    @property
    def layouts(self) -> Layouts:
        """What the moments are made of."""
        return Layouts(self.means, self.layout, self.third)

    @property
    def names(self) -> tuple[str, ...]:
        """What the moments (q) are."""
        seen = self.target.observables
        first = [f"mean {n}" for n in seen] if self.means else []

        def product(i: int, j: int, lag: int) -> str:
            if lag:
                return f"{seen[i]} with {seen[j]}, {lag} earlier"
            return f"variance {seen[i]}" if i == j else f"{seen[i]} with {seen[j]}"

        last = [f"third power {n}" for n in seen] if self.third else []
        return (*first, *(product(*p) for p in self.layout), *last)

    @cached_property
    def centre(self) -> np.ndarray:
        """Means (m,) of the data."""
        return np.mean(self.target.data, axis=0)

    @cached_property
    def contributions(self) -> np.ndarray:
        """What every date adds to the moments (T, q)."""
        return self.layouts.contributions(self.target.data - self.centre)

    @cached_property
    def observed(self) -> np.ndarray:
        """Moments (q,) of the data."""
        return self.contributions.mean(axis=0)

    @property
    def lags_of_variance(self) -> int:
        """Bandwidth of the Newey-West variance."""
        if self.bandwidth is not None:
            return self.bandwidth
        return int(4 * (len(self.contributions) / 100) ** (2 / 9))

    @cached_property
    def variance(self) -> np.ndarray:
        """Long-run variance (q, q) of the data's contributions."""
        return newey_west(self.contributions, self.lags_of_variance)

    @property
    def dates(self) -> float:
        """Dates that count: less than there are where the model's moments are noisy.

        Simulated moments add to the variance as much as a share 1/samples of the data's
        (Duffie and Singleton 1993, for samples of the data's length).
        """
        noise = 0.0 if self.simulation is None else 1 / self.simulation.samples
        return len(self.contributions) / (1 + noise)

    def of_model(self, mean: np.ndarray, covariances: Any) -> np.ndarray:
        """Moments (q,) from means (m,) and covariances by lag ``{k: (m, m)}``.

        Third powers are those of a normal distribution: first order has no other.
        """
        gap = mean - self.centre
        products = [covariances[k][i, j] + gap[i] * gap[j] for i, j, k in self.layout]
        first = list(gap) if self.means else []
        own = np.diag(covariances[0])
        last = list(gap**3 + 3 * gap * own) if self.third else []
        return np.stack([*first, *products, *last])


def newey_west(contributions: np.ndarray, bandwidth: int) -> np.ndarray:
    """Long-run variance (q, q) of series (T, q), Bartlett weights (1987, eq. 5)."""
    gap = contributions - contributions.mean(axis=0)
    total = gap.T @ gap
    for lag in range(1, bandwidth + 1):
        later = gap[lag:].T @ gap[:-lag]
        total = total + (1 - lag / (bandwidth + 1)) * (later + later.T)
    return total / len(gap)


@dataclass(frozen=True)
class Identification:
    """What moments say of parameters near the estimate (Iskrev 2010; Ratto 2008).

    Attributes
    ----------
    singular : singular values (k,) of the Jacobian of the moments, in their standard
        errors, columns of length one: the last is zero where parameters repeat others.
    alone : (k,), size of the parameter over its standard error if it were the only
        unknown; together : the same with all unknown.
    collinearity : (k,), correlation of a parameter's effect on moments with the best
        combination of the others'.
    alike : (k,), the one other parameter whose effect is most like it, and ``cosine``.
    weakest : names of the parameters in the direction that moments say least of.
    """

    singular: np.ndarray
    alone: np.ndarray
    together: np.ndarray
    collinearity: np.ndarray
    alike: tuple[str, ...]
    cosine: np.ndarray
    weakest: tuple[str, ...]


@dataclass(frozen=True)
class Matched:
    """Estimate by moments.

    Attributes
    ----------
    values, standard_error, covariance : (k,), (k,), (k, k).
    model : moments (q,) there; jacobian : (q, k) by parameters.
    statistic : J, the distance that is left, chi-squared with ``freedom`` degrees of
        freedom if the model is right; ``p_value``; None without optimal weights or
        with as many parameters as moments.
    ends : (s,), distances that the starts have reached.
    """

    values: np.ndarray
    standard_error: np.ndarray
    covariance: np.ndarray
    model: np.ndarray
    jacobian: np.ndarray
    statistic: float | None
    freedom: int
    p_value: float | None
    identification: Identification
    ends: np.ndarray


def match_moments(
    targets: Targets,
    weights: str = "optimal",
    starts: int = 3,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> Matched:
    """Search from several starts with weights by precision, then with the chosen ones.

    Parameters
    ----------
    weights : 'optimal', the inverse of the moments' long-run variance, or 'diagonal',
        of its diagonal: less precise, and safer with many moments and few dates.

    Raises
    ------
    SolutionError
        No start has moments; moments repeat one another; parameters that moments
        cannot tell apart, by name, also where the search for them ends at a bound; a
        search that ends at a bound.
    """
    if weights not in ("optimal", "diagonal"):
        raise SolutionError(f"weights are 'optimal' or 'diagonal', not '{weights}'")
    moments = of_moments(targets)
    target, bounds = targets.target, targets.target.bounds
    whitener = _whitener(targets)
    size = np.sqrt(np.diag(targets.variance))
    found, ends = [], []
    begun = list(_starts(targets, moments, starts, seed))
    for number, start in enumerate(begun, 1):
        end = _search(targets, moments, np.diag(1 / size), start)
        found.append(end.x)
        ends.append(2 * float(end.cost))
        say(f"start {number}: distance {ends[-1] * targets.dates:.4f}")
    best = int(np.argmin(ends))
    free = found[best]
    if weights == "optimal":
        free = _search(targets, moments, whitener, free).x

    def slopes(free: np.ndarray) -> np.ndarray:
        return np.diagonal(np.asarray(jax.jacfwd(bounds.inside)(jnp.asarray(free))))

    values = np.asarray(bounds.inside(jnp.asarray(free)))
    model, by_free = moments(free)
    slope = slopes(free)
    if model is None or np.any(np.abs(slope) < 1e-10 * np.maximum(np.abs(values), 1.0)):
        # Parameters that repeat one another drift along a flat valley to a bound.
        start = begun[best]
        first, dates = np.asarray(bounds.inside(jnp.asarray(start))), targets.dates
        effects = whitener @ (moments(start)[1] / slopes(start))
        _identification(effects, first, target.names, dates)
        stuck = [n for n, s in zip(target.names, slope, strict=True) if abs(s) < 1e-10]
        raise SolutionError(
            f"the distance falls up to the bound of {', '.join(stuck) or 'a parameter'}"
            "; widen the bound, or fix the parameter"
        )
    jacobian = by_free / slope
    dates = targets.dates
    told = _identification(whitener @ jacobian, values, target.names, dates)
    gap = targets.observed - model
    optimal = whitener if weights == "optimal" else np.diag(1 / size)
    weight = optimal.T @ optimal
    bread = np.linalg.inv(jacobian.T @ weight @ jacobian)
    meat = jacobian.T @ weight @ targets.variance @ weight @ jacobian
    covariance = bread @ meat @ bread / dates
    freedom = len(model) - len(values)
    statistic = p_value = None
    if weights == "optimal" and freedom > 0:
        statistic = float(dates * np.sum((whitener @ gap) ** 2))
        p_value = float(stats.chi2.sf(statistic, freedom))
    return Matched(
        values, np.sqrt(np.diag(covariance)), covariance, np.asarray(model), jacobian,
        statistic, freedom, p_value, told, dates * np.array(ends),
    )  # fmt: skip


def _whitener(targets: Targets) -> np.ndarray:
    """Matrix (q, q) whose square inverts the variance of the moments."""
    size = np.sqrt(np.diag(targets.variance))
    still = [n for n, s in zip(targets.names, size, strict=True) if not s > 0]
    if still:
        raise SolutionError(f"the data's moment '{still[0]}' never moves; leave it out")
    roots, vectors = np.linalg.eigh(targets.variance / np.outer(size, size))
    if roots[0] < _REPEATED:
        share = np.abs(vectors[:, 0])
        linked = [targets.names[i] for i in np.flatnonzero(share > 0.3 * share.max())]
        raise SolutionError(
            f"moments {'; '.join(linked)} repeat one another in the data; leave out an "
            "observable or a lag"
        )
    return vectors.T / np.sqrt(roots)[:, None] / size


Moments = Callable[[np.ndarray], tuple[np.ndarray | None, np.ndarray]]


def of_moments(targets: Targets) -> Moments:
    """Free coordinates (k,) to moments (q,) and their Jacobian (q, k); None: no model.

    Of first order and of simulated paths the Jacobian is exact; closed forms of higher
    orders are differenced.
    """
    target = targets.target
    if targets.simulation is not None:
        return _simulated(targets, targets.simulation)
    if targets.order > 1:
        return _higher(targets)
    estimated, lags = target.estimated, targets.lags
    program = _first_order(target.model, estimated, target.observables, lags)

    def found(free: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
        mean, by_lag, fine, (mean_by, lag_by) = (
            jax.tree.map(np.asarray, program(jnp.asarray(free), target.base))
        )  # fmt: skip
        if not fine:
            return None, np.zeros((len(targets.names), len(free)))
        lagged = dict(zip((0, *lags), by_lag, strict=True))
        slopes = dict(zip((0, *lags), lag_by, strict=True))
        gap = mean - targets.centre
        rows = [
            slopes[k][i, j] + mean_by[i] * gap[j] + gap[i] * mean_by[j]
            for i, j, k in targets.layout
        ]
        first = list(mean_by) if targets.means else []
        last = []
        if targets.third:
            own, own_by = np.diag(lagged[0]), np.diagonal(slopes[0]).T
            by_gap = (3 * gap**2 + 3 * own)[:, None] * mean_by
            last = list(by_gap + 3 * gap[:, None] * own_by)
        return targets.of_model(mean, lagged), np.stack([*first, *rows, *last])

    return found


def _simulated(targets: Targets, plan: Simulation) -> Moments:
    target = targets.target
    program = moments_and_slopes(
        target.model,
        target.estimated,
        target.observables,
        targets.order,
        targets.layouts,
        plan.burn_in,
    )
    draws = drawn(target, plan)

    def found(free: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
        told, fine, slopes = jax.tree.map(
            np.asarray, program(jnp.asarray(free), target.base, targets.centre, draws)
        )
        return (told, slopes) if fine else (None, np.zeros(slopes.shape))

    return found


# One program per model and layout: data enter elsewhere.
@lru_cache(maxsize=16)
def _first_order(model, estimated, names, lags) -> Compiled:
    observed = Observables(model, names, None, None)
    solve, covariance_at = perturbation(model, 1), covariance_function(model)
    renew = derived_parameters(model)
    shell = Posterior(model, estimated, names, np.zeros((1, len(names))))
    places, bounds = shell.places, shell.bounds
    rows, n = np.array(observed.rows), len(observed.where.states)

    def moments(free, base):
        parameters = jnp.asarray(base).at[places].set(bounds.inside(free))
        if renew is not None:
            parameters = renew(parameters)
        found = solve(parameters)
        covariance = covariance_at(parameters)
        space = observed.state_space(found.rule.x, covariance, parameters)
        law, loading = space.both[:n], space.both[n:]
        now = loading @ space.start @ loading.T + space.noise[n:, n:]
        joint = law @ space.start @ loading.T + space.noise[:n, n:]
        by_lag = [now]
        for lag in range(1, max((0, *lags)) + 1):
            if lag in lags:
                by_lag.append(loading @ joint)
            joint = law @ joint
        fine = jnp.stack(
            [
                *solution_checks(model, found),
                semidefinite(model, covariance),
                observed.has_start(found.first.state_radius),
                jnp.all(jnp.isfinite(by_lag[-1])),
            ]
        )
        order = [sorted((0, *lags)).index(k) for k in (0, *lags)]
        chosen = jnp.stack([by_lag[k] for k in order])
        return (found.rule.steady[rows], chosen), jnp.all(fine)

    def both(free, base):
        (mean, by_lag), fine = moments(free, base)
        slopes = jax.jacfwd(lambda f: moments(f, base)[0])(free)
        return mean, by_lag, fine, slopes

    return compiled(both, name="moments_and_slopes")


def _higher(targets: Targets) -> Moments:
    target, order = targets.target, targets.order
    known = [p.name for p in target.model.parameters]
    observed = Observables(target.model, target.observables, None, None)

    def at(free: np.ndarray) -> np.ndarray | None:
        values = np.asarray(target.bounds.inside(jnp.asarray(free)))
        changes = dict(
            zip((e.parameter for e in target.estimated), values.tolist(), strict=True)
        )
        try:
            solution = solve_local(target.model, order, changes)
            found = solution.all_moments(max((0, *targets.lags)) or 1)
            found.require(solution.variables)
        except FiscaxError:
            return None
        own = jnp.asarray([solution.parameters[n] for n in known])
        rows = np.ix_(observed.rows, observed.rows)
        lagged = {0: found.covariance[rows] + np.asarray(observed.noise(own))}
        lagged |= {k: found.autocovariance[k - 1][rows] for k in targets.lags}
        return targets.of_model(found.mean[observed.rows], lagged)

    def found(free: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
        here = at(free)
        slopes = np.zeros((len(targets.names), len(free)))
        if here is None:
            return None, slopes
        for i in range(len(free)):
            step = np.zeros(len(free))
            step[i] = _STEP
            ahead, behind = at(free + step), at(free - step)
            if ahead is None or behind is None:
                return None, slopes
            slopes[:, i] = (ahead - behind) / (2 * _STEP)
        return here, slopes

    return found


def _starts(
    targets: Targets, moments: Moments, count: int, seed: int
) -> list[np.ndarray]:
    """The declared start and draws of the prior, where the model has moments."""
    target, random = targets.target, np.random.default_rng(seed)
    tried = [target.start]
    found: list[np.ndarray] = []
    for _ in range(50 * count):
        free = target.bounds.free(tried[-1])
        if moments(free)[0] is not None:
            found.append(free)
        if len(found) == count:
            break
        tried.append(draw_of_prior(target, random))
    if not found:
        raise SolutionError(
            f"neither the start nor {len(tried) - 1} draws of the prior have moments: "
            "no unique stable solution, or a unit root; give another start"
        )
    return found


def _search(targets: Targets, moments: Moments, whitener: np.ndarray, start):
    """Gauss-Newton steps in a region of trust (free coordinates)."""
    seen: dict[bytes, tuple[np.ndarray | None, np.ndarray]] = {}

    def at(free: np.ndarray):
        key = np.asarray(free).tobytes()
        if key not in seen:
            seen[key] = moments(free)
        return seen[key]

    def residual(free: np.ndarray) -> np.ndarray:
        model = at(free)[0]
        if model is None:
            return np.full(len(targets.names), _WALL)
        return whitener @ (model - targets.observed)

    def slopes(free: np.ndarray) -> np.ndarray:
        return whitener @ at(free)[1]

    jacobian: Any = slopes
    return optimize.least_squares(
        residual, start, jacobian, x_scale="jac", xtol=1e-12, ftol=1e-14, gtol=1e-10
    )


def _identification(
    effects: np.ndarray, values: np.ndarray, names: tuple[str, ...], dates: float
) -> Identification:
    """Judge whitened effects (q, k) of parameters on moments.

    Raises
    ------
    SolutionError
        Parameters that moments do not move with, or cannot tell apart.
    """
    length = np.linalg.norm(effects, axis=0)
    idle = [n for n, s in zip(names, length, strict=True) if not s > 0]
    if idle:
        raise SolutionError(f"no moment moves with {', '.join(idle)}; fix it")
    unit = effects / length
    _, singular, right = np.linalg.svd(unit, full_matrices=False)
    share = np.abs(right[-1])
    weakest = tuple(names[i] for i in np.flatnonzero(share > 0.3 * share.max()))
    if singular[-1] < _RANK * singular[0]:
        raise SolutionError(
            f"moments cannot tell {', '.join(weakest)} apart (singular value "
            f"{singular[-1]:.1e} of {len(names)}); fix one of them, or match other "
            "moments"
        )
    cosines = unit.T @ unit
    inverse = np.linalg.inv(cosines)
    collinearity = np.sqrt(np.maximum(1 - 1 / np.diag(inverse), 0.0))
    others = np.abs(cosines - np.eye(len(names)))
    nearest = others.argmax(axis=1)
    size = math.sqrt(dates) * np.abs(values) * length
    return Identification(
        singular,
        size,
        size / np.sqrt(np.diag(inverse)),
        collinearity,
        tuple(names[i] if len(names) > 1 else "" for i in nearest),
        cosines[np.arange(len(names)), nearest] if len(names) > 1 else np.zeros(1),
        weakest,
    )
