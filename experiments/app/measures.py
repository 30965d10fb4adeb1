"""What is measured of every solved economy: who pays, curves by part, the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...calibration.economies.answers import impact
from ...calibration.economies.core import MATURITIES, CoreEconomy
from ...calibration.economies.protocol import ANNUAL_BP, Economy
from ...calibration.economies.quantities import QUANTITIES, measured
from ...calibration.economies.trade_off import beside
from ..talk import TALK

# Parts of a yield as the page stacks them, and what each is made of with its sign.
PARTS = {
    "expected_inflation": {"expected_inflation": 1.0},
    "real_rate": {"expected_real_rate": 1.0},
    "premium": {
        "inflation_compensation": 1.0,
        "real_term_premium": 1.0,
        "inflation_risk_premium": 1.0,
    },
    "convenience": {"convenience": -1.0},
}
# Name of the page -> as ``impact`` knows it.
PUSHES = {"news": "persistent", "stress": "stress_1sd"}
BORNE = ("share_taxpayers", "share_bondholders", "share_convenience")
# Rows of the talk's table that a solved economy answers, in its order.
ROWS = tuple(row.quantity for row in TALK if row.quantity)


@dataclass(frozen=True)
class Quantity:
    """A number of the page: its name, unit and label."""

    name: str
    unit: str
    label: str


def _curve(push: str) -> list[Quantity]:
    return [
        Quantity(
            f"{push}_{part}_{n}", "basis points", f"{part} at {n} quarters, {push}"
        )
        for part in (*PARTS, "yield")
        for n in MATURITIES
    ]


# The closed form beside the solved economy: only where prices are flexible.
CLOSED = (
    Quantity("loss", "percent", "value of debt lost on the news"),
    *(
        Quantity(f"{way}{name}", unit, f"{label} on the news{said}")
        for way, said in (("", ""), ("closed_", ", closed form"))
        for name, unit, label in (
            ("price_jump", "percent", "jump of the price level"),
            ("yield_10y", "basis points", "10-year yield without convenience"),
            ("yield_3m", "basis points", "short rate"),
        )
    ),
)
NUMBERS = (
    *(
        Quantity(n, QUANTITIES[n].unit, QUANTITIES[n].label)
        for n in dict.fromkeys((*BORNE, "revaluation", *ROWS))
    ),
    *(q for push in PUSHES for q in _curve(push)),
    *(
        Quantity(f"rest_yield_{n}", "percent per year", f"yield at {n} quarters")
        for n in MATURITIES
    ),
    *CLOSED,
)


def _moves(economy: Economy, label: str) -> dict[str, float]:
    """Changes on impact of every part and of the yield, by maturity."""
    moved = impact(economy, PUSHES[label])
    parts = {"yield": moved["yield"]}
    for part, of in PARTS.items():
        signed = [sign * moved[name] for name, sign in of.items()]
        parts[part] = np.sum(signed, axis=0)
    return {
        f"{label}_{part}_{n}": ANNUAL_BP * float(v)
        for part, values in parts.items()
        for n, v in zip(economy.maturities, values, strict=True)
    }


def measure(economy: Economy) -> dict[str, float]:
    """``NUMBERS`` of an economy by name, without ``CLOSED`` where prices are sticky."""
    rest = economy.at_rest([f"yield_{n}" for n in MATURITIES])
    closed = beside(economy) if isinstance(economy, CoreEconomy) else {}
    found = {
        **measured(economy, (*BORNE, "revaluation", *ROWS)),
        **_moves(economy, "news"),
        **_moves(economy, "stress"),
        **{f"rest_{n}": ANNUAL_BP / 100 * v for n, v in rest.items()},
        **closed,
    }
    return {q.name: float(found[q.name]) for q in NUMBERS if q.name in found}
