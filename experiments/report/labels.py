"""Names for people: what quantities, moments, equations and units are called in print.

JSON and CSV files keep the code names. A name that is not here is printed as its words,
so that a new quantity is readable before anybody has thought of a better label.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ...calibration.economies import quantities
from ...models.parts import endowment, equity, fiscal, monetary, price_setting, shadow
from .cells import format_cell

# What is measured. Names of responses have one of the causes before one of these.
_PARTS = {
    **quantities.PARTS,
    "convenience_3m": "convenience yield of the 3-month bill",
    "slope_10y_3m": "slope of the curve, 10 years less 3 months",
}
_SHOCKS = {
    shock.name: shock.description
    for part in (endowment, equity, fiscal, monetary, price_setting, shadow)
    for shock in part.SHOCKS
}
_QUANTITIES = {
    **{name: found.label for name, found in quantities.QUANTITIES.items()},
    "yield_2y": "2-year yield",
    "yield_5y": "5-year yield",
    "yield_30y": "30-year yield",
    "breakeven_10y": "10-year break-even inflation",
    "aaa_spread_10y": "AAA less 10-year Treasury yield",
    "swap_spread_10y": "10-year Treasury yield less swap rate",
    "mean_yield_3m": "3-month yield, mean",
    "mean_yield_10y": "10-year yield, mean",
    "mean_term_premium_10y": "10-year term premium, mean",
    "mean_inflation": "inflation, mean",
    # Columns of the backing-share table.
    "theta": "backing share θ",
    "taxpayers": "borne by taxpayers",
    "bondholders": "borne by bondholders",
}
# What is valued, and rates by maturity.
_CLAIMED = {
    "debt": "debt with its services",
    "tax": "taxes",
    "spending": "spending",
    "convenience": "convenience services",
    "output": "output",
}
_RATES = {
    "yield": "yield",
    "real": "real yield",
    "term_premium": "term premium",
    "convenience": "convenience yield",
}
_TENORS = {"m": "month", "y": "year"}
_EQUATIONS = {
    "aggregator": "utility aggregator",
    "certainty_equivalent_condition": "certainty equivalent",
    "real_riskless_rate": "real riskless rate",
    "output_claim": "value of output",
    "disaster_insurance": "price of insurance against a disaster",
    "equity_price": "price of equity",
    "spending_claim": "value of spending",
    "unfunded_claim": "value of unfunded spending",
    "fisher": "Fisher equation (policy rate)",
    "portfolio": "price of the debt portfolio",
}
_ROLES = {
    "policy": "Policy: may differ between regimes",
    "structure": "Structure: the same in every economy",
    "intercept": "Intercepts: solved for",
    "coordinate": "Coordinates: choose variables, change no result",
}
_STUDIES = {"lsap": "Asset purchases", "stock-bond": "Stocks and bonds"}
_COLUMNS = {
    "safe": "Safe debt",
    "risky": "Risky debt",
    "sticky: safe": "Safe debt, sticky prices",
    "sticky: risky": "Risky debt, sticky prices",
}
# What a claim says about a number, after "claimed".
_CLAIMS = {
    "zero": "zero",
    "positive": "positive",
    "negative": "negative",
    "high": "above one half",
    "low": "below one half",
}


@dataclass(frozen=True)
class Unit:
    """How numbers of a unit are printed: short name, factor, most decimals."""

    short: str
    scale: float = 1.0
    decimals: int = 3


# Below this a bound or an error is only said to be smaller.
_TINY = 1e-4
_UNITS = {
    "basis points": Unit("bp", decimals=2),
    "basis points per 1pp of debt/GDP": Unit("bp per pp", decimals=2),
    "ratio to annual output": Unit("× annual output"),
    "percent": Unit("%", decimals=2),
    "percent per year": Unit("% a year", decimals=2),
    "percentage points": Unit("pp", decimals=2),
    "percent of annual GDP": Unit("% of GDP", decimals=2),
    "percent of GDP": Unit("% of GDP", decimals=2),
    "percent of consumption": Unit("% of consumption", decimals=3),
    "percent of assets": Unit("% of assets", decimals=2),
    "percent of debt per PV of 1% of GDP": Unit("% of debt"),
    "share of variance": Unit("%", 100.0, 1),
    "share of PV(G) news": Unit("% of the news", 100.0, 1),
    "ratio": Unit(""),
    "correlation": Unit(""),
    "percent of purchases": Unit("% of purchases", decimals=2),
    "basis points of GDP": Unit("bp of GDP", decimals=2),
    "years": Unit("years", decimals=2),
}


def quantity(name: str) -> str:
    """Label of a quantity of the regime table and of tables of responses."""
    if name in _QUANTITIES:
        return capital(_QUANTITIES[name])
    for prefix, cause in quantities.CAUSES.items():
        if name.startswith(prefix):
            rest = name.removeprefix(prefix)
            return capital(f"{_PARTS.get(rest, words(rest))}, {cause}")
    return capital(_PARTS.get(name, words(name)))


def inside(label: str) -> str:
    """A label inside a sentence; names that begin with two capitals keep theirs."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def shock(name: str) -> str:
    """Label of a shock: what its declaration says."""
    return _SHOCKS.get(name, words(name))


