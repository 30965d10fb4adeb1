"""Intercepts of economies solved by perturbation: risk moves means off their targets.

Means are those of the pruned second-order solution in closed form; effects of third
order have mean zero.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from ...models.declaration import Model
from ...models.general.form import dynamic_form
from ...solvers.perturbation.solution import solve_local
from ...solvers.projection.anchors import meet_anchors, targets
from ...solvers.projection.conditions import Parameters
from ..parameters.calibration import Calibration

# Below this share of the anchors' tolerances nothing that is printed changes.
SLACK = 1e-3


def with_intercepts(
    model: Model, calibration: Calibration, slack: float = SLACK
) -> Calibration:
    """The calibration with intercepts whose pruned means meet the model's anchors.

    Values that meet them stay as they are.

    Parameters
    ----------
    model : declaration with one regime and without rare events.
    slack : share of the anchors' tolerances that counts as met.

    Raises
    ------
    SolutionError
        Naming the anchor that is not met, or from the solver.
    SteadyStateError, DeterminacyError
        From the solver, naming equation or parameter.
    """
    if np.all(np.abs(anchor_gaps(model, calibration)) <= 1.0):
        return calibration
    found = meet_anchors(model, _arrays(calibration), _means_of(model), slack)
    changed = {a.parameter: float(found[a.parameter][0]) for a in model.anchors}
    return calibration.with_values(**changed)


def anchor_gaps(model: Model, calibration: Calibration) -> np.ndarray:
    """Means less targets (n_anchor,), in tolerances of the anchors."""
    given = _arrays(calibration)
    gaps = _means_of(model)(given) - targets(model, given)
    return gaps[0] / [a.tolerance for a in model.anchors]


def _arrays(calibration: Calibration) -> Parameters:
    return {k: jnp.asarray(v) for k, v in calibration.as_arrays().items()}


def _means_of(model: Model):
    """Function of parameters: pruned means (1, n_anchor) of the anchored variables."""
    names = tuple(a.variable for a in model.anchors)
    form = dynamic_form(model, names)

    def means(parameters: Parameters) -> np.ndarray:
        values = {k: float(np.ravel(v)[0]) for k, v in parameters.items()}
        return solve_local(form, 2, values).moments_of(names).mean[None]

    return means
