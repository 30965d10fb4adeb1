"""Policy makers in closed loop: an economy, what they believe, what they buy.

Both minds filter what they see each quarter, the safe and the risky one; a policy is
the probability that its maker gives to the risky model, fixed or learnt by Bayes' rule
from the densities of what is seen. Its purchases are known to all and are taken out of
yields before filtering. Markets price fundamentals with the right model; they do not
anticipate purchases, which move yields by today's stock.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...calibration.economies.dysfunction import shipped_wedge
from ...calibration.economies.linear import FISCAL, OBSERVED, TEN, LinearEconomy
from ...calibration.parameters.policy import PolicyParameters
from ...errors import FiscaxError
from ...models.markets.policy_maker import BP, PurchaseRule, purchase, unfunded_multiple
from ...solvers.compiled import compiled
from ...solvers.filters.attribution import (
    LinearModel,
    SteadyFilter,
    attributed,
    steady_filter,
    update,
)

Array = Any
INFLATION = OBSERVED.index("inflation")
FIVE = OBSERVED.index("yield_20")


class Truth(NamedTuple):
    """What generates the data: the model and the unfunded part of fiscal news."""

    model: LinearModel
    unfunded_states: Array
    unfunded_seen: Array
    fiscal: Array


class Minds(NamedTuple):
    """Filters of the two models."""

    safe: SteadyFilter
    risky: SteadyFilter


class Policy(NamedTuple):
    """Probability of the risky model at the start, whether it is learnt, the rule."""

    prior: Array
    learns: Array
    rule: PurchaseRule


class Path(NamedTuple):
    """What happened, (..., T) each; percent of annual GDP and basis points a year.

    Attributes
    ----------
    stock, bought, overpaid : bonds held, purchases, and their cost over value.
    wedge : of the ten-year yield over its fundamental value.
    perceived, capacity : dysfunction as the policy maker sees it, and as it is.
    surprise, called : forecast error of the ten-year yield net of purchases, and the
        part of it that is called dysfunction.
    yield_10y : with the wedge, change from rest. inflation : change from rest.
    saved : interest saved in the quarter on debt refinanced below fundamental value.
    probability : of the risky model, after the quarter.
    unfunded : unfunded part of fiscal news over what it is without wedge.
    """

    stock: Array
    bought: Array
    overpaid: Array
    wedge: Array
    perceived: Array
    capacity: Array
    surprise: Array
    called: Array
    yield_10y: Array
    inflation: Array
    saved: Array
    probability: Array
    unfunded: Array


def truth_of(economy: LinearEconomy, seen: str, known: float) -> Truth:
    """What generates the data that are seen; ``seen`` is a key of ``SEEN``."""
    model = economy.observing(seen, known)
    states, rows = (jnp.asarray(a) for a in economy.fiscal)
    fiscal = jnp.asarray([float(s == FISCAL) for s in economy.shocks])
    return Truth(model, states, rows[: len(model.errors)], fiscal)


def minds_of(
    safe: LinearEconomy, risky: LinearEconomy, seen: str, known: float
) -> Minds:
    """Settled filters of both economies."""
    return Minds(*(steady_filter(e.observing(seen, known)) for e in (safe, risky)))


def rule_of(given: PolicyParameters) -> PurchaseRule:
    """The purchase rule: the parameter file's, with the plumbing model's effects."""
    wedge = shipped_wedge()
    return PurchaseRule(
        *(
            jnp.asarray(v)
            for v in (
                given["share"],
                wedge.run_off,
                wedge.price_impact,
                given["discipline"],
                wedge.at_five_years,
            )
        )
    )


def policies(given: PolicyParameters) -> dict[str, Policy]:
    """Policy makers by name: no purchases, each mind, and one that learns."""
    rule = rule_of(given)
    idle = rule._replace(share=jnp.asarray(0.0))
    one, none = jnp.asarray(1.0), jnp.asarray(0.0)
    return {
        "none": Policy(one, none, idle),
        "safe": Policy(none, none, rule),
        "risky": Policy(one, none, rule),
        "learning": Policy(jnp.asarray(given["prior"]), one, rule),
    }


@compiled
def simulate(
    truth: Truth,
    minds: Minds,
    policy: Policy,
    shocks: Array,
    errors: Array,
    refinanced: Array,
    debt: Array,
) -> Path:
    """Paths (N, T) from rest, for shocks (N, T, k) and measurement errors (N, T, m).

    Errors are in standard deviations; ``refinanced`` a share of ``debt`` (percent of
    GDP) that is issued anew each quarter.
    """
    load = minds.safe.model.loading[:, -1] / minds.safe.model.transition[-1, -1]

    def quarter(carry, drawn):
        states, beliefs, stock, odds, wedge, rate = carry
        shock, error = drawn
        multiple = unfunded_multiple(policy.rule, wedge)
        extra = (multiple - 1) * (truth.fiscal @ shock)
        model = truth.model
        now = model.transition @ states + model.impact @ shock
        now = now + truth.unfunded_states * extra
        clean = model.loading @ states + model.direct @ shock
        clean = clean + truth.unfunded_seen * extra
        seen = clean + model.errors * error
        found = [_looked(f, b, seen) for f, b in zip(minds, beliefs, strict=True)]
        odds = odds + found[1].density - found[0].density
        risky = jnp.where(policy.learns > 0, jax.nn.sigmoid(odds), policy.prior)
        weights = jnp.stack([1 - risky, risky])
        perceived = weights @ jnp.stack([f.after[-1] for f in found])
        booked = purchase(policy.rule, stock, perceived, now[-1])
        # Debt issued this quarter, at five years, keeps its rate until it matures.
        offset = policy.rule.price_impact * booked.stock
        held_down = policy.rule.at_five_years * offset - load[FIVE] * now[-1]
        rate = (1 - refinanced) * rate + refinanced * held_down
        path = Path(
            booked.stock,
            booked.bought,
            booked.overpaid,
            booked.wedge,
            perceived,
            now[-1],
            weights @ jnp.stack([f.surprise for f in found]),
            weights @ jnp.stack([f.called for f in found]),
            clean[TEN] - now[-1] + booked.wedge,
            clean[INFLATION],
            rate / BP * debt / 4,
            risky,
            multiple,
        )
        beliefs = tuple(f.after for f in found)
        return (now, beliefs, booked.stock, odds, booked.wedge, rate), path

    def one(drawn_shocks, drawn_errors):
        sizes = (f.gain.shape[0] for f in minds)
        zero = jnp.zeros(())
        odds = jnp.log(policy.prior) - jnp.log1p(-policy.prior)
        odds = jnp.where(policy.learns > 0, odds, 0.0)
        start = (
            jnp.zeros(truth.model.transition.shape[0]),
            tuple(jnp.zeros(n) for n in sizes),
            zero,
            odds,
            zero,
            zero,
        )
        return jax.lax.scan(quarter, start, (drawn_shocks, drawn_errors))[1]

    return jax.vmap(one)(shocks, errors)


class _Looked(NamedTuple):
    after: Array
    density: Array
    surprise: Array
    called: Array


def _looked(steady: SteadyFilter, mean: Array, seen: Array) -> _Looked:
    """One mind's look at what is seen, and its view of the ten-year yield."""
    error = seen - steady.model.loading @ mean
    after, density = update(steady, mean, seen)
    parts = attributed(steady, error, TEN)
    n, k = steady.model.impact.shape
    # Dysfunction is the last state and the last shock.
    return _Looked(after, density, error[TEN], parts[n - 1] + parts[n + k - 1])


