"""Checks of a declaration: every mistake is refused, and its record is named."""

from dataclasses import replace

import pytest
import sympy as sp
import textbook
from hypothesis import given, settings
from hypothesis import strategies as st

from fiscax.models.core import core_economy
from fiscax.models.declaration import (
    NEXT,
    Anchor,
    Claim,
    Coordinate,
    Dated,
    DeclarationError,
    Definition,
    E,
    Parameter,
    Regimes,
    Shock,
    fixed,
    lead,
)
from fiscax.models.sticky import sticky_price_economy

MODEL = textbook.iid_disasters()
GROWTH, PRICE = Dated("growth"), Dated("log_price_dividend")
# Everything that is dated t+1: innovations, indicators, links, leads.
AHEAD = [
    *(r.symbol for r in (*MODEL.shocks, *MODEL.events)),
    *(d.symbol for d in MODEL.definitions if d.is_link),
    *(lead(r.symbol) for r in (*MODEL.states, *MODEL.unknowns)),
]
SYMBOLS = [
    r.symbol
    for group in (
        MODEL.parameters,
        MODEL.shocks,
        MODEL.events,
        MODEL.states,
        MODEL.definitions,
        MODEL.unknowns,
    )
    for r in group
]


def first(group, **changes):
    """The model with its first record of a group changed."""
    records = getattr(MODEL, group)
    return replace(MODEL, **{group: (replace(records[0], **changes), *records[1:])})


def with_equation(left=None, right=None):
    block = MODEL.blocks[-1]
    equation = block.equations[0]
    changed = replace(
        equation,
        left=equation.left if left is None else left,
        right=equation.right if right is None else right,
    )
    return replace(
        MODEL, blocks=(*MODEL.blocks[:-1], replace(block, equations=(changed,)))
    )


def with_guess(guess):
    block = MODEL.blocks[-1]
    unknown = replace(block.unknowns[0], guess=guess)
    return replace(
        MODEL, blocks=(*MODEL.blocks[:-1], replace(block, unknowns=(unknown,)))
    )


def with_definition(name, expression):
    own = Definition(name, "X", "ratio", "", expression)
    return replace(MODEL, definitions=(*MODEL.definitions, own))


def with_regimes(leave):
    row = (1 - leave, leave)
    return replace(MODEL, regimes=Regimes(("one", "two"), (row, row)))


def with_claim(payoff, numeraire="real", name="extra"):
    own = Claim(name, "X", payoff, numeraire, "")
    return replace(MODEL, claims=(*MODEL.claims, own))


DATED_T = {
    "reference of 'growth'": lambda x: first("states", reference=x),
    "scale of 'growth'": lambda x: first("states", scale=x),
    "guess of 'log_price_dividend'": with_guess,
    "probability of 'disaster'": lambda x: first("events", probability=x),
    "definition 'extra'": lambda x: with_definition("extra", x),
    "claim 'extra'": with_claim,
    "regime transition": with_regimes,
    "coordinate 'mu'": lambda x: replace(
        MODEL, coordinates=(Coordinate("mu", "equity", x),)
    ),
}
DATED_AHEAD = {
    "transition of 'growth'": lambda x: first("states", transition=x),
    "definition 'extra_next'": lambda x: with_definition("extra_next", x),
    "numeraire 'physical'": lambda x: first("numeraires", weight=x),
}
PLACES = DATED_T | DATED_AHEAD


@pytest.mark.parametrize(
    "build",
    [
        core_economy,
        lambda: core_economy(("safe", "risky"), redistribution=True),
        lambda: sticky_price_economy("calvo", ("safe", "risky"), taxes="distortionary"),
        textbook.lucas_tree,
        textbook.gaussian_endowment,
        textbook.iid_disasters,
        textbook.fisherian,
    ],
)
def test_shipped_models_pass(build):
    assert build().name


# --- Kinds of symbols -------------------------------------------------------------


@given(st.sampled_from(SYMBOLS), st.sampled_from(sorted(PLACES)))
@settings(max_examples=60)
def test_a_symbol_of_the_wrong_kind_is_named(symbol, place):
    name = symbol.name
    wrong = fixed(name) if isinstance(symbol, Dated) else Dated(name)
    right = "Dated" if isinstance(symbol, Dated) else "fixed"
    with pytest.raises(DeclarationError) as caught:
        PLACES[place](wrong + 1)
    assert str(caught.value).startswith(place)
    assert f"{right}('{name}')" in str(caught.value)


def test_a_symbol_without_assumptions_is_named():
    with pytest.raises(DeclarationError, match=r"'extra'.*fixed\('beta'\)"):
        with_definition("extra", 2 * sp.Symbol("beta"))


def test_shared_parameters_and_shocks_have_no_lead():
    for name in ("beta", "e_y"):
        with pytest.raises(DeclarationError, match=f"'{name}' has no date"):
            with_definition("extra_next", Dated(name + NEXT))


def test_names_of_leads_are_kept_for_links():
    with pytest.raises(DeclarationError, match=r"'late_next'.*links"):
        replace(MODEL, shocks=(*MODEL.shocks, Shock("late_next", "e", "")))


# --- Dates ------------------------------------------------------------------------


@given(st.sampled_from(AHEAD), st.sampled_from(sorted(DATED_T)))
@settings(max_examples=60)
def test_tomorrow_is_not_known_today(symbol, place):
    with pytest.raises(DeclarationError) as caught:
        DATED_T[place](1 / (9 + sp.exp(symbol)))
    assert str(caught.value).startswith(place)
    assert f"'{symbol}' is dated t+1 and belongs" in str(caught.value)


