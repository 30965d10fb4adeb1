"""Parameter files: one message per mistake, round trips, identity of a set."""

import math
import pickle
import re
import tomllib
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
import sympy as sp
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fiscax.calibration.parameters.calibration import (
    Calibration,
    CalibrationError,
    Entry,
    calibration_regimes,
    load_calibration,
    parse_overrides,
    shipped_calibrations,
    validate,
)
from fiscax.errors import FiscaxError
from fiscax.models.core import core_economy
from fiscax.models.declaration import Model, Parameter, Regimes
from fiscax.solvers.errors import DeterminacyError

REGIMES = ("safe", "risky")
PARAMETERS = (
    Parameter("discount", r"\beta", "ratio", 0.5, 1.0, "discount factor"),
    Parameter("aversion", r"\gamma", "ratio", 0.0, 20.0, "risk aversion"),
    Parameter("mean_growth", r"\mu", "log per quarter", -1.0, 1.0, "mean growth"),
    Parameter("theta", "t", "ratio", -0.1, 1.1, "b", "none", True, "policy"),
    Parameter("theta_reference", "t*", "ratio", -0.1, 1.1, "c", role="coordinate"),
)
CHAIN = Regimes(REGIMES, ((sp.S.One, sp.S.Zero), (sp.S.Zero, sp.S.One)))
TOY = Model("toy", "", PARAMETERS, (), (), (), (), (), CHAIN)
META = {"name": "toy", "description": "d", "era": "none", "regimes": list(REGIMES)}
TABLES = {
    "discount": {"value": 0.99, "unit": "ratio", "source": "a book"},
    "aversion": {"value": 5, "unit": "ratio", "source": "a book"},
    "mean_growth": {"value": 0.005, "unit": "log per quarter", "source": "data"},
    "theta": {"value": {"safe": 1.0, "risky": 0.5}, "unit": "ratio", "source": "x"},
}


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, int | float) else f'"{value}"'


def text_of(meta=META, tables=TABLES):
    lines = ["[meta]", *(f"{k} = {toml(v)}" for k, v in meta.items())]
    for name, table in tables.items():
        if isinstance(table, dict):
            lines += [
                f"[parameters.{name}]",
                *(f"{k} = {toml(v)}" for k, v in table.items()),
            ]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("parameters")


def load(folder, text, model=TOY):
    path = folder / "toy.toml"
    path.write_text(text, encoding="utf-8")
    return load_calibration(path, model)


def problems_of(folder, **changes):
    with pytest.raises(CalibrationError) as caught:
        load(folder, text_of(**changes))
    assert "toy.toml" in str(caught.value)
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


def changed(name, **entries):
    return TABLES | {name: TABLES[name] | entries}


def without(table, key):
    return {k: v for k, v in table.items() if k != key}


names, by_name = st.sampled_from(sorted(TABLES)), {p.name: p for p in PARAMETERS}


@given(names, st.sampled_from(["value", "unit", "source"]))
def test_a_missing_key_is_one_message(folder, name, key):
    tables = TABLES | {name: without(TABLES[name], key)}
    (problem,) = problems_of(folder, tables=tables)
    assert problem.startswith(f"{name}: no {key}")
    if key == "unit":
        assert f"'{by_name[name].unit}'" in problem


@given(names, st.floats(allow_nan=False))
def test_a_value_out_of_range_is_one_message(folder, name, value):
    parameter = by_name[name]
    assume(not parameter.low <= value <= parameter.high)
    (problem,) = problems_of(folder, tables=changed(name, value=value))
    assert problem.startswith(f"{name}: {value!r}")
    assert f"interval [{parameter.low:g}, {parameter.high:g}]" in problem


@given(names, st.sampled_from([math.nan, "high", True, [0.5], {"safe": "one"}, {}]))
def test_a_value_that_is_no_number_is_one_message(folder, name, value):
    (problem,) = problems_of(folder, tables=changed(name, value=value))
    assert problem.startswith(f"{name}: ")
    assert "give" in problem


