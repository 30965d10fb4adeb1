"""Perturbation in fiscax, Dynare and gEconpy: the same rules, and their cost.

The model is ``sticky_prices_long_bonds.mod`` (29 equations, 7 states, 5 shocks). One
thread each for Dynare (compiled) and gEconpy; fiscax compiles for as many as it likes
and runs batches on XLA's pool. Nothing is asserted about time: machines differ, and the
load is printed. What is asserted is that all tools find the same rule.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

import dynare_oracle
import gecon_oracle
import jax
import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import sympy as sp

import fiscax
from fiscax.models.declaration import Dated, Equation, Parameter, Shock, fixed
from fiscax.models.dynare.reader import read_mod
from fiscax.models.general.functions import covariance_function, parameter_vector
from fiscax.models.general.model import DynamicModel, Variable, dated
from fiscax.solvers.perturbation.curves import curve_function
from fiscax.solvers.perturbation.expansion import perturbation
from fiscax.solvers.perturbation.first_order import layout
from fiscax.solvers.perturbation.pricing import Pricing, priced_model
from fiscax.solvers.perturbation.solution import compiled_perturbation

mpl.use("Agg")

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "out" / "bench"
FILE = HERE / "sticky_prices_long_bonds.mod"
FILES = [*sorted((HERE.parent / "oracles" / "dynare").glob("*.mod")), FILE]
# Parameters that move from draw to draw, by about 0.1 percent.
MOVING = ("beta", "gamma", "kappa", "phi_p", "rho_a", "phi_pi")
DRAWS, ROUNDS = 1000, 5
# Draws in one vmap, chosen by ``test_batch_size``.
BATCH = {1: 8, 2: 8, 3: 16}
pytestmark = pytest.mark.timeout(1800)


@dataclass
class Cost:
    """Seconds of one thing that one tool does."""

    tool: str
    order: int
    what: str
    minimum: float
    median: float
    times: int


def cost(tool, order, what, seconds):
    return Cost(
        tool, order, what, float(np.min(seconds)), float(np.median(seconds)),
        len(np.atleast_1d(seconds)),
    )  # fmt: skip


def clocked(run, rounds=ROUNDS):
    """Seconds of every call after the first, which compiles."""
    jax.block_until_ready(run())
    spent = []
    for _ in range(rounds):
        started = time.perf_counter()
        jax.block_until_ready(run())
        spent.append(time.perf_counter() - started)
    return spent


@cache
def model():
    return read_mod(FILE)


def draws(of, count, names=None, seed=0):
    """Parameters (count, p): those in ``names`` (all by default) move a little."""
    centre = np.asarray(parameter_vector(of))
    chosen = [p.name in names for p in of.parameters] if names else True
    size = np.where(chosen, 1e-3, 0.0)
    normal = np.random.default_rng(seed).standard_normal((count, len(centre)))
    return jnp.asarray(centre * np.exp(size * normal))


def many(of, order, batch):
    """Jitted ``parameters (count, p) -> largest entry of every array`` by draw.

    The rule and the two radii that judge it are computed; only sizes are kept, as the
    rules of a thousand draws at order three would fill half a gigabyte.
    """
    solve = perturbation(of, order)

    def sizes(parameters):
        found = solve(parameters)
        radii = (found.first.state_radius, found.first.forward_radius)
        return jax.tree.map(lambda a: jnp.max(jnp.abs(a)), (found.rule, radii))

    return jax.jit(lambda p: jax.lax.map(sizes, p, batch_size=min(batch, len(p))))


_COLD = """
import json, os, sys, time
started = time.perf_counter()
import fiscax
model = fiscax.load_mod({file!r})
ready = time.perf_counter()
fiscax.solve(model, order={order})
print(json.dumps([time.perf_counter() - started, time.perf_counter() - ready]))
"""


def new_process(order, cache_folder):
    """Seconds from the start of a script, and of its first solve alone."""
    script = _COLD.format(file=str(FILE), order=order)
    variables = {**os.environ, "JAX_COMPILATION_CACHE_DIR": cache_folder}
    done = subprocess.run(
        [sys.executable, "-c", script], env=variables, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def fiscax_costs(order):
    whole, first, again, again_first = [], [], [], []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            for total, alone in ((whole, first), (again, again_first)):
                spent = new_process(order, folder)
                total.append(spent[0])
                alone.append(spent[1])
    values = parameter_vector(model())
    compiled = compiled_perturbation(model(), order)
    batch = draws(model(), DRAWS, MOVING)
    program = many(model(), order, BATCH[order])
    return [
        cost("fiscax", order, "script, nothing compiled before", whole),
        cost("fiscax", order, "script, programs in the cache", again),
        cost("fiscax", order, "first solve, nothing compiled before", first),
        cost("fiscax", order, "first solve, programs in the cache", again_first),
        cost(
            "fiscax",
            order,
            "solve with all checks, warm",
            clocked(lambda: fiscax.solve(model(), order=order), 20),
        ),
        cost(
            "fiscax", order, "rule alone, warm", clocked(lambda: compiled(values), 20)
        ),
        cost(
            "fiscax",
            order,
            "draw, warm",
            np.array(clocked(lambda: program(batch))) / DRAWS,
        ),
    ]


def dynare_costs():
    text = FILE.read_text()
    found = []
    for order in (1, 2, 3):
        started = time.perf_counter()
        dynare_oracle.decision_rule(text, order)
        spent = time.perf_counter() - started
        found.append(cost("Dynare", order, "script, nothing compiled before", [spent]))
    by_order = dynare_oracle.milliseconds(text, MOVING, draws=30, orders=(1, 2, 3))
    for order, spent in by_order.items():
        for what in ("rule alone, warm", "draw, warm"):
            found.append(cost("Dynare", order, what, spent / 1000))
    return found


def gecon_costs(rule):
    return [
        cost("gEconpy", 1, "script, nothing compiled before", [rule.process]),
        cost("gEconpy", 1, "first solve, nothing compiled before", [rule.build]),
        cost("gEconpy", 1, "solve with all checks, warm", rule.public / 1000),
        cost("gEconpy", 1, "rule alone, warm", rule.direct / 1000),
        cost("gEconpy", 1, "draw, warm", rule.direct / 1000),
    ]


def gecon_rule():
    names = [p.name for p in model().parameters]
    rows = np.asarray(draws(model(), 200, MOVING))
    changes = [
        {n: float(v) for n, v in zip(names, row, strict=True) if n in MOVING}
        for row in rows
    ]
    return gecon_oracle.solve(model(), changes)


def table(costs):
    """Costs in milliseconds, with the ratio of medians to those of fiscax."""
    frame = pd.DataFrame([asdict(c) for c in costs])
    own = frame[frame["tool"] == "fiscax"].set_index(["what", "order"])["median"]
    keys = zip(frame["what"], frame["order"], strict=True)
    frame["ratio to fiscax"] = [
        m / own.get(k, np.nan) for k, m in zip(keys, frame["median"], strict=True)
    ]
    for column in ("minimum", "median"):
        frame[column] *= 1000
    frame = frame.rename(columns={c: f"{c}, ms" for c in ("minimum", "median")})
    return frame.sort_values(["what", "order", "tool"], ignore_index=True)


def write(frame, name):
    OUT.mkdir(parents=True, exist_ok=True)
    frame.to_csv(OUT / f"{name}.csv", index=False)
    frame.to_json(OUT / f"{name}.json", orient="records", indent=1)


def show(frame, title):
    load = ", ".join(f"{v:.1f}" for v in os.getloadavg())
    print(f"\n{title} ({os.cpu_count()} cores, load {load})")
    print(frame.to_string(index=False, float_format=lambda v: f"{v:.4g}"))


def test_rules_against_dynare():
    """Largest differences by order and model, relative to the largest entry."""
    dynare_oracle.require()
    rows = []
    for path in FILES:
        found = dynare_oracle.largest_differences(fiscax.solve(read_mod(path), order=3))
        by_order = {
            order: max(found[n] for n in names)
            for order, names in dynare_oracle.ARGUMENTS.items()
        }
        rows.append(
            {"model": path.stem} | {f"order {o}": v for o, v in by_order.items()}
        )
    frame = pd.DataFrame(rows)
    write(frame, "differences")
    show(frame, "Largest |fiscax - Dynare| over max(1, largest entry)")


def test_three_tools():
    costs = [c for order in (1, 2, 3) for c in fiscax_costs(order)]
    rule = fiscax.solve(model(), order=1)
    own = rule.decision_rule()["ghx"].values
    if dynare_oracle.available():
        worst = dynare_oracle.largest_differences(rule)["ghx"]
        print(f"\nghx: Dynare differs by {worst:.1e} of the largest entry")
        assert worst < 1e-8
        costs += dynare_costs()
    if gecon_oracle.interpreter():
        found = gecon_rule()
        gap = np.abs(found.rows(rule.states, rule.variables) - own).max()
        worst = gap / np.abs(own).max()
        print(
            f"ghx: gEconpy {found.version} differs by {worst:.1e} of the largest entry"
        )
        assert worst < 1e-8
        costs += gecon_costs(found)
    frame = table(costs)
    write(frame, "perturbation")
    show(frame, "Perturbation of sticky_prices_long_bonds")


# The kernel of the model's file, and how its prices rise.
PRICING = Pricing(
    "beta*exp(d(+1) - d)*(U(+1)/U)^(1 - 1/psi)*c/c(+1)"
    "*(V(+1)/(V*ev^(1/(1 - gamma))))^(1/psi - gamma)",
    "log(pi)",
)
LONGEST = 40


def test_curves():
    """Real and nominal curves of 40 quarters, with their twins, beside the solve."""
    of = priced_model(model(), PRICING)
    values, batch = parameter_vector(of), draws(of, 16, MOVING)
    costs = []
    for order in (1, 2, 3):
        solve = perturbation(of, order)
        curves = curve_function(layout(of), order, tuple(range(1, LONGEST + 1)))
        sigma = covariance_function(of)
        one = jax.jit(solve)(values).rule
        every = jax.jit(jax.vmap(solve))(batch).rule
        variances = jax.vmap(sigma)(batch)
        priced, solved = jax.jit(curves), jax.jit(solve)
        batched = jax.jit(jax.vmap(lambda p, f=solve: f(p).rule))
        pairs = {
            "solve": partial(solved, values),
            "curves": partial(priced, one, sigma(values)),
            "solve, 16 draws": partial(batched, batch),
            # One by one: tensors of many draws at once do not fit into caches.
            "curves, 16 draws": partial(
                jax.jit(lambda *a, f=curves: jax.lax.map(lambda b: f(*b), a)),
                every,
                variances,
            ),
        }
        costs += [
            cost("fiscax", order, what, clocked(run, 10)) for what, run in pairs.items()
        ]
    frame = table(costs).drop(columns=["ratio to fiscax"])
    write(frame, "curves")
    show(frame, "Curves of 40 quarters beside the solve")


def test_batch_size():
    """Milliseconds a draw by the number of draws that go through one vmap."""
    rows, values = [], draws(model(), 256, MOVING)
    for order, sizes in {1: (8, 32, 128), 2: (8, 16, 32), 3: (4, 8, 16)}.items():
        programs = {size: many(model(), order, size) for size in sizes}
        spent = {size: [] for size in sizes}
        for _ in range(ROUNDS):
            for size, program in programs.items():
                spent[size] += clocked(partial(program, values), 1)
        for size, seconds in spent.items():
            part = np.array(seconds) / len(values)
            rows.append(cost("fiscax", order, f"draw, batches of {size}", part))
    frame = table(rows).drop(columns=["ratio to fiscax"])
    show(frame, "Draws, by the size of a batch")


@cache
def family(n):
    """A claim on a payoff that n independent AR(1) processes move: n states."""
    names = ("beta", "rho", "weight")
    beta, rho, weight = (fixed(v) for v in names)
    states, price = [f"x{i}" for i in range(n)], Dated("price")
    equations = [
        Equation(f"law {x}", Dated(x), rho * dated(x, -1) + Dated(f"e{x}"), "")
        for x in states
    ]
    # Unequal slopes, so that no two states are the same.
    payoff = sum((i + 1) * dated(x, 1) for i, x in enumerate(states)) / n
    euler = beta * sp.exp(weight * payoff) * (1 + dated("price", 1))
    equations.append(Equation("euler", price, euler, ""))
    eye = sp.eye(n)
    return DynamicModel(
        f"claim_{n}",
        "",
        tuple(Parameter(v, v, "", -100, 100, "") for v in names),
        tuple(Variable(v) for v in (*states, "price")),
        tuple(Shock(f"e{x}", x, "") for x in states),
        tuple(equations),
        {"beta": 0.95, "rho": 0.6, "weight": -1.5},
        steady_state=(
            *((x, sp.Integer(0)) for x in states),
            ("price", beta / (1 - beta)),
        ),
        covariance=tuple(
            tuple(sp.Float(1e-4) * eye[i, j] for j in range(n)) for i in range(n)
        ),
    )


def test_growth():
    """Cost of a draw by the number of states, and of all draws by their number."""
    rows = []

    def add(by, number, order, what, seconds):
        found = asdict(cost("fiscax", order, what, seconds))
        rows.append({"by": by, "number": number, **found})

    largest = {1: 32, 2: 16, 3: 8}
    for order, most in largest.items():
        for n in (k for k in (1, 2, 4, 8, 16, 32) if k <= most):
            values = draws(family(n), 32)
            seconds = clocked(partial(many(family(n), order, 4), values))
            add("states", n, order, "draw", np.array(seconds) / len(values))
        for count in (1, 10, 100, 1000):
            values = draws(model(), count, MOVING)
            seconds = clocked(partial(many(model(), order, BATCH[order]), values))
            add("draws", count, order, "all draws", seconds)
    frame = pd.DataFrame(rows)
    write(frame, "growth")
    show(frame.drop(columns=["tool", "times"]), "Growth, seconds")
    draw_growth(frame)


def draw_growth(frame):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.5), layout="constrained")
    labels = {
        "states": ("number of states", "seconds a draw"),
        "draws": ("number of draws", "seconds, all draws"),
    }
    for axis, (by, (x, y)) in zip(figure.subplots(1, 2), labels.items(), strict=True):
        for order, part in frame[frame["by"] == by].groupby("order"):
            axis.loglog(part["number"], part["median"], "o-", label=f"order {order}")
        axis.set(xlabel=x, ylabel=y)
        axis.legend(frameon=False)
    figure.savefig(OUT / "growth.svg")
