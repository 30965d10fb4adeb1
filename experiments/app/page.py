"""The page: one HTML file of declarations, the shipped dataset, and what draws them."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..._version import __version__
from ...calibration.economies.core import MATURITIES
from ...calibration.parameters.calibration import load_calibration
from ...calibration.record.observables import TENOR
from ...errors import FiscaxError
from ...models.core import core_economy
from ..claims import Expectation
from ..predictions import by_quantity
from ..report import labels
from ..report.figures import COLOURS, INK
from ..report.figures import PARTS as PART_COLOURS
from ..talk import SIDES, TALK, Row
from .game import CHOICES
from .measures import NUMBERS, PARTS
from .presets import PRESETS, START, Preset
from .replay import LABELS
from .solve import BASE
from .worlds import WORLDS, World

HERE = Path(__file__).parent
DATASET = HERE / "data" / "app.json"
SCRIPTS = ("app.js", "views.js", "features.js", "start.js")
_PART_LABELS = {
    "expected_inflation": ("expected inflation", "expected_inflation"),
    "real_rate": ("expected real rates", "expected_real_rate"),
    "premium": ("paid for risk", "inflation_risk_premium"),
    "convenience": ("less convenience", "convenience"),
}
# Of a number that interpolation misses.
MISSING = "not between nodes: press a preset"
# Further from every limit than any number is.
_FAR = 1e6


class AppError(FiscaxError):
    """The dataset does not fit this version of fiscax."""


def read_dataset(path: Path = DATASET) -> dict[str, Any]:
    """The shipped numbers.

    Raises
    ------
    AppError
        It was made for other grids or other numbers.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    names = [q.name for q in NUMBERS]
    sizes = {w.name: w.grid.size for w in WORLDS}
    found = {w["name"]: w["nodes"] for w in data["worlds"]}
    if data["numbers"] != names or found != sizes:
        raise AppError(
            f"{path.name} was made for other grids or numbers: make it again with "
            "`fiscax app --solve`"
        )
    return data


def judged(expects: Expectation) -> dict[str, Any] | None:
    """Limits that separate the answers, and the verdict between each two of them.

    None where nothing is claimed. What reads them knows no claims.
    """
    if expects.claim is None:
        return None
    limit = expects.limit
    shares = expects.claim in ("high", "low")
    cuts = [limit] if shares else [-limit, limit]
    inside = [-_FAR, *([] if shares else [0.0]), _FAR]
    return {
        "cuts": cuts,
        "answers": [str(expects.verdict(v)) for v in inside],
        "claim": labels.claim(expects.claim),
    }


def _row(row: Row) -> dict[str, Any]:
    """A row of the talk's table; where an economy answers it, how it is judged."""
    said = {side: {"says": getattr(row, side)} for side in SIDES}
    if not row.quantity:
        return {"asks": row.asks, "quantity": "", **said}
    prediction = by_quantity()[row.quantity]
    for side in SIDES:
        said[side]["judged"] = judged(prediction.expects(side))
    return {
        "asks": row.asks,
        "quantity": row.quantity,
        "chosen": prediction.set_by.get((BASE, BASE), ()),
        "label": labels.quantity(row.quantity),
        **said,
    }


def _world(world: World, data: Mapping[str, Any]) -> dict[str, Any]:
    own = asdict(world)
    return {**own, "degrees": world.grid.degrees.tolist(), **data}


def _preset(preset: Preset, solved: Mapping[str, Any]) -> dict[str, Any]:
    """A button with its numbers, where they are its own."""
    said = {n: getattr(preset, n) for n in ("name", "label", "words", "world")}
    return said | {"point": dict(preset.point), **solved.get(preset.name, {})}


def _base() -> dict[str, float]:
    """Where sliders stand that a preset says nothing of: the shipped risky economy."""
    given = load_calibration(BASE, core_economy()).values
    axes = dict.fromkeys(axis.name for world in WORLDS for axis in world.axes)
    return {name: float(np.ravel(given[name])[0]) for name in axes}


def declarations(data: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the page needs: the dataset, and what declares its numbers."""
    units = {q.unit for q in NUMBERS}
    return {
        **data,
        "numbers": [asdict(q) for q in NUMBERS],
        "units": {u: asdict(labels.unit(u)) for u in units},
        "parts": [
            {"name": n, "label": _PART_LABELS[n][0], "colour": PART_COLOURS[c]}
            for n, c in ((n, _PART_LABELS[n][1]) for n in PARTS)
        ],
        "maturities": [{"n": n, "label": TENOR[n]} for n in MATURITIES],
        "worlds": [_world(w, d) for w, d in zip(WORLDS, data["worlds"], strict=True)],
        "presets": [
            _preset(p, {d["name"]: d for d in data["presets"]}) for p in PRESETS
        ],
        "choices": CHOICES,
        "answers": LABELS,
        "start": START,
        "base": _base(),
        "missing": MISSING,
        "talk": [_row(row) for row in TALK],
        "colours": COLOURS,
        "ink": INK,
    }


def app_html(data: Mapping[str, Any]) -> str:
    """The page as HTML; nothing outside it is loaded."""
    # A script element ends at the first "</", whatever language it holds.
    text = json.dumps(declarations(data), separators=(",", ":"), allow_nan=False)
    filled = {
        "style": (HERE / "app.css").read_text(encoding="utf-8"),
        "script": "\n".join((HERE / s).read_text(encoding="utf-8") for s in SCRIPTS),
        "data": text.replace("</", "<\\/"),
        "footer": html.escape(
            f"fiscax {__version__}. Every number was computed by fiscax and is looked "
            "up here; nothing is loaded from anywhere. Made with `fiscax app`; "
            "`fiscax app --solve` solves the economies again."
        ),
    }
    page = (HERE / "app.html").read_text(encoding="utf-8")
    for name, content in filled.items():
        page = page.replace("{{" + name + "}}", content)
    return page


def write_app(path: Path, data: Mapping[str, Any]) -> Path:
    """Write the page of a dataset."""
    page = app_html(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path
