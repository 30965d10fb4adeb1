"""What every solved economy can be asked, whichever method solved it.

``Answers`` is the interface that the front door knows: arrays inside, names of parts,
claims and assets that are the same for the flexible-price economies, solved globally,
and the sticky-price ones, solved by perturbation. Rates are log per quarter, values
quarters of output.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import FiscaxError
from ...models.declaration import Model, not_found
from ...models.sticky import sticky_price_economy
from ...solvers.pricing import ledger as valuation
from ...solvers.pricing.curves import PARTS
from ..parameters.calibration import Calibration
from ..parameters.checks import suggestion
from ..parameters.files import find, read
from . import responses, sticky_ledger, sticky_news
from .core import MATURITIES, Economy
from .moments import model_moments
from .series import Panel, simulated_panel
from .statistics import Array
from .sticky import LocalEconomy
from .sticky_series import local_moments, local_panel
from .store import EconomyStore, parameters_of, unclaimed

# A nominal yield and what it is made of; the last six parts add up to it.
CURVE = ("yield", "real", "term_premium", *PARTS)
SPENDING, TRANSFER = "persistent", "one_time"
# Standard deviations of stress.
STRESS = {"stress_1sd": 1.0, "stress_3sd": 3.0}
NEWS = (SPENDING, TRANSFER, *STRESS)
# What backs the debt, and what the identity leaves.
ENTRIES = ("debt", "tax", "spending", "convenience", "residual")
SHARES = ("share_taxpayers", "share_bondholders", "share_convenience")
STICKY = "sticky_prices"
FINE, COARSE = "fine", "coarse"
GRIDS = (COARSE, FINE)


class NotOfferedError(FiscaxError):
    """The solution of this economy cannot answer the question."""


@dataclass(frozen=True, eq=False)
class Answers(ABC):
    """A solved economy in one of its regimes.

    Attributes
    ----------
    calibration : its parameters. regime : position of the regime that holds.
    """

    calibration: Calibration
    regime: int

    @property
    @abstractmethod
    def model(self) -> Model:
        """The declaration."""

    @property
    @abstractmethod
    def solution(self) -> Any:
        """What the solver found."""

    @abstractmethod
    def curve(self) -> dict[str, Array]:
        """Every part of the curve (m,) at ``MATURITIES`` where the economy rests."""

    @abstractmethod
    def news(self, kind: str) -> dict[str, Array]:
        """Changes of every part (m,) on impact, and of the log price of ``equity``."""

    @abstractmethod
    def ledger(self) -> dict[str, float]:
        """Values of ``ENTRIES`` where the economy rests."""

    @abstractmethod
    def identity(self, points: int) -> tuple[dict[str, Array], dict[str, float]]:
        """Values of ``ENTRIES`` (points,) on the ergodic set, and spectral radii.

        Raises
        ------
        NotOfferedError
            The solution is not evaluated off its resting point.
        """

    @abstractmethod
    def borne(self) -> dict[str, float]:
        """Who bears persistent spending news: ``SHARES`` and ``revaluation``."""

    @abstractmethod
    def betas(self) -> dict[str, tuple[float, float]]:
        """Slope on equity and correlation with it, of unexpected returns by asset."""

    @abstractmethod
    def moments(self, periods: int, paths: int, seed: int) -> Any:
        """Simulated moments, one row each."""

    @abstractmethod
    def panel(self, periods: int, paths: int, seed: int) -> Panel:
        """Simulated series in the record's units."""

    @abstractmethod
    def respond(
        self, shocks: Mapping[str, float], outputs: Sequence[str], horizon: int
    ) -> dict[str, Array]:
        """Difference to rest (horizon,) of variables and of parts named ``PART_n``."""

    def _checked(self, shocks: Mapping[str, float]) -> None:
        known = [s.name for s in self.model.shocks]
        for name in shocks:
            if name not in known:
                raise FiscaxError(not_found("shock", name, known))


