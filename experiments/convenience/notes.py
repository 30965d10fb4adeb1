"""What the section on convenience says in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..report import labels
from ..slide_claims import SlideClaim
from .claims import Records, cost, shipped_mean, slope_at, slope_of, wedge_at


def notes(records: Records, judged: Sequence[SlideClaim]) -> list[str]:
    """Sentences of the section, the verdict first."""
    verdicts = {c.key: c.overall().split("; ") for c in judged}
    held = sum(v[0] == "delivered" for v in verdicts.values())
    failed = [k for k, v in verdicts.items() if v[0].startswith("not delivered")]
    agree = sum(v[1] == "data agree" for v in verdicts.values())
    known = sum(v[1] != "no data" for v in verdicts.values())
    names = ", ".join(labels.words(k).replace("aaa", "AAA") for k in failed)
    lost = cost(records, "safe, services of risky debt")
    wedge = {
        r: [wedge_at(records, r, f"{w}_treasury", "10y") for w in ("aaa", "foreign")]
        for r in ("safe", "risky")
    }
    later = shipped_mean(records, "foreign", "5y", "2010-2019")
    raw = {
        e: shipped_mean(records, "aaa", "10y", e) for e in ("2010-2019", "2022-2026")
    }
    lead = (
        f"The models deliver {held} of {len(judged)} claims on convenience"
        f"{f' and fail those on {names}' if failed else ''}; the record agrees with "
        f"{agree} of the {known} on which there are data. From safe to risky debt, AAA "
        "less Treasury at ten years goes from "
        f"{wedge['safe'][0]:.0f} to {wedge['risky'][0]:.0f} bp and foreign less "
        f"Treasury from {wedge['safe'][1]:+.0f} to {wedge['risky'][1]:+.0f} bp, while "
        "the bill keeps its premium. The loss costs the government "
        f"{lost['lost_flow']:.2f}% of GDP a year, {lost['lost_share']:.0f}% of the "
        "value of its debt."
    )
    return [lead, _record(later, raw), _channels(records), _cost(records), FILE]


def _record(later: float, raw: Mapping[str, float]) -> str:
    return (
        "The record agrees in direction, not in date. The five-year Treasury premium "
        f"turned after 2008: it was {later:+.0f} bp on average in 2010-2019, ten years "
        "before the talk's break, and its series ends in August 2020. AAA less "
        f"ten-year Treasury fell from {raw['2010-2019']:.0f} bp in 2010-2019 to "
        f"{raw['2022-2026']:.0f} bp in 2022-2026, but levels are not comparable with "
        "the model's: the record has default and call risk and bonds of twenty years "
        "and more, the model none of them."
    )


def _channels(records: Records) -> str:
    def both(source: str, name: str) -> float:
        return slope_of(records, source, "both", name)

    rate = slope_at(records, "safe", "opportunity cost")
    share = {
        c: 100 * slope_of(records, "safe", "variance", c)
        for c in ("supply", "opportunity cost", "stress")
    }
    return (
        "The opportunity-cost channel is too weak. In the record of commercial paper "
        f"less bills a point of the bill rate is worth {both('data', 'rate'):.1f} bp "
        f"and a log point of debt {both('data', 'log_debt'):.0f} bp when both stand "
        f"in the regression; in data simulated from the safe economy "
        f"{both('safe', 'rate'):.1f} and {both('safe', 'log_debt'):.0f} bp (the sign "
        "of the first is that of stress, which lowers rates and raises the price of "
        "safety). The "
        f"calibration's {rate:.2f} bp per point comes from `liquidity_rate` = 10, "
        "which was chosen; the record asks for about "
        f"{10 * both('data', 'rate') / rate:.0f} at the same price of liquidity. Of "
        "the variance of the bill's convenience in the safe economy, supply alone "
        f"makes {share['supply']:.0f}%, the rate alone "
        f"{share['opportunity cost']:.0f}% and stress alone {share['stress']:.0f}%."
    )


def _cost(records: Records) -> str:
    held = cost(records, "safe, services of risky debt")
    again = cost(records, "the same, solved again")
    return (
        "What a loss costs is read from the safe economy's own policies with the "
        "safety services of risky debt (long Treasurys .6 of a unit in place of 1, "
        "chosen): rates, inflation and debt stay as they are, the flow of services and "
        f"its present value fall, by {held['lost_flow']:.3f}% of GDP a year and "
        f"{held['lost_share']:.1f}% of the value of debt. The value is the ledger's "
        "claim to convenience. Solved again with these services the economy loses "
        f"{again['lost_flow']:.3f}% of GDP a year and its taxes rise by "
        f"{again['tax_rise']:.3f}% of GDP. The present value is large because the "
        "growth-adjusted discount rate is small. Where regimes switch, each regime's "
        "value knows that it may end. Bills are bonds in their last quarter: one year "
        "of maturity is three quarters of a long bond."
    )


FILE = (
    "Spreads net of default insurance and the Treasury premium after August 2020 are "
    "not among the data. `--set file=FILE.csv` takes your own: a column DATE "
    "(YYYY-MM-DD) and columns such as `aaa_cds_10y`, `aaa_10y`, `foreign_5y` or "
    "`paper_3m` in basis points, positive where Treasurys are dear; an error names row "
    "and column. Its means join the table of eras and judge the claims that have no "
    "shipped number."
)
