"""Models in the general form whose parameters follow a Markov chain.

The conditions of regime i are sum_j p_ij(y_t, y_{t-1}) E f(y_{t+1}(j), y_t, y_{t-1},
eps_t; theta_i, theta_j) = 0. They are expanded in sigma, which scales shocks and the
distance of some parameters from their ergodic mean, theta_i(sigma) = mean + sigma
(theta_i - mean): those that move the steady state, so that one steady state is common
to regimes at sigma = 0 (Foerster, Rubio-Ramirez, Waggoner and Zha 2016, section 2.3).
Other parameters keep their regime's values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np

from ...models.declaration import DeclarationError, not_found
from ...models.general.functions import covariance_function, residual_function
from ...models.general.model import DynamicModel
from ..compiled import compiled
from ..errors import SolutionError
from .reduction import SwitchingSystem

Transition = Callable[[jax.Array, jax.Array, jax.Array], jax.Array]


# Identity is equality: compiled programs are cached on the object.
@dataclass(frozen=True, eq=False)
class SwitchingModel:
    """A model with parameters by regime, and the point it is expanded around.

    Attributes
    ----------
    parameters : theta_i (R, p) in declared order.
    transition : p_ij (R, R), or a traceable ``(y_t, y_{t-1}, theta) -> (R, R)`` of
        which row i is used with ``theta = theta_i``, never scaled by sigma.
    steady_state : variables (n,) at rest at sigma = 0, common to regimes.
    averaged : names of parameters that sigma scales towards their ergodic mean.
    regimes : labels (R).

    Raises
    ------
    DeclarationError
        A name in ``averaged`` that is no parameter; shapes that do not fit.
    SolutionError
        ``steady_state`` does not solve some regime's conditions.
    """

    model: DynamicModel
    parameters: np.ndarray
    transition: np.ndarray | Transition
    steady_state: np.ndarray
    averaged: Sequence[str] = ()
    regimes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Check names, shapes and the steady state."""
        known = [p.name for p in self.model.parameters]
        set_ = object.__setattr__
        set_(self, "parameters", np.asarray(self.parameters, float))
        set_(self, "steady_state", np.asarray(self.steady_state, float))
        if self.parameters.ndim != 2 or self.parameters.shape[1] != len(known):
            raise DeclarationError(
                f"parameters by regime have shape {self.parameters.shape}; the model "
                f"'{self.model.name}' needs (R, {len(known)})"
            )
        if self.steady_state.shape != (len(self.model.names),):
            raise DeclarationError(
                f"the steady state has shape {self.steady_state.shape}, not "
                f"({len(self.model.names)},): it is common to regimes"
            )
        for name in self.averaged:
            if name not in known:
                raise DeclarationError(not_found("parameter", name, known))
        if not self.regimes:
            labels = tuple(f"regime {i + 1}" for i in range(len(self.parameters)))
            set_(self, "regimes", labels)
        # Values on the host are found now: they are used while programs are traced.
        host = [self.chances, self.shock_roots]
        if self.averaged:
            host.append(self.ergodic_mean)
        assert all(len(h) for h in host)
        self._check_rest()

    @property
    def count(self) -> int:
        """Number of regimes R."""
        return len(self.parameters)

    @cached_property
    def chances(self) -> np.ndarray:
        """Probabilities p_ij (R, R) at the steady state, regime by regime."""
        rest = self.steady_state
        everyone = np.arange(self.count)

        def row(i):
            return self.probabilities(i, rest, rest)

        # Some transitions are traced functions: one program instead of many.
        return np.asarray(compiled(jax.vmap(row), name="switching_chances")(everyone))

    def chance_slopes(self, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives (R, R, n) of p_ij by y_t at rest and y_{t-1} at ``before``."""
        everyone = np.arange(self.count)

        def slopes(regime, now, lagged):
            return jax.jacfwd(self.probabilities, argnums=(1, 2))(regime, now, lagged)

        every = compiled(jax.vmap(slopes, in_axes=(0, None, None)), name="slopes")
        now, lagged = every(everyone, self.steady_state, before)
        return np.asarray(now), np.asarray(lagged)

    @cached_property
    def ergodic_mean(self) -> np.ndarray:
        """Ergodic means of the parameters (p,), probabilities as at rest."""
        count = self.count
        matrix = np.vstack([self.chances.T - np.eye(count), np.ones(count)])
        right = np.concatenate([np.zeros(count), [1.0]])
        weights, _, rank, _ = np.linalg.lstsq(matrix, right, rcond=1e-12)
        if rank < count:
            raise SolutionError(
                "the ergodic mean of parameters does not exist: some regimes never "
                "reach each other. Give equal values, or leave 'averaged' empty."
            )
        return weights @ self.parameters

    def scaled_parameters(self, regime, sigma) -> jax.Array:
        """theta_i(sigma) (p,); regimes may be traced here and below."""
        own = jnp.asarray(self.parameters)[regime]
        if not self.averaged:
            return own
        names = [p.name for p in self.model.parameters]
        chosen = jnp.asarray([n in self.averaged for n in names])
        mean = jnp.asarray(self.ergodic_mean)
        return jnp.where(chosen, mean + sigma * (own - mean), own)

    def probabilities(self, regime, now, before) -> jax.Array:
        """Row p_i (R,) of the transition matrix at y_t and y_{t-1} (n,)."""
        if callable(self.transition):
            own = jnp.asarray(self.parameters)[regime]
            return self.transition(now, before, own)[regime]
        return jnp.asarray(self.transition, float)[regime]

    def residual(self, regime, later, ahead, now, before, shocks, sigma):
        """Residuals f (n,) if ``later`` is the regime of t+1."""
        f = residual_function(self.model)
        own = self.scaled_parameters(regime, sigma)
        return f(ahead, now, before, shocks, own, self.scaled_parameters(later, sigma))

    @cached_property
    def shock_roots(self) -> np.ndarray:
        """Square roots L_j (R, m, m) of the shocks' covariances, each regime's own."""
        covariance = covariance_function(self.model, True)
        found = []
        for label, own in zip(self.regimes, self.parameters, strict=True):
            values, vectors = np.linalg.eigh(covariance(own))
            if np.any(values < -1e-12 * np.abs(values).max(initial=1e-300)):
                raise SolutionError(
                    f"{label}: the covariance of shocks has a negative eigenvalue, "
                    f"{values.min():.3g}"
                )
            found.append(vectors * np.sqrt(np.maximum(values, 0.0)))
        return np.array(found)

    def conditions(self, regime, later, now, before, shocks, sigma, nodes):
        """Expected residuals (n,) of ``regime``.

        ``later(j, shocks)`` gives y_{t+1} if regime j arrives with ``shocks`` (m,);
        ``nodes`` are points (Q, m) and weights (Q,) for standard normal shocks.
        """
        points, weights = nodes
        roots = jnp.asarray(self.shock_roots)

        def arrived(j, node):
            ahead = later(j, sigma * roots[j] @ node)
            return self.residual(regime, j, ahead, now, before, shocks, sigma)

        at_nodes = jax.vmap(arrived, in_axes=(None, 0))
        found = jax.vmap(at_nodes, in_axes=(0, None))(
            jnp.arange(self.count), jnp.asarray(points)
        )
        chances = self.probabilities(regime, now, before)
        return jnp.einsum("j,v,jvn->n", chances, jnp.asarray(weights), found)

    def _check_rest(self) -> None:
        rest = jnp.asarray(self.steady_state)
        quiet = jnp.zeros(len(self.model.shocks))
        everyone = np.arange(self.count)

        def expected(i):
            gaps = jax.vmap(
                lambda j: self.residual(i, j, rest, rest, rest, quiet, 0.0)
            )(everyone)
            return self.probabilities(i, rest, rest) @ gaps

        gaps = np.asarray(compiled(jax.vmap(expected), name="switching_rest")(everyone))
        for label, gap in zip(self.regimes, gaps, strict=True):
            worst = int(np.argmax(np.where(np.isfinite(gap), np.abs(gap), np.inf)))
            if not np.abs(gap[worst]) < 1e-8:
                raise SolutionError(
                    f"the steady state does not solve {label}: equation "
                    f"'{self.model.equations[worst].name}' is off by {gap[worst]:.3g}. "
                    "Name the parameters that move the steady state in 'averaged', "
                    "and give the steady state at their ergodic mean."
                )


def linear_switching_system(problem: SwitchingModel) -> SwitchingSystem:
    """First-order system in deviations from rest, with constants by sigma."""
    rest = jnp.asarray(problem.steady_state)
    quiet = jnp.zeros(len(problem.model.shocks))
    everyone = np.arange(problem.count)
    names = problem.model.names

    def expected(regime, now, before, shocks, sigma):
        chances = problem.probabilities(regime, now, before)
        found = jax.vmap(
            lambda j: problem.residual(regime, j, rest, now, before, shocks, sigma)
        )(everyone)
        return chances @ found

    def derivatives(i):
        ahead = jax.vmap(
            lambda j: jax.jacfwd(
                lambda y: problem.residual(i, j, y, rest, rest, quiet, 0.0)
            )(rest)
        )(everyone)
        others = jax.jacfwd(expected, argnums=(1, 2, 3, 4))
        return ahead, *others(i, rest, rest, quiet, 0.0)

    found = compiled(jax.vmap(derivatives), name="switching_system")(everyone)
    ahead, now, before, impact, constant = (np.array(d) for d in found)
    return SwitchingSystem(
        problem.chances, ahead, now, before, impact, constant, names, problem.regimes
    )
