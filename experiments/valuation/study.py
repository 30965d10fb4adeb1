"""Debt against the value of surpluses: the affine reduced form, and a user's file.

The experiment ``valuation`` needs no data: strips are priced with the published
parameters, and what the record says comes from the shipped table of facts. It solves
the safe and the risky economy and sets the same strips beside them; ``--set
structural=false`` leaves them out, a report has solved them already.
``fiscax value FILE`` estimates the same on a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.valuation import facts as valuation_facts
from ...calibration.valuation.facts import Valuation, by_period, positions
from ...calibration.valuation.file import load_valuation
from ...calibration.valuation.parameters import load_affine
from ...calibration.valuation.puzzle import (
    UNITS,
    Assumptions,
    closing_records,
    decompose,
)
from ...calibration.valuation.risk_prices import (
    ERROR_UNITS,
    RiskPrices,
    estimate_risk_prices,
)
from ...errors import FiscaxError
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult, filled
from .strips import claim_records, date_records, strip_records
from .structural import compared, structural_strips, summary

if TYPE_CHECKING:
    import pandas as pd

    from ..report.page import Section

QUESTION = "What backs the debt, measured without a structural model?"
DRAWS = 10_000
# Assumptions that the shipped facts already contain.
_FIXED = ("premium", "low_premium")


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("valuation", question=QUESTION, order=5.1, section=_section)
def valuation(context: ExperimentContext) -> ExperimentResult:
    """Price strips with published parameters; take the shipped wedge apart."""
    import pandas as pd

    from .figure import draw_backing, draw_compared, draw_strips

    changes = dict(context.overrides)
    structural = changes.pop("structural", True)
    if not isinstance(structural, bool):
        raise FiscaxError(f"structural is {structural!r}, give true or false")
    for name in _FIXED:
        if name in changes:
            raise FiscaxError(
                f"'{name}' changes the estimate, which needs the series: use `fiscax "
                f"value FILE --set {name}=...`"
            )
    assumed = Assumptions().changed(changes)
    economy = load_affine()
    with context.progress.stage("strips with the published parameters"):
        strips, claims = strip_records(economy), claim_records(economy)
        dates = date_records(economy)
    table = valuation_facts.shipped_facts()
    puzzle, closing = _puzzle(table, assumed)
    result = ExperimentResult(
        tables={
            "strip_premia": pd.DataFrame(strips),
            "claim_values": pd.DataFrame(claims),
            "published_dates": pd.DataFrame(dates),
            **_tables(table, puzzle, closing),
        },
        records={
            "strip_premia": strips,
            "claim_values": claims,
            "published_dates": dates,
            **_records(table, puzzle, closing),
        },
        figures={
            "valuation": draw_backing(table, puzzle),
            "strip_premia": draw_strips(strips),
        },
        notes=[_lead(table), HOW, STRIPS],
        parameters=_parameters(assumed),
        quantities=_quantities(table, puzzle),
    )
    if structural:
        found, sums, parameters = structural_strips(context)
        rows = compared(strips, found)
        result.records |= {"strips_by_source": rows, "strip_sums": sums}
        result.tables |= {
            "strips_by_source": filled(rows),
            "strip_sums": pd.DataFrame(sums),
        }
        result.figures["strips_by_source"] = draw_compared(rows)
        result.notes.append(summary(rows))
        result.parameters = {**result.parameters, **parameters}
    return result


def value_file(
    path: Path,
    changes: Mapping[str, Any],
    draws: int = DRAWS,
    seed: int = 0,
    start: int | None = None,
    end: int | None = None,
    risk_prices: bool = False,
) -> ExperimentResult:
    """What ``fiscax value FILE`` finds; see ``calibration.valuation_file``.

    Parameters
    ----------
    changes : assumptions by name, see ``calibration.valuation_puzzle``.
    draws, seed : of the bootstrap. start, end : first and last year to use.
    risk_prices : estimate a discount factor as well, and price strips with it.

    Raises
    ------
    FiscaxError
        For a wrong file (with row and column) or assumption, or a value that is not
        finite.
    """
    import pandas as pd

    from .figure import draw_backing

    assumed = Assumptions().changed(dict(changes))
    data = load_valuation(path, start, end)
    valued = valuation_facts.value(data, assumed, draws, seed)
    table = valuation_facts.facts(valued, assumed, f"`fiscax value {path.name}`")
    puzzle, closing = _puzzle(table, assumed)
    series = period_records(valued)
    var = valued.found.var
    notes = [_lead(table), HOW]
    if data.unused:
        notes.append(f"Columns that nothing reads: {', '.join(data.unused)}.")
    result = ExperimentResult(
        tables={
            "by_period": pd.DataFrame(series),
            **_tables(table, puzzle, closing),
        },
        records={"by_period": series, **_records(table, puzzle, closing)},
        figures={"valuation": draw_backing(table, puzzle, series)},
        datasets={"var": _dataset(var)},
        notes=notes,
        parameters=_parameters(assumed),
        quantities=_quantities(table, puzzle),
        data_vintage=f"{path.name}, {data.sample}",
    )
    if risk_prices:
        found = estimate_risk_prices(data, var, assumed.premium)
        _add_strips(result, found)
    return result


def _add_strips(result: ExperimentResult, found: RiskPrices) -> None:
    """Strips, claims and pricing errors of an estimated discount factor."""
    from .figure import draw_strips

    rows = {
        "strip_premia": strip_records(found.economy),
        "claim_values": claim_records(found.economy),
        "pricing_errors": [
            {"kind": name, "error": error, "unit": ERROR_UNITS[name]}
            for name, error in found.errors.items()
        ],
    }
    result.records.update(rows)
    result.tables.update({name: filled(table) for name, table in rows.items()})
    result.figures["strip_premia"] = draw_strips(rows["strip_premia"])
    result.notes.append(
        f"Risk prices: the search met its tolerance after {found.evaluations} "
        f"evaluations; root mean square error of yields {found.errors['yields']:.2f} "
        "percent a year, of the log price/dividend ratio "
        f"{found.errors['price_dividend']:.2f}; Sharpe ratios exceed their bound by "
        f"{found.errors['sharpe_ratio']:.2f}. Values under an estimated discount "
        "factor are fragile; the bound needs none."
    )


def period_records(valued: Valuation) -> list[dict[str, Any]]:
    """Debt and its backing by period, over the GDP of a year, with a 90% band.

    The band is that of the bootstrap with the record's mean rates and growth.
    """
    data, found, draws = valued.data, valued.found.backing, valued.draws
    kept = draws.backing[draws.finite_given_means]
    low, high = np.percentile(kept, [5, 95], axis=0)
    columns = {
        "time": data.years,
        "debt": data.debt,
        "taxes": np.asarray(found.tax),
        "spending": np.asarray(found.spending),
        "backing": np.asarray(found.total),
        "backing_low_premium": np.asarray(valued.low.backing.total),
        "backing_percentile_5": low,
        "backing_percentile_95": high,
    }
    return [
        {"period": label, **{k: float(v[i]) for k, v in columns.items()}}
        for i, label in enumerate(data.labels)
    ]


def _puzzle(
    table: pd.DataFrame, assumed: Assumptions
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Parts of debt, and what would close the gap: over the sample and at its end."""
    puzzle, closing = [], []
    for period, position in positions(table).items():
        puzzle.append(
            {"period": period, "debt": position.debt, **decompose(position, assumed)}
        )
        closing += closing_records(period, position, assumed)
    return puzzle, closing


