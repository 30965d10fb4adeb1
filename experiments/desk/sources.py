"""Where every number of a desk's tables comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.desk.assumptions import Assumptions
from ...calibration.record.forecast_errors import SAMPLE
from ...calibration.record.projections import LIVES, TENORS, Projection
from ..tables import table

if TYPE_CHECKING:
    import xarray as xr

_PERCENT = "percent per year"
_GDP = "percent of annual GDP"
ZERO = "zero: nothing in the file"
_DUE = "input maturities, on debt a year before"
_MOVED = "input, and what the economy adds to it"
# Column, or ``table.column`` where the same name means another thing, -> source.
SOURCES = {
    "debt": "debt a year before with rate and growth, less balance, plus other means",
    "change": "debt less debt a year before",
    "primary_balance": "input, with the other sign",
    "interest": "rate on debt a year before, over growth",
    "real_growth": "growth less inflation, on debt a year before",
    "inflation": "inflation on debt a year before: " + _MOVED,
    "exchange_rate": "input foreign_share and depreciation, on debt a year before",
    "stock_flow": "input other_means",
    "rate": _MOVED,
    "growth": _MOVED,
    "rate_less_growth": "rate less growth",
    "stabilising_balance": "balance at which debt stays (Blanchard 1990)",
    "desk_financing.deficit": "input other_means less primary_balance",
    "desk_financing.interest": "input rate, and risen yields on debt rolled over",
    **{f"desk_financing.{tenor}": _DUE for tenor in TENORS},
    "needs": "sum of the parts of gross financing needs",
    "owed": "input maturities, of debt",
    "due": _DUE,
    "of_opening_debt": "opening debt that has not fallen due at these maturities",
    "rise_of_yield_10y": "the economy, over itself without the projection's balances",
    "baseline": "highest of the first years, desk_stress",
    "worst_test": "highest of the first years of any test, desk_stress",
    "threshold": "desk_assumptions",
    "signal": "baseline and tests against the threshold",
    "rise_of_cost": "an annuity at desk_assumptions' rate and at the risen one",
    "value": "balances and gaps: Blanchard (1990), European Commission (2009)",
    "surpluses": "balances less other means, discounted at rate plus premium",
    "services": "input convenience on debt, discounted likewise",
    "terminal_debt": "debt of the last year, discounted likewise",
    "capacity": "sum of surpluses, services and terminal debt",
    "share_of_debt": "capacity over the opening debt",
    "published_recipe": "the same of the baseline as capacity.toml takes it",
    "published": "capacity.toml",
    "down": "half a point, or as much as leaves the input above zero",
    "up": "half a point",
    "capacity_down": "capacity with the input lower in every year",
    "capacity_up": "capacity with the input higher in every year",
    "for_good": "lasting rise of balances that makes surpluses worth the debt",
    "to_horizon": "the same with the debt of the last year left",
}


def sources_of(
    tables: Mapping[str, xr.Dataset], projection: Projection, assumptions: Assumptions
) -> xr.Dataset:
    """Unit and source of every input and of every column of the tables.

    Raises
    ------
    KeyError
        A column has no source.
    """
    rows = [*_inputs(projection, assumptions), *_pricing()]
    for name, data in tables.items():
        for column, values in data.data_vars.items():
            text = SOURCES.get(f"{name}.{column}") or SOURCES[str(column)]
            unit = values.attrs.get("units", "word")
            rows.append({"table": name, "column": column, "unit": unit, "source": text})
    return table(rows, ("table", "column"))


def _inputs(projection: Projection, assumptions: Assumptions) -> list[dict[str, Any]]:
    """What the file gives, and what stands in for what it does not."""
    profile, given = projection.profile, projection.source
    file = f"the file: {given}"
    assumed = {r["name"]: r for r in assumptions.records if r["table"] == "assumed"}

    maturities = f"the file: {profile.maturities}"

    def either(given: Any, else_: str, source: str = file) -> str:
        return source if given else else_

    def chosen(*names: str) -> str:
        return ", ".join(
            f"{n} {assumed[n]['value']:g} ({assumed[n]['source']})" for n in names
        )

    sources = {
        "debt": (_GDP, f"{file}, opening debt {100 * projection.opening_debt:g}"),
        "primary_balance": (_GDP, file),
        "growth": (_PERCENT, file),
        "rate": (_PERCENT, file),
        "other_means": (_GDP, either(np.any(projection.flows.other_means), ZERO)),
        "convenience": (
            _PERCENT,
            either(np.any(projection.flows.convenience), ZERO),
        ),
        "inflation": (
            _PERCENT,
            either(profile.inflation is not None, chosen("inflation")),
        ),
        "foreign_share": (
            "percent of debt",
            either(profile.foreign_share is not None, ZERO),
        ),
        "depreciation": (
            _PERCENT,
            either(profile.depreciation is not None, ZERO),
        ),
        "maturing": (
            "percent of debt",
            either(profile.maturing is not None, "from the kinds of debt"),
        ),
        "shares of bills, notes, bonds": (
            "percent of debt",
            either(profile.shares is not None, chosen("bills", "notes"), maturities),
        ),
        "years of notes, bonds": (
            "years",
            either(profile.lives is not None, chosen(*LIVES), maturities),
        ),
        "forecast errors": (
            _GDP,
            either(profile.errors is not None, f"CBO's record: {SAMPLE}"),
        ),
    }
    return [
        {"table": "input", "column": column, "unit": unit, "source": text}
        for column, (unit, text) in sources.items()
    ]


def _pricing() -> list[dict[str, Any]]:
    texts = {
        "exogenous": "input alone",
        "safe": "the safe economy, parameters in manifest.json",
        "risky": "the risky economy, parameters in manifest.json",
    }
    return [
        {"table": "pricing", "column": key, "unit": "word", "source": text}
        for key, text in texts.items()
    ]