@given(names, st.text("abcdefgh /", min_size=0, max_size=9))
def test_another_unit_is_one_message(folder, name, unit):
    assume(unit != by_name[name].unit)
    (problem,) = problems_of(folder, tables=changed(name, unit=unit))
    assert problem.startswith(f"{name}: unit '{unit}'")
    assert f"'{by_name[name].unit}'" in problem


@given(names, st.data())
def test_a_misspelt_parameter_is_one_message(folder, name, data):
    i = data.draw(st.integers(0, len(name) - 1))
    wrong = name[:i] + name[i + 1 :]
    assume(wrong not in by_name)
    tables = {wrong if n == name else n: table for n, table in TABLES.items()}
    (problem,) = problems_of(folder, tables=tables)
    assert problem == f"unknown parameter '{wrong}'; did you mean {name}?"


@given(names, st.sampled_from(["vlaue", "unti", "sources", "note"]))
def test_an_unknown_key_is_one_message(folder, name, key):
    right = {"vlaue": "value", "unti": "unit", "sources": "source"}.get(key)
    table = TABLES[name] | {key: "x"}
    if right:
        table = without(table, right)
    (problem,) = problems_of(folder, tables=TABLES | {name: table})
    assert f"{name}: unknown key '{key}'" in problem
    assert right is None or f"did you mean {right}?" in problem


@given(names)
def test_a_missing_parameter_is_one_message(folder, name):
    (problem,) = problems_of(folder, tables=without(TABLES, name))
    assert problem.startswith(f"missing parameter {name}")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"safe": 1.0, "rsky": 0.5}, "did you mean risky?"),
        ({"safe": 1.0}, "values for safe and risky"),
        ({"safe": 1.0, "risky": 0.5, "other": 0.1}, "safe and risky"),
        ({"safe": 1.0, "risky": 7.0}, "7.0 is outside"),
    ],
)
def test_wrong_regimes_of_a_value_are_one_message(folder, value, words):
    (problem,) = problems_of(folder, tables=changed("theta", value=value))
    assert problem.startswith("theta: ")
    assert words in problem


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("regimes", ["safe", "rsky"], "did you mean risky?"),
        ("regimes", ["risky", "safe"], "in this order"),
        ("regimes", "safe", "give a list of names"),
        ("regimes", None, "[meta]: no regimes"),
        ("name", "", "[meta]: name is ''"),
        ("era", None, "[meta]: no era"),
        ("regime", ["safe"], "did you mean regimes?"),
        ("shared", "nowhere.toml", "nowhere.toml"),
        ("targets", "slope", "[meta]: targets is 'slope'"),
    ],
)
def test_a_wrong_header_is_one_message(folder, key, value, words):
    meta = without(META, key) if value is None else META | {key: value}
    (problem,) = problems_of(folder, meta=meta)
    assert words in problem


def test_regimes_misnamed_everywhere_are_one_message(folder):
    tables = changed("theta", value={"safe": 1.0, "rsky": 0.5})
    (problem,) = problems_of(
        folder, meta=META | {"regimes": ["safe", "rsky"]}, tables=tables
    )
    assert problem.startswith("[meta]: regimes safe, rsky")


def test_the_only_regime_may_have_another_name_than_the_model_gives_it(folder):
    alone = Model("toy", "", PARAMETERS, (), (), (), (), ())
    tables = changed("theta", value={"safe": 0.9})
    loaded = load(folder, text_of(META | {"regimes": ["safe"]}, tables), alone)
    assert loaded.economy == ("safe",)
    assert loaded.as_arrays()["theta"].tolist() == [0.9]


def test_mistakes_are_reported_together(folder):
    tables = {
        "discount": {"value": 2.0, "unit": "ratio", "source": "x"},
        "aversion": {"value": math.nan, "unit": "percent", "source": "x"},
        "thteta": TABLES["theta"],
    }
    found = problems_of(folder, tables=tables)
    assert len(found) == 5
    for culprit in ("discount: 2.0", "NaN", "'percent'", "'thteta'", "mean_growth"):
        assert sum(culprit in problem for problem in found) == 1


