"""Draws of a posterior: Metropolis, and particles along a tempered path.

Samplers are those of blackjax (extra ``bayes``); what they are given is compiled once
and mapped over chains or particles.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from ...errors import FiscaxError
from ..compiled import compiled
from ..errors import SolutionError
from .mode import Mode
from .posterior import Given, Posterior

# Of a random walk in many dimensions (Roberts, Gelman and Gilks 1997).
_OPTIMAL = 2.38
# Share of particles that count after a step of the path, and moves at each step.
_EFFECTIVE, _MOVES = 0.9, 10
_STAGES = 200
# Log likelihood where there is none: no weight at any temperature, and no NaN.
_NONE = -1e15


@dataclass(frozen=True)
class Draws:
    """Draws of a posterior.

    Attributes
    ----------
    method : 'mh' or 'smc'.
    values : (chains, draws, k); log_posterior : (chains, draws), up to a constant.
    acceptance : (chains,), share of proposals that were taken.
    log_marginal : of the data, where the method gives it ('smc'), else None.
    stages : temperatures of the path ('smc'), else empty.
    """

    method: str
    values: np.ndarray
    log_posterior: np.ndarray
    acceptance: np.ndarray
    log_marginal: float | None = None
    stages: tuple[float, ...] = ()


def _blackjax() -> Any:
    try:
        import blackjax
    except ImportError as error:
        raise FiscaxError(
            "draws of a posterior need blackjax: install fiscax[bayes]"
        ) from error
    return blackjax


def random_walk_metropolis(
    posterior: Posterior, mode: Mode, draws: int, chains: int = 2, seed: int = 0
) -> Draws:
    """Random walk in the parameters themselves, proposals of the mode's covariance.

    The first half of each chain is left out.

    Raises
    ------
    FiscaxError
        blackjax is not there.
    """
    library = _blackjax()
    size = _OPTIMAL / math.sqrt(len(mode.values))
    root = size * np.linalg.cholesky(mode.covariance)

    def walk(number, start, root, given):
        def density(values):
            found = posterior.value(values, given).posterior
            return jnp.where(jnp.isnan(found), -jnp.inf, found)

        def propose(key, values):
            return root @ jax.random.normal(key, values.shape)

        sampler = library.additive_step_random_walk(density, propose)

        def step(state, key):
            state, told = sampler.step(key, state)
            return state, (state.position, state.logdensity, told.is_accepted)

        keys = jax.random.split(jax.random.key(number), 2 * draws)
        _, (values, height, taken) = jax.lax.scan(step, sampler.init(start), keys)
        return values[draws:], height[draws:], jnp.mean(taken)

    program = compiled(jax.vmap(walk, (0, 0, None, None)), name="metropolis")
    starts = _around(posterior, mode, chains, seed)
    found = program(_numbers(seed, chains), starts, root, posterior.given)
    values, height, taken = (np.asarray(a) for a in found)
    return Draws("mh", values, height, taken)


def sequential_monte_carlo(
    posterior: Posterior,
    particles: int = 1000,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> Draws:
    """Particles from the prior to the posterior along powers of the likelihood.

    Each step keeps nine tenths of the particles effective, resamples, and moves them by
    random walks with the particles' own covariance (Herbst and Schorfheide 2014). No
    mode is needed; the marginal likelihood comes with it.

    Raises
    ------
    SolutionError
        A parameter without a prior; a path that does not end.
    FiscaxError
        blackjax is not there.
    """
    library = _blackjax()
    open_ended = [e.name for e in posterior.estimated if e.prior is None]
    if open_ended:
        raise SolutionError(
            f"particles start from the prior, which {', '.join(open_ended)} "
            "does not have; give one, or another method"
        )
    from blackjax.smc import adaptive_tempered, extend_params, resampling

    bounds = posterior.bounds

    def step(number, state, root, given):
        def log_prior(free):
            return posterior.log_prior(bounds.inside(free)) + bounds.log_volume(free)

        def log_likelihood(free):
            found = posterior.value(bounds.inside(free), given).likelihood
            return jnp.where(jnp.isfinite(found), found, _NONE)

        walk = library.additive_step_random_walk.build_kernel()

        def move(key, state, density, root):
            def propose(key, free):
                return root @ jax.random.normal(key, free.shape)

            return walk(key, state, density, propose)

        kernel = adaptive_tempered.build_kernel(
            log_prior,
            log_likelihood,
            move,
            library.additive_step_random_walk.init,
            resampling.systematic,
            _EFFECTIVE,
        )
        key, own = jax.random.key(number), {"root": root}
        state, told = kernel(key, state, _MOVES, extend_params(cast(Any, own)))
        taken = jnp.mean(told.update_info.is_accepted)
        return state, told.log_likelihood_increment, taken

    program = compiled(step, name="tempered_step")
    free = bounds.free(_of_prior(posterior, particles, seed))
    state = library.smc.tempered.init(jnp.asarray(free))
    log_marginal, stages, taken, scale = 0.0, [], 0.0, _OPTIMAL
    numbers = _numbers(seed, _STAGES)
    while float(state.tempering_param) < 1.0:
        if len(stages) == _STAGES:
            raise SolutionError(
                f"after {_STAGES} steps the likelihood counts with power "
                f"{stages[-1]:.2e} only: the prior is far from the data"
            )
        covariance = np.cov(np.asarray(state.particles), rowvar=False)
        covariance = np.atleast_2d(covariance)
        root = scale / math.sqrt(len(covariance)) * np.linalg.cholesky(covariance)
        number = numbers[len(stages)]
        state, gain, share = program(number, state, root, posterior.given)
        log_marginal, taken = log_marginal + float(gain), float(share)
        # Proposals as wide as a quarter of them can take.
        scale *= math.exp(taken - 0.25)
        stages.append(float(state.tempering_param))
        say(f"power {stages[-1]:.3g} of the likelihood, {taken:.0%} of moves taken")
    values = np.asarray(jax.vmap(bounds.inside)(state.particles))
    height = _heights(posterior, values)
    return Draws(
        "smc",
        values[None],
        height[None],
        np.array([taken]),
        log_marginal=log_marginal,
        stages=tuple(stages),
    )


def _heights(posterior: Posterior, values: np.ndarray) -> np.ndarray:
    def each(values, given: Given):
        return jax.vmap(lambda v: posterior.value(v, given).posterior)(values)

    program = compiled(each, name="posterior_of_draws")
    return np.asarray(program(jnp.asarray(values), posterior.given))


def _numbers(seed: int, count: int) -> np.ndarray:
    """Seeds of chains, told apart by more than one."""
    return np.random.default_rng(seed).integers(0, 2**31, count)


def _around(posterior: Posterior, mode: Mode, chains: int, seed: int) -> np.ndarray:
    """Starts of chains (chains, k): the mode, and twice as far as draws would lie."""
    random = np.random.default_rng([seed, 1])
    root = 2 * np.linalg.cholesky(mode.covariance)
    found: list[np.ndarray] = []
    for _ in range(100 * chains):
        if len(found) == chains:
            return np.stack(found)
        values = mode.values + root @ random.standard_normal(len(mode.values))
        inside = np.all(
            (values > posterior.bounds.low) & (values < posterior.bounds.high)
        )
        if inside and not posterior.refused(values):
            found.append(values)
    raise SolutionError("too few points around the mode have a likelihood")


def _of_prior(posterior: Posterior, count: int, seed: int) -> np.ndarray:
    """Draws (count, k) of the prior inside the bounds."""
    random = np.random.default_rng([seed, 2])
    low, high = posterior.bounds
    columns = []
    for i, prior in enumerate(posterior.densities):
        assert prior is not None
        column = np.empty(0)
        while len(column) < count:
            more = np.asarray(prior.distribution.rvs(count, random_state=random))
            column = np.concatenate([column, more[(more > low[i]) & (more < high[i])]])
        columns.append(column[:count])
    return np.stack(columns, axis=1)
