"""Economies asked by name: labelled answers agree with what the solvers say apart."""

import matplotlib as mpl
import numpy as np
import pytest

import fiscax
from fiscax.calibration.economies.answers import NotOfferedError
from fiscax.errors import FiscaxError
from fiscax.experiments.front.economy import Economy

mpl.use("Agg")
PARTS = ("expected_real_rate", "expected_inflation", "inflation_compensation")


@pytest.fixture(scope="module")
def core(risky_economy):
    return Economy("risky", risky_economy, {})


@pytest.fixture(scope="module")
def sticky():
    return fiscax.economy("sticky_risky", order=1)


@pytest.fixture(scope="module", params=["core", "sticky"])
def economy(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(autouse=True)
def figures_are_closed():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def test_the_curve_is_made_of_its_parts(economy):
    curve = economy.curve()
    expected = sum(curve[k] for k in PARTS)
    np.testing.assert_allclose(curve["expected_rate"], expected)
    whole = curve["expected_rate"] + curve["term_premium"] - curve["convenience"]
    np.testing.assert_allclose(whole, curve["yield"], atol=1e-9)
    premium = curve["real_term_premium"] + curve["inflation_risk_premium"]
    np.testing.assert_allclose(premium, curve["term_premium"], atol=1e-9)
    assert {v.attrs["units"] for v in curve.values()} == {"percent per year"}
    assert all(v.attrs["long_name"] for v in curve.values())


def test_the_bill_yields_the_policy_rate_less_its_convenience(core):
    solution, rest = core.solution, core.solved.rest()
    rate, bill = solution.observe(["policy_rate", "convenience_yield_bill"], rest)[0]
    shown = core.curve()["yield"].sel(maturity=0.25)
    # Both are interpolated between the nodes of a cheap grid: within a basis point.
    assert float(shown) == pytest.approx(400 * (rate - bill), abs=0.01)


@pytest.mark.parametrize(
    ("name", "scale"), [("inflation", 4e4), ("debt_value", 25.0), ("tax_ratio", 100.0)]
)
def test_responses_are_those_of_the_solver(economy, name, scale):
    found = economy.response("e_z", 6, [name])[name]
    direct = economy.solution.impulse_response(
        outputs=[name], shocks={"e_z": 1.0}, horizon=6
    )
    np.testing.assert_allclose(found, scale * direct.sel(variable=name), atol=1e-7)


def test_first_order_news_is_a_response(sticky):
    """In the first quarter; the unfunded part of news is the shock ``e_u``."""
    p = sticky.solved.parameters
    ratio = sticky.solved.rest["spending_ratio"]
    unfunded = (1 - p["theta"]) * np.log(1 + 0.01 / ratio)
    per_shock = sticky.response("e_u", 1, ["yield_10y"])["yield_10y"]
    size = sticky.solved.respond({"e_u": 1.0}, ["unfunded_spending"])
    funded = sticky.response("e_z", 1, ["yield_10y"])["yield_10y"]
    moved = sticky.solved.respond({"e_z": 1.0}, ["funded_spending"])
    net = per_shock[0] / size["unfunded_spending"][0]
    net = net - funded[0] / moved["funded_spending"][0]
    news = sticky.news()["yield"].sel(maturity=10)
    assert float(news) == pytest.approx(float(unfunded * net), rel=1e-6)


def test_whoever_pays_pays_all(economy):
    ledger = economy.ledger()
    assert float(ledger["share"].sum()) == pytest.approx(1.0, abs=0.02)
    value = ledger["value"]
    backing = value.sel(entry="tax") - value.sel(entry="spending")
    backing = backing + value.sel(entry="convenience") + value.sel(entry="residual")
    assert float(backing) == pytest.approx(float(value.sel(entry="debt")), rel=1e-9)


def test_shocks_add_up_to_the_beta(sticky):
    betas = sticky.betas()
    ten = betas["beta"].sel(asset="bond_10y")
    assert float(betas["contribution"].sum()) == pytest.approx(float(ten))


def test_simulated_series_have_the_moments_of_the_solution(sticky):
    sample = sticky.simulate(400, paths=50, seed=2)
    spread = sticky.solved.deviations(["inflation"])["inflation"]
    drawn = 400 * spread
    assert float(sample["inflation"].std()) == pytest.approx(drawn, rel=0.05)
    assert sample["bond_excess_10y"].attrs["units"] == "percent over a quarter"
    assert np.isnan(sample["inflation"][-1]).all()
    table = sticky.moments(200, 20, era="2022-present")
    row = table.sel(moment="inflation_standard_deviation")
    assert float(row["value"]) == pytest.approx(drawn, rel=0.1)
    assert float(row["record"]) > 0


def test_the_identity_holds_state_by_state(core, sticky):
    found = core.identity(40)
    gap = found["tax"] - found["spending"] + found["convenience"] - found["debt"]
    np.testing.assert_allclose(gap + found["residual"], 0.0, atol=1e-9)
    assert found.attrs["spectral_radius"] < 1
    with pytest.raises(NotOfferedError, match=r"sticky_risky.*perturbation"):
        sticky.identity()


def test_drawings_are_of_the_answers_and_return_axes(economy):
    curve = economy.plot_curve(["yield", "term_premium"])
    assert curve.get_ylabel() == "percent per year"
    drawn = curve.lines[0].get_ydata()
    np.testing.assert_array_equal(drawn, economy.curve()["yield"])
    again = economy.plot_news("stress_1sd", ["yield"], axes=curve)
    assert again is curve
    assert economy.plot_ledger().patches[1].get_height() == pytest.approx(
        100 * float(economy.ledger()["share"].sel(payer="bondholders"))
    )
    response = economy.plot_response("e_z", 5)
    assert response.get_xlabel() == "quarters"
    with pytest.raises(FiscaxError, match="different units"):
        economy.plot_response("e_z", 5, ["inflation", "tax_ratio"])
    with pytest.raises(FiscaxError, match="did you mean yield"):
        economy.plot_curve(["yeild"])


def test_a_comparison_asks_both_the_same(core, sticky):
    both = fiscax.compare(core, sticky)
    row = both.table.loc["spending news", "persistent_yield_10y"]
    for name, one in both.economies.items():
        apart = float(one.news()["yield"].sel(maturity=10))
        assert row[name] == pytest.approx(apart, rel=1e-9)
    assert row["difference"] == pytest.approx(row["sticky_risky"] - row["risky"])
    assert row["unit"] == "basis points"
    assert both.curves["yield"].dims == ("economy", "maturity")
    assert both.parameters.loc["beta", "unit"]
    assert len(both.plot("ledger")) == 2
    with pytest.raises(FiscaxError, match="did you mean curve"):
        both.plot("curves")
    with pytest.raises(FiscaxError, match="two or more"):
        fiscax.compare(core)


def test_parameters_of_ones_own_arrive(sticky):
    unfunded = fiscax.economy("sticky_risky", order=1, theta=0.5)
    assert unfunded.parameters.loc["theta", "value"] == (0.5,)
    shares = [e.ledger()["share"].sel(payer="bondholders") for e in (unfunded, sticky)]
    assert shares[0] > shares[1]


@pytest.mark.slow
def test_a_switching_economy_answers_by_regime():
    safe = fiscax.economy("sticky_switching")
    risky = fiscax.economy("sticky_switching", regime="risky")
    assert (safe.regime, risky.regime) == ("safe", "risky")
    again = safe.in_regime("risky").news()["yield"]
    np.testing.assert_array_equal(again, risky.news()["yield"])
    for ask in (risky.moments, risky.simulate):
        with pytest.raises(NotOfferedError, match="ask 'switching'"):
            ask()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("risky", {"tehta": 0.9}, "no parameter 'tehta'; did you mean theta"),
        ("sticky_risky", {"breach": 0.1}, "no parameter 'breach'"),
        ("riski", {}, "did you mean risky"),
        ("risky", {"theta": 7}, "admissible interval"),
        ("risky", {"grid": "fein"}, "coarse, fine"),
        ("sticky_risky", {"regime": "rsky", "order": 1}, "did you mean risky"),
    ],
)
def test_what_is_not_there_is_refused_by_name(name, options, message):
    with pytest.raises(FiscaxError, match=message):
        fiscax.economy(name, **options)