def test_files_that_cannot_be_read_name_themselves(folder):
    with pytest.raises(CalibrationError, match=r"absent\.toml: cannot be read"):
        load_calibration(folder / "absent.toml", TOY)
    with pytest.raises(CalibrationError, match=r"not a TOML file.*line 2"):
        load(folder, "[meta]\nname = toy\n")
    with pytest.raises(CalibrationError, match=r"'swiching'.*did you mean switching"):
        load_calibration("swiching", TOY)
    with pytest.raises(
        CalibrationError, match=r"unknown table 'parameter'.*parameters"
    ):
        load(folder, text_of() + "\n[parameter.x]\nvalue = 1")
    assert issubclass(CalibrationError, FiscaxError)


def test_an_included_file_is_overridden_and_named(folder):
    common = folder / "common.toml"
    common.write_text(
        text_of({"name": "c", "description": "d"}, without(TABLES, "theta"))
    )
    own = {"theta": TABLES["theta"], "aversion": TABLES["aversion"] | {"value": 7}}
    meta = META | {"shared": "common.toml"}
    loaded = load(folder, text_of(meta, own))
    assert loaded.values["aversion"] == 7.0
    assert loaded.values["discount"] == 0.99
    bad = changed("discount", value=2.0)
    common.write_text(text_of({"name": "c", "description": "d"}, without(bad, "theta")))
    (problem,) = problems_of(folder, meta=meta, tables=own)
    assert problem.startswith("common.toml: discount: 2.0")


def inside(parameter):
    low, high = parameter.low, parameter.high
    return st.floats(low, high, exclude_min=True, exclude_max=True)


texts = st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12
).filter(str.strip)


@st.composite
def calibrations(draw):
    entries = []
    for p in PARAMETERS[:-1]:
        value = draw(inside(p))
        if p.regime_specific:
            value = (value, draw(inside(p)))
        entries.append(Entry(p, value, draw(texts)))
    if draw(st.booleans()):
        entries.append(Entry(PARAMETERS[-1], draw(inside(PARAMETERS[-1])), draw(texts)))
    else:
        source = "theta of the regime listed last"
        entries.append(
            Entry(PARAMETERS[-1], entries[-1].value[1], source, derived=True)
        )
    words = tuple(draw(texts) for _ in range(3))
    lists = tuple(tuple(draw(st.lists(texts, max_size=2))) for _ in range(2))
    return Calibration(*words, REGIMES, tuple(entries), *lists)