@dataclass(frozen=True, eq=False)
class CoreAnswers(Answers):
    """An economy with flexible prices, solved globally."""

    economy: Economy

    @property
    def model(self) -> Model:
        """The declaration."""
        return self.economy.model

    @property
    def solution(self) -> Any:
        """What the solver found."""
        return self.economy.solution

    def curve(self) -> dict[str, Array]:
        """At the ergodic mean of the regime's states."""
        return _by_part(self._curves(self.economy.rest(self.regime))[0])

    def news(self, kind: str) -> dict[str, Array]:
        """Difference of two paths after a quarter."""
        before, after = self._pair(kind)
        change = self._curves(after)[0] - self._curves(before)[0]
        prices = [
            float(self.solution.observe(["price_dividend"], p, self.regime)[0, 0])
            for p in (before, after)
        ]
        return _by_part(change) | {"equity": np.array(np.log(prices[1] / prices[0]))}

    def _pair(self, kind: str) -> tuple[Array, Array]:
        if kind == SPENDING:
            return responses.persistent_spending(self.economy, self.regime)
        if kind == TRANSFER:
            return responses.transfer(self.economy, self.regime)
        return responses.stress(self.economy, self.regime, STRESS[kind])

    def _curves(self, points: Array) -> Array:
        """Parts (P, parts * m) at states."""
        return self.economy.curves(_LABELS, points, self.regime)

    def ledger(self) -> dict[str, float]:
        """At the ergodic mean of the regime's states."""
        found = self.economy.ledger(self.economy.rest(self.regime), self.regime)
        return {k: float(found[k][0]) for k in ENTRIES}

    def identity(self, points: int) -> tuple[dict[str, Array], dict[str, float]]:
        """Every so many points of the solver's own ergodic sample."""
        states, regimes = self.solution.ergodic_sample
        chosen = np.linspace(0, len(states) - 1, min(points, len(states))).astype(int)
        ledger = self.economy.ledger
        found = ledger(states[chosen], regimes[chosen])
        radii = {
            "spectral_radius": ledger.radius,
            "spectral_radius_with_convenience": ledger.radius_with_convenience,
        }
        return {k: found[k] for k in ENTRIES}, radii

    def borne(self) -> dict[str, float]:
        """Shares of the change in the value of spending."""
        pair = self._pair(SPENDING)
        found = responses.ledger_shares(self.economy, self.regime, pair)
        return {k: q.value for k, q in found.items()}

    def betas(self) -> dict[str, tuple[float, float]]:
        """Of simulated quarterly excess returns, without disasters."""
        every = responses.simulated_returns(self.economy)
        here = every["regime"] == self.regime
        sample = {k: v[here] for k, v in every.items() if k != "regime"}
        equity = sample.pop("equity")
        slopes = valuation.betas(sample, equity, list(sample))
        return {
            k: (slopes[k], float(np.corrcoef(v, equity)[0, 1]))
            for k, v in sample.items()
        }

    def moments(self, periods: int, paths: int, seed: int) -> Any:
        """Conditional on the regime where there are several."""
        regime = self.regime if len(self.calibration.economy) > 1 else None
        return model_moments(self.economy, regime, periods, paths, seed)

    def panel(self, periods: int, paths: int, seed: int) -> Panel:
        """Of all regimes, without disasters."""
        return simulated_panel(self.economy, periods, paths, seed, disasters=False)

    def respond(
        self, shocks: Mapping[str, float], outputs: Sequence[str], horizon: int
    ) -> dict[str, Array]:
        """Difference of two paths without later shocks and without disasters."""
        self._checked(shocks)
        rest, step = self.economy.rest(self.regime), self.solution.shocked
        path = [np.concatenate([step(rest, s, self.regime) for s in (shocks, {})])]
        for _ in range(horizon - 1):
            path.append(step(path[-1], {}, self.regime))
        states = np.concatenate(path)
        priced = [n for n in outputs if n in _LABELS]
        others = [n for n in outputs if n not in _LABELS]
        found: dict[str, Array] = {}
        if others:
            values = self.solution.observe(others, states, self.regime)
            found |= _gaps(others, values)
        if priced:
            found |= _gaps(priced, self.economy.curves(priced, states, self.regime))
        return {n: found[n] for n in outputs}


