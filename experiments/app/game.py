"""The game: yields spike, buy or wait. Spikes and outcomes that were drawn beforehand.

Spikes are quarters of ``fiscax run lsap``: all shocks of an economy drawn, with losses
of capacity beside them, kept where yields rise and equity falls. What a purchase earns
is booked there. What answering every rise so does to backing and prices is ten years of
``fiscax run two-minds``, with purchases unwound as they are in the game.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...calibration.economies.dysfunction import purchase_impact
from ...calibration.economies.intermediaries import Plumbing
from ...calibration.economies.store import EconomyStore
from ...calibration.parameters.policy import PolicyParameters, policy_parameters
from ..purchases import cases, mixture
from ..purchases.model import load_scenario
from ..purchases.study import ORDER, by_policy
from ..report import labels
from ..two_minds.closed_loop import rule_of
from ..two_minds.discipline import summary, ten_years

# Spikes that are shipped, of each economy.
SPIKES = 20
# Drawn spikes that look most like one, by what is seen of it: what a policy maker who
# knows the economy expects is their mean.
ALIKE = 200
WAIT = "wait"
# The way of buying that undoes on impact what a purchase of two-minds does; others buy
# as many bonds.
LASTING = "lasting"
CHOICES = {
    WAIT: "wait",
    "backstop": "buy, sell soon",
    "lasting": "buy, hold for years",
}
# What is kept of ten years of answering rises so.
AFTER = ("backing_share", "price_level", "balance_sheet")


def expected(seen: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Mean of values (n, k) over the ``ALIKE`` draws nearest to what is seen (d,).

    ``seen`` (n, d) is measured in its standard deviations.
    """
    scale = seen.std(axis=0)
    distance = np.sum(((seen - at) / scale) ** 2, axis=1)
    return values[np.argsort(distance, kind="stable")[:ALIKE]].mean(axis=0)


def years(
    given: PolicyParameters, theta: float, plumbing: Mapping[str, Plumbing]
) -> dict[str, dict[str, float]]:
    """Ten years of news by choice, where the backing share at rest is ``theta``.

    Every rise of yields on news is answered anew. What moves yields is how many bonds
    are bought and how long they are held (``plumbing`` by policy): bonds that are known
    to be sold soon move them little.
    """
    rule = rule_of(given)
    impacts = {name: purchase_impact(own) for name, own in plumbing.items()}
    whole = impacts[LASTING].at_ten_years
    found = {}
    for choice in CHOICES:
        ten, five, run_off = impacts.get(choice, impacts[LASTING])
        own = rule._replace(
            share=rule.share * ten / whole,
            run_off=jnp.asarray(run_off),
            price_impact=jnp.asarray(ten),
            at_five_years=jnp.asarray(five),
        )
        called = float(choice != WAIT)
        path = ten_years(given, theta, called, own, persistence=1 - run_off)
        after = summary(given, path)
        found[choice] = {name: float(f"{after[name]:.4g}") for name in AFTER}
    return found


def spike_records(drawn: mixture.Spikes, losses: mixture.Losses) -> list[dict]:
    """First spikes that were drawn: what is seen, what it was, what choices earn.

    ``right`` is what a policy maker chooses who knows the economy and sees the same.
    """
    sums = (drawn.five.sum(axis=1), drawn.ten.sum(axis=1), drawn.equity)
    seen = np.column_stack(sums)
    policies = [choice for choice in CHOICES if choice != WAIT]
    earned = np.column_stack([losses(p, drawn.loss) for p in policies])
    found = []
    for k in range(min(SPIKES, len(seen))):
        means = dict(
            zip(policies, expected(seen, earned, seen[k]).tolist(), strict=True)
        )
        means[WAIT] = 0.0
        parts = dict(zip(drawn.shocks, drawn.ten[k].tolist(), strict=True))
        found.append(
            {
                "yield_5y": round(float(seen[k, 0]), 1),
                "yield_10y": round(float(seen[k, 1]), 1),
                "equity": round(float(seen[k, 2]), 1),
                "parts": {n: round(v, 1) for n, v in parts.items()},
                "earned": {
                    WAIT: 0.0,
                    **{
                        p: round(float(v), 2)
                        for p, v in zip(policies, earned[k], strict=True)
                    },
                },
                "expected": {n: round(v, 2) for n, v in means.items()},
                "right": max(means, key=lambda choice: means[choice]),
            }
        )
    return found


def game_data(
    store: EconomyStore, say: Callable[[str], None], seed: int = 0
) -> dict[str, Any]:
    """Spikes of both economies with their outcomes under every choice.

    Raises
    ------
    CalibrationError, SolutionError
        From intermediaries and economies.
    """
    scenario, given = load_scenario({}), policy_parameters()
    plumbing = by_policy({}, scenario)
    bare = plumbing[cases.NONE]
    backing: Mapping[str, float] = {"safe": 1.0, "risky": given["theta_market"]}
    worlds = {}
    for regime in cases.REGIMES:
        say(f"game: spikes of {regime} debt")
        sticky = store.sticky(f"sticky_{regime}", order=ORDER)
        discount = cases.fundamentals(sticky, bare.maturity).discount
        losses = mixture.tabulate(plumbing, scenario, discount)
        size = bare.values["sigma_capacity"]
        drawn = mixture.draw_spikes(store.core(regime), losses, size, scenario, seed)
        worlds[regime] = {
            "frequency": round(drawn.frequency, 5),
            "spikes": spike_records(drawn, losses),
            "years": years(given, backing[regime], plumbing),
            "theta": backing[regime],
        }
    names = {n for w in worlds.values() for s in w["spikes"] for n in s["parts"]}
    return {
        "worlds": worlds,
        "amount": round(100 * scenario.amount, 2),
        "rise": scenario.rise,
        "fall": scenario.fall,
        "shocks": {name: labels.shock(name) for name in sorted(names)},
    }