def test_wrong_questions_are_refused(economy):
    with pytest.raises(FiscaxError, match="did you mean persistent"):
        economy.news("persistant")
    with pytest.raises(FiscaxError, match="no shock named 'e_zz'"):
        economy.response("e_zz")
    with pytest.raises(FiscaxError, match="did you mean yield_10y"):
        economy.response("e_z", 4, ["yield_10"])
    with pytest.raises(FiscaxError, match="no era named"):
        economy.moments(era="1999")


def test_studies_are_listed_and_run():
    listed = fiscax.studies()
    assert listed.loc["capacity", "question"].endswith("?")
    found = fiscax.study("capacity", file="cbo_baseline", pricing=False)
    levels = found.tables["capacity"].set_index("premium")["capacity"].astype(float)
    opening = fiscax.load_projection("cbo_baseline").opening_debt
    assert levels[0.0] == pytest.approx(100 * opening)
    with pytest.raises(FiscaxError, match="did you mean 'capacity'"):
        fiscax.study("capasity")


def test_the_fan_is_wider_later_and_around_the_projection():
    fan = fiscax.debt_fan(paths=200)
    width = fan["debt"].isel(quantile=-1) - fan["debt"].isel(quantile=0)
    assert float(width[-1]) > float(width[0]) > 0
    cbo = fiscax.load_projection("cbo_baseline")
    np.testing.assert_allclose(fan["projected"], 100 * cbo.debt)
    middle = fan["debt"].isel(quantile=2)
    np.testing.assert_allclose(middle, fan["projected"], atol=0.5)
