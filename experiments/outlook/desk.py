"""The debt desk's two pages: every table by exogenous, safe and risky pricing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...calibration.desk.accounts import tenors_of
from ...calibration.desk.stress import TESTS
from ...calibration.record.projections import TENORS
from ..desk.cases import BASELINE, EXOGENOUS, label_of
from ..desk.page import (
    assumed_table,
    by_pricing,
    fixed,
    gaps_table,
    inputs_table,
    keys_of,
    two_pages,
)
from ..report import labels
from ..report.cells import Number, cell_frame
from ..report.page import Figure, Section, Table, Text
from ..study import Findings
from ..tables import pick, records, rows
from .figure import draw_desk

Record = Mapping[str, Any]
TABLES = (
    "desk_decomposition",
    "desk_financing",
    "desk_rollover",
    "desk_stress",
    "desk_gaps",
    "desk_heat_map",
    "desk_household",
    "desk_assumptions",
    "desk_sources",
)
_PARTS = {
    "primary_balance": "Primary deficits",
    "interest": "Interest, at market value",
    "real_growth": "Real growth",
    "inflation": "Inflation",
    "exchange_rate": "Exchange rate",
    "stock_flow": "Stock-flow",
    "change": "Change of debt",
}
_CAPTION = (
    "Debt with 5 to 95 percent of the paths with forecast errors; debt at the end by "
    "stress test; what moved debt over all years; gross financing needs with the "
    "threshold of the heat map."
)


def summary(findings: Findings) -> str:
    """The two pages as HTML that prints on two sheets."""
    first = Section(
        "What sets funding costs decides where debt goes",
        lead(findings),
        [
            Figure(draw_desk(findings), _CAPTION, lead(findings)),
            decomposed(findings),
            stressed(findings),
            heat(findings),
            Text(HOW),
        ],
        short="By pricing",
    )
    second = Section(
        "Financing, gaps, households, sources",
        "Each number at the projection's own rates and growth, and with what the safe "
        "and the risky economy add when the same balances are news to investors.",
        [
            _financed(findings),
            _rolled(findings),
            gaps_table(findings["desk_gaps"]),
            _household(findings),
            inputs_table(findings),
            assumed_table(findings),
        ],
        short="Financing and gaps",
    )
    return two_pages(
        findings,
        "Debt desk",
        [first, second],
        "fiscax outlook; every number stands in the CSV files and in desk.xlsx.",
    )


def lead(findings: Findings) -> str:
    """Debt, rates less growth and yields at the end, by pricing."""
    found = findings["desk_decomposition"]
    last = int(found["year"].to_numpy()[-1])
    texts = []
    for key in keys_of(found):
        debt, gap = (
            pick(found, n, funding=key, year=last) for n in ("debt", "rate_less_growth")
        )
        rise = pick(
            findings["desk_household"], "rise_of_yield_10y", funding=key, year=last
        )
        texts.append(
            f"{label_of(key)} {debt:.0f}% (rate less growth {gap:+.1f} points, "
            f"ten-year yield {_rise(rise)})"
        )
    return (
        f"Debt over GDP in {last}, from the same primary balances, by who prices the "
        f"debt: {'; '.join(texts)}."
    )


def _rise(value: float) -> str:
    """Rise of a yield in words; at given rates there is none."""
    return "as given" if value == 0 else f"{100 * value:+.0f} basis points"


def decomposed(findings: Findings) -> Table:
    """What moved debt over all years, by pricing."""
    found = findings["desk_decomposition"]

    def total(key: str, name: str) -> float:
        return sum(r[name] for r in rows(found, funding=key))

    years = found["year"].to_numpy()
    return Table(
        by_pricing(keys_of(found), "Part", _PARTS, total),
        f"What moves debt, {int(years[0])}-{int(years[-1])}, percent of GDP",
        note="Parts add up to the change of debt. Inflation and interest are those of "
        "the projection and what the economy adds." + _split(findings),
    )


def _split(findings: Findings) -> str:
    """What is assumed where the file has no inflation."""
    if findings.extra["projection"].profile.inflation is not None:
        return ""
    rate = findings.extra["assumptions"].assumed["inflation"]
    return f" The file has no inflation: {rate:g}% a year is assumed for the split."


def stressed(findings: Findings) -> Table:
    """Debt in two years by test and pricing, and what yields add."""
    found = findings["desk_stress"]
    last = int(found["year"].to_numpy().max())
    fifth = min(int(found["year"].to_numpy().min()) + 4, last)
    tests = {BASELINE: "no test", **TESTS}
    shown: dict[Any, list[Number]] = {}
    for group, name, year, factor in (
        (f"Debt in {fifth}", "debt", fifth, 1.0),
        (f"Debt in {last}", "debt", last, 1.0),
        (f"10-year yield in {last}, bp", "rise_of_yield_10y", last, 100.0),
    ):
        for key in keys_of(found):
            values = [pick(found, name, funding=key, test=t, year=year) for t in tests]
            shown[(group, key)] = [
                fixed(factor * v, 1 if factor == 1.0 else 0) for v in values
            ]
    names = [labels.capital(t) for t in tests.values()]
    return Table(
        cell_frame(shown, names, "Test"),
        "Stress tests, percent of GDP; rise of the ten-year yield",
    )


# Signal of the heat map -> style of its label.
_HEAT = {
    "below": "delivered",
    "above under stress": "too-imprecise",
    "above": "contradicted",
}


def heat(findings: Findings) -> Table:
    """The heat map."""
    names = {"debt": "Debt", "financing": "Gross financing needs"}
    found = sorted(records(findings["desk_heat_map"]), key=lambda r: r["indicator"])
    years = int(findings.extra["assumptions"].stress["map_years"])
    group = findings.extra["projection"].profile.group
    shown = {
        "Pricing": [labels.capital(label_of(r["funding"])) for r in found],
        "Baseline": [fixed(r["baseline"]) for r in found],
        "Worst test": [fixed(r["worst_test"]) for r in found],
        "Threshold": [fixed(r["threshold"]) for r in found],
        "Signal": [
            Number("", label=r["signal"], mark=_HEAT[r["signal"]]) for r in found
        ],
    }
    return Table(
        cell_frame(shown, [names[r["indicator"]] for r in found], "Indicator"),
        f"Heat map: highest of the first {years} years, percent of GDP; thresholds of "
        f"{group} economies",
    )


def _financed(findings: Findings) -> Table:
    found = findings["desk_financing"]
    first = int(found["year"].to_numpy()[0])
    names = {
        "deficit": "Primary deficit and stock-flow",
        "interest": "Interest",
        **{tenor: f"{labels.capital(tenor)} falling due" for tenor in TENORS},
        "needs": "Gross financing needs",
    }

    def mean(key: str, name: str) -> float:
        own = rows(found, funding=key)[:5]
        return sum(r[name] for r in own) / len(own)

    return Table(
        by_pricing(keys_of(found), "Part", names, mean),
        f"Gross financing needs, mean of the first five years from {first}, % of GDP",
    )


def _maturities(findings: Findings) -> str:
    """Where the maturity structure comes from."""
    given = findings.extra["projection"]
    shares, lives = tenors_of(given, findings.extra["assumptions"])
    profile = given.profile
    words = [
        f"{100 * share:.3g}% {tenor}"
        + ("" if tenor == TENORS[0] else f" of {life:g} years")
        for tenor, share, life in zip(TENORS, shares, lives, strict=True)
    ]
    sources = [
        f"{name} {'assumed' if value is None else 'as the file says'}"
        for name, value in (("shares", profile.shares), ("years", profile.lives))
    ]
    text = f"Of the debt: {', '.join(words)} ({', '.join(sources)})."
    if profile.maturing is not None:
        return f"{text} What falls due in all is as the file says."
    return (
        f"{text} All bills fall due every year, and one part of the others in as many "
        "as their years; new debt has the same shares."
    )


def _rolled(findings: Findings) -> Table:
    """What falls due by kind and year, and how much of today's debt is left by then."""
    found = findings["desk_rollover"]
    years = sorted(set(found["year"].to_numpy().tolist()))
    kept = sorted({years[min(k, len(years) - 1)] for k in (0, 1, 2, 4, 9, 19)})
    shown: dict[Any, list[Number]] = {}
    for group, name in (
        ("Falling due, % of GDP", "due"),
        ("Not yet due, % of today's debt", "of_opening_debt"),
    ):
        for tenor in TENORS:
            own = {
                r["year"]: r[name] for r in rows(found, funding=EXOGENOUS, tenor=tenor)
            }
            shown[(group, tenor)] = [fixed(own[y]) for y in kept]
    return Table(
        cell_frame(shown, [str(y) for y in kept], "Year"),
        "Rollover at the projection's rates",
        note=_maturities(findings),
    )


