"""Two minds: the economy has risky debt, its policy maker believes that debt is safe.

A policy maker filters prices with a model, calls part of a rise in yields dysfunction,
and buys. The model of the filter and that of the economy are set apart; the mirror case
is a policy maker with the risky model where debt is safe. Market discipline and capital
rules are the other two places where the wrong model costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...calibration.economies.core import COARSE, Economy, solve_economy
from ...calibration.economies.linear import core_linear, sticky_linear
from ...calibration.economies.sticky import solve_sticky
from ...calibration.parameters.policy import policy_parameters, split_overrides
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult, filled
from ..slide_claims import slide_records
from .claims import claims, one
from .rows import (
    ALL,
    FISCAL_ONLY,
    LOOPS,
    SEQUENCE,
    Laboratory,
    attribution_records,
    impact_share,
    loop_records,
    sensitivity_records,
)
from .rules import discipline_records, regulation_records

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "What does a policy maker with the wrong model of debt do?"
Record = dict[str, Any]


def _economy(context: ExperimentContext, name: str) -> Economy:
    """A core economy on the coarse grid, shared with the report's other sections."""
    _, given = split_overrides(context.overrides)
    return context.once(
        ("coarse economy", name, tuple(sorted(given.items()))),
        lambda: solve_economy(name, given, levels=(COARSE,)),
    )


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("two-minds", question=QUESTION, order=5.67, section=_section)
def two_minds(context: ExperimentContext) -> ExperimentResult:
    """Attribute shocks, simulate purchases, discipline and capital rules."""
    from .figure import draw_discipline, draw_purchases

    own, _ = split_overrides(context.overrides)
    given = policy_parameters(own)
    say = context.progress.say
    say("solving the core economies")
    core = {name: _economy(context, name) for name in ("safe", "risky")}
    linear = {name: core_linear(e, given) for name, e in core.items()}
    say("attributing shocks")
    # Transfers, as in the core economy: purchases would move yields by demand.
    sticky = {
        name: sticky_linear(solve_sticky(f"sticky_{name}", {"chi": 0.0}, 1), given)
        for name in linear
    }
    shares = attribution_records("core", linear, given)
    shares += attribution_records("sticky", sticky, given)
    say("simulating policy makers")
    loops, paths = [], {}
    for seen in LOOPS:
        found, paths[seen] = loop_records(Laboratory(linear, seen, given, context.seed))
        loops += found
    sensitivity = sensitivity_records(linear, given, context.seed)
    say("discipline and capital rules")
    called = {
        f"{mind} model": max(impact_share(shares, "fundamentals", mind, "core"), 0.0)
        for mind in ("risky", "safe")
    }
    discipline, backing = discipline_records(given, {**called, "all of it": 1.0})
    rules = regulation_records(core, given)
    records = {
        "two_minds_attribution": shares,
        "two_minds_purchases": loops,
        "two_minds_sensitivity": sensitivity,
        "two_minds_discipline": discipline,
        "two_minds_rules": rules,
    }
    judged = claims(shares, loops, discipline, rules)
    return ExperimentResult(
        tables={k: filled(v) for k, v in records.items()},
        records={**records, **slide_records("two-minds", judged)},
        figures={
            "two_minds_purchases": draw_purchases(shares, paths["fundamentals"]),
            "two_minds_discipline": draw_discipline(backing, rules),
        },
        notes=[_lead(shares, loops, given["prior"]), LIMITS],
        quantities=_quantities(loops),
    )


LIMITS = (
    "Dysfunction on the curve, its persistence and what purchases do to yields are "
    "those of the plumbing model; its size, errors of measurement, the share offset "
    "and the strength of discipline are chosen (`two_minds.toml`). Economies are "
    "linear around rest, without rare events. Markets have the right model of "
    "fundamentals; they do not anticipate purchases, which act on the economy through "
    "the backing of news only. Losses on bonds after they were bought are not booked: "
    "they are fair bets. Holders' losses are nominal, as capital is: inflation that "
    "erodes what bonds pay is not among them."
)


def _lead(shares: Sequence[Record], loops: Sequence[Record], prior: float) -> str:
    """Whether the models support the claim, and by how much."""

    def called(seen: str, mind: str = "safe") -> str:
        wanted = {"economy": "core", "seen": seen, "shock": "fiscal news"}
        return f"{100 * one(shares, mind=mind, **wanted)['share_called']:.0f}%"

    wanted = {"truth": "risky", "seen": "fundamentals", "shocks": ALL}
    wrong, right, learns = (
        one(loops, policy=p, **wanted) for p in ("safe", "risky", "learning")
    )
    fiscal, packages = (
        one(loops, policy="safe", **{**wanted, "shocks": kind})
        for kind in (FISCAL_ONLY, SEQUENCE)
    )
    return (
        "Supported where fundamentals are known, not where only prices are: a policy "
        f"maker with the safe model calls {called('fundamentals')} of the rise in "
        "yields on fiscal news dysfunction when stress, growth and spending are known, "
        f"and {called('prices')} when only prices and inflation are seen, because "
        "lower stress then explains it as well. With the right model it is "
        f"{called('fundamentals', 'risky')} and {called('prices', 'risky')}. Ten years "
        "of shocks of the risky economy leave a balance sheet of "
        f"{wrong['stock']:.1f}% of GDP (median; {wrong['stock_low']:.1f} to "
        f"{wrong['stock_high']:.1f} in four sequences of five) against "
        f"{right['stock']:.1f}% with the right model, and taxpayers "
        f"{'lose' if wrong['gain_mean'] < 0 else 'gain'} "
        f"{abs(wrong['gain_mean']):.1f}% of GDP on average where the right model gains "
        f"{right['gain_mean']:.1f}%. A policy maker who learns holds the right model "
        f"likelier from quarter {learns['quarters_to_learn']:.0f} on, starting at "
        f"{100 * prior:.0f}%: the error needs a mind that is made up.\n\n"
        "Most of these purchases answer stress, in which yields rise where the safe "
        f"model has them fall. Fiscal shocks alone leave {fiscal['stock']:.1f}% of GDP "
        f"({fiscal['stock_low']:.1f} to {fiscal['stock_high']:.1f}), the declared "
        f"sequence of packages {packages['stock']:.1f}%, prices "
        f"{packages['price_level']:.1f}% higher by its blunted discipline and "
        f"{packages['saved']:.1f}% of GDP of interest saved at bondholders' cost."
    )


def _quantities(loops: Sequence[Record]) -> dict[str, tuple[float, str]]:
    found = {}
    for r in loops:
        if r["shocks"] == ALL:
            name = f"{r['truth']}_{r['seen']}_{r['policy']}".replace(", ", "_")
            name = name.replace(" ", "_")
            found[f"{name}_stock"] = (r["stock_mean"], "percent of annual GDP")
            found[f"{name}_gain"] = (r["gain_mean"], "percent of annual GDP")
    return found
