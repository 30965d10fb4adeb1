r"""Intermediaries of limited capacity, who hold Treasury duration on margin, declared.

Dealers and hedge funds hold the duration that nobody else does. The short rate is the
only risk they are paid for (Vayanos and Vila 2021, one factor and inelastic demand, in
discrete time), so that over one period an n-period zero earns in excess of it

    premium A(n-1),   premium = a sigma^2 D,   A(n) = 1 + rho + ... + rho^(n-1)
    a = abar exp(k),   D = D0 + A(N-1) (supply - purchases),   N = ten years

and a yield exceeds the one at zero premium by the wedge

    n w_n(t) = A(n-1) premium(t) + E_t (n-1) w_{n-1}(t+1)
             = sum_j A(n-1-j) E_t premium(t+j)

Capacity k, purchases and supply are autoregressions; purchases are announced and then
unwound at 1 - rho_q a period. Hedge funds hold a share h of D with leverage L: a log
loss on the bonds takes L times as much of their equity, and as much of the capacity
that depends on it,

    k = E_(t-1) k + e_k + h L loss,   loss = unexpected m w_m + net share x fundamental

for the maturity m of what they hold. The wedge falls with k, which makes this a fixed
point: losses are forced sales, and forced sales are losses. Rates are log per period,
amounts shares of annual output (of ten-year zeros for purchases and supply).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import jax.numpy as jnp
import sympy as sp

from ..declaration import Dated, Definition, Model, Shock, State, fixed
from .affine import Kernel, Payoff
from .intermediary_parameters import PARAMETERS

Array = Any
Values = Mapping[str, Any]

TEN_YEARS = 10
STATES = ("capacity", "purchases", "supply")
_PRICED = ("short_rate", *STATES)

_P = {p.name: p.symbol for p in PARAMETERS}
_SHOCKS = tuple(
    Shock(name, latex, words)
    for name, latex, words in (
        ("e_r", r"\varepsilon_r", "short rate"),
        ("e_k", r"\varepsilon_k", "loss of intermediary capacity"),
        ("e_q", r"\varepsilon_q", "announced purchases"),
        ("e_s", r"\varepsilon_s", "news of the supply of duration"),
    )
)


def annuity(persistence: Any, periods: Any) -> Any:
    """A(n) = 1 + rho + ... + rho^(n-1): exposure of an n-period zero, in periods."""
    return (1 - persistence**periods) / (1 - persistence)


def _of_quarter(persistence: sp.Expr) -> sp.Expr:
    """Persistence per period from the one per quarter."""
    return persistence ** (4 / _P["periods_per_year"])


_steps = _P["periods_per_year"]
rate_persistence = sp.exp(-_P["mean_reversion"] / _steps)
rate_deviation = (_P["rate_volatility"] / _steps) * sp.sqrt(
    (1 - rate_persistence**2) / (2 * _P["mean_reversion"])
)
ten_year_exposure = annuity(rate_persistence, TEN_YEARS * _steps - 1)
margin_share = _P["hedge_fund_share"] / (_P["hedge_fund_share"] + _P["dealer_share"])
duration_at_rest = (
    _P["debt_to_output"]
    * (1 - _P["bill_share"])
    * (_P["hedge_fund_share"] + _P["dealer_share"])
    * annuity(rate_persistence, _P["coupon_maturity"] * _steps - 1)
)
_RHO: dict[str, sp.Expr] = dict(
    zip(
        _PRICED,
        (
            rate_persistence,
            *(_of_quarter(_P[f"rho_{name}"]) for name in STATES),
        ),
        strict=True,
    )
)
_SIZE: dict[str, sp.Expr] = dict(
    zip(
        _PRICED,
        (rate_deviation, *(_P[f"sigma_{name}"] for name in STATES)),
        strict=True,
    )
)
_capacity, _purchases, _supply = (Dated(name) for name in STATES)
held_duration = duration_at_rest + ten_year_exposure * (_supply - _purchases)
premium = (
    _P["intermediary_risk_aversion"]
    * sp.exp(_capacity)
    * rate_deviation**2
    * held_duration
)


def _state(name: str, latex: str, unit: str, words: str, shock: Shock) -> State:
    """An autoregression around zero."""
    move = _RHO[name] * Dated(name) + _SIZE[name] * fixed(shock.name)
    return State(name, latex, unit, words, move, sp.Integer(0), _SIZE[name])


@lru_cache(maxsize=1)
def plumbing_model() -> Model:
    """The declaration: four autoregressions and what intermediaries ask for."""
    output = "ratio to annual output"
    words = (
        ("short_rate", "r", "log per period", "short rate, less its mean"),
        ("capacity", "k", "log", "intermediaries' risk aversion over its normal value"),
        ("purchases", "q", output, "ten-year zeros held by the central bank"),
        ("supply", "s", output, "ten-year zeros supplied beyond the normal amount"),
    )
    return Model(
        name="plumbing",
        description="intermediaries of limited capacity",
        parameters=PARAMETERS,
        shocks=_SHOCKS,
        events=(),
        states=tuple(_state(*w, e) for w, e in zip(words, _SHOCKS, strict=True)),
        definitions=(
            Definition(
                "held_duration",
                "D",
                "annual output x periods",
                "duration that dealers and hedge funds hold",
                held_duration,
            ),
            Definition(
                "premium",
                r"\phi",
                "log per period and unit of exposure",
                "expected excess return per unit of exposure to the short rate",
                premium,
            ),
        ),
        blocks=(),
    )


class Numbers(NamedTuple):
    """What the declaration says at parameter values.

    Attributes
    ----------
    persistence : (4,) of short rate, capacity, purchases and supply, per period.
    size : (4,) standard deviations of their shocks over a period.
    premium_at_rest : scalar. premium_slope : (3,) by capacity, purchases and supply.
    duration_at_rest : annual output x periods. ten_year_exposure : A(N-1), periods.
    margin_share : h, of the duration held.
    """

    persistence: Array
    size: Array
    premium_at_rest: Array
    premium_slope: Array
    duration_at_rest: Array
    ten_year_exposure: Array
    margin_share: Array


_REST = [(s, 0) for s in (_capacity, _purchases, _supply)]
_NAMES = tuple(_P)


@lru_cache(maxsize=1)
def _compiled():
    """Functions of parameter values in the order of declaration."""
    symbols = [_P[n] for n in _NAMES]
    states = (_capacity, _purchases, _supply)
    slopes = [sp.diff(premium, s).subs(_REST) for s in states]
    parts = (
        list(_RHO.values()),
        list(_SIZE.values()),
        premium.subs(_REST),
        slopes,
        duration_at_rest,
        ten_year_exposure,
        margin_share,
    )
    return (
        sp.lambdify(symbols, parts, modules="jax", cse=True),
        sp.lambdify([*symbols, *states], premium, modules="jax", cse=True),
    )


def _ordered(values: Values) -> list[Any]:
    return [values[n] for n in _NAMES]


def numbers(values: Values) -> Numbers:
    """Evaluate the declaration; ``values`` has every parameter, traced or not."""
    found = _compiled()[0](*_ordered(values))
    return Numbers(*(jnp.asarray(part, float) for part in found))


def premium_of(
    values: Values, capacity: Array, purchases: Array, supply: Array
) -> Array:
    """Premium per unit of exposure at states of any shape, log per period; exact."""
    return _compiled()[1](*_ordered(values), capacity, purchases, supply)


def kernel(values: Values) -> Kernel:
    """Affine economy of short rate, capacity, purchases and supply, around rest.

    Only shocks to the short rate are priced, at a price that is linear in the others;
    the mean of the short rate is left at zero.
    """
    found = numbers(values)
    deviation = found.size[0]
    # A zero loses A(n-1) per unit of the rate: a negative price is a positive premium.
    level = -found.premium_at_rest / deviation
    slope = -found.premium_slope / deviation
    count = len(_PRICED)
    return Kernel(
        psi=jnp.diag(found.persistence),
        sigma=jnp.diag(found.size),
        risk_price=jnp.zeros(count).at[0].set(level),
        risk_loading=jnp.zeros((count, count)).at[0, 1:].set(slope),
        short_rate=jnp.zeros(()),
        short_loading=jnp.eye(count)[0],
    )


def nominal_payment() -> Payoff:
    """A payment that does not grow: the payoff of a zero."""
    return Payoff(jnp.zeros(()), jnp.zeros(len(_PRICED)))
