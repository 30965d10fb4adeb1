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
from typing import Any, NamedTuple

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


class Spikes(NamedTuple):
    """Quarters that purchases would answer, drawn from a regime's own shocks.

    Attributes
    ----------
    shocks : names of the model's, and ``capacity``.
    ten, five : shock by shock, moves of yields (n, shocks), basis points a year.
    equity : (n,) percent. loss : (n,) of capacity, log.
    frequency : per quarter. no_price : share of quarters in which no price clears the
        market, left out.
    """

    shocks: tuple[str, ...]
    ten: np.ndarray
    five: np.ndarray
    equity: np.ndarray
    loss: np.ndarray
    frequency: float
    no_price: float


def draw_spikes(
    economy: Economy, losses: Losses, size: float, scenario: Scenario, seed: int
) -> Spikes:
    """Draw a regime's shocks, and keep the quarters that are answered.

    Parameters
    ----------
    size : standard deviation of losses of capacity, log.
    scenario : its ``rise`` (basis points a year) and ``fall`` (percent) are what is
        answered.
    """
    found, count = economy.surprises, len(economy.shocks)
    generator = np.random.default_rng(seed)
    drawn = generator.standard_normal((DRAWS, count))
    loss = size * generator.standard_normal(DRAWS)

    def moves(maturity: int) -> np.ndarray:
        return drawn * (-ANNUAL_BP * found[f"bond_{maturity}"] / (maturity - 1))

    ten, wedge = moves(TEN), losses("ten", loss)
    equity = 100 * drawn @ found.equity
    rise = ten.sum(axis=1) + wedge
    open_market = np.isfinite(wedge)
    kept = open_market & (rise > scenario.rise) & (equity < -scenario.fall)
    lost = loss[kept]
    return Spikes(
        (*economy.shocks, CAPACITY),
        np.column_stack([ten[kept], wedge[kept]]),
        np.column_stack([moves(FIVE)[kept], losses("five", lost)]),
        equity[kept],
        lost,
        float(kept.mean()),
        float(1 - open_market.mean()),
    )


def spikes(
    economy: Economy, losses: Losses, size: float, scenario: Scenario, seed: int
) -> dict[str, Any]:
    """Spikes of a regime: how often, what moves yields in them, what purchases earn.

    Parameters as of ``draw_spikes``.

    Returns
    -------
    ``frequency`` per quarter; ``no_price``, the share of quarters in which no price
    clears the market, left out; ``by_shock``, shares of the mean rise of yields;
    ``main_shock``, chances that a shock moves yields most; ``values`` by policy with
    standard errors, percent of what is spent. Shocks have names of the model, and
    ``capacity``.
    """
    drawn = draw_spikes(economy, losses, size, scenario, seed)
    mean = drawn.ten.mean(axis=0)
    count = len(drawn.shocks)
    main = np.bincount(drawn.ten.argmax(axis=1), minlength=count) / len(drawn.ten)
    values = {}
    for policy in losses.value:
        earned = losses(policy, drawn.loss)
        error = float(earned.std(ddof=1) / np.sqrt(len(earned)))
        values[policy] = (float(earned.mean()), error)
    return {
        "frequency": drawn.frequency,
        "no_price": drawn.no_price,
        "by_shock": dict(zip(drawn.shocks, (mean / mean.sum()).tolist(), strict=True)),
        "main_shock": dict(zip(drawn.shocks, main.tolist(), strict=True)),
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
