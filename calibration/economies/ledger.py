"""The valuation ledger: what backs the debt, and who bears a shock.

Values count the current payment. The value of taxes is found by defect correction: a
candidate, what the identity W = PV(T) - PV(G) + PV(C) says it should be, is stepped
forward without interpolation, and the resolvent prices the defect that remains. If the
solution were exact the defect would be zero; what it prices to is the ledger's
residual, an a-posteriori bound that no grid can hide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...solvers.pricing.certificates import point_step
from ...solvers.projection import pricing
from ...solvers.projection.accuracy import FINER
from ...solvers.projection.operators import Operators
from ...solvers.projection.policy import GlobalPolicy
from ...solvers.projection.pricing import NodeFunctions

# Claims whose values are certified.
CLAIMS = ("debt", "tax", "spending", "convenience", "output")


@dataclass(frozen=True)
class LedgerNames:
    """Names, in the model, of the entries of the ledger (ratios to output)."""

    debt: str = "debt_value"
    tax: str = "tax_ratio"
    spending: str = "spending_ratio"
    convenience: str = "convenience_flow"
    spending_value: str = "spending_value"
    output_value: str = "output_value"


@dataclass(frozen=True, eq=False)
class Ledger:
    """Values of taxes, spending and convenience as functions of state and regime.

    Attributes
    ----------
    radius, radius_with_convenience : spectral radii of the growth-adjusted operator,
        the second with exp(convenience yield) inside.
    """

    solution: GlobalPolicy
    names: LedgerNames
    functions: NodeFunctions
    radius: float
    radius_with_convenience: float

    def __call__(
        self, points: np.ndarray, regimes: np.ndarray | int = 0
    ) -> dict[str, np.ndarray]:
        """Entries (P,) at states (P, d), in quarters of output.

        Keys: debt, tax, spending, convenience, residual (debt less its backing).
        """
        points = np.atleast_2d(points)
        which = np.broadcast_to(np.asarray(regimes), (len(points),))
        debt, spending = self.solution.observe(
            [self.names.debt, self.names.spending_value], points, which
        ).T
        convenience, defect = self.functions(points, which).T
        tax = debt + spending - convenience + defect
        return {
            "debt": debt,
            "tax": tax,
            "spending": spending,
            "convenience": convenience,
            "residual": debt - (tax - spending + convenience),
        }

    def values(
        self, points: np.ndarray, regimes: np.ndarray | int = 0
    ) -> dict[str, np.ndarray]:
        """Values (P,) of the claims in ``CLAIMS``, in quarters of output."""
        worth = self.solution.observe([self.names.output_value], points, regimes)
        return {**self(points, regimes), "output": worth[:, 0]}

    def residuals(
        self, points: np.ndarray, regimes: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Residuals x + K V - V (P,) of the values, payments x, by claim.

        Measured at the states themselves with a finer quadrature than the solver's.
        """
        solution, names = self.solution, self.names
        problem = solution.problem(solution.block, FINER)
        declared = (names.debt, names.spending_value, names.output_value)
        step = point_step(problem, "growth", declared, self.functions.grid)
        debt, spending, output, services, defect = step(
            solution, self.functions, points, regimes
        ).T
        ahead = {
            "debt": debt,
            "tax": debt + spending - services + defect,
            "spending": spending,
            "convenience": services,
            "output": output,
        }
        paid = [names.tax, names.spending, names.convenience]
        tax, spent, flow = solution.observe(paid, points, regimes).T
        payment = {
            "debt": tax - spent + flow,
            "tax": tax,
            "spending": spent,
            "convenience": flow,
            "output": np.ones_like(tax),
        }
        now = self.values(points, regimes)
        return {k: payment[k] + ahead[k] - now[k] for k in CLAIMS}


def ledger(
    operators: Operators,
    wedge: str = "convenience_yield_long",
    names: LedgerNames | None = None,
) -> Ledger:
    """Value the entries of the ledger.

    Parameters
    ----------
    operators : needs the numeraire ``growth``.
    wedge : convenience yield inside the second radius.

    Raises
    ------
    ValueDoesNotExistError
        If the spectral radius of the growth-adjusted operator is not below one.
    """
    names = LedgerNames() if names is None else names
    matrix = np.asarray(operators.matrices["growth"])
    entries = [names.debt, names.tax, names.convenience, names.spending_value, wedge]
    debt, tax, convenience, spending, service = operators.at_nodes(entries)
    step = operators.exact_step("growth", [names.debt, names.spending_value])
    # Candidate: debt + spending - convenience; the last term is known to the operator.
    defect = tax + convenience + step.sum(axis=0) - debt - spending
    payoffs = np.stack([convenience, defect], axis=1)
    values = pricing.value(
        matrix, payoffs, "convenience", operators.solution.model.advice
    ).T
    return Ledger(
        operators.solution,
        names,
        operators.functions(("convenience", "defect"), values),
        operators.radius("growth"),
        pricing.spectral_radius(np.exp(service)[:, None] * matrix),
    )


def betas(
    returns: Mapping[str, np.ndarray], market: np.ndarray, names: Sequence[str]
) -> dict[str, float]:
    """Slopes of the named returns on the market return, all of one shape."""
    centred = market - market.mean()
    variance = float(np.mean(centred**2))
    return {n: float(np.mean(centred * returns[n])) / variance for n in names}
