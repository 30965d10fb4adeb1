"""The picture of the README: the table of the talk, from a finished report.

``python docs/figure.py out/report docs/figure.svg``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import fiscax
from fiscax.experiments import talk
from fiscax.experiments.report import labels

# Verdict -> sign and colour: green, vermilion and grey that colour-blind readers tell.
SIGNS = {
    "delivered": ("✓", "#007a5a"),
    "contradicted": ("✕", "#b83b00"),
    "zero": ("○", "#b83b00"),
    "too imprecise": ("?", "#666666"),
    None: ("–", "#666666"),
}
HEADS = {"safe": ("Safe debt", "#e8f1fa"), "risky": ("Risky debt", "#fdf0e3")}
KEY = (
    "✓ as the talk says   ✕ the opposite   ○ too small to count   ? the error leaves "
    "both open   – no number   (in brackets: set by a chosen parameter or true by "
    "construction)"
)
# Left ends of what the table says, and of the numbers of model and record.
LEFT, STEP, NUMBERS = 3.3, 5.9, (1.95, 3.95)


def read(report: Path) -> talk.Files:
    """Records of a report by the name of their file."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in report.glob("*.json")
        if path.name != "manifest.json"
    }


def draw(files: talk.Files) -> Figure:
    """What the talk says, the solved model's number, the record's number."""
    rows = [(n, list(g)) for n, g in groupby(talk.cells(files), key=lambda r: r["row"])]
    with fiscax.house_style():
        figure = Figure(figsize=(11.2, 0.36 * len(rows) + 1.0), layout="constrained")
        axes = figure.add_subplot()
        axes.set(xlim=(0, LEFT + 2 * STEP), ylim=(len(rows) + 0.2, -1.6))
        axes.set_axis_off()
        for k, (name, colour) in enumerate(HEADS.values()):
            left = LEFT + k * STEP
            box = left - 0.1, -1.6, STEP - 0.15, len(rows) + 1.1
            axes.add_patch(Rectangle(box[:2], *box[2:], color=colour, lw=0))
            axes.text(left, -1.1, name, weight="bold", size=11, va="center")
            for place, who in zip(NUMBERS, ("model", "record"), strict=True):
                axes.text(left + place, -0.55, who, size=8, va="center", color="0.35")
        for y, (name, cells) in enumerate(rows):
            axes.text(0, y, name, size=9, va="center")
            axes.axhline(y - 0.5, color="0.85", lw=0.5)
            for k, cell in enumerate(cells):
                _cell(axes, LEFT + k * STEP, y, cell)
        axes.text(0, len(rows) - 0.1, KEY, size=7.5, va="center", color="0.35")
    return figure


def _cell(axes: Any, left: float, y: int, cell: Mapping[str, Any]) -> None:
    axes.text(left, y, cell["says"], size=8, va="center", style="italic")
    for place, who in zip(NUMBERS, ("", "record_"), strict=True):
        sign, colour = SIGNS[cell[f"{who}verdict"]]
        if cell[f"{who}verdict"] and not cell[f"{who}counted"]:
            sign = f"({sign})"
        where = left + place + 0.08, y
        axes.text(*where, sign, size=9, va="center", ha="center", color=colour)
        text = _number(cell[f"{who}value"], cell[f"{who}unit"])
        axes.text(left + place + 0.3, y, text, size=8, va="center")


def _number(value: float | None, unit: str | None) -> str:
    if value is None or unit is None:
        return ""
    return labels.with_unit(
        labels.fixed(value, unit, labels.decimals(value, unit)), unit
    )


if __name__ == "__main__":
    draw(read(Path(sys.argv[1]))).savefig(sys.argv[2], metadata={"Date": None})
