"""Claims of the talk about fiscal news, with the numbers that judge them."""

from __future__ import annotations

import numpy as np

from ...calibration.record.bills import recorded
from ...calibration.record.dated_moves import TENORS
from ...models.markets.learning import FiscalLearning
from ..claims import Claim, Expectation, Side
from ..study import Findings
from ..tables import pick
from .days import durations
from .responses import UnitNews
from .study import (
    AUCTION,
    DATA,
    DECLARED,
    EQUITY,
    RETURN,
    VOTE,
    WINDOW,
    YIELD,
    moved,
)

_GKL = "Gomez-Cram, Kung and Lustig (2025): scores, error not published"
_ORDINARY = "tolerance: one s.d. of an ordinary spell as long"
_BACKED = "every bill repaid by later taxes (theta 1, no breach)"
_TEN = TENORS.index(10)


def positive(tolerance: float) -> Expectation:
    """Above the tolerance."""
    return Expectation("positive", tolerance)


def negative(tolerance: float) -> Expectation:
    """Below minus the tolerance."""
    return Expectation("negative", tolerance)


def zero(tolerance: float) -> Expectation:
    """Within the tolerance."""
    return Expectation("zero", tolerance)


def claims(findings: Findings) -> list[Claim]:
    """Every claim of the study, in the order of the talk."""
    return [
        _elasticity(findings, "persistent", 1.0, 1.0, set_by=("theta",)),
        _elasticity(findings, "one_time", 0.3, 0.05),
        _emergency(findings),
        _bearers(findings),
        _pandemic(findings),
        _bonds(findings),
        _auction_bonds(findings),
        _auction_stocks(findings),
        _vote(findings),
    ]


def _backing(findings: Findings, key: str = "risky") -> str:
    unit: UnitNews = findings.extra["responses"][key]
    return f"theta {unit.backing:.2f}"


def _unbacked(findings: Findings) -> str:
    unit: UnitNews = findings.extra["responses"]["unbacked"]
    return f"{100 * (1 - unit.backing):.0f}% unbacked"


def _elasticity(
    findings: Findings,
    kind: str,
    limit: float,
    least: float,
    set_by: tuple[str, ...] = (),
) -> Claim:
    words = {"persistent": "a persistent deficit", "one_time": "a one-time deficit"}
    table = findings["fiscal_news_elasticities"]

    def certain(key: str) -> float:
        return pick(table, "certain_law", economy=key, news=kind)

    return Claim(
        f"{kind}_elasticity",
        f"News of {words[kind]} of 1% of GDP raises the ten-year yield where debt is "
        "risky, and not where it is safe",
        "basis points",
        Side(
            certain("safe"),
            zero(limit),
            "a law for certain, without convenience",
            by_construction=True,
        ),
        Side(
            certain("risky"),
            positive(least),
            f"a law for certain, {_backing(findings)}; {certain('unbacked'):.1f} with "
            f"{_unbacked(findings)}",
            set_by=set_by,
        ),
        Side(
            pick(table, "record", economy="risky", news=kind),
            positive(least),
            _GKL,
        ),
        f"{_BACKED}: {certain('backed'):+.2f} bp left, by the risky regime's own rules",
    )


def _emergency(findings: Findings) -> Claim:
    table = findings["fiscal_news_multiples"]
    given: FiscalLearning = findings.extra["learning"]

    def excess(column: str, case: str = DECLARED) -> float:
        return pick(table, column, case=case) - 1

    return Claim(
        "emergency_multiple",
        "A bill called an emergency moves yields by more than another of its size "
        "(excess of the ratio over one)",
        "ratio",
        Side(note="no response to multiply"),
        Side(
            excess("multiple"),
            positive(0.1),
            f"scores; investors at theta {float(given.backing):.2f}",
            set_by=("passage", "emergency_passage"),
        ),
        Side(excess("record"), positive(0.1), _GKL),
        "emergency bills as likely to pass and as backed as others: "
        f"{excess('multiple', 'neither'):+.2f} left",
    )


def _bearers(findings: Findings) -> Claim:
    borne = {k: u.borne for k, u in findings.extra["responses"].items()}
    return Claim(
        "bondholders_bear_most",
        "Bondholders bear more than half of deficit news where debt is risky",
        "share of PV(G) news",
        Side(borne["safe"], zero(0.02), "a law for certain, flexible prices"),
        Side(
            borne["risky"],
            Expectation("high"),
            f"a law for certain, {_backing(findings)}, which yields ask for; "
            f"{100 * borne['unbacked']:.0f}% at "
            f"{findings.extra['responses']['unbacked'].backing:.2f}",
        ),
        Side(recorded("unbacked_share"), Expectation("high"), _GKL),
        f"{_BACKED}: {100 * borne['backed']:.1f}% left",
    )


