"""Prices while investors learn the backing share from scores and from funding."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...calibration.parameters.numbers import read_numbers
from ...calibration.record.bills import FILE
from ...calibration.record.projections import read_projection
from ...models.markets.learning import (
    FiscalLearning,
    chance,
    score_gain,
    unbacked,
)
from ...solvers.compiled import compiled
from ...solvers.filters.learning import drifting_coefficient
from ..study import Option


def options(table: str) -> tuple[Option, ...]:
    """What a user may change of a table of the file: ``learning`` or ``scores``."""
    return tuple(
        Option(name, entry["unit"], entry["source"])
        for name, entry in read_numbers(FILE)[table].items()
    )


class NewsSample(NamedTuple):
    """Paths of N draws over T quarters; prices in percent of annual GDP.

    Attributes
    ----------
    score, emergency, passed : (T, N), the score of the quarter's bill.
    at_score, at_vote, at_funding : (T, N) changes of the price.
    policy, belief, variance : (T, N) the backing share, its estimate, its variance.
    """

    score: Any
    emergency: Any
    passed: Any
    at_score: Any
    at_vote: Any
    at_funding: Any
    policy: Any
    belief: Any
    variance: Any


def outstanding() -> float:
    """Value of ten years of projected primary deficits, percent of annual GDP.

    What a change of the backing share reprices: CBO's baseline at its own rates.
    """
    flows = read_projection("cbo_baseline").flows
    growth, rate = (np.asarray(v)[:10] for v in (flows.growth, flows.rate))
    ratio = np.cumprod((1 + growth) / (1 + rate))
    return float(-100 * ratio @ np.asarray(flows.primary_balance)[:10])


@compiled(name="fiscal_news", static_argnames=("periods", "delay"))
def _paths(given: FiscalLearning, keys, periods: int, delay: int, start) -> NewsSample:
    return jax.vmap(lambda key: _path(given, key, periods, delay, start))(keys)


def _path(given: FiscalLearning, key, periods: int, delay: int, start):
    keys = jax.random.split(key, 7)
    normal = [jax.random.normal(k, (periods,)) for k in keys[:4]]
    size = given.bill_deviation * normal[0]
    score = size + given.score_noise * normal[1]
    emergency = jax.random.uniform(keys[4], (periods,)) < given.emergency_share
    passed = jax.random.uniform(keys[5], (periods,)) < chance(given, emergency)
    first = given.backing + given.backing_deviation * jax.random.normal(keys[6])
    policy = first + given.drift * jnp.cumsum(normal[2])
    law = passed * size
    seen = jnp.concatenate([jnp.zeros(delay), law])[:periods]
    funding = policy * seen + given.funding_noise * normal[3]
    found = drifting_coefficient(
        seen,
        funding,
        given.backing,
        given.backing_deviation**2,
        given.drift,
        given.funding_noise,
    )
    before = jnp.concatenate([jnp.array([given.backing]), found.mean[:-1]])
    share = unbacked(given, before, emergency)
    expected = chance(given, emergency) * score_gain(given) * score
    stock = start + jnp.cumsum(law)
    return NewsSample(
        score,
        emergency,
        passed,
        -share * expected,
        -share * (law - expected),
        (found.mean - before) * stock,
        policy,
        found.mean,
        found.variance,
    )


def simulate_news(
    given: FiscalLearning,
    delay: int,
    periods: int,
    draws: int,
    seed: int,
    start: float | None = None,
) -> NewsSample:
    """Simulate bills, scores, votes and funding, mapped over draws.

    ``start`` is the spending outstanding at first, ``outstanding()`` by default.
    """
    held = outstanding() if start is None else start
    keys = jax.random.split(jax.random.PRNGKey(seed), draws)
    paths = _paths(given, keys, periods, delay, held)
    return NewsSample(*(np.asarray(part).T for part in paths))


def score_slopes(given: FiscalLearning, sample: NewsSample) -> dict[str, float]:
    """Slopes of the price's fall on the score, by kind of bill, in simulated data.

    Beside what the declared effect is at the prior: keys ``ordinary``, ``emergency``.
    """
    found = {}
    for name, kind in (("ordinary", 0), ("emergency", 1)):
        here = sample.emergency == kind
        x, y = sample.score[here], -sample.at_score[here]
        found[name] = float(x @ y / (x @ x))
    return found
