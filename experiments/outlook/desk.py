"""The debt desk's two pages: every table by exogenous, safe and risky pricing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...calibration.desk.accounts import tenors_of
from ...calibration.desk.stress import TESTS
from ...calibration.record.projections import TENORS
from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text, report_html
from ..study import Findings
from ..tables import frame, pick, records, rows
from .figure import draw_desk
from .model import BASELINE, EXOGENOUS
from .study import label_of

if TYPE_CHECKING:
    import pandas as pd

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
_GAPS = {
    "balance_first_year": "Primary balance, first year",
    "stabilising_first_year": "Debt-stabilising, first year",
    "balance_last_year": "Primary balance, last year",
    "stabilising_last_year": "Debt-stabilising, last year",
    "tax_gap_5_years": "Tax gap, five years",
    "tax_gap_to_the_end": "Tax gap, to the last year",
    "s1": "S1",
    "s2": "S2",
}
_CAPTION = (
    "Debt with 5 to 95 percent of the paths with forecast errors; debt at the end by "
    "stress test; what moved debt over all years; gross financing needs with the "
    "threshold of the heat map."
)
# Two sheets of A4: smaller type than on the screen, one section a page.
_STYLE = """
@media print {
  @page { size: A4; margin: 11mm 12mm; }
  html { font-size: 7pt; }
  h1 { font-size: 14pt; margin: 0; } h2 { font-size: 11pt; margin: .4em 0 .2em; }
  p { margin: .25em 0; } .lead { font-size: 8.4pt; }
  th, td { padding: .02rem .5rem; line-height: 1.25; } div.table { margin: .35rem 0; }
  figure { margin: .3rem 0; } figure svg { max-height: 118mm; }
  section + section { break-before: page; }
  footer { margin: 0; padding: .2rem 0 0; }
}
"""


def workbook(findings: Findings) -> dict[str, pd.DataFrame]:
    """Sheets of the Excel file, by name."""
    return {n.removeprefix("desk_"): frame(findings[n]) for n in TABLES}


def summary(findings: Findings) -> str:
    """The two pages as HTML that prints on two sheets."""
    own = findings.extra["projection"]
    first = Section(
        "What sets funding costs decides where debt goes",
        lead(findings),
        [
            Figure(draw_desk(findings), _CAPTION, _described(findings)),
            decomposed(findings),
            _household(findings),
        ],
        short="By pricing",
    )
    second = Section(
        "Stress, financing, gaps",
        "Each number at the projection's own rates and growth, and with what the safe "
        "and the risky economy add when the same balances are news to investors.",
        [
            stressed(findings),
            heat(findings),
            _financed(findings),
            _rolled(findings),
            _gaps(findings),
            Text(HOW),
            _assumed(findings),
        ],
        short="Stress and gaps",
    )
    return report_html(
        f"Debt desk: {own.name}",
        [first, second],
        subtitle=f"{int(own.years[0])}-{int(own.years[-1])}. Source: {own.source}.",
        footer="fiscax outlook; every number stands in the CSV files and in desk.xlsx.",
        style=_STYLE,
    )


def lead(findings: Findings) -> str:
    """Debt, rates less growth and yields at the end, by pricing."""
    found = findings["desk_decomposition"]
    last = int(found["year"].to_numpy()[-1])
    texts = []
    for key in _keys(found):
        debt, gap = (
            pick(found, n, funding=key, year=last) for n in ("debt", "rate_less_growth")
        )
        rise = pick(
            findings["desk_household"], "rise_of_yield_10y", funding=key, year=last
        )
        texts.append(
            f"{label_of(key)} {debt:.0f}% (rate less growth {gap:+.1f} points, "
            f"ten-year yield {100 * rise:+.0f} basis points)"
        )
    return (
        f"Debt over GDP in {last}, from the same primary balances, by who prices the "
        f"debt: {'; '.join(texts)}."
    )


def _keys(found: Any) -> list[str]:
    return list(dict.fromkeys(found["funding"].to_numpy().tolist()))


def _by_pricing(
    found: Any, label: str, names: Mapping[str, str], value: Any, unit: str
) -> pd.DataFrame:
    """Rows by name, a column for each pricing."""
    import pandas as pd

    def cell(key: str, name: str) -> Any:
        number = value(key, name)
        return "none" if number is None else Number(labels.number(number, unit))

    return pd.DataFrame(
        {
            labels.capital(label_of(key)): [cell(key, name) for name in names]
            for key in _keys(found)
        },
        index=pd.Index(list(names.values()), name=label, dtype=object),
        dtype=object,
    )


def decomposed(findings: Findings) -> Table:
    """What moved debt over all years, by pricing."""
    found = findings["desk_decomposition"]

    def total(key: str, name: str) -> float:
        return sum(r[name] for r in rows(found, funding=key))

    years = found["year"].to_numpy()
    return Table(
        _by_pricing(found, "Part", _PARTS, total, "percent"),
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
    """Debt in the last year by test and pricing, and what yields add."""
    import pandas as pd

    found = findings["desk_stress"]
    last = int(found["year"].to_numpy().max())
    fifth = int(found["year"].to_numpy().min()) + 4
    keys = _keys(found)
    tests = {BASELINE: "no test", **TESTS}

    def value(name: str, key: str, test: str, year: int, factor: float = 1.0) -> Number:
        number = pick(found, name, funding=key, test=test, year=year)
        unit = "percent" if factor == 1.0 else "basis points"
        return Number(labels.number(factor * number, unit))

    shown: dict[Any, list[Number]] = {}
    for group, name, year, factor in (
        (f"Debt in {fifth}", "debt", fifth, 1.0),
        (f"Debt in {last}", "debt", last, 1.0),
        (f"10-year yield in {last}, bp", "rise_of_yield_10y", last, 100.0),
    ):
        for key in keys:
            shown[(group, key)] = [value(name, key, t, year, factor) for t in tests]
    index = pd.Index(
        [labels.capital(t) for t in tests.values()], name="Test", dtype=object
    )
    return Table(
        pd.DataFrame(shown, index=index, dtype=object),
        "Stress tests, percent of GDP; rise of the ten-year yield",
    )


def heat(findings: Findings) -> Table:
    """The heat map."""
    import pandas as pd

    found = records(findings["desk_heat_map"])
    years = int(findings.extra["assumptions"].stress["map_years"])
    shown = pd.DataFrame(
        [
            {
                "Indicator": {"debt": "Debt", "financing": "Gross financing needs"}[
                    r["indicator"]
                ],
                "Pricing": labels.capital(label_of(r["funding"])),
                "Baseline": Number(labels.number(r["baseline"], "percent")),
                "Worst test": Number(labels.number(r["worst_test"], "percent")),
                "Threshold": Number(labels.number(r["threshold"], "percent")),
                "Signal": r["signal"],
            }
            for r in sorted(found, key=lambda r: r["indicator"])
        ],
        dtype=object,
    )
    return Table(shown, f"Heat map: highest of the first {years} years, percent of GDP")


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
        _by_pricing(found, "Part", names, mean, "percent"),
        f"Gross financing needs, mean of the first five years from {first}, % of GDP",
        note=_maturities(findings),
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
    import pandas as pd

    found = findings["desk_rollover"]
    years = sorted({int(y) for y in found["year"].to_numpy().tolist()})
    kept = sorted({years[min(k, len(years) - 1)] for k in (0, 1, 2, 4, 9, 19)})
    shown: dict[Any, list[Number]] = {}
    for tenor in TENORS:
        shown[("Falling due, % of GDP", tenor)] = [
            _number(pick(found, "due", funding=EXOGENOUS, tenor=tenor, year=y))
            for y in kept
        ]
    for tenor in TENORS:
        shown[("Not yet due, % of today's debt", tenor)] = [
            _number(
                pick(found, "of_opening_debt", funding=EXOGENOUS, tenor=tenor, year=y)
            )
            for y in kept
        ]
    index = pd.Index([str(y) for y in kept], name="Year", dtype=object)
    return Table(
        pd.DataFrame(shown, index=index, dtype=object),
        "Rollover at the projection's rates",
    )


def _number(value: float) -> Number:
    return Number(labels.fixed(value, "percent", 1))


def _gaps(findings: Findings) -> Table:
    found = findings["desk_gaps"]

    def value(key: str, name: str) -> float | None:
        return pick(found, "value", funding=key, gap=name)

    return Table(
        _by_pricing(found, "Balance or gap", _GAPS, value, "percent"),
        "Primary balances and sustainability gaps, percent of GDP",
        note="S2 is none where the last year's rate does not exceed growth: surpluses "
        "for ever then have no finite value.",
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

    return Table(
        _by_pricing(found, "Year", {str(y): str(y) for y in kept}, value, "percent"),
        f"A new mortgage of {own['loan']:,.0f}: dearer by, a year",
        note=f"{own['years']:.0f} years, {own['rate']:g}% before; "
        f"{own['pass_through']:g} of the rise of the ten-year yield is passed on.",
    )


def _assumed(findings: Findings) -> Table:
    import pandas as pd

    found = findings.extra["assumptions"].records
    shown = pd.DataFrame(
        [
            {
                "Assumed": labels.capital(
                    f"{r['table']}_{r['name']}".replace("_", " ")
                ),
                "Value": Number(f"{r['value']:g}"),
                "Unit": r["unit"],
            }
            for r in found
        ],
        dtype=object,
    )
    half = (len(shown) + 1) // 2
    both = pd.concat(
        [shown[:half].reset_index(drop=True), shown[half:].reset_index(drop=True)],
        axis=1,
        keys=["", " "],
    ).fillna("")
    return Table(
        both,
        "What is assumed where the file says nothing; a name takes another value, "
        "`--set stress_rate_rise=3`",
        note="Sizes and thresholds follow the IMF's guidance of 2013 from memory; "
        "sources stand in desk_assumptions.csv.",
    )


def _described(findings: Findings) -> str:
    return lead(findings)


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