def _tables(table, puzzle, closing) -> dict[str, pd.DataFrame]:
    import pandas as pd

    return {
        "valuation_facts": table,
        "puzzle": pd.DataFrame(puzzle),
        "closing_probabilities": filled(closing),
    }


def _records(table, puzzle, closing) -> dict[str, list[dict[str, Any]]]:
    return {
        "valuation_facts": table.to_dict(orient="records"),
        "puzzle": puzzle,
        "closing_probabilities": closing,
    }


def _parameters(assumed: Assumptions) -> dict[str, tuple[float, str]]:
    return {name: (getattr(assumed, name), unit) for name, unit in UNITS.items()}


def _quantities(table, puzzle) -> dict[str, tuple[float, str]]:
    found = next(iter(by_period(table).values()))
    wedge = {"wedge": (100 * found["wedge"], "percent of annual GDP")}
    parts = {
        k: (100 * v, "percent of annual GDP")
        for k, v in puzzle[0].items()
        if k != "period"
    }
    return wedge | parts


def _dataset(var) -> Any:
    """The VAR with named rows and columns."""
    import xarray as xr

    from ...models.markets.affine import OWN, STATES

    return xr.Dataset(
        {
            "psi": (("state", "lagged"), np.asarray(var.psi)),
            "cholesky": (("own", "shock"), np.asarray(var.cholesky)),
            "mean": (("own",), np.asarray(var.means)),
        },
        coords={
            "state": list(STATES),
            "lagged": list(STATES),
            "own": list(OWN),
            "shock": list(OWN),
        },
    )


HOW = (
    "A VAR of taxes, spending, growth, inflation, yields and the stock market says "
    "what surpluses to expect; taxes and spending are both discounted at the rate of a "
    "claim to output. That is an upper bound: taxes are no safer than output, spending "
    "is no riskier. Standard errors come from a bootstrap of residuals; slopes of a "
    "VAR are biased in short samples, so that draws need not centre on the estimate. "
    "Seigniorage is a convenience yield on debt that grows with output; the change of "
    "regime is a cut of spending for good that the record has not seen, at an assumed "
    "probability; what is left is the remainder. All are discounted like output, and "
    "add up to debt."
)
STRIPS = (
    "Strips are priced with the published discount factor. Its values are exact and "
    "fragile: loadings of risk prices reach 200 and the risk-neutral root is 0.9935, "
    "so that the sums run over thousands of years; the bound needs no such estimate. "
    "An average premium is expected growth less the log price less expected short "
    "rates, per year of the strip's life. The surplus has a price and no premium: "
    "nothing makes its price positive."
)


def _lead(table: pd.DataFrame) -> str:
    found = by_period(table)
    sample, last = next(iter(found)), list(found)[-1]
    whole, end = found[sample], found[last]
    return (
        f"Debt was {100 * whole['debt']:.1f}% of GDP on average, {sample}; future "
        f"surpluses, discounted like output with a premium of "
        f"{100 * whole['premium']:.3g}%, were worth at most "
        f"{100 * whole['backing']:.1f}%. The gap of {100 * whole['wedge']:.1f}% has a "
        f"standard error of {100 * whole['wedge_error_given_means']:.1f}; when mean "
        "rates and growth are estimated anew as well, nine in ten draws lie between "
        f"{100 * whole['wedge_low']:.0f}% and {100 * whole['wedge_high']:.0f}%. At the "
        f"end, in {last}, debt was {100 * end['debt']:.1f}% and the bound "
        f"{100 * end['backing']:.1f}%."
    )