def draws(
    economy: LinearEconomy, seen_count: int, given: PolicyParameters, seed: int
) -> tuple[Array, Array]:
    """Standard normal shocks (N, T, k) and measurement errors (N, T, m)."""
    periods, paths = 4 * given.count("years"), given.count("sequences")
    generator = np.random.default_rng(seed)
    shocks = generator.standard_normal((paths, periods, len(economy.shocks)))
    errors = generator.standard_normal((paths, periods, seen_count))
    return jnp.asarray(shocks), jnp.asarray(errors)


def packages(economy: LinearEconomy, given: PolicyParameters) -> Array:
    """The declared sequence of fiscal shocks (1, T, k), nothing else."""
    periods = 4 * given.count("years")
    shocks = np.zeros((1, periods, len(economy.shocks)))
    every = given.count("package_every")
    size = given["package"] * economy.package
    shocks[0, ::every, economy.shocks.index(FISCAL)] = size
    return jnp.asarray(shocks)


def only(shocks: Array, economy: LinearEconomy, names: tuple[str, ...]) -> Array:
    """The same draws with every shock but those named set to zero.

    Raises
    ------
    FiscaxError
        A shock that the economy does not have.
    """
    missing = [n for n in names if n not in economy.shocks]
    if missing:
        raise FiscaxError(
            f"economy '{economy.name}' has no shock {', '.join(missing)}; it has "
            f"{', '.join(economy.shocks)}"
        )
    kept = jnp.asarray([float(s in names) for s in economy.shocks])
    return shocks * kept[None, None]
