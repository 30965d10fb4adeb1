"""Likelihood and regime probabilities of models whose regime nobody observes.

The state follows ``s(t) = N_j s(t-1) + c_j + e_j(t)`` in regime j of date t, and so do
observables. Its exact distribution is a mixture over all histories of regimes. The
filter of Kim (1994) carries one normal distribution per regime: after every date the
mixture over the regime before is replaced by the normal with its mean and variance.
It is exact where regimes are the same, and where states are observed.

His smoother takes it that, given tomorrow's regime, later data say nothing of today's.
They do where states are hidden. So the last ``memory`` regimes are kept apart here, as
one regime of a longer chain: mixtures are over older ones, and later data speak of
today's regime as long as it is remembered. A memory of one is Kim's filter; one as
long as the sample enumerates every history.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp

from ..compiled import compiled
from ..errors import SolutionError
from ..perturbation.solution import LocalSolution
from ..switching.markov import MarkovSolution
from ..switching.solutions import stability_radii
from .observables import PIVOT, Errors, Observables, series_by_name
from .regimes import Filtered, kim_smoother

if TYPE_CHECKING:
    import xarray as xr

_LOG_2_PI = float(np.log(2 * np.pi))
# Unknown second moments up to which they are solved for at once.
_DENSE = 4000
# Histories that are kept apart by default.
_HISTORIES = 64
_ROUNDS, _TOLERANCE = 200_000, 1e-13


class SwitchingSpace(NamedTuple):
    """``(s(t), y(t)) = both_j s(t-1) + shift_j + e_j(t)`` in regime j of date t.

    Attributes
    ----------
    both : (R, n + m, n); noise : (R, n + m, n + m), measurement errors included.
    shift : (R, n + m), of deviations from the point of expansion.
    chances : (R, R), probabilities of tomorrow's regime (columns) given today's.
    start : (H,) probabilities of the last regimes before the first date: of R**memory
        histories, the latest regime varying fastest.
    mean, variance : (H, n), (H, n, n) of the states then, by history.
    """

    both: Any
    noise: Any
    shift: Any
    chances: Any
    start: Any
    mean: Any
    variance: Any


class Collapsed(NamedTuple):
    """Regimes as the filter sees them, and the smallest pivot as in ``Density``."""

    regimes: Filtered
    pivot: jax.Array


@compiled(name="kim_filter")
def kim_filter(space: SwitchingSpace, deviations: jax.Array) -> Collapsed:
    """Filter deviations (T, m) from the point of expansion; NaN is missing.

    Kim (1994), equations 2.1 to 2.13.
    """
    count, rows, n = space.both.shape
    m = rows - n
    chances = jnp.log(space.chances)

    def pair(mean, variance, both, noise, shift, row):
        """Yesterday's regime given by its moments, today's by its law."""
        seen = ~jnp.isnan(row)
        ahead = both @ mean + shift
        joint = both @ variance @ both.T + noise
        error = jnp.where(seen, row - ahead[n:], 0.0)
        both_seen = seen[:, None] & seen[None, :]
        own = jnp.where(both_seen, joint[n:, n:], jnp.eye(m))
        root = jnp.linalg.cholesky(own, symmetrize_input=False)
        cross = jnp.where(seen[:, None], joint[n:, :n], 0.0)
        solved = jax.scipy.linalg.solve_triangular(
            root, jnp.concatenate([cross, error[:, None]], axis=1), lower=True
        )
        news, diagonal = solved[:, n], jnp.diagonal(root)
        moved = solved[:, :n].T @ solved
        density = -0.5 * (news @ news + jnp.sum(seen) * _LOG_2_PI)
        density -= jnp.sum(jnp.log(diagonal))
        pivot = jnp.min(diagonal**2 / jnp.diagonal(own))
        return ahead[:n] + moved[:, n], joint[:n, :n] - moved[:, :n], density, pivot

    by_today = jax.vmap(pair, (None, None, 0, 0, 0, None))
    pairs = jax.vmap(by_today, (0, 0, None, None, None, None))
    histories = space.start.shape[0]
    # Histories and tomorrow's regime, the oldest regime first: it is forgotten.
    apart = (count, histories // count, count)

    def step(carry, row):
        before, mean, variance, pivot = carry
        laws = (space.both, space.noise, space.shift)
        means, variances, density, pivots = pairs(mean, variance, *laws, row)
        means = means.reshape(*apart, n)
        variances = variances.reshape(*apart, n, n)
        ahead_by_last = jnp.tile(chances, (histories // count, 1))
        reached = (before[:, None] + ahead_by_last).reshape(apart)
        ahead = logsumexp(reached, axis=0)
        joint = reached + density.reshape(apart)
        likelihood = logsumexp(joint)
        now = logsumexp(joint, axis=0) - likelihood
        # A history that cannot be is a mixture of nothing: any weights will do.
        possible = jnp.isfinite(now)[None]
        share = joint - likelihood - jnp.where(possible, now[None], 0.0)
        share = jnp.where(possible, jnp.exp(share), 1.0 / count)
        mean = jnp.einsum("ohj,ohjn->hjn", share, means)
        gap = means - mean[None]
        spread = variances + gap[..., :, None] * gap[..., None, :]
        variance = jnp.einsum("ohj,ohjnm->hjnm", share, spread)
        pivot = jnp.minimum(pivot, jnp.min(pivots))
        moments = mean.reshape(-1, n), variance.reshape(-1, n, n)
        carry = (now.ravel(), *moments, pivot)
        return carry, (ahead.ravel(), now.ravel(), likelihood)

    begin = (jnp.log(space.start), space.mean, space.variance, jnp.ones(()))
    end, (predicted, filtered, likelihood) = jax.lax.scan(step, begin, deviations)
    return Collapsed(Filtered(predicted, filtered, likelihood.sum()), end[-1])


@dataclass(frozen=True)
class Rules:
    """First-order solutions by regime around one point, and the chain.

    Attributes
    ----------
    by_regime : solutions by name of regime; chances : (R, R).
    """

    by_regime: Mapping[str, LocalSolution]
    chances: np.ndarray


Source = MarkovSolution | Rules


def switching_space(
    source: Source,
    observables: Sequence[str],
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
) -> tuple[SwitchingSpace, np.ndarray]:
    """The solution as the filter takes it, and where observables rest (m,).

    Parameters
    ----------
    observables : names of variables.
    measurement_error, initial_variance : as in ``log_likelihood``.

    Raises
    ------
    DeclarationError
        An unknown name.
    SolutionError
        A solution of higher order; states without second moments, and no variance to
        start from.
    """
    errors = None if measurement_error is None else tuple(measurement_error.items())
    if isinstance(source, MarkovSolution):
        problem, order = source.problem, source.order
        model, states = problem.model, np.asarray(source.policy.states)
        first = source.policy.derivatives[0]
        rule, shift = first[:, :, :-1], first[:, :, -1]
        covariances = problem.shock_roots @ np.swapaxes(problem.shock_roots, 1, 2)
        parameters, rest = problem.parameters, np.asarray(problem.steady_state)
        chances = problem.chances
    else:
        solutions = list(source.by_regime.values())
        one, order = solutions[0], max(s.order for s in solutions)
        model, states = one.model, np.array(one.layout.states, int)
        rule = np.stack([np.asarray(s.rule.x) for s in solutions])
        shift = np.zeros(rule.shape[:2])
        covariances = np.stack([s.covariance for s in solutions])
        names = [p.name for p in model.parameters]
        parameters = np.array([[s.parameters[n] for n in names] for s in solutions])
        rest, chances = np.asarray(one.rule.steady), np.asarray(source.chances)
    if order != 1:
        raise SolutionError(
            "the filter of regimes is that of a first-order solution, this one is of "
            f"order {order}; solve with order=1"
        )
    observed = Observables(model, tuple(observables), errors, initial_variance)
    moving = [*states, *observed.rows]
    n = len(states)
    both, impact = rule[:, moving][:, :, :n], rule[:, moving][:, :, n:]
    noise = impact @ covariances @ np.swapaxes(impact, 1, 2)
    for k, own in enumerate(parameters):
        noise[k, n:, n:] += np.asarray(observed.noise(jnp.asarray(own)))
    # Probabilities that stay as they are, and sum to one.
    stays = np.vstack([chances.T - np.eye(len(chances)), np.ones(len(chances))])
    start = np.linalg.lstsq(stays, np.eye(len(stays))[-1], rcond=None)[0]
    moved = shift[:, moving]
    if initial_variance is None:
        mean, variance = _ergodic_moments(
            both[:, :n], moved[:, :n], noise[:, :n, :n], chances, start
        )
    else:
        mean = np.zeros((len(start), n))
        variance = np.tile(initial_variance * np.eye(n), (len(start), 1, 1))
    space = SwitchingSpace(both, noise, moved, chances, start, mean, variance)
    return space, rest[observed.rows]


def remembered(space: SwitchingSpace, memory: int) -> SwitchingSpace:
    """The same before the first date by histories of ``memory`` regimes.

    Raises
    ------
    SolutionError
        The memory is no number of regimes from one on.
    """
    if memory < 1:
        raise SolutionError(
            f"memory is {memory}: today's regime is remembered at least"
        )
    histories = _histories(len(space.start), memory)
    start = space.start[histories[:, 0]]
    for before, after in itertools.pairwise(histories.T):
        start = start * space.chances[before, after]
    last = histories[:, -1]
    return space._replace(
        start=start, mean=space.mean[last], variance=space.variance[last]
    )


def _histories(count: int, memory: int) -> np.ndarray:
    """Regimes (H, memory) of every history, the latest one last."""
    return np.array(list(np.ndindex(*([count] * memory))), int)


def chances_of_histories(chances: Any, memory: int) -> jax.Array:
    """Probabilities (H, H) of what is remembered tomorrow given what is today."""
    histories = _histories(len(chances), memory)
    follows = np.all(histories[:, None, 1:] == histories[None, :, :-1], axis=-1)
    last = histories[:, -1]
    return jnp.where(follows, jnp.asarray(chances)[last][:, last], 0.0)


def _ergodic_moments(law, shift, noise, chances, start):
    """Means (R, n) and variances (R, n, n) of the states by today's regime.

    With m_j = E[s 1(j)] and M_j = E[s s' 1(j)]: m_j = sum_i p_ij (N_j m_i + c_j w_i)
    (Costa, Fragoso and Marques 2005, proposition 3.35), and M_j in the same way.
    """
    count, n = shift.shape
    radius = stability_radii(chances, law)[0]
    if not radius < 1 - 1e-9:
        raise SolutionError(
            f"states have a mean-square radius of {radius:.9f} and no ergodic variance "
            "to start from; give initial_variance, that of each state before the first "
            "observation (large: a diffuse prior)"
        )
    blocks = np.einsum("ij,jab->jaib", chances, law).reshape(count * n, count * n)
    known = (start[:, None] * shift).ravel()
    first = np.linalg.solve(np.eye(count * n) - blocks, known).reshape(count, n)
    before = np.einsum("ij,ia->ja", chances, first)
    cross = np.einsum("jab,jb,jc->jac", law, before, shift)
    square = shift[:, :, None] * shift[:, None, :] + noise
    given = cross + np.swapaxes(cross, 1, 2) + start[:, None, None] * square
    second = _second_moments(law, chances, given)
    mean = first / start[:, None]
    variance = second / start[:, None, None] - mean[:, :, None] * mean[:, None, :]
    return mean, 0.5 * (variance + np.swapaxes(variance, 1, 2))


def _second_moments(law, chances, given):
    """M_j = sum_i p_ij N_j M_i N_j' + given_j."""
    count, n = law.shape[:2]
    size = count * n * n
    if size <= _DENSE:
        doubled = np.einsum("jab,jcd->jacbd", law, law).reshape(count, n * n, n * n)
        matrix = np.einsum("ij,jab->jaib", chances, doubled).reshape(size, size)
        return np.linalg.solve(np.eye(size) - matrix, given.ravel()).reshape(
            given.shape
        )
    total = given
    for _ in range(_ROUNDS):
        mixed = np.einsum("ij,iab->jab", chances, total)
        after = law @ mixed @ np.swapaxes(law, 1, 2) + given
        gap = np.abs(after - total).max()
        total = after
        if gap <= _TOLERANCE * np.abs(total).max():
            return total
    raise SolutionError(
        f"second moments of the states still move after {_ROUNDS} rounds; give "
        "initial_variance"
    )


class _Run(NamedTuple):
    found: Collapsed
    chances: np.ndarray
    memory: int
    names: tuple[str, ...]
    time: Any

    def labelled(self, logs: Any, name: str) -> xr.DataArray:
        """Probabilities of today's regime from those of histories."""
        import xarray as xr

        by_history = np.exp(np.asarray(logs))
        shape = (len(by_history), -1, len(self.names))
        return xr.DataArray(
            by_history.reshape(shape).sum(axis=1),
            dims=("time", "regime"),
            coords={"time": self.time, "regime": list(self.names)},
            name=name,
            attrs={"log_likelihood": float(self.found.regimes.log_likelihood)},
        )


def _filtered(
    source: Source, data, measurement_error, initial_variance, memory
) -> _Run:
    names, values, time = series_by_name(data)
    space, rest = switching_space(source, names, measurement_error, initial_variance)
    if memory is None:
        fits = np.log(_HISTORIES + 0.5) / np.log(max(len(space.start), 2))
        memory = max(int(fits), 1)
    space = remembered(space, memory)
    found = kim_filter(space, jnp.asarray(values - rest))
    if not found.pivot > PIVOT:
        raise SolutionError(
            f"observables {', '.join(names)} satisfy an exact relation in some "
            "regime; leave one out, or give one a measurement error"
        )
    if not np.isfinite(found.regimes.log_likelihood):
        raise SolutionError(
            "no regime can produce these data: their density underflows; are data in "
            "the units of the model?"
        )
    regimes = (
        source.regimes
        if isinstance(source, MarkovSolution)
        else tuple(source.by_regime)
    )
    return _Run(found, np.asarray(space.chances), memory, regimes, time)


def switching_likelihood(
    source: Source,
    data: Any,
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
    memory: int | None = None,
) -> float:
    """Log-likelihood of data by name, regimes unobserved.

    Arguments as in ``likelihood.log_likelihood``, and ``memory``: how many regimes are
    kept apart, by default as many as make 64 histories.

    Raises
    ------
    DeclarationError
        A name that is no variable, or series that do not fit together.
    SolutionError
        As in ``switching_space``; observables that satisfy an exact relation.
    """
    run = _filtered(source, data, measurement_error, initial_variance, memory)
    return float(run.found.regimes.log_likelihood)


def regime_probabilities(
    source: Source,
    data: Any,
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
    memory: int | None = None,
    smoothed: bool = False,
) -> xr.DataArray:
    """Probabilities (time, regime) given data up to each date.

    Given all data with ``smoothed`` (Kim 1994, equation 2.20). Other arguments and
    errors as in ``switching_likelihood``.
    """
    run = _filtered(source, data, measurement_error, initial_variance, memory)
    if not smoothed:
        return run.labelled(run.found.regimes.filtered, "probability")
    chances = chances_of_histories(run.chances, run.memory)
    smooth = kim_smoother(run.found.regimes, chances)
    return run.labelled(smooth, "probability")
