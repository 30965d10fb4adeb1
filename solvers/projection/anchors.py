"""Intercepts that make ergodic means hit their targets, regime by regime."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ...models.declaration import Model
from ...models.functions import value_on_host
from ..errors import SolutionError
from .conditions import Parameters, in_regime
from .solve import BlockSolver


def ergodic_means(solver: BlockSolver, parameters: Parameters) -> np.ndarray:
    """Means (R, n_anchor) of anchored variables over the ergodic sample by regime.

    Disasters are included.

    Raises
    ------
    SolutionError
        Naming a regime that the sample hardly visits.
    """
    sample = solver.physical_sample(parameters)
    rows = []
    for regime, name in enumerate(solver.model.regimes.names):
        here = sample.outputs[sample.regimes == regime]
        if len(here) < 1000:
            raise SolutionError(
                f"regime '{name}' is visited in fewer than 1000 quarters of the "
                "ergodic sample; raise switch_base of the other regime"
            )
        rows.append(here.mean(axis=0))
    return np.array(rows)


def targets(model: Model, parameters: Mapping) -> np.ndarray:
    """Targets (R, n_anchor) of the model's anchors."""
    rows = []
    for regime in range(len(model.regimes.names)):
        held = {name: np.asarray(value) for name, value in parameters.items()}
        env = in_regime(model, held, regime)
        rows.append([value_on_host(a.target, env) for a in model.anchors])
    return np.array(rows)


@dataclass(frozen=True)
class AnchorOptions:
    """How intercepts are searched for.

    Attributes
    ----------
    rounds : how often the domain is moved to the new ergodic set.
    steps : Broyden steps on one domain.
    slack : gaps within this multiple of the anchors' tolerances count as met.
    bump : size of the intercepts' bumps for the first derivative.
    """

    rounds: int = 8
    steps: int = 4
    slack: float = 1.0
    bump: float = 2e-4


def solve_anchors(
    solver: BlockSolver, parameters: Mapping, options: AnchorOptions | None = None
) -> tuple[Parameters, np.ndarray]:
    """Solve for the intercepts, starting from a solved model; ``solver`` is updated.

    Broyden's method on the gaps between ergodic means (fixed draws, disasters included)
    and targets. On one domain each evaluation is a warm Newton solve of the last block
    and a simulation; the domain follows once the gaps are met on it, until both hold.

    Parameters
    ----------
    solver : holds a solution for ``parameters``.
    parameters : values with their coordinates, as ``BlockSolver.solve_all`` returns.

    Returns
    -------
    parameters with the intercepts solved for, and the gaps left, shape (R, n_anchor).

    Raises
    ------
    SolutionError
        Naming the anchor that is not met.
    """
    options = AnchorOptions() if options is None else options
    search = _block_search(solver, parameters)
    block = solver.model.blocks[-1].name
    if not search.model.anchors:
        return search.parameters, np.zeros((search.count, 0))
    jacobian = None
    vector, gap = search.vector(), search.gap()
    for _ in range(options.rounds):
        solver.options.say(f"intercepts: {search.describe(gap)}")
        if np.all(np.abs(gap) <= options.slack * search.tolerance):
            return search.parameters, gap.reshape(search.count, -1)
        if jacobian is None:
            jacobian = search.jacobian(vector, gap, options.bump)
        for _ in range(options.steps):
            vector, gap, jacobian = search.broyden(vector, gap, jacobian)
            if np.all(np.abs(gap) <= 0.5 * options.slack * search.tolerance):
                break
        solver.settle(block, search.parameters)
        gap = search.gap()
    raise SolutionError(f"after {options.rounds} rounds {search.describe(gap)}")


def hold_anchors(
    solver: BlockSolver,
    parameters: Mapping,
    slack: float = 0.02,
    steps: int = 8,
    jacobian: np.ndarray | None = None,
) -> tuple[Parameters, np.ndarray]:
    """Intercepts on the domain as it is, for differences between nearby parameters.

    Parameters
    ----------
    solver : holds a solution for ``parameters``; is updated.
    slack : share of the anchors' tolerances that counts as met.
    jacobian : of the gaps in the intercepts, from an earlier call.

    Returns
    -------
    parameters with the intercepts, and the Jacobian at the end.

    Raises
    ------
    SolutionError
        Naming the anchor that is not met after so many steps.
    """
    search = _block_search(solver, parameters)
    jacobian = search.meet(slack, steps, jacobian)
    return search.parameters, jacobian


