"""Perturbation beside the global solution, order by order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..report import labels
from ..report.cells import Named, Number, cell_frame
from ..report.page import Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import records
from . import STUDY

# As close to the global solution as a number has to be to be called the same.
CLOSE = 0.1
_ORDER_ROWS = {
    "rest_yield_10y": "10-year yield at rest",
    "rest_term_premium_10y": "10-year term premium at rest",
    "rest_debt": "Debt at rest",
    "persistent_yield_10y": "10-year yield, spending news",
    "persistent_term_premium_10y": "10-year term premium, spending news",
    "share_bondholders": "News borne by bondholders",
    "stress_1sd_yield_10y": "10-year yield, stress",
    "stress_1sd_term_premium_10y": "10-year term premium, stress",
}
# Of these the text says how much the orders have.
MISSED = ("rest_term_premium_10y", "persistent_yield_10y", "stress_1sd_yield_10y")


def result(findings: Findings, _: object = None) -> ExperimentResult:
    """What is written."""
    import pandas as pd

    found = records(findings["orders"])
    return ExperimentResult(
        tables={"orders": pd.DataFrame(found)},
        records={"orders": found},
        notes=[orders_note(found), series_note(findings.extra["series"])],
    )


def orders_note(found: Sequence[Mapping[str, Any]]) -> str:
    """At which order perturbation is good for what, as the table says."""
    own = found[0]["breach"]
    rows = [r for r in found if r["breach"] == own]
    names = _order_columns(rows[0])
    good = {
        k: [
            labels.inside(order_label(r["quantity"]))
            for r in rows
            if abs(r[name] - r["global"]) <= CLOSE * abs(r["global"])
        ]
        for k, name in names.items()
    }
    first, *_, last = names
    within = "; ".join(
        f"order {k}: {', '.join(v) if v else 'nothing'}" for k, v in good.items()
    )
    by_name = {r["quantity"]: r for r in rows}
    reached = ", ".join(
        f"{labels.inside(order_label(name))} "
        f"{by_name[name][names[last]] / by_name[name]['global']:.0%} "
        f"({by_name[name][names[first]] / by_name[name]['global']:.0%})"
        for name in MISSED
    )
    return (
        "Perturbation of the risky economy, with the same parameters and disasters as "
        "normal shocks of the same mean and variance. Within "
        f"{CLOSE:.0%} of the global solution are at {within}. Of what the global "
        f"solution says, order {last} (order {first}) has: {reached}."
        + _breach_note(found, names[last])
    )


def _breach_note(found: Sequence[Mapping[str, Any]], order: str) -> str:
    """What breach adds to bondholders' share, by both methods; nothing if not swept."""
    shares = {r["breach"]: r for r in found if r["quantity"] == "share_bondholders"}
    own, none = found[0]["breach"], shares.get(0.0)
    if none is None or own == 0:
        return ""
    added = {k: shares[own][k] - none[k] for k in (order, "global")}
    return (
        f" Breach adds {100 * added[order]:.1f} points to the share of news that "
        f"bondholders bear, globally {100 * added['global']:.1f}."
    )


def series_note(found: Mapping[str, Any]) -> str:
    """What the series of the price of disasters leaves out, by order."""

    def shares(kept: Mapping[int, float]) -> str:
        *some, last = (f"{v:.0%}" for v in kept.values())
        return f"{', '.join(some)} and {last}"

    return (
        "What perturbation cuts short is the price of disasters. To orders one, two "
        f"and three the series of exp(γξ) − 1 keeps {shares(found['kept'])} with "
        f"γ = {found['gamma']:.3g} and ξ = {found['xi']:.3g}, "
        f"{shares(found['kept_sticky'])} with the γ = {found['gamma_sticky']:.3g} of "
        "the economy with sticky prices, which has no disasters. The third term "
        "comes with skewness, which normal shocks lack, and a term premium, a "
        "covariance with the kernel, keeps the first term alone. The mean probability "
        f"of a disaster is {found['mean_over_median']:.2f} times the median, at which "
        "derivatives are taken. Third order can fail around rare disasters "
        "(Fernández-Villaverde and Levintal 2018)."
    )


def _order_columns(columns: Iterable[str]) -> dict[str, str]:
    """Order -> its column."""
    found = (name for name in columns if name.startswith("order_"))
    return {name.removeprefix("order_"): name for name in found}


def order_label(name: str) -> str:
    """Label of a quantity of the table of orders."""
    return _ORDER_ROWS[name]


def section(result: ExperimentResult) -> Section:
    """The table, and what series leave out."""
    lead, *more = result.notes
    blocks = [_orders(result.records["orders"]), *(Text(note) for note in more)]
    return Section(STUDY.question, lead, blocks, short="Orders of perturbation")


def _orders(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Quantities by breach, order by order beside the global solution."""
    orders = {name: f"order {k}" for k, name in _order_columns(rows[0]).items()}
    heads = orders | {"global": "global", "bound": "its bound"}

    def cell(row: Mapping[str, Any], name: str) -> Number | None:
        if row[name] is None:
            return None
        printed = labels.small if name == "bound" else labels.number
        return Number(printed(row[name], row["unit"]))

    columns = {"Unit": [labels.unit_cell(r["unit"]) for r in rows]}
    columns |= {title: [cell(r, name) for r in rows] for name, title in heads.items()}
    names = [Named(order_label(r["quantity"]), r["quantity"]) for r in rows]
    return Table(
        cell_frame(columns, names, "Risky debt"),
        "Perturbation to orders one to three beside the global solution",
        groups=[f"A disaster voids {r['breach']:.1%} of promises" for r in rows],
        note="News is of 1% of GDP of spending as it is financed, stress of one "
        "standard deviation. At rest: states at their ergodic means, by perturbation "
        "where the economy stays without shocks but with risk. The bound is the "
        "distance to the coarse grid; other breaches, all else the same, are solved on "
        "that grid. Debt is that of the parameters: they are not chosen again.",
    )
