"""Debt against the value of surpluses: the affine reduced form, and a user's file.

The study ``valuation`` needs no data: strips are priced with the published parameters,
and what the record says comes from the shipped table of facts. It solves the safe and
the risky economy and sets the same strips beside them; ``--set structural=false``
leaves them out, a report has solved them already. ``fiscax value FILE`` estimates the
same on a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.store import OverrideError
from ...calibration.valuation import facts as valuation_facts
from ...calibration.valuation.facts import by_period, period_records, positions
from ...calibration.valuation.file import load_valuation
from ...calibration.valuation.parameters import load_affine
from ...calibration.valuation.puzzle import (
    UNITS,
    Assumptions,
    closing_records,
    decompose,
)
from ...calibration.valuation.risk_prices import ERROR_UNITS, estimate_risk_prices
from ...calibration.valuation.var import Var
from ...errors import FiscaxError
from ...solvers.tasks import HERE, Tasks
from ..study import Findings, Option, Setting
from ..tables import records, table
from . import model
from .model import ECONOMIES

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

STRUCTURAL = Option(
    "structural", "true or false", "whether to price strips in the economies too"
)
OPTIONS = (
    STRUCTURAL,
    *(Option(n, unit, "assumption about what backs debt") for n, unit in UNITS.items()),
)
DRAWS = 10_000
# Assumptions that the shipped facts already contain.
_FIXED = ("premium", "low_premium")
_SHARE = "ratio to annual GDP"
_STRIP = ("claim", "horizon_years")
_SERIES = ("debt", "taxes", "spending", "backing", "backing_low_premium")


def measure(setting: Setting) -> Findings:
    """Price strips with published parameters; take the shipped wedge apart.

    Raises
    ------
    FiscaxError
        An option is not admissible, or needs the series.
    OverrideError
        A parameter of the economies is changed and they are left out.
    CalibrationError, SolutionError
        From the economies.
    """
    structural, assumed = _chosen(setting)
    affine = load_affine()
    with setting.progress.stage("strips with the published parameters"):
        strips = model.strip_records(affine)
        data = {
            "strip_premia": table(strips, _STRIP, model.UNITS),
            "claim_values": table(model.claim_records(affine), ("claim",), model.UNITS),
            "published_dates": table(model.date_records(affine), ("year",)),
        }
    facts = valuation_facts.shipped_facts()
    data |= taken_apart(facts, assumed)
    parameters: dict[str, Any] = _described(assumed)
    if structural:
        found, sums, own = structural_strips(setting)
        parameters |= own
        keys = ("claim", "source", "horizon_years")
        compared = model.compared(strips, found)
        data["strips_by_source"] = table(compared, keys, model.UNITS)
        data["strip_sums"] = table(sums, ("source", "claim"), model.UNITS)
    return Findings(
        data,
        parameters=parameters,
        quantities=_quantities(facts, data["puzzle"]),
        extra={"largest_loading": float(np.abs(affine.kernel.risk_loading).max())},
    )


def _chosen(setting: Setting) -> tuple[bool, Assumptions]:
    """Whether the economies are wanted, and the assumptions."""
    changes = dict(setting.options)
    structural = changes.pop(STRUCTURAL.name, True)
    if not isinstance(structural, bool):
        raise FiscaxError(f"structural is {structural!r}, give true or false")
    if not structural and setting.store.overrides:
        raise OverrideError(
            f"structural=false solves no economy; leave out "
            f"{', '.join(setting.store.overrides)}"
        )
    for name in _FIXED:
        if name in changes:
            raise FiscaxError(
                f"'{name}' changes the estimate, which needs the series: use `fiscax "
                f"value FILE --set {name}=...`"
            )
    return structural, Assumptions().changed(changes)


def structural_strips(
    setting: Setting,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    """Strip records, sums of strips, and parameters of the safe and risky economy."""
    strips, sums, parameters = [], [], {}
    for name in ECONOMIES:
        setting.progress.say(f"strips of the {name} economy")
        with setting.progress.stage(f"{name} economy, shared or solved"):
            economy = setting.store.core(name)
        parameters[name] = economy.calibration.by_name
        with setting.progress.stage(f"strips of the {name} economy, priced"):
            found = model.economy_records(economy)
        strips += found[0]
        sums += found[1]
    return strips, sums, parameters


def measure_file(
    path: Path,
    changes: Mapping[str, Any],
    draws: int = DRAWS,
    seed: int = 0,
    start: int | None = None,
    end: int | None = None,
    risk_prices: bool = False,
    folder: Path | None = None,
    tasks: Tasks = HERE,
) -> Findings:
    """What ``fiscax value FILE`` finds; see ``calibration.valuation.file``.

    Parameters
    ----------
    changes : assumptions by name, see ``calibration.valuation.puzzle``.
    draws, seed : of the bootstrap. start, end : first and last year to use.
    risk_prices : estimate a discount factor as well, and price strips with it.
    folder, tasks : where draws of the bootstrap are kept, and who makes them.

    Raises
    ------
    FiscaxError
        For a wrong file (with row and column) or assumption, or a value that is not
        finite.
    """
    assumed = Assumptions().changed(dict(changes))
    own = load_valuation(path, start, end)
    valued = valuation_facts.value(own, assumed, draws, seed, folder, tasks)
    facts = valuation_facts.facts(valued, assumed, f"`fiscax value {path.name}`")
    var = valued.found.var
    units = dict.fromkeys(_SERIES, _SHARE) | {"time": "year"}
    data = {
        "by_period": table(period_records(valued), ("period",), units),
        **taken_apart(facts, assumed),
    }
    extra: dict[str, Any] = {
        "var": _labelled(var),
        "bootstrap": _drawn(valued),
        "unused": own.unused,
    }
    if risk_prices:
        found = estimate_risk_prices(own, var, assumed.premium)
        extra["evaluations"] = found.evaluations
        errors = [
            {"kind": name, "error": error, "unit": ERROR_UNITS[name]}
            for name, error in found.errors.items()
        ]
        strips = model.strip_records(found.economy)
        claims = model.claim_records(found.economy)
        data |= {
            "strip_premia": table(strips, _STRIP, model.UNITS),
            "claim_values": table(claims, ("claim",), model.UNITS),
            "pricing_errors": table(errors, ("kind",)),
        }
    return Findings(
        data,
        parameters=_described(assumed),
        quantities=_quantities(facts, data["puzzle"]),
        extra=extra,
        data_vintage=f"{path.name}, {own.sample}",
    )


def taken_apart(facts: pd.DataFrame, assumed: Assumptions) -> dict[str, xr.Dataset]:
    """The facts, the parts of debt, and what would close the gap.

    Parts are those over the sample and at its end.
    """
    puzzle, closing = [], []
    for period, position in positions(facts).items():
        puzzle.append(
            {"period": period, "debt": position.debt, **decompose(position, assumed)}
        )
        closing += closing_records(period, position, assumed)
    rows = facts.to_dict(orient="records")
    units = {"annual_probability": "probability per year", "gap_over_gdp": _SHARE}
    return {
        "valuation_facts": table(rows, ("period", "quantity")),
        "puzzle": table(puzzle, ("period",), dict.fromkeys(puzzle[0], _SHARE)),
        "closing_probabilities": table(closing, ("period", "change", "size"), units),
    }


def _described(assumed: Assumptions) -> dict[str, tuple[float, str]]:
    return {name: (getattr(assumed, name), unit) for name, unit in UNITS.items()}


def _quantities(
    facts: pd.DataFrame, puzzle: xr.Dataset
) -> dict[str, tuple[float, str]]:
    """Over the whole sample: the wedge and the parts of debt."""
    found = next(iter(by_period(facts).values()))
    parts = {k: v for k, v in records(puzzle)[0].items() if k != "period"}
    named = {"wedge": found["wedge"], **parts}
    return {k: (100 * v, "percent of annual GDP") for k, v in named.items()}


def _labelled(var: Var) -> xr.Dataset:
    """The VAR with named rows and columns."""
    import xarray as xr

    from ...models.markets.affine import OWN, STATES

    return xr.Dataset(
        {
            "psi": (("state", "lagged"), np.asarray(var.psi)),
            "cholesky": (("own", "shock"), np.asarray(var.cholesky)),
            "mean": (("own",), np.asarray(var.means)),
        },
        coords={
            "state": list(STATES),
            "lagged": list(STATES),
            "own": list(OWN),
            "shock": list(OWN),
        },
    )


def _drawn(valued: valuation_facts.Valuation) -> xr.Dataset:
    """Draws of the bootstrap; zero where there is no value."""
    import xarray as xr

    draws, units = valued.draws, {"units": _SHARE}
    return xr.Dataset(
        {
            "wedge": ("draw", draws.wedge, units),
            "wedge_given_means": ("draw", draws.wedge_given_means, units),
            "backing_given_means": (("draw", "period"), draws.backing, units),
            "largest_root": ("draw", draws.root, {"units": "ratio"}),
            "excess": ("draw", draws.excess, {"units": "log per period"}),
            "has_value": ("draw", draws.finite),
            "has_value_given_means": ("draw", draws.finite_given_means),
        },
        {"draw": np.arange(len(draws.root)), "period": list(valued.data.labels)},
    )
