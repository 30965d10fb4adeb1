"""A switching linear system reduced to the polynomials that decide its solutions.

Minimum-state-variable solutions respond to lagged variables that appear in the system.
Three linear steps leave few unknowns: exogenous states (their law of motion is in the
system itself) are solved for afterwards; equations without expectations are solved for
some variables; what remains are as many quadratic equations per regime and state as
there are independent expectations. With responses G_i (n, k) to k states and
N_i = S G_i their law of motion, regime i requires
sum_j p_ij A_ij G_j N_i + B_i G_i + C_i S' = 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from ..errors import SolutionError
from .quadratic_systems import Quadratics


@dataclass(frozen=True)
class SwitchingSystem:
    """Linear system with R regimes that follow a Markov chain.

    sum_j p_ij A_ij E_t[x(t+1) | j] + B_i x(t) + C_i x(t-1) + D_i eps(t) + k_i = 0.

    Attributes
    ----------
    transition : p_ij (R, R), rows sum to one.
    ahead : A_ij (R, R, n, n).
    now, before : B_i and C_i (R, n, n).
    impact : D_i (R, n, m).
    constant : k_i (R, n).
    names, regimes : labels of variables (n) and regimes (R).
    """

    transition: np.ndarray
    ahead: np.ndarray
    now: np.ndarray
    before: np.ndarray
    impact: np.ndarray
    constant: np.ndarray
    names: tuple[str, ...]
    regimes: tuple[str, ...]

    def __post_init__(self) -> None:
        """Check shapes and probabilities.

        Raises
        ------
        SolutionError
            A shape that does not fit, rows that do not sum to one, values not finite.
        """
        regimes, size = len(self.regimes), len(self.names)
        wanted = {
            "transition": (regimes, regimes),
            "ahead": (regimes, regimes, size, size),
            "now": (regimes, size, size),
            "before": (regimes, size, size),
            "impact": (regimes, size, self.impact.shape[-1]),
            "constant": (regimes, size),
        }
        for name, shape in wanted.items():
            value = getattr(self, name)
            if value.shape != shape:
                raise SolutionError(
                    f"switching system: '{name}' has shape {value.shape}, not {shape}"
                )
            if not np.all(np.isfinite(value)):
                raise SolutionError(f"switching system: '{name}' is not finite")
        rows = self.transition.sum(axis=1)
        if np.any(self.transition < 0) or np.any(np.abs(rows - 1) > 1e-10):
            raise SolutionError(
                "switching system: every row of 'transition' must be nonnegative and "
                f"sum to one; the rows sum to {rows}"
            )

    @property
    def weighted(self) -> np.ndarray:
        """p_ij A_ij (R, R, n, n)."""
        return self.transition[:, :, None, None] * self.ahead

    def with_transition(self, transition: np.ndarray) -> SwitchingSystem:
        """The same regimes with other probabilities (R, R)."""
        return replace(self, transition=np.asarray(transition, float))


@dataclass(frozen=True)
class States:
    """Places of states among the variables.

    States are the variables that appear lagged in some regime. Exogenous ones are
    determined by ``rows``, equations without expectations that hold nothing but the
    variables of ``group``.
    """

    endogenous: np.ndarray
    exogenous: np.ndarray
    group: np.ndarray
    rows: np.ndarray

    @property
    def all(self) -> np.ndarray:
        """Endogenous states, then exogenous ones."""
        return np.concatenate([self.endogenous, self.exogenous])


def states_of(system: SwitchingSystem) -> States:
    """Find states and how many of them are exogenous."""
    lagged = np.any(system.before != 0, axis=(0, 1))
    led = np.any(system.weighted != 0, axis=(0, 1, 3))
    current = np.any(system.now != 0, axis=0)
    touched = current | np.any(system.before != 0, axis=0)
    group = np.ones(len(system.names), bool)
    while True:
        rows = np.flatnonzero(~led & ~np.any(touched[:, ~group], axis=1))
        graph = csr_matrix(current[np.ix_(rows, np.flatnonzero(group))])
        matched = maximum_bipartite_matching(graph, perm_type="row") >= 0
        if np.all(matched):
            break
        group[np.flatnonzero(group)[~matched]] = False
    if len(rows) > np.sum(group):
        held = ", ".join(n for n, g in zip(system.names, group, strict=True) if g)
        raise SolutionError(
            f"{len(rows)} equations hold nothing but {held or 'no variable'}: some "
            "repeat or contradict others"
        )
    return States(
        np.flatnonzero(lagged & ~group),
        np.flatnonzero(lagged & group),
        np.flatnonzero(group),
        rows,
    )


@dataclass(frozen=True)
class ReducedSystem:
    """Quadratic equations in Z_i (r_i, k), with G_i = base_i + span_i Z_i.

    Row i: sum_j (lead_ij Z_j + lead0_ij) (drift_i + load_i Z_i) + own_i Z_i + rest_i.
    Lists run over regimes; ``lead[i][j]`` is (r_i, r_j), ``lead0[i][j]`` (r_i, k).
    """

    base: list[np.ndarray]
    span: list[np.ndarray]
    lead: list[list[np.ndarray]]
    lead0: list[list[np.ndarray]]
    drift: list[np.ndarray]
    load: list[np.ndarray]
    own: list[np.ndarray]
    rest: list[np.ndarray]

    @property
    def states(self) -> int:
        """Number of endogenous states k."""
        return self.drift[0].shape[0]

    @property
    def ranks(self) -> list[int]:
        """Independent expectations r_i per regime."""
        return [len(o) for o in self.own]

    def polynomials(self) -> Quadratics:
        """The equations; unknowns are Z_i row by row, regime after regime."""
        states, ranks = self.states, self.ranks
        starts = np.concatenate([[0], np.cumsum(ranks)]) * states
        size = int(starts[-1])
        quadratic = np.zeros((size, size, size), complex)
        linear = np.zeros((size, size), complex)
        constant = np.zeros(size, complex)
        eye = np.eye(states)
        for i, rank in enumerate(ranks):
            rows = slice(starts[i], starts[i + 1])
            shape = (rank, states)
            for j, other in enumerate(ranks):
                columns = slice(starts[j], starts[j + 1])
                lead, lead0 = self.lead[i][j], self.lead0[i][j]
                # Entry (a, c) of lead Z_j load Z_i.
                product = np.einsum("ae,df,cg->acedfg", lead, self.load[i], eye)
                block = product.reshape(rank * states, other * states, rank * states)
                quadratic[rows, columns, rows] += block
                linear[rows, columns] += np.einsum(
                    "ae,dc->aced", lead, self.drift[i]
                ).reshape(rank * states, other * states)
                linear[rows, rows] += np.kron(lead0 @ self.load[i], eye)
                constant[rows] += (lead0 @ self.drift[i]).reshape(rank * states)
            linear[rows, rows] += np.kron(self.own[i], eye)
            constant[rows] += self.rest[i].reshape(shape).ravel()
        return Quadratics.of(quadratic, linear, constant)

    def responses(self, unknowns: np.ndarray) -> np.ndarray:
        """Responses G_i (R, n, k) to endogenous states."""
        found, start = [], 0
        for base, span in zip(self.base, self.span, strict=True):
            size = span.shape[1] * self.states
            part = unknowns[start : start + size].reshape(span.shape[1], self.states)
            found.append(base + span @ part)
            start += size
        return np.stack(found)


def reduced(system: SwitchingSystem, states: np.ndarray) -> ReducedSystem:
    """Eliminate equations without expectations; ``states`` are places of k states.

    Raises
    ------
    SolutionError
        A regime's equations without expectations do not determine their variables.
    """
    weighted = system.weighted
    found = ReducedSystem([], [], [], [], [], [], [], [])
    frames = []
    for i, regime in enumerate(system.regimes):
        stacked = np.concatenate(list(weighted[i]), axis=1)
        left, values, _ = np.linalg.svd(stacked)
        rank = int(np.sum(values > 1e-12 * max(values[0], 1e-300)))
        held, free = left[:, :rank], left[:, rank:]
        held_now = np.asarray(free.T @ system.now[i])
        inner, sizes, right = np.linalg.svd(held_now)
        if len(sizes) and sizes[-1] < 1e-12 * max(sizes[0], 1e-300):
            worst = system.names[int(np.argmax(np.abs(right[len(sizes) - 1])))]
            raise SolutionError(
                f"regime '{regime}': the equations without expectations do not "
                f"determine the variables they hold, '{worst}' among them. Check that "
                "no equation repeats others."
            )
        known = free.T @ system.before[i][:, states]
        divided = (inner.T @ known) / sizes[:, None]
        found.base.append(-right[: len(sizes)].T @ divided)
        found.span.append(right[len(sizes) :].T)
        frames.append(held)
    for i, held in enumerate(frames):
        lead = [held.T @ w @ s for w, s in zip(weighted[i], found.span, strict=True)]
        lead0 = [held.T @ w @ b for w, b in zip(weighted[i], found.base, strict=True)]
        found.lead.append(lead)
        found.lead0.append(lead0)
        found.drift.append(found.base[i][states])
        # Rows of orthonormal columns: what is not zero there is not rounding.
        load = found.span[i][states]
        found.load.append(np.where(np.abs(load) < 1e-13, 0.0, load))
        found.own.append(held.T @ system.now[i] @ found.span[i])
        found.rest.append(
            held.T @ (system.now[i] @ found.base[i] + system.before[i][:, states])
        )
    return found
