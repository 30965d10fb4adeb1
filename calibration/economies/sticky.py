"""Economies solved by perturbation: responses to news, surprises, shares and means.

The sticky-price economy has no rare events, so that derivatives at its resting point
describe it. Nominal and real zero-coupon curves are rows of the solution; their kernel
is that of safe nominal assets, hence the one-quarter yield is the policy rate less the
convenience yield of bills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import sympy as sp

from ...models.declaration import Dated, DeclarationError, not_found
from ...models.general.form import as_expression, dynamic_form, general_expression
from ...models.general.model import DynamicModel, name_and_date
from ...models.parts.sticky_definitions import safety_demand
from ...models.sticky import sticky_price_economy
from ...solvers.perturbation.moments import Moments
from ...solvers.perturbation.pricing import Pricing, priced_model, with_curves
from ...solvers.perturbation.pruning import few_paths, resting_effects
from ...solvers.perturbation.solution import LocalSolution, solve_local
from ..parameters.calibration import Calibration, load_calibration
from . import sticky_ledger
from .perturbed import RegimeChain
from .protocol import (
    ONE_TIME,
    PERSISTENT_FLOW,
    Array,
    Draw,
    Funding,
    Kind,
    LedgerChange,
    Surprises,
)
from .samples import USUAL, Size
from .statistics import Simulated
from .sticky_anchors import with_intercepts
from .sticky_paths import simulated
from .surprises import odd, surprises

MATURITIES = (1, 4, 8, 20, 40, 80, 120)
FISCAL = ("e_z", "e_u")
MONETARY = ("e_m",)
_OUTPUTS = (
    "policy_rate",
    "real_rate",
    "consumption",
    "tax_ratio",
    "spending_ratio",
    "debt_value",
    "end_of_period_debt",
    "bill_price",
    "convenience_yield_bill",
    "convenience_yield_long",
)
# Ratios of the solution are to output on its trend, those of the record to output.
_RATIOS = ("end_of_period_debt", "tax_ratio", "spending_ratio", "surplus")
# Rows of the rule by order: what a lower order leaves out.
_BY_ORDER = {1: ("xx", "ss", "xxx", "ssx"), 2: ("xxx", "ssx"), 3: ()}


@dataclass(frozen=True, eq=False)
class StickyEconomy:
    """A solved sticky-price economy; rates are log per quarter.

    Attributes
    ----------
    maturities : of the curves in quarters; those one quarter shorter are there too.
    chain : the regimes that this economy may change to; a permanent one without.
    """

    name: str
    calibration: Calibration
    solution: LocalSolution
    maturities: tuple[int, ...]
    chain: RegimeChain | None = None

    @property
    def parameters(self) -> Mapping[str, float]:
        """Values by name."""
        return self.solution.parameters

    @property
    def regime(self) -> str:
        """Name of the regime that holds."""
        if self.chain is None:
            return self.calibration.economy[0]
        return list(self.chain.rules)[self.chain.position]

    @property
    def shocks(self) -> tuple[str, ...]:
        """Names of the shocks, (k,)."""
        return tuple(self.solution.shocks)

    @property
    def dividends_follow(self) -> tuple[str, ...]:
        """Consumption."""
        return ("consumption",)

    @property
    def backed_share(self) -> float:
        """Every promise is kept: theta."""
        return self.parameters["theta"]

    @property
    def spending_moves_demand(self) -> bool:
        """Purchases move demand, hours and real rates, whoever pays for them."""
        return True

    @property
    def members(self) -> tuple[StickyEconomy, ...]:
        """The economy in each of its regimes; itself where it has one."""
        if self.chain is None:
            return (self,)
        return tuple(
            replace(self, solution=rule, chain=replace(self.chain, position=i))
            for i, rule in enumerate(self.chain.rules.values())
        )

    def at_order(self, order: int) -> StickyEconomy:
        """The same economy to a lower order: derivatives do not depend on higher."""
        kept = dict.fromkeys(_BY_ORDER[order])
        rule = self.solution.rule._replace(**kept)
        lower = replace(self.solution, order=order, rule=rule)
        return replace(self, solution=lower)

    def paths(
        self,
        pushes: Sequence[Mapping[str, float]],
        horizon: int = 1,
        outputs: Sequence[str] = (),
    ) -> dict[str, np.ndarray]:
        """Outputs (horizon, len(pushes)) from the resting point with risk.

        Parameters
        ----------
        pushes : per path, shocks at the first date in standard deviations and moves
            of states at that date in their own units, by name; empty: rest.
        """
        solution, where = self.solution, self.solution.layout
        start = resting_effects(where, solution.order, solution.rule, len(pushes))
        hit = np.zeros((horizon, len(pushes), len(solution.shocks)))
        first = start.first.copy()
        sizes = np.sqrt(np.diag(solution.covariance))
        for path, push in enumerate(pushes):
            for name, size in push.items():
                if name in solution.shocks:
                    k = solution.shocks.index(name)
                    hit[0, path, k] = size * sizes[k]
                else:
                    source, weight = self._source(name)
                    place = solution.states.index(source)
                    first[path, place] += size / weight
        begin = start._replace(first=first)
        rows = solution.places(outputs)
        found = few_paths(where, solution.order, solution.rule, hit, begin, rows)
        return {n: found[:, :, k] for k, n in enumerate(outputs)}

    def _source(self, state: str) -> tuple[str, float]:
        """Lagged variable that enters nothing but a state's move, and its weight."""
        source, weight = _source_of(self.solution.model, state)
        values = {
            sp.Symbol(k, real=True): sp.Float(v) for k, v in self.parameters.items()
        }
        return source, float(as_expression(weight.xreplace(values)))

    def respond(
        self, push: Mapping[str, float], names: Sequence[str], horizon: int = 1
    ) -> dict[str, Array]:
        """Difference to rest, (horizon,) each; a push is one of ``paths``."""
        found = self.paths(({}, push), horizon, names)
        return {n: v[:, 1] - v[:, 0] for n, v in found.items()}

    def first_order_push(self, push: Mapping[str, float]) -> np.ndarray:
        """A push of ``paths`` as lagged states and shocks in their own units."""
        solution = self.solution
        n_s = len(solution.states)
        x = np.zeros(n_s + len(solution.shocks))
        sizes = np.sqrt(np.diag(solution.covariance))
        for name, size in push.items():
            if name in solution.shocks:
                k = solution.shocks.index(name)
                x[n_s + k] = size * sizes[k]
            else:
                source, weight = self._source(name)
                x[solution.states.index(source)] += size / weight
        return x

    def slope(self, name: str) -> np.ndarray:
        """First derivatives of a variable by lagged states and shocks."""
        return np.asarray(self.solution.rule.x)[self.solution.variables.index(name)]

    @cached_property
    def rest(self) -> dict[str, float]:
        """All variables where the economy stays without shocks but with risk."""
        found = self.paths(({},), 1, self.solution.variables)
        return {n: float(v[0, 0]) for n, v in found.items()}

    def persistent(self, unfunded: float) -> dict[str, float]:
        """News of 1% of GDP of spending that decays at rho_z, as moves of states.

        ``unfunded`` is the share of it that nobody has promised to repay.
        """
        size = float(np.log(1 + PERSISTENT_FLOW / self.rest["spending_ratio"]))
        return {
            "funded_spending": (1 - unfunded) * size,
            "unfunded_spending": unfunded * size,
        }

    def one_time(self, unfunded: float) -> dict[str, float]:
        """A transfer of 1% of annual GDP: a move of the face value of debt.

        Spending does not move, hence no demand; the unfunded share moves the debt that
        shadow rules govern.
        """
        size = float(np.log(1 + ONE_TIME / self.rest["debt_value"]))
        return {"log_face_value": size, "shadow_face_value": unfunded * size}

    @property
    def unfunded_share(self) -> float:
        """Share of news that the regime's own fiscal rule leaves without a promise."""
        return max(0.0, 1 - self.parameters["theta"])

    @property
    def asked_share(self) -> float:
        """Share unfunded of the news that every economy is asked about.

        What fiscal rules leave without a promise where some of it is: the largest share
        of the regimes, and that of risky debt as it ships where no regime has any.
        """
        own = max(member.unfunded_share for member in self.members)
        return own if own > 0 else _risky_share()

    def news(self, kind: Kind, funding: Funding = "as_financed") -> dict[str, float]:
        """News of spending of 1% of GDP, as moves of states."""
        shares = {
            "funded": 0.0,
            "unfunded": 1.0,
            "as_financed": self.unfunded_share,
            "asked": self.asked_share,
        }
        share = shares[funding]
        return self.persistent(share) if kind == "persistent" else self.one_time(share)

    def news_value(self, push: dict[str, float]) -> float:
        """Value of the spending that a push is news of, quarters of output."""
        return self.ledger_change(push).spending

    def shock(self, name: str, size: float = 1.0) -> dict[str, float]:
        """An innovation of ``size`` standard deviations."""
        return {name: size}

    def shocked(self, sizes: Mapping[str, float]) -> dict[str, float]:
        """Innovations by name, in standard deviations."""
        return dict(sizes)

    def stress(self, size: float = 1.0) -> dict[str, float]:
        """A rise of the demand for safe nominal assets by ``size`` s.d."""
        return self.shock("e_p", size)

    def fiscal_news(self) -> list[tuple[float, dict[str, float]]]:
        """Unfunded news of one s.d. less funded news of the same size."""
        theta = self.parameters["theta"]
        if theta >= 1:
            return []
        return [(1.0, self.shock("e_u")), (-(1 - theta) / theta, self.shock("e_z"))]

    def at_rest(self, names: Sequence[str]) -> dict[str, float]:
        """Variables and curves where the economy rests, risk included."""
        return {n: self.rest[n] for n in names}

    def ledger_change(self, push: Mapping[str, float]) -> LedgerChange:
        """Changes of the values of debt and claims, quarters of trend output."""
        return sticky_ledger.ledger_change(self, push)

    def _signed(self) -> list[dict[str, float]]:
        return [self.shock(s, sign) for sign in (1.0, -1.0) for s in self.shocks]

    def both_ways(self, names: Sequence[str]) -> dict[str, Array]:
        """Values after a shock of plus and of minus one s.d., (2, k) each."""
        path = self.paths(self._signed(), 1, names)
        return {n: v[0].reshape(2, -1) for n, v in path.items()}

    def path_means(self, names: Sequence[str], horizon: int) -> dict[str, Array]:
        """Responses to shocks of one s.d., means over ``horizon`` quarters, (k,).

        Half the difference between a positive and a negative shock.
        """
        path = self.paths(self._signed(), horizon, names)
        return {n: odd(v.mean(0).reshape(2, -1)) for n, v in path.items()}

    @property
    def surprises(self) -> Surprises:
        """Unexpected returns over a quarter, shock by shock."""
        return self._surprises

    @cached_property
    def _surprises(self) -> Surprises:
        return surprises(self)

    def return_betas(self) -> dict[str, float]:
        """Betas and correlation in closed form, from unexpected returns."""
        found = self.surprises
        return {
            "bond_stock_beta_quarterly_10y": found.beta("10y"),
            "treasury_portfolio_beta": found.beta("treasury_portfolio"),
            "stock_bond_return_correlation": found.correlation("10y"),
        }

    def claim_betas(self) -> dict[str, float]:
        """Betas of claims at first order."""
        return sticky_ledger.claim_betas(self)

    def slopes(
        self,
        outcomes: Mapping[str, Mapping[str, float]],
        on: str,
        size: Size = USUAL,
    ) -> dict[str, Simulated]:
        """Slopes in closed-form moments: without error."""
        names = tuple(dict.fromkeys(n for sums in outcomes.values() for n in sums))
        each = self.regression(names, on)
        return {
            k: Simulated(sum(w * each[n] for n, w in sums.items()), 0.0)
            for k, sums in outcomes.items()
        }

    def draw(
        self,
        names: Sequence[str],
        periods: int,
        paths: int,
        seed: int,
        disasters: bool = False,
    ) -> Draw:
        """Variables and curves on pruned paths, after a burn-in; without disasters."""
        found = simulated(self, (*names, "output"), periods, paths, seed)
        output = found["output"]
        series = {n: found[n] / output if n in _RATIOS else found[n] for n in names}
        position = 0 if self.chain is None else self.chain.position
        return Draw(series, np.full((periods, paths), position))

    def means(self, names: Sequence[str]) -> dict[str, float]:
        """Unconditional means; third-order effects have mean zero."""
        found = self._moments(names, min(self.solution.order, 2))
        return dict(zip(names, found.mean.tolist(), strict=True))

    def deviations(self, names: Sequence[str]) -> dict[str, float]:
        """Unconditional standard deviations at first order."""
        found = np.diag(self._moments(names, 1).covariance)
        return dict(zip(names, np.sqrt(found).tolist(), strict=True))

    def regression(self, names: Sequence[str], on: str) -> dict[str, float]:
        """Unconditional slopes of variables on another one, to the solution's order."""
        found = self._moments((*names, on)).covariance
        slopes = found[:-1, -1] / found[-1, -1]
        return dict(zip(names, slopes.tolist(), strict=True))

    def shares(self, name: str) -> dict[str, float]:
        """Share of each shock in the variance of a variable, at first order."""
        own = self.solution.covariance
        parts = []
        for k in range(len(own)):
            alone = np.zeros_like(own)
            alone[k, k] = own[k, k]
            parts.append(self._moments((name,), 1, alone).covariance[0, 0])
        total = sum(parts)
        return {
            s: float(v / total)
            for s, v in zip(self.solution.shocks, parts, strict=True)
        }

    def gross_authority(self) -> dict[str, float]:
        """Shares of fiscal shocks in ten-year expected inflation, with their demand.

        Among fiscal and monetary shocks on impact, and in the variance over all shocks.
        """
        name = "expected_inflation_40"
        moves = {
            s: float(self.respond(self.shock(s), (name,))[name][0])
            for s in (*FISCAL, *MONETARY)
        }
        gross = sum(moves[s] ** 2 for s in FISCAL)
        money = sum(moves[s] ** 2 for s in MONETARY)
        every = self.shares(name)
        return {
            "fiscal_share_gross": gross / (gross + money),
            "fiscal_share_of_all_shocks": sum(every[s] for s in FISCAL),
        }

    def _moments(
        self,
        names: Sequence[str],
        order: int | None = None,
        covariance: np.ndarray | None = None,
    ) -> Moments:
        """Of a permanent regime, or in the regime that holds."""
        if self.chain is None:
            return self.solution.moments_of(names, order, covariance)
        every = list(self.solution.variables)
        rows = [every.index(n) for n in names]
        own = self.solution.covariance if covariance is None else covariance
        return regime_moments(self.chain, rows, own)


