"""Particles from the prior to the posterior along powers of the likelihood.

Few particles are resampled at a step, and every state of the chains that start from
them is a particle of the next one (waste-free, Dau and Chopin 2022): no likelihood is
thrown away, and chains tell their own Monte Carlo error. Chains go on in small blocks,
shared among threads: a batch of thousands does not fit the processor's caches, and it
iterates as long as its worst member needs. What a chain draws follows from its number
alone, so that threads change no digit. Moves are t-preconditioned Crank-Nicolson steps
(Grumitt, Karamanis and Seljak 2024).
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import brentq

from ..compiled import Compiled, compiled
from ..errors import SolutionError
from ..tasks import HERE, Arrays, Tasks, seed_of
from .blocks import Blocks
from .marginal import log_sum
from .posterior import Given, Posterior
from .sampling import Draws

# Correlation of states half a chain apart above which marginal likelihoods are too low.
MEMORY = 0.3
# Share of particles that count after a step of the path.
_EFFECTIVE = 0.5
# Of moves: acceptance that their width aims at, freedom of the Student density that
# they keep, and share of the distance that the first ones draw anew.
_TAKEN, _FREEDOM, _WIDE = 0.25, 5, 0.8
_STAGES = 200
# Moves of chains between two looks at the host; the least that each of many chains has,
# how many there may be, and how many go on together.
_SPAN, _LONG = 10, 100
_CHAINS, _BLOCK = (10, 20, 50, 100), 50


def sequential_monte_carlo(
    posterior: Posterior,
    particles: int = 1000,
    seed: int = 0,
    folder: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
    runs: int = 1,
    tasks: Tasks = HERE,
) -> Draws:
    """Particles from the prior to the posterior along powers of the likelihood.

    Each step keeps half of the particles effective (Herbst and Schorfheide 2014),
    resamples few, and moves each of these along a chain whose states are the next
    particles: ten chains, or as many of a hundred moves as there may be, and at least
    as many particles as asked for, so that chains are equally long. Moves keep the
    Student density that fits the particles, so that they may be long where the
    posterior is nearly normal. No mode is needed; the marginal likelihood comes with
    it, and its standard error from what the means of chains differ by, which leaves
    out what a step inherits from the one before. Steps that lie in ``folder`` are taken
    from there.

    Several ``runs`` are independent, each with a seed of its own, the first with
    ``seed``: ``tasks`` says who does them. The marginal likelihood is then the mean of
    the runs', with the larger of two standard errors (in logs, by the delta method):
    what runs differ by, and what their chains tell.

    Raises
    ------
    SolutionError
        A parameter without a prior; a prior without a solution; particles that are too
        few to span the parameters; a path that does not end.
    """
    if runs == 1:
        return _path(posterior, particles, seed, folder, say, _threads())
    own = folder if tasks.same_disk else None
    work = _Run(posterior, particles, seed, own, _threads() if tasks is HERE else 1)
    blocks = Blocks.of(folder, posterior, method="runs", particles=particles, seed=seed)
    found = tasks.done(work, runs, blocks, "run")
    logs = np.array([float(f["log_marginal"]) for f in found])
    told = np.array([float(f["error"]) for f in found])
    shares = np.exp(logs - logs.max())
    error = max(
        float(shares.std(ddof=1) / (shares.mean() * math.sqrt(runs))),
        math.sqrt(float(np.sum((shares * told) ** 2))) / float(shares.sum()),
    )
    return Draws(
        "smc",
        np.concatenate([f["values"] for f in found]),
        np.concatenate([f["log_posterior"] for f in found]),
        np.concatenate([f["acceptance"] for f in found]),
        log_marginal=float(logs.max() + math.log(shares.mean())),
        log_marginal_error=error,
        stages=tuple(found[0]["stages"].tolist()),
        memory=max(float(f["memory"]) for f in found),
    )


def _threads() -> int:
    """Processors that this process may use."""
    own = getattr(os, "sched_getaffinity", None)
    return len(own(0)) if own is not None else os.cpu_count() or 1


@dataclass(frozen=True)
class _Run:
    """One of several independent paths, by number."""

    posterior: Posterior
    particles: int
    seed: int
    folder: Path | None
    threads: int

    def __call__(self, index: int) -> Arrays:
        own = None if self.folder is None else self.folder / f"steps-{index:05d}"
        seed = seed_of(self.seed, index)
        found = _path(
            self.posterior, self.particles, seed, own, lambda _: None, self.threads
        )
        assert found.log_marginal is not None
        assert found.log_marginal_error is not None
        return {
            "values": found.values,
            "log_posterior": found.log_posterior,
            "acceptance": found.acceptance,
            "log_marginal": found.log_marginal,
            "error": found.log_marginal_error,
            "memory": found.memory,
            "stages": np.array(found.stages),
        }


def _path(
    posterior: Posterior,
    particles: int,
    seed: int,
    folder: Path | None,
    say: Callable[[str], None],
    threads: int,
) -> Draws:
    """Particles of one path, as ``sequential_monte_carlo`` has them."""
    open_ended = [e.name for e in posterior.estimated if e.prior is None]
    if open_ended:
        raise SolutionError(
            f"particles start from the prior, which {', '.join(open_ended)} "
            "does not have; give one, or another method"
        )
    if particles <= len(posterior.names):
        raise SolutionError(_few(particles, len(posterior.names)))
    blocks = Blocks.of(folder, posterior, method="smc", particles=particles, seed=seed)
    shape = _chains(particles)
    moves = _Moves(posterior, seed, threads, shape)

    def begin() -> Arrays:
        draws = of_prior(posterior, math.prod(shape), seed)
        return moves.begin(posterior.bounds.free(draws))

    last = blocks.kept("start", begin)
    parts = [last]
    while float(last["power"]) < 1.0:
        if len(parts) > _STAGES:
            raise SolutionError(
                f"after {_STAGES} steps the likelihood counts with power "
                f"{float(last['power']):.2e} only: the prior is far from the data"
            )

        stage = len(parts)

        def more(last=last, stage=stage) -> Arrays:
            return moves.step(last, stage)

        last = blocks.kept(f"step-{stage:04d}", more)
        parts.append(last)
        say(
            f"power {float(last['power']):.3g} of the likelihood, "
            f"{float(last['taken'].mean()):.0%} of moves taken, "
            f"{float(last['memory']):.0%} of a place kept along half a chain"
        )
    values = np.asarray(jax.vmap(posterior.bounds.inside)(jnp.asarray(last["free"])))
    volume = np.asarray(
        jax.vmap(posterior.bounds.log_volume)(jnp.asarray(last["free"]))
    )
    height = last["prior"] + last["likelihood"] - volume
    return Draws(
        "smc",
        values.reshape(*shape, -1),
        height.reshape(shape),
        last["taken"],
        log_marginal=math.fsum(float(p["gain"]) for p in parts),
        log_marginal_error=math.sqrt(math.fsum(float(p["variance"]) for p in parts)),
        stages=tuple(float(p["power"]) for p in parts[1:]),
        memory=max(float(p["memory"]) for p in parts),
    )


def _chains(particles: int) -> tuple[int, int]:
    """How many chains there are, and how long they are, in whole spans.

    No more than root of the particles, and where these are few the fewest.
    """
    most = max(math.isqrt(particles) // _CHAINS[-1], 1) * _CHAINS[-1]
    counts = [c for c in (*_CHAINS, most) if c * _LONG <= particles]
    chains = max(counts, default=_CHAINS[0])
    return chains, _SPAN * math.ceil(particles / (chains * _SPAN))


@dataclass(frozen=True)
class _Moves:
    """Steps of all particles (N, k), chain by chain, in free coordinates."""

    posterior: Posterior
    seed: int
    threads: int
    shape: tuple[int, int]

    def begin(self, free: np.ndarray) -> Arrays:
        """Particles of the prior that have a likelihood, and what share they are."""
        program = _judged(self.posterior)

        def judged(free):
            return program(free, self.posterior.given)

        prior, likelihood = self._shared(judged, free)
        there = np.isfinite(likelihood)
        if not there.any():
            raise SolutionError(
                "no draw of the prior has a likelihood: it is far from parameters at "
                "which the model has a solution"
            )
        kept = self._resampled(there / there.sum(), len(there), 0)
        share = there.mean()
        return {
            "free": free[kept],
            "prior": prior[kept],
            "likelihood": likelihood[kept],
            "power": 0.0,
            "gain": math.log(share),
            "variance": (1 - share) / (share * len(there)),
            "taken": np.full(self.shape[0], _TAKEN),
            "width": _WIDE,
            # Draws of the prior are independent.
            "chains": np.array(len(there)),
            "memory": 0.0,
        }

    def step(self, last: Arrays, stage: int) -> Arrays:
        """Raise the power of the likelihood, resample, and move along chains."""
        free, likelihood = last["free"], last["likelihood"]
        rise = _rise(likelihood, 1 - float(last["power"]))
        logs = rise * likelihood
        weights = np.exp(logs - log_sum(logs))
        middle = weights @ free
        apart = free - middle
        covariance = np.atleast_2d((weights[:, None] * apart).T @ apart)
        root = _root(covariance, len(free))
        kept = self._resampled(weights, self.shape[0], stage)
        power = 1.0 if rise >= 1 - float(last["power"]) else float(last["power"]) + rise
        width = float(last["width"])
        number = int(np.random.default_rng([self.seed, 3, stage]).integers(2**31))
        given = self.posterior.near(np.asarray(self.posterior.bounds.inside(middle)))
        program = _moved(self.posterior)

        def along(*state):
            *state, places = state
            parts = []
            for first in range(0, self.shape[1], _SPAN):
                fixed = (number, first, power, middle, root, width, given)
                *states, count = program(*state, places, *fixed)
                state = [part[:, -1] for part in states]
                parts.append([*states, np.asarray(count)[:, None]])
            return [np.concatenate(p, axis=1) for p in zip(*parts, strict=True)]

        begun = (free[kept], last["prior"][kept], likelihood[kept])
        moved = self._shared(along, *begun, np.arange(self.shape[0]))
        free, prior, likelihood, counts = moved
        apart = np.linalg.solve(root, (free - middle)[..., None])[..., 0]
        half = self.shape[1] // 2
        memory = np.sum(apart[:, half:] * apart[:, :-half]) / np.sum(
            apart[:, half:] ** 2 + apart[:, :-half] ** 2
        )
        taken = counts.sum(axis=1) / self.shape[1]
        share = weights.reshape(int(last["chains"]), -1).sum(axis=1)
        return {
            "free": free.reshape(-1, free.shape[-1]),
            "prior": prior.ravel(),
            "likelihood": likelihood.ravel(),
            "power": power,
            "gain": log_sum(logs) - math.log(len(logs)),
            "variance": len(share) * float(share.var(ddof=1)),
            "taken": taken,
            # As wide as a quarter of them can be taken.
            "width": min(width * math.exp(float(taken.mean()) - _TAKEN), 1.0),
            "chains": np.array(self.shape[0]),
            "memory": 2 * float(memory),
        }

    def _resampled(self, weights: np.ndarray, count: int, stage: int) -> np.ndarray:
        """Places of particles that go on: systematic resampling (Kitagawa 1996)."""
        first = np.random.default_rng([self.seed, 4, stage]).uniform()
        ends = np.cumsum(weights)
        return np.searchsorted(
            ends / ends[-1], (first + np.arange(count)) / count, side="right"
        )

    def _shared(self, program: Callable[..., Any], *arrays: np.ndarray) -> list:
        """Results of a program on blocks of arrays (n, ...), in order."""
        count = len(arrays[0])
        size = min(_BLOCK, self.shape[0] // 2)
        short = -count % size
        # The last block is filled with the first row, whose results are left out.
        filled = [np.concatenate([a, np.repeat(a[:1], short, axis=0)]) for a in arrays]
        starts = range(0, count + short, size)

        def one(start: int) -> list[np.ndarray]:
            found = program(*(a[start : start + size] for a in filled))
            return [np.asarray(part) for part in found]

        pool = ThreadPoolExecutor(self.threads)
        try:
            found = list(pool.map(one, starts))
        finally:
            pool.shutdown(cancel_futures=True)
        return [np.concatenate(part)[:count] for part in zip(*found, strict=True)]


def _rise(likelihood: np.ndarray, most: float) -> float:
    """How far the power may rise for half of the particles to stay effective."""

    def spare(rise: float) -> float:
        logs = rise * likelihood
        counted = 2 * log_sum(logs) - log_sum(2 * logs)
        return counted - math.log(_EFFECTIVE * len(likelihood))

    if spare(most) >= 0:
        return most
    low = most
    while spare(low) < 0:
        low /= 10
    found: Any = brentq(spare, low, 10 * low, xtol=1e-3 * low)
    return float(found)


def _root(covariance: np.ndarray, particles: int) -> np.ndarray:
    """Lower triangular root (k, k) of the particles' covariance."""
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise SolutionError(_few(particles, len(covariance))) from None


