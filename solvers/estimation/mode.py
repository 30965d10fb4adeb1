"""The posterior mode: climbs from several starts, and what the curvature there says."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from scipy import linalg, optimize

from ..compiled import compiled
from ..errors import SolutionError
from .posterior import Posterior

# A gradient below this, in units of one standard deviation, is that of a mode.
_FLAT = 1e-3
_STEP = 1e-4
_NEWTON = 20


@dataclass(frozen=True)
class Mode:
    """Where the posterior density is highest, as far as the starts have found.

    Attributes
    ----------
    values : (k,), the mode; standard_deviation : (k,), from the curvature.
    covariance : (k, k), inverse of minus the second derivatives of the log density.
    log_prior, log_likelihood : there.
    log_marginal : of the data, by Laplace's approximation (of the density of the
        parameters themselves, as Dynare reports it).
    slope : largest gradient in units of one standard deviation.
    starts : (s, k), and ends : (s,) the log posterior that each has reached.
    """

    values: np.ndarray
    standard_deviation: np.ndarray
    covariance: np.ndarray
    log_prior: float
    log_likelihood: float
    log_marginal: float
    slope: float
    starts: np.ndarray
    ends: np.ndarray

    @property
    def log_posterior(self) -> float:
        """Log prior and log likelihood together."""
        return self.log_prior + self.log_likelihood


def find_mode(
    posterior: Posterior,
    starts: int = 4,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
    beside: Sequence[np.ndarray] = (),
) -> Mode:
    """Climb from the declared start and from draws of the prior; keep the highest end.

    Quasi-Newton steps in free coordinates, then Newton's with differenced gradients.

    Parameters
    ----------
    beside : more starts, parameters (k,); those without a density are left out.

    Raises
    ------
    SolutionError
        No start has a density; no mode inside the bounds; a direction that the data and
        the prior leave open, named by the parameters in it.
    """
    program = _Program.of(posterior)
    begun = _starts(posterior, starts, seed)
    begun += [
        posterior.bounds.free(b) for b in beside if not posterior.refused(np.asarray(b))
    ]
    ends, values = [], []
    for number, start in enumerate(begun, 1):
        found = optimize.minimize(
            program.cost, start, jac=True, method="BFGS", options={"gtol": 1e-5}
        )
        values.append(found.x)
        ends.append(-float(found.fun))
        say(f"start {number} of {len(begun)}: log posterior {ends[-1]:.4f}")
    best = _polished(program, values[int(np.argmax(ends))])
    return _described(posterior, program, best, np.stack(begun), np.array(ends))


@dataclass(frozen=True)
class _Program:
    """Log posterior of parameters, seen in free coordinates, and its gradient."""

    posterior: Posterior
    both: Callable

    @classmethod
    def of(cls, posterior: Posterior) -> _Program:
        def value(free, given):
            return posterior.value(posterior.bounds.inside(free), given).posterior

        return cls(posterior, compiled(jax.value_and_grad(value), name="mode_slope"))

    def cost(self, free: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the log posterior, and its gradient; a wall where there is none."""
        value, slope = (
            np.asarray(a) for a in self.both(jnp.asarray(free), self.posterior.given)
        )
        if not math.isfinite(float(value)) or not np.all(np.isfinite(slope)):
            return 1e10, np.zeros(len(free))
        return -float(value), -slope

    def curvature(self, free: np.ndarray) -> np.ndarray:
        """Second derivatives (k, k) of the cost: central differences of gradients."""
        rows = []
        for i in range(len(free)):
            step = np.zeros(len(free))
            step[i] = _STEP
            ahead, behind = self.cost(free + step), self.cost(free - step)
            if max(ahead[0], behind[0]) >= 1e10:
                name = self.posterior.names[i]
                raise SolutionError(
                    f"the posterior density ends beside its mode where '{name}' moves: "
                    f"{self._why(free, step)}"
                )
            rows.append((ahead[1] - behind[1]) / (2 * _STEP))
        found = np.stack(rows)
        return 0.5 * (found + found.T)

    def _why(self, free: np.ndarray, step: np.ndarray) -> str:
        bounds = self.posterior.bounds
        for moved in (free + step, free - step):
            reason = self.posterior.refused(
                np.asarray(bounds.inside(jnp.asarray(moved)))
            )
            if reason:
                return reason
        return "its gradient is not finite"