@lru_cache(maxsize=1)
def _risky_share() -> float:
    """Share of spending that risky debt as it ships leaves unfunded."""
    shipped = load_calibration("sticky_risky", sticky_price_economy())
    return 1 - float(np.ravel(shipped.as_arrays()["theta"])[0])


def regime_moments(
    chain: RegimeChain, rows: Sequence[int], covariance: np.ndarray
) -> Moments:
    """Moments of ``rows`` of the rule in the regime that holds, at first order.

    Conditional on the regime at t, whatever came before; ``covariance`` is that of the
    shocks. States' second moments V solve V_j = N_j (sum_i b_ji V_i) N_j' + shocks
    (Costa, Fragoso and Marques 2005, section 3.4). No autocovariances.
    """
    rules = list(chain.rules.values())
    states = list(rules[0].layout.states)
    n_s, count = len(states), len(rules)
    x = [np.asarray(rule.rule.x) for rule in rules]
    law = np.array([a[states] for a in x])
    system = np.eye(count * n_s**2)
    blocks = system.reshape(count, n_s**2, count, n_s**2)
    for j, own in enumerate(law):
        doubled = np.kron(own[:, :n_s], own[:, :n_s])
        blocks[j] -= chain.before[j][None, :, None] * doubled[:, None, :]
    news = [a[:, n_s:] @ covariance @ a[:, n_s:].T for a in law]
    found = np.linalg.solve(system, np.ravel(news)).reshape(count, n_s, n_s)
    here = chain.position
    past = np.tensordot(chain.before[here], found, axes=1)
    own = x[here][list(rows)]
    spread = own[:, :n_s] @ past @ own[:, :n_s].T
    spread = spread + own[:, n_s:] @ covariance @ own[:, n_s:].T
    mean = np.asarray(rules[here].rule.steady)[list(rows)]
    return Moments(mean, spread, np.zeros((0, *spread.shape)))