@given(st.sampled_from(AHEAD), st.booleans())
@settings(max_examples=30)
def test_tomorrow_stands_inside_expectations(symbol, on_the_left):
    sides = {"left": PRICE * sp.exp(symbol)} if on_the_left else {}
    sides = sides or {"right": E(GROWTH) + symbol}
    with pytest.raises(DeclarationError) as caught:
        with_equation(**sides)
    assert "equation 'equity_price'" in str(caught.value)
    assert f"'{symbol}' is dated t+1 and stands outside an exp" in str(caught.value)


@given(st.sampled_from(AHEAD))
def test_inside_an_expectation_tomorrow_is_welcome(symbol):
    assert with_equation(right=1 / E(sp.exp(symbol)) + E(GROWTH * symbol))


def test_expectations_are_not_nested():
    with pytest.raises(DeclarationError, match=r"'equity_price'.*inside an expect"):
        with_equation(right=E(lead(PRICE) * E(lead(GROWTH))))


@pytest.mark.parametrize("place", sorted(PLACES))
def test_expectations_belong_in_equations(place):
    with pytest.raises(DeclarationError, match=rf"{place}.*belong in equations"):
        PLACES[place](E(GROWTH))


@pytest.mark.parametrize(
    ("transition", "circle"),
    [
        (lead(GROWTH), "growth_next -> growth_next"),
        (lead(PRICE), "growth_next -> log_price_dividend_next -> growth_next"),
        (
            Dated("output_growth_next"),
            "growth_next -> output_growth_next -> growth_next",
        ),
    ],
)
def test_a_transition_does_not_need_its_own_result(transition, circle):
    with pytest.raises(DeclarationError, match=f"'growth'.*{circle}"):
        first("states", transition=transition + fixed("mu"))


# --- Starting values --------------------------------------------------------------


@pytest.mark.parametrize("place", sorted(PLACES))
def test_an_unknown_symbol_is_named_everywhere(place):
    with pytest.raises(DeclarationError, match=rf"{place}.*'betta'.*beta"):
        PLACES[place](fixed("betta"))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: first("states", reference=GROWTH), "reference of 'growth': 'growth'"),
        (
            lambda: first("states", scale=Dated("real_rate") + PRICE),
            "scale of 'growth': 'log_price_dividend'",
        ),
        (
            lambda: with_guess(PRICE),
            "guess of 'log_price_dividend': 'log_price_dividend'",
        ),
    ],
)
def test_starting_values_use_what_is_known(build, message):
    with pytest.raises(DeclarationError, match=f"{message} is not known when block"):
        build()


def test_starting_values_may_use_earlier_blocks():
    assert with_guess(Dated("log_value") + GROWTH)


# --- Labels, intervals, references ------------------------------------------------


def test_labels_are_unique():
    twins = {
        "block 'kernel'": {"blocks": (*MODEL.blocks, replace(MODEL.blocks[0]))},
        "numeraire 'real'": {"numeraires": (*MODEL.numeraires, MODEL.numeraires[1])},
        "claim 'output'": {"claims": (*MODEL.claims, MODEL.claims[0])},
        "regime 'one'": {
            "regimes": Regimes(("one", "one"), ((sp.S.One, sp.S.Zero),) * 2)
        },
    }
    # Unknowns of the twin block would be found first.
    twins["block 'kernel'"]["blocks"] = (
        *MODEL.blocks,
        replace(MODEL.blocks[0], unknowns=(), equations=()),
    )
    for label, change in twins.items():
        with pytest.raises(DeclarationError, match=f"{label} is declared twice"):
            replace(MODEL, **change)


def test_equations_of_different_blocks_are_told_apart():
    block = MODEL.blocks[-1]
    same = replace(block.equations[0], name="aggregator")
    with pytest.raises(DeclarationError, match="equation 'aggregator' is declared tw"):
        replace(MODEL, blocks=(*MODEL.blocks[:-1], replace(block, equations=(same,))))


@given(st.floats(-5, 5), st.floats(0, 5))
@settings(max_examples=20)
def test_an_empty_interval_is_refused(high, gap):
    empty = Parameter("extra", "x", "ratio", high + gap, high, "")
    with pytest.raises(DeclarationError, match=r"parameter 'extra'.*is empty"):
        replace(MODEL, parameters=(*MODEL.parameters, empty))


def test_references_to_records_are_checked():
    with pytest.raises(DeclarationError, match=r"claim 'extra'.*'reel'.*real"):
        with_claim(sp.S.One, numeraire="reel")
    for anchor, message in (
        (Anchor("mju", "growth", sp.S.Zero, 1.0), "'mju'.*mu"),
        (Anchor("mu", "groth", sp.S.Zero, 1.0), "'mu'.*'groth'.*growth"),
        (Anchor("mu", "growth", GROWTH, 1.0), "target of 'mu'.*'growth'"),
    ):
        with pytest.raises(DeclarationError, match=message):
            replace(MODEL, anchors=(anchor,))
    for coordinate, message in (
        (Coordinate("mju", "equity", sp.S.One), "'mju'.*mu"),
        (Coordinate("mu", "equty", sp.S.One), "'equty'.*equity"),
    ):
        with pytest.raises(DeclarationError, match=message):
            replace(MODEL, coordinates=(coordinate,))
