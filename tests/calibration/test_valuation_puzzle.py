"""Debt taken apart: parts add up, probabilities close the gap, the section shows it."""

import json

import numpy as np
import pytest

from fiscax.calibration.economies.store import EconomyStore, OverrideError
from fiscax.calibration.valuation import facts as valuation_facts
from fiscax.calibration.valuation import puzzle
from fiscax.calibration.valuation.file import EXAMPLE, load_valuation
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.command import cli
from fiscax.experiments.valuation.page import value_file

POSITION = puzzle.Position(0.5, 0.1, 0.2, 0.18, 0.02)
ASSUMED = puzzle.Assumptions()


def test_parts_add_up_to_debt():
    for probability in (0.0, 0.01, 1.0):
        assumed = ASSUMED.changed({"cut_probability": probability})
        parts = puzzle.decompose(POSITION, assumed)
        assert tuple(parts) == puzzle.PARTS
        assert sum(parts.values()) == pytest.approx(POSITION.debt, abs=1e-15)


def test_a_cut_is_worth_the_sum_of_what_it_saves():
    # Second method: the cut has happened by year j with probability 1 - (1-p)^j.
    cut, chance, years = 0.2, 0.004, np.arange(1, 4001)
    saved = cut * POSITION.spending * (1 - (1 - chance) ** years)
    value = np.sum(saved * np.exp(-POSITION.excess * years))
    assert puzzle.cut_value(POSITION, cut, chance) == pytest.approx(value, rel=1e-10)
    assert puzzle.cut_value(POSITION, cut, 0.0) == pytest.approx(0.0, abs=1e-13)


def test_closing_probabilities_close_the_gap():
    missing = 0.15
    chance = puzzle.closing_cut_probability(POSITION, 0.2, missing)
    assert puzzle.cut_value(POSITION, 0.2, chance) == pytest.approx(missing, rel=1e-12)
    chance = puzzle.closing_devaluation_probability(POSITION, 0.3, missing)
    paid = chance * 0.3 * POSITION.debt * POSITION.multiple
    assert paid == pytest.approx(missing, rel=1e-12)
    # A devaluation by the gap itself happens once in as many years as output is worth.
    loss = missing / POSITION.debt
    chance = puzzle.closing_devaluation_probability(POSITION, loss, missing)
    assert 1 / chance == pytest.approx(POSITION.multiple)


def test_no_probability_where_none_is_enough_and_zero_where_nothing_is_missing():
    assert puzzle.closing_cut_probability(POSITION, 0.0, 0.1) is None
    largest = 0.1 * POSITION.spending * POSITION.multiple
    assert puzzle.closing_cut_probability(POSITION, 0.1, 1.01 * largest) is None
    assert puzzle.closing_cut_probability(POSITION, 0.1, largest) == pytest.approx(1.0)
    assert puzzle.closing_devaluation_probability(POSITION, 0.001, 10.0) is None
    for closing in (
        puzzle.closing_cut_probability,
        puzzle.closing_devaluation_probability,
    ):
        assert closing(POSITION, 0.1, -0.1) == 0.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"premia": 0.03}, "no assumption 'premia'; there are premium"),
        ({"premium": "high"}, "premium is 'high', give a number from 0 to 0.2"),
        ({"spending_cut": 2.0}, "spending_cut is 2.0"),
        ({"cut_probability": True}, "cut_probability is True"),
        ({"premium": 0.01}, "low_premium is 0.02, above premium 0.01"),
    ],
)
def test_wrong_assumptions_are_refused(changes, message):
    with pytest.raises(FiscaxError, match=message):
        ASSUMED.changed(changes)


def test_every_assumption_has_bounds_and_a_unit():
    names = set(ASSUMED.__dataclass_fields__)
    assert set(puzzle.BOUNDS) == set(puzzle.UNITS) == names


@pytest.mark.data
def test_shipped_facts_are_those_of_the_data(data_dir):
    data = load_valuation(data_dir / "jlnx_annual_1929_2022.csv")
    shipped = valuation_facts.shipped_facts()
    again = valuation_facts.value(data, ASSUMED, 200)
    table = valuation_facts.facts(again, ASSUMED, valuation_facts.SOURCE)
    drawn = table["quantity"].str.contains("_low|_high|_median|draws|error|share_with")
    drawn &= ~table["quantity"].str.contains("premium")
    keys = ["period", "quantity", "unit", "definition", "source"]
    assert table[keys].equals(shipped[keys])
    np.testing.assert_allclose(
        table["value"][~drawn], shipped["value"][~drawn], rtol=1e-6
    )
    # Two hundred draws give a standard error to about a tenth; heavy tails to a third.
    at = table["quantity"] == "wedge_error_given_means"
    error, shipped_error = table["value"][at].iloc[0], shipped["value"][at].iloc[0]
    assert error == pytest.approx(shipped_error, rel=0.35)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    found = registry.find_experiment("valuation")
    folder = tmp_path_factory.mktemp("valuation")
    return found.run(registry.ExperimentContext({"structural": False}, folder))


