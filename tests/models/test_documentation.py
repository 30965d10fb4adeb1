"""Documents of a model: complete, readable, and LaTeX that means what sympy means."""

import math
import re

import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

from fiscax.models.core import core_economy
from fiscax.models.declaration import (
    NEXT,
    Block,
    Dated,
    E,
    Equation,
    Event,
    Model,
    Parameter,
    Shock,
    State,
    Unknown,
    fixed,
    lead,
)
from fiscax.models.documents.equations import (
    equation_table,
    label,
    latex,
    markdown,
    parameter_table,
    variable_table,
)
from fiscax.models.documents.latex import expression_latex, symbol_latex, text_latex
from fiscax.models.documents.tables import claim_table, numeraire_table
from fiscax.models.sticky import sticky_price_economy

growth, ratio, price = Dated("growth"), Dated("ratio"), Dated("log_price")
beta, rho, policy = fixed("beta"), fixed("rho"), Dated("policy")
news, crash = fixed("news"), fixed("crash")

TOY = Model(
    name="toy_model",
    description="One price; 5% & more.",
    parameters=(
        Parameter("beta", r"\beta", "ratio", 0.5, 1.0, "discount factor"),
        Parameter("rho", r"\rho", "ratio", 0.0, 1.0, "persistence", source="a | b"),
        Parameter("policy", "p^R", "ratio", 0.0, 9.0, "rule", regime_specific=True),
    ),
    shocks=(Shock("news", r"\varepsilon", "growth"),),
    events=(Event("crash", "D'", "a fall", 1 / (9 + sp.exp(growth))),),
    states=(
        State(
            "growth",
            "g",
            "log",
            "growth",
            news + rho * growth - crash,
            sp.Integer(0),
            sp.Integer(1),
        ),
        State("ratio", "G/Y", "log", "a ratio", ratio, sp.Integer(0), sp.Integer(1)),
    ),
    definitions=(),
    blocks=(
        Block(
            "asset",
            ("growth",),
            (Unknown("log_price", r"\log Q", "log", "price", sp.Integer(0)),),
            (
                Equation(
                    "euler",
                    sp.exp(price),
                    beta * E(sp.exp(lead(price) - lead(growth)) * lead(policy)),
                    "price",
                    "Lucas 1978, eq. 6",
                ),
            ),
        ),
    ),
)
PERMANENT = core_economy()
SWITCHING = core_economy(("safe", "risky"), redistribution=True)
STICKY = sticky_price_economy("calvo", taxes="distortionary", dividends="profits")
MODELS = pytest.mark.parametrize(
    "model",
    [TOY, PERMANENT, SWITCHING, STICKY],
    ids=["toy", "permanent", "switching", "sticky"],
)


def records(model):
    return (
        *model.parameters,
        *model.states,
        *model.unknowns,
        *model.definitions,
        *model.shocks,
        *model.events,
    )


class Reader:
    """Evaluates printed LaTeX as a reader would; E_t[...] counts as its argument."""

    def __init__(self, text, values):
        self.text, self.at = text, 0
        self.symbols = sorted(values, key=len, reverse=True)
        self.values = values

    def take(self, *tokens):
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1
        if self.text.startswith(r"\, ", self.at):
            self.at += 3
            return self.take(*tokens)
        for token in tokens:
            if self.text.startswith(token, self.at):
                self.at += len(token)
                return token
        return None

    def inside(self, end):
        value = self.sum()
        assert self.take(end), (end, self.text[self.at :])
        return value

    def sum(self):
        total = -self.term() if self.take("-") else self.term()
        while sign := self.take("+", "-"):
            total += self.term() if sign == "+" else -self.term()
        return total

    def term(self):
        value = self.power()
        assert value is not None, self.text[self.at :]
        while True:
            if self.take("/"):
                value /= self.power()
            elif (factor := self.power()) is None:
                return value
            else:
                value *= factor

    def power(self):
        base = self.atom()
        return (
            base ** self.inside("}") if base is not None and self.take("^{") else base
        )

    def atom(self):
        if symbol := self.take(*self.symbols):
            return self.values[symbol]
        opening = self.take(
            "e^{", r"\frac{", r"\left(", r"\exp\left[", r"\log", r"\sqrt{"
        ) or self.take(r"\mathbb{E}_t\left[")
        if opening == r"\frac{":
            above = self.inside("}")
            assert self.take("{")
            return above / self.inside("}")
        if opening == r"\log":
            return math.log(self.power())
        if opening is not None:
            bracket = re.search(r"[\[({]$", opening).group()
            value = self.inside({"{": "}", "(": r"\right)", "[": r"\right]"}[bracket])
            if opening in ("e^{", r"\exp\left["):
                return math.exp(value)
            return math.sqrt(value) if opening == r"\sqrt{" else value
        if self.take("e"):
            return math.e
        digits = re.compile(r"\d+").match(self.text, self.at)
        if digits is None:
            return None
        self.at = digits.end()
        return float(digits.group())


