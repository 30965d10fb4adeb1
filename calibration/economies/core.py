"""Solved core economies: a calibration, its solution and its prices in one object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from ...models.core import REDISTRIBUTION
from ...models.declaration import Model
from ...solvers.errors import SolutionError
from ...solvers.pricing.curves import TermStructure, term_structure
from ...solvers.projection.operators import Operators
from ...solvers.projection.simulate import Draws, Walk, flat, staying
from ...solvers.projection.solution import GlobalSolution
from ..parameters.calibration import Calibration
from . import claims
from .core_solution import COARSE, FINE, INTERCEPTS, load, solved, solver_options
from .ledger import Ledger, betas, ledger
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
from .samples import USUAL, Size, sample
from .statistics import Simulated, beta
from .surprises import surprises

MATURITIES = (1, 4, 8, 20, 40, 80, 120)
NUMERAIRES = ("physical", "real", "growth", "nominal")
# What the ledger and the strips expect without interpolation.
EXPECTED = (
    *(("growth", n) for n in ("debt_value", "spending_value")),
    *(("physical", n) for n in ("inflation", "output_growth")),
)
# Quarters that simulated panels leave out at the start.
BURN = 200
# Links that samples record together: one program serves every moment and beta.
LINKS = (
    "inflation_next",
    "output_growth_next",
    "consumption_growth_next",
    "equity_return_next",
    "log_bond_price_next",
)
# Numbers of the simulated panels that an economy remembers, at most.
KEPT = 20_000_000
# Curves are named after a maturity in quarters.
_CURVE = re.compile(r"[a-z_]+_(\d+)")
# States without and with a push, (1, d) each.
Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class CoreEconomy:
    """A solved core economy. Prices are computed when first asked for.

    Attributes
    ----------
    pricing : levels of the grid on which prices live; None is the solution's own grid.
    position : of the regime that holds.
    whole : the economy of which this is a regime; its prices are shared.
    """

    name: str
    calibration: Calibration
    solution: GlobalSolution
    pricing: tuple[int, ...] | None = None
    position: int = 0
    whole: CoreEconomy | None = field(default=None, init=False, repr=False)

    @property
    def model(self) -> Model:
        """The declaration."""
        return self.solution.model

    @property
    def regimes(self) -> tuple[str, ...]:
        """Names of the regimes as the calibration calls them."""
        return self.calibration.economy

    @property
    def regime(self) -> str:
        """Name of the regime that holds."""
        return self.regimes[self.position]

    @property
    def members(self) -> tuple[CoreEconomy, ...]:
        """The economy in each of its regimes; itself where it has one."""
        return self._members

    @cached_property
    def _members(self) -> tuple[CoreEconomy, ...]:
        if len(self.regimes) == 1:
            return (self,)
        found = tuple(replace(self, position=k) for k in range(len(self.regimes)))
        for member in found:
            object.__setattr__(member, "whole", self)
        return found

    @cached_property
    def operators(self) -> Operators:
        """Pricing operators on the pricing grid."""
        if self.whole is not None:
            return self.whole.operators
        return self.solution.operators(
            NUMERAIRES, levels=self.pricing, expected=EXPECTED
        )

    @property
    def curves(self) -> TermStructure:
        """Nominal and real curves at ``MATURITIES`` (quarters), with their parts."""
        return self._curves if self.whole is None else self.whole.curves

    @cached_property
    def _curves(self) -> TermStructure:
        return self._term_structure(MATURITIES)

    def _term_structure(self, maturities: Sequence[int]) -> TermStructure:
        found = term_structure(self.operators, maturities)
        # Nobody needs them often enough to keep them in memory.
        self.operators.forget_tables()
        return found

    @property
    def ledger(self) -> Ledger:
        """The valuation ledger."""
        return self._ledger if self.whole is None else self.whole.ledger

    @cached_property
    def _ledger(self) -> Ledger:
        return ledger(self.operators)

    @property
    def parameters(self) -> Mapping[str, float]:
        """Values by name in the regime that holds."""
        return self._parameters

    @cached_property
    def _parameters(self) -> dict[str, float]:
        given, count = self.solution.parameters, self.solution.regimes
        return {
            k: float(np.broadcast_to(np.ravel(np.asarray(v)), count)[self.position])
            for k, v in given.items()
        }

    @property
    def maturities(self) -> tuple[int, ...]:
        """Of the curves, in quarters."""
        return MATURITIES

    @property
    def shocks(self) -> tuple[str, ...]:
        """Names of the shocks, (k,)."""
        return tuple(s.name for s in self.model.shocks)

    @property
    def dividends_follow(self) -> tuple[str, ...]:
        """None: output is an endowment, and dividends are paid from it."""
        return ()

    @property
    def backed_share(self) -> float:
        """Theta times the share of a promise on persistent news that investors price.

        At the resting point, should the regime last.

        Raises
        ------
        SolutionError
            As of ``news`` that is funded.
        """
        if self.parameters["breach"] == 0:
            return self.parameters["theta"]
        push = self.news("persistent")
        return self._promised(push) / self.news_value(push)

    @property
    def spending_moves_demand(self) -> bool:
        """Spending is transfers of an endowment: funded news moves nothing."""
        return False

    def simulate(
        self,
        outputs: Sequence[str],
        periods: int,
        paths: int,
        seed: int,
        events: bool = False,
    ) -> Walk:
        """Simulate from the centre of the domain.

        Parameters
        ----------
        outputs : dated t, or links, of which ``LINKS`` share one compiled program.
        periods, paths : quarters, from the start, and number of paths.

        Returns
        -------
        states (T, paths, d), regimes (T, paths) and outputs (T, paths, n), per quarter;
        without rare events unless ``events``.
        """
        solution = self.solution
        links = tuple(n for n in outputs if n not in solution.outputs)
        links = LINKS if set(links) <= set(LINKS) else links
        drawn = self._drawn if self.whole is None else self.whole._drawn
        key = (links, periods, paths, seed, events)
        if key not in drawn:
            walk = solution.walk(links, periods, paths, seed, events=events)
            series = dict(zip(links, np.moveaxis(walk.outputs, -1, 0), strict=True))
            # Studies come back to few panels, and large ones are not kept for long.
            while drawn and (
                len(drawn) >= 4 or _numbers(drawn) + walk.states.size > KEPT
            ):
                drawn.pop(next(iter(drawn)))
            drawn[key] = (walk, series)
        walk, series = drawn[key]
        missing = [n for n in dict.fromkeys(outputs) if n not in series]
        if missing:
            found = solution.observe(missing, flat(walk.states), flat(walk.regimes))
            shaped = found.T.reshape(-1, *walk.regimes.shape)
            series |= dict(zip(missing, shaped, strict=True))
        columns = [series[n] for n in outputs]
        shape = (*walk.regimes.shape, 0)
        values = np.stack(columns, axis=-1) if columns else np.zeros(shape)
        return walk._replace(outputs=values)

    @cached_property
    def _drawn(self) -> dict[tuple, tuple[Walk, dict[str, Array]]]:
        """Paths by what they depend on, and what has been seen along them by name."""
        return {}

    def rest(self, regime: int | None = None) -> np.ndarray:
        """Ergodic mean of the states in a regime, the one that holds; shape (d,)."""
        return self.solution.resting_point(self.position if regime is None else regime)

    def at_rest(self, names: Sequence[str]) -> dict[str, float]:
        """Variables and curves at the ergodic mean of the states."""
        found = self.observed(names, self.rest()[None])
        return {n: float(v[0]) for n, v in found.items()}

    def news(self, kind: Kind, funding: Funding = "as_financed") -> Pair:
        """News of 1% of GDP: a flow that decays at rho_z, or a transfer of a year's.

        Asked about, it is as financed. News of a flow moves stress where
        ``stress_news`` is not zero. A transfer adds to what is owed to bondholders, and
        its promised share, theta, to the account. Funded news is backed by promises
        worth all of it.
        """
        share = {"funded": 1.0, "unfunded": 0.0}.get(funding)
        if kind == "one_time":
            return self._transfer(share)
        rest, sigma = self.rest(), self.parameters["sigma_z"]
        ratio = self._seen("spending_ratio", rest[None])
        size = float(np.log(1 + PERSISTENT_FLOW / ratio) / sigma)
        still, hit = self.shock("e_z", 0.0), self.shock("e_z", size)
        pair = (still[0], hit[1])
        return pair if share is None else self._backed(pair, share)

    def _transfer(self, share: float | None) -> Pair:
        """A transfer backed by promises worth ``share`` of it; None is as financed."""
        rest = self.solution.shocked(self.rest(), {}, self.position)
        names = ["face_value", "debt_value", "promise_value"]
        face, debt, promise = self.solution.observe(names, rest, self.position)[0]
        backed = self.parameters["theta"] * promise if share is None else share
        f, n = (self.solution.states.index(s) for s in ("backing", "debt_gap"))
        hit = rest.copy()
        hit[0, f] = np.log(np.exp(rest[0, f]) + backed * ONE_TIME)
        hit[0, n] = np.log(face * (1 + ONE_TIME / debt)) - hit[0, f]
        return rest, hit

    def at_given_stress(self, push: Pair) -> Pair:
        """The same push with stress as it was, and what is owed and promised as hit."""
        before, hit = push
        observe, own = self.solution.observe, self.position
        k, f, n = map(self.solution.states.index, ("stress", "backing", "debt_gap"))
        calm = hit.copy()
        calm[:, k] = before[:, k]
        account = observe(["backing_account"], hit, own)[:, 0]
        values = ["output_value", "unfunded_value", "promise_value"]
        output, unfunded, promise = observe(values, calm, own).T
        taxes = self.parameters["tax_reference"] * output
        calm[:, f] = np.log(taxes + promise * account - unfunded)
        calm[:, n] += hit[:, f] - calm[:, f]
        return before, calm

    def _backed(self, pair: Pair, share: float) -> Pair:
        """The same news backed by promises worth ``share`` of its spending."""
        more = share * self.news_value(pair) - self._promised(pair)
        f, n = (self.solution.states.index(s) for s in ("backing", "debt_gap"))
        hit = pair[1].copy()
        hit[0, f] = np.log(np.exp(hit[0, f]) + more)
        # What is owed stays as it was.
        hit[0, n] += pair[1][0, f] - hit[0, f]
        return pair[0], hit

    def _claims(self, pair: Pair) -> tuple[float, float]:
        """Changes of the values of spending and of what promises leave unfunded."""
        names = ("spending_value", "unfunded_value")
        spending, unfunded = (
            self._seen(n, pair[1]) - self._seen(n, pair[0]) for n in names
        )
        return spending, unfunded

    def news_value(self, push: Pair) -> float:
        """Value of the spending that a push is news of, quarters of output.

        At given stress. Where spending moves the kernel, its gap is valued as one that
        decays at rho_z, at the kernel before the news.
        """
        if REDISTRIBUTION.name not in self.parameters:
            return self._claims(self.at_given_stress(push))[0]
        per_unit = self._seen("decaying_spending_value", push[0])
        ratio = [self._seen("spending_ratio", place) for place in push]
        return per_unit * (ratio[1] - ratio[0])

    def _promised(self, push: Pair) -> float:
        """What promises are worth that come with news of spending, if the regime lasts.

        The reference policy, that of the last regime, leaves the rest unfunded.

        Raises
        ------
        SolutionError
            The regime breaches promises, and not as the reference policy does.
        """
        given = self.parameters
        theta, reference = given["theta"], given["theta_reference"]
        if given["breach"] == 0:
            return theta * self.news_value(push)
        if given["breach"] != given["breach_reference"] or reference == 0 < theta:
            raise SolutionError(
                f"promises of regime '{self.regime}' are priced as the last regime "
                "makes and breaches them; give both regimes one value of breach, and "
                "the last one a theta above zero, or this one no breach"
            )
        spending, unfunded = self._claims(self.at_given_stress(push))
        return theta / reference * (spending - unfunded) if theta > 0 else 0.0

    def shock(self, name: str, size: float = 1.0) -> Pair:
        """An innovation of ``size`` standard deviations."""
        return self.shocked({name: size})

    def shocked(self, sizes: Mapping[str, float]) -> Pair:
        """Innovations by name, in standard deviations; no disaster."""
        rest, shocked = self.rest(), self.solution.shocked
        still, hit = (shocked(rest, s, self.position) for s in ({}, sizes))
        return still, hit

    def stress(self, size: float = 1.0) -> Pair:
        """A rise of the log odds of a disaster by ``size`` standard deviations."""
        return self.shock("e_p", size)

    def respond(
        self, push: Pair, names: Sequence[str], horizon: int = 1
    ) -> dict[str, Array]:
        """Change of variables and curves, (horizon,) each; the regime lasts."""
        if horizon == 1:
            before, after = (self.observed(names, p) for p in push)
            return {n: after[n] - before[n] for n in names}
        variables = [n for n in names if _CURVE.fullmatch(n) is None]
        model, shape = self.model, (horizon, 2)
        draws = Draws(
            np.zeros((*shape, len(model.shocks))),
            np.ones((*shape, len(model.events))),
            np.full(shape, staying(self.position, self.solution.regimes)),
        )
        walk = self.solution.walk(
            variables,
            0,
            2,
            0,
            start=np.concatenate(push),
            start_regimes=np.full(2, self.position),
            draws=draws,
        )
        change = walk.outputs[:, 1] - walk.outputs[:, 0]
        found = {n: change[:, k] for k, n in enumerate(variables)}
        longer = [n for n in names if n not in found]
        if longer:
            ends = (self.observed(longer, walk.states[:, k]) for k in (0, 1))
            before, after = ends
            found |= {n: after[n] - before[n] for n in longer}
        return {n: found[n] for n in names}

    def ledger_change(self, push: Pair) -> LedgerChange:
        """Changes of the entries of the ledger, quarters of output."""
        before, after = (self.ledger(p, self.position) for p in push)
        change = {k: float(after[k][0] - before[k][0]) for k in before}
        return LedgerChange(**change, owed=float(before["debt"][0]))

    def fiscal_news(self) -> list[tuple[float, Pair]]:
        """One s.d. of spending news."""
        return [(1.0, self.shock("e_z"))]

    def both_ways(self, names: Sequence[str]) -> dict[str, Array]:
        """Values after a shock of plus and of minus one s.d., (2, k) each."""
        rest = self.rest()
        sizes = [{s: sign} for sign in (1.0, -1.0) for s in self.shocks]
        hit = [self.solution.shocked(rest, push, self.position) for push in sizes]
        found = self.observed(names, np.concatenate(hit))
        return {n: v.reshape(2, -1) for n, v in found.items()}

    def path_means(self, names: Sequence[str], horizon: int) -> dict[str, Array]:
        """Responses to shocks of one s.d., means over ``horizon`` quarters, (k,)."""
        paths = [self.respond(self.shock(s), names, horizon) for s in self.shocks]
        return {n: np.array([p[n].mean() for p in paths]) for n in names}

    @property
    def surprises(self) -> Surprises:
        """Unexpected returns over a quarter, shock by shock."""
        return self._surprises

    @cached_property
    def _surprises(self) -> Surprises:
        return surprises(self)

    def returns(
        self, periods: int = 240, paths: int = 100, seed: int = 5
    ) -> dict[str, Array]:
        """Quarterly nominal log excess returns (paths * periods,) without disasters.

        The ten-year bond is held for a quarter and sold as a ten-year bond again, the
        usual constant-maturity approximation; excess over the bill yield. ``regime`` is
        the position of the one at the earlier date.
        """
        outputs = (
            "equity_return_next",
            "inflation_next",
            "log_bond_price",
            "log_bond_price_next",
        )
        walk = self.simulate(outputs, periods + 100, paths, seed)
        states, regimes, values = (part[100:] for part in walk)
        shape = regimes.shape
        curves = self.curves(
            ["yield_1", "yield_40"],
            states.reshape(-1, states.shape[-1]),
            regimes.reshape(-1),
        ).reshape(*shape, 2)
        bill, long = curves[:-1, :, 0], curves[..., 1]
        omega = self.parameters["omega"]
        portfolio = np.log(1 + omega * np.exp(values[..., 3])) - values[..., 2]
        return {
            "regime": regimes[:-1].reshape(-1),
            "equity": (values[:-1, :, 0] + values[:-1, :, 1] - bill).reshape(-1),
            "bond_10y": (40 * long[:-1] - 39 * long[1:] - bill).reshape(-1),
            "treasury_portfolio": (portfolio[:-1] - bill).reshape(-1),
        }

    def return_betas(self) -> dict[str, float]:
        """Betas and correlation of simulated quarters without disasters."""
        drawn = self.returns()
        here = drawn["regime"] == self.position
        kept = {k: v[here] for k, v in drawn.items()}
        slopes = betas(kept, kept["equity"], ["bond_10y", "treasury_portfolio"])
        correlation = float(np.corrcoef(kept["bond_10y"], kept["equity"])[0, 1])
        return {
            "bond_stock_beta_quarterly_10y": slopes["bond_10y"],
            "treasury_portfolio_beta": slopes["treasury_portfolio"],
            "stock_bond_return_correlation": correlation,
        }

    def claim_betas(self) -> dict[str, float]:
        """Betas of claims in simulated quarters without disasters."""
        positions = claims.claim_sample(self)
        slopes = claims.claim_betas(positions, self.position)
        left = claims.contributions(positions, self.position)["residual"]
        return {**{k: v.value for k, v in slopes.items()}, "residual": left}

    def slopes(
        self,
        outcomes: Mapping[str, Mapping[str, float]],
        on: str,
        size: Size = USUAL,
    ) -> dict[str, Simulated]:
        """Slopes in samples without disasters, with jackknife errors over paths.

        Paths are independent, so autocorrelation along a path does not bias errors.
        """
        names = tuple(dict.fromkeys(n for sums in outcomes.values() for n in sums))
        drawn = sample(self, (on,), names, size=size)
        mask, factor = drawn.mask(self.position), drawn.series[on]
        weighted = {
            k: np.asarray(sum(w * drawn.series[n] for n, w in sums.items()))
            for k, sums in outcomes.items()
        }
        return {k: beta(mask, v, factor) for k, v in weighted.items()}

    def draw(
        self,
        names: Sequence[str],
        periods: int,
        paths: int,
        seed: int,
        disasters: bool = False,
    ) -> Draw:
        """Variables and curves on simulated paths, after a burn-in; all regimes."""
        longer = [n for n in names if _CURVE.fullmatch(n)]
        variables = [n for n in names if n not in longer]
        walk = self.simulate(variables, periods + BURN, paths, seed, events=disasters)
        states, which, values = (part[BURN:] for part in walk)
        found = {n: values[..., k] for k, n in enumerate(variables)}
        if longer:
            flat = states.reshape(-1, states.shape[-1])
            curves = np.asarray(self.curves(longer, flat, which.reshape(-1)))
            shaped = np.moveaxis(curves, -1, 0).reshape(-1, *which.shape)
            found |= dict(zip(longer, shaped, strict=True))
        return Draw({n: found[n] for n in names}, which)

    def _seen(self, name: str, points: np.ndarray) -> float:
        return float(self.solution.observe([name], points, self.position)[0, 0])

    def observed(self, names: Sequence[str], points: np.ndarray) -> dict[str, Array]:
        """Variables and curves at states (P, d) in the regime that holds, (P,) each."""
        longer = [n for n in names if _CURVE.fullmatch(n)]
        variables = [n for n in names if n not in longer]
        found: dict[str, Array] = {}
        if variables:
            values = self.solution.observe(variables, points, self.position)
            found |= dict(zip(variables, values.T, strict=True))
        if longer:
            values = self._curves_of(longer)(longer, points, self.position)
            found |= dict(zip(longer, np.asarray(values).T, strict=True))
        return {n: found[n] for n in names}

    def _curves_of(self, names: Sequence[str]) -> TermStructure:
        """The curves at the maturities of the names."""
        found = [_CURVE.fullmatch(n) for n in names]
        needed = sorted({int(m[1]) for m in found if m is not None})
        # These come first: others are picked from what is priced for them.
        usual = self.curves
        if set(needed) <= set(MATURITIES):
            return usual
        key = tuple(needed)
        if key not in self._others:
            self._others[key] = self._term_structure(needed)
        return self._others[key]

    @cached_property
    def _others(self) -> dict[tuple[int, ...], TermStructure]:
        """Curves at maturities that are not among the usual ones, once asked for."""
        return {}


def _numbers(drawn: Mapping[tuple, tuple[Walk, dict[str, Array]]]) -> int:
    """Numbers that remembered panels hold."""
    panels = drawn.values()
    return sum(w.states.size + sum(v.size for v in seen.values()) for w, seen in panels)


def solve_economy(
    name: str,
    overrides: Mapping[str, Any] | None = None,
    levels: Sequence[tuple[int, ...]] | None = None,
    report: Callable[[str], None] | None = None,
    intercepts: bool = True,
) -> CoreEconomy:
    """Solve a shipped calibration, or a file, with overrides.

    Parameters
    ----------
    overrides : parameter -> value (or one value per regime).
    levels : of the nominal block, coarse to fine; see ``solver_options``.
    intercepts : solve for them when their means miss the targets; ``False`` keeps the
        given values, as derivatives and fast sweeps do.

    Raises
    ------
    CalibrationError
        Naming every inadmissible override.
    SolutionError, DeterminacyError
        From the solver, naming equation or parameter.
    """
    model, calibration = load(name, overrides or ())
    if overrides:
        calibration = calibration.with_values(**dict(overrides))
    return CoreEconomy(name, *solved(model, calibration, levels, report, intercepts))


__all__ = [
    "COARSE",
    "FINE",
    "INTERCEPTS",
    "MATURITIES",
    "CoreEconomy",
    "SolutionError",
    "load",
    "solve_economy",
    "solver_options",
]
