"""Priors as densities: what mean and standard deviation say about each family.

The families and their parameters are those of Dynare: ``inv_gamma`` is the density of a
standard deviation whose square is inverse gamma (Zellner 1971, appendix A.4).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np
from scipy import optimize, special, stats

from ...models.general.estimation import Prior
from ..errors import SolutionError


@dataclass(frozen=True)
class Density:
    """A prior by what its density needs.

    Attributes
    ----------
    log : traceable, ``value -> log density``; minus infinity outside the support.
    distribution : the same, frozen, of scipy: draws, quantiles and moments.
    """

    log: Callable[[Any], Any]
    distribution: Any


def density(prior: Prior) -> Density:
    """The density of a declared prior.

    Raises
    ------
    SolutionError
        No member of the family has this mean and standard deviation.
    """
    return _FAMILIES[prior.family](prior)


def _within(value, low: float, high: float, inside: Callable[[Any], Any]):
    """``inside`` between ends; its argument stays there for the sake of gradients."""
    fine = (value > low) & (value < high)
    middle = low + 1.0 if math.isinf(high) else 0.5 * (low + high)
    return jnp.where(fine, inside(jnp.where(fine, value, middle)), -jnp.inf)


def _normal(prior: Prior) -> Density:
    mean, size = prior.mean, prior.standard_deviation
    constant = -math.log(size) - 0.5 * math.log(2 * math.pi)
    return Density(
        lambda x: constant - 0.5 * ((x - mean) / size) ** 2, stats.norm(mean, size)
    )


def _beta(prior: Prior) -> Density:
    low, high = prior.support
    width = high - low
    mean, variance = (
        (prior.mean - low) / width,
        (prior.standard_deviation / width) ** 2,
    )
    total = mean * (1 - mean) / variance - 1
    a, b = mean * total, (1 - mean) * total
    constant = -float(special.betaln(a, b)) - math.log(width)

    def inside(x):
        share = (x - low) / width
        return constant + (a - 1) * jnp.log(share) + (b - 1) * jnp.log1p(-share)

    return Density(
        partial(_within, low=low, high=high, inside=inside),
        stats.beta(a, b, low, width),
    )


def _gamma(prior: Prior) -> Density:
    low, _ = prior.support
    mean = prior.mean - low
    scale = prior.standard_deviation**2 / mean
    shape = mean / scale
    constant = -float(special.gammaln(shape)) - shape * math.log(scale)

    def inside(x):
        return constant + (shape - 1) * jnp.log(x - low) - (x - low) / scale

    return Density(
        partial(_within, low=low, high=math.inf, inside=inside),
        stats.gamma(shape, low, scale),
    )


def _inverse_gamma(prior: Prior) -> Density:
    """Density 2 (s/2)^(nu/2) / Gamma(nu/2) x^(-nu-1) exp(-s / (2 x^2))."""
    low, _ = prior.support
    freedom, scale = _root_inverse_gamma(prior.mean - low, prior.standard_deviation)
    constant = (
        math.log(2.0)
        - float(special.gammaln(freedom / 2))
        + freedom / 2 * math.log(scale / 2)
    )

    def inside(x):
        return constant - (freedom + 1) * jnp.log(x - low) - scale / 2 / (x - low) ** 2

    return Density(
        partial(_within, low=low, high=math.inf, inside=inside),
        _RootOf(stats.invgamma(freedom / 2, scale=scale / 2), low),
    )


def _root_inverse_gamma(mean: float, size: float) -> tuple[float, float]:
    """Degrees of freedom nu and scale s of a standard deviation's density.

    Mean sqrt(s/2) Gamma((nu-1)/2) / Gamma(nu/2), second moment s / (nu-2).
    """
    if math.isinf(size):
        return 2.0, 2.0 * mean**2 / math.pi
    target = math.log1p((size / mean) ** 2)

    def gap(log_excess: float) -> float:
        # Second moment over squared mean, less what is asked for.
        nu = 2 + math.exp(log_excess)
        ratio = 2 * (special.gammaln(nu / 2) - special.gammaln((nu - 1) / 2))
        return float(ratio + math.log(2.0) - math.log(nu - 2) - target)

    low, high = math.log(1e-12), math.log(1e8)
    if not gap(low) > 0 > gap(high):
        raise SolutionError(
            f"no inverse gamma prior has mean {mean:g} and standard deviation {size:g}"
        )
    nu = 2 + math.exp(_root(gap, low, high))
    return nu, (nu - 2) * (mean**2 + size**2)


def _inverse_gamma_of_variance(prior: Prior) -> Density:
    low, _ = prior.support
    mean, size = prior.mean - low, prior.standard_deviation
    precision = 0.0 if math.isinf(size) else (mean / size) ** 2
    shape, scale = 2 + precision, mean * (1 + precision)
    constant = shape * math.log(scale) - float(special.gammaln(shape))

    def inside(x):
        return constant - (shape + 1) * jnp.log(x - low) - scale / (x - low)

    return Density(
        partial(_within, low=low, high=math.inf, inside=inside),
        stats.invgamma(shape, low, scale),
    )


def _uniform(prior: Prior) -> Density:
    low, high = prior.support
    constant = -math.log(high - low)
    return Density(
        lambda x: jnp.where((x > low) & (x < high), constant, -jnp.inf),
        stats.uniform(low, high - low),
    )


def _weibull(prior: Prior) -> Density:
    low, _ = prior.support
    mean = prior.mean - low
    target = math.log1p((prior.standard_deviation / mean) ** 2)

    def gap(log_shape: float) -> float:
        inverse = math.exp(-log_shape)
        two, one = special.gammaln(1 + 2 * inverse), special.gammaln(1 + inverse)
        return float(two - 2 * one - target)

    ends = math.log(0.02), math.log(1e4)
    if not gap(ends[0]) > 0 > gap(ends[1]):
        raise SolutionError(
            f"no Weibull prior has mean {mean:g} and standard deviation "
            f"{prior.standard_deviation:g}"
        )
    shape = math.exp(_root(gap, *ends))
    scale = mean / math.exp(float(special.gammaln(1 + 1 / shape)))
    constant = math.log(shape) - shape * math.log(scale)

    def inside(x):
        relative = (x - low) / scale
        return constant + (shape - 1) * jnp.log(x - low) - relative**shape

    return Density(
        partial(_within, low=low, high=math.inf, inside=inside),
        stats.weibull_min(shape, low, scale),
    )


def _root(gap: Callable[[float], float], low: float, high: float) -> float:
    found: Any = optimize.brentq(gap, low, high, xtol=1e-14)
    return float(found)


@dataclass(frozen=True)
class _RootOf:
    """Square root of a positive random variable, shifted."""

    square: Any
    low: float

    def rvs(self, size=None, random_state=None) -> np.ndarray:
        """Draws."""
        return self.low + np.sqrt(self.square.rvs(size, random_state))

    def ppf(self, share):
        """Quantiles."""
        return self.low + np.sqrt(self.square.ppf(share))

    def cdf(self, value):
        """Probability of less."""
        return self.square.cdf(np.maximum(np.asarray(value) - self.low, 0.0) ** 2)

    def pdf(self, value):
        """Density."""
        x = np.asarray(value) - self.low
        return 2 * x * self.square.pdf(x**2)


_FAMILIES: dict[str, Callable[[Prior], Density]] = {
    "normal": _normal,
    "beta": _beta,
    "gamma": _gamma,
    "inv_gamma": _inverse_gamma,
    "inv_gamma2": _inverse_gamma_of_variance,
    "uniform": _uniform,
    "weibull": _weibull,
}
