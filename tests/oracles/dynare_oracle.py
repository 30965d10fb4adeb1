"""Dynare in Octave as an oracle: decision rules of ``.mod`` files, and its speed.

Dynare expands the rule around the deterministic steady state ``ys`` in lagged states
``x = y(t-1) - ys``, shocks ``u`` (dated t) and the scale of uncertainty ``s`` at s = 1:

    y = ys + ghx x + ghu u
        + 1/2 (ghxx x x + 2 ghxu x u + ghuu u u + ghs2 s s)
        + 1/6 (ghxxx x x x + 3 ghxxu x x u + 3 ghxuu x u u + ghuuu u u u
               + 3 ghxss x s s + 3 ghuss u s s)

All ``gh..`` are plain partial derivatives: no factor 1/2 or 1/6 is inside. (Dynare's
``g_2`` and ``g_3`` hold the same numbers divided by 2 and by 6, one column per
unordered combination; they are not used.) Dynare orders rows by the kind of variable
(``order_var``) and flattens arguments with the last one fastest; here rows are in the
order of declaration and every argument has its own axis: ``ghxxu`` is
(variables, states, states, shocks). States are the variables that appear with a lag,
in the order of ``DecisionRule.states``. Shocks are in their own units: a shock with
standard deviation 0.01 moves by 0.01, and ``ghs2`` holds the variance.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.io import loadmat

from fiscax.models.dynare.writer import mod_text

if TYPE_CHECKING:
    from fiscax.solvers.perturbation.solution import LocalSolution

DYNARE = Path("/usr/lib/dynare/matlab")
ARGUMENTS = {
    1: {"ghx": "x", "ghu": "u"},
    2: {"ghxx": "xx", "ghxu": "xu", "ghuu": "uu", "ghs2": ""},
    3: {
        "ghxxx": "xxx",
        "ghxxu": "xxu",
        "ghxuu": "xuu",
        "ghuuu": "uuu",
        "ghxss": "x",
        "ghuss": "u",
    },
}
_STATEMENTS = re.compile(r"\b(?:stoch_simul|check|resid)\b[^;]*;")
_SOLVE = """
addpath {dynare}
dynare model noclearall nolog
found = struct();
rows = oo_.dr.inv_order_var;
found.names = strjoin(M_.endo_names', ',');
states = oo_.dr.order_var(M_.nstatic + (1:M_.nspred));
found.states = strjoin(M_.endo_names(states)', ',');
found.shocks = strjoin(M_.exo_names', ',');
found.ys = oo_.dr.ys;
names = {{{names}}};
for i = 1:numel(names)
    found.(names{{i}}) = oo_.dr.(names{{i}})(rows, :);
end
save('-v7', 'result.mat', '-struct', 'found');
"""
_TIME = """
addpath {dynare}
dynare model noclearall nolog
centre = M_.params;
draws = centre .* exp(0.001 * randn(numel(centre), {draws}));
seconds = [];
orders = [{orders}];
for order = orders
    options_.order = order;
    options_.k_order_solver = order > 2;
    options_.threads.k_order_perturbation = 1;
    for draw = 0:{draws}
        if draw > 0
            M_.params(chosen_indices) = draws(chosen_indices, draw);
        end
        tic;
        [dr, info, M_, oo_] = resol(0, M_, options_, oo_);
        spent = toc;
        if info(1) != 0
            error('draw %d is not solved: %d', draw, info(1));
        end
        if draw > 0
            seconds(find(orders == order), draw) = spent;
            if isequal(dr.ghx, last)
                error('draw %d has the rule of the draw before', draw);
            end
        end
        last = dr.ghx;
    end
    if order == 3 && ~isfield(dr, 'ghxxx')
        error('no third order');
    end
    M_.params = centre;
end
assert(options_.use_dll);
save('-v7', 'result.mat', 'seconds');
"""


@dataclass(frozen=True)
class DecisionRule:
    """Partial derivatives by name, see the module; ``ys`` is the steady state."""

    names: tuple[str, ...]
    states: tuple[str, ...]
    shocks: tuple[str, ...]
    ys: np.ndarray
    derivatives: dict[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.derivatives[name]

    def at(self, name: str, variable: str, *arguments: str) -> float:
        """One derivative: ``at("ghxu", "c", "k", "e")``."""
        place: list[int] = [self.names.index(variable)]
        for kind, argument in zip(_arguments(name), arguments, strict=True):
            place.append((self.states if kind == "x" else self.shocks).index(argument))
        return float(self.derivatives[name][tuple(place)])


def available() -> bool:
    """Whether Octave and Dynare are installed."""
    return shutil.which("octave") is not None and DYNARE.is_dir()


def require() -> None:
    """Skip the test that calls this where Dynare cannot run."""
    if not available():
        pytest.skip("Octave or Dynare is not installed")


def decision_rule(text: str, order: int = 3) -> DecisionRule:
    """Dynare's decision rule of the text of a ``.mod`` file, to ``order`` 1, 2 or 3."""
    require()
    names = [n for o in range(1, order + 1) for n in ARGUMENTS[o]]
    options = f"order={order}, irf=0, nograph, noprint, nocorr, nomoments, nofunctions"
    options += ", k_order_solver" if order > 2 else ""
    script = _SOLVE.format(dynare=DYNARE, names=", ".join(f"'{n}'" for n in names))
    found = _run(f"{_bare(text)}\nstoch_simul({options});\n", script)
    labels = {k: tuple(str(found[k][0]).split(",")) for k in ("names", "shocks")}
    states = tuple(s for s in str(found["states"][0]).split(",") if s)
    sizes = {"x": len(states), "u": len(labels["shocks"])}
    derivatives = {}
    for name in names:
        axes = [sizes[kind] for kind in _arguments(name)]
        derivatives[name] = found[name].reshape(len(labels["names"]), *axes)
    return DecisionRule(
        labels["names"], states, labels["shocks"], found["ys"].ravel(), derivatives
    )


def largest_differences(solution: LocalSolution) -> dict[str, float]:
    """Largest |difference| from Dynare over max(1, largest entry), by array.

    Dynare is given the model and the steady state as numbers, so that nothing but the
    rules can differ; rows and columns are matched by name, whatever their order.
    """
    text = mod_text(solution.model, steady_state=solution.steady_state)
    theirs = decision_rule(text, solution.order)
    ours = solution.decision_rule()
    if set(theirs.names) != set(solution.variables):
        raise ValueError("the two rules are not of the same variables")
    if set(theirs.states) != set(solution.states):
        raise ValueError("the two rules are not of the same states")
    own = {"x": solution.states, "u": solution.shocks}
    found = {}
    for name, array in theirs.derivatives.items():
        kinds = _arguments(name)
        shape = (len(solution.variables), *(len(own[kind]) for kind in kinds))
        # Columns of the labelled rule: the first factor slowest, as in numpy.
        values = ours[name].values.reshape(shape)
        labels = [theirs.names]
        labels += [theirs.states if kind == "x" else theirs.shocks for kind in kinds]
        places = [solution.variables, *(own[kind] for kind in kinds)]
        index = [
            [place.index(n) for n in label]
            for place, label in zip(places, labels, strict=True)
        ]
        gap = np.abs(values[np.ix_(*index)] - array).max(initial=0.0)
        found[name] = float(gap / max(1.0, np.abs(array).max(initial=0.0)))
    return found


def milliseconds(
    text: str,
    parameters: tuple[str, ...],
    draws: int = 20,
    orders: tuple[int, ...] = (1, 3),
) -> dict[int, np.ndarray]:
    """Milliseconds per draw (draws,) by order, all in one Octave session.

    The model is compiled (``use_dll``); ``parameters`` move by about 0.1 percent per
    draw, and ``resol`` finds the steady state and the rule anew. One thread. Compiling
    needs Octave's headers (``mkoctfile``). Variances of shocks stay as they are.
    """
    require()
    if shutil.which("mkoctfile") is None:
        pytest.skip("Octave's headers are not installed")
    text = re.sub(r"\bmodel\s*(\([^)]*\))?\s*;", "model(use_dll);", _bare(text))
    chosen = " ".join(f"find(strcmp(M_.param_names, '{p}'))" for p in parameters)
    script = _TIME.format(
        dynare=DYNARE, draws=draws, orders=" ".join(map(str, orders))
    ).replace("chosen_indices", f"[{chosen}]")
    order = max(orders)
    options = f"order={order}, irf=0, nograph, noprint, nocorr, nomoments, nofunctions"
    found = _run(f"{text}\nstoch_simul({options});\n", script)
    rows = np.atleast_2d(found["seconds"])
    return {o: 1000 * rows[i] for i, o in enumerate(orders)}


def _arguments(name: str) -> str:
    return next(kinds[name] for kinds in ARGUMENTS.values() if name in kinds)


def _bare(text: str) -> str:
    """The model without its own commands."""
    return _STATEMENTS.sub("", text)


def _run(text: str, script: str) -> dict[str, np.ndarray]:
    """Run ``script`` next to the file ``model.mod``; what it saved."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "model.mod").write_text(text, encoding="utf-8")
        (place / "solve_model.m").write_text(script, encoding="utf-8")
        command = ["octave", "--no-gui", "--no-init-file", "--quiet", "solve_model.m"]
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **threads}, capture_output=True,
            text=True, check=False, timeout=500,
        )  # fmt: skip
        # Octave may fail on its way out although everything is saved.
        if not (place / "result.mat").exists():
            raise RuntimeError(f"Dynare failed:\n{done.stdout[-2000:]}{done.stderr}")
        return loadmat(place / "result.mat")