def _starts(posterior: Posterior, count: int, seed: int) -> list[np.ndarray]:
    """Free coordinates of the declared start, and of draws of the prior."""
    random = np.random.default_rng(seed)
    bounds, found, tries = posterior.bounds, [], 0
    first = posterior.start
    reason = posterior.refused(first)
    if not reason:
        found.append(bounds.free(first))
    while len(found) < count and tries < 50 * count:
        tries += 1
        draw = draw_of_prior(posterior, random)
        if not posterior.refused(draw):
            found.append(bounds.free(draw))
    if not found:
        raise SolutionError(
            f"neither the start nor {tries} draws of the prior have a likelihood; at "
            f"the start: {reason}"
        )
    return found


def draw_of_prior(posterior: Posterior, random: np.random.Generator) -> np.ndarray:
    """A draw of the prior inside the bounds; without a prior, near the start."""
    bounds = posterior.bounds
    near = bounds.free(posterior.start) + 0.5 * random.standard_normal(
        len(posterior.start)
    )
    found = np.array(bounds.inside(jnp.asarray(near)))
    for i, prior in enumerate(posterior.densities):
        if prior is None:
            continue
        for _ in range(100):
            value = float(prior.distribution.rvs(random_state=random))
            if bounds.low[i] < value < bounds.high[i]:
                found[i] = value
                break
    return found


def _polished(program: _Program, free: np.ndarray) -> np.ndarray:
    """Newton steps as long as they climb."""
    cost, slope = program.cost(free)
    for _ in range(_NEWTON):
        curvature = program.curvature(free)
        roots, vectors = np.linalg.eigh(curvature)
        # Directions that are open or curve the wrong way are not walked.
        kept = roots > 1e-8 * max(roots[-1], 1e-300)
        inverse = vectors[:, kept] / roots[kept] @ vectors[:, kept].T
        step = -inverse @ slope
        gain = -float(slope @ step)
        if gain < 1e-10:
            break
        size = 1.0
        while size > 1e-4:
            ahead, after = program.cost(free + size * step)
            if ahead < cost:
                break
            size *= 0.5
        else:
            break
        free, cost, slope = free + size * step, ahead, after
    return free


def _described(
    posterior: Posterior,
    program: _Program,
    free: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
) -> Mode:
    curvature = program.curvature(free)
    bounds = posterior.bounds
    values = np.asarray(bounds.inside(jnp.asarray(free)))
    # The density of the parameters themselves, not of free coordinates, is reported.
    scale = np.diagonal(np.asarray(jax.jacfwd(bounds.inside)(jnp.asarray(free))))
    _, slope = program.cost(free)
    if np.any(np.abs(scale) < 1e-12 * np.maximum(np.abs(values), 1.0)):
        stuck = [
            n for n, s in zip(posterior.names, scale, strict=True) if abs(s) < 1e-12
        ]
        raise SolutionError(
            f"the posterior rises up to the bound of "
            f"{', '.join(stuck) or 'a parameter'}: there is no mode inside; widen the "
            "bound, or fix the parameter"
        )
    # At a mode the gradient is zero: the curvature follows by the chain rule alone.
    hessian = curvature / np.outer(scale, scale)
    size = np.sqrt(np.maximum(np.diagonal(hessian), 1e-300))
    scaled = hessian / np.outer(size, size)
    roots, vectors = np.linalg.eigh(scaled)
    if not roots[0] > 1e-9:
        open_in = np.abs(vectors[:, 0])
        names = [
            n
            for n, share in zip(posterior.names, open_in, strict=True)
            if share > 0.3 * open_in.max()
        ]
        raise SolutionError(
            f"data and priors leave a direction open: {', '.join(names)} (smallest "
            f"root of the scaled curvature {roots[0]:.1e}); fix one of them, or "
            "give a prior"
        )
    covariance = linalg.inv(scaled) / np.outer(size, size)
    deviation = np.sqrt(np.diagonal(covariance))
    steep = float(np.max(np.abs(slope / scale) * deviation))
    if steep > _FLAT:
        worst = posterior.names[int(np.argmax(np.abs(slope / scale) * deviation))]
        raise SolutionError(
            f"the search for the mode has not converged: '{worst}' would still gain "
            f"{steep:.1e} per standard deviation; give other starts or more of them"
        )
    found = posterior.program(jnp.asarray(values), posterior.given)
    log_prior, log_likelihood = float(found.prior), float(found.likelihood)
    log_marginal = (
        log_prior
        + log_likelihood
        + 0.5 * len(values) * math.log(2 * math.pi)
        + 0.5 * float(np.linalg.slogdet(covariance)[1])
    )
    return Mode(
        values,
        deviation,
        covariance,
        log_prior,
        log_likelihood,
        log_marginal,
        steep,
        np.asarray([np.asarray(bounds.inside(jnp.asarray(s))) for s in starts]),
        ends,
    )