def read(text, model, point):
    """Value of printed LaTeX at a point given by name."""
    meanings = {symbol_latex(name, model): value for name, value in point.items()}
    for record in records(model):
        for name in (record.name, record.name + NEXT):
            if record.latex.startswith(r"\log ") and name in point:
                level = symbol_latex(name, model).removeprefix(r"\log ")
                meanings[level] = math.exp(point[name])
    reader = Reader(text, meanings)
    value = reader.sum()
    assert reader.at == len(text), text[reader.at :]
    return value


def without_expectations(expression):
    inner = [without_expectations(argument) for argument in expression.args]
    if isinstance(expression, E):
        return inner[0]
    return expression.func(*inner) if inner else expression


def exact(expression, point):
    """Value of a sympy expression, None where it is not real and of moderate size."""
    plain = without_expectations(sp.sympify(expression))
    value = plain.evalf(20, subs={s: point[s.name] for s in plain.free_symbols})
    if not value.is_real or not 1e-6 < abs(value) < 1e6:
        return None
    return float(value)


def sides(model):
    """Expressions that the equation table prints on the right, in its order."""
    found = {("transition", s.name): s.transition for s in model.states}
    found |= {("probability", e.name): e.probability for e in model.events}
    for d in model.definitions:
        found["link" if d.is_link else "definition", d.name] = d.expression
    for block in model.blocks:
        found |= {("condition", e.name): e.right for e in block.equations}
    found |= {("anchor", a.parameter): a.target for a in model.anchors}
    names = model.regimes.names
    if len(names) > 1:
        for here, row in zip(names, model.regimes.transition, strict=True):
            for there, entry in zip(names, row, strict=True):
                found["regime", f"{here} to {there}"] = entry
    return found


@MODELS
def test_every_equation_is_in_the_table_once(model):
    table = [(row["kind"], row["name"]) for row in equation_table(model)]
    assert sorted(table) == sorted(sides(model))
    labels = [label(row) for row in equation_table(model)]
    assert len(set(labels)) == len(labels)
    tex = latex(model)
    assert all(f"\\label{{{name}}}" in tex for name in labels)


@MODELS
def test_printed_equations_have_the_value_of_the_declared_ones(model):
    names = [r.name for r in records(model)]
    names += [n + NEXT for n in names]
    # Distinct, irregular numbers: a wrong sign, order or bracket changes the value.
    point = {n: 0.2 + 0.6 * (math.sqrt(2) * i % 1) for i, n in enumerate(names)}
    point |= {n: v + 1.5 for n, v in point.items() if n.startswith("output_value")}
    declared, compared = sides(model), 0
    for row in equation_table(model):
        right = row["latex"].split(" = ")[-1]
        value = exact(declared[row["kind"], row["name"]], point)
        if value is not None:
            assert read(right, model, point) == pytest.approx(value, rel=1e-9), row
            compared += 1
    assert compared >= len(declared) - 2


