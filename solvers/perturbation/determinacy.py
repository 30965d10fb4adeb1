"""Blanchard-Kahn verdict of a model in the general form, with who carries the roots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from ...models.general.model import DynamicModel
from ...models.general.parameters import at_rest_parameters, derived_parameters
from ..compiled import Compiled, compiled
from ..errors import DeterminacyError, SolutionError
from ..projection.linear import Determinacy
from .diagnosis import listed, undetermined
from .first_order import LinearSystem, Roots, layout, linear_system, roots_by_qz
from .steady_state import steady_state_solver

_ADVICE = {
    "indeterminate": "{n} root(s) too many lie inside the unit circle, so that beliefs "
    "alone can move the economy",
    "explosive": "{n} root(s) too few lie inside the unit circle, so that no bounded "
    "path exists from most states",
}


def verdict(
    model: DynamicModel, parameters: jax.Array, system: LinearSystem
) -> tuple[Determinacy, Roots]:
    """Count the roots of the linear system at parameters (p,), on the host.

    Raises
    ------
    SolutionError
        An equation has no derivative at the steady state.
    DeterminacyError
        The linearised system is singular, or the number of stable roots is right and
        their paths do not start from every state. A model that is not determinate
        otherwise raises nothing here: ``Determinacy.require`` does.
    """
    where = layout(model)
    _check_finite(model, system)
    try:
        roots = roots_by_qz(where, system)
    except DeterminacyError as problem:
        found = undetermined(model, system) or str(problem)
        raise DeterminacyError(f"model '{model.name}': {found}") from None
    if roots.free is not None and roots.bound is not None:
        raise DeterminacyError(_rank_message(model, parameters, roots))
    found = Determinacy(model.name, roots.stable, len(where.states), roots.eigenvalues)
    if found.verdict != "determinate":
        found = replace(found, carriers=_message(model, parameters, found))
    return found, roots


def _check_finite(model: DynamicModel, system: LinearSystem) -> None:
    every = np.concatenate([np.asarray(m) for m in system], axis=1)
    lost = ~np.all(np.isfinite(every), axis=1)
    if np.any(lost):
        broken = [e.name for e, bad in zip(model.equations, lost, strict=True) if bad]
        raise SolutionError(
            f"model '{model.name}': {listed(broken)} cannot be differentiated at the "
            "steady state: a root, power or logarithm stands at the end of its domain"
        )


def _rank_message(model: DynamicModel, parameters, roots: Roots) -> str:
    assert roots.free is not None and roots.bound is not None
    names = layout(model).variables
    text = (
        f"model '{model.name}' has no stable solution: there are as many stable roots "
        f"as predetermined variables, {roots.stable}, but they belong to other "
        f"variables (the rank condition of Blanchard and Kahn 1980 fails). No stable "
        f"path starts from {_names(names, roots.bound)}, while "
        f"{_names(names, roots.free)} may take any value."
    )
    outside = roots.eigenvalues[roots.stable :]
    for root in outside[np.isfinite(outside)][:1]:
        text += " " + _carrier(model, parameters, root)
    return text


def _message(model: DynamicModel, parameters, found: Determinacy) -> str:
    excess = found.stable - found.predetermined
    moduli = np.abs(found.eigenvalues)
    if excess > 0:
        suspects = found.eigenvalues[: found.stable][::-1]
    else:
        suspects = found.eigenvalues[found.stable :]
    # The roots in excess are those nearest one; the next one may be meant as well.
    finite = [r for r in suspects[: abs(excess) + 1] if np.isfinite(r) and r.imag >= 0]
    near = ", ".join(f"{m:.6g}" for m in sorted(moduli, key=_distance_from_one)[:4])
    text = (
        f"model '{model.name}' is {found.verdict}: {found.stable} stable roots for "
        f"{found.predetermined} predetermined variables ("
        f"{', '.join(layout(model).state_names) or 'none'}); "
        f"{_ADVICE[found.verdict].format(n=abs(excess))}. Moduli nearest one: {near}."
    )
    if found.unit_roots:
        text += f" {found.unit_roots} of them is a unit root and counts as stable."
    for root in finite[:2]:
        text += " " + _carrier(model, parameters, root)
    return text


def _distance_from_one(modulus: float) -> float:
    return abs(np.log(modulus)) if 0 < modulus < np.inf else np.inf


def _carrier(model: DynamicModel, parameters, root: complex) -> str:
    """Variables, equations and parameters behind one root."""
    where = layout(model)
    found = _pencil(model)(parameters)
    (ahead, now, before), slopes, own = jax.tree.map(np.asarray, found)
    left, _, right = np.linalg.svd(root**2 * ahead + root * now + before)
    r, l_conj = right[-1].conj(), left[:, -1].conj()
    text = (
        f"The root {root.real:.4g}"
        + (f"{root.imag:+.4g}i" if abs(root.imag) > 1e-9 else "")
        + f" moves {_names(where.variables, r)}, through equations "
        + _names([e.name for e in model.equations], l_conj)
    )
    slope = l_conj @ (2 * root * ahead + now) @ r
    if abs(slope) > 1e-12 and len(model.parameters):
        d_ahead, d_now, d_before = slopes
        change = root**2 * d_ahead + root * d_now + d_before
        by_parameter = -np.einsum("i,ijp,j->p", l_conj, change, r) / slope
        if own is not None:
            # What is computed from others points to them.
            by_parameter = by_parameter @ own[0]
        modulus = np.real(np.conj(root) * by_parameter) / abs(root)
        # Elasticities; a parameter at zero is moved by a tenth instead.
        size = np.maximum(np.abs(np.asarray(parameters)), 0.1)
        # Steady states inside equations have no value of their own (NaN).
        weight = modulus * np.where(np.isfinite(size), size, 0.0)
        if np.max(np.abs(weight), initial=0.0) > 1e-8:
            labels = [p.name for p in model.parameters]
            text += f", and depends most on {_names(labels, weight, 0.05)}"
    return text + "."


@lru_cache(maxsize=8)
def _pencil(model: DynamicModel) -> Compiled:
    """Matrices (n, n) of the system, their slopes by parameters, those of derived ones.

    Of ``parameters (p,)``: three matrices, as many slopes (n, n, p), and (p, p) in a
    tuple, or None where nothing is computed from other parameters.
    """
    where, renew = layout(model), derived_parameters(model)

    def quadratic(parameters):
        y = steady_state_solver(model)(parameters).values
        parameters = at_rest_parameters(model)(y, parameters)
        _, (ahead, now, before, _) = linear_system(model)(y, parameters)
        empty = jnp.zeros((where.n, where.n))
        full_ahead = empty.at[:, jnp.asarray(where.forward, int)].set(ahead)
        full_before = empty.at[:, jnp.asarray(where.states, int)].set(before)
        return full_ahead, now, full_before

    def pencil(parameters):
        own = None if renew is None else (jax.jacfwd(renew)(parameters),)
        slopes = jax.jacfwd(quadratic)(parameters) if len(parameters) else ()
        return quadratic(parameters), slopes, own

    return compiled(pencil, name="pencil")


def _names(labels: Sequence[str], weights: np.ndarray, share: float = 0.2) -> str:
    """Up to three names, those whose weight is ``share`` of the largest or more."""
    size = np.abs(weights)
    order = [i for i in np.argsort(-size) if size[i] > share * size.max()][:3]
    return ", ".join(f"'{labels[i]}'" for i in order)