@lru_cache(maxsize=32)
def _source_of(model: DynamicModel, state: str) -> tuple[str, sp.Expr]:
    for equation in model.equations:
        if equation.name != f"move_{state}":
            continue
        lags = [s for s in equation.right.free_symbols if name_and_date(s)[1] == -1]
        for lag in sorted(lags, key=str):
            users = [
                e
                for e in model.equations
                if lag in e.left.free_symbols | e.right.free_symbols
            ]
            weight = sp.diff(equation.right, lag)
            moving = {str(s) for s in weight.free_symbols} - {
                p.name for p in model.parameters
            }
            if len(users) == 1 and not moving:
                return name_and_date(lag)[0], weight
        raise DeclarationError(
            f"'{state}' cannot be moved alone: no lag enters only its own equation"
        )
    states = [
        e.name.removeprefix("move_")
        for e in model.equations
        if e.name.startswith("move_")
    ]
    raise DeclarationError(not_found("shock or state", state, states))


@lru_cache(maxsize=4)
def sticky_dynamics(
    taxes: str = "lump_sum", regimes: tuple[str, ...] = ("permanent",)
) -> DynamicModel:
    """The sticky-price economy in the general form, with what prices need.

    Arguments as in ``sticky_price_economy``.
    """
    model = sticky_price_economy(taxes=taxes, regimes=regimes)
    weights = {n.name: n.weight for n in model.numeraires}
    real, outputs = general_expression(model, weights["real"])
    wedge, others = general_expression(model, safety_demand)
    needed = dict.fromkeys((*outputs, *others, *_OUTPUTS))
    form = dynamic_form(model, tuple(needed))
    bill, long = (Dated(f"convenience_yield_{k}") for k in ("bill", "long"))
    pricing = Pricing(real * sp.exp(wedge), Dated("inflation"), bill, long)
    return priced_model(form, pricing)