@MODELS
def test_no_two_names_share_a_symbol(model):
    names = [r.name for r in records(model)]
    names += [r.name + NEXT for r in records(model) if r.name + NEXT not in names]
    seen = {}
    for name in names:
        assert seen.setdefault(symbol_latex(name, model), name) == name


atoms = st.sampled_from(
    [
        *(growth, ratio, price, lead(growth), lead(ratio), lead(policy), beta, rho),
        *(news, crash, sp.Integer(1), sp.Integer(2), sp.Integer(-3), sp.Rational(1, 2)),
    ]
)


def combined(inner):
    pairs = st.tuples(inner, inner)
    # Towers of exponentials and powers keep sympy busy for hours.
    flat = inner.filter(lambda e: e.free_symbols and not e.has(sp.exp, sp.Pow))
    return st.one_of(
        pairs.map(sum),
        pairs.map(lambda p: p[0] * p[1]),
        pairs.map(lambda p: p[0] - p[1]),
        pairs.filter(lambda p: p[1] != 0).map(lambda p: p[0] / p[1]),
        flat.map(sp.exp),
        flat.map(lambda e: sp.log(sp.sqrt(e**2 + 1))),
        flat.map(lambda e: (1 + e**2) ** (rho - 1)),
        flat.map(E),
    )


@given(st.recursive(atoms, combined, max_leaves=9))
@settings(max_examples=150)
def test_printed_expressions_mean_what_sympy_means(expression):
    names = ["growth", "ratio", "log_price", "beta", "rho", "policy", "news", "crash"]
    names += [f"{n}{NEXT}" for n in ("growth", "ratio", "log_price", "policy")]
    point = {n: 0.31 + 0.057 * i for i, n in enumerate(names)}
    value = exact(expression, point)
    assume(value is not None and expression.count_ops() < 60)
    printed = expression_latex(expression, TOY)
    assert read(printed, TOY, point) == pytest.approx(value, rel=1e-9)


@MODELS
def test_the_document_contains_every_declared_symbol(model):
    tex, text = latex(model), markdown(model)
    for record in records(model):
        assert f"${record.latex}$" in tex
        assert f"${record.latex}$" in text
        assert text_latex(record.name) in tex
    for row in equation_table(model):
        assert row["latex"] in tex
        assert f"$$\n{row['latex']}\n$$" in text


@MODELS
def test_every_equation_can_be_typeset(model):
    parser = MathTextParser("path")
    for row in equation_table(model):
        parser.parse(f"${row['latex']}$")
        assert NEXT not in row["latex"]
    for row in [*variable_table(model), *parameter_table(model)]:
        parser.parse(f"${row['symbol']}$")


@MODELS
def test_the_latex_document_is_balanced(model):
    tex = re.sub(r"\\[{}\\]", "", latex(model))
    assert tex.count("{") == tex.count("}")
    assert tex.count(r"\left") == tex.count(r"\right")
    opened = re.findall(r"\\begin\{(\w+)\}", tex)
    assert sorted(opened) == sorted(re.findall(r"\\end\{(\w+)\}", tex))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("expected_growth", r"x' = \rho_x x + \sigma_x \varepsilon_x"),
        (
            "stress",
            r"\ell' = \left(1 - \rho_p\right) \log \frac{\bar p}{1 - \bar p} "
            r"+ \rho_p \ell + \sigma_p \varepsilon_p + \sigma_z p_z \varepsilon_z",
        ),
        ("disaster", r"\Pr_t\left(\iota' = 1\right) = \frac{1}{1 + e^{-\ell}}"),
        (
            "stochastic_discount_factor_next",
            r"M' = \beta \exp\left[\left(\frac{1}{\psi} - \gamma\right) "
            r"\left(\Delta c' - \kappa + v'\right) - \frac{\Delta c'}{\psi}\right]",
        ),
        ("fisher", r"e^{-i} = \mathbb{E}_t\left[M' e^{-\pi'}\right]"),
        (
            "portfolio",
            r"Q = P_1 + \omega e^{cy_{long}} \mathbb{E}_t\left[M' Q' e^{-\pi'}\right]",
        ),
    ],
)
def test_core_equations_read_as_an_economist_writes_them(name, expected):
    assert expected in [r["latex"] for r in equation_table(PERMANENT)]


