"""Claims of the talk about convenience, with the numbers that judge them."""

from __future__ import annotations

from ...calibration.record.convenience import published_saving
from ..claims import Claim, Expectation, Side, sampling_bound
from ..study import Findings
from ..tables import pick, rows
from .study import BP, GDP, LOST, NOTHING

_NO_DATA = (
    "no shipped series is net of default risk or reaches beyond August 2020; bring one "
    "with --set file=..."
)
_REST = "at the regime's resting point"
_CHANGE = "risky less safe, at the resting points"
# Chosen: what risky debt loses. Matched to Treasury premia of 1998-2019: the level over
# foreign bonds while debt is safe. Chosen: AAA bonds' services, and what moves prices.
_LOSS = ("safety_long",)
_FOREIGN = ("safety_foreign", "liquidity_long")
_AAA = ("safety_aaa", "liquidity_aaa")
_SUPPLY = ("safety_supply", "liquidity_supply")
_RATE = ("liquidity_rate",)
# Eras after 2020 in which a user's file may have a mean, the best first.
_LATE = ("2022-2026", "2020-2026", "whole file")
BEFORE, LATER, RECENT = "1998-2007H1", "2010-2019", "2022-2026"


def wedge_at(findings: Findings, regime: str, wedge: str, tenor: str) -> float:
    """Wedge of a regime at a tenor, basis points."""
    return float(
        findings["convenience_wedges"]["value"].sel(
            regime=regime, wedge=wedge, tenor=tenor
        )
    )


def kept_at(findings: Findings, wedge: str, tenor: str) -> float:
    """Wedge of the risky regime at a tenor if long Treasurys kept their safety."""
    return float(
        findings["convenience_without_loss"]["value"].sel(
            regime="risky", wedge=wedge, tenor=tenor
        )
    )


def shipped_mean(
    findings: Findings, wedge: str, tenor: str, era: str
) -> tuple[float, float]:
    """Shipped mean of a spread in an era and its standard error, basis points."""
    where = {"origin": "shipped", "wedge": wedge, "tenor": tenor, "era": era}
    value, error = (
        pick(findings["convenience_eras"], name, **where)
        for name in ("value", "standard_error")
    )
    return value, error


def _own(findings: Findings, wedge: str, tenor: str, expects: Expectation) -> Side:
    """The user's number after 2020, where the file has it."""
    for era in _LATE:
        where = {"origin": "file", "wedge": wedge, "tenor": tenor, "era": era}
        for row in rows(findings["convenience_eras"], **where):
            note = f"{row['sample_start']} to {row['sample_end']}, {row['source']}"
            bound = sampling_bound(row["standard_error"])
            return Side(row["value"], expects, note, bound)
    return Side(note=_NO_DATA)


def slope_at(
    findings: Findings, regime: str, channel: str, which: str = "value"
) -> float:
    """Slope of the bill's convenience on a channel's mover, or what is left of it."""
    return float(
        findings["convenience_channels"][which].sel(
            regime=regime, channel=channel, asset="bill"
        )
    )


def slope_of(
    findings: Findings, source: str, regression: str, name: str, what: str = "value"
) -> float:
    """A slope, or a share, of the tables of regressions."""
    table = "recorded_slopes" if source == "data" else "simulated_slopes"
    where = {"source": source, "regression": regression, "regressor": name}
    return pick(findings[table], what, **where)


def cost(findings: Findings, what: str, case: str) -> float:
    """What convenience is worth in a case, or what is lost of it."""
    return float(findings["convenience_cost"][what].sel(case=case))


def claims(findings: Findings) -> list[Claim]:
    """Every claim of the talk about convenience."""
    return [
        *_aaa(findings),
        *_foreign(findings),
        *_channel_claims(findings),
        *_costs(findings),
    ]


def _aaa(findings: Findings) -> list[Claim]:
    wedge, tenor = "aaa_treasury", "10y"
    own = {r: wedge_at(findings, r, wedge, tenor) for r in ("safe", "risky")}
    near_zero = Expectation("zero", 5.0)
    down = Expectation("negative", 2.0)
    kept = kept_at(findings, wedge, tenor)
    keep = "safety_long = 1 in the risky economy leaves {:+.1f} bp"
    (late, late_error), (early, early_error) = (
        shipped_mean(findings, "aaa", tenor, era) for era in (RECENT, LATER)
    )
    return [
        Claim(
            "aaa_level",
            "AAA bonds yield more than ten-year Treasurys while debt is safe; net of "
            "default risk the difference is gone once it is risky.",
            BP,
            Side(own["safe"], Expectation("positive", 5.0), _REST, set_by=_AAA),
            Side(own["risky"], near_zero, _REST, set_by=_LOSS),
            _own(findings, "aaa_cds", tenor, near_zero),
            keep.format(kept),
        ),
        Claim(
            "aaa_change",
            "The loss of safety narrows AAA less ten-year Treasury.",
            BP,
            Side(note="the level of comparison"),
            Side(own["risky"] - own["safe"], down, _CHANGE, set_by=_LOSS),
            Side(
                late - early,
                down,
                f"{RECENT} less {LATER}, not net of default risk",
                sampling_bound(late_error, early_error),
            ),
            keep.format(kept - own["safe"]) + " of the change",
        ),
    ]


