"""Means of a model with Markov switching, to second order.

Products of deviations are those of the first order (pruning; Andreasen,
Fernandez-Villaverde and Rubio-Ramirez 2018). Where states move the chances of regimes,
states and regimes are correlated, which moves means too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..compiled import compiled
from ..errors import SolutionError
from ..perturbation.solution import LocalSolution
from .curves import slopes_of_chances
from .markov import stationary
from .second_moments import Operator, fixed_moments, operator
from .system import SwitchingModel


def second_order_means(
    rules: Sequence[LocalSolution], problem: SwitchingModel, names: Sequence[str]
) -> np.ndarray:
    """Unconditional means (m,) of variables by name.

    Parameters
    ----------
    rules : of order two by regime, mean-square stable, as of ``unique_solution``.
    names : of m variables; means are in their units.

    Raises
    ------
    SolutionError
        The rules are of order one.
    DeclarationError
        Regimes never reach each other.
    """
    if any(rule.order < 2 for rule in rules):
        raise SolutionError("means know risk from the second order on: solve to it")
    chances, states = problem.chances, list(rules[0].layout.states)
    count, n = len(rules), len(states)
    shares = stationary(chances, problem.regimes)
    rows = [rules[0].variables.index(name) for name in names]
    own = [*states, *rows]
    x = np.stack([np.asarray(rule.rule.x)[own] for rule in rules])
    spread = np.stack([np.asarray(rule.covariance) for rule in rules])
    products = _products(x[:, :n], spread, chances, shares)
    # Means of a regime are weighted with its share here and below.
    bent = np.stack(
        [
            np.einsum("aij,ij->a", np.asarray(rule.rule.xx)[own], product)
            + share * np.asarray(rule.rule.ss)[own]
            for rule, product, share in zip(rules, products, shares, strict=True)
        ]
    )
    met = np.einsum(
        "iaq,iqr,ijr->ja", x[:, :n], products, slopes_of_chances(problem, rules)
    )
    known = bent / 2 + np.einsum("jab,jb->ja", x[:, :, :n], met)
    passed = np.einsum("ij,jab->jaib", chances, x[:, :n, :n]).reshape(count * n, -1)
    after = np.linalg.solve(np.eye(count * n) - passed, known[:, :n].ravel())
    before = chances.T @ after.reshape(count, n)
    total = known + np.einsum("jab,jb->ja", x[:, :, :n], before)
    steady = np.asarray(rules[0].rule.steady)[rows]
    return steady + total[:, n:].sum(axis=0)


def _products(law, spread, chances, shares) -> np.ndarray:
    """Second moments (R, q, q) of lagged states and shocks, times shares of regimes."""
    n = law.shape[1]
    noise = (
        law[:, :, n:] @ (shares[:, None, None] * spread) @ law[:, :, n:].swapaxes(1, 2)
    )
    blocks = np.repeat(law[:, None, :, :n], len(law), axis=1)
    moments = np.asarray(_moments(chances.T, blocks, noise))
    found = np.zeros((len(law), law.shape[2], law.shape[2]))
    found[:, :n, :n] = np.einsum("ij,iab->jab", chances, moments)
    found[:, n:, n:] = shares[:, None, None] * spread
    return found


@compiled(name="moments_by_regime")
def _moments(weights, blocks, noise):
    own: Operator = operator(weights, blocks)
    return fixed_moments(own, noise)
