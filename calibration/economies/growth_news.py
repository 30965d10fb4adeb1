"""What news of permanently faster growth is worth to bondholders, and does to yields.

The economy is solved again at a higher mean growth, with every rule as it was, and put
where the old one rests: what is owed to bondholders and to the account of promises is
the same. Nobody expected the news. Spending and taxes are shares of output here, so all
of the government's flows follow it; what spending that does not follow is worth is said
apart, from prices of output by horizon.
"""

from __future__ import annotations

import numpy as np

from .core import CoreEconomy
from .protocol import ANNUAL_BP
from .strips import output_strips

QUARTERS_A_YEAR = 4
HORIZON = 120  # quarters in which spending may not follow, as in CBO's projections
_RATES = {
    "policy_rate": "policy_rate",
    "real_rate": "real_rate",
    "yield_10y": "yield_40",
    "yield_30y": "yield_120",
    "real_10y": "real_40",
    "expected_inflation_10y": "expected_inflation_40",
    "term_premium_10y": "term_premium_40",
}
_SEEN = ("debt_value", "inflation", "output_value", "promise_value", "unfunded_value")
MATURITIES = tuple(range(2, 122, 2))  # quarters


def carried(old: CoreEconomy, new: CoreEconomy) -> tuple[np.ndarray, np.ndarray]:
    """States (1, d) at which the old economy rests, and the same in the new one.

    The account of promises and the face value of debt are carried over; the states that
    stand for them are logs over values, which the news changes.
    """
    rest, own = old.rest()[None], old.position
    account, face = old.solution.observe(["backing_account", "face_value"], rest, own)[
        0
    ]
    f, n = (old.solution.states.index(s) for s in ("backing", "debt_gap"))
    output, unfunded, promise = new.solution.observe(
        ["output_value", "unfunded_value", "promise_value"], rest, own
    )[0]
    taxes = new.parameters["tax_reference"] * output
    there = rest.copy()
    there[0, f] = np.log(taxes + promise * account - unfunded)
    there[0, n] = np.log(face) - there[0, f]
    return rest, there


def growth_news(old: CoreEconomy, new: CoreEconomy) -> dict[str, float]:
    """Changes on the news, the two economies differing in mean growth alone.

    Returns
    -------
    Rates in basis points a year; ``debt_value``, the real value of debt with its
    payments, and its parts in percent of it: ``price_level``, what the fall of prices
    adds at once, and ``market``, the move of bond prices; ``taxes``, ``promises`` and
    ``spending``, values of what backs it, and ``rest``, convenience and what the rule
    of taxes answers. ``output_value`` in percent. ``pass_through`` of growth to the
    real rate. ``ledger_gap`` is what the ledger's values of taxes, spending and
    convenience say of the same change, less the change, percent of debt: the error of
    the grids. ``spending_behind``: percent of debt that spending is worth less that
    stays on its old path for ``HORIZON`` quarters.
    """
    before, after = carried(old, new)
    names = (*_SEEN, *_RATES.values())
    was, now = (
        {k: float(v[0]) for k, v in economy.observed(names, at).items()}
        for economy, at in ((old, before), (new, after))
    )
    account = old.solution.observe(["backing_account"], before, old.position)[0, 0]
    found = {k: ANNUAL_BP * (now[n] - was[n]) for k, n in _RATES.items()}
    whole = 100 * float(np.log(now["debt_value"] / was["debt_value"]))
    prices = 100 * (was["inflation"] - now["inflation"])
    per_debt = 100 / was["debt_value"]
    taxes = new.parameters["tax_mean"] * (now["output_value"] - was["output_value"])
    parts = {
        "taxes": per_debt * taxes,
        "promises": per_debt * account * (now["promise_value"] - was["promise_value"]),
        "spending": -per_debt * (now["unfunded_value"] - was["unfunded_value"]),
    }
    change = per_debt * (now["debt_value"] - was["debt_value"])
    faster = new.parameters["mu"] - old.parameters["mu"]
    ahead = np.arange(1, HORIZON + 1)
    strips = output_strips(new, after, ahead.tolist())[0]
    share = new.solution.observe(["spending_ratio"], after, new.position)[0, 0]
    behind = share * float(strips @ (1 - np.exp(-faster * ahead)))
    return {
        **found,
        "debt_value": whole,
        "price_level": prices,
        "market": whole - prices,
        **parts,
        "rest": change - sum(parts.values()),
        "output_value": 100 * float(np.log(now["output_value"] / was["output_value"])),
        "ledger_gap": per_debt * _ledger_change(old, new) - change,
        "pass_through": found["real_rate"] / (ANNUAL_BP * faster),
        "spending_behind": per_debt * behind,
    }


def _ledger_change(old: CoreEconomy, new: CoreEconomy) -> float:
    """Change of the value of debt, from resolvents instead of the budget."""
    totals = []
    for economy, at in zip((old, new), carried(old, new), strict=True):
        value = economy.ledger(at, economy.position)
        total = value["tax"] - value["spending"] + value["convenience"]
        totals.append(float(total[0]))
    return totals[1] - totals[0]


def yield_changes(old: CoreEconomy, new: CoreEconomy) -> np.ndarray:
    """Changes (m,) of nominal yields at ``MATURITIES``, basis points a year."""
    names = [f"yield_{m}" for m in MATURITIES]
    was, now = (
        np.array([v[0] for v in economy.observed(names, at).values()])
        for economy, at in zip((old, new), carried(old, new), strict=True)
    )
    return ANNUAL_BP * (now - was)
