"""Convenience of solved economies: wedges by tenor, channels apart, value of the loss.

Wedges are differences of convenience: a Treasury less another asset of the same tenor,
both priced by the model with the services of every quarter until they mature. AAA bonds
and hedged foreign sovereigns keep their services to the end; a Treasury gives those of
a long bond until its last quarter, in which it is a bill.

Counterfactual services are evaluated on the economy's own policies: rates, inflation
and debt stay as they were solved for. What a loss does to taxes in equilibrium takes
another solution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import sympy as sp

from ...models.declaration import Dated
from ...models.functions import Assignment, assignment
from ...solvers.compiled import on_host
from ...solvers.errors import SolutionError
from ...solvers.pricing.curves import CurveNames, term_structure
from ...solvers.projection import pricing
from .core import MATURITIES, CoreEconomy, load
from .statistics import Array

ASSETS = ("bill", "long", "aaa", "foreign")
OTHERS = ("aaa", "foreign")
ANNUAL_BP = 40_000.0  # log per quarter -> basis points per year
# What removes a channel: these parameters become zero.
CHANNELS = {
    "supply": ("safety_supply", "liquidity_supply"),
    "opportunity cost": ("liquidity_rate",),
    "stress": ("safety_stress",),
}
SERVICE_LEVELS = ("safety_bill", "safety_long")


def with_services(economy: CoreEconomy, values: Mapping[str, float]) -> CoreEconomy:
    """The same policies with other parameters of convenience, in every regime."""
    held = dict(economy.solution.parameters)
    for name, value in values.items():
        held[name] = np.full_like(held[name], value)
    return replace(economy, solution=replace(economy.solution, parameters=held))


def wedges(
    economy: CoreEconomy, points: np.ndarray, regimes: np.ndarray | int = 0
) -> dict[str, Array]:
    """Convenience (P, maturities) at states (P, d) in basis points a year.

    Keys: ``treasury``, ``aaa``, ``foreign``, and ``aaa_treasury``,
    ``foreign_treasury``: what the other asset yields more for want of services.
    """
    names = [f"convenience_{n}" for n in MATURITIES]
    found = {"treasury": ANNUAL_BP * economy.curves(names, points, regimes)}
    for asset in OTHERS:
        own = f"convenience_yield_{asset}"
        curve = CurveNames(first=own, longer=own)
        priced = term_structure(economy.operators, MATURITIES, curve)
        found[asset] = ANNUAL_BP * priced(names, points, regimes)
        found[f"{asset}_treasury"] = found["treasury"] - found[asset]
    return found


@dataclass(frozen=True)
class Spot:
    """One quarter's convenience as a function of what moves it, basis points a year."""

    economy: CoreEconomy
    regime: int

    def __call__(self, debt: Array, rate: Array, stress: Array) -> dict[str, Array]:
        """By asset; arrays of one shape.

        Parameters
        ----------
        debt : at the end of the quarter, over annual output.
        rate : convenience-free policy rate, log per quarter.
        stress : logit of the disaster probability.
        """
        env = {
            name: value[self.regime] if value.ndim else value
            for name, value in on_host(dict(self.economy.solution.parameters)).items()
        }
        env |= {
            "end_of_period_debt": 4 * debt,
            "policy_rate": rate,
            "stress": stress,
        }
        return {
            asset: ANNUAL_BP * formula.value(env)
            for asset, formula in _formulas(self.economy.name).items()
        }


@lru_cache(maxsize=8)
def _formulas(name: str) -> dict[str, Assignment]:
    """Declared convenience yields with the prices of services written out."""
    model, _ = load(name)
    own = {d.name: d.expression for d in model.definitions}
    prices = {Dated(k): own[k] for k in ("price_of_safety", "price_of_liquidity")}
    return {
        asset: assignment(
            asset, sp.sympify(own[f"convenience_yield_{asset}"]).xreplace(prices), True
        )
        for asset in ASSETS
    }


@dataclass(frozen=True)
class Place:
    """What moves convenience at a state, in the units of ``Spot``."""

    debt: float
    rate: float
    stress: float


