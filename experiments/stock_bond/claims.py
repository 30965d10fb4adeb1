"""Claims of the talk about stocks and bonds, with the numbers that judge them."""

from __future__ import annotations

from typing import Any

from ..claims import Claim, Expectation, Side, sampling_bound
from ..study import Findings
from ..tables import pick, rows
from .study import BACKED

FREQUENCIES = ("daily", "monthly", "quarterly")
BEFORE, AFTER, LATE = "1998-2019", "2020-present", "2022-present"
TENOR = "10y"
# The sign of comovement at ten years is one of the numbers that these were estimated
# to match (the quarterly beta), so that it is no evidence.
ESTIMATED = {"safe": ("sigma_p", "rho_p"), "risky": ("phi", "b_x")}
_SILENT = Side(note="says nothing")


def model(
    findings: Findings, name: str, regime: str, frequency: str, tenor: str = TENOR
) -> float:
    """A number of a regime at a frequency: below a quarter that of surprises."""
    kind = "quarterly" if frequency == "quarterly" else "surprises"
    where = {"regime": regime, "returns": kind, "tenor": tenor}
    return pick(findings["stock_bond"], name, **where)


def _own(
    findings: Findings, name: str, regime: str, frequency: str, expects: Expectation
) -> Side:
    """A model's number with its Monte Carlo error, if it is simulated."""
    value = model(findings, name, regime, frequency)
    by = ESTIMATED[regime]
    if frequency != "quarterly":
        note = "surprises at the resting point, no disasters"
        return Side(value, expects, note, set_by=by)
    error = model(findings, f"{name}_error", regime, frequency)
    note = "simulated without disasters"
    return Side(value, expects, note, sampling_bound(error), by)


def fact(
    findings: Findings, quantity: str, frequency: str, era: str, tenor: str = TENOR
) -> dict[str, Any]:
    """A shipped fact with its error and sample; empty where there is none."""
    where = {"quantity": quantity, "tenor": tenor, "frequency": frequency, "era": era}
    return next(iter(rows(findings["stock_bond_data"], **where)), {})


def _recorded(fact: dict[str, Any], expects: Expectation, more: str = "") -> Side:
    """A fact as the record's side."""
    note = f"{fact['sample_start'][:7]} to {fact['sample_end'][:7]}{more}"
    bound = sampling_bound(fact["standard_error"])
    return Side(fact["value"], expects, note, bound)


def _without(findings: Findings, regime: str, shock: str) -> str:
    found = findings["stock_bond_shocks"]
    name, left = (
        pick(found, column, regime=regime, shock=shock)
        for column in ("name", "correlation_without")
    )
    return f"without {name} shocks {left:+.2f}"


def falls(findings: Findings, regime: str, expects: Expectation) -> Side:
    """Ten-year bonds when stocks fell, in a model."""
    name, where = "bond_in_falls_sd", {"regime": regime, "tenor": TENOR}
    value = pick(findings["stock_bond_falls"], name, **where)
    error = pick(findings.extra["fall_errors"], name, **where)
    note = "quarters, simulated without disasters"
    return Side(value, expects, note, sampling_bound(error))


def claims(findings: Findings) -> list[Claim]:
    """Every claim of the talk about stocks and bonds."""
    return [
        *(c for f in FREQUENCIES for c in _flips(findings, f)),
        _beta(findings),
        _falls(findings),
        _disaster(findings),
    ]


def _flips(findings: Findings, frequency: str) -> list[Claim]:
    down, up = Expectation("negative", 0.05), Expectation("positive", 0.05)
    name = "correlation"
    before, after, late = (
        fact(findings, name, frequency, era) for era in (BEFORE, AFTER, LATE)
    )
    return [
        Claim(
            f"apart_{frequency}",
            f"Before 2020 stocks and ten-year Treasurys moved apart ({frequency}).",
            name,
            _own(findings, name, "safe", frequency, down),
            _SILENT,
            _recorded(before, down),
            _without(findings, "safe", "e_p"),
        ),
        Claim(
            f"together_{frequency}",
            f"After 2020 they move together ({frequency}).",
            name,
            _SILENT,
            _own(findings, name, "risky", frequency, up),
            _recorded(after, up, f"; from 2022 on {late['value']:+.2f}"),
            _without(findings, "risky", "e_p"),
        ),
    ]


def _beta(findings: Findings) -> Claim:
    down, up = Expectation("negative", 0.02), Expectation("positive", 0.02)
    before, late = (fact(findings, "beta", "quarterly", era) for era in (BEFORE, LATE))
    left = pick(findings["stock_bond_switches"], "beta", economy="risky", switch=BACKED)
    return Claim(
        "beta_quarterly",
        "Safe Treasurys are a hedge, risky ones have a positive stock beta (ten years, "
        "quarterly).",
        "ratio",
        _own(findings, "beta", "safe", "quarterly", down),
        _own(findings, "beta", "risky", "quarterly", up),
        _recorded(late, up, f"; {BEFORE} {before['value']:+.2f}"),
        f"{BACKED}: {left:+.2f} (surprises)",
    )


def _falls(findings: Findings) -> Claim:
    rise, fall = Expectation("positive", 0.1), Expectation("negative", 0.1)
    before, late = (
        fact(findings, "bond_in_falls_sd", "daily", era) for era in (BEFORE, LATE)
    )
    return Claim(
        "falls",
        "When stocks fall, safe ten-year Treasurys rise and risky ones fall.",
        "standard deviations",
        falls(findings, "safe", rise),
        falls(findings, "risky", fall),
        _recorded(late, fall, f", days; {BEFORE} {before['value']:+.2f}"),
        "correlation with risky debt " + _without(findings, "risky", "e_p"),
    )


def _disaster(findings: Findings) -> Claim:
    own = findings["stock_bond_disaster"][TENOR]
    safe, risky = (float(own.sel(regime=r)) for r in ("safe", "risky"))
    note = "unexpected return of the quarter of a disaster"
    return Claim(
        "disaster",
        "In a disaster ten-year Treasurys keep their value while debt is safe and lose "
        "it once it is risky.",
        "percent",
        Side(safe, Expectation("zero", 1.0), note),
        Side(risky, Expectation("negative", 1.0), note),
        Side(note="no disaster in the sample"),
    )
