r"""Values by the log-linear present value of Campbell and Shiller (1988) in a VAR.

A claim whose log payoff grows by g + f'z' and whose log expected return is r + q'z has
the log price/payoff ratio p + h'z, with p from its mean and h from

    kappa1 = e^p / (1 + e^p),   h' = (f'Psi - q') (I - kappa1 Psi)^{-1}
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp

from ..errors import ValueDoesNotExistError

Array = Any


class LogRatio(NamedTuple):
    """Log price/payoff ratio: mean p, kappa1 (scalars) and loading h (n,)."""

    mean: Array
    kappa: Array
    loading: Array


def mean_log_ratio(excess: Array) -> Array:
    """P with p (1 - kappa1) = kappa0 - ``excess``, the mean return less growth.

    kappa0 = ln(1 + e^p) - kappa1 p turns it into p = -ln(e^excess - 1). NaN, not a
    value, where ``excess`` is not positive: callers have to judge it.
    """
    return -jnp.log(jnp.expm1(excess))


def log_ratio(psi: Array, excess: Array, growth: Array, rate: Array) -> LogRatio:
    """Log price/payoff ratio.

    Parameters
    ----------
    psi : (n, n). excess : mean log return less mean log growth, positive.
    growth, rate : loadings (n,) of next payoff growth and of the expected return.
    """
    mean = mean_log_ratio(excess)
    kappa = 1 / (1 + jnp.exp(-mean))
    eye = jnp.eye(len(growth))
    loading = jnp.linalg.solve((eye - kappa * psi).T, psi.T @ growth - rate)
    return LogRatio(mean, kappa, loading)


def require_finite(excess: float, root: float, name: str) -> None:
    """Refuse a claim without a value.

    Parameters
    ----------
    excess : mean log return less mean log growth. root : spectral radius of Psi.

    Raises
    ------
    ValueDoesNotExistError
        If growth is not below the return, or the VAR is explosive.
    """
    if not excess > 0:
        raise ValueDoesNotExistError(
            f"claim '{name}': mean growth is not below the discount rate (return less "
            f"growth {excess:.4f} a period), so its value is not finite; "
            "raise the premium"
        )
    if not root < 1:
        raise ValueDoesNotExistError(
            f"claim '{name}': the largest eigenvalue of the VAR is {root:.4f}, not "
            "below one, so its states have no means"
        )