def place(economy: CoreEconomy, regime: int) -> Place:
    """At the resting point of a regime."""
    rest = economy.rest(regime)
    names = ["end_of_period_debt", "policy_rate"]
    debt, rate = economy.solution.observe(names, rest, regime)[0]
    stress = rest[economy.solution.states.index("stress")]
    return Place(float(debt) / 4, float(rate), float(stress))


def spot_slopes(economy: CoreEconomy, regime: int) -> dict[str, dict[str, float]]:
    """Slope of every asset's convenience on one mover, the others held, by mover.

    In basis points a year: ``supply`` per percentage point of debt/GDP,
    ``opportunity cost`` per percentage point of the annual rate, ``stress`` per
    standard deviation of its shock.
    """
    spot, here = Spot(economy, regime), place(economy, regime)
    sigma = float(np.asarray(economy.solution.parameters["sigma_p"]))
    units = {"supply": 0.01, "opportunity cost": 0.0025, "stress": sigma}
    found = {}
    for k, (channel, unit) in enumerate(units.items()):
        # A central difference a thousandth of the unit wide: slopes, not arcs.
        step = 0.5e-3 * unit * np.array([-1.0, 1.0])
        moved = [
            np.full(2, v) + (step if j == k else 0.0)
            for j, v in enumerate((here.debt, here.rate, here.stress))
        ]
        values = spot(*moved)
        found[channel] = {a: float((v[1] - v[0]) / 1e-3) for a, v in values.items()}
    return found


@dataclass(frozen=True)
class Services:
    """Worth of convenience to the government at a state.

    Attributes
    ----------
    flow : percent of GDP a year.
    value : present value, percent of annual GDP.
    debt : value of the debt, percent of annual GDP.
    """

    flow: float
    value: float
    debt: float

    @property
    def share(self) -> float:
        """Present value over the value of the debt, percent."""
        return 100 * self.value / self.debt


def services(
    economy: CoreEconomy, regime: int, levels: Mapping[str, float] | None = None
) -> Services:
    """What convenience is worth at a regime's resting point.

    ``levels`` are other services, on the economy's own policies. The value is that of
    the ledger's claim to convenience, the resolvent of the growth-adjusted operator.

    Raises
    ------
    ValueDoesNotExistError
        The spectral radius of that operator is not below one.
    """
    rest = economy.rest(regime)
    own = with_services(economy, levels) if levels else economy
    names = ["convenience_flow", "debt_value"]
    flow, debt = own.solution.observe(names, rest, regime)[0]
    operators = replace(economy.operators, solution=own.solution)
    matrix = operators.matrices["growth"]
    (payoff,) = operators.at_nodes(["convenience_flow"])
    claim = pricing.value(
        matrix, payoff[:, None], "convenience", economy.model.advice
    ).T
    found = operators.functions(("convenience",), claim)
    worth = found(np.atleast_2d(rest), np.array([regime]))[0, 0]
    return Services(100 * float(flow), 25 * float(worth), 25 * float(debt))


def service_levels(economy: CoreEconomy, regime: int) -> dict[str, float]:
    """Safety services of Treasurys in a regime."""
    held = economy.solution.parameters
    return {n: float(np.asarray(held[n])[regime]) for n in SERVICE_LEVELS}


def variance_by_channel(
    spot: Spot, movers: Sequence[Array], asset: str = "bill"
) -> dict[str, float]:
    """Variance of convenience when one mover moves and the others stay at their means.

    ``movers`` are samples (N,) of debt, rate and stress; shares of the variance with
    all three moving, which leave out what their covariances add.

    Raises
    ------
    SolutionError
        The asset's convenience does not move: it has no services, or no price moves.
    """
    means = [np.full_like(m, m.mean()) for m in movers]
    whole = float(spot(*movers)[asset].var())
    if whole == 0.0:
        raise SolutionError(
            f"convenience of '{asset}' does not move, so no channel has a share in its "
            "variance; give safety_price or liquidity_price a value above zero"
        )
    shares = {}
    for k, channel in enumerate(("supply", "opportunity cost", "stress")):
        alone = [m if j == k else means[j] for j, m in enumerate(movers)]
        shares[channel] = float(spot(*alone)[asset].var()) / whole
    return shares
