"""What safe and risky debt predict: rows of the regime tables, judged.

Every row is a declared quantity with what each model expects of it. A number that a
parameter was chosen or estimated for, or that is true by construction, is judged and
marked, and not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from ..calibration.economies.quantities import QUANTITIES
from ..calibration.economies.regimes import regime_name
from .claims import NOTHING, Expectation, Side, Verdict
from .tables import table

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

LABELS = ("economy", "regime", "quantity")
# An economy and one of its regimes.
Place = tuple[str, str]
_PERMANENT_SAFE: tuple[Place, ...] = (("safe", "safe"), ("sticky_safe", "safe"))
_RISKY: tuple[Place, ...] = (("risky", "risky"), ("switching", "risky"))
_STICKY_RISKY: tuple[Place, ...] = (("sticky_risky", "risky"),)
_SAFE = (("safe", "safe"),)
_STICKY: tuple[Place, ...] = (
    ("sticky_safe", "safe"),
    ("sticky_risky", "risky"),
    ("sticky_switching", "safe"),
    ("sticky_switching", "risky"),
)
_CORE: tuple[Place, ...] = (*_SAFE, *_RISKY, ("switching", "safe"))
_EVERYWHERE = (*_CORE, *_STICKY)


@dataclass(frozen=True)
class Prediction:
    """A row: a quantity, what each regime expects of it, and what is not counted.

    Attributes
    ----------
    row
        What the row is about; several quantities share it.
    quantity
        A name of ``QUANTITIES``.
    set_by
        Parameters chosen or estimated so that the number comes out, by place.
    by_construction
        Places where the number could not be another one.
    """

    row: str
    quantity: str
    safe: Expectation = NOTHING
    risky: Expectation = NOTHING
    set_by: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)
    by_construction: tuple[Place, ...] = ()

    def expects(self, regime: str) -> Expectation:
        """What a regime expects."""
        return self.safe if regime == "safe" else self.risky

    def side(
        self, economy: str, regime: str, value: float, bound: float | None
    ) -> Side:
        """A number with what is expected of it, and why it may not count."""
        place = (economy, regime)
        return Side(
            value,
            self.expects(regime),
            bound=bound,
            set_by=self.set_by.get(place, ()),
            by_construction=place in self.by_construction,
        )


def _at(places: Sequence[Place], *parameters: str) -> dict[Place, tuple[str, ...]]:
    return dict.fromkeys(places, parameters)


# The share that bondholders bear is a target of the estimation; with sticky prices
# theta is chosen so that the ten-year yield's response to news comes out.
_STICKY_THETA = _at((*_STICKY_RISKY, ("sticky_switching", "risky")), "theta")
_BORNE = {**_at(_RISKY, "breach"), **_STICKY_THETA}
# What a score moves is a target too, and the part of it that is term premium.
_SCORED = {**_at(_RISKY, "breach", "phi", "stress_news"), **_STICKY_THETA}
_PREMIUM = _at(_RISKY, "stress_news")
# Chosen so that convenience falls by half a basis point per point of debt.
_SUPPLY = _at(_EVERYWHERE, "safety_price", "safety_supply")
# Chosen so that stress lowers the ten-year yield by 20 to 50 basis points.
_DEMAND = _at((("sticky_safe", "safe"), ("sticky_switching", "safe")), "safety_demand")
# The beta is a target of the estimation in both eras.
_ESTIMATED = {
    **_at(_SAFE, "gamma", "sigma_p", "rho_p", "phi_natural", "sigma_d"),
    **_at((("risky", "risky"),), "phi", "b_x"),
}
# Taxes back all news of spending, for good: it moves nothing, and they bear all of it.
_BACKED = _PERMANENT_SAFE
# The kernel, and with it equity, knows no regime: its rows are those of safe debt.
_KERNEL = tuple(place for place in _CORE if place not in _SAFE)


class _Sides(TypedDict):
    safe: Expectation
    risky: Expectation


def _both(claim: str | None, tolerance: float, band=None) -> _Sides:
    expects = Expectation(claim, tolerance, band=band)
    return {"safe": expects, "risky": expects}


def _sides(safe: tuple[Any, ...], risky: tuple[Any, ...] = (None,)) -> _Sides:
    """Claim, tolerance and band of each side."""

    def one(claim=None, tolerance=0.0, band=None) -> Expectation:
        return Expectation(claim, tolerance, band=band)

    return {"safe": one(*safe), "risky": one(*risky)}


ROWS = (
    Prediction(
        "leading authority",
        "monetary_share",
        **_sides(("high",), ("low",)),
        # One less the share of fiscal shocks.
        by_construction=_EVERYWHERE,
    ),
    Prediction(
        "leading authority",
        "fiscal_share",
        **_sides(("low",), ("high",)),
        by_construction=(*_BACKED, ("sticky_switching", "safe")),
    ),
    Prediction(
        "leading authority",
        "inflation_after_rate_rise",
        **_sides(("negative", 0.1), (None, 0.1)),
    ),
    Prediction(
        "leading authority",
        "expected_inflation_10y_after_rate_rise",
        **_sides(("negative", 0.1), ("positive", 0.1)),
    ),
    Prediction(
        "who bears spending risk",
        "share_taxpayers",
        **_sides(("high",), ("low",)),
        set_by=_BORNE,
        by_construction=_BACKED,
    ),
    Prediction(
        "who bears spending risk",
        "share_bondholders",
        **_sides(("zero", 0.02), ("high",)),
        set_by=_BORNE,
        by_construction=_BACKED,
    ),
    Prediction("who bears spending risk", "share_convenience", **_both(None, 0.01)),
    Prediction(
        "revaluation of debt",
        "revaluation",
        **_sides(("zero", 0.02), ("negative", 0.02)),
        # What bondholders bear, over the value of debt.
        by_construction=_EVERYWHERE,
    ),
    Prediction(
        "market beta of debt",
        "treasury_portfolio_beta",
        **_sides(("zero", 0.1, (-0.1, 0.1)), ("positive", 0.02, (0.1, 10.0))),
    ),
    *(
        Prediction("market beta of debt", quantity, **_both(None, 0.02))
        for quantity in (
            "debt_claim_beta",
            "tax_claim_beta",
            "spending_claim_beta",
            "convenience_claim_beta",
            "output_claim_beta",
            "ledger_beta_residual",
        )
    ),
    # A score is not a law: the band of the record judges what a score moves.
    Prediction(
        "yields react to fiscal news",
        "score_yield_10y_ex_convenience",
        **_sides(("zero", 1.0, (-1.0, 1.0)), ("positive", 1.0, (4.0, 9.0))),
        set_by=_SCORED,
        by_construction=_BACKED,
    ),
    *(
        Prediction("yields react to fiscal news", quantity, **_both(None, 1.0))
        for quantity in (
            "persistent_yield_10y_ex_convenience",
            "emergency_yield_10y_ex_convenience",
        )
    ),
    Prediction(
        "yields react to fiscal news",
        "one_time_yield_10y_ex_convenience",
        **_sides(("zero", 0.3, (-0.3, 0.3)), ("positive", 0.05, (0.3, 1.2))),
        by_construction=_BACKED,
    ),
    Prediction(
        "yields react to fiscal news", "persistent_yield_3m", **_both(None, 1.0)
    ),
    Prediction(
        "yields react to fiscal news",
        "one_time_forward_5y5y",
        **_sides((None, 0.1, (0.0, 2.0)), (None, 0.1, (2.0, 4.0))),
    ),
    Prediction(
        "rates and debt in simulated data",
        "debt_slope_forward_5y5y_ex_convenience",
        **_sides((None, 0.1, (0.0, 2.0)), (None, 0.1, (2.0, 4.0))),
    ),
    Prediction(
        "rates and debt in simulated data",
        "debt_slope_forward_premium_5y5y",
        **_both(None, 0.1),
    ),
    Prediction(
        "rates and debt in simulated data",
        "debt_slope_term_premium_10y",
        **_both(None, 0.1),
    ),
    Prediction(
        "rates and debt in simulated data",
        "debt_slope_convenience_10y",
        **_both(None, 0.05, (-1.0, -0.5)),
    ),
    Prediction(
        "term premia react to fiscal news",
        "score_term_premium_10y",
        **_sides(("zero", 0.3), ("positive", 0.3, (2.7, 4.2))),
        set_by=_PREMIUM,
        by_construction=_BACKED,
    ),
    *(
        Prediction("term premia react to fiscal news", quantity, **_both(None, 0.3))
        for quantity in ("persistent_term_premium_10y", "emergency_term_premium_10y")
    ),
    Prediction(
        "long-run expected inflation reacts",
        "score_expected_inflation_5y5y",
        **_sides(("zero", 0.3), ("positive", 0.3)),
        by_construction=_BACKED,
    ),
    Prediction(
        "long-run expected inflation reacts",
        "persistent_expected_inflation_5y5y",
        **_both(None, 0.3),
    ),
    Prediction(
        "stocks react to fiscal news",
        "score_equity",
        **_sides(("zero", 0.02), ("negative", 0.02)),
        by_construction=_BACKED,
    ),
    Prediction(
        "convenience yield reacts",
        "one_time_spot_convenience",
        **_both("negative", 0.05, (-1.0, -0.5)),
        set_by=_SUPPLY,
    ),
    # No band: the record's is about debt that lasts, a transfer is repaid.
    Prediction(
        "convenience yield reacts",
        "one_time_convenience_10y",
        **_both("negative", 0.05),
    ),
    Prediction(
        "convenience yield reacts",
        "persistent_convenience_10y",
        **_both("negative", 0.05),
    ),
    Prediction(
        "market stress",
        "stress_1sd_yield_10y",
        **_sides(("negative", 1.0, (-50.0, -20.0)), ("positive", 1.0, (10.0, 50.0))),
        set_by=_DEMAND,
    ),
    Prediction(
        "market stress",
        "stress_3sd_yield_10y",
        **_sides(("negative", 1.0), ("positive", 1.0)),
        set_by=_DEMAND,
    ),
    Prediction("market stress", "stress_1sd_term_premium_10y", **_both(None, 0.5)),
    Prediction(
        "market stress",
        "stress_1sd_equity",
        **_both("negative", 0.1),
        by_construction=_KERNEL,
    ),
    Prediction(
        "market stress",
        "stress_3sd_equity",
        **_both("negative", 0.1),
        by_construction=_KERNEL,
    ),
    Prediction(
        "market stress",
        "stock_bond_return_correlation",
        **_sides(("negative", 0.02), ("positive", 0.02)),
    ),
    Prediction(
        "market stress",
        "bond_stock_beta_quarterly_10y",
        **_sides(("negative", 0.02, (-0.45, -0.15)), ("positive", 0.02, (0.2, 0.6))),
        set_by=_ESTIMATED,
    ),
)


def by_quantity(rows: Sequence[Prediction] = ROWS) -> dict[str, Prediction]:
    """Predictions by the name of their quantity."""
    return {row.quantity: row for row in rows}


def of_first_order(rows: Sequence[Prediction] = ROWS) -> tuple[Prediction, ...]:
    """Rows that first-order solutions have: all but premia."""
    return tuple(row for row in rows if "premium" not in row.quantity)


def of_estimates() -> tuple[str, ...]:
    """Quantities of first order that parameters move, each told once."""
    told = (r for r in of_first_order() if r.by_construction != _EVERYWHERE)
    return tuple(r.quantity for r in told if not r.quantity.endswith("_residual"))


def record(
    row: Prediction,
    economy: str,
    regime: str,
    value: float,
    bound: float | None = None,
) -> dict[str, Any]:
    """One record of a regime table: number, verdict, band, and whether it counts."""
    side = row.side(economy, regime, value, bound)
    expects, verdict = row.expects(regime), side.verdict()
    low, high = expects.band or (None, None)
    return {
        "row": row.row,
        "economy": economy,
        "regime": regime,
        "quantity": row.quantity,
        "value": value,
        "unit": QUANTITIES[row.quantity].unit,
        "claim": expects.claim,
        "verdict": None if verdict is None else str(verdict),
        "band_low": low,
        "band_high": high,
        "in_band": expects.in_band(value),
        "bound": bound,
        "counted": side.counted,
        "mark": side.mark if verdict is not None else "",
    }


def labelled(records: Sequence[Mapping[str, Any]]) -> xr.Dataset:
    """Records as a table by economy, regime and quantity."""
    return table(records, LABELS)


def wide(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """One line per quantity, regimes side by side.

    Each regime has columns for the value, its bound (``±``), the verdict and, where it
    has one, the place in the band.
    """
    import pandas as pd

    lines: dict[str, dict[str, Any]] = {}
    for r in records:
        head = {"row": r["row"], "quantity": r["quantity"], "unit": r["unit"]}
        line = lines.setdefault(r["quantity"], head)
        name = regime_name(r["economy"], r["regime"])
        line[name] = r["value"]
        line[f"{name} ±"] = r["bound"]
        line[f"{name} verdict"] = r["verdict"] or ""
        if r["in_band"] is not None:
            line[f"{name} band"] = "inside" if r["in_band"] else "outside"
    found = pd.DataFrame(lines.values()).astype(object)
    return found.where(found.notna(), "")


def tally(records: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many predictions that count have each verdict; ``marked`` do not count."""
    counted = [r["verdict"] for r in records if r["counted"]]
    marked = sum(r["verdict"] is not None and not r["counted"] for r in records)
    return {
        "counted": len(counted),
        **{str(v): counted.count(str(v)) for v in Verdict},
        "marked": marked,
        "banded": sum(r["in_band"] is not None for r in records),
        "in_band": sum(r["in_band"] is True for r in records),
    }


def tally_sentences(records: Sequence[Mapping[str, Any]], mark: str = "") -> str:
    """What the table says in numbers; ``mark`` is set around what is delivered."""
    n = tally(records)
    more = [
        (n["zero"], "too small to count where a response is claimed"),
        (n["too imprecise"], "too imprecise to tell"),
    ]
    rest = "".join(f"; {k} {words}" for k, words in more if k)
    return (
        f"Of {n['counted']} predictions that count {mark}{n['delivered']} are "
        f"delivered{mark} and {mark}{n['contradicted']} contradicted{mark}{rest}. "
        f"{n['marked']} more are set by a parameter that was chosen for them or true "
        f"by construction, and do not count. {n['in_band']} of {n['banded']} numbers "
        "lie in the band judged from the record."
    )
