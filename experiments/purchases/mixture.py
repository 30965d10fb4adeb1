"""What a spike is in each regime: all shocks drawn, and purchases that answer spikes.

Given the shock, both regimes give purchases the same value. So shocks are drawn from
the regime's own distribution, at first order around its resting point, with losses of
capacity beside them; quarters in which the ten-year yield rises and equity falls by
more than is declared are kept, and what is bought in them is booked as in every cell of
the policy table. A rule cannot see the shock: the regime decides what it buys on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...calibration.economies.capacity_losses import wedges_by_loss
from ...calibration.economies.intermediaries import Plumbing
from ...calibration.economies.protocol import ANNUAL_BP, Economy
from .cases import CAPACITY
from .model import HORIZON, TEN, Scenario, book

DRAWS = 400_000
FIVE = 20
# Standard deviations of gains of capacity that are tabulated, and how finely.
REACH, POINTS = 5.0, 121


@dataclass(frozen=True)
class Losses:
    """Wedges and values of purchases by the loss of capacity, log; rows of a grid.

    Attributes
    ----------
    loss : (n,) log, rising. ten, five : (n,) wedges, basis points a year.
    value : policy -> (n,) percent of what is spent. Beyond the last loss no price
        clears the market: losses force sales without end.
    """

    loss: np.ndarray
    ten: np.ndarray
    five: np.ndarray
    value: Mapping[str, np.ndarray]

    def __call__(self, name: str, loss: np.ndarray) -> np.ndarray:
        """Interpolated at losses; NaN where no price clears the market."""
        rows = getattr(self, name, None)
        rows = self.value[name] if rows is None else rows
        return np.interp(loss, self.loss, rows, right=np.nan)


def tabulate(
    plumbing: Mapping[str, Plumbing], scenario: Scenario, discount: float
) -> Losses:
    """Wedges and values on losses of capacity as far as a price clears the market.

    ``plumbing`` by policy, one of which buys nothing.
    """
    bare = next(own for policy, own in plumbing.items() if policy not in scenario.kept)
    most = float(wedges_by_loss(bare, (TEN,)).loss[-1])
    grid = np.linspace(-REACH * bare.values["sigma_capacity"], most, POINTS)
    rows: list[tuple[float, ...]] = []
    for loss in grid:
        news = {CAPACITY: float(loss)}
        values = []
        for policy, own in plumbing.items():
            bought = scenario.amount if policy in scenario.kept else 0.0
            path = own.path({**news, "purchases": bought}, HORIZON)
            if policy not in scenario.kept:
                wedges = ANNUAL_BP * path.gaps[0, [TEN - 1, FIVE - 1]]
                values += [float(w) for w in wedges / (TEN, FIVE)]
            else:
                booked = book(own, path, path.purchases, discount)
                values.append(100 * booked.value / booked.spent)
        rows.append((float(loss), *values))
    loss, ten, five, *values = np.array(rows).T
    policies = [p for p in plumbing if p in scenario.kept]
    return Losses(loss, ten, five, dict(zip(policies, values, strict=True)))


def spikes(
    economy: Economy, losses: Losses, size: float, scenario: Scenario, seed: int
) -> dict[str, Any]:
    """Spikes of a regime: how often, what moves yields in them, what purchases earn.

    Parameters
    ----------
    size : standard deviation of losses of capacity, log.
    scenario : its ``rise`` (basis points a year) and ``fall`` (percent) are what is
        answered.

    Returns
    -------
    ``frequency`` per quarter; ``no_price``, the share of quarters in which no price
    clears the market, left out; ``by_shock``, shares of the mean rise of yields;
    ``main_shock``, chances that a shock moves yields most; ``values`` by policy with
    standard errors, percent of what is spent. Shocks have names of the model, and
    ``capacity``.
    """
    found, count = economy.surprises, len(economy.shocks)
    generator = np.random.default_rng(seed)
    drawn = generator.standard_normal((DRAWS, count))
    loss = size * generator.standard_normal(DRAWS)
    moves = drawn * (-ANNUAL_BP * found[f"bond_{TEN}"] / (TEN - 1))
    wedge = losses("ten", loss)
    equity = 100 * drawn @ found.equity
    rise = moves.sum(axis=1) + wedge
    open_market = np.isfinite(wedge)
    kept = open_market & (rise > scenario.rise) & (equity < -scenario.fall)
    parts = np.column_stack([moves[kept], wedge[kept]])
    names = (*economy.shocks, CAPACITY)
    mean = parts.mean(axis=0)
    main = np.bincount(parts.argmax(axis=1), minlength=len(names)) / len(parts)
    values = {}
    for policy in losses.value:
        earned = losses(policy, loss[kept])
        error = float(earned.std(ddof=1) / np.sqrt(len(earned)))
        values[policy] = (float(earned.mean()), error)
    return {
        "frequency": float(kept.mean()),
        "no_price": float(1 - open_market.mean()),
        "by_shock": dict(zip(names, (mean / mean.sum()).tolist(), strict=True)),
        "main_shock": dict(zip(names, main.tolist(), strict=True)),
        "values": values,
    }


def break_even(losses: Losses, policy: str, loss: float) -> float | None:
    """Share of spikes that have to be this loss for purchases to earn nothing.

    The others are fundamental. None where purchases never lose, or never gain.
    """
    fundamental, dislocated = (
        float(losses(policy, np.array([k]))[0]) for k in (0.0, loss)
    )
    if fundamental >= 0 or dislocated <= 0:
        return None
    return -fundamental / (dislocated - fundamental)
