"""What yields are made of, and which part of them moves on which news."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...calibration.economies.core import MATURITIES, CoreEconomy
from ...calibration.economies.protocol import ANNUAL_BP
from ...calibration.economies.responses import REPORTED
from ...calibration.record.observables import TENOR
from ...solvers.pricing.curves import PARTS
from ..study import Findings, Setting
from ..tables import records, table

# Convenience lowers a yield; every other part raises it.
SIGN = {part: -1.0 if part == "convenience" else 1.0 for part in PARTS}
SHOCKS = ("persistent_spending", "transfer", "stress")
NUMBERS = ("yield", *PARTS, "residual", "real")
# Which grid; tests use the coarse one.
GRID = "fine"


def _parts(
    member: CoreEconomy, points: np.ndarray, maturity: int, unit: float
) -> dict[str, np.ndarray]:
    """Yield, real yield and signed parts (P,) of one maturity at points (P, d)."""
    names = ("yield", "real", *PARTS)
    found = member.observed([f"{n}_{maturity}" for n in names], points)
    return {n: SIGN.get(n, 1.0) * unit * found[f"{n}_{maturity}"] for n in names}


def _row(values: dict[str, float]) -> dict[str, float]:
    """The parts with the yield that they add up to, and what is left over."""
    parts = {k: values[k] for k in PARTS}
    left = values["yield"] - sum(parts.values())
    return {"yield": values["yield"], **parts, "residual": left, "real": values["real"]}


def levels(economy: CoreEconomy) -> list[dict[str, Any]]:
    """Parts of every maturity at each regime's resting point, in percent per year."""
    found = []
    for member in economy.members:
        rest = member.rest()[None]
        for maturity in MATURITIES:
            at = _parts(member, rest, maturity, ANNUAL_BP / 100)
            row = _row({k: float(v[0]) for k, v in at.items()})
            head = {"economy": member.name, "regime": member.regime}
            found.append({**head, "maturity": TENOR[maturity], **row})
    return found


def changes(economy: CoreEconomy, maturity: int = 40) -> list[dict[str, Any]]:
    """Responses of the parts of one maturity to three kinds of news, basis points."""
    found = []
    for member in economy.members:
        pushes = (member.news("persistent"), member.news("one_time"), member.stress())
        for shock, push in zip(SHOCKS, pushes, strict=True):
            at = _parts(member, np.concatenate(push), maturity, ANNUAL_BP)
            row = _row({k: float(v[1] - v[0]) for k, v in at.items()})
            head = {"economy": member.name, "regime": member.regime}
            found.append({**head, "shock": shock, **row})
    return found


def measure(setting: Setting) -> Findings:
    """Split yields, and the responses of the ten-year yield, into their parts."""
    at_rest: list[dict[str, Any]] = []
    moves: list[dict[str, Any]] = []
    parameters = {}
    for name in REPORTED:
        setting.progress.say(f"yields of the {name} economy")
        economy = setting.store.core(name, grid=GRID)
        parameters[name] = economy.calibration.by_name
        at_rest += levels(economy)
        moves += changes(economy)
    rest, news = (
        table(rows, ("economy", "regime", label), dict.fromkeys(NUMBERS, unit))
        for rows, label, unit in (
            (at_rest, "maturity", "percent per year"),
            (moves, "shock", "basis points"),
        )
    )
    return Findings(
        {"decomposition": rest, "decomposition_responses": news},
        parameters=parameters,
        quantities={
            f"{r['economy']}_{r['regime']}_{r['shock']}_{k}": (r[k], "basis points")
            for r in records(news)
            for k in ("yield", *PARTS)
        },
    )