def test_the_report_needs_no_data(result):
    strips = result.tables["strip_premia"]
    assert set(strips.columns[:3]) == {"claim", "horizon_years", "premium"}
    assert sorted(strips["horizon_years"].unique()) == [1, 2, 5, 10, 20, 30, 50, 100]
    assert result.quantities["wedge"][0] == pytest.approx(32.1, abs=0.1)
    taxes = result.tables["claim_values"].set_index("claim").loc["tax"]
    assert taxes["value_years"] == pytest.approx(43.07741, abs=5e-6)
    # Bonds of one year are the short rate; far out fiscal claims are alike.
    found = strips.set_index(["claim", "horizon_years"])["premium"]
    assert found["nominal_bond", 1] == pytest.approx(0.0, abs=1e-12)
    assert found["tax", 1] > found["output", 1] > 0 > found["spending", 1]


def test_the_section_shows_figures_and_tables(result):
    shown = registry.find_experiment("valuation").section(result)
    text = "".join(b.html(f"b{i}") for i, b in enumerate(shown.blocks))
    assert text.count("<svg") == 2
    for words in ("Convenience seigniorage", "Indexed bonds", "Spending", "none"):
        assert words.lower() in text.lower()
    assert "32.1%" in shown.lead
    # Sentences beside the figures say what the tables hold.
    facts = valuation_facts.by_period(valuation_facts.shipped_facts())
    decades = [v for k, v in list(facts.items())[1:] if "-" in k]
    above = sum(v["debt"] > v["backing"] for v in decades)
    assert f"above its backing in {above} of {len(decades)} decades" in text


def test_what_needs_the_series_is_refused_without_them(tmp_path):
    found = registry.find_experiment("valuation")
    context = registry.ExperimentContext({"premium": 0.04}, tmp_path)
    with pytest.raises(FiscaxError, match="fiscax value FILE --set premium"):
        found.run(context)


def test_whether_to_solve_economies_is_true_or_false(tmp_path):
    found = registry.find_experiment("valuation")
    context = registry.ExperimentContext({"structural": 1}, tmp_path)
    with pytest.raises(FiscaxError, match="structural is 1, give true or false"):
        found.run(context)


def test_a_parameter_of_the_economies_is_refused_where_none_is_solved(tmp_path):
    found = registry.find_experiment("valuation")
    given = {"structural": False, "theta": 0.5}
    with pytest.raises(OverrideError, match="leave out theta"):
        found.run(registry.ExperimentContext(given, tmp_path))
    with pytest.raises(OverrideError, match="no parameter 'premia'"):
        found.run(registry.ExperimentContext({"premia": 0.03}, tmp_path))


def test_assumptions_stay_and_parameters_reach_the_economies(tmp_path, monkeypatch):
    class Asked(Exception):
        """What the store was asked for, instead of solving it."""

    def ask(store, name):
        raise Asked(dict(store.overrides), name)

    monkeypatch.setattr(EconomyStore, "core", ask)
    found = registry.find_experiment("valuation")
    given = {"cut_probability": 0.01, "theta": 0.8}
    with pytest.raises(Asked) as asked:
        found.run(registry.ExperimentContext(given, tmp_path))
    assert asked.value.args == ({"theta": 0.8}, "safe")


def test_the_command_values_the_example(tmp_path, capsys):
    out = tmp_path / "out"
    command = ["value", str(EXAMPLE), "--draws", "40", "--out", str(out)]
    assert cli.main([*command, "--set", "premium=0.035"]) == 0
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["parameters"]["premium"]["value"] == 0.035
    rows = json.loads((out / "by_period.json").read_text())
    assert [rows[0]["period"], rows[-1]["period"]] == ["1951", "2019"]
    for row in rows:
        assert row["taxes"] - row["spending"] == pytest.approx(row["backing"])
        assert row["backing_percentile_5"] <= row["backing_percentile_95"]
    assert (out / "valuation.svg").exists()
    assert "1951-2019" in capsys.readouterr().out


def test_the_command_names_the_row_and_column_of_a_mistake(tmp_path, capsys):
    path = tmp_path / "own.csv"
    path.write_text(EXAMPLE.read_text().replace("0.1774", "17.74"))
    assert cli.main(["value", str(path), "--out", str(tmp_path / "out")]) == 2
    assert "row 3, column 'tau': 17.74" in capsys.readouterr().err


def test_a_low_premium_without_a_value_is_refused():
    with pytest.raises(FiscaxError, match="mean growth is not below"):
        value_file(EXAMPLE, {"low_premium": 0.0}, draws=40)
