"""A projection's primary balances in a solved economy: annual paths of what follows.

Path zero has the projection's balances; the others add news with the moments of CBO's
forecast errors. Debt is at market value. All paths are free of disasters, of which
investors are afraid none the less: with promises that a disaster breaks, the account of
promises then grows faster than investors expect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from ...solvers.projection.accuracy import euler_errors
from ...solvers.projection.wider import lies_outside
from ..record.projections import Flows, Projection, debt_path
from .budget_paths import Quarters, feed, opening_states
from .core import CoreEconomy

CURVES = (
    "yield_1",
    "yield_40",
    "term_premium_40",
    "expected_inflation_40",
    "convenience_40",
)
# The same economy, solved on a domain that covers states (P, d), too.
Widen = Callable[[CoreEconomy, np.ndarray], CoreEconomy]
# Domains are widened at most this often; what still lies outside is reported.
ROUNDS = 4
# Quantiles of the paths with news.
FAN = (0.05, 0.25, 0.5, 0.75, 0.95)
PERCENT = 400.0  # log per quarter -> percent a year


@dataclass(frozen=True, eq=False)
class Outlook:
    """Annual paths in one economy.

    Attributes
    ----------
    years : (Y,); regimes : (Y, P) at the end of the year; left : (Y, P), whether the
        first regime has been left by then.
    paths : name -> (Y, P): ``debt``, ``interest``, ``transfer``, ``account`` in percent
        of the year's GDP; ``rate`` (on the stock), ``inflation``, ``growth`` (real),
        ``yield_3m``, ``yield_10y``, ``term_premium_10y``, ``expected_inflation_10y``,
        ``convenience_10y`` in percent a year.
    without : the same (Y,) without transfers: the economy's own balances.
    returns : (Y, P) what transfers add to the growth-adjusted real log return on debt
        in the economy.
    anchored : (Y, P) debt in percent of GDP from the projection's rates and growth, and
        these additions.
    adjustment : (Y,) rise of the primary balance, percent of GDP, that from that year
        on, for ever, is worth the debt at the economy's prices, convenience left out.
    hazard : (Y,) probability that the first regime has been left on path zero.
    outside : (Y, P), whether the year lies outside the domain of the solution.
    euler_error : largest Euler error of the nominal block on path zero and the 99th
        percentile on all paths, log10.
    """

    name: str
    economy: CoreEconomy
    years: np.ndarray
    paths: Mapping[str, np.ndarray]
    without: Mapping[str, np.ndarray]
    regimes: np.ndarray
    left: np.ndarray
    returns: np.ndarray
    anchored: np.ndarray
    adjustment: np.ndarray
    hazard: np.ndarray
    outside: np.ndarray
    euler_error: tuple[float, float]

    @property
    def domain_ends(self) -> int | None:
        """First year in which path zero is outside the solution's domain, or None."""
        years = self.years[self.outside[:, 0]]
        return int(years[0]) if len(years) else None


def economy_outlook(
    economy: CoreEconomy,
    projection: Projection,
    news: np.ndarray,
    widen: Widen,
    name: str | None = None,
    uniforms: np.ndarray | None = None,
    rounds: int = ROUNDS,
) -> Outlook:
    """Feed a projection's balances to an economy, less what else adds to its debt.

    That is other means of financing, and what the exchange rate adds.

    Parameters
    ----------
    news : (Y, N) shares of GDP that are added to the balances, one column per path.
    widen : ``EconomyStore.wider``, or what does the same.
    uniforms : (4 Y, N), draws of regimes on the paths with news; path zero stays in the
        first regime. None: all paths stay.
    rounds : how often the domain may be widened to cover the paths.

    Raises
    ------
    SolutionError
        A transfer does not exist on some path, or the wider domain has no solution.
    """
    years, paths = news.shape[0], news.shape[1] + 1
    flows = projection.flows
    given = np.asarray(flows.primary_balance - flows.other_means)
    given = (given - _revalued(projection))[:, None]
    every = given + np.concatenate([np.zeros((years, 1)), news], axis=1)
    balances = np.repeat(every, 4, axis=0)
    draws = None
    if uniforms is not None:
        draws = np.concatenate([np.ones((4 * years, 1)), uniforms], axis=1)
    fed = _fed(economy, projection, balances, draws, widen, rounds)
    wide, first, quarters, idle = fed
    away = lies_outside(wide.solution, quarters.states.reshape(-1, len(first)))
    away = away.reshape(years, 4, paths)
    with_news, own = (_annual(wide, q, first) for q in (quarters, idle))
    leave = quarters.leave[:, 0].reshape(years, 4)
    left = np.maximum.accumulate(quarters.regimes != 0, axis=0)[3::4]
    returns = _returns(quarters) - _returns(idle)
    return Outlook(
        name or economy.name,
        wide,
        projection.years,
        with_news,
        {k: v[:, 0] for k, v in own.items()},
        quarters.regimes[3::4],
        left,
        returns,
        debt_of(projection, news, returns),
        _adjustment(quarters, np.asarray(flows.primary_balance)),
        1 - np.cumprod(np.prod(1 - leave, axis=1)),
        np.asarray(away.any(axis=1)),
        _euler(wide, quarters),
    )


