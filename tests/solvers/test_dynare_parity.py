"""Decision rules against Dynare; the oracle itself against a rule in closed form."""

from itertools import product
from math import exp
from pathlib import Path

import dynare_oracle
import numpy as np
import pytest
import sympy as sp

import fiscax
from fiscax.models.dynare.reader import read_mod
from fiscax.models.dynare.writer import mod_text
from fiscax.models.general.functions import (
    parameter_vector,
    residual_function,
    steady_state_function,
)

TESTS = Path(__file__).parents[1]
FILES = [
    *sorted((TESTS / "oracles" / "dynare").glob("*.mod")),
    TESTS / "benchmarks" / "sticky_prices_long_bonds.mod",
]
pytestmark = pytest.mark.dynare


def test_the_oracle_knows_brock_and_mirman():
    rule = dynare_oracle.decision_rule(
        (TESTS / "oracles/dynare/brock_mirman.mod").read_text()
    )
    alpha, beta, rho, sigma = 0.33, 0.99, 0.9, 0.02
    k, z, e, s = sp.symbols("k z e s")
    now = rho * z + e
    exact = {
        "k": alpha * beta * sp.exp(now) * k**alpha,
        "c": (1 - alpha * beta) * sp.exp(now) * k**alpha,
        "z": now,
        "claim": sp.exp(rho * now + s**2 * sigma**2 / 2),
    }
    rest = {k: (alpha * beta) ** (1 / (1 - alpha)), z: 0.0, e: 0.0, s: 0.0}
    symbols = {"k": k, "z": z, "e": e}
    assert rule.names == ("c", "k", "z", "claim")
    assert set(rule.states) == {"k", "z"}
    for name, values in rule.derivatives.items():
        kinds = name[2:].replace("s2", "ss")
        axes = [
            rule.states if kind == "x" else rule.shocks for kind in kinds.rstrip("s")
        ]
        scale = [s] * kinds.count("s")
        for variable, *at in product(rule.names, *axes):
            derivative = exact[variable]
            for symbol in [*(symbols[a] for a in at), *scale]:
                derivative = sp.diff(derivative, symbol)
            found = rule.at(name, variable, *at)
            truth = float(derivative.subs(rest))
            assert found == pytest.approx(truth, rel=1e-8, abs=1e-9), (
                name,
                variable,
                at,
            )
        assert values.shape == (4, *(len(a) for a in axes))
    rest_of_capital = float(rest[k])
    np.testing.assert_allclose(rule.ys[1], rest_of_capital, rtol=1e-12)
    assert rule.at("ghs2", "claim") == pytest.approx(sigma**2)
    assert rule.at("ghuss", "claim", "e") == pytest.approx(rho * sigma**2)
    assert exp(rule.ys[2]) == pytest.approx(1)


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
def test_dynare_takes_what_is_written_back(path):
    text = path.read_text()
    own = dynare_oracle.decision_rule(text, order=3)
    model = read_mod(path)
    written = dynare_oracle.decision_rule(mod_text(model), order=3)
    # Auxiliary variables differ in name; the declared ones do not.
    declared = [v.name for v in model.variables if not v.auxiliary]
    rows = [own.names.index(n) for n in declared]
    others = [written.names.index(n) for n in declared]
    np.testing.assert_allclose(written.ys[others], own.ys[rows], rtol=1e-10, atol=1e-12)
    for name in ("ghu", "ghuu", "ghs2", "ghuuu", "ghuss"):
        # Large and tiny derivatives of one array share the rounding of the large ones.
        scale = np.abs(own[name]).max()
        np.testing.assert_allclose(
            written[name][others] / scale,
            own[name][rows] / scale,
            atol=1e-8,
            err_msg=name,
        )


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
def test_steady_states_are_those_of_dynare(path):
    model = read_mod(path)
    rule = dynare_oracle.decision_rule(mod_text(model), order=1)
    assert rule.names == model.names
    parameters = parameter_vector(model)
    residual = residual_function(model)
    zero = np.zeros(len(model.shocks))
    found = residual(rule.ys, rule.ys, rule.ys, zero, parameters)
    np.testing.assert_allclose(found, 0, atol=1e-8)
    if model.steady_state:
        closed = steady_state_function(model)(parameters)
        np.testing.assert_allclose(closed, rule.ys, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
@pytest.mark.slow
def test_rules_to_third_order_are_those_of_dynare(path):
    """Entry by entry, rows and columns matched by name.

    Both sides hold plain partial derivatives at the steady state, in the convention
    of ``dynare_oracle``: no factor 1/2 or 1/6 inside, a mixed derivative such as
    ``ghxxu`` once for every ordered tuple of its arguments, shocks in their own units,
    ``ghs2``, ``ghxss`` and ``ghuss`` by the scale of uncertainty twice, at scale one.
    """
    worst = dynare_oracle.largest_differences(fiscax.solve(read_mod(path), order=3))
    assert set(worst) >= {"ghx", "ghu", "ghxx", "ghs2", "ghxxx", "ghxss", "ghuss"}
    assert max(worst.values()) < 1e-8, worst


def test_draws_are_timed():
    text = FILES[0].read_text()
    found = dynare_oracle.milliseconds(text, ("beta", "rho"), draws=3)
    assert set(found) == {1, 3}
    assert all(v.shape == (3,) and (v > 0).all() for v in found.values())