@dataclass(frozen=True, eq=False)
class StickyAnswers(Answers):
    """An economy with sticky prices, solved by perturbation, in one of its regimes.

    News of spending moves demand, whoever pays for it: news are net of the same news
    fully funded, and where debt is safe all of it is without a promise of taxes.
    """

    economy: LocalEconomy

    @property
    def model(self) -> Model:
        """The declaration."""
        names = self.calibration.economy
        regimes = tuple(names) if len(names) > 1 else ("permanent",)
        return sticky_price_economy(regimes=regimes)

    @property
    def solution(self) -> Any:
        """What the solver found."""
        return self.economy.solution

    def curve(self) -> dict[str, Array]:
        """Where the economy stays without shocks but with risk."""
        return _by_part(np.array([self.economy.rest[n] for n in _LABELS]))

    def news(self, kind: str) -> dict[str, Array]:
        """Response on impact, net of demand."""
        if kind in STRESS:
            return self._moved({"e_p": STRESS[kind]})
        here, funded = (self._moved(push) for push in self._pushes(kind))
        return {k: here[k] - funded[k] for k in here}

    def _pushes(self, kind: str) -> tuple[dict[str, float], ...]:
        """News as the economy pays for it, and the same news fully funded."""
        share = sticky_news.unfunded_share(self.economy)
        return tuple(sticky_news.news(self.economy, kind, u) for u in (share, 0.0))

    def _moved(self, push: Mapping[str, float]) -> dict[str, Array]:
        names = (*_LABELS, "log_price_dividend", "consumption")
        found = self.economy.response(push, names)
        # Dividends fall with consumption on impact.
        drop = float(found["consumption"][0]) / self.economy.rest["consumption"]
        leverage = self.economy.parameters["leverage"]
        price = np.array(float(found["log_price_dividend"][0]) + leverage * drop)
        parts = np.array([float(found[n][0]) for n in _LABELS])
        return _by_part(parts) | {"equity": price}

    def ledger(self) -> dict[str, float]:
        """At the resting point, to first order."""
        found = {k: v[0] for k, v in sticky_ledger.values(self.economy).items()}
        backing = sum(s * found[k] for k, s in sticky_ledger.SIGNS.items())
        found["residual"] = found["debt"] - backing
        return {k: float(found[k]) for k in ENTRIES}

    def identity(self, points: int) -> tuple[dict[str, Array], dict[str, float]]:
        """Not offered: the ledger is that of the resting point, to first order."""
        raise NotOfferedError(
            f"'{self.economy.name}' is solved by perturbation, its ledger holds around "
            "the resting point (ledger()): ask 'safe', 'risky' or 'switching'"
        )

    def borne(self) -> dict[str, float]:
        """Shares of the value of spending news, demand taken out."""
        return sticky_ledger.shares(self.economy, *self._pushes(SPENDING))

    def betas(self) -> dict[str, tuple[float, float]]:
        """In closed form, to first order."""
        assets = {"bond_10y": "bond_40", "treasury_portfolio": "treasury_portfolio"}
        return {
            k: (self.economy.beta(v), self.economy.correlation(v))
            for k, v in assets.items()
        }

    def beta_by_shock(self) -> dict[str, float]:
        """What every shock adds to the beta of the ten-year bond."""
        return self.economy.surprises.beta_by_shock("10y")

    def moments(self, periods: int, paths: int, seed: int) -> Any:
        """Of the whole distribution: there are no disasters."""
        self._needs_one_regime("moments")
        return local_moments(self.economy, periods, paths, seed)

    def panel(self, periods: int, paths: int, seed: int) -> Panel:
        """Pruned paths."""
        self._needs_one_regime("simulated series")
        return local_panel(self.economy, periods, paths, seed)

    def _needs_one_regime(self, what: str) -> None:
        if self.economy.chain is not None:
            raise NotOfferedError(
                f"'{self.economy.name}' is solved to first order, regime by regime, "
                f"which gives no {what}: ask 'switching', which is solved globally, or "
                "a sticky-price economy with one regime"
            )

    def respond(
        self, shocks: Mapping[str, float], outputs: Sequence[str], horizon: int
    ) -> dict[str, Array]:
        """Pruned, from the resting point with risk; the regime lasts."""
        self._checked(shocks)
        found = self.economy.response(shocks, outputs, horizon)
        return {n: np.asarray(v) for n, v in found.items()}


