"""Elasticities of long rates to deficits and to debt, beside the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...calibration.economies.funding import FUNDING, funded_economy
from ...calibration.economies.outlook import Outlook
from ...calibration.economies.protocol import ANNUAL_BP, Economy
from ...calibration.economies.responses import (
    PER_POINT_OF_DEBT,
    convenience_per_debt,
    news_responses,
    slopes_on_debt,
)
from ...calibration.parameters.numbers import read_numbers, values_of
from ..projection import FILE, PATHS, shared_outlook
from ..study import Findings, Setting
from ..tables import table

OPTIONS = (FILE, PATHS)
BP = "basis points"


@dataclass(frozen=True)
class Evidence:
    """Numbers that sentences and the figure compare with, from ``elasticities.toml``.

    Attributes
    ----------
    yield_10y : of a persistent deficit of 1% of GDP, basis points.
    forward : range per point of debt over GDP, basis points.
    premium_share : range of the term premium's share of a response.
    ranges : quantity of ``ROWS`` -> range, both ends equal where one number is known.
    """

    yield_10y: float
    forward: tuple[float, float]
    premium_share: tuple[float, float]
    ranges: Mapping[str, tuple[float, float]]


def load_evidence() -> Evidence:
    """The shipped evidence.

    Raises
    ------
    NumbersError
        Naming the entry of the file.
    """
    tables = read_numbers("elasticities.toml")
    most, share = (0.0, 100.0), (0.0, 1.0)
    ranges = {
        "deficit": {"yield_10y": most, "one_time_10y": most},
        "debt": {"forward_low": most, "forward_high": most},
        "term_premium": {"share_low": share, "share_high": share},
        "convenience": {"low": (-100.0, 0.0), "high": (-100.0, 0.0)},
    }
    found = {
        name: values_of(tables[name], f"elasticities.toml: {name}", own)
        for name, own in ranges.items()
    }
    debt, premium = found["debt"], found["term_premium"]
    deficit, convenience = found["deficit"], found["convenience"]
    forward = (debt["forward_low"], debt["forward_high"])
    return Evidence(
        deficit["yield_10y"],
        forward,
        (premium["share_low"], premium["share_high"]),
        {
            "persistent_yield_10y_ex_convenience": (
                deficit["yield_10y"],
                deficit["yield_10y"],
            ),
            "one_time_yield_10y_ex_convenience": (
                deficit["one_time_10y"],
                deficit["one_time_10y"],
            ),
            "debt_slope_forward_5y5y_ex_convenience": forward,
            "outlook_yield_10y_ex_convenience": forward,
            "one_time_spot_convenience": (convenience["low"], convenience["high"]),
        },
    )


@dataclass(frozen=True)
class Row:
    """A quantity, its label, unit and evidence; ``premium`` names its term premium."""

    label: str
    unit: str
    evidence: str
    source: str
    premium: str | None = None


ROWS = {
    "persistent_yield_10y_ex_convenience": Row(
        "10-year yield, news of a persistent deficit of 1% of GDP",
        BP,
        "6.75; three times that for emergency bills",
        "Gomez-Cram, Kung and Lustig (2025)",
        "persistent_term_premium_10y",
    ),
    "one_time_yield_10y_ex_convenience": Row(
        "10-year yield, one deficit of 1% of GDP",
        BP,
        "0.75",
        "Gomez-Cram, Kung and Lustig (2025)",
        "one_time_term_premium_10y",
    ),
    "debt_slope_forward_5y5y_ex_convenience": Row(
        "5y5y forward on debt in simulated data, per pp of debt/GDP",
        PER_POINT_OF_DEBT,
        "3, half to three quarters of it term premium; 2.0 in CBO's rule",
        "Plante, Richter and Zubairy (2026); Neveu and Schafer (2024)",
        "debt_slope_forward_premium_5y5y",
    ),
    "outlook_yield_10y_ex_convenience": Row(
        "10-year yield per pp of debt/GDP that the outlook adds by its end",
        PER_POINT_OF_DEBT,
        "2 to 4, half to three quarters of it term premium",
        "the same; Federal Reserve (2026)",
        "outlook_term_premium_10y",
    ),
    "one_time_spot_convenience": Row(
        "convenience of long Treasurys per pp of debt/GDP",
        PER_POINT_OF_DEBT,
        "-0.5 to -1",
        "Krishnamurthy and Vissing-Jorgensen (2012)",
    ),
}


def elasticities(member: Economy) -> dict[str, float]:
    """Numbers of ``ROWS`` and of their premia for one regime, but for the outlook's."""
    slopes = slopes_on_debt(member)
    return {
        **news_responses(member, "persistent"),
        **news_responses(member, "one_time"),
        "one_time_spot_convenience": convenience_per_debt(
            member, member.news("one_time")
        ),
        **{name: slope.value for name, slope in slopes.items()},
    }


def outlook_elasticities(outlook: Outlook) -> dict[str, float]:
    """What transfers add to yields in the last year, per point of debt they add."""
    own, last = outlook.without, {n: v[-1, 0] for n, v in outlook.paths.items()}
    rise = {n: last[n] - own[n][-1] for n in last}
    bare = rise["yield_10y"] + rise["convenience_10y"]
    factor = ANNUAL_BP / 400 / rise["debt"]
    return {
        "outlook_yield_10y_ex_convenience": float(factor * bare),
        "outlook_term_premium_10y": float(factor * rise["term_premium_10y"]),
    }


def records_of(found: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """One record per quantity and economy, with the share of the term premium.

    A share of a response that is smaller than a tenth of a basis point is not printed.
    """
    records = []
    for name, row in ROWS.items():
        for key, values in found.items():
            if name not in values:
                continue
            value = values[name]
            share = None
            if row.premium is not None and abs(value) >= 0.1:
                share = values[row.premium] / value
            records.append(
                {
                    "quantity": name,
                    "label": row.label,
                    "economy": key,
                    "value": value,
                    "term_premium_share": share,
                    "unit": row.unit,
                    "evidence": row.evidence,
                    "source": row.source,
                }
            )
    return records


def measure(setting: Setting) -> Findings:
    """Responses in every economy, on the coarse grid, beside what is measured.

    Raises
    ------
    FiscaxError
        The projection or the number of paths is wrong.
    OverrideError, CalibrationError, SolutionError
        From the economies.
    """
    found: dict[str, dict[str, float]] = {}
    for key, funding in FUNDING.items():
        economy = funded_economy(setting.store, key)
        setting.progress.say(f"responses: {funding.label}")
        names = economy.regimes
        labels = [key] if len(names) == 1 else [f"{key}: {name}" for name in names]
        for label, member in zip(labels, economy.members, strict=True):
            found[label] = elasticities(member)
        found[labels[0]] |= outlook_elasticities(shared_outlook(setting, key))
    records = records_of(found)
    return Findings(
        {"elasticities": table(records, ("quantity", "economy"))},
        quantities={
            f"{r['economy']}_{r['quantity']}": (r["value"], r["unit"]) for r in records
        },
        extra={"evidence": load_evidence()},
    )