def _few(particles: int, parameters: int) -> str:
    return f"{particles} particles do not span {parameters} parameters: take more"


def _parts(posterior: Posterior, free: jax.Array, given: Given):
    """Log prior density in free coordinates, and log likelihood, of (k,)."""
    found = posterior.value(posterior.bounds.inside(free), given)
    likelihood = jnp.where(jnp.isfinite(found.likelihood), found.likelihood, -jnp.inf)
    return found.prior + posterior.bounds.log_volume(free), likelihood


@lru_cache(maxsize=8)
def _judged(posterior: Posterior) -> Compiled:
    """Log prior and likelihood of a block: ``free (b, k), given``."""

    def each(free, given: Given):
        return jax.vmap(lambda one: _parts(posterior, one, given))(free)

    return compiled(each, name="particles")


@lru_cache(maxsize=8)
def _moved(posterior: Posterior) -> Compiled:
    """Moves of chains that keep their density at a power of the likelihood.

    Proposals keep a Student density exactly: around its middle, a share of the distance
    stays and the rest is drawn anew, scaled by how far out the particle lies. Gives all
    states (b, moves, k), their log prior and likelihood (b, moves), and how many moves
    were taken (b,).
    """
    k = len(posterior.names)

    def moved(*arguments):
        free, prior, likelihood, places, *shared, given = arguments
        number, first, power, middle, root, width = shared
        key = jax.random.key(number)

        def distance(free):
            apart = jax.scipy.linalg.solve_triangular(root, free - middle, lower=True)
            return apart @ apart

        def student(distance):
            return -0.5 * (k + _FREEDOM) * jnp.log1p(distance / _FREEDOM)

        def chain(free, prior, likelihood, place):
            own = jax.random.fold_in(key, place)

            def move(state, i):
                free, prior, likelihood, far, count = state
                draw = jax.random.fold_in(own, first + i)
                normal = jax.random.normal(draw, (2 * k + _FREEDOM,))
                chance = jax.random.uniform(jax.random.fold_in(draw, 0))
                scale = (_FREEDOM + far) / jnp.sum(normal[k:] ** 2)
                proposed = (
                    middle
                    + jnp.sqrt(1 - width**2) * (free - middle)
                    + width * jnp.sqrt(scale) * (root @ normal[:k])
                )
                new_prior, new_likelihood = _parts(posterior, proposed, given)
                new_far = distance(proposed)
                gain = new_prior - prior + power * (new_likelihood - likelihood)
                gain += student(far) - student(new_far)
                # What is not a number has no density.
                taken = jnp.log(chance) < gain
                new = (proposed, new_prior, new_likelihood, new_far)
                old = (free, prior, likelihood, far)
                kept = jax.tree.map(lambda a, b: jnp.where(taken, a, b), new, old)
                return (*kept, count + taken), kept[:3]

            start = (free, prior, likelihood, distance(free), jnp.asarray(0))
            (*_, count), states = jax.lax.scan(move, start, jnp.arange(_SPAN))
            return *states, count

        return jax.vmap(chain)(free, prior, likelihood, places)

    return compiled(moved, name="moved_particles")


def of_prior(posterior: Posterior, count: int, seed: int) -> np.ndarray:
    """Draws (count, k) of a prior that every parameter has, inside the bounds."""
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