def claimed(name: str) -> str:
    """Label of what is valued: debt, or one of the claims behind it."""
    return capital(_CLAIMED.get(name, words(name)))


def rate(name: str) -> str:
    """Label of a rate of some maturity: "10-year real yield" for ``real_10y``."""
    kind, _, tenor = name.rpartition("_")
    if kind not in _RATES:
        return quantity(name)
    return f"{words(tenor)} {_RATES[kind]}"


def maturity(tenor: str) -> str:
    """A maturity in words: "10 years" for ``10y``."""
    found = re.fullmatch(r"(\d+)([my])", tenor)
    if found is None:
        return words(tenor)
    return f"{found[1]} {_TENORS[found[2]]}{'' if found[1] == '1' else 's'}"


def equation(name: str) -> str:
    """Label of an equilibrium condition."""
    return capital(_EQUATIONS.get(name, words(name)))


def study(name: str) -> str:
    """Name of a study as a heading."""
    return _STUDIES.get(name, capital(words(name.replace("-", " "))))


def role(name: str) -> str:
    """Heading of the parameters of a role."""
    return _ROLES.get(name, capital(words(name)))


def column(name: str) -> str:
    """Heading of a regime: ``safe``, or ``switching: safe`` inside an economy."""
    return _COLUMNS.get(name, capital(words(name)))


def claim(name: str) -> str:
    """What a claim says, in words."""
    return _CLAIMS.get(name, words(name))


def era(name: str) -> str:
    """An era of the record with a dash between its years."""
    return words(name).replace("-", "–")


def unit(name: str) -> Unit:
    """How numbers of a unit are printed; an unknown unit is printed as it is."""
    return _UNITS.get(name, Unit(name))


def unit_cell(name: str) -> str:
    """Short name of a unit for a column of its own: it does not break."""
    return unit(name).short.replace(" ", "\N{NO-BREAK SPACE}")


def words(name: str) -> str:
    """A code name as words, a maturity first: for every name without a label."""
    text = name.replace("_", " ").strip()
    text = re.sub(r"^(.+) (\d+[my])$", r"\2 \1", text)
    return re.sub(
        r"\b(\d+)([my])\b", lambda m: f"{m.group(1)}-{_TENORS[m.group(2)]}", text
    )


def number(value: float, unit_name: str, *, plus: bool = False) -> str:
    """Three significant digits, no more decimals than the unit deserves; no unit."""
    return fixed(value, unit_name, decimals(value, unit_name), plus=plus)


def decimals(value: float, unit_name: str) -> int:
    """Decimals that three significant digits of a value need, within the unit's."""
    known = unit(unit_name)
    size = abs(value * known.scale)
    if size == 0.0 or not math.isfinite(size):
        return known.decimals
    return min(max(2 - math.floor(math.log10(size)), 0), known.decimals)


def fixed(value: float, unit_name: str, places: int, *, plus: bool = False) -> str:
    """A value in the printed scale of its unit with a given number of decimals."""
    sign = "+" if plus else ""
    return format_cell(value * unit(unit_name).scale, f"{sign}.{places}f")


def small(value: float, unit_name: str) -> str:
    """An error or a bound in the printed scale: two significant digits suffice."""
    size = abs(value * unit(unit_name).scale)
    if size < _TINY:
        return "0" if size == 0.0 else f"< {_TINY:g}"
    places = max(1 - math.floor(math.log10(size)), 0)
    return fixed(value, unit_name, places)


def with_unit(text: str, unit_name: str) -> str:
    """A printed number followed by its unit; a percent sign is set close to it."""
    short = unit(unit_name).short
    if not short:
        return text
    return f"{text}{'' if short.startswith('%') else ' '}{short}"


def capital(text: str) -> str:
    """The text with a capital first letter; the others stay as they are."""
    return text[:1].upper() + text[1:]
