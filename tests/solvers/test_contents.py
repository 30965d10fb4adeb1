"""What a function is: one digest for the same, another one for anything else."""

import functools
import math
import os
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from fiscax.solvers.contents import Untold, digest

RATE = 0.5
LIMITS = {"low": 0.0}


class Pair(NamedTuple):
    one: float
    two: float = 2.0

    def total(self):
        return self.one + self.two


@dataclass(frozen=True)
class Rule:
    weight: float
    names: frozenset = frozenset()

    @cached_property
    def doubled(self):
        return 2 * self.weight

    def value(self, x):
        return discounted(self.weight * x)


@dataclass(frozen=True)
class Sent:
    weight: float


def discounted(x):
    return RATE * x


def limited(x):
    return max(x, LIMITS["low"])


def countdown(x):
    return countdown(x - 1) if x > 0 else x


def scaled(constant):
    return lambda x: constant * x


@functools.wraps(math.sin)
def wrapper(x):
    return RATE * x


def read_from_disk(x):
    return x * float(Path("somewhere").read_text())


def test_what_is_made_twice_is_the_same():
    assert digest(scaled(2.0)) == digest(scaled(2.0))
    assert digest(Rule(1.0), Pair(1.0)) == digest(Rule(1.0), Pair(1.0))
    assert digest(jax.vmap(scaled(2.0))) == digest(jax.vmap(scaled(2.0)))
    x, y = sp.symbols("x y", real=True)
    made = [sp.lambdify([x, y], sp.exp(x) + y, modules="jax") for _ in range(2)]
    assert made[0] is not made[1]
    assert digest(made[0]) == digest(made[1])
    assert digest(countdown) == digest(countdown)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (scaled(2.0), scaled(3.0)),
        (scaled(2.0), scaled(2)),
        (scaled(1), scaled(True)),
        (scaled(0.0), scaled(-0.0)),
        (scaled(float("nan")), scaled(0.0)),
        (scaled("ab"), scaled(b"ab")),
        (scaled(("ab", "c")), scaled(("a", "bc"))),
        (scaled(((), ("a",))), scaled((("a",), ()))),
        (scaled(np.arange(3.0)), scaled(np.arange(3))),
        (scaled(np.zeros((2, 3))), scaled(np.zeros((3, 2)))),
        (scaled(np.ones(2)), scaled(jnp.ones(2))),
        (scaled(Rule(1.0)), scaled(Rule(2.0))),
        (scaled(Rule(1.0, frozenset("a"))), scaled(Rule(1.0, frozenset("b")))),
        (scaled(Pair(1.0)), scaled((1.0, 2.0))),
        (scaled({"a": 1, "b": 2}), scaled({"b": 2, "a": 1})),
        (lambda x, by=1: x * by, lambda x, by=2: x * by),
        (lambda x, *, by=1: x * by, lambda x, *, by=2: x * by),
        (lambda x: x + 1, lambda x: x + 2),
        (lambda x: jnp.sin(x), lambda x: jnp.cos(x)),
        (jax.vmap(scaled(2.0)), jax.vmap(scaled(3.0))),
        (jax.vmap(scaled(2.0)), jax.vmap(scaled(2.0), in_axes=1)),
        (jax.grad(scaled(2.0)), jax.jacfwd(scaled(2.0))),
        (functools.partial(max, 1), functools.partial(max, 2)),
        (Rule(1.0).value, Rule(2.0).value),
        ((1.0).__add__, (2.0).__add__),
        (sp.Symbol("x"), sp.Symbol("x", real=True)),
        (sp.Float("0.1", 15), sp.Float("0.1", 30)),
        (sp.Integer(1), sp.Float(1.0)),
        (sp.Symbol("x") - 1, sp.Symbol("x") + 1),
    ],
)
def test_what_differs_is_told_apart(one, other):
    assert digest(one) != digest(other)


def test_what_is_derived_and_kept_on_an_object_does_not_count():
    rule = Rule(3.0)
    before = digest(scaled(rule))
    assert rule.doubled == 6.0
    assert digest(scaled(rule)) == before


@pytest.mark.parametrize(
    ("name", "changed", "reached_from"),
    [
        ("RATE", 0.6, Rule(1.0).value),
        ("discounted", lambda x: x, scaled(Rule(1.0))),
        ("LIMITS", {"low": 1.0}, limited),
        ("RATE", 0.6, wrapper),
    ],
)
def test_what_a_function_reaches_counts(name, changed, reached_from, monkeypatch):
    before = digest(reached_from)
    monkeypatch.setattr(sys.modules[__name__], name, changed)
    assert digest(reached_from) != before


def test_methods_count(monkeypatch):
    before = digest(scaled(Rule(1.0))), digest(scaled(Pair(1.0)))
    monkeypatch.setattr(Rule, "value", lambda self, x: x)
    monkeypatch.setattr(Pair, "total", lambda self: 0.0)
    assert digest(scaled(Rule(1.0))) != before[0]
    assert digest(scaled(Pair(1.0))) != before[1]


@pytest.mark.parametrize(
    "thing",
    [
        read_from_disk,
        scaled(threading.Lock()),
        scaled(iter([1, 2])),
        scaled(np.random.default_rng(0)),
        scaled(open),
        scaled(np.ma.array([1.0, 2.0], mask=[True, False])),
        scaled(sp.Function("f")(sp.Symbol("x"))),
        scaled(os.environ),
        lambda x: x * float(os.environ.get("RATE", "1")),
    ],
)
def test_what_cannot_be_told_is_refused(thing):
    with pytest.raises(Untold):
        digest(thing)


def test_arrays_of_a_program_that_is_being_made_are_refused():
    def traced(x):
        with pytest.raises(Untold):
            digest(scaled(x))
        return x

    jax.jit(traced)(1.0)


CODE = """
import jax
from fiscax.models.core import core_economy
from fiscax.solvers.contents import digest
from fiscax.solvers.projection.blocks import conditions, jitted_newton
from fiscax.solvers.projection.grid import SmolyakGrid
from fiscax.solvers.projection.newton import Newton
from fiscax.solvers.projection.quadrature import Quadrature
from fiscax.solvers.projection.simulate import Simulator
model = core_economy(("safe", "risky"))
grids = tuple((b.name, SmolyakGrid((2,) * len(b.states))) for b in model.blocks)
last = model.blocks[-1].name
problem = conditions(model, last, grids, Quadrature())
found = jitted_newton(problem, Newton()).function
print(digest(found, Simulator(model, grids, ("inflation",))))
"""


def test_another_process_finds_the_same():
    found = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", CODE],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1


def test_what_was_sent_to_another_process_is_what_it_was():
    before = digest(Sent(1.0))
    pickle.loads(pickle.dumps(Sent(1.0)))
    assert digest(Sent(1.0)) == before
