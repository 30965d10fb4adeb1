"""Attribute shocks, simulate purchases, discipline and capital rules.

A policy maker filters prices with a model, calls part of a rise in yields dysfunction,
and buys. The model of the filter and that of the economy are set apart; the mirror case
is a policy maker with the risky model where debt is safe. Market discipline and capital
rules are the other two places where the wrong model costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...calibration.economies.core import CoreEconomy
from ...calibration.economies.linear import LinearEconomy, linear
from ...calibration.economies.protocol import Economy
from ...calibration.economies.samples import Size
from ...calibration.economies.sticky import StickyEconomy
from ...calibration.parameters.policy import PolicyParameters, policy_parameters
from ..study import Findings, Option, Setting
from ..tables import pick, table
from .closed_loop import Path, policies, rule_of
from .discipline import Backing, summary, ten_years
from .laboratory import (
    ALL,
    FISCAL_ONLY,
    LOOPS,
    SEQUENCE,
    Economies,
    Laboratory,
    attribution_records,
    loop_record,
)
from .regulation import (
    YIELD_NAMES,
    positions,
    risk_weight,
    shortfall,
    tail_loss,
)

if TYPE_CHECKING:
    import xarray as xr

OPTIONS = tuple(
    Option(name, row["unit"], row["source"])
    for name, row in policy_parameters().rows.items()
)
REGIMES = ("safe", "risky")
SAMPLE = Size(periods=240, paths=400, seed=11)
# Transfers, as in the core economy: purchases would move yields by demand.
TRANSFERS = {"chi": 0.0}
# Of the sticky-price economies: linear, as policy makers see them.
ORDER = 1
HOLDERS = ("bank", "money_fund")
NEWS, STRESS = "fiscal news", "stress"
IDLE, EVERYTHING = "no purchases", "all of it"
_GDP, _BP = "percent of annual GDP", "basis points"
LABELS = {
    "two_minds_attribution": ("economy", "seen", "mind", "shock"),
    "two_minds_purchases": ("truth", "seen", "shocks", "policy"),
    "two_minds_sensitivity": ("case", "policy"),
    "two_minds_discipline": ("theta_at_rest", "discipline", "belief"),
    "two_minds_rules": ("economy", "disasters", "position"),
}
_LOOP = {
    "spike_share": "ratio",
    "spike_share_low": "ratio",
    "spike_share_high": "ratio",
    "stock": _GDP,
    "stock_low": _GDP,
    "stock_high": _GDP,
    "stock_mean": _GDP,
    "gain_mean": _GDP,
    "gain_low": _GDP,
    "gain_high": _GDP,
    "saved": _GDP,
    "price_level": "percent",
    "runaway": "share of sequences",
    "quarters_to_learn": "quarters",
}
UNITS: dict[str, dict[str, str]] = {
    "two_minds_attribution": {
        "yield_10y": _BP,
        "called": _BP,
        "share_called": "ratio",
        "share_other_cause": "ratio",
        "share_error": "ratio",
    },
    "two_minds_purchases": _LOOP,
    "two_minds_sensitivity": _LOOP,
    "two_minds_discipline": {
        "share_called": "ratio",
        "backing_share": "ratio",
        "debt": _GDP,
        "price_level": "percent",
        "balance_sheet": _GDP,
        "price_support": _GDP,
        "yield_held_down": _BP,
        "loss_inflation": "percent of consumption",
        "loss": "percent of consumption",
    },
    "two_minds_rules": {
        "loss": "percent",
        "standard_error": "percent",
        "risk_weight": "ratio",
        "shortfall": "percent of assets",
        "shortfall_at_safe_rules": "percent of assets",
    },
}
Record = dict[str, Any]


def labelled(name: str, records: Sequence[Record]) -> xr.Dataset:
    """Records of a file by their labels, with units."""
    return table(records, LABELS[name], UNITS[name])


def loop_records(
    lab: Laboratory,
) -> tuple[list[Record], list[Record], dict[str, Path]]:
    """Every policy in both economies, standard errors, and paths that are drawn."""
    found, errors, kept = [], [], {}

    def note(*given: Any) -> None:
        for rows, row in zip((found, errors), loop_record(lab, *given), strict=True):
            rows.append(row)

    for truth in ("risky", "safe"):
        for kind in (SEQUENCE, FISCAL_ONLY, ALL):
            if truth == "safe" and kind != ALL:
                continue
            known = policies(lab.given)
            idle = lab.path(truth, kind, known.pop("none"))
            for name, policy in known.items():
                path = lab.path(truth, kind, policy)
                note(truth, kind, name, path, idle)
                if truth == "risky":
                    kept[f"{kind}, {name}"] = path
            if truth == "safe":
                path = lab.path(truth, kind, known["risky"], lab.never_plumbing())
                note(truth, kind, "risky, no plumbing", path, idle)
    return found, errors, kept


def sensitivity_records(
    economies: Economies, given: PolicyParameters, seed: int
) -> list[Record]:
    """The safe mind in the risky economy when a chosen number is another one."""
    cases = (
        {},
        {"capacity_deviation": 5.0},
        {"capacity_deviation": 30.0},
        {"share": 0.25},
        {"share": 0.9},
        {"discipline": 0.0},
        {"discipline": 2.0},
    )
    found = []
    for case in cases:
        changed = replace(given, values={**given.values, **case})
        size = changed["capacity_deviation"] / given["capacity_deviation"]
        scaled = {n: e.scaled_dysfunction(size) for n, e in economies.items()}
        lab = Laboratory(scaled, "fundamentals", changed, seed)
        known = policies(changed)
        idle = lab.path("risky", ALL, known["none"])
        label = ", ".join(f"{k} {v:g}" for k, v in case.items()) or "as shipped"
        for name in REGIMES:
            path = lab.path("risky", ALL, known[name])
            record, _ = loop_record(lab, "risky", ALL, name, path, idle)
            found.append({"case": label, **record})
    return found


def discipline_records(
    given: PolicyParameters, called: Mapping[str, float]
) -> tuple[list[Record], dict[str, Backing]]:
    """Ten years of news by belief, backing share at rest, with discipline and without.

    ``called`` is the share of a rise in yields that a policy maker calls plumbing.
    """
    found, paths = [], {}
    for source in ("theta_market", "theta_yields"):
        for disciplined in (True, False):
            for belief, share in {IDLE: 0.0, **called}.items():
                path = ten_years(
                    given, given[source], share, rule_of(given), disciplined
                )
                found.append(
                    {
                        "theta_at_rest": given[source],
                        "discipline": disciplined,
                        "belief": belief,
                        "share_called": share,
                        **summary(given, path),
                    }
                )
                if source == "theta_market" and disciplined:
                    paths[belief] = path
    return found, paths


def _blunted_when_backed(given: PolicyParameters, called: float) -> float:
    """Change of the backing share by purchases where all news is backed, points."""
    shares = (
        summary(given, ten_years(given, 1.0, c, rule_of(given)))["backing_share"]
        for c in (called, 0.0)
    )
    with_, without = shares
    return 100 * (with_ - without)


def _rule_record(
    economy: str,
    disasters: bool,
    position: str,
    tail: tuple[float, float],
    known: float,
    given: PolicyParameters,
) -> Record:
    loss, error = tail
    held = position in HOLDERS
    return {
        "economy": economy,
        "disasters": disasters,
        "position": position,
        "loss": 100 * loss,
        "standard_error": 100 * error,
        "risk_weight": None if position == "money_fund" else risk_weight(loss, given),
        "shortfall": shortfall(position, loss, given) if held else None,
        "shortfall_at_safe_rules": shortfall(position, loss, given, known)
        if held
        else None,
    }


def regulation_records(
    core: Mapping[str, CoreEconomy],
    sticky: Mapping[str, StickyEconomy],
    given: PolicyParameters,
) -> list[Record]:
    """Losses at the confidence of capital rules, weights and shortfalls by regime.

    Samples with disasters first; economies with sticky prices have none.
    """
    samples: list[tuple[bool, Mapping[str, Economy]]] = [
        (True, core),
        (False, core),
        (False, {f"sticky_{k}": v for k, v in sticky.items()}),
    ]
    found = []
    for disasters, economies in samples:
        # What rules that know safe debt alone would have covered.
        covered: dict[str, float] = {}
        for name, economy in economies.items():
            size = (SAMPLE.periods, SAMPLE.paths, SAMPLE.seed)
            yields = economy.draw(YIELD_NAMES, *size, disasters).series
            for position, losses in positions(yields, given).items():
                loss, error = tail_loss(losses, given["confidence"])
                known = covered.setdefault(position, loss)
                found.append(
                    _rule_record(name, disasters, position, (loss, error), known, given)
                )
    return found


def called_of(shares: xr.Dataset, mind: str, seen: str, shock: str = NEWS) -> float:
    """Share of a shock's move of the ten-year yield that a mind calls dysfunction.

    On impact in the risky core economy.
    """
    wanted = {"economy": "core", "seen": seen, "mind": mind, "shock": shock}
    return pick(shares, "share_called", **wanted)


def measure(setting: Setting) -> Findings:
    """Measure everything that the section shows.

    Raises
    ------
    CalibrationError, SolutionError, DeterminacyError
        From the options and the economies.
    OverrideError
        ``chi``, which this study sets to zero.
    FiscaxError
        An option leaves no backing, no unique yield, or too small a sample.
    """
    given = policy_parameters(setting.options)
    store, say = setting.store, setting.progress.say
    say("solving the core economies")
    core = {name: store.core(name, grid="coarse") for name in REGIMES}
    by_core: dict[str, LinearEconomy] = {n: linear(e, given) for n, e in core.items()}
    say("attributing shocks")
    transfers = {
        name: store.sticky(f"sticky_{name}", TRANSFERS, order=ORDER) for name in REGIMES
    }
    by_sticky = {n: linear(e, given) for n, e in transfers.items()}
    shares = attribution_records("core", by_core, given)
    shares += attribution_records("sticky", by_sticky, given)
    attribution = labelled("two_minds_attribution", shares)
    say("simulating policy makers")
    loops, errors, paths = [], [], {}
    for seen in LOOPS:
        lab = Laboratory(by_core, seen, given, setting.seed)
        found, own_errors, paths[seen] = loop_records(lab)
        loops += found
        errors += own_errors
    sensitivity = sensitivity_records(by_core, given, setting.seed)
    say("discipline and capital rules")
    reads = {
        f"{mind} model": called_of(attribution, mind, "fundamentals")
        for mind in ("risky", "safe")
    }
    # Who expects yields to fall calls more than all of their rise dysfunction: all of
    # it is what there is to hold down.
    called = {mind: min(max(share, 0.0), 1.0) for mind, share in reads.items()}
    discipline, backing = discipline_records(given, {**called, EVERYTHING: 1.0})
    sticky = {n: store.sticky(f"sticky_{n}", order=ORDER) for n in REGIMES}
    rules = regulation_records(core, sticky, given)
    return Findings(
        {
            "two_minds_attribution": attribution,
            "two_minds_purchases": labelled("two_minds_purchases", loops),
            "two_minds_sensitivity": labelled("two_minds_sensitivity", sensitivity),
            "two_minds_discipline": labelled("two_minds_discipline", discipline),
            "two_minds_rules": labelled("two_minds_rules", rules),
        },
        parameters={
            **{n: e.calibration.by_name for n, e in core.items()},
            **{f"sticky_{n}": e.calibration.by_name for n, e in sticky.items()},
        },
        quantities=_quantities(loops),
        extra={
            "given": given,
            # Standard errors of means over sequences, labelled as purchases are.
            "errors": table(errors, LABELS["two_minds_purchases"], _LOOP),
            "paths": paths["fundamentals"],
            "backing": backing,
            "reads": reads,
            "blunted_when_backed": _blunted_when_backed(given, called["safe model"]),
        },
    )


def _quantities(loops: Sequence[Record]) -> dict[str, tuple[float, str]]:
    found = {}
    for r in loops:
        if r["shocks"] == ALL:
            name = f"{r['truth']}_{r['seen']}_{r['policy']}".replace(", ", "_")
            name = name.replace(" ", "_")
            found[f"{name}_stock"] = (r["stock_mean"], _GDP)
            found[f"{name}_gain"] = (r["gain_mean"], _GDP)
    return found
