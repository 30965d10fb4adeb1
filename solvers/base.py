"""What every solution can be asked, whichever solver made it.

Labelled outside, arrays inside: ``simulate``, the responses, ``moments`` and
``accuracy`` are what a user reads; ``observe`` gives the arrays that measures are made
of. Arguments come in one order: what happens (shocks), how long (periods or horizon),
what is looked at (outputs), then what only one solver knows (regimes, starts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


@runtime_checkable
class Solution(Protocol):
    """A solved model.

    Outputs are names of variables, all that the solution knows by default; shocks are
    in standard deviations by name. Values are per period, in the units of the model.
    """

    @property
    def states(self) -> tuple[str, ...]:
        """Names of what the rules are functions of."""
        ...

    def observe(
        self, names: Sequence[str], points: np.ndarray, regimes: np.ndarray | int = 0
    ) -> np.ndarray:
        """Variables (P, n) at states (P, d) in regimes (P,), or in one."""
        ...

    def simulate(
        self,
        periods: int,
        paths: int = 1,
        seed: int = 0,
        outputs: Sequence[str] | None = None,
        burn: int = 200,
    ) -> xr.Dataset:
        """Outputs along simulated paths (time, path), after ``burn`` periods."""
        ...

    def impulse_response(
        self,
        shocks: Mapping[str, float],
        horizon: int,
        outputs: Sequence[str] | None = None,
    ) -> xr.DataArray:
        """Response (horizon, variable) along the path without further shocks."""
        ...

    def generalised_impulse_response(
        self,
        shocks: Mapping[str, float],
        horizon: int,
        outputs: Sequence[str] | None = None,
        *,
        paths: int = ...,
        seed: int = ...,
    ) -> xr.DataArray:
        """Mean response (horizon, variable) over common other innovations."""
        ...

    def moments(
        self, outputs: Sequence[str] | None = None, lags: int = 5
    ) -> xr.Dataset:
        """Unconditional mean, variance, covariance and autocorrelation by variable."""
        ...

    def accuracy(self, points: int = ..., seed: int = ...) -> list[dict]:
        """Euler-equation errors (log10) by equation."""
        ...


def labelled_moments(
    names: Sequence[str],
    mean: np.ndarray,
    covariance: np.ndarray,
    autocovariance: np.ndarray,
    attrs: Mapping[str, object],
    units: Sequence[str] | None = None,
    rounding: np.ndarray | None = None,
) -> xr.Dataset:
    """Moments under their names, those that every solution gives.

    Parameters
    ----------
    mean, covariance : (n,) and (n, n).
    autocovariance : of every variable with itself ``lag`` periods before, (lags, n).
    units : of the variables, a coordinate if given.
    rounding : standard deviations (n,) that rounding errors explain, none by default.

    Returns
    -------
    ``mean``, ``variance``, ``standard_deviation`` (variable), ``covariance``,
    ``correlation`` (variable, other) and ``autocorrelation`` (lag, variable), the last
    two missing for a variable that never moves.
    """
    import numpy as np
    import xarray as xr

    labels = list(names)
    variance = np.diag(covariance)
    deviation = np.sqrt(np.maximum(variance, 0.0))
    # A variable that never moves, given its own size, has no correlation with anything.
    least = 1e-12 * np.abs(mean) if rounding is None else rounding
    scale = np.where(deviation > least, deviation, np.nan)
    both = ("variable", "other")
    coords = {
        "variable": labels,
        "other": labels,
        "lag": np.arange(1, len(autocovariance) + 1),
    }
    if units is not None:
        coords["unit"] = ("variable", list(units))
    return xr.Dataset(
        {
            "mean": ("variable", mean),
            "variance": ("variable", variance),
            "standard_deviation": ("variable", deviation),
            "covariance": (both, covariance),
            "correlation": (both, covariance / np.outer(scale, scale)),
            "autocorrelation": (("lag", "variable"), autocovariance / scale**2),
        },
        coords=coords,
        attrs=dict(attrs),
    )
