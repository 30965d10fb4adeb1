"""Every row of the regime table in the sticky-price economy, and rows of its own.

News of spending moves demand, whoever pays for it. Rows on yields, premia, inflation
and values are therefore read net of demand: news as the economy pays for it less the
same news fully funded. In the safe economy nobody has to promise anything, so there all
of the news is without a promise: the harder reading. Gross responses are rows too.
"""

from __future__ import annotations

from ...calibration.economies.responses import ANNUAL_BP, PER_POINT_OF_DEBT, Quantity
from ...calibration.economies.sticky import FISCAL, MONETARY, LocalEconomy
from ...calibration.economies.sticky_ledger import claim_betas, shares
from ...calibration.economies.sticky_news import (
    GROSS,
    NEWS,
    RATES,
    news,
    news_quantities,
    parts,
    unfunded_share,
)
from ..regime_rows import ROWS, Cell, Row

_NOTHING = Cell(None, 0.1)
_OWN = (
    *(
        Row(f"gross responses to {label}", f"{news}_{kind}_{part}", _NOTHING, _NOTHING)
        for news, label in zip(NEWS, ("spending news", "a transfer"), strict=True)
        for kind in GROSS
        for part in ("yield_10y_ex_convenience", "expected_inflation_5y5y")
    ),
    Row(
        "real short rate after the shock",
        "persistent_as_financed_real_rate_3m",
        Cell("positive", 0.1),
        Cell("negative", 0.1),
    ),
    Row("real short rate after the shock", "persistent_real_rate_3m", *[_NOTHING] * 2),
    Row("leading authority", "fiscal_share_gross", *[Cell(None, 0.5)] * 2),
    Row("leading authority", "fiscal_share_of_all_shocks", *[Cell(None, 0.5)] * 2),
)
# Rows of its own stand below those of the same name.
_GROUPS = list(dict.fromkeys(row.row for row in (*ROWS, *_OWN)))
ALL_ROWS = tuple(sorted((*ROWS, *_OWN), key=lambda row: _GROUPS.index(row.row)))


def stress_quantities(economy: LocalEconomy) -> dict[str, Quantity]:
    """Yields and equity prices after one and three standard deviations of stress."""
    found = {}
    leverage = economy.parameters["leverage"]
    for size, label in ((1.0, "stress_1sd"), (3.0, "stress_3sd")):
        push = {"e_p": size}
        change = parts(economy, push)
        for name in ("yield_10y", "term_premium_10y", "yield_3m"):
            found[f"{label}_{name}"] = Quantity(change[name], "basis points")
        names = ("log_price_dividend", "consumption")
        moved = economy.response(push, names)
        # Dividends fall with consumption on impact.
        drop = float(moved["consumption"][0]) / economy.rest["consumption"]
        price = 100 * (float(moved["log_price_dividend"][0]) + leverage * drop)
        found[f"{label}_equity"] = Quantity(price, "percent")
    return found


def authority(economy: LocalEconomy) -> dict[str, Quantity]:
    """Shares in news of ten-year expected inflation, and inflation on a rate rise."""
    name = "expected_inflation_40"
    moves = {
        s: float(economy.response({s: 1.0}, (name,))[name][0])
        for s in (*FISCAL, *MONETARY)
    }
    theta = economy.parameters["theta"]
    # Net of demand: unfunded news less funded news of the same size.
    demand = moves["e_z"] * (1 - theta) / theta
    net = (moves["e_u"] - demand) ** 2 if theta < 1 else 0.0
    gross = sum(moves[s] ** 2 for s in FISCAL)
    money = sum(moves[s] ** 2 for s in MONETARY)
    every = economy.shares(name)
    jump = economy.response({MONETARY[0]: 1.0}, ("inflation",))["inflation"][0]
    shares_of = {
        "fiscal_share": net / (net + money),
        "monetary_share": money / (net + money),
        "fiscal_share_gross": gross / (gross + money),
        "fiscal_share_of_all_shocks": sum(every[s] for s in FISCAL),
    }
    found = {k: Quantity(v, "share of variance") for k, v in shares_of.items()}
    rise = Quantity(float(ANNUAL_BP * jump), "basis points")
    return {**found, "inflation_after_rate_rise": rise}


def spot_convenience(economy: LocalEconomy) -> float:
    """One quarter's long convenience per point of debt, on a transfer as financed."""
    names = ("convenience_yield_long", "end_of_period_debt")
    push = news(economy, "one_time", unfunded_share(economy))
    found = economy.response(push, names)
    service, debt = (float(found[n][0]) for n in names)
    return ANNUAL_BP * service / (25 * debt)


def debt_slopes(economy: LocalEconomy) -> dict[str, float]:
    """Slopes of rates on debt over annual output in closed-form moments, bp per pp."""
    names = [n for n in RATES if n.endswith(("_20", "_40"))]
    slope = economy.regression(names, "end_of_period_debt")
    slope = {k: ANNUAL_BP * v / 25 for k, v in slope.items()}
    bare = {n: slope[f"yield_{n}"] + slope[f"convenience_{n}"] for n in (20, 40)}
    premium = {n: slope[f"term_premium_{n}"] for n in (20, 40)}
    return {
        "debt_slope_forward_5y5y_ex_convenience": 2 * bare[40] - bare[20],
        "debt_slope_forward_premium_5y5y": 2 * premium[40] - premium[20],
        "debt_slope_term_premium_10y": premium[40],
        "debt_slope_convenience_10y": slope["convenience_40"],
    }


def quantities(economy: LocalEconomy) -> dict[str, Quantity]:
    """Every quantity of the table for one economy."""
    found = authority(economy) | stress_quantities(economy)
    for kind in NEWS:
        for name, value in news_quantities(economy, kind).items():
            found[name] = Quantity(value, "basis points")
    share = unfunded_share(economy)
    borne = shares(economy, economy.persistent(share), economy.persistent(0.0))
    per_news = Quantity(borne.pop("revaluation"), "percent of debt per PV of 1% of GDP")
    found["revaluation"] = per_news
    found |= {k: Quantity(v, "share of PV(G) news") for k, v in borne.items()}
    claims = claim_betas(economy)
    found["ledger_beta_residual"] = Quantity(claims.pop("residual"), "ratio")
    found |= {f"{k}_claim_beta": Quantity(v, "ratio") for k, v in claims.items()}
    spot = Quantity(spot_convenience(economy), PER_POINT_OF_DEBT)
    slopes = debt_slopes(economy).items()
    return {
        **found,
        "one_time_spot_convenience": spot,
        **{k: Quantity(v, PER_POINT_OF_DEBT) for k, v in slopes},
        "treasury_portfolio_beta": Quantity(
            economy.beta("treasury_portfolio"), "ratio"
        ),
        "bond_stock_beta_quarterly_10y": Quantity(economy.beta("bond_40"), "ratio"),
        "stock_bond_return_correlation": Quantity(
            economy.correlation("bond_40"), "correlation"
        ),
    }