def _fed(
    economy: CoreEconomy,
    projection: Projection,
    balances: np.ndarray,
    draws: np.ndarray | None,
    widen: Widen,
    rounds: int,
) -> tuple[CoreEconomy, np.ndarray, Quarters, Quarters]:
    """The economy on a domain that covers its paths, their first states, and paths.

    The last two are with the balances (Q, P), and one without any transfer.
    """
    rest = economy.solution.resting_point(0)
    # One more path, to which nothing is handed out, and which stays in its regime.
    fed = np.pad(balances, ((0, 0), (0, 1)))
    if draws is not None:
        draws = np.pad(draws, ((0, 0), (0, 1)), constant_values=1.0)
    paths = fed.shape[1]
    regimes, active = np.zeros(paths, int), np.arange(paths) < paths - 1
    count = 0
    while True:
        solution = economy.solution
        first = opening_states(solution, 0, rest, _opening(economy, rest, projection))
        start = np.tile(first, (paths, 1))
        both = feed(solution, start, regimes, fed, draws, active)
        quarters, idle = both.of_paths(slice(-1)), both.of_paths(slice(-1, None))
        visited = _to_cover(quarters, idle)
        if count == rounds or not lies_outside(solution, visited).any():
            return economy, first, quarters, idle
        economy = widen(economy, visited)
        count += 1


def _to_cover(fed: Quarters, idle: Quarters) -> np.ndarray:
    """States (n, d) that the domain has to cover: both central paths, and the fan.

    Of the paths with news those whose debt is within its fan at the date: a box around
    every path would reach to where debt has no value.
    """
    debt = fed.named("end_of_period_debt")
    low, high = np.quantile(debt, [FAN[0], FAN[-1]], axis=1)
    inside = (debt >= low[:, None]) & (debt <= high[:, None])
    inside[:, 0] = True
    return np.concatenate([fed.states[inside], idle.states[:, 0]])


def _opening(economy: CoreEconomy, rest: np.ndarray, projection: Projection) -> float:
    """Opening debt in quarters of the last quarter's output, at growth as at rest."""
    growth = float(economy.solution.parameters["mu"])
    inflation = economy.solution.observe(["inflation"], rest, 0)[0, 0]
    year = np.sum(np.exp(-(growth + inflation) * np.arange(4)))
    return float(projection.opening_debt * year)


def _annual(
    economy: CoreEconomy, q: Quarters, first: np.ndarray
) -> dict[str, np.ndarray]:
    """Annual paths (Y, P) from quarters."""
    paths = q.regimes.shape[1]
    inflation = q.named("inflation")
    level = np.cumprod(np.exp(q.growth + inflation), axis=0)
    year = level.reshape(-1, 4, paths)
    gdp = year.sum(axis=1)
    debt = q.named("end_of_period_debt") * level
    stock, paid = _interest(economy, q, debt, first)
    last = q.states[3::4]
    regimes = q.regimes[3::4]
    curves = economy.curves(
        CURVES, last.reshape(-1, last.shape[-1]), regimes.reshape(-1)
    ).reshape(*regimes.shape, len(CURVES))
    rates = dict(zip(CURVES, np.moveaxis(PERCENT * curves, -1, 0), strict=True))

    def total(values: np.ndarray) -> np.ndarray:
        return 100 * (values * level).reshape(-1, 4, paths).sum(axis=1) / gdp

    return {
        "debt": 100 * debt[3::4] / gdp,
        "interest": 100 * paid.reshape(-1, 4, paths).sum(axis=1) / gdp,
        "transfer": total(q.transfer),
        "account": 100 * (q.named("backing_account") * level)[3::4] / gdp,
        "rate": PERCENT * stock[3::4],
        "inflation": 100 * inflation.reshape(-1, 4, paths).sum(axis=1),
        "growth": 100 * q.growth.reshape(-1, 4, paths).sum(axis=1),
        "yield_3m": rates["yield_1"],
        "yield_10y": rates["yield_40"],
        "term_premium_10y": rates["term_premium_40"],
        "expected_inflation_10y": rates["expected_inflation_40"],
        "convenience_10y": rates["convenience_40"],
    }