def _household(findings: Findings) -> Table:
    found = findings["desk_household"]
    own = findings.extra["assumptions"].household
    years = found["year"].to_numpy().tolist()
    kept = sorted(
        {years[min(4, len(years) - 1)], years[min(9, len(years) - 1)], years[-1]}
    )

    def value(key: str, name: str) -> float | None:
        return pick(found, "rise_of_cost", funding=key, year=int(name))

    names = {str(y): str(y) for y in kept}
    passed = own["pass_through"]
    return Table(
        by_pricing(keys_of(found), "New in", names, value, 0),
        f"A new mortgage of {own['loan']:,.0f} costs more, in units of its currency a "
        "year",
        note=f"{own['years']:.0f} years, {own['rate']:g}% before; "
        f"{100 * passed:.0f}% of the rise of the ten-year yield is passed on.",
    )


HOW = (
    "Pricing: an economy is fed the balances that move debt as the projection, or the "
    "test, does at given rates; what its inflation, yields and return on debt do "
    "beyond the economy left alone is added to the projection's. Its debt is the US "
    "government's, in its own currency. Interest is the return at market value in "
    "what moves debt, and what is paid in financing needs, where debt falling due is "
    "rolled over at risen yields. Yields rise where the balances are worse than those "
    "that the economy would have by itself, and fall where they are better. Tests are "
    "solved on a domain that covers them, which moves debt by the error of the grid."
)
