"""Draws of a posterior by Markov chains.

Samplers are those of blackjax (extra ``bayes``); what they are given is compiled once
and mapped over chains.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...errors import FiscaxError
from ..compiled import Compiled, compiled
from ..errors import SolutionError
from ..tasks import Arrays
from .blocks import Blocks
from .mode import Mode
from .posterior import Given, Posterior

# Of a random walk in many dimensions (Roberts, Gelman and Gilks 1997).
_OPTIMAL = 2.38
# Draws of a chain between two writings.
_BLOCK = 500
# The same of paths; acceptance that their steps aim at, and doublings of a path.
_PATHS, _TARGET, _DOUBLINGS = 100, 0.8, 8


@dataclass(frozen=True)
class Draws:
    """Draws of a posterior.

    Attributes
    ----------
    method : 'mh', 'nuts' or 'smc'.
    values : (chains, draws, k); log_posterior : (chains, draws), up to a constant.
    acceptance : (chains,), share of proposals that were taken; of paths ('nuts') their
        mean chance to be.
    log_marginal : of the data, where the method gives it ('smc'), else None.
    log_marginal_error : its Monte Carlo error ('smc').
    stages : temperatures of the path ('smc'; of the first run), else empty.
    memory : correlation of states of a chain that are half its length apart, around the
        middle of all, at the step of the path with most of it ('smc'), else zero.
    divergences : paths on which energy was not kept ('nuts'), else none.
    """

    method: str
    values: np.ndarray
    log_posterior: np.ndarray
    acceptance: np.ndarray
    log_marginal: float | None = None
    log_marginal_error: float | None = None
    stages: tuple[float, ...] = ()
    memory: float = 0.0
    divergences: int = 0


def _blackjax() -> Any:
    try:
        import blackjax
    except ImportError as error:
        raise FiscaxError(
            "draws of a posterior need blackjax: pip install 'fiscax[bayes]'"
        ) from error
    return blackjax


def random_walk_metropolis(
    posterior: Posterior,
    mode: Mode,
    draws: int,
    chains: int = 2,
    seed: int = 0,
    folder: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Draws:
    """Random walk in the parameters themselves, proposals of the mode's covariance.

    The first half of each chain is left out. Draws are made in blocks; those that lie
    in ``folder`` are taken from there, also by a run that asks for more draws.

    Raises
    ------
    FiscaxError
        blackjax is not there.
    """
    program = _metropolis(posterior)
    root = _OPTIMAL / math.sqrt(len(mode.values)) * np.linalg.cholesky(mode.covariance)
    blocks = Blocks.of(
        folder, posterior, method="mh", chains=chains, seed=seed, mode=mode.values
    )
    numbers, count = _numbers(seed, chains), -(-2 * draws // _BLOCK)

    def begin() -> Arrays:
        starts = _around(posterior, mode, chains, seed)
        return {
            "values": starts[:, None],
            "height": _heights(posterior, starts)[:, None],
        }

    def more(last: Arrays, place: int) -> Arrays:
        values, height = last["values"][:, -1], last["height"][:, -1]
        first = place * _BLOCK
        found = program(numbers, first, values, height, root, posterior.given)
        return dict(zip(("values", "height", "taken"), found, strict=True))

    whole = _in_blocks(blocks, blocks.kept("start", begin), more, count, _BLOCK, say)
    whole = {name: part[:, draws : 2 * draws] for name, part in whole.items()}
    taken = whole["taken"].mean(axis=1)
    return Draws("mh", whole["values"], whole["height"], taken)


def _in_blocks(
    blocks: Blocks,
    first: Arrays,
    more: Callable[[Arrays, int], Arrays],
    count: int,
    size: int,
    say: Callable[[str], None],
) -> Arrays:
    """``count`` blocks (chains, size, ...), each from the one before, put together."""
    last, parts = first, []
    for place in range(count):

        def made(last=last, place=place) -> Arrays:
            found = more(last, place)
            return {name: np.asarray(part) for name, part in found.items()}

        last = blocks.kept(f"block-{place + 1:04d}", made)
        parts.append(last)
        say(
            f"{(place + 1) * size} draws of each chain, acceptance of the last {size} "
            f"{last['taken'].mean():.0%}"
        )
    return {n: np.concatenate([p[n] for p in parts], axis=1) for n in parts[0]}


# Kept with the posterior: chains that go on, or start again, compile nothing.
@lru_cache(maxsize=8)
def _metropolis(posterior: Posterior) -> Compiled:
    """Blocks of all chains: ``numbers, first, values, height, root, given``."""
    library = _blackjax()

    def walk(number, first, values, height, root, given):
        def density(values):
            found = posterior.value(values, given).posterior
            return jnp.where(jnp.isnan(found), -jnp.inf, found)

        def propose(key, values):
            return root @ jax.random.normal(key, values.shape)

        sampler = library.additive_step_random_walk(density, propose)

        def step(state, place):
            # A date's key follows from the chain and the date alone.
            key = jax.random.fold_in(jax.random.key(number), place)
            state, told = sampler.step(key, state)
            return state, (state.position, state.logdensity, told.is_accepted)

        state = library.mcmc.random_walk.RWState(values, height)
        return jax.lax.scan(step, state, first + jnp.arange(_BLOCK))[1]

    return compiled(jax.vmap(walk, (0, None, 0, 0, None, None)), name="metropolis")


def no_u_turn(
    posterior: Posterior,
    mode: Mode,
    draws: int,
    chains: int = 2,
    seed: int = 0,
    folder: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Draws:
    """Hamiltonian paths that end where they turn (Hoffman and Gelman 2014).

    Paths run in free coordinates with the mode's covariance as inverse mass; only the
    length of a step is adapted, in a first block that is left out. Chains run one after
    another: side by side each step would take as long as the longest path. Blocks are
    kept as those of ``random_walk_metropolis``.

    Raises
    ------
    FiscaxError
        blackjax is not there.
    """
    bounds, (tune, program) = posterior.bounds, _no_u_turn(posterior)
    middle = jnp.asarray(bounds.free(mode.values))
    slope = np.diagonal(np.asarray(jax.jacfwd(bounds.inside)(middle)))
    covariance = mode.covariance / np.outer(slope, slope)
    blocks = Blocks.of(
        folder, posterior, method="nuts", chains=chains, seed=seed, mode=mode.values
    )
    numbers, count = _numbers(seed, chains), -(-draws // _PATHS)

    def begin() -> Arrays:
        starts = bounds.free(_around(posterior, mode, chains, seed))
        free, step = tune(numbers, starts, covariance, posterior.given)
        return {"free": np.asarray(free)[:, None], "step": np.asarray(step)}

    first = blocks.kept("start", begin)

    def more(last: Arrays, place: int) -> Arrays:
        begun = (place + 1) * _PATHS
        state = (last["free"][:, -1], first["step"], covariance)
        found = program(numbers, begun, *state, posterior.given)
        return dict(zip(("free", "taken", "diverged"), found, strict=True))

    whole = _in_blocks(blocks, first, more, count, _PATHS, say)
    free, taken, diverged = (
        whole[name][:, :draws] for name in ("free", "taken", "diverged")
    )
    flat = free.reshape(-1, free.shape[-1])
    values = np.asarray(jax.vmap(bounds.inside)(jnp.asarray(flat)))
    height = _heights(posterior, values).reshape(free.shape[:2])
    chances, lost = taken.mean(axis=1), int(diverged.sum())
    values = values.reshape(free.shape)
    return Draws("nuts", values, height, chances, divergences=lost)


@lru_cache(maxsize=8)
def _no_u_turn(posterior: Posterior) -> tuple[Compiled, Compiled]:
    """Adaptation of all chains, and a block of them."""
    library = _blackjax()
    from blackjax.adaptation.step_size import dual_averaging_adaptation

    kernel: Any = library.nuts.build_kernel()
    adaptation: Any = dual_averaging_adaptation(_TARGET)
    begin, update, settle = adaptation

    def path(key, state, step, covariance, given):
        def density(free):
            return posterior.free_value(free, given)

        return kernel(
            key, state, density, step, covariance, max_num_doublings=_DOUBLINGS
        )

    def state_at(free, given):
        return library.nuts.init(free, lambda x: posterior.free_value(x, given))

    def key_of(number, place):
        return jax.random.fold_in(jax.random.key(number), place)

    def tuned(number, free, covariance, given):
        def one(carry, place):
            state, adapted = carry
            length = jnp.exp(adapted.log_step_size)
            key = key_of(number, place)
            state, told = path(key, state, length, covariance, given)
            return (state, update(adapted, told.acceptance_rate)), None

        carry = (state_at(free, given), begin(0.5))
        (state, adapted), _ = jax.lax.scan(one, carry, jnp.arange(_PATHS))
        return state.position, settle(adapted)

    def walked(number, first, free, step, covariance, given):
        def one(state, place):
            key = key_of(number, place)
            state, told = path(key, state, step, covariance, given)
            return state, (state.position, told.acceptance_rate, told.is_divergent)

        places = first + jnp.arange(_PATHS)
        return jax.lax.scan(one, state_at(free, given), places)[1]

    def tune(numbers, free, covariance, given):
        own = (jnp.asarray(numbers), jnp.asarray(free))
        return jax.lax.map(lambda c: tuned(c[0], c[1], covariance, given), own)

    def walk(numbers, first, free, steps, covariance, given):
        own = (jnp.asarray(numbers), jnp.asarray(free), jnp.asarray(steps))
        return jax.lax.map(
            lambda c: walked(c[0], first, c[1], c[2], covariance, given), own
        )

    return compiled(tune, name="nuts_steps"), compiled(walk, name="nuts")


def _heights(posterior: Posterior, values: np.ndarray) -> np.ndarray:
    return np.asarray(_of_draws(posterior)(jnp.asarray(values), posterior.given))


@lru_cache(maxsize=8)
def _of_draws(posterior: Posterior) -> Compiled:
    def each(values, given: Given):
        return jax.vmap(lambda v: posterior.value(v, given).posterior)(values)

    return compiled(each, name="posterior_of_draws")


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
