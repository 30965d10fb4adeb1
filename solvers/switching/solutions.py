"""All minimum-state-variable solutions of linear models with Markov switching.

Solutions x(t) = P_i x(t-1) + Q_i eps(t) + c_i satisfy
sum_j p_ij A_ij P_j P_i + B_i P_i + C_i = 0, polynomials with many roots of which an
iteration would show one. All are searched for and listed, each with the radii that
decide its stability and whether sunspots can surround it. With at most one endogenous
state the list is complete, as every path of a homotopy is accounted for; with more it
says whether it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..errors import DeterminacyError, SolutionError
from .reduction import States, SwitchingSystem, reduced, states_of
from .search import all_roots

# Responses below this, relative to the largest, are zero.
_ZERO = 1e-9
# Radii this near one are on the boundary of stability.
_UNIT = 1e-12


@dataclass(frozen=True)
class SwitchingSolution:
    """One solution x(t) = P_i x(t-1) + Q_i eps(t) + c_i.

    Attributes
    ----------
    transition : P_i (R, n, n).
    impact, constant : Q_i (R, n, m) and c_i (R, n).
    real : whether its matrices are real (to 1e-9); complex ones come in pairs.
    regular : whether it is isolated and simple.
    residual : largest absolute residual of the equations for P.
    ms_radius : spectral radius of second moments; below one the solution is
        mean-square stable (Costa, Fragoso and Marques 2005, theorem 3.9; Farmer,
        Waggoner and Zha 2009).
    mean_radius : the same of first moments.
    sunspot_radius : spectral radius of [p_ij F_ij kron F_ij], where
        F_ij = -(B_i + sum_j p_ij A_ij P_j)^-1 A_ij carries sunspots backward; above
        one there are mean-square stable sunspots around the solution (Cho 2016,
        2021).
    sunspot_mean_radius : spectral radius of [p_ij F_ij]. With one forward variable and
        positive F it is below one where bounded sunspots are ruled out: the long-run
        Taylor principle of Davig and Leeper (2007).
    inert : per endogenous state, the variables that do not respond to it in any regime.
    """

    transition: np.ndarray = field(repr=False)
    impact: np.ndarray = field(repr=False)
    constant: np.ndarray = field(repr=False)
    real: bool
    regular: bool
    residual: float
    ms_radius: float
    mean_radius: float
    sunspot_radius: float
    sunspot_mean_radius: float
    inert: dict[str, tuple[str, ...]]

    @property
    def stable(self) -> bool:
        """Whether it is real and mean-square stable."""
        return self.real and self.ms_radius < 1.0 - _UNIT

    @property
    def determinate(self) -> bool:
        """Whether it is the only mean-square stable solution.

        Cho (2021): stable and without stable sunspots, radii < 1 and <= 1.
        """
        return self.stable and self.sunspot_radius <= 1.0 + _UNIT

    @property
    def label(self) -> str:
        """Its kind in words."""
        kind = "stable" if self.stable else ("explosive" if self.real else "complex")
        idle = "; ".join(
            f"{', '.join(names)} unmoved by {state}"
            for state, names in self.inert.items()
            if names
        )
        return kind + (f", {idle}" if idle else "")

    def describe(self) -> str:
        """Label and radii in a line."""
        return (
            f"{self.label}: mean-square radius {self.ms_radius:.6g}, mean radius "
            f"{self.mean_radius:.6g}, sunspot radius {self.sunspot_radius:.6g}"
        )


@dataclass(frozen=True)
class SwitchingSolutions:
    """Every solution found, by mean-square radius, and how the search went.

    Attributes
    ----------
    system : what was solved.
    solutions : real and complex ones, smallest mean-square radius first.
    method : how roots were found.
    complete : whether all isolated solutions are in the list: the ends of as many paths
        as a generic system of this form has solutions are known. The count is
        numerical, not a proof.
    paths, infinite, failed : paths followed, those to infinity, those lost.
    """

    system: SwitchingSystem
    solutions: tuple[SwitchingSolution, ...]
    method: str
    complete: bool
    paths: int
    infinite: int
    failed: int

    @property
    def real(self) -> tuple[SwitchingSolution, ...]:
        """Solutions with real matrices."""
        return tuple(s for s in self.solutions if s.real)

    @property
    def stable(self) -> tuple[SwitchingSolution, ...]:
        """Real mean-square stable solutions."""
        return tuple(s for s in self.solutions if s.stable)

    @property
    def verdict(self) -> str:
        """``"determinate"``, ``"indeterminate"`` or ``"explosive"``.

        "determinate" rests on radii of one solution, not on the list being complete;
        "explosive" says that no solution in the state variables is stable.
        """
        if not self.stable:
            return "explosive"
        alone = len(self.stable) == 1 and self.stable[0].determinate
        return "determinate" if alone else "indeterminate"

    def describe(self) -> str:
        """List of all solutions and of the search."""
        certainty = "complete" if self.complete else "not certified complete"
        lines = [
            f"{len(self.solutions)} solutions, {len(self.stable)} of them stable "
            f"({self.method}: {self.paths} paths, {self.infinite} to infinity, "
            f"{self.failed} lost; {certainty})"
        ]
        return "\n".join([*lines, *(f"  {s.describe()}" for s in self.solutions)])

    def require_unique(self) -> SwitchingSolution:
        """The only mean-square stable solution.

        Raises
        ------
        DeterminacyError
            None, several, or one that sunspots surround; lists all with their radii.
        """
        if self.verdict == "determinate":
            return self.stable[0]
        if not self.stable:
            what = (
                "no mean-square stable solution: make a policy less active, or its "
                "regime rarer or shorter"
            )
        elif len(self.stable) > 1:
            what = (
                f"{len(self.stable)} mean-square stable solutions: choose one by its "
                "label, or make a policy more active"
            )
        else:
            what = (
                "one mean-square stable solution in the state variables, but stable "
                "sunspots around it: make a policy more active"
            )
        raise DeterminacyError(f"{what}.\n{self.describe()}")


def switching_solutions(
    system: SwitchingSystem, max_paths: int = 4096, seed: int = 0
) -> SwitchingSolutions:
    """Search for all minimum-state-variable solutions and judge each.

    Paths start from all solutions of a generic system near this one whose regimes never
    change: choices of k of each regime's k + r_i roots, with k endogenous states and
    r_i independent expectations. With k = 1 there are no other solutions. With more
    there can be, so that the total-degree homotopy (up to 2^10 paths), loops of random
    coefficients and Newton's method from random points search on; the list is then
    called complete only if the end of every path of the total-degree homotopy is known.

    Raises
    ------
    SolutionError
        Equations without expectations that repeat each other; a system that leaves
        responses to shocks, constants or exogenous states undetermined.
    """
    states = states_of(system)
    small = reduced(system, states.endogenous)
    search = all_roots(small, max_paths, seed)
    found = []
    for point, singular in zip(search.points, search.singular, strict=True):
        responses = small.responses(point)
        found.append(_judged(system, states, responses, not singular))
    found.sort(key=lambda s: s.ms_radius)
    return SwitchingSolutions(
        system,
        tuple(found),
        search.method,
        search.complete,
        search.paths,
        search.infinite,
        search.failed,
    )


def _judged(
    system: SwitchingSystem, states: States, responses, regular
) -> SwitchingSolution:
    """Complete a solution from its responses (R, n, k) to endogenous states."""
    if _is_real(responses):
        responses = responses.real
    regimes, size = system.constant.shape
    moved = np.zeros((regimes, size, size), responses.dtype)
    moved[:, :, states.endogenous] = responses
    if len(states.exogenous):
        moved[:, :, states.exogenous] = _exogenous(system, states, moved)
    return judged(system, states, moved, regular)


def _is_real(values) -> bool:
    scale = np.abs(values).max(initial=0.0)
    return bool(np.abs(values.imag).max(initial=0.0) <= _ZERO * max(scale, 1.0))


def judged(
    system: SwitchingSystem, states: States, moved: np.ndarray, regular: bool
) -> SwitchingSolution:
    """Shocks, constants and radii of a solution P_i ``moved`` (R, n, n).

    Raises
    ------
    SolutionError
        Responses to shocks or constants are not determined.
    """
    forward = system.now + np.einsum("ijab,jbc->iac", system.weighted, moved)
    for name, block in zip(system.regimes, forward, strict=True):
        # Units of equations do not count.
        rows = block / np.abs(block).max(axis=1, keepdims=True).clip(1e-300)
        if np.linalg.cond(rows) > 1e14:
            raise SolutionError(
                f"regime '{name}': responses to shocks are not determined by the "
                "solution found; the coefficients of variables at t are singular. "
                "Check that no equation repeats others."
            )
    impact = -np.linalg.solve(forward, system.impact)
    back = -np.linalg.solve(forward[:, None], system.ahead)
    law = moved[:, states.all][:, :, states.all]
    residual = np.einsum("ijab,jbc,icd->iad", system.weighted, moved, moved)
    residual = residual + system.now @ moved + system.before
    ms_radius, mean_radius = stability_radii(system.transition, law)
    sunspots = sunspot_radii(system.transition, back)
    return SwitchingSolution(
        moved, impact, _constants(system, forward), _is_real(moved), regular,
        float(np.abs(residual).max()), ms_radius, mean_radius, *sunspots,
        _inert(system, moved, states.endogenous),
    )  # fmt: skip


def _exogenous(system: SwitchingSystem, states: States, moved):
    """Responses to exogenous states (R, n, kz), linear given those to endogenous."""
    regimes, size = system.constant.shape
    weighted, exogenous = system.weighted, states.exogenous
    law = -np.linalg.solve(
        system.now[:, states.rows][:, :, states.group],
        system.before[:, states.rows][:, :, exogenous],
    )
    law = law[:, np.searchsorted(states.group, exogenous)]
    count = len(exogenous)
    eye = np.eye(count)
    matrix = np.zeros((regimes, size * count) * 2, moved.dtype)
    for i in range(regimes):
        ahead = np.einsum("jab,jbc->ac", weighted[i], moved)
        matrix[i, :, i] += np.kron(system.now[i] + ahead, eye)
        for j in range(regimes):
            matrix[i, :, j] += np.kron(weighted[i, j], law[i].T)
    square = matrix.reshape(regimes * size * count, -1)
    right = -system.before[:, :, exogenous].reshape(-1)
    if np.linalg.cond(square) > 1e14:
        raise SolutionError(
            "responses to exogenous states are not determined: a product of roots is "
            "one. Change the persistence of the exogenous states slightly."
        )
    return np.linalg.solve(square, right).reshape(regimes, size, count)


def _constants(system, forward):
    """Constants c_i (R, n), linear given the responses."""
    regimes, size = system.constant.shape
    if not np.any(system.constant):
        return np.zeros((regimes, size), forward.dtype)
    matrix = np.swapaxes(system.weighted, 1, 2).astype(forward.dtype)
    for i, block in enumerate(forward):
        matrix[i, :, i] += block
    matrix = matrix.reshape(regimes * size, regimes * size)
    if np.linalg.cond(matrix) > 1e14:
        raise SolutionError(
            "constants of the solution are not determined: the switching system has a "
            "unit root"
        )
    return -np.linalg.solve(matrix, system.constant.ravel()).reshape(regimes, size)


def stability_radii(transition: np.ndarray, law: np.ndarray) -> tuple[float, float]:
    """Mean-square and mean radius of s(t) = N_i s(t-1); ``law`` is N_i (R, k, k).

    Second moments in regime j: V_j(t) = sum_i p_ij N_j V_i(t-1) N_j'.
    """
    regimes, size = law.shape[:2]
    if size == 0:
        return 0.0, 0.0
    doubled = np.einsum("jab,jcd->jacbd", law, law.conj())
    doubled = doubled.reshape(regimes, size**2, size**2)
    radii = []
    for blocks in (doubled, law):
        width = blocks.shape[1]
        matrix = np.einsum("ij,jab->jaib", transition, blocks)
        matrix = matrix.reshape(regimes * width, regimes * width)
        radii.append(float(np.abs(np.linalg.eigvals(matrix)).max()))
    return radii[0], radii[1]


def sunspot_radii(transition: np.ndarray, back: np.ndarray) -> tuple[float, float]:
    """Spectral radii of [p_ij F_ij kron F_ij] and [p_ij F_ij]; F is (R, R, n, n)."""
    regimes = len(transition)
    stacked = back.reshape(-1, back.shape[-1])
    # Sunspots live where some F_ij leads: its row space carries the products.
    _, values, right = np.linalg.svd(stacked, full_matrices=False)
    keep = right[values > 1e-13 * max(values.max(initial=0.0), 1e-300)]
    if not len(keep):
        return 0.0, 0.0
    small = np.einsum("ea,ijab,fb->ijef", keep, back, keep.conj())
    size = small.shape[-1]
    doubled = np.einsum("ijab,ijcd->ijacbd", small, small.conj())
    doubled = doubled.reshape(regimes, regimes, size**2, size**2)
    radii = []
    for blocks in (doubled, small):
        width = blocks.shape[-1]
        matrix = np.einsum("ij,ijab->iajb", transition, blocks)
        matrix = matrix.reshape(regimes * width, regimes * width)
        radii.append(float(np.abs(np.linalg.eigvals(matrix)).max()))
    return radii[0], radii[1]


def _inert(system, moved, endogenous) -> dict[str, tuple[str, ...]]:
    """Per endogenous state, the other variables that do not respond to it."""
    found = {}
    for place in endogenous:
        size = np.abs(moved[:, :, place]).max(axis=0)
        idle = size <= _ZERO * max(1.0, size.max())
        names = [n for k, n in enumerate(system.names) if idle[k] and k != place]
        found[system.names[place]] = tuple(names)
    return found