def solve_sticky(
    name: str,
    overrides: Mapping[str, Any] | None = None,
    order: int = 3,
    maturities: Sequence[int] = MATURITIES,
    taxes: str = "lump_sum",
    intercepts: bool = True,
) -> StickyEconomy:
    """Solve a calibration of the sticky-price economy by perturbation, once.

    Parameters
    ----------
    overrides : parameter -> value.
    order : 1, 2 or 3.
    maturities : of the curves in quarters.
    taxes : ``"lump_sum"`` or ``"distortionary"``.
    intercepts : solve for them when means miss their targets after overrides. They
        stay as given with ``False``, at order one, which knows no effect of risk on
        means, and where an override names one.

    Raises
    ------
    CalibrationError
        Naming every inadmissible override.
    SolutionError, SteadyStateError, DeterminacyError
        From the solver, naming equation, parameter or anchor.
    """
    given = tuple(sorted((overrides or {}).items()))
    anchored = bool(given) and intercepts and order > 1
    return _solved(name, given, order, tuple(maturities), taxes, anchored)


@lru_cache(maxsize=64)
def _solved(name, overrides, order, maturities, taxes, anchored) -> StickyEconomy:
    model = sticky_price_economy(taxes=taxes)
    calibration = load_calibration(name, model)
    if overrides:
        calibration = calibration.with_values(**dict(overrides))
    named = {a.parameter for a in model.anchors} & {k for k, _ in overrides}
    if anchored and not named:
        calibration = with_intercepts(model, calibration)
    return _economy(name, calibration, {}, order, maturities, taxes)


def estimated_sticky(name: str, estimates: Mapping[str, float]) -> StickyEconomy:
    """A calibration with estimated parameters, to first order.

    Estimates may be where calibrations are not admissible: a draw of a posterior is
    what it is.

    Raises
    ------
    SolutionError, SteadyStateError, DeterminacyError
        From the solver, naming equation or parameter.
    """
    calibration = load_calibration(name, sticky_price_economy())
    return _economy(name, calibration, estimates, 1, MATURITIES, "lump_sum")


def _economy(name, calibration, estimates, order, maturities, taxes) -> StickyEconomy:
    values = {k: float(np.ravel(v)[0]) for k, v in calibration.as_arrays().items()}
    solution = solve_local(sticky_dynamics(taxes), order, {**values, **estimates})
    every = {n for m in maturities for n in (m, m - 1) if n >= 1}
    solution = with_curves(solution, tuple(sorted(every)))
    return StickyEconomy(name, calibration, solution, maturities)