def _pandemic(findings: Findings) -> Claim:
    table = findings["fiscal_news_pandemic"]

    def share(source: str) -> float:
        return pick(table, "share_bondholders", source=source)

    error = pick(table, "standard_error", source=DATA)
    return Claim(
        "bondholders_paid_for_the_pandemic",
        "Bondholders paid for more than half of the emergency laws of 2020-21",
        "share of the laws",
        Side(
            share("safe"),
            zero(0.02),
            "all of it repaid by later taxes",
            by_construction=True,
        ),
        Side(
            share("risky"),
            Expectation("high"),
            "a law for certain that nobody promises to repay",
            by_construction=True,
        ),
        Side(
            share(DATA),
            Expectation("high"),
            "real loss of 2021-23 beyond what real yields promised; error: what three "
            "years of other shocks bring",
            bound=2 * error,
        ),
        f"every bill backed: {100 * share('backed'):.1f}% left",
    )


def _ordinary(findings: Findings, name: str, window: tuple[str, str]) -> float:
    """One standard deviation of an ordinary spell as long as the window."""
    dates = list(findings["fiscal_news"]["date"].to_numpy())
    first, last = (findings.extra["errors"][name][dates.index(d)] for d in window)
    gap = last**2 - first**2
    return float(np.sqrt(gap[_TEN] if name == "yield" else gap))


def _bonds(findings: Findings) -> Claim:
    # Percent of value per basis point of the ten-year yield.
    percent = float(durations()[_TEN]) / 100
    return Claim(
        "bill_bonds_fall",
        "The ten-year Treasury lost value between the vote that failed and the one "
        "that passed (16 to 22 May 2025)",
        "percent",
        Side(moved(findings, "safe", RETURN), zero(0.1), "chances chosen"),
        Side(
            moved(findings, "risky", RETURN),
            negative(0.05),
            f"chances chosen; {moved(findings, 'unbacked', RETURN):+.2f} with "
            f"{_unbacked(findings)}",
        ),
        Side(
            moved(findings, DATA, RETURN),
            negative(_ordinary(findings, "yield", WINDOW) * percent),
            _ORDINARY,
        ),
        f"every bill backed: {moved(findings, 'backed', RETURN):+.2f}%",
    )


def _auction_bonds(findings: Findings) -> Claim:
    return Claim(
        "bill_auction_day_bonds",
        "Yields rose on the day of the weak auction before the vote (21 May 2025)",
        "basis points",
        Side(moved(findings, "safe", YIELD, AUCTION), zero(0.5), "chances chosen"),
        Side(moved(findings, "risky", YIELD, AUCTION), positive(0.5), "chances chosen"),
        Side(
            moved(findings, DATA, YIELD, AUCTION),
            positive(_ordinary(findings, "yield", AUCTION)),
            _ORDINARY,
        ),
        f"every bill backed: {moved(findings, 'backed', YIELD, AUCTION):+.2f} bp",
    )


def _auction_stocks(findings: Findings) -> Claim:
    sticky = moved(findings, "sticky_risky", EQUITY, AUCTION)
    return Claim(
        "bill_auction_day_equity",
        "Equities fell with bonds on that day",
        "percent",
        Side(
            moved(findings, "safe", EQUITY, AUCTION),
            zero(0.1),
            "real value",
            by_construction=True,
        ),
        Side(
            moved(findings, "risky", EQUITY, AUCTION),
            negative(0.1),
            f"real value; sticky prices: {sticky:+.3f}",
        ),
        Side(
            moved(findings, DATA, EQUITY, AUCTION),
            negative(_ordinary(findings, "equity", AUCTION)),
            _ORDINARY,
        ),
        "nothing to remove: transfers move no dividend and no real rate",
    )


def _vote(findings: Findings) -> Claim:
    rise = moved(findings, DATA, "chance", VOTE)
    return Claim(
        "bill_vote_day",
        "Yields rose on the day of the House vote (22 May 2025)",
        "basis points",
        Side(moved(findings, "safe", YIELD, VOTE), zero(0.5), "chances chosen"),
        Side(
            moved(findings, "risky", YIELD, VOTE),
            positive(0.1),
            f"the chance rises by {rise:.2f} (chosen)",
        ),
        Side(
            moved(findings, DATA, YIELD, VOTE),
            positive(_ordinary(findings, "yield", VOTE)),
            _ORDINARY,
        ),
        f"every bill backed: {moved(findings, 'backed', YIELD, VOTE):+.2f} bp",
    )