_LABELS = tuple(f"{part}_{n}" for part in CURVE for n in MATURITIES)


def _by_part(row: Array) -> dict[str, Array]:
    return dict(zip(CURVE, np.reshape(row, (len(CURVE), -1)), strict=True))


def _gaps(names: Sequence[str], values: Array) -> dict[str, Array]:
    """Hit less still, whose rows alternate, by name."""
    gap = np.asarray(values)[0::2] - np.asarray(values)[1::2]
    return dict(zip(names, gap.T, strict=True))


def kind_of(name: str | Path) -> str:
    """Kind of the economy of a shipped name or a file, a key of ``store.KINDS``.

    Raises
    ------
    CalibrationError
        Nothing with this name is shipped; with a suggestion.
    """
    meta = read(find(name)).get("meta", {})
    regimes = meta.get("regimes", ()) if isinstance(meta, Mapping) else ()
    many = len(regimes) > 1
    if isinstance(meta, Mapping) and meta.get("model") == STICKY:
        return "sticky_switching" if many else "sticky"
    return "switching" if many else "core"


def answers(
    store: EconomyStore, name: str | Path, regime: str | None, grid: str, order: int
) -> Answers:
    """Solve an economy with a store's changes, to be asked in one of its regimes.

    Parameters
    ----------
    name : shipped, or a parameter file. regime : the first one if None.
    grid : of flexible-price economies. order : of sticky-price ones.

    Raises
    ------
    OverrideError
        The economy declares no parameter of that name.
    FiscaxError
        There is no such regime or grid.
    CalibrationError, SolutionError, DeterminacyError
        As of ``EconomyStore.core`` and ``EconomyStore.sticky``.
    """
    kind, text = kind_of(name), str(name)
    unclaimed(store.overrides, set(parameters_of(kind)), f"economy '{text}'")
    if grid not in GRIDS:
        raise FiscaxError(f"grid is {grid!r}, give one of {', '.join(GRIDS)}")
    if kind == "sticky_switching":
        found = store.sticky_switching(text)
        position = _position(text, list(found), regime)
        economy = list(found.values())[position]
        return StickyAnswers(economy.calibration, position, economy)
    if kind == "sticky":
        economy = store.sticky(text, order=order)
        position = _position(text, economy.calibration.economy, regime)
        return StickyAnswers(economy.calibration, position, economy)
    # Shipped intercepts belong to the fine grid; a coarse one takes them as they are.
    own = grid == FINE or bool(store.overrides)
    solved = store.core(text, grid=grid, intercepts=own)
    position = _position(text, solved.regimes, regime)
    return CoreAnswers(solved.calibration, position, solved)


def _position(name: str, regimes: Sequence[str], regime: str | None) -> int:
    if regime is None:
        return 0
    if regime not in regimes:
        hint = suggestion(regime, regimes)
        raise FiscaxError(
            f"economy '{name}' has no regime '{regime}'{hint}; it has "
            f"{', '.join(regimes)}"
        )
    return list(regimes).index(regime)
