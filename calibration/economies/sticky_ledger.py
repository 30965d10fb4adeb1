"""The valuation ledger of an economy solved by perturbation, at first order.

Debt with this quarter's payments is the value of taxes less that of spending plus that
of the services of debt, each with its current payment. Values follow in closed form
from the first-order rule: nothing is solved again, and the identity is a check of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from ...solvers.compiled import compiled
from .perturbed import Perturbed
from .protocol import LedgerChange

# What each claim adds to the debt.
SIGNS = {"tax": 1.0, "spending": -1.0, "convenience": 1.0}
CLAIMS = ("debt", *SIGNS, "output")
_FLOWS = {"tax": "tax_ratio", "spending": "spending_ratio", "output": "output"}
_SERVICES = (
    "end_of_period_debt",
    "log_bond_price",
    "bill_price",
    "convenience_yield_bill",
    "convenience_yield_long",
    "stress",
)


def ledger_change(economy: Perturbed, push: Mapping[str, float]) -> LedgerChange:
    """Changes of the values of debt and claims, quarters of trend output.

    ``push`` as in ``StickyEconomy.paths``.
    """
    x = economy.first_order_push(push)
    found = {claim: float(rise @ x) for claim, (_, _, rise) in values(economy).items()}
    backing = sum(sign * found[claim] for claim, sign in SIGNS.items())
    return LedgerChange(
        found["debt"],
        found["tax"],
        found["spending"],
        found["convenience"],
        found["debt"] - backing,
        economy.solution.steady_state["debt_value"],
    )


def claim_betas(economy: Perturbed) -> dict[str, float]:
    """Slopes of unexpected gains on claims on the real return of equity.

    A gain is over the claim's value after its payment; ``residual`` is what the betas
    of the claims, weighted by value, leave of the beta of debt.
    """
    sizes = np.sqrt(np.diag(economy.solution.covariance))
    equity = economy.surprises["equity_real"]
    growth = np.array([s == "e_y" for s in economy.solution.shocks], float)
    growth = growth * economy.parameters["sigma_y"]
    found, worth = {}, {}
    for claim, (value, flow, rise) in values(economy).items():
        worth[claim] = value - flow
        # Values are ratios to trend output, which grows unexpectedly too.
        gain = rise[-len(sizes) :] * sizes + value * growth
        found[claim] = float(gain @ equity / (equity @ equity)) / worth[claim]
    whole = sum(s * worth[c] / worth["debt"] * found[c] for c, s in SIGNS.items())
    return {**found, "residual": found["debt"] - whole}


@lru_cache(maxsize=64)
def values(economy: Perturbed) -> dict[str, tuple[float, float, np.ndarray]]:
    """Value and payment at rest, and derivatives of the value, per claim.

    Where regimes change, values know it: those of all regimes are solved for at once.
    """
    steady, p = economy.solution.steady_state, economy.parameters
    # Inflation off its target moves growth, at rest too.
    growth = p["mu"] + steady["expected_growth"]
    discount = float(np.exp(growth - steady["real_rate"]))
    members = economy.members
    chances, here = np.ones((1, 1)), 0
    if economy.chain is not None:
        chances, here = economy.chain.chances, economy.chain.position
    n_s, count = len(economy.solution.states), len(members)
    states = list(economy.solution.layout.states)
    law = np.array([np.asarray(m.solution.rule.x)[states] for m in members])
    # rise_i = today_i + discount (sum_j p_ij rise_j on states) law_i.
    coupled = np.einsum("ij,iba->iajb", chances, law[:, :, :n_s])
    system = np.eye(count * n_s) - discount * coupled.reshape(count * n_s, -1)
    payoffs = [_payoffs(member) for member in members]
    # Log of the weight from t to t+1: expected growth less the real rate.
    weights = [m.slope("expected_growth") - m.slope("real_rate") for m in members]
    found = {}
    for claim in payoffs[0]:
        flow = payoffs[here][claim][0]
        value = flow / (1 - discount)
        today = np.array(
            [
                paid[claim][1] + discount * value * weight
                for paid, weight in zip(payoffs, weights, strict=True)
            ]
        )
        rises = np.linalg.solve(system, today[:, :n_s].ravel()).reshape(count, n_s)
        later = discount * (chances[here] @ rises) @ law[here]
        found[claim] = (value, flow, today[here] + later)
    debt = steady["debt_value"]
    kept = debt - steady["end_of_period_debt"] + payoffs[here]["convenience"][0]
    found["debt"] = (debt, kept, economy.slope("debt_value"))
    return {claim: found[claim] for claim in CLAIMS}


def _payoffs(economy: Perturbed) -> dict[str, tuple[float, np.ndarray]]:
    """Payment of each claim at rest, with derivatives."""
    steady = economy.solution.steady_state
    found = {c: (steady[n], economy.slope(n)) for c, n in _FLOWS.items()}
    return {**found, "convenience": _convenience(economy)}


def _convenience(economy: Perturbed) -> tuple[float, np.ndarray]:
    steady = economy.solution.steady_state
    at = np.array([steady[n] for n in _SERVICES])
    wedge = economy.parameters["safety_demand"]
    value, slope = _services_and_slopes(at, wedge)
    rows = np.array([economy.slope(n) for n in _SERVICES])
    return float(value), np.asarray(slope) @ rows


def _services(given: jax.Array, safety_demand: float) -> jax.Array:
    """What holders of debt forgo next to claims without services, ratio to output."""
    debt, log_price, bill, cy_bill, cy_long, stress = given
    wedge = safety_demand * stress
    short = (1 - jnp.exp(-cy_bill - wedge)) * bill
    rest = (1 - jnp.exp(-cy_long - wedge)) * (jnp.exp(log_price) - bill)
    return debt * jnp.exp(-log_price) * (short + rest)


_services_and_slopes = compiled(jax.value_and_grad(_services), name="services_of_debt")
