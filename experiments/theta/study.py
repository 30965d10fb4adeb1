"""The fiscally led economy by backing share: who bears spending news, and yields."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...calibration.economies.core import CoreEconomy
from ...calibration.economies.protocol import Economy
from ...calibration.economies.responses import borne, yield_responses
from ...calibration.economies.store import EconomyStore
from ...solvers.errors import SolutionError
from ..study import Findings, Setting
from ..tables import table

UNITS = {
    "taxpayers": "share of PV(G) news",
    "bondholders": "share of PV(G) news",
    "revaluation": "percent of debt per PV of 1% of GDP",
    "yield_10y": "basis points",
    "yield_3m": "basis points",
    "term_premium_10y": "basis points",
}
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
# With the calibrated risk of spending, debt that nothing backs is worthless in some
# states: the sweep down to zero needs calmer spending.
CALM = {"sigma_z": 0.005, "zeta": 0.05}


def economy_at(store: EconomyStore, theta: float) -> CoreEconomy:
    """The risky economy with backing share ``theta``, on the coarse grid.

    Without breach and without stress that news brings, and with calmer spending unless
    the user says otherwise.

    Raises
    ------
    SolutionError
        Debt that is backed so little has no value in some states.
    """
    case = {"theta": theta, "breach": 0.0, "stress_news": 0.0}
    return store.core("risky", case, CALM, grid="coarse")


def responses(economy: Economy) -> dict[str, float]:
    """Responses to news of persistent spending, in ``UNITS``.

    Raises
    ------
    SolutionError
        The news moves no value of spending.
    """
    push = economy.news("persistent")
    shares, yields = borne(economy, push), yield_responses(economy, push)
    return {
        "taxpayers": shares["share_taxpayers"],
        "bondholders": shares["share_bondholders"],
        "revaluation": shares["revaluation"],
        "yield_10y": yields["yield_10y_ex_convenience"],
        "yield_3m": yields["yield_3m"],
        "term_premium_10y": yields["term_premium_10y"],
    }


def measure(setting: Setting) -> Findings:
    """Solve for backing shares from zero to one, or for the one that the user gave.

    Raises
    ------
    SolutionError
        No share has a solution; a share without one among others is said.
    """
    asked = setting.store.overrides.get("theta")
    shares = SHARES if asked is None else (float(asked),)
    rows: list[dict[str, Any]] = []
    failed: dict[float, str] = {}
    calm: dict[str, float] = {}
    for share in shares:
        setting.progress.say(f"backing share {share:g}")
        try:
            economy = economy_at(setting.store, share)
            rows.append({"theta": share, **responses(economy)})
        except SolutionError as problem:
            failed[share] = str(problem)
            continue
        values = economy.calibration.values
        calm = {name: float(np.ravel(values[name])[0]) for name in CALM}
    if not rows:
        share, problem = next(iter(failed.items()))
        raise SolutionError(f"no solution at a backing share of {share:g}: {problem}")
    last = rows[-1]
    return Findings(
        {"theta": table(rows, ("theta",), UNITS)},
        quantities={k: (last[k], unit) for k, unit in UNITS.items()},
        extra={"failed": failed, "spending": calm},
    )
