"""What a million draws of order three and ten thousand global solves cost on paper.

Seconds of processor time (of all threads) of one draw and of one solve are measured in
this process, programs compiled and warm; tasks are independent, so that N cores take an
N-th of the time. The table is what ``docs/how-to/many.md`` prints. Nothing is asserted:
machines differ.
"""

import os
import time
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from fiscax.calibration.economies.core import COARSE, solve_economy
from fiscax.experiments.command.manifest import peak_memory_mb
from fiscax.experiments.news import study as news
from fiscax.models.dynare.reader import read_mod
from fiscax.models.general.functions import covariance_function, parameter_vector
from fiscax.solvers.perturbation.expansion import perturbation
from fiscax.solvers.perturbation.first_order import layout
from fiscax.solvers.perturbation.moments import pruned_moments

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "out" / "bench"
# File, and parameters that move from draw to draw.
MODELS = {
    "new_keynesian_calvo": HERE.parent / "oracles" / "dynare",
    "sticky_prices_long_bonds": HERE,
}
MOVING = ("beta", "gamma", "rho_a", "phi", "phi_pi")
BATCH, DRAWS, ROUNDS = 16, 64, 3
CORES = (2, 64, 1024)
pytestmark = pytest.mark.timeout(3600)


def processor_seconds(run, count=1, rounds=ROUNDS):
    """Least seconds of processor time per item of ``run``, after a first call."""
    run()
    spent = []
    for _ in range(rounds):
        started = time.process_time()
        run()
        spent.append(time.process_time() - started)
    return min(spent) / count


def draws_of(model):
    """Parameters (draws, p) around the file's."""
    centre = np.asarray(parameter_vector(model))
    size = np.where([p.name in MOVING for p in model.parameters], 1e-3, 0.0)
    normal = np.random.default_rng(0).standard_normal((DRAWS, len(centre)))
    return jnp.asarray(centre * np.exp(size * normal))


def order_three(name):
    """Processor seconds of a rule, in batches of one program, and of its moments."""
    model = read_mod(MODELS[name] / f"{name}.mod")
    values, solve = draws_of(model), perturbation(model, 3)
    program = jax.jit(
        lambda p: jax.lax.map(lambda q: solve(q).rule, p, batch_size=BATCH)
    )
    rule = processor_seconds(lambda: jax.block_until_ready(program(values)), DRAWS)
    every = jax.tree.map(np.asarray, program(values[:BATCH])._asdict())
    states = layout(model).states
    sigma = jax.vmap(covariance_function(model))(values[:BATCH])

    def moments():
        for k in range(BATCH):
            own = {n: None if a is None else a[k] for n, a in every.items()}
            pruned_moments(own, states, np.asarray(sigma[k]), 3, 1)

    return rule, processor_seconds(moments, BATCH, 1)


def global_solves():
    """Processor seconds of one solve: alone on both grids, and in a batch of eight."""
    fine = partial(solve_economy, "risky", {"gamma": 4.1})
    found = {
        "global solve, fine grid": processor_seconds(fine, 1, 1),
        "global solve, coarse grid": processor_seconds(
            partial(solve_economy, "risky", {"gamma": 4.1}, (COARSE,)), 1, 1
        ),
    }
    batch = {"gamma": np.linspace(4.0, 4.2, 8)}
    found["the same in batches of 8, priced (`news`)"] = processor_seconds(
        partial(news.news, batch, news.BASE), 8, 1
    )
    return found


def hours(seconds, count):
    """Hours of ``count`` items by the number of cores."""
    return {f"{n} cores": seconds * count / n / 3600 for n in CORES}


def test_many():
    rows = []
    for name in MODELS:
        rule, moments = order_three(name)
        for what, seconds in (("rule", rule), ("rule and moments", rule + moments)):
            rows.append(
                {"what": f"draw of order 3, {name}, {what}", "seconds": seconds}
            )
            rows[-1] |= {"times": 10**6, **hours(seconds, 10**6)}
    for what, seconds in global_solves().items():
        rows.append({"what": what, "seconds": seconds, "times": 10**4})
        rows[-1] |= hours(seconds, 10**4)
    table = pd.DataFrame(rows)
    OUT.mkdir(parents=True, exist_ok=True)
    table.to_csv(OUT / "many.csv", index=False)
    print(f"\nprocessor seconds of one, hours of all; load {os.getloadavg()[0]:.1f}")
    print(f"peak memory of one process {peak_memory_mb() / 1000:.1f} GB")
    print(table.to_string(index=False, float_format="{:.3g}".format))
