"""Likelihood against its gradient, one draw and a batch of them (`make bench`)."""

import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import fiscax
from fiscax.models.general.functions import parameter_vector
from fiscax.solvers.filters.likelihood import log_likelihood_function
from fiscax.solvers.perturbation.expansion import perturbation

FILE = Path(__file__).parent / "sticky_prices_long_bonds.mod"
OBSERVED = ("y", "c", "pi", "R", "nominal_yield")
PERIODS, DRAWS, REPEATS = 200, 32, 20


def side_by_side(programs, *arguments):
    """Shortest time of each program in milliseconds, run in turns."""
    spent = {}
    for label, program in programs.items():
        started = time.perf_counter()
        jax.block_until_ready(program(*arguments))
        first = time.perf_counter() - started
        print(f"  {label:<12s} first call {first:6.2f} s (programs from the cache)")
        spent[label] = []
    for _ in range(REPEATS):
        for label, program in programs.items():
            started = time.perf_counter()
            jax.block_until_ready(program(*arguments))
            spent[label].append(1e3 * (time.perf_counter() - started))
    for label, times in spent.items():
        print(
            f"  {label:<12s} shortest {min(times):8.3f} ms, median "
            f"{np.median(times):8.3f} ms"
        )
    return {label: min(times) for label, times in spent.items()}


def test_gradient_against_likelihood():
    model = fiscax.load_mod(FILE)
    values = parameter_vector(model)
    paths = fiscax.solve(model, order=1).simulate(PERIODS, seed=1)
    data = jnp.asarray(np.stack([paths[n].values[:, 0] for n in OBSERVED], axis=1))
    likelihood = log_likelihood_function(model, OBSERVED)
    solve = perturbation(model, 1)
    spread = 1 + 1e-3 * jax.random.normal(jax.random.key(0), (DRAWS, len(values)))
    every = values[None, :] * spread
    programs = {
        "solution": lambda p, _: solve(p).rule,
        "likelihood": likelihood,
        "gradient": jax.value_and_grad(likelihood),
    }
    print(f"\n{PERIODS} dates, {len(OBSERVED)} series, {len(values)} parameters")
    for label, count in (("one draw", 1), ("per batch", DRAWS)):
        print(f"{label} ({count})")
        if count == 1:
            compiled, given = {k: jax.jit(f) for k, f in programs.items()}, values
        else:
            compiled = {
                k: jax.jit(jax.vmap(f, in_axes=(0, None))) for k, f in programs.items()
            }
            given = every
        spent = side_by_side(compiled, given, data)
        each = ", ".join(f"{k} {t / count:.3f} ms" for k, t in spent.items())
        ratio = spent["gradient"] / spent["likelihood"]
        print(f"  per draw: {each}; gradient over likelihood {ratio:.2f}")
