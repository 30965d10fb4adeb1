"""Responses of a sticky-price economy to spending news, net and gross of demand.

News of spending moves demand, whoever pays for it. Net of demand are news as the
economy pays for it less the same news fully funded. In a safe economy nobody has to
promise anything, so there all of the news is without a promise: the harder reading.
"""

from __future__ import annotations

from .responses import ANNUAL_BP
from .sticky import StickyEconomy

NEWS = ("persistent", "one_time")
GROSS = ("funded", "unfunded", "as_financed")
# Parts of a response, as rows of the solution.
RATES = (
    *(
        f"{part}_{n}"
        for part in ("yield", "convenience", "term_premium", "expected_inflation")
        for n in (20, 40)
    ),
    "yield_1",
    "expected_real_rate_1",
)


def unfunded_share(economy: StickyEconomy) -> float:
    """Share of news that no promise of taxes backs; all of it where debt is safe."""
    theta = economy.parameters["theta"]
    return 1.0 if theta >= 1 else 1 - theta


def news(economy: StickyEconomy, kind: str, unfunded: float) -> dict[str, float]:
    """Moves of states that are 1% of GDP of ``persistent`` or ``one_time`` news."""
    make = economy.persistent if kind == "persistent" else economy.one_time
    return make(unfunded)


def parts(economy: StickyEconomy, push: dict[str, float]) -> dict[str, float]:
    """Responses of yields and their parts on impact, basis points a year."""
    found = economy.response(push, RATES)
    change = {k: ANNUAL_BP * float(v[0]) for k, v in found.items()}
    bare = {n: change[f"yield_{n}"] + change[f"convenience_{n}"] for n in (20, 40)}

    def forward(name: str) -> float:
        return 2 * change[f"{name}_40"] - change[f"{name}_20"]

    return {
        "yield_10y_ex_convenience": bare[40],
        "yield_10y": change["yield_40"],
        "yield_3m": change["yield_1"],
        "forward_5y5y": forward("yield"),
        "term_premium_10y": change["term_premium_40"],
        "expected_inflation_5y5y": forward("expected_inflation"),
        "convenience_10y": change["convenience_40"],
        "real_rate_3m": change["expected_real_rate_1"],
    }


def news_quantities(economy: StickyEconomy, kind: str) -> dict[str, float]:
    """Net and gross responses to one kind of news; convenience is gross."""
    mixed = news(economy, kind, unfunded_share(economy))
    cases = {
        "funded": parts(economy, news(economy, kind, 0.0)),
        "unfunded": parts(economy, news(economy, kind, 1.0)),
        "as_financed": parts(economy, mixed),
    }
    here, paid = cases["as_financed"], cases["funded"]
    found = {f"{kind}_{k}": here[k] - paid[k] for k in here}
    found[f"{kind}_convenience_10y"] = here["convenience_10y"]
    return found | {
        f"{kind}_{case}_{k}": v
        for case, every in cases.items()
        for k, v in every.items()
    }