def _foreign(findings: Findings) -> list[Claim]:
    wedge, tenor = "foreign_treasury", "5y"
    own = {r: wedge_at(findings, r, wedge, tenor) for r in ("safe", "risky")}
    short = {r: wedge_at(findings, r, wedge, "3m") for r in ("safe", "risky")}
    up, down = Expectation("positive", 2.0), Expectation("negative", 2.0)
    before, before_error = shipped_mean(findings, "foreign", tenor, BEFORE)
    later, later_error = shipped_mean(findings, "foreign", tenor, LATER)
    safe = Side(own["safe"], up, _REST, set_by=_FOREIGN)
    silent = Side(note="says nothing")
    kept, kept_short = (kept_at(findings, wedge, t) for t in (tenor, "3m"))
    apart = short["safe"] - own["safe"]
    return [
        Claim(
            "foreign_before",
            "Before 2008 five-year Treasurys were dearer than hedged foreign ones.",
            BP,
            safe,
            silent,
            Side(
                before,
                up,
                "July 1998 to June 2007; 1998-2019 is calibrated to",
                sampling_bound(before_error),
            ),
        ),
        Claim(
            "foreign_until_2020",
            "Five-year Treasurys stayed dearer than hedged foreign ones until 2020.",
            BP,
            safe,
            silent,
            Side(later, up, LATER, sampling_bound(later_error)),
        ),
        Claim(
            "foreign_after",
            "With risky debt five-year Treasurys are the cheaper ones.",
            BP,
            silent,
            Side(own["risky"], down, _REST, set_by=_LOSS),
            _own(findings, "foreign", tenor, down),
            f"safety_long = 1 in the risky economy leaves {kept:+.1f} bp",
        ),
        Claim(
            "tilt_to_bills",
            "Long maturities lose, bills do not: the premium at three months less that "
            "at five years rises.",
            BP,
            Side(note="the level of comparison"),
            Side(short["risky"] - own["risky"] - apart, up, _CHANGE, set_by=_LOSS),
            _recorded_tilt(findings, up),
            f"safety_long = 1 leaves {kept_short - kept - apart:+.1f} bp",
        ),
    ]


def _recorded_tilt(findings: Findings, expects: Expectation) -> Side:
    """Change of the premium at three months less that at five years, before 2020."""
    means = {
        (tenor, era): shipped_mean(findings, "foreign", tenor, era)
        for era in (LATER, BEFORE)
        for tenor in ("3m", "5y")
    }
    later, before = (
        means["3m", era][0] - means["5y", era][0] for era in (LATER, BEFORE)
    )
    # Premia of one era move together, so that the bound is on the safe side.
    bound = sampling_bound(*(error for _, error in means.values()))
    note = f"{LATER} less {BEFORE}: before 2020"
    return Side(later - before, expects, note, bound)


def _channel_claims(findings: Findings) -> list[Claim]:
    fall, rise = Expectation("negative", 0.05), Expectation("positive", 1.0)
    sample = slope_of(findings, "data", "both", "rate", "sample")
    note = f"paper less bill, both regressors, {sample}"
    held = f"{_REST}, the other movers held"

    def own(
        regime: str, channel: str, expects: Expectation, by: tuple[str, ...]
    ) -> Side:
        return Side(slope_at(findings, regime, channel), expects, held, set_by=by)

    def recorded(name: str, expects: Expectation, scale: float) -> Side:
        value, error = (
            scale * slope_of(findings, "data", "both", name, what)
            for what in ("value", "standard_error")
        )
        return Side(value, expects, note, sampling_bound(error))

    return [
        Claim(
            "supply_channel",
            "Convenience of bills falls with the supply of debt, the short rate held.",
            "basis points per 1pp of debt/GDP",
            own("safe", "supply", fall, _SUPPLY),
            own("risky", "supply", fall, _SUPPLY),
            # A log point of debt is a percentage point at debt of one output.
            recorded("log_debt", fall, 0.01),
            "supply elasticities = 0 leave "
            f"{slope_at(findings, 'safe', 'supply', 'switched_off'):.2f}",
        ),
        Claim(
            "opportunity_cost_channel",
            "Convenience of bills rises with the short rate, supply held, by more than "
            "a basis point per point.",
            "basis points per percentage point",
            own("safe", "opportunity cost", rise, _RATE),
            own("risky", "opportunity cost", rise, _RATE),
            recorded("rate", rise, 1.0),
            "liquidity_rate = 0 leaves "
            f"{slope_at(findings, 'safe', 'opportunity cost', 'switched_off'):.2f}",
        ),
    ]


def _costs(findings: Findings) -> list[Claim]:
    up = Expectation("positive", 0.05)
    saving, source = published_saving()
    share = cost(findings, "lost_share", LOST)
    safe, risky = (
        Side(cost(findings, "flow", regime), up, _REST) for regime in ("safe", "risky")
    )
    return [
        Claim(
            "seigniorage",
            "Convenience saves the government a quarter of a percent of GDP a year.",
            GDP,
            safe,
            risky,
            Side(saving, up, source),
            "safety_price = liquidity_price = 0 leaves "
            f"{cost(findings, 'flow', NOTHING):.2f}",
        ),
        Claim(
            "cost_of_the_loss",
            "The loss of safety costs the government every year.",
            GDP,
            Side(note="the level of comparison"),
            Side(
                cost(findings, "lost_flow", LOST),
                up,
                f"a year, policies held; {share:.1f}% of the value of debt in all",
                set_by=_LOSS,
            ),
            Side(note="not measured: needs services net of default risk"),
            "safety_long = 1: nothing",
        ),
    ]
