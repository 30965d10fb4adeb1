"""Estimates by moments: parameters, moments side by side, and what they identify."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...solvers.estimation.moments import Matched, Targets

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

# Of a normal distribution: 95 percent.
_TWO_SIDED = 1.959963984540054
# A correlation from which on two effects on moments are hardly told apart.
COLLINEAR = 0.99


@dataclass(frozen=True, eq=False, repr=False)
class MomentEstimate:
    """Parameters that give a model the data's moments. Made by ``estimate``.

    Attributes
    ----------
    targets
        Moments and their variance, with the data.
    found
        The estimate in arrays.
    data_name
        What data were called.
    unfollowed
        What the file asks for and was not followed, in words.
    """

    targets: Targets
    found: Matched
    data_name: str
    unfollowed: tuple[str, ...] = ()

    def __repr__(self) -> str:
        names = ", ".join(self.targets.target.names)
        method = "gmm" if self.targets.simulation is None else "smm"
        return f"<estimate of '{self.targets.target.model.name}' ({method}): {names}>"

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """Estimate, standard error and 95 percent interval, by parameter."""
        import pandas as pd

        values, error = self.found.values, self.found.standard_error
        return pd.DataFrame(
            {
                "estimate": values,
                "standard_error": error,
                "low_95": values - _TWO_SIDED * error,
                "high_95": values + _TWO_SIDED * error,
            },
            index=pd.Index(self.targets.target.names, name="parameter"),
        )

    @cached_property
    def moments(self) -> pd.DataFrame:
        """Moments of data and model, and their distance in standard errors.

        Products are of deviations from the data's mean; ``standard_error`` is that of
        the data's moment (Newey and West 1987).
        """
        import pandas as pd

        targets = self.targets
        dates = len(targets.contributions)
        error = np.sqrt(np.diag(targets.variance) / dates)
        return pd.DataFrame(
            {
                "data": targets.observed,
                "standard_error": error,
                "model": self.found.model,
                "distance": (self.found.model - targets.observed) / error,
            },
            index=pd.Index(targets.names, name="moment"),
        )

    @cached_property
    def identification(self) -> pd.DataFrame:
        """What moments say of each parameter at the estimate.

        ``alone`` and ``together``: the parameter in standard errors, were it the only
        unknown, and with all unknown. ``collinearity``: correlation of its effect on
        moments with the best combination of the others'; ``most_alike``: the one whose
        effect is most like it, with their ``cosine``; ``singular_value``: of the scaled
        Jacobian, from the largest (parameters in no order).
        """
        import pandas as pd

        told = self.found.identification
        return pd.DataFrame(
            {
                "alone": told.alone,
                "together": told.together,
                "collinearity": told.collinearity,
                "most_alike": told.alike,
                "cosine": told.cosine,
                "singular_value": told.singular,
            },
            index=pd.Index(self.targets.target.names, name="parameter"),
        )

    @property
    def overidentification(self) -> dict[str, float | None]:
        """``J``, its ``degrees_of_freedom`` and ``p_value`` (Hansen 1982)."""
        return {
            "J": self.found.statistic,
            "degrees_of_freedom": self.found.freedom,
            "p_value": self.found.p_value,
        }

    def sentences(self) -> list[str]:
        """What was found, in words."""
        targets, found = self.targets, self.found
        target = targets.target
        first = (
            f"Model '{target.model.name}', order {targets.order}: {len(target.names)} "
            f"parameters from {len(targets.names)} moments of "
            f"{', '.join(target.observables)} on {len(targets.contributions)} dates; "
            f"variance of moments with {targets.lags_of_variance} lags (Newey-West)."
        )
        plan = targets.simulation
        if plan is not None:
            first += (
                f" The model's moments are those of {plan.samples} simulated samples, "
                f"seed {plan.seed}, after {plan.burn_in} dates each; standard errors "
                "and J count their noise."
            )
        if found.statistic is None:
            second = "No test of overidentification: weights are not optimal"
            if found.freedom == 0:
                second = "As many moments as parameters: nothing is left to test"
            second += "."
        else:
            verdict = "rejected" if (found.p_value or 0) < 0.05 else "not rejected"
            second = (
                f"J = {found.statistic:.3f} with {found.freedom} degrees of freedom, "
                f"p = {found.p_value:.3f}: at 5 percent the model is {verdict}."
            )
        told = found.identification
        third = (
            f"Moments say least of {', '.join(told.weakest)} (smallest singular value "
            f"{told.singular[-1]:.2g}, largest {told.singular[0]:.2g})."
        )
        close = [
            f"{n} and {other}"
            for n, other, share in zip(
                target.names, told.alike, np.abs(told.cosine), strict=True
            )
            if share > COLLINEAR
        ]
        if close:
            third += f" Hardly told apart: {'; '.join(close)}."
        ends = found.ends
        fourth = []
        if np.ptp(ends) > 1e-3 * max(1.0, float(ends.min())):
            fourth = [
                "Searches end at different distances: there may be a better fit that "
                "none of them has found."
            ]
        return [first, second, third, *fourth]

    def plot_moments(self) -> Figure:
        """Moments of the model beside the data's, in standard errors of the data's."""
        from .estimation_figures import moments_figure

        return moments_figure(self.moments)
