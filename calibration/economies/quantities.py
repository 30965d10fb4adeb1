"""Quantities of the tables of predictions, declared once: name, label, unit, measure.

A name is that of a JSON or CSV file. The same measure gives several quantities and is
evaluated once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from . import responses
from .core import CoreEconomy
from .disasters import disaster_record
from .protocol import FUNDINGS, KINDS, Economy
from .sticky import StickyEconomy

Measure = Callable[[Economy], Mapping[str, float]]

BP = "basis points"
SHARE_OF_NEWS = "share of PV(G) news"
SHARE_OF_VARIANCE = "share of variance"
REVALUATION = "percent of debt per PV of 1% of GDP"
PER_POINT_OF_DEBT = responses.PER_POINT_OF_DEBT
# Parts of a response, as labels begin; names have one of CAUSES before one of these.
PARTS = {
    "yield_10y_ex_convenience": "10-year yield without convenience",
    "yield_10y": "10-year yield",
    "yield_3m": "3-month yield",
    "forward_5y5y": "5y5y forward rate",
    "term_premium_10y": "10-year term premium",
    "expected_inflation_5y5y": "expected inflation, 5y5y",
    "convenience_10y": "convenience yield of the 10-year Treasury",
    "real_rate_3m": "real short rate",
    "spot_convenience": "this quarter's convenience yield of long Treasurys",
    "equity": "equity prices",
    "forward_5y5y_ex_convenience": "5y5y forward rate without convenience",
    "forward_premium_5y5y": "5y5y forward term premium",
}
CAUSES = {
    "persistent_funded_": "funded persistent spending, gross",
    "persistent_unfunded_": "unfunded persistent spending, gross",
    "persistent_as_financed_": "persistent spending as financed, gross",
    "one_time_funded_": "funded transfer, gross",
    "one_time_unfunded_": "unfunded transfer, gross",
    "one_time_as_financed_": "transfer as financed, gross",
    "persistent_": "persistent spending",
    "one_time_": "one-time transfer",
    "debt_slope_": "slope on debt",
    "score_": "score of a bill of persistent spending",
    "emergency_": "score of an emergency bill, unfunded",
    "stress_1sd_": "stress of one s.d.",
    "stress_3sd_": "stress of three s.d.",
}
_RATES = tuple(PARTS)[:8]
_SCORED = (
    "yield_10y_ex_convenience",
    "yield_3m",
    "term_premium_10y",
    "expected_inflation_5y5y",
    "equity",
)
_STRESSED = ("yield_10y", "term_premium_10y", "yield_3m", "equity")
_ON_DEBT = (
    "forward_5y5y_ex_convenience",
    "forward_premium_5y5y",
    "term_premium_10y",
    "convenience_10y",
)


@dataclass(frozen=True)
class Quantity:
    """A number that every economy has.

    Attributes
    ----------
    name
        As files have it.
    label
        For people, without a capital.
    unit
        Of the number.
    measure
        Gives the number of an economy, by name, among others.
    series
        The moment of the record that measures the same, where one does.
    closed_form
        Only economies solved by perturbation have it.
    first_order
        In perturbation solutions it is exact at first order.
    rare_events
        Only economies with disasters have it.
    """

    name: str
    label: str
    unit: str
    measure: Measure
    series: str | None = None
    closed_form: bool = False
    first_order: bool = False
    rare_events: bool = False


def _slopes(economy: Economy) -> dict[str, float]:
    return {k: v.value for k, v in responses.slopes_on_debt(economy).items()}


def _spot(economy: Economy) -> dict[str, float]:
    found = responses.convenience_per_debt(economy, economy.news("one_time", "asked"))
    return {"one_time_spot_convenience": found}


def _composed(
    cause: str,
    parts: Iterable[str],
    measure: Measure,
    unit: str = BP,
    closed_form: bool = False,
) -> list[Quantity]:
    units = {"equity": "percent"}
    return [
        Quantity(
            f"{cause}{part}",
            f"{PARTS[part]}, {CAUSES[cause]}",
            units.get(part, unit),
            measure,
            closed_form=closed_form,
        )
        for part in parts
    ]


_NEWS = {kind: partial(responses.news_responses, kind=kind) for kind in KINDS}
_AUTHORITY = (
    ("monetary_share", "monetary shocks in the variance of expected inflation"),
    ("fiscal_share", "fiscal shocks in the variance of expected inflation"),
)
_GROSS = (
    ("fiscal_share_gross", "the same with the demand effect"),
    (
        "fiscal_share_of_all_shocks",
        "fiscal shocks in the variance of expected inflation, of all shocks",
    ),
)
_BORNE = (
    ("share_taxpayers", "borne by taxpayers"),
    ("share_bondholders", "borne by bondholders"),
    ("share_convenience", "borne by users of convenience"),
)
_CLAIMS = (
    ("debt_claim_beta", "equity beta of debt with its services"),
    ("tax_claim_beta", "equity beta of the claim to taxes"),
    ("spending_claim_beta", "equity beta of the claim to spending"),
    ("convenience_claim_beta", "equity beta of the claim to convenience services"),
    ("output_claim_beta", "equity beta of the claim to output"),
    ("ledger_beta_residual", "beta of debt that its claims leave unexplained"),
)


def _gross(economy: Economy) -> dict[str, float]:
    if not isinstance(economy, StickyEconomy):
        raise TypeError(f"spending moves no demand in {type(economy).__name__}")
    return economy.gross_authority()


def _levels(economy: Economy) -> dict[str, float]:
    """Comovement without dividends' noise, the mean premium, inflation's spread."""
    if not isinstance(economy, StickyEconomy):
        raise TypeError(f"no closed-form moments of {type(economy).__name__}")
    premium = economy.means(("term_premium_40",))["term_premium_40"]
    return {
        "correlation_without_dividend_shock": economy.surprises.correlation(
            "10y", ("e_d",)
        ),
        "term_premium_10y_level": 400 * premium,
        "inflation_volatility": 400 * economy.deviations(("inflation",))["inflation"],
    }


def _betas(economy: Economy) -> dict[str, float]:
    return economy.return_betas()


def _disaster(economy: Economy) -> dict[str, float]:
    if not isinstance(economy, CoreEconomy):
        raise TypeError(f"{type(economy).__name__} has no disasters")
    return {"disaster_portfolio_loss": disaster_record(economy)["portfolio_loss"]}


_DECLARED = (
    *(Quantity(n, t, SHARE_OF_VARIANCE, responses.authority) for n, t in _AUTHORITY),
    *(Quantity(n, t, SHARE_OF_VARIANCE, _gross, closed_form=True) for n, t in _GROSS),
    Quantity(
        "inflation_after_rate_rise",
        "inflation on a rise of the policy rate",
        BP,
        responses.authority,
    ),
    Quantity(
        "expected_inflation_10y_after_rate_rise",
        "ten-year expected inflation on a rise of the policy rate",
        BP,
        responses.authority,
    ),
    *(
        Quantity(n, t, SHARE_OF_NEWS, responses.who_bears, first_order=True)
        for n, t in _BORNE
    ),
    Quantity(
        "revaluation",
        "value of debt, per 1% of GDP of news",
        REVALUATION,
        responses.who_bears,
        first_order=True,
    ),
    Quantity(
        "fiscal_news_volatility",
        "fiscal news of a quarter, s.d. of the mean over five years",
        "percent of GDP",
        responses.news_volatility,
    ),
    Quantity(
        "policy_surprise_volatility",
        "policy rate less what the rule says, s.d. of a quarter's surprises",
        BP,
        responses.policy_surprises,
    ),
    Quantity(
        "disaster_portfolio_loss",
        "real value of all Treasurys lost in a disaster",
        "percent",
        _disaster,
        rare_events=True,
    ),
    Quantity(
        "treasury_portfolio_beta",
        "equity beta of all Treasurys",
        "ratio",
        _betas,
        "treasury_portfolio_beta_annual",
    ),
    *(
        Quantity(n, t, "ratio", responses.claim_betas, first_order="claim" in n)
        for n, t in _CLAIMS
    ),
    *(q for k, f in _NEWS.items() for q in _composed(f"{k}_", (*_RATES, "equity"), f)),
    *(
        q
        for bill in ("score_", "emergency_")
        for q in _composed(bill, _SCORED, responses.score_responses)
    ),
    *(
        q
        for k, f in _NEWS.items()
        for paid in FUNDINGS
        for q in _composed(f"{k}_{paid}_", _RATES, f, closed_form=True)
    ),
    *_composed("one_time_", ("spot_convenience",), _spot, PER_POINT_OF_DEBT),
    *_composed("debt_slope_", _ON_DEBT, _slopes, PER_POINT_OF_DEBT),
    *(
        q
        for size in responses.SIZES
        for q in _composed(f"{size}_", _STRESSED, responses.stress_responses)
    ),
    Quantity(
        "stock_bond_return_correlation",
        "correlation of stock and bond returns",
        "correlation",
        _betas,
        "stock_bond_return_correlation_monthly",
    ),
    Quantity(
        "bond_stock_beta_quarterly_10y",
        "equity beta of the 10-year Treasury",
        "ratio",
        _betas,
        "bond_stock_beta_quarterly_10y",
    ),
    Quantity(
        "correlation_without_dividend_shock",
        "correlation of stock and bond returns without dividend shocks",
        "correlation",
        _levels,
        closed_form=True,
    ),
    Quantity(
        "term_premium_10y_level",
        "10-year term premium, mean",
        "percent per year",
        _levels,
        closed_form=True,
    ),
    Quantity(
        "inflation_volatility",
        "volatility of inflation",
        "percent per year",
        _levels,
        "inflation_standard_deviation",
        closed_form=True,
    ),
)
QUANTITIES: Mapping[str, Quantity] = {q.name: q for q in _DECLARED}


def measured(economy: Economy, names: Iterable[str]) -> dict[str, float]:
    """Quantities of an economy by name; every measure is evaluated once.

    Raises
    ------
    KeyError
        A name that is not declared.
    """
    chosen = [QUANTITIES[n] for n in names]
    found: dict[Measure, Mapping[str, float]] = {}
    for quantity in chosen:
        if quantity.measure not in found:
            found[quantity.measure] = quantity.measure(economy)
    return {q.name: found[q.measure][q.name] for q in chosen}
