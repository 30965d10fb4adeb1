"""The mini-budget in numbers: default, fiscal news, and a wedge of capacity by day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...calibration.economies.protocol import ANNUAL_BP
from ...calibration.economies.sticky import StickyEconomy
from ...calibration.economies.store import EconomyStore
from ...calibration.parameters.numbers import (
    NumbersError,
    described,
    read_numbers,
    values_of,
)
from ...calibration.record.dated_moves import TENORS
from ...models.markets.default import DefaultModel, discount, hazard, priced_hazard
from ...solvers.compiled import compiled
from ...solvers.pricing.chains import (
    Chain,
    Claims,
    autoregression_chain,
    default_compensation,
    defaultable_claims,
    swap_premium,
)
from ..study import Option

FILE = "gilts.toml"
PREMIA = (1, 2, 5, 10)
# Of the sticky-price economies: responses on impact, net of demand.
ORDER = 1
_LONGEST = 4 * max(TENORS)
_FIVE = 20  # quarters of the premia that are matched
_RANGES = {
    "economy": {
        "flow": (0.01, 500.0),
        "gdp": (1.0, 1e6),
        "theta": (0.001, 1.0),
        "average_maturity": (1.0, 50.0),
        "debt_target": (0.05, 3.0),
    },
    "default": {
        "persistence": (0.0, 0.999),
        "volatility": (1e-6, 10.0),
        "recovery": (0.0, 0.99),
        "default_price": (0.1, 100.0),
        "riskless": (0.0, 0.1),
        "premium_before": (0.1, 1000.0),
        "premium_after": (0.1, 1000.0),
    },
    "wedge": {"reversion": (0.001, 5.0)},
    "backstop": {
        "bought_early": (0.0, 1000.0),
        "bought": (0.1, 1000.0),
        "sold": (0.0, 1000.0),
        "duration": (0.5, 50.0),
    },
}
# Slack of the tax capacity: bounds of the search, percent of GDP.
_SLACKS = (0.05, 200.0)
_SPREADS = (1.0, 25.0)


@dataclass(frozen=True)
class Gilts:
    """Every number of the file, by table and name, with overrides applied."""

    economy: Mapping[str, float]
    default: Mapping[str, float]
    wedge: Mapping[str, float]
    backstop: Mapping[str, float]

    @property
    def flow(self) -> float:
        """The budget in percent of GDP a year."""
        return 100 * self.economy["flow"] / self.economy["gdp"]

    @property
    def omega(self) -> float:
        """Decay of coupons per quarter whose mean maturity is that of the debt."""
        return 1 - 1 / (4 * self.economy["average_maturity"])


def load_gilts(overrides: Mapping[str, Any] | None = None) -> Gilts:
    """Numbers of the file; ``overrides`` go to the table that has their name.

    Raises
    ------
    NumbersError
        A name is unknown or a value is out of range.
    """
    given = dict(overrides or {})
    known = [name for names in _RANGES.values() for name in names]
    unknown = [name for name in given if name not in known]
    if unknown:
        raise NumbersError(
            f"{FILE} has no {', '.join(unknown)}; there are {', '.join(known)}"
        )
    file = read_numbers(FILE)
    tables = {
        table: values_of(
            file[table],
            f"{FILE}: {table}",
            ranges,
            {n: v for n, v in given.items() if n in ranges},
        )
        for table, ranges in _RANGES.items()
    }
    return Gilts(**tables)


def options() -> tuple[Option, ...]:
    """What a user may change: the numbers of the file but those of the record."""
    file = read_numbers(FILE)
    return tuple(
        Option(name, file[table][name]["unit"], file[table][name]["source"])
        for table, ranges in _RANGES.items()
        for name in ranges
    )


def recorded(name: str) -> float:
    """A number of the record that is compared with, not used."""
    return float(read_numbers(FILE)["record"][name]["value"])


def sources() -> list[dict[str, Any]]:
    """Every number with unit and source."""
    file = read_numbers(FILE)
    return [row for table in file for row in described(file[table], table)]


@dataclass(frozen=True, eq=False)
class SolvedDefault:
    """The default model on its chain: claims of 1 to 120 quarters at the nodes."""

    model: DefaultModel
    chain: Chain
    claims: Claims
    physical: Claims

    def at(self, values: Any, required: float) -> np.ndarray:
        """Node values (n, N) at required taxes, percent of GDP over the mean, (n,)."""
        nodes = np.asarray(self.chain.nodes)
        if not nodes[0] <= required <= nodes[-1]:
            raise NumbersError(
                f"required taxes of {required} are outside {nodes[0]:.1f} to "
                f"{nodes[-1]:.1f}, where the chain has its nodes"
            )
        k = min(int(np.searchsorted(nodes, required, "right")) - 1, len(nodes) - 2)
        share = (required - nodes[k]) / (nodes[k + 1] - nodes[k])
        rows = np.asarray(values)
        return (1 - share) * rows[:, k] + share * rows[:, k + 1]

    def premia(self, required: float, years: Sequence[int] = PREMIA) -> np.ndarray:
        """Swap premia by tenor, basis points per year."""
        found = self.at(swap_premium(self.claims), required)
        return ANNUAL_BP * found[[4 * y - 1 for y in years]]

    def compensation(self, required: float) -> np.ndarray:
        """Default compensation in yields of ``TENORS``, basis points per year."""
        found = self.at(default_compensation(self.claims), required)
        return ANNUAL_BP * found[[4 * t - 1 for t in TENORS]]

    def chance(self, required: float, years: int) -> float:
        """Probability of a default within some years, not the one in prices."""
        return float(1 - self.at(self.physical.survival, required)[4 * years - 1])


def solve_default(given: Gilts, spread: float | None = None) -> SolvedDefault:
    """Solve for the slack and the spread that swap premia of five years ask for.

    Before the budget required taxes are at their mean; the budget raises them by its
    whole flow, whoever is promised to pay. A ``spread`` that is given is not solved
    for: then the premium after the budget is a result.

    Raises
    ------
    NumbersError
        Nothing in the bounds gives these premia.
    """
    if spread is not None:
        return _with_slack(given, spread)
    after = given.default["premium_after"]
    # Premia were those of the budget that was, whatever flow is asked about.
    budget = load_gilts().flow

    def gap(width: float) -> float:
        return float(_with_slack(given, width).premia(budget, (5,))[0]) - after

    found = _root(gap, _SPREADS, f"spread of the capacity gives a premium of {after}")
    return _with_slack(given, found)


def _with_slack(given: Gilts, spread: float) -> SolvedDefault:
    own = {k: v for k, v in given.default.items() if not k.startswith("premium")}
    target = given.default["premium_before"]
    chain = autoregression_chain(own["persistence"], own["volatility"])

    def at(slack: float) -> DefaultModel:
        return DefaultModel(slack=slack, spread=spread, **own)

    def gap(slack: float) -> float:
        model = at(slack)
        # Premia are of prices: what is paid is not needed here.
        priced = _claims(model, chain, _FIVE, True)
        found = SolvedDefault(model, chain, priced, priced)
        return float(found.premia(0.0, (5,))[0]) - target

    model = at(_root(gap, _SLACKS, f"slack gives a premium of {target} before"))
    priced, physical = (_claims(model, chain, _LONGEST, how) for how in (True, False))
    return SolvedDefault(model, chain, priced, physical)


@compiled(name="claims_on_gilts", static_argnums=(2, 3))
def _claims(model: DefaultModel, chain: Chain, periods: int, priced: bool) -> Claims:
    """Claims of 1 to ``periods`` quarters: in prices, or as they are paid."""
    chance = (priced_hazard if priced else hazard)(model, chain.nodes)
    given = chain.chances, discount(model), chance, model.recovery
    return defaultable_claims(*given, periods)


def riskless(solved: SolvedDefault) -> SolvedDefault:
    """The same claims when nobody defaults."""
    model, chances = solved.model, solved.chain.chances
    never = 0 * priced_hazard(model, solved.chain.nodes)
    claims = defaultable_claims(
        chances, discount(model), never, model.recovery, _LONGEST
    )
    return replace(solved, claims=claims, physical=claims)


def _root(gap: Callable[[float], float], bounds: tuple[float, float], what: str):
    from scipy.optimize import brentq

    if gap(bounds[0]) * gap(bounds[1]) > 0:
        raise NumbersError(f"{FILE}: no {what} within {bounds}")
    found: Any = brentq(gap, bounds[0], bounds[1], xtol=1e-7)
    return float(found)


def fiscal_curve(economy: StickyEconomy, unfunded: float) -> np.ndarray:
    """Rise of yields of ``TENORS`` per 1% of GDP of news, net of demand (bp).

    Convenience is left out, as gilts have none in these economies.
    """
    names = [f"{k}_{4 * t}" for k in ("yield", "convenience") for t in TENORS]
    pushes = (economy.persistent(unfunded), economy.persistent(0.0))
    here, paid = (economy.respond(p, names) for p in pushes)
    net = {n: ANNUAL_BP * float(here[n][0] - paid[n][0]) for n in names}
    return np.array(
        [net[f"yield_{4 * t}"] + net[f"convenience_{4 * t}"] for t in TENORS]
    )


def british_case(given: Gilts) -> dict[str, float]:
    """What makes the risky economy with sticky prices that of British debt."""
    return {
        "theta": given.economy["theta"],
        "omega": given.omega,
        "debt_target": given.economy["debt_target"],
    }


def british_economy(
    store: EconomyStore, given: Gilts, **changes: float
) -> StickyEconomy:
    """The risky sticky-price economy with British debt, backing and maturity.

    Raises
    ------
    OverrideError
        The user's change contradicts these numbers or ``changes``.
    """
    case = {**british_case(given), **changes}
    return store.sticky("sticky_risky", case, order=ORDER)
