"""gEconpy as a second tool: its linear rule of a model, and its speed.

gEconpy solves to first order only. It is imported from this interpreter or from the one
named by ``FISCAX_GECONPY_PYTHON``; the model goes there as the text of a GCN file, all
equations as identities of one block and the closed form of the steady state.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import sympy as sp

from fiscax.models.general.model import DynamicModel, name_and_date

# Releases of preliz and pymc-extras after gEconpy's own lack two names that it imports
# and that no part used here calls.
_WORKER = """
import json, sys, time, warnings
started = time.perf_counter()
warnings.simplefilter("ignore")
import matplotlib.style
if not hasattr(matplotlib.style, "core"):
    matplotlib.style.core = matplotlib.style
import pymc_extras.statespace.models.utilities as utilities
if not hasattr(utilities, "make_default_coords"):
    utilities.make_default_coords = None
import numpy as np
import gEconpy
from gEconpy.solvers.cycle_reduction import solve_policy_function_with_cycle_reduction

task = json.load(open("task.json"))
imported = time.perf_counter()
model = gEconpy.model_from_gcn(
    "model.gcn", simplify_blocks=False, simplify_tryreduce=False,
    simplify_constants=False, verbose=False, on_unused_parameters="ignore",
)
built = time.perf_counter()
levels = np.ones(len(model.variables))

def direct(changes):
    values = model.parameters(**changes)
    rest = model.f_ss(**values)
    system = model.f_linearize(**values, **rest, not_loglin_variable=levels)
    return solve_policy_function_with_cycle_reduction(
        *system, tol=1e-10, verbose=False
    )[:2]

def public(changes):
    return model.solve_model(log_linearize=False, verbose=False, tol=1e-10, **changes)

transition, impact = public({})
first = time.perf_counter()

def clocked(solve, changes):
    begun = time.perf_counter()
    found = solve(changes)
    return 1000 * (time.perf_counter() - begun), found

found = {
    "version": gEconpy.__version__,
    "variables": [v.base_name for v in model.variables],
    "shocks": [s.base_name for s in model.shocks],
    "transition": transition.tolist(),
    "impact": impact.tolist(),
    "import": imported - started,
    "build": built - imported,
    "first": first - built,
    "public": [clocked(public, c)[0] for c in task["draws"][:5]],
    "direct": [],
}
direct({})
last = transition
for changes in task["draws"]:
    spent, (rule, _) = clocked(direct, changes)
    assert not np.array_equal(rule, last)
    last = rule
    found["direct"].append(spent)
json.dump(found, open("found.json", "w"))
"""


@dataclass(frozen=True)
class LinearRule:
    """``y = transition y(-1) + impact u`` for all variables, and what it cost.

    ``process`` (all of it), ``build`` (of the model's functions) and ``first`` (solve)
    are seconds. Milliseconds by draw: ``public``, a call of ``Model.solve_model``, and
    ``direct``, its fastest way: the functions it has built for the steady state and the
    Jacobians (NumPy), then its cyclic reduction. Functions built by its other back end
    (pytensor) take as long to run and minutes to build.
    """

    version: str
    variables: tuple[str, ...]
    shocks: tuple[str, ...]
    transition: np.ndarray
    impact: np.ndarray
    build: float
    first: float
    process: float
    public: np.ndarray
    direct: np.ndarray

    def rows(self, states: tuple[str, ...], variables: tuple[str, ...]) -> np.ndarray:
        """The transition (variables, states) in another order."""
        rows = [self.variables.index(n) for n in variables]
        return self.transition[np.ix_(rows, [self.variables.index(n) for n in states])]


@cache
def interpreter() -> str | None:
    """Python that has gEconpy, None where there is none."""
    named = os.environ.get("FISCAX_GECONPY_PYTHON")
    if named:
        return named
    return sys.executable if find_spec("gEconpy") else None


def solve(model: DynamicModel, draws: list[dict[str, float]]) -> LinearRule:
    """gEconpy's rule of ``model`` at its own values, and the time of every draw."""
    python = interpreter()
    if python is None:
        raise RuntimeError("gEconpy is not installed; set FISCAX_GECONPY_PYTHON")
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    tasks = [{f"p_{k}": v for k, v in draw.items()} for draw in draws]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "model.gcn").write_text(gcn_text(model), encoding="utf-8")
        (place / "task.json").write_text(json.dumps({"draws": tasks}))
        subprocess.run(
            [python, "-c", _WORKER], cwd=folder, env={**kept, **threads}, check=True,
            capture_output=True, timeout=500,
        )  # fmt: skip
        found = json.loads((place / "found.json").read_text())
    return LinearRule(
        found["version"],
        tuple(n.removeprefix("v_") for n in found["variables"]),
        tuple(n.removeprefix("v_") for n in found["shocks"]),
        np.array(found["transition"]),
        np.array(found["impact"]),
        found["build"],
        found["first"],
        found["import"] + found["build"] + found["first"],
        np.array(found["public"]),
        np.array(found["direct"]),
    )


def gcn_text(model: DynamicModel) -> str:
    """The model as a GCN file; its steady state must be in closed form.

    Names get a prefix, as some of them mean something to SymPy. Helpers of the closed
    form are written out. Parameters that move no equation are left out.
    """
    if not model.steady_state:
        raise ValueError(f"model '{model.name}' has no steady state in closed form")
    moving = {*model.names, *(s.name for s in model.shocks)}
    helpers: dict[str, sp.Expr] = {}

    def renamed(expression, dates) -> sp.Expr:
        expression = sp.sympify(expression)
        found = {}
        for symbol in expression.free_symbols:
            name, date = name_and_date(symbol)
            if name in moving:
                found[symbol] = sp.Symbol(f"v_{name}[{dates[date]}]")
            else:
                found[symbol] = helpers.get(name, sp.Symbol(f"p_{name}"))
        return expression.xreplace(found)

    def text(expression) -> str:
        return str(expression).replace("**", "^")

    dates = {0: "", 1: "1", -1: "-1"}
    equations = [
        f"{text(renamed(e.left, dates))} = {text(renamed(e.right, dates))};"
        for e in model.equations
    ]
    rest = []
    for name, expression in model.steady_state:
        value = renamed(expression, {0: "ss"})
        if name in moving:
            rest.append(f"v_{name}[ss] = {text(value)};")
        else:
            helpers[name] = value
    used = {symbol for r in model.residuals for symbol in r.free_symbols}
    values = [
        f"p_{p.name} = {model.values[p.name]!r};"
        for p in model.parameters
        if p.symbol in used
    ]
    shocks = [f"v_{s.name}[];" for s in model.shocks]
    return _block("MODEL", identities=equations, shocks=shocks, calibration=values) + (
        _block("STEADY_STATE", identities=rest)
    )


def _block(title: str, **parts: list[str]) -> str:
    lines = [f"block {title}", "{"]
    for name, statements in parts.items():
        lines += [
            f"    {name}",
            "    {",
            *(f"        {s}" for s in statements),
            "    };",
        ]
    return "\n".join([*lines, "};"]) + "\n"
