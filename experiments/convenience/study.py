"""Convenience: wedges by tenor and regime, channels apart, what a loss costs.

Treasurys are priced beside AAA bonds and hedged foreign sovereigns of the same tenor in
the core economies with safe, risky and switching debt, and held against the record by
era.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...calibration.economies.convenience import service_levels, services, with_services
from ...calibration.economies.core import Economy
from ...calibration.economies.samples import sample
from ...calibration.record.convenience import shipped_eras, shipped_slopes
from ...calibration.record.spreads import read_spreads, spread_means
from ..outlook.study import outlook_economy
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult, filled
from .rows import arc_records, channel_records, regimes_of, sampled, wedge_records

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "Who still pays for the safety of Treasurys, at which maturity?"
NAMES = ("safe", "risky", "switching")
NO_SERVICES = {"safety_price": 0.0, "liquidity_price": 0.0}


def solved_again(
    context: ExperimentContext, name: str, changes: Mapping[str, float]
) -> Economy:
    """The economy with further overrides, on the coarse grid, once per process."""
    overrides = {**context.overrides, **changes}
    return outlook_economy(replace(context, overrides=overrides), name)


def cost_records(
    economies: Mapping[str, Economy], again: Economy
) -> list[dict[str, Any]]:
    """What convenience is worth by regime, and with the services of the other one.

    ``again`` is the safe economy solved with those services: its taxes say what the
    loss costs in equilibrium. ``tax_rise`` is against the safe economy, in percent of
    GDP, means of samples without disasters and with the same draws.
    """
    risky = service_levels(economies["risky"], 0)
    cases: list[tuple[Economy, int, str, dict[str, float] | None]] = [
        (economies["safe"], 0, "safe, services of risky debt", risky),
        (again, 0, "the same, solved again", None),
        (economies["safe"], 0, "safe, no services", NO_SERVICES),
    ]
    own = [(economies[n], k, label, None) for n, k, label in regimes_of(economies)]
    records = []
    for economy, k, label, levels in [own[0], *cases, *own[1:]]:
        found = services(economy, k, levels)
        records.append(
            {
                "case": label,
                "flow": found.flow,
                "value": found.value,
                "share": found.share,
                "debt": found.debt,
                "tax_rise": None,
            }
        )
    whole = records[0]
    for record in records:
        record["lost_flow"] = whole["flow"] - record["flow"]
        record["lost_share"] = whole["share"] - record["share"]
    taxes = [_mean_tax(e) for e in (economies["safe"], again)]
    records[2]["tax_rise"] = taxes[1] - taxes[0]
    return records


def _mean_tax(economy: Economy) -> float:
    """Mean taxes in percent of GDP, simulated without disasters."""
    return 100 * float(sample(economy, ("tax_ratio",)).series["tax_ratio"].mean())


def era_records(file: str | None) -> list[dict[str, Any]]:
    """Means by era, shipped and of the user's file, told apart by ``origin``."""
    rows = [{"origin": "shipped", **r} for r in shipped_eras()]
    if file is not None:
        rows += [{"origin": "file", **r} for r in spread_means(read_spreads(file))]
    return rows


def slope_records() -> list[dict[str, Any]]:
    """The record's regressions, in the form of the simulated ones."""
    return [
        {
            "source": "data",
            **{k: r[k] for k in ("regression", "regressor", "value", "unit")},
            "r_squared": r["r_squared"],
            "standard_error": r["standard_error"],
            "sample": r["sample"],
        }
        for r in shipped_slopes()
    ]


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("convenience", question=QUESTION, order=5.61, section=_section)
def convenience(context: ExperimentContext) -> ExperimentResult:
    """Price services by tenor, take channels apart, value their loss."""
    from ..slide_claims import slide_records
    from .claims import claims
    from .figure import draw
    from .notes import notes

    file = context.overrides.get("file")
    eras = era_records(None if file is None else str(file))
    economies = {}
    for name in NAMES:
        context.progress.say(f"solving: {name} debt")
        economies[name] = outlook_economy(context, name)
    context.progress.say("solving: safe debt with the services of risky debt")
    levels = service_levels(economies["risky"], 0)
    again = solved_again(context, "safe", levels)
    context.progress.say("pricing services")
    records = {
        "convenience_wedges": wedge_records(economies),
        "convenience_without_loss": wedge_records(
            {"risky": with_services(economies["risky"], {"safety_long": 1.0})}
        ),
        "convenience_eras": eras,
        "convenience_channels": channel_records(economies),
        "convenience_arcs": arc_records(economies),
        "convenience_slopes": [*slope_records(), *sampled(economies)],
        "convenience_cost": cost_records(economies, again),
    }
    judged = claims(records)
    return ExperimentResult(
        tables={n: filled(r) for n, r in records.items()},
        records=records | slide_records("convenience", judged),
        figures={"convenience": draw(records)},
        notes=notes(records, judged),
        parameters={n: e.calibration.by_name for n, e in economies.items()},
        quantities=_quantities(records),
    )


def _quantities(
    records: Mapping[str, Sequence[dict[str, Any]]],
) -> dict[str, tuple[float, str]]:
    found = {
        f"{r['regime']}_{r['wedge']}_{r['tenor']}": (r["value"], r["unit"])
        for r in records["convenience_wedges"]
        if r["wedge"].endswith("_treasury")
    }
    for r in records["convenience_cost"]:
        found[f"{r['case']}_flow"] = (r["flow"], "percent of annual GDP")
        found[f"{r['case']}_value"] = (r["value"], "percent of annual GDP")
    return found