def test_primes_stay_clear_of_ratios_and_superscripts():
    assert symbol_latex("ratio_next", TOY) == "(G/Y)'"
    assert symbol_latex("policy_next", TOY) == "{p^R}'"
    assert expression_latex(2 * ratio**2, TOY) == r"2 \left(G/Y\right)^{2}"
    assert expression_latex(sp.exp(price) * rho, TOY) == r"\rho Q"


def test_a_permanent_regime_has_no_transition():
    assert not [r for r in equation_table(PERMANENT) if r["kind"] == "regime"]
    assert len([r for r in equation_table(SWITCHING) if r["kind"] == "regime"]) == 4


def test_tables_repeat_the_declaration():
    row = next(r for r in parameter_table(SWITCHING) if r["name"] == "debt_target")
    assert row["symbol"] == r"\bar d"
    assert row["unit"] == "ratio to annual output"
    assert row["period"] == "year"
    assert row["admissible"] == "(0.05, 3)"
    assert row["role"] == "policy"
    assert row["regime_specific"] == "yes"
    assert len(variable_table(SWITCHING)) + len(SWITCHING.parameters) == len(
        records(SWITCHING)
    )
    kinds = {r["name"]: (r["kind"], r["block"]) for r in variable_table(SWITCHING)}
    assert kinds["inflation"] == ("unknown", "nominal")
    assert kinds["output_growth_next"] == ("link", "")


@MODELS
def test_numeraires_and_claims_have_a_symbol_a_definition_and_a_unit(model):
    rows = [*numeraire_table(model), *claim_table(model)]
    assert [r["name"] for r in rows] == [
        r.name for r in (*model.numeraires, *model.claims)
    ]
    assert len({r["symbol"] for r in rows}) == len(rows)
    parser, tex, text = MathTextParser("path"), latex(model), markdown(model)
    for row in rows:
        assert row["unit"]
        assert row["definition"].startswith(row["symbol"])
        assert NEXT not in row["definition"]
        parser.parse(f"${row['definition']}$")
        assert f"${row['definition']}$" in tex
        assert f"${row['definition']}$" in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("physical", r"K_{physical} \, f = \mathbb{E}_t\left[f'\right]"),
        ("nominal", r"K_{nominal} \, f = \mathbb{E}_t\left[M' e^{-\pi'} f'\right]"),
        (
            "spending",
            r"V_{spending} = G/Y "
            r"+ \mathbb{E}_t\left[M' e^{\Delta y'} V_{spending}'\right]",
        ),
    ],
)
def test_prices_read_as_an_economist_writes_them(name, expected):
    rows = [*numeraire_table(PERMANENT), *claim_table(PERMANENT)]
    assert next(r["definition"] for r in rows if r["name"] == name) == expected


def test_a_claim_is_in_the_unit_of_its_payoff():
    units = {r.name: r.unit for r in (*PERMANENT.definitions, *PERMANENT.unknowns)}
    rows = {r["name"]: r for r in claim_table(PERMANENT)}
    for claim in PERMANENT.claims:
        if isinstance(claim.payoff, sp.Symbol):
            assert rows[claim.name]["unit"] == units[claim.payoff.name]


def test_text_cannot_break_a_document():
    assert r"One price; 5\% \& more." in latex(TOY)
    assert r"a \| b" in markdown(TOY)
    assert text_latex("a_b{c}\\") == r"a\_b\{c\}\textbackslash{}"
    assert "Lucas 1978, eq. 6" in latex(TOY)
    assert "Lucas 1978, eq. 6" in markdown(TOY)
