"""Shorter debt in the two regimes, and elasticities beside the evidence."""

import numpy as np
import pytest

from fiscax.experiments import registry
from fiscax.experiments.elasticities import study as elasticities
from fiscax.experiments.maturity import study as maturity
from fiscax.experiments.maturity.study import measures, plain_economy, same_point
from fiscax.solvers.projection.expectations import conditional_mean


@pytest.fixture(scope="module")
def pair():
    """Measures of long and of shorter debt at the same point, by regime."""

    def found(name):
        base, short = (plain_economy(name, w) for w in (0.95, 0.9))
        rest = base.rest()
        points = [same_point(e, base, rest) for e in (base, short)]
        return [measures(e, p) for e, p in zip((base, short), points, strict=True)]

    return found


def test_shorter_debt_lowers_expected_inflation_by_the_premium(pair):
    long, short = pair("risky")
    assert short["duration"] < 0.6 * long["duration"]
    assert short["policy_rate"] == pytest.approx(long["policy_rate"], abs=1e-9)
    # The value of debt is that of its surpluses, whatever its maturity.
    assert short["debt"] == pytest.approx(long["debt"], rel=2e-3)
    assert short["expected_real_return"] == pytest.approx(
        long["expected_real_return"], abs=4e-3
    )
    moved = short["expected_inflation"] - long["expected_inflation"]
    premium = short["portfolio_premium"] - long["portfolio_premium"]
    assert premium < -0.1
    # Exact in theory; within the error of the coarse grid here.
    assert moved == pytest.approx(premium, rel=0.02)
    for found in (long, short):
        identity = found["expected_nominal_return"] - found["expected_inflation"]
        assert identity == pytest.approx(found["expected_real_return"], abs=1e-10)


@pytest.mark.slow
def test_maturity_does_nothing_to_inflation_where_money_leads(pair):
    long, short = pair("safe")
    assert abs(short["portfolio_premium"] - long["portfolio_premium"]) > 0.1
    for name in ("inflation", "expected_inflation", "debt"):
        assert short[name] == pytest.approx(long[name], abs=1e-8)


@pytest.mark.slow
def test_conditional_means_are_those_of_the_pricing_operator(risky):
    operators = risky.operators(["physical"])
    exact = np.asarray(operators.exact_step("physical", ["inflation"]))[0]
    nodes = operators.nodes
    own = conditional_mean(risky, ["inflation"], lambda v: v["inflation"], nodes[:5])
    assert own == pytest.approx(exact[:5], rel=1e-10)


def invented(risky, safe):
    values = dict.fromkeys(elasticities.ROWS, safe)
    premia = {r.premium: 0.5 * safe for r in elasticities.ROWS.values() if r.premium}
    both = {**values, **premia}
    return {"safe": both, "risky": {k: risky * v for k, v in both.items()}}


def test_elasticities_stand_beside_the_evidence(tmp_path, monkeypatch):
    records = elasticities.records_of(invented(2.0, 1.0))
    own = {(r["quantity"], r["economy"]): r for r in records}
    row = own["persistent_yield_10y_ex_convenience", "risky"]
    assert row["value"] == 2.0 and row["term_premium_share"] == 0.5
    assert own["one_time_spot_convenience", "safe"]["term_premium_share"] is None
    # The share of next to nothing is not a number.
    tiny = elasticities.records_of(invented(2.0, 0.01))
    assert all(r["term_premium_share"] is None for r in tiny if r["economy"] == "safe")


def test_the_maturity_section_groups_regimes(tmp_path, monkeypatch):
    keys = (
        "duration",
        "portfolio_premium",
        "expected_inflation",
        "expected_real_return",
        "change_of_premium",
        "change_of_expected_inflation",
    )
    rows = [
        {"regime": name, "decay": w, **dict.fromkeys(keys, w)}
        for name in ("safe", "risky")
        for w in maturity.DECAYS
    ]
    monkeypatch.setattr(maturity, "maturity_records", lambda _: rows)
    found = registry.find_experiment("maturity")
    result = found.run(registry.ExperimentContext({}, tmp_path))
    section = found.section(result)
    text = "".join(b.html(f"b{k}") for k, b in enumerate(section.blocks))
    assert "Safe debt" in text and "Risky debt" in text
