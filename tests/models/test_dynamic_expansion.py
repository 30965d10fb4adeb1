"""Leads and lags beyond one period: auxiliary variables mean what they stand for.

Along a path that is known in advance expectations are the values themselves: every
auxiliary variable follows from its own equation, and the expanded residual must equal
the declared one. Where expectations matter the shape of the equations is compared.
"""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from fiscax.models.declaration import (
    Dated,
    DeclarationError,
    Equation,
    Parameter,
    Shock,
    fixed,
)
from fiscax.models.general.functions import (
    parameter_vector,
    residual_function,
    steady_state_function,
)
from fiscax.models.general.model import DynamicModel, Variable, dated, name_and_date

A = Parameter("a", "a", "", -10.0, 10.0, "")
x, y, e = Dated("x"), Dated("y"), Dated("e")


def model(right, **changes):
    """Two variables and a shock; ``x`` equals ``right``."""
    parts = {
        "name": "invented",
        "description": "",
        "parameters": (A,),
        "variables": (Variable("x"), Variable("y")),
        "shocks": (Shock("e", "e", ""),),
        "equations": (
            Equation("first", x, right, ""),
            Equation("second", y, y / 2 + e, ""),
        ),
        "values": {"a": 0.7},
    }
    return DynamicModel(**(parts | changes))


class Path:
    """Values at all dates, drawn from the name and the date."""

    def __init__(self, seed, parameters=("a",)):
        self.seed, self.parameters = seed, parameters
        self.equations = {}

    def value(self, name, date):
        if name in self.equations:
            return self.of(self.equations[name], date)
        if name in self.parameters:
            date = 0
        label = sum(map(ord, name))
        draw = np.random.default_rng([self.seed, label, date + 50])
        return float(draw.uniform(0.5, 1.5))

    def of(self, expression, date):
        values = {}
        for symbol in expression.free_symbols:
            name, distance = name_and_date(symbol)
            values[symbol] = self.value(name, date + distance)
        return float(sp.sympify(expression).xreplace(values))


def agrees(right, seed, **changes):
    expanded = model(right, **changes)
    switching = [p.name for p in expanded.parameters if p.regime_specific]
    path = Path(seed, [p.name for p in expanded.parameters if p.name not in switching])
    for variable, equation in zip(
        expanded.variables[2:], expanded.equations[2:], strict=True
    ):
        assert variable.auxiliary
        assert equation.left == variable.symbol
        path.equations[variable.name] = equation.right
    for equation in expanded.equations:
        for symbol in equation.right.free_symbols:
            name, date = name_and_date(symbol)
            assert abs(date) <= 1
            assert date == 0 or name not in ("e", "a")
    found = path.of(expanded.equations[0].right, 0)
    np.testing.assert_allclose(found, path.of(right, 0), rtol=1e-10)
    return expanded


atoms = st.one_of(
    st.builds(dated, st.sampled_from(["x", "y", "e"]), st.integers(-3, 3)),
    st.just(fixed("a")),
    st.sampled_from([sp.Integer(2), sp.Float(0.3)]),
)
terms = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(lambda p, q: p * q, inner, inner),
        st.builds(lambda p, q: p + q, inner, inner),
        st.builds(lambda p, q: p / (1 + q**2), inner, inner),
        st.builds(lambda p: sp.exp(-(p**2)), inner),
        st.builds(lambda p: sp.sqrt(3 + sp.cos(p)), inner),
    ),
    max_leaves=5,
)


@given(terms, st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_expanded_model_holds_along_known_paths(right, seed):
    agrees(right + 3 * x, seed)


def test_an_expectation_is_taken_of_the_whole_nonlinear_term():
    expanded = model(sp.exp(dated("y", 2)) * y)
    assert [v.name for v in expanded.variables[2:]] == ["AUX_LEAD_1"]
    # E_t exp(y(t+2)), not the exponential of an expectation.
    assert expanded.equations[2].right == sp.exp(dated("y", 1))
    # What is known at t stays outside: no lag of y becomes a state.
    assert expanded.equations[0].right == y * dated("AUX_LEAD_1", 1)


def test_factors_of_one_expectation_stay_together():
    right = dated("x", 1) * dated("y", 2) + dated("y", 3) / x
    expanded = agrees(right, 1)
    auxiliary = {q.right: q.left for q in expanded.equations[2:]}
    # x(t+1) y(t+2) is one term; the second takes two steps from y(t+3).
    product = auxiliary[x * dated("y", 1)]
    steps = auxiliary[dated(str(auxiliary[dated("y", 1)]), 1)]
    right = dated(str(product), 1) + dated(str(steps), 1) / x
    assert expanded.equations[0].right == right


def test_a_lead_and_a_lag_share_no_variable_by_mistake():
    expanded = agrees(dated("x", -3) * dated("x", 3) + dated("x", -2), 2)
    kinds = [v.name.split("_")[1] for v in expanded.variables[2:]]
    assert sorted(kinds) == ["LAG", "LAG", "LEAD", "LEAD"]


@pytest.mark.parametrize("symbol", [fixed("e"), Dated("e")])
def test_a_shock_moves_whatever_symbol_declared_it(symbol):
    right = (1 + symbol + dated("y", 2)) ** fixed("a")
    expanded = model(right)
    # The shock of t is a lag once the term is dated a period earlier.
    shock = expanded.variables[2].name
    assert expanded.equations[2].right == e
    inner = (1 + dated(shock, -1) + dated("y", 1)) ** fixed("a")
    assert expanded.equations[3].right == inner


def test_a_switching_parameter_has_the_date_of_its_term():
    switching = Parameter("a", "a", "", -10.0, 10.0, "", regime_specific=True)
    right = (x + dated("y", 2)) ** switching.symbol
    expanded = agrees(right, 3, parameters=(switching,))
    assert expanded.equations[2].right == Dated("a")
    assert "PARAMETER" in expanded.variables[2].name


def test_parameters_are_found_whatever_symbol_was_used():
    loose = model(Dated("a") * fixed("x") + dated("y", 1))
    assert loose.equations[0].right == fixed("a") * x + dated("y", 1)


def test_names_of_auxiliary_variables_are_free():
    taken = Variable("AUX_LAG_1")
    expanded = model(
        dated("x", -2),
        variables=(Variable("x"), Variable("y"), taken),
        equations=(
            Equation("first", x, dated("x", -2), ""),
            Equation("second", y, y / 2 + e, ""),
            Equation("aux_lag_2", taken.symbol, dated("y", -1), ""),
        ),
    )
    assert expanded.names == ("x", "y", "AUX_LAG_1", "AUX_LAG_3")


def test_auxiliary_variables_rest_where_their_terms_do():
    right = fixed("a") * sp.exp(dated("y", 3) + dated("e", 1)) + dated("x", -2) - x
    closed = {"steady_state": (("y", sp.Integer(0)), ("x", fixed("a") / 1))}
    expanded = model(right, **closed)
    parameters = parameter_vector(expanded)
    rest = steady_state_function(expanded)(parameters)
    residual = residual_function(expanded)(rest, rest, rest, np.zeros(1), parameters)
    np.testing.assert_allclose(residual[2:], 0, atol=1e-14)
    # Values can change afterwards without another expansion.
    assert expanded.with_values(a=0.2).names == expanded.names


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"covariance": ((fixed("b"),),)}, "covariance: no parameter named 'b'"),
        ({"variables": (Variable("x__lead0"), Variable("y"))}, "kept for leads"),
    ],
)
def test_wrong_declarations_are_named(changes, message):
    with pytest.raises(DeclarationError, match=message):
        model(x * 2, **changes)
