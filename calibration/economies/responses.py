"""Responses of yields, values and returns to news, shared by several experiments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...solvers.pricing.ledger import betas, news
from .core import Economy

PERSISTENT_FLOW = 0.01  # of output each quarter, decaying at rho_z
ONE_TIME = 0.04  # of one quarter's output: 1% of annual GDP
# The economies of the report.
REPORTED = ("safe", "risky", "switching")
ANNUAL_BP = 40_000.0  # log per quarter -> basis points per year
PER_POINT_OF_DEBT = "basis points per 1pp of debt/GDP"


@dataclass(frozen=True)
class Quantity:
    """A number with its unit; ``bound`` is its change on the next coarser grid."""

    value: float
    unit: str
    bound: float | None = None


def persistent_spending(economy: Economy, regime: int) -> tuple[np.ndarray, np.ndarray]:
    """States without and with news of +1pp of GDP of persistent spending."""
    rest = economy.rest(regime)
    ratio = economy.solution.observe(["spending_ratio"], rest, regime)[0, 0]
    sigma = float(economy.solution.parameters["sigma_z"])
    size = float(np.log(1 + PERSISTENT_FLOW / ratio) / sigma)
    shocked = economy.solution.shocked
    return shocked(rest, {}, regime), shocked(rest, {"e_z": size}, regime)


def transfer(economy: Economy, regime: int) -> tuple[np.ndarray, np.ndarray]:
    """States without and with a one-time transfer of 1% of annual GDP.

    It adds to what is owed to bondholders, and its backed share to the account.
    """
    solution = economy.solution
    rest = solution.shocked(economy.rest(regime), {}, regime)
    face, debt = solution.observe(["face_value", "debt_value"], rest, regime)[0]
    names = solution.states
    f, n = names.index("backing"), names.index("debt_gap")
    theta = float(np.asarray(solution.parameters["theta"])[regime])
    hit = rest.copy()
    hit[0, f] = np.log(np.exp(rest[0, f]) + theta * ONE_TIME)
    hit[0, n] = np.log(face * (1 + ONE_TIME / debt)) - hit[0, f]
    return rest, hit


def stress(economy: Economy, regime: int, size: float) -> tuple[np.ndarray, np.ndarray]:
    """States without and with ``size`` standard deviations of stress."""
    rest, shocked = economy.rest(regime), economy.solution.shocked
    return shocked(rest, {"e_p": 0.0}, regime), shocked(rest, {"e_p": size}, regime)


def curve_change(
    economy: Economy, regime: int, names: list[str], pair: tuple[np.ndarray, np.ndarray]
) -> dict[str, float]:
    """Change of named curve functions in basis points per year."""
    before, after = (economy.curves(names, p, regime)[0] for p in pair)
    change = ANNUAL_BP * (after - before)
    return dict(zip(names, (float(v) for v in change), strict=True))


def yield_parts(
    economy: Economy, regime: int, pair: tuple[np.ndarray, np.ndarray], prefix: str
) -> dict[str, Quantity]:
    """Changes of yields, term premium, expected inflation and convenience."""
    names = [
        f"{part}_{n}"
        for part in ("yield", "convenience", "term_premium", "expected_inflation")
        for n in (1, 20, 40)
    ]
    change = curve_change(economy, regime, names, pair)
    forward = 2 * change["expected_inflation_40"] - change["expected_inflation_20"]
    found = {
        "yield_10y_ex_convenience": change["yield_40"] + change["convenience_40"],
        "yield_10y": change["yield_40"],
        "yield_3m": change["yield_1"],
        "forward_5y5y": 2 * change["yield_40"] - change["yield_20"],
        "term_premium_10y": change["term_premium_40"],
        "expected_inflation_5y5y": forward,
        "convenience_10y": change["convenience_40"],
    }
    return {f"{prefix}_{k}": Quantity(v, "basis points") for k, v in found.items()}


def spot_convenience(
    economy: Economy, regime: int, pair: tuple[np.ndarray, np.ndarray]
) -> Quantity:
    """Change of one quarter's long convenience yield per point of debt it comes with.

    In basis points a year per percentage point of annual output by which debt at the
    end of the quarter changes on impact.
    """
    names = ["convenience_yield_long", "end_of_period_debt"]
    before, after = (economy.solution.observe(names, p, regime)[0] for p in pair)
    service, debt = (float(v) for v in np.asarray(after) - np.asarray(before))
    return Quantity(ANNUAL_BP * service / (25 * debt), PER_POINT_OF_DEBT)


def ledger_shares(
    economy: Economy, regime: int, pair: tuple[np.ndarray, np.ndarray]
) -> dict[str, Quantity]:
    """Who bears the news, as shares of the change in the value of spending."""
    before, after = (economy.ledger(p, regime) for p in pair)
    found = news(before, after)
    shares = {
        k: Quantity(float(found[k][0]), "share of PV(G) news")
        for k in ("share_taxpayers", "share_bondholders", "share_convenience")
    }
    debt = float(before["debt"][0])
    per_point = float(found["d_debt"][0] / found["d_spending"][0]) * ONE_TIME / debt
    shares["revaluation"] = Quantity(
        100 * per_point, "percent of debt per PV of 1% of GDP"
    )
    return shares


def leading_authority(economy: Economy, regime: int) -> dict[str, Quantity]:
    """Shares of fiscal and monetary shocks in ten-year expected inflation news."""
    rest, shocked = economy.rest(regime), economy.solution.shocked
    still = shocked(rest, {}, regime)
    squares = {}
    for name in ("e_z", "e_m"):
        pair = (still, shocked(rest, {name: 1.0}, regime))
        change = curve_change(economy, regime, ["expected_inflation_40"], pair)
        squares[name] = change["expected_inflation_40"] ** 2
    total = sum(squares.values())
    raised = shocked(rest, {"e_m": 1.0}, regime)
    observe = economy.solution.observe
    jump = observe(["inflation"], raised, regime) - observe(
        ["inflation"], still, regime
    )
    return {
        "fiscal_share": Quantity(squares["e_z"] / total, "share of variance"),
        "monetary_share": Quantity(squares["e_m"] / total, "share of variance"),
        "inflation_after_rate_rise": Quantity(
            float(ANNUAL_BP * jump[0, 0]), "basis points"
        ),
    }


def stress_responses(economy: Economy, regime: int) -> dict[str, Quantity]:
    """Yields and equity after one and three standard deviations of stress."""
    found: dict[str, Quantity] = {}
    for size, label in ((1.0, "stress_1sd"), (3.0, "stress_3sd")):
        pair = stress(economy, regime, size)
        parts = yield_parts(economy, regime, pair, label)
        for kept in ("yield_10y", "term_premium_10y", "yield_3m"):
            found[f"{label}_{kept}"] = parts[f"{label}_{kept}"]
        prices = [
            economy.solution.observe(["price_dividend"], p, regime)[0, 0] for p in pair
        ]
        found[f"{label}_equity"] = Quantity(
            100 * float(np.log(prices[1] / prices[0])), "percent"
        )
    return found


def simulated_returns(
    economy: Economy, periods: int = 240, paths: int = 100, seed: int = 5
) -> dict[str, np.ndarray]:
    """Quarterly nominal log excess returns (paths * periods,) without disasters.

    The ten-year bond is held for a quarter and sold as a ten-year bond again, the usual
    constant-maturity approximation; excess over the bill yield.
    """
    solution = economy.solution
    outputs = (
        "equity_return_next",
        "inflation_next",
        "log_bond_price",
        "log_bond_price_next",
    )
    walk = economy.simulate(outputs, periods + 100, paths, seed)
    states, regimes, values = (part[100:] for part in walk)
    shape = regimes.shape
    curves = economy.curves(
        ["yield_1", "yield_40"],
        states.reshape(-1, states.shape[-1]),
        regimes.reshape(-1),
    ).reshape(*shape, 2)
    omega = float(solution.parameters["omega"])
    bill, long = curves[:-1, :, 0], curves[..., 1]
    portfolio = np.log(1 + omega * np.exp(values[..., 3])) - values[..., 2]
    return {
        "regime": regimes[:-1].reshape(-1),
        "equity": (values[:-1, :, 0] + values[:-1, :, 1] - bill).reshape(-1),
        "bond_10y": (40 * long[:-1] - 39 * long[1:] - bill).reshape(-1),
        "treasury_portfolio": (portfolio[:-1] - bill).reshape(-1),
    }


def return_betas(economy: Economy, regime: int) -> dict[str, Quantity]:
    """Equity betas of the ten-year bond and of the Treasury portfolio, correlation."""
    sample = simulated_returns(economy)
    here = sample["regime"] == regime
    kept = {k: v[here] for k, v in sample.items()}
    slopes = betas(kept, kept["equity"], ["bond_10y", "treasury_portfolio"])
    correlation = float(np.corrcoef(kept["bond_10y"], kept["equity"])[0, 1])
    return {
        "bond_stock_beta_quarterly_10y": Quantity(slopes["bond_10y"], "ratio"),
        "treasury_portfolio_beta": Quantity(slopes["treasury_portfolio"], "ratio"),
        "stock_bond_return_correlation": Quantity(correlation, "correlation"),
    }


def regime_quantities(economy: Economy, regime: int) -> dict[str, Quantity]:
    """Every quantity of the regime table for one regime of an economy."""
    persistent = persistent_spending(economy, regime)
    once = transfer(economy, regime)
    return {
        **leading_authority(economy, regime),
        **ledger_shares(economy, regime, persistent),
        **yield_parts(economy, regime, persistent, "persistent"),
        **yield_parts(economy, regime, once, "one_time"),
        "one_time_spot_convenience": spot_convenience(economy, regime, once),
        **stress_responses(economy, regime),
        **return_betas(economy, regime),
    }


def shared_economy(context: Any, name: str) -> Economy:
    """The economy ``name`` with the context's overrides, solved once per report."""
    from .core import solve_economy

    overrides = tuple(sorted(context.overrides.items()))
    return context.once(
        ("economy", name, overrides),
        lambda: solve_economy(name, context.overrides),
    )
