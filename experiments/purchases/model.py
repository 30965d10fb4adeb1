"""What a central bank's purchases earn: booked at price and at fundamental value.

Purchases are ten-year zeros, rolled into new ones every quarter and unwound at a
declared rate. The fundamental price is that at normal capacity without purchases. The
value to taxpayers counts price less fundamental price only, since the fundamental price
already is the present value of what the bonds pay; expected profit adds what bearing
the bonds' risk earns on average, realised profit what their prices then do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from ...calibration.economies.capacity_losses import spreads
from ...calibration.economies.intermediaries import (
    Path,
    Plumbing,
)
from ...calibration.parameters.calibration import Calibration, load_calibration
from ...calibration.parameters.numbers import read_numbers, values_of
from ...models.markets.purchases import purchase_scenario
from ...solvers.compiled import compiled

Array = Any

# Quarters: at the slowest unwinding less than 3e-4 of the purchases is left.
HORIZON = 200
TEN = 40
CHUNK = 10_000


@dataclass(frozen=True)
class Booked:
    """What a holder of ten-year zeros gains over their fundamental value.

    Shares of annual output, present values.

    Attributes
    ----------
    value : of all trades: fundamental value less price of what is bought, the reverse
        of what is sold. carry : the same from what holdings earn beyond fundamentals.
    at_purchase : of the first purchase alone, which is what is earned when bonds are
        held until they pay, or sold at fundamental prices.
    spent : price of the first purchase.
    """

    value: float
    carry: float
    at_purchase: float
    spent: float


def book(
    plumbing: Plumbing, path: Path, holdings: np.ndarray, discount: float
) -> Booked:
    """Book every trade at its price and at fundamental value.

    Parameters
    ----------
    path : expected after news and purchases. holdings : (T,) zeros of ten years over
        output; all are sold after a quarter, and new ones bought, but for the last.
    discount : factor by quarter on shares of output.
    """
    held = (holdings * discount ** np.arange(len(holdings)))[:-1]
    price = np.exp(-path.gaps[:, TEN - 1])
    aged = np.exp(-path.gaps[:, TEN - 2])
    # What is worth one at fundamental value today is worth one in present value when
    # it is sold: only the gaps between price and value remain.
    gained_buying = held * (1 - price[:-1])
    gained_selling = held * (aged[1:] - 1)
    exposure = float(plumbing.numbers.ten_year_exposure)
    earned = np.expm1(exposure * path.premium[:-1])
    return Booked(
        value=float(np.sum(gained_buying) + np.sum(gained_selling)),
        carry=float(np.sum(held * price[:-1] * earned)),
        at_purchase=float(holdings[0] * (1 - price[0])),
        spent=float(holdings[0] * price[0]),
    )


@dataclass(frozen=True)
class Risk:
    """What holding a ten-year zero for a quarter earns, log, over the short rate.

    premium : on average, by fundamentals. deviation : standard deviation of surprises.
    """

    premium: float
    deviation: float


def expected_profit(
    plumbing: Plumbing, path: Path, discount: float, risk: Risk
) -> float:
    """Expected profit over annual output: value and what bearing the risk earns."""
    kept = path.purchases * discount ** np.arange(len(path.purchases))
    found = plumbing.numbers
    normal = float(found.ten_year_exposure * found.premium_at_rest)
    booked = book(plumbing, path, path.purchases, discount)
    return booked.value + float(np.sum(kept[:-1])) * (risk.premium + normal)


def realised_profits(
    plumbing: Plumbing,
    path: Path,
    discount: float,
    risk: Risk,
    paths: int = CHUNK,
    seed: int = 0,
) -> np.ndarray:
    """Profits (paths,) over annual output when bonds' prices surprise every quarter."""
    kept = path.purchases * discount ** np.arange(len(path.purchases))
    found = plumbing.numbers
    exposure = float(found.ten_year_exposure)
    price = np.exp(-path.gaps[:, TEN - 1])
    earned = price * np.expm1(exposure * path.premium)
    earned += exposure * float(found.premium_at_rest) + risk.premium
    # Capacity moves again after the news: its surprises add to those of fundamentals.
    again = (TEN - 1) * float(spreads(plumbing, (TEN - 1,))[0])
    deviation = float(np.hypot(risk.deviation, again))
    return np.asarray(_realised(paths, kept[:-1], earned[:-1], deviation, seed))


@compiled(static_argnums=0)
def _realised(paths, kept, expected, deviation, seed):
    noise = jax.random.normal(jax.random.key(seed), (paths, kept.shape[0]))
    return (expected[None, :] + deviation * noise) @ kept


@dataclass(frozen=True)
class Scenario:
    """The spike, the amount bought and two ways to unwind it, in model units.

    spike : log per quarter. capacity_loss : log. amount : over annual output.
    kept : policy -> share that is kept from quarter to quarter. rise, fall : of the
    ten-year yield (basis points) and of equity (percent) that purchases answer.
    """

    calibration: Calibration
    spike: float
    capacity_loss: float
    amount: float
    kept: dict[str, float]
    rise: float
    fall: float


def load_scenario(overrides: Mapping[str, Any] | None = None) -> Scenario:
    """The shipped scenario with overrides.

    Raises
    ------
    CalibrationError
        Naming every inadmissible override.
    """
    found = load_calibration("purchases", purchase_scenario())
    if overrides:
        found = found.with_values(**dict(overrides))
    value = {k: float(np.ravel(v)[0]) for k, v in found.as_arrays().items()}
    kept = {"backstop": value["kept_backstop"], "lasting": value["kept_lasting"]}
    spike, loss = value["spike"] / 400, value["capacity_loss"]
    answered = (100 * value["rise_to_answer"], value["fall_to_answer"])
    return Scenario(found, spike, loss, value["amount"], kept, *answered)


@dataclass(frozen=True)
class Record:
    """What was done in the record, from ``purchases_record.toml``.

    bought, gained : by the Bank of England in 2022, billions of pounds; ``amount`` over
        output. hedge_funds_earlier, hedge_funds_later : shares of Treasurys.
    """

    bought: float
    gained: float
    amount: float
    hedge_funds_earlier: float
    hedge_funds_later: float

    @property
    def per_100(self) -> float:
        """The Bank's gain in percent of its purchases."""
        return 100 * self.gained / self.bought


def load_record() -> Record:
    """The shipped record, checked."""
    name = "purchases_record.toml"
    found = read_numbers(name)
    bank = {"bought": (0.0, 1e6), "gained": (0.0, 1e6), "amount": (0.0, 1.0)}
    funds = {"earlier": (0.0, 1.0), "later": (0.0, 1.0)}
    backstop = values_of(found["backstop"], f"{name}: backstop", bank)
    shares = values_of(found["hedge_funds"], f"{name}: hedge_funds", funds)
    return Record(**backstop, **{f"hedge_funds_{k}": v for k, v in shares.items()})
