"""How good a local solution is: what is refused, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...models.general.functions import covariance_function, kinks
from ...models.general.model import DynamicModel
from ..errors import DeterminacyError, SolutionError
from ..projection.linear import UNIT
from .diagnosis import undetermined
from .expansion import Perturbation, Rule
from .first_order import FirstOrder, LinearSystem, Roots, layout

# Gigabytes that a solution may take; tensors are held several times.
_MEMORY, _COPIES = 16.0, 6
# Variances beyond this overflow where they are squared.
_HUGE = 1e100
# Variables of the largest model whose programs compile in minutes, and how many those
# were at a size that was measured (tests/benchmarks/bench_size.py: 254 s at 1,500).
_LARGEST = 2000
_MINUTES, _MEASURED, _GROWTH = 4.2, 1500, 1.9


def check_kinks(model: DynamicModel, y: np.ndarray, parameters) -> None:
    """Refuse absolute values whose kink is at the steady state y (n,).

    Raises
    ------
    SolutionError
        Naming the equation.
    """
    for label, gap in kinks(model, y, parameters):
        if abs(gap) <= 1e-9:
            raise SolutionError(
                f"model '{model.name}': the kink of max, min or abs in equation "
                f"'{label}' is active at rest, which derivatives at a point do not "
                "see; use a smooth function there"
            )


def check_covariance(model: DynamicModel, parameters) -> None:
    """Refuse a covariance of shocks that is none, at parameters (p,).

    Raises
    ------
    SolutionError
        Naming the shocks: a variance that is negative or out of range, a correlation
        beyond one, or correlations that contradict each other.
    """
    names = [s.name for s in model.shocks]
    covariance = covariance_function(model, True)(np.asarray(parameters))
    sizes = np.diag(covariance)
    head = f"model '{model.name}': the variance of the shock"
    for name, size in zip(names, sizes, strict=True):
        if size < 0:
            raise SolutionError(f"{head} '{name}' is {size:.6g}, which is negative")
        if not size <= _HUGE:
            raise SolutionError(f"{head} '{name}' is {size:.6g}, beyond what is solved")
    for i, j in zip(*np.nonzero(np.tril(covariance, -1)), strict=True):
        limit = np.sqrt(sizes[i] * sizes[j])
        if not abs(covariance[i, j]) <= limit * (1 + 1e-9):
            raise SolutionError(
                f"model '{model.name}': the covariance of the shocks '{names[j]}' and "
                f"'{names[i]}' is {covariance[i, j]:.6g}, more than their variances "
                f"allow ({limit:.6g})"
            )
    values = np.linalg.eigvalsh(covariance)
    if values.min(initial=0.0) < -1e-10 * values.max(initial=0.0):
        raise SolutionError(
            f"model '{model.name}': the correlations of the shocks contradict each "
            "other (the covariance has a negative eigenvalue)"
        )


def rounding_of(found: Perturbation) -> np.ndarray:
    """Rounding errors (n, n_x) that first derivatives may hold: terms that cancel."""
    inverse = np.abs(np.asarray(found.first.inverse))
    _, _, before, impact = (np.abs(np.asarray(m)) for m in found.system)
    # What is next to the smallest numbers is none.
    return 1e-14 * inverse @ np.concatenate([before, impact], axis=1) + 1e-30


def check_size(model: DynamicModel, order: int) -> None:
    """Refuse what would not fit into memory, or compile for the better part of an hour.

    Raises
    ------
    SolutionError
        With the number of variables, and the memory that they would take.
    """
    where = layout(model)
    if where.n > _LARGEST:
        minutes = _MINUTES * (where.n / _MEASURED) ** _GROWTH
        raise SolutionError(
            f"model '{model.name}' has {where.n} variables; up to {_LARGEST} are "
            f"solved, as derivatives of this one would compile for about "
            f"{minutes:.0f} minutes: leave out what does not feed back"
        )
    columns = len(where.states) + len(where.shocks)
    width = len(where.forward) + where.n + columns if order == 1 else columns**order
    needed = 8e-9 * _COPIES * where.n * width
    if needed > _MEMORY:
        lower = "solve at a lower order, or " if order > 1 else ""
        raise SolutionError(
            f"model '{model.name}' has {where.n} variables and {columns} states and "
            f"shocks: order {order} would take about {needed:.0f} GB of memory; "
            f"{lower}leave out what does not feed back"
        )


def evidence_of(
    model: DynamicModel, found: Perturbation, roots: Roots
) -> dict[str, float]:
    """``LocalPolicy.evidence`` of the first order, given the ordered QZ."""
    difference = np.inf
    if roots.rule is not None:
        rows = list(layout(model).dynamic)
        gap = (np.asarray(found.first.by_state) - roots.rule)[rows]
        size = 1 + np.max(np.abs(roots.rule), initial=0.0)
        difference = float(np.max(np.abs(gap), initial=0.0) / size)
    return {
        "first_order_residual": float(found.first.residual),
        "qz_difference": difference,
        "state_radius": float(found.first.state_radius),
        "forward_radius": float(found.first.forward_radius),
    }


def agrees(found: Perturbation, evidence: Mapping[str, float]) -> bool:
    """Whether doubling found the stable rule, to more than rounding."""
    finite = all(
        np.all(np.isfinite(np.asarray(a))) for a in found.rule if a is not None
    )
    stable = evidence["state_radius"] <= 1 + UNIT and evidence["forward_radius"] < 1
    close = evidence["qz_difference"] < 1e-8
    return finite and stable and close and evidence["first_order_residual"] < 1e-10


def digits(model: DynamicModel, first: FirstOrder, order: int) -> dict[str, float]:
    """Digits that the linear systems of the higher orders leave of the sixteen.

    From the spectra of the Sylvester equations: how near the product of a root that is
    left out (inverse) and roots that are kept comes to one, and the condition of the
    matrix that multiplies the new derivatives.
    """
    where = layout(model)
    forward, states = list(where.forward), list(where.states)
    ahead = np.linalg.eigvals(np.asarray(first.reach) @ np.asarray(first.pull)[forward])
    kept = np.linalg.eigvals(np.asarray(first.by_state)[states])
    inverse = np.asarray(first.inverse)
    condition = np.linalg.cond(inverse / np.abs(inverse).max(axis=0, initial=1e-300))
    found, products = {}, kept
    for power in range(2, order + 1):
        products = np.unique(np.multiply.outer(products, kept).round(14))
        if len(products) > 5000:
            # Those largest in modulus come nearest.
            products = products[np.argsort(-np.abs(products))[:5000]]
        gaps = np.abs(1 + np.multiply.outer(ahead, products))
        nearest = min(float(gaps.min(initial=1.0)), 1.0)
        lost = np.log10(max(condition, 1.0) / max(nearest, 1e-300))
        found[f"digits_order_{power}"] = float(max(15.65 - lost, 0.0))
    return found


def check_rule(
    model: DynamicModel,
    rule: Rule,
    evidence: Mapping[str, float],
    system: LinearSystem,
) -> None:
    """Refuse a rule that is none, does not solve the equations or is not stable.

    Raises
    ------
    DeterminacyError
        The equations leave variables open.
    SolutionError
        The residual, the derivatives that are not finite, or the roots.
    """
    # The residual judges: with repeated roots the ordered QZ loses digits.
    if not evidence["first_order_residual"] < 1e-8:
        open_ = undetermined(model, system)
        if open_:
            raise DeterminacyError(f"model '{model.name}': {open_}")
        raise SolutionError(
            f"model '{model.name}': the first-order rule leaves a relative residual of "
            f"{evidence['first_order_residual']:.1e}; rescale the variables whose "
            "sizes differ most"
        )
    for name, array in rule._asdict().items():
        if array is not None and not np.all(np.isfinite(np.asarray(array))):
            rows = np.argwhere(~np.isfinite(np.asarray(array)))[:, 0]
            raise SolutionError(
                f"model '{model.name}': derivatives of '{model.names[rows[0]]}' are "
                f"not finite ({name}); an equation has no derivative there"
            )
    stable = evidence["state_radius"] <= 1 + UNIT
    if not (stable and evidence["forward_radius"] < 1):
        raise SolutionError(
            f"model '{model.name}': the rule found has roots up to "
            f"{evidence['state_radius']:.6f} and leaves out roots from "
            f"{1 / evidence['forward_radius']:.6f} on, although the count of roots is "
            "determinate; roots at the unit circle are too close to be told apart"
        )