def _interest(
    economy: CoreEconomy, q: Quarters, debt: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rate on the stock (Q, P) per quarter and interest paid, as ``debt`` is scaled.

    Old debt keeps the yield of the portfolio at which it was issued; what falls due or
    is added is issued at today's.
    """
    omega = float(economy.solution.parameters["omega"])
    own = np.log(np.exp(-q.named("log_bond_price")) + omega)
    price = economy.solution.observe(["log_bond_price"], first, 0)[0, 0]
    before = np.full(own.shape[1], np.log(np.exp(-price) + omega))
    # Where old debt is bought back nothing new is issued: all that is left is old.
    kept = np.minimum(q.old / q.named("end_of_period_debt"), 1.0)
    rates, paid = [], []
    owed = debt[0] / np.exp(q.growth[0] + q.named("inflation")[0])
    for now, share, stock in zip(own, kept, debt, strict=True):
        paid.append(before * owed)
        before = share * before + (1 - share) * now
        owed = stock
        rates.append(before)
    return np.array(rates), np.array(paid)


def _revalued(projection: Projection) -> np.ndarray:
    """What the exchange rate adds to debt, (Y,) shares of GDP."""
    flows = projection.flows
    before = np.append(projection.opening_debt, projection.debt[:-1])
    added = np.asarray(flows.rate) - projection.interest_rate
    return added * before / (1 + np.asarray(flows.growth))


def _returns(q: Quarters) -> np.ndarray:
    """Growth-adjusted real log return on debt, (Y, P).

    That of the first quarter counts as nil: opening debt is the projection's.
    """
    owed = q.named("end_of_period_debt")[:-1]
    log = np.log(q.kept[1:] / owed)
    every = np.concatenate([np.zeros_like(log[:1]), log])
    return every.reshape(-1, 4, every.shape[1]).sum(axis=1)


def _adjustment(q: Quarters, balance: np.ndarray) -> np.ndarray:
    """See ``Outlook.adjustment``: a constant share of output worth the debt."""
    share = (q.named("debt_value") / q.named("output_value"))[::4, 0]
    return 100 * (share - balance)


def _euler(economy: CoreEconomy, q: Quarters) -> tuple[float, float]:
    solution = economy.solution
    problem = solution.problem(solution.block)

    def errors(states: np.ndarray, regimes: np.ndarray) -> np.ndarray:
        found = [
            euler_errors(
                problem, solution.parameters, solution.solved, r, states[regimes == r]
            )
            for r in np.unique(regimes).tolist()
        ]
        return np.concatenate(found)

    own = errors(q.states[::4, 0], q.regimes[::4, 0])
    d = q.states.shape[-1]
    every = errors(q.states[::8].reshape(-1, d), q.regimes[::8].reshape(-1))
    return float(np.log10(own.max())), float(np.log10(np.quantile(every, 0.99)))


def fan(values: np.ndarray, levels: Sequence[float] = FAN) -> np.ndarray:
    """Quantiles over the paths with news, (len(levels), Y); ``values`` are (Y, P)."""
    return np.quantile(values[:, 1:], levels, axis=1)


def debt_of(
    projection: Projection, news: np.ndarray, returns: np.ndarray | float = 0.0
) -> np.ndarray:
    """Debt in percent of GDP (Y, 1 + N) at the projection's own rates and growth.

    Path zero has the projection's balances; the others add news (Y, N) to them.
    ``returns`` (Y, 1 + N) are added to the log return on debt.
    """
    flows = Flows(*(jnp.asarray(f) for f in projection.flows))
    every = np.concatenate([np.zeros((len(news), 1)), news], axis=1)
    balances = np.asarray(flows.primary_balance)[:, None] + every
    rates = (1 + np.asarray(flows.rate)[:, None]) * np.exp(returns + 0 * every) - 1
    # One scan with all paths side by side.
    wide = Flows(*(jnp.asarray(f)[:, None] + 0 * every for f in flows))
    wide = wide._replace(primary_balance=jnp.asarray(balances), rate=jnp.asarray(rates))
    opening = jnp.full(every.shape[1], projection.opening_debt)
    return 100 * np.asarray(debt_path(wide, opening))
