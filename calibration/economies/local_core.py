"""The core economy by perturbation, to be held against its global solution.

Derivatives at a point do not see a rare event, so that disasters are normal shocks here
with the same conditional mean and variance (``normal_events``). Parameters are those of
the global solution, intercepts included: the same equations, solved twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np
import sympy as sp

from ...models.declaration import NEXT, Dated, Model, fixed
from ...models.general.form import as_expression, dynamic_form
from ...models.general.model import DynamicModel, dated
from ...models.general.normal_events import normal_events
from ...models.parts import preferences
from ...solvers.errors import SolutionError
from ...solvers.perturbation.pricing import Pricing, priced_model, with_curves
from ...solvers.perturbation.pruning import few_paths
from ...solvers.perturbation.solution import LocalSolution, solve_local
from .core import CoreEconomy
from .protocol import ANNUAL_BP, PERSISTENT_FLOW

ORDERS = (1, 2, 3)
# Quantity -> unit, of both methods alike. Debt at rest is that with this quarter's
# payments; news and stress are those of the regime table.
UNITS = {
    "rest_yield_10y": "basis points",
    "rest_term_premium_10y": "basis points",
    "rest_debt": "percent of GDP",
    "persistent_yield_10y": "basis points",
    "persistent_term_premium_10y": "basis points",
    "share_bondholders": "share of PV(G) news",
    "stress_1sd_yield_10y": "basis points",
    "stress_1sd_term_premium_10y": "basis points",
}
_TEN = 40
_CURVES = (f"yield_{_TEN}", f"term_premium_{_TEN}")
_SERVICES = tuple(f"convenience_yield_{k}" for k in ("bill", "long"))
_SEEN = ("debt_value", "spending_ratio", "spending_value")


@lru_cache(maxsize=4)
def local_dynamics(model: Model) -> DynamicModel:
    """A core economy in the general form, disasters normal, with what prices need."""
    smooth = normal_events(model)
    growth = preferences.consumption_growth_next.name.removesuffix(NEXT)
    form = dynamic_form(smooth, (growth, *_SERVICES, *_SEEN))
    form = replace(form, guesses={**form.guesses, **_guesses(form.guesses)})
    bill, long = map(Dated, _SERVICES)
    return priced_model(form, Pricing(_kernel(smooth), Dated("inflation"), bill, long))


def _kernel(model: Model) -> sp.Expr:
    """The real kernel in dates of the general form, growth a variable of its own."""
    name = preferences.stochastic_discount_factor_next.name
    found = next(d.expression for d in model.definitions if d.name == name)
    moved = {
        symbol: dated(symbol.name.removesuffix(NEXT), int(symbol.name.endswith(NEXT)))
        for symbol in sorted(found.free_symbols, key=str)
        if isinstance(symbol, Dated)
    }
    return as_expression(found.xreplace(moved))


def _guesses(known: Mapping[str, sp.Expr]) -> dict[str, sp.Expr]:
    """Values without risk where output grows with disasters at their mean."""
    growth = fixed("mu") - fixed("xi") * fixed("p_bar")
    own = {u.name: sp.sympify(u.guess) for u in preferences.unknowns(growth)}
    discount = sp.exp(growth - own["real_rate"])
    left = 1 - fixed("repayment")
    kept = 1 - fixed("breach_reference") * fixed("p_bar")
    own |= {
        "output_value": 1 / (1 - discount),
        "decaying_spending_value": 1 / (1 - fixed("rho_z") * discount),
        "promise_value": fixed("repayment") / (1 - left * kept),
    }
    assert own.keys() <= known.keys()
    return own


def solve_locally(economy: CoreEconomy, order: int) -> LocalSolution:
    """Solve by perturbation what ``economy`` is the global solution of.

    Parameters
    ----------
    economy : with one regime.
    order : 1, 2 or 3.

    Returns
    -------
    A solution with nominal and real curves of ten years, per quarter.

    Raises
    ------
    SolutionError
        The economy switches, or from the solver.
    SteadyStateError, DeterminacyError
        From the solver, naming equation or parameter.
    """
    if len(economy.regimes) > 1:
        raise SolutionError(
            f"'{economy.name}' switches between {', '.join(economy.regimes)}; "
            "perturbation of the core economy takes one regime"
        )
    found = solve_local(local_dynamics(economy.model), order, economy.parameters)
    return with_curves(found, (_TEN,))


def local_answers(solution: LocalSolution) -> dict[str, float]:
    """``UNITS`` of a solution by perturbation, where it rests with risk.

    Who bears news is asked at given stress, as ``CoreEconomy.news_value`` does: a shock
    to stress of the opposite sign takes out what the news brings.
    """
    given = solution.parameters
    names = (*_CURVES, *_SEEN)
    rest = _after(solution, {}, names)
    size = float(np.log(1 + PERSISTENT_FLOW / rest["spending_ratio"]))
    alone = size / (1 - given["b_p"] * given["stress_news"])
    pushes = {
        "persistent": {"e_z": size / given["sigma_z"]},
        "stress_1sd": {"e_p": 1.0},
        "calm": {
            "e_z": alone / given["sigma_z"],
            "e_p": -given["stress_news"] * alone / given["sigma_p"],
        },
    }
    moved = {
        k: {n: v - rest[n] for n, v in _after(solution, push, names).items()}
        for k, push in pushes.items()
    }
    return _answers(rest, moved, moved["calm"]["spending_value"])


def global_answers(economy: CoreEconomy) -> dict[str, float]:
    """``UNITS`` of the global solution, at the ergodic mean of its states."""
    names = (*_CURVES, *_SEEN)
    news = economy.news("persistent")
    pushes = {"persistent": news, "stress_1sd": economy.stress()}
    moved = {
        k: {n: float(v[0]) for n, v in economy.respond(push, names).items()}
        for k, push in pushes.items()
    }
    return _answers(economy.at_rest(names), moved, economy.news_value(news))


def _answers(rest, moved, worth: float) -> dict[str, float]:
    found = {
        f"{where}_{name}": ANNUAL_BP * values[curve]
        for where, values in (("rest", rest), *moved.items())
        for name, curve in zip(("yield_10y", "term_premium_10y"), _CURVES, strict=True)
    }
    found["rest_debt"] = 100 * rest["debt_value"] / 4
    found["share_bondholders"] = -moved["persistent"]["debt_value"] / worth
    return {name: found[name] for name in UNITS}


def _after(
    solution: LocalSolution, push: Mapping[str, float], names
) -> dict[str, float]:
    """Variables after shocks in standard deviations, from rest."""
    hit = solution.innovation(push)[None, None]
    start, rows = solution.resting(1), solution.places(names)
    found = few_paths(solution.layout, solution.order, solution.rule, hit, start, rows)[
        0, 0
    ]
    return dict(zip(names, found.tolist(), strict=True))


def series_kept(gamma: float, xi: float) -> dict[int, float]:
    """Share of ``exp(gamma xi) - 1`` that its Taylor series keeps, by order.

    That is what a disaster adds to marginal utility; the second term comes with its
    variance, the third with its skewness.
    """
    loss = gamma * xi
    terms = np.cumsum([loss, loss**2 / 2, loss**3 / 6]) / np.expm1(loss)
    return dict(zip(ORDERS, terms.tolist(), strict=True))


def mean_over_median(parameters: Mapping[str, float]) -> float:
    """Mean probability of a disaster over that at rest, for rare ones.

    Its log odds are normal with the variance of stress, which news of spending adds to.
    """
    p = parameters
    news = p["sigma_p"] ** 2 + (p["stress_news"] * p["sigma_z"]) ** 2
    return float(np.exp(news / (1 - p["rho_p"] ** 2) / 2))