@given(calibrations(), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_writing_and_reading_is_the_identity(folder, calibration, split):
    shared = "base.toml" if split else None
    if split:
        text = calibration.shared_toml("base", "common part")
        (folder / "base.toml").write_text(text, encoding="utf-8")
    loaded = load(folder, calibration.to_toml(shared=shared))
    assert loaded == calibration
    assert loaded.hash() == calibration.hash()
    assert pickle.loads(pickle.dumps(loaded)) == loaded


@given(calibrations(), st.permutations(range(len(PARAMETERS))))
def test_the_hash_does_not_depend_on_order(calibration, order):
    entries = tuple(calibration.entries[i] for i in order)
    mixed = replace(calibration, entries=entries, name="other", description="words")
    assert mixed.hash() == calibration.hash()
    assert re.fullmatch("[0-9a-f]{16}", mixed.hash())


@given(calibrations(), st.sampled_from(PARAMETERS[:-1]), st.data())
def test_the_hash_and_the_differences_see_every_value(calibration, parameter, data):
    value = data.draw(inside(parameter))
    old = calibration.values[parameter.name]
    new = calibration.with_values(**{parameter.name: value})
    same = new.values[parameter.name] == old
    found = {d["name"] for d in calibration.differences(new)}
    assert (new.hash() == calibration.hash()) == (not found)
    assert same == (parameter.name not in found)
    follower = {"theta_reference"} if calibration.entries[-1].derived else set()
    assert found - {parameter.name} <= follower


def test_values_are_immutable_and_arrays_have_one_entry_per_regime(folder):
    calibration = load(folder, text_of())
    with pytest.raises(FrozenInstanceError):
        calibration.name = "other"
    calibration.values["discount"] = 0.7  # a copy
    arrays = calibration.as_arrays()
    assert arrays["discount"] == 0.99
    assert list(arrays) == [p.name for p in PARAMETERS]
    assert arrays["discount"].shape == ()
    np.testing.assert_array_equal(arrays["theta"], [1.0, 0.5])
    assert arrays["theta_reference"] == 0.5
    assert calibration.units["mean_growth"] == "log per quarter"
    assert calibration.sources["mean_growth"] == "data"


def test_overrides_are_checked_and_coordinates_follow(folder):
    calibration = load(folder, text_of())
    new = calibration.with_values(
        theta={"risky": 0.2, "safe": 0.9}, aversion=np.float64(3)
    )
    assert new.values["theta"] == (0.9, 0.2)
    assert new.values["theta_reference"] == 0.2
    assert new.sources["aversion"] == "override"
    fixed = new.with_values(theta_reference=0.7).with_values(theta=np.array([0.1, 0.3]))
    assert fixed.values["theta_reference"] == 0.7
    with pytest.raises(CalibrationError) as caught:
        new.with_values(thta=1, discount=1.1, theta=(1, 2, 3), aversion={"safe": 1})
    assert len(caught.value.problems) == 4
    assert "'thta'; did you mean theta" in str(caught.value)
    assert "outside the admissible interval [0.5, 1]" in str(caught.value)
    assert new.with_source("estimated", "aversion").sources["aversion"] == "estimated"
    with pytest.raises(CalibrationError, match="did you mean aversion"):
        new.with_source("estimated", "avresion")


def test_differences_carry_units_and_regimes(folder):
    one = load(folder, text_of())
    found = one.with_values(theta=0.4, aversion=3).differences(one)
    assert [d["name"] for d in found] == ["aversion", "theta", "theta_reference"]
    assert list(found[0].values())[2:] == ["ratio", "structure", 3.0, 5.0]
    assert (found[1]["this"], found[1]["other"]) == (0.4, {"safe": 1.0, "risky": 0.5})
    assert not one.differences(one)


def test_overrides_on_the_command_line():
    values = parse_overrides(["theta=0.5", "phi = 0.8, 1.5"])
    assert values == {"theta": 0.5, "phi": (0.8, 1.5)}
    with pytest.raises(CalibrationError) as caught:
        parse_overrides(["theta", "phi=x", "=1", "b=1", "b=2", "c=1,"])
    assert len(caught.value.problems) == 5


def test_economic_checks_are_collected(folder):
    calibration = load(folder, text_of())

    def unstable(*_):
        raise DeterminacyError("two stable solutions, raise phi above 1")

    def infinite(calibration, model):
        return f"surplus of {model.name} has no value at {calibration.values['theta']}"

    validate(calibration, TOY, [lambda *_: None, lambda *_: []])
    with pytest.raises(CalibrationError) as caught:
        validate(calibration, TOY, [unstable, infinite, lambda *_: ["one", "two"]])
    assert len(caught.value.problems) == 4
    assert "raise phi above 1" in str(caught.value)
    with pytest.raises(ZeroDivisionError):
        validate(calibration, TOY, [lambda *_: 1 // 0])


def test_shipped_files_load_and_share_everything_but_policy():
    assert shipped_calibrations() == ["risky", "safe", "switching"]
    loaded = {}
    for name in shipped_calibrations():
        regimes = calibration_regimes(name)
        model = core_economy(*([regimes] if len(regimes) > 1 else []))
        loaded[name] = load_calibration(name, model)
        assert loaded[name].as_arrays().keys() == {p.name for p in model.parameters}
        assert not set(tomllib.loads(loaded[name].to_toml())) - {"meta", "parameters"}
    allowed = {"policy", "intercept", "coordinate"}
    for other in ("risky", "switching"):
        found = loaded["safe"].differences(loaded[other])
        assert {"breach", "phi", "tax_response"} <= {d["name"] for d in found}
        assert {d["role"] for d in found} <= allowed