def meet_anchors(
    model: Model,
    parameters: Mapping,
    means: Callable[[Parameters], np.ndarray],
    slack: float = 1e-3,
    steps: int = 8,
) -> Parameters:
    """Intercepts with which means that are a function of parameters hit their targets.

    Parameters
    ----------
    parameters : arrays by name, as ``Calibration.as_arrays`` returns them.
    means : parameters -> means (R, n_anchor) of the anchored variables.
    slack : share of the anchors' tolerances that counts as met.

    Returns
    -------
    parameters with the intercepts.

    Raises
    ------
    SolutionError
        Naming the anchor that is not met after so many Broyden steps.
    """
    search = AnchorSearch(model, dict(parameters), means)
    if model.anchors:
        search.meet(slack, steps)
    return search.parameters


def _block_search(solver: BlockSolver, parameters: Mapping) -> AnchorSearch:
    """Search on the solver's domain; moving the intercepts solves the last block."""
    block = (solver.model.blocks[-1].name,)
    return AnchorSearch(
        solver.model,
        dict(parameters),
        lambda given: ergodic_means(solver, given),
        lambda given: solver.resolve(given, block),
    )


class AnchorSearch:
    """Gaps of the anchors as a function of the stacked intercepts (R * n_anchor,).

    ``means`` are those of the present solution, which ``resolve`` moves first.
    """

    def __init__(
        self,
        model: Model,
        parameters: Parameters,
        means: Callable[[Parameters], np.ndarray],
        resolve: Callable[[Parameters], object] | None = None,
    ):
        self.model, self.parameters = model, parameters
        self.means, self.resolve = means, resolve
        self.names = [a.parameter for a in model.anchors]
        self.count = len(model.regimes.names)
        self.tolerance = np.tile([a.tolerance for a in model.anchors], self.count)

    def vector(self) -> np.ndarray:
        """Stack the present intercepts."""
        rows = [np.asarray(self.parameters[n], float) for n in self.names]
        return np.array(rows).T.reshape(-1)

    def gap(self) -> np.ndarray:
        """Means less targets of the present solution."""
        means = self.means(self.parameters)
        return (means - targets(self.model, self.parameters)).reshape(-1)

    def at(self, vector: np.ndarray) -> np.ndarray:
        """Gaps at other intercepts."""
        shaped = vector.reshape(self.count, len(self.names))
        changed = {n: shaped[:, k] for k, n in enumerate(self.names)}
        self.parameters = {**self.parameters, **changed}
        if self.resolve is not None:
            self.resolve(self.parameters)
        return self.gap()

    def meet(
        self, slack: float, steps: int, jacobian: np.ndarray | None = None
    ) -> np.ndarray:
        """Broyden's method until gaps are within ``slack`` tolerances.

        Parameters
        ----------
        jacobian : of the gaps in the intercepts, from an earlier call.

        Returns
        -------
        The Jacobian at the end.

        Raises
        ------
        SolutionError
            Naming the anchor that is not met after so many steps.
        """
        vector, gap = self.vector(), self.gap()
        if jacobian is None:
            jacobian = self.jacobian(vector, gap, AnchorOptions().bump)
            gap = self.at(vector)
        for count in range(steps + 1):
            if np.all(np.abs(gap) <= slack * self.tolerance):
                return jacobian
            if count < steps:
                vector, gap, jacobian = self.broyden(vector, gap, jacobian)
        raise SolutionError(f"after {steps} steps {self.describe(gap)}")

    def broyden(
        self, vector: np.ndarray, gap: np.ndarray, jacobian: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One step: intercepts, their gaps, and the Jacobian with what it taught."""
        try:
            step = -np.linalg.solve(jacobian, gap)
        except np.linalg.LinAlgError:
            raise SolutionError(
                f"intercepts do not move the means apart: {self.describe(gap)}"
            ) from None
        new = self.at(vector + step)
        change = new - gap - jacobian @ step
        jacobian = jacobian + np.outer(change, step) / (step @ step)
        return vector + step, new, jacobian

    def jacobian(self, vector: np.ndarray, gap: np.ndarray, bump: float) -> np.ndarray:
        """Forward differences, one bump per intercept."""
        columns = []
        for k in range(len(vector)):
            moved = vector.copy()
            moved[k] += bump
            columns.append((self.at(moved) - gap) / bump)
        return np.array(columns).T

    def describe(self, gap: np.ndarray) -> str:
        """Sentence on the anchor that is furthest off."""
        worst = int(np.argmax(np.abs(gap) / self.tolerance))
        anchor = self.model.anchors[worst % len(self.names)]
        regime = self.model.regimes.names[worst // len(self.names)]
        off = f"is {gap[worst]:+.1e} off its target, tolerance {anchor.tolerance:.0e}"
        return (
            f"the mean of '{anchor.variable}' in regime '{regime}' {off} "
            f"(intercept '{anchor.parameter}')"
        )
