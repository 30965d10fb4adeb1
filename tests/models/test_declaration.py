"""Declarations: mistakes are named, order does not matter, JAX equals sympy."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fiscax.models.core import core_economy
from fiscax.models.declaration import (
    NEXT,
    Block,
    Dated,
    DeclarationError,
    Definition,
    E,
    Equation,
    Event,
    Model,
    Parameter,
    Regimes,
    Shock,
    State,
    Unknown,
    fixed,
    lead,
)
from fiscax.models.functions import assignment, block_functions, run

PARAMETERS = (
    Parameter("discount", r"\beta", "ratio", 0.5, 1.0, "discount factor"),
    Parameter("aversion", r"\gamma", "ratio", 0.0, 20.0, "risk aversion"),
    Parameter("persistence", r"\rho", "ratio", -1.0, 1.0, "persistence of growth"),
    Parameter("volatility", r"\sigma", "log", 0.0, 1.0, "growth shock"),
    Parameter("crash", r"\xi", "log", 0.0, 1.0, "fall in a disaster"),
)
discount, aversion, persistence, volatility, crash = (p.symbol for p in PARAMETERS)
growth = Dated("growth")
price = Dated("price_dividend")
kernel = Dated("kernel_next")
news, disaster = fixed("news"), fixed("disaster")


def lucas_tree(**changes):
    """Lucas tree: growth is a state, one asset price, disasters likelier in booms."""
    parts = {
        "name": "tree",
        "description": "Lucas tree with power utility.",
        "parameters": PARAMETERS,
        "shocks": (Shock("news", r"\varepsilon", "growth"),),
        "events": (Event("disaster", "D'", "a fall", 1 / (9 + sp.exp(-growth))),),
        "states": (
            State(
                "growth",
                "g",
                "log",
                "consumption growth",
                persistence * growth + volatility * news - crash * disaster,
                sp.Integer(0),
                volatility,
            ),
        ),
        "definitions": (
            Definition("boom", "B", "log", "growth above zero", sp.exp(growth) - 1),
            Definition(
                "kernel_next",
                "M'",
                "ratio",
                "pricing kernel",
                discount * sp.exp(-aversion * lead(growth)),
            ),
        ),
        "blocks": (
            Block(
                "asset",
                ("growth",),
                (Unknown("price_dividend", "P/D", "ratio", "price", sp.Integer(20)),),
                (
                    Equation(
                        "euler",
                        price,
                        E(kernel * sp.exp(lead(growth)) * (1 + lead(price))),
                        "price of the tree",
                    ),
                ),
            ),
        ),
    }
    return Model(**(parts | changes))


TREE = lucas_tree()
CORE = core_economy(("safe", "risky"), redistribution=True)
GROUPS = ("parameters", "shocks", "events", "states", "definitions")


def declared(model):
    names = [r.name for group in GROUPS for r in getattr(model, group)]
    return names + [u.name for u in model.unknowns]


@st.composite
def misspelt(draw):
    """A declared name with one letter dropped, doubled or swapped with the next."""
    name = draw(st.sampled_from(declared(TREE)))
    i = draw(st.integers(0, len(name) - 2))
    swapped = name[:i] + name[i + 1] + name[i] + name[i + 2 :]
    wrong = draw(
        st.sampled_from(
            [name[:i] + name[i + 1 :], name[:i] + name[i] + name[i:], swapped]
        )
    )
    assume(wrong not in declared(TREE))
    return name, wrong


def with_symbol(place, symbol):
    """The tree with a symbol added to one of its expressions."""
    if place == "transition":
        state = replace(TREE.states[0], transition=TREE.states[0].transition + symbol)
        return lucas_tree(states=(state,))
    if place == "probability":
        event = replace(TREE.events[0], probability=1 / (9 + sp.exp(symbol)))
        return lucas_tree(events=(event,))
    if place == "definition":
        own = Definition("extra", "X", "ratio", "", 2 * symbol)
        return lucas_tree(definitions=(*TREE.definitions, own))
    if place == "regimes":
        row = (1 - symbol, symbol)
        return lucas_tree(regimes=Regimes(("one", "two"), (row, row)))
    block = TREE.blocks[0]
    equation = replace(block.equations[0], right=block.equations[0].right + symbol)
    return lucas_tree(blocks=(replace(block, equations=(equation,)),))


@given(
    misspelt(),
    st.sampled_from(["transition", "probability", "definition", "regimes", "equation"]),
)
@settings(max_examples=60)
def test_a_misspelt_symbol_is_named_with_the_right_one(names, place):
    right, wrong = names
    with pytest.raises(DeclarationError) as caught:
        with_symbol(place, Dated(wrong))
    assert f"'{wrong}'" in str(caught.value)
    assert right in str(caught.value).split("did you mean")[1]


@given(misspelt())
@settings(max_examples=30)
def test_a_misspelt_lookup_is_named_with_the_right_one(names):
    right, wrong = names
    kinds = {"parameters": TREE.parameter, "states": TREE.state}
    for group, look_up in kinds.items():
        with pytest.raises(DeclarationError, match=f"no .* named '{wrong}'") as caught:
            look_up(wrong)
        if right in [r.name for r in getattr(TREE, group)]:
            assert right in str(caught.value)


@given(st.sampled_from(declared(TREE)), st.sampled_from(GROUPS))
@settings(max_examples=40)
def test_a_name_declared_twice_is_named(name, group):
    twin = replace(getattr(TREE, group)[0], name=name)
    with pytest.raises(DeclarationError, match=f"'{name}' is declared twice"):
        lucas_tree(**{group: (*getattr(TREE, group), twin)})


@given(st.integers(0, 3), st.integers(0, 3))
@settings(max_examples=16)
def test_a_block_needs_as_many_equations_as_unknowns(unknowns, equations):
    block = TREE.blocks[0]
    own = tuple(replace(block.unknowns[0], name=f"price_{i}") for i in range(unknowns))
    conditions = (
        Equation(f"condition_{i}", growth, E(lead(growth)), "")
        for i in range(equations)
    )
    block = replace(block, unknowns=own, equations=tuple(conditions))
    if unknowns == equations:
        assert len(lucas_tree(blocks=(block,)).unknowns) == unknowns
        return
    with pytest.raises(DeclarationError) as caught:
        lucas_tree(blocks=(block,))
    assert f"{unknowns} unknowns but {equations} equations" in str(caught.value)
    assert "'asset'" in str(caught.value)


@pytest.mark.parametrize("rows", [((1,),), ((1, 0), (1,)), ((1, 0, 0), (0, 1, 0))])
def test_the_regime_matrix_is_square(rows):
    rows = tuple(tuple(sp.Integer(entry) for entry in row) for row in rows)
    with pytest.raises(DeclarationError, match="square"):
        lucas_tree(regimes=Regimes(("one", "two"), rows))


def test_expectations_belong_in_equations():
    with pytest.raises(DeclarationError, match=r"'extra'.*expectations"):
        with_symbol("definition", E(growth))


def test_tomorrow_belongs_in_links_and_equations():
    with pytest.raises(DeclarationError, match=r"definition 'extra'.*growth_next"):
        with_symbol("definition", lead(growth))


def test_lead_dates_variables_and_regime_parameters_only():
    policy = replace(PARAMETERS[0], regime_specific=True).symbol
    expression = lead(policy * growth + volatility * news)
    assert expression == Dated("discount_next") * Dated("growth_next") + (
        volatility * news
    )
    with pytest.raises(DeclarationError, match="'growth_next' is already dated"):
        lead(lead(growth))


def test_circular_definitions_are_shown_as_a_circle():
    one = Definition("one", "a", "ratio", "", Dated("two") + 1)
    two = Definition("two", "b", "ratio", "", Dated("one") + 1)
    block = TREE.blocks[0]
    euler = replace(block.equations[0], right=block.equations[0].right + Dated("one"))
    model = lucas_tree(
        definitions=(*TREE.definitions, one, two),
        blocks=(replace(block, equations=(euler,)),),
    )
    with pytest.raises(DeclarationError, match=r"one -> two -> one"):
        block_functions(model, "asset")


def point(names, seed):
    """A random point at which the expressions of the models are well defined."""
    random = np.random.default_rng(seed)
    return {name: float(random.uniform(0.1, 0.9)) for name in sorted(names)}


def values(model, block, seed):
    """All that a block computes at one random point, unknowns given at both dates."""
    functions = block_functions(model, block)
    names = [n + s for n in declared(model) for s in ("", NEXT)]
    drawn = point(names, seed)
    own = [d.name for d in model.definitions]
    # Steps must compute definitions and transitions, not find them among the inputs.
    computed = {n for d in own for n in (d, d + NEXT)}
    computed |= {s.name + NEXT for s in model.states}
    env = {n: np.float64(v) for n, v in drawn.items() if n not in computed}

    def evaluate(name, _):
        suffix = NEXT if name.endswith(NEXT) else ""
        unknowns = model.block(name.removesuffix(NEXT)).unknowns
        return {u.name: env[u.name + suffix] for u in unknowns}

    env = run((*functions.current, *functions.forward), env, evaluate)
    for i, integrand in enumerate(functions.integrands):
        env[f"E{i}"] = integrand.value(env)
    residuals = {r.name + " residual": r.value(env) for r in functions.residuals}
    return {name: float(v) for name, v in (env | residuals).items() if name[0] != "E"}


@pytest.mark.parametrize(("model", "block"), [(TREE, "asset"), (CORE, "nominal")])
@given(st.randoms(use_true_random=False), st.integers(0, 99))
@settings(max_examples=6)
def test_the_order_of_records_changes_nothing(model, block, random, seed):
    mixed = {}
    for group in GROUPS:
        records = list(getattr(model, group))
        random.shuffle(records)
        mixed[group] = tuple(records)
    before = values(model, block, seed)
    after = values(replace(model, **mixed), block, seed)
    assert before.keys() == after.keys()
    for name, value in before.items():
        np.testing.assert_allclose(after[name], value, rtol=1e-12, err_msg=name)


def expressions(model):
    for state in model.states:
        yield state.name, state.transition
    for event in model.events:
        yield event.name, event.probability
    for definition in model.definitions:
        yield definition.name, definition.expression
    for block in model.blocks:
        for equation in block.equations:
            yield equation.name, equation.residual.replace(E, lambda inside: inside)
    for row in model.regimes.transition:
        for entry in row:
            yield "regimes", entry


@pytest.mark.parametrize("model", [TREE, CORE], ids=["tree", "core"])
@given(st.integers(0, 10_000))
@settings(max_examples=8)
def test_compiled_functions_equal_sympy(model, seed):
    compared = 0
    for name, expression in expressions(model):
        drawn = point([s.name for s in expression.free_symbols], seed)
        symbols = {s: drawn[s.name] for s in expression.free_symbols}
        exact = sp.sympify(expression).evalf(30, subs=symbols)
        if not exact.is_real:
            continue  # the log of a negative number: not a point of the domain
        env = {n: np.float64(v) for n, v in drawn.items()}
        compiled = assignment(name, sp.sympify(expression)).value(env)
        np.testing.assert_allclose(compiled, float(exact), rtol=1e-9, err_msg=name)
        compared += 1
    assert compared >= len(list(expressions(model))) - 3


def test_symbols_with_a_date_are_the_same_in_another_process():
    symbol = Dated("x__lag1") ** 2 + Dated("y")
    assert pickle.loads(pickle.dumps(symbol)) == symbol
