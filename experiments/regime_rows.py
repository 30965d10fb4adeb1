"""The rows of the regime table: quantities, claims of the two models, judged bands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One claim: ``"zero"``, ``"positive"``, ``"negative"`` or ``"high"`` (above .5).

    ``tolerance`` separates zero from not zero, in the quantity's unit; the band is that
    of the design's judgement of the record, None where there is none.
    """

    claim: str | None
    tolerance: float
    band: tuple[float, float] | None = None


@dataclass(frozen=True)
class Row:
    """A row of the table with what each regime claims about a quantity."""

    row: str
    quantity: str
    safe: Cell
    risky: Cell


def _both(claim: str | None, tolerance: float, band=None) -> tuple[Cell, Cell]:
    return Cell(claim, tolerance, band), Cell(claim, tolerance, band)


ROWS = (
    Row("leading authority", "monetary_share", Cell("high", 0.5), Cell("low", 0.5)),
    Row("leading authority", "fiscal_share", Cell("low", 0.5), Cell("high", 0.5)),
    Row(
        "leading authority",
        "inflation_after_rate_rise",
        Cell("negative", 0.1),
        Cell(None, 0.1),
    ),
    Row(
        "who bears spending risk",
        "share_taxpayers",
        Cell("high", 0.5),
        Cell(None, 0.5),
    ),
    Row(
        "who bears spending risk",
        "share_bondholders",
        Cell("zero", 0.02),
        Cell("positive", 0.02),
    ),
    Row("who bears spending risk", "share_convenience", *_both(None, 0.01)),
    Row(
        "revaluation of debt", "revaluation", Cell("zero", 0.02), Cell("negative", 0.02)
    ),
    Row(
        "market beta of debt",
        "treasury_portfolio_beta",
        Cell("zero", 0.1, (-0.1, 0.1)),
        Cell("positive", 0.02, (0.1, 10.0)),
    ),
    *(
        Row("market beta of debt", quantity, *_both(None, 0.02))
        for quantity in (
            "debt_claim_beta",
            "tax_claim_beta",
            "spending_claim_beta",
            "convenience_claim_beta",
            "output_claim_beta",
            "ledger_beta_residual",
        )
    ),
    Row(
        "yields react to fiscal news",
        "persistent_yield_10y_ex_convenience",
        Cell("zero", 1.0, (-1.0, 1.0)),
        Cell("positive", 1.0, (4.0, 9.0)),
    ),
    Row(
        "yields react to fiscal news",
        "one_time_yield_10y_ex_convenience",
        Cell("zero", 0.3, (-0.3, 0.3)),
        Cell("positive", 0.05, (0.3, 1.2)),
    ),
    Row("yields react to fiscal news", "persistent_yield_3m", *_both(None, 1.0)),
    Row(
        "yields react to fiscal news",
        "one_time_forward_5y5y",
        Cell(None, 0.1, (0.0, 2.0)),
        Cell(None, 0.1, (2.0, 4.0)),
    ),
    Row(
        "rates and debt in simulated data",
        "debt_slope_forward_5y5y_ex_convenience",
        Cell(None, 0.1, (0.0, 2.0)),
        Cell(None, 0.1, (2.0, 4.0)),
    ),
    Row(
        "rates and debt in simulated data",
        "debt_slope_forward_premium_5y5y",
        *_both(None, 0.1),
    ),
    Row(
        "rates and debt in simulated data",
        "debt_slope_term_premium_10y",
        *_both(None, 0.1),
    ),
    Row(
        "rates and debt in simulated data",
        "debt_slope_convenience_10y",
        *_both(None, 0.05, (-1.0, -0.5)),
    ),
    Row(
        "term premia react to fiscal news",
        "persistent_term_premium_10y",
        Cell("zero", 0.3),
        Cell("positive", 0.3),
    ),
    Row(
        "long-run expected inflation reacts",
        "persistent_expected_inflation_5y5y",
        Cell("zero", 0.3),
        Cell("positive", 0.3),
    ),
    Row(
        "convenience yield reacts",
        "one_time_spot_convenience",
        *_both("negative", 0.05, (-1.0, -0.5)),
    ),
    Row(
        "convenience yield reacts",
        "one_time_convenience_10y",
        # No band: the record's is about debt that lasts, a transfer is repaid.
        *_both("negative", 0.05),
    ),
    Row(
        "convenience yield reacts",
        "persistent_convenience_10y",
        *_both("negative", 0.05),
    ),
    Row(
        "market stress",
        "stress_1sd_yield_10y",
        Cell("negative", 1.0, (-50.0, -20.0)),
        Cell("positive", 1.0, (10.0, 50.0)),
    ),
    Row(
        "market stress",
        "stress_3sd_yield_10y",
        Cell("negative", 1.0),
        Cell("positive", 1.0),
    ),
    Row("market stress", "stress_1sd_term_premium_10y", *_both(None, 0.5)),
    Row("market stress", "stress_1sd_equity", *_both("negative", 0.1)),
    Row("market stress", "stress_3sd_equity", *_both("negative", 0.1)),
    Row(
        "market stress",
        "stock_bond_return_correlation",
        Cell("negative", 0.02),
        Cell("positive", 0.02),
    ),
    Row(
        "market stress",
        "bond_stock_beta_quarterly_10y",
        Cell("negative", 0.02, (-0.45, -0.15)),
        Cell("positive", 0.02, (0.2, 0.6)),
    ),
)
