"""Shorter debt in the two regimes."""

import numpy as np
import pytest

from fiscax.calibration.economies.core import COARSE
from fiscax.calibration.economies.store import EconomyStore, OverrideError
from fiscax.experiments import registry
from fiscax.experiments.maturity import study as maturity
from fiscax.solvers.projection.expectations import conditional_means


class Asked(Exception):
    """What the store was asked to solve, instead of solving it."""


def run(folder, *regimes):
    """The study on two maturities."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maturity, "DECAYS", (0.95, 0.9))
        patch.setattr(maturity, "REGIMES", regimes)
        found = registry.find_experiment("maturity")
        return found.run(registry.ExperimentContext({}, folder))


@pytest.mark.slow
def test_shorter_debt_lowers_expected_inflation_by_the_premium(tmp_path):
    result = run(tmp_path, "risky")
    long, short = result.records["maturity"]
    assert short["duration"] < 0.6 * long["duration"]
    assert short["policy_rate"] == pytest.approx(long["policy_rate"], abs=1e-9)
    # The value of debt is that of its surpluses, whatever its maturity.
    assert short["debt"] == pytest.approx(long["debt"], rel=2e-3)
    assert short["expected_real_return"] == pytest.approx(
        long["expected_real_return"], abs=4e-3
    )
    premium = short["portfolio_premium"] - long["portfolio_premium"]
    assert premium < -0.1
    # Exact in theory; within the error of the coarse grid here.
    assert short["change_of_expected_inflation"] == pytest.approx(premium, rel=0.02)
    for found in (long, short):
        identity = found["expected_nominal_return"] - found["expected_inflation"]
        assert identity == pytest.approx(found["expected_real_return"], abs=1e-10)
    shown = registry.find_experiment("maturity").section(result)
    text = "".join(b.html(f"b{k}") for k, b in enumerate(shown.blocks))
    assert "Risky debt" in text and "Duration, years" in text
    assert f"the premium of the portfolio by {premium:+.2f}" in shown.lead


@pytest.mark.slow
def test_maturity_does_nothing_to_inflation_where_money_leads(tmp_path):
    long, short = run(tmp_path, "safe").records["maturity"]
    assert abs(short["portfolio_premium"] - long["portfolio_premium"]) > 0.1
    for name in ("inflation", "expected_inflation", "debt"):
        assert short[name] == pytest.approx(long[name], abs=1e-8)


def test_a_users_change_arrives_or_is_refused(tmp_path, monkeypatch):
    def ask(_, name, changes, levels, intercepts):
        raise Asked(name, changes, levels, intercepts)

    monkeypatch.setattr(EconomyStore, "_core", ask)
    found = registry.find_experiment("maturity")
    with pytest.raises(Asked) as asked:
        found.run(registry.ExperimentContext({"gamma": 5.5}, tmp_path))
    name, changes, *how = asked.value.args
    assert name == "safe" and how == [(COARSE,), False]
    assert changes["gamma"] == 5.5 and changes["omega"] == maturity.DECAYS[0]
    # Taxes of the study are a preset, the maturity is what it is about.
    with pytest.raises(Asked) as asked:
        found.run(registry.ExperimentContext({"tax_mean": 0.2}, tmp_path))
    assert asked.value.args[1]["tax_mean"] == 0.2
    with pytest.raises(OverrideError, match=r"omega=0\.5 contradicts a case"):
        found.run(registry.ExperimentContext({"omega": 0.5}, tmp_path))
    with pytest.raises(OverrideError, match="no parameter 'gama'"):
        found.run(registry.ExperimentContext({"gama": 5.5}, tmp_path))


@pytest.mark.slow
def test_conditional_means_are_those_of_the_pricing_operator(risky):
    operators = risky.operators(["physical"])
    exact = np.asarray(operators.exact_step("physical", ["inflation"]))[0]
    nodes = operators.nodes
    same = {"inflation": lambda v: v["inflation"]}
    own = conditional_means(risky, ["inflation"], same, nodes[:5])["inflation"]
    assert own == pytest.approx(exact[:5], rel=1e-10)
