"""Errors of every equation and regime: mean and 99% of states, on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...calibration.economies.regimes import regime_name
from ..report import labels
from ..report.figures import COLOURS, INK, house_style

Record = Mapping[str, Any]
# Column of the regime table -> colour, marker.
_LOOK = {
    "safe": ("safe", "o"),
    "risky": ("risky", "s"),
}
_SWITCHING = ("switching", {"safe": "D", "risky": "^"})
# Powers of ten that are read as shares.
_SAYS = {
    -2: "1 in 100",
    -3: "1 in 1,000",
    -4: "1 in 10,000",
    -5: "1 in 100,000",
    -6: "1 in a million",
    -7: "1 in 10 million",
    -8: "1 in 100 million",
}
# Smaller errors stand here, at a tick that says so.
_LEAST = -8.5


@house_style()
def draw(records: Sequence[Record]) -> Figure:
    """Draw one row per equation, the worst on top, and in it one line per regime."""
    regimes = list(dict.fromkeys((r["economy"], r["regime"]) for r in records))
    worst: dict[str, float] = {}
    for r in records:
        worst[r["equation"]] = max(worst.get(r["equation"], -99.0), r["mean_log10"])
    names = sorted(worst, key=lambda name: worst[name])
    figure = Figure(figsize=(9.6, 0.46 * len(names) + 2.0))
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    step = 0.72 / len(regimes)
    for r in records:
        k = regimes.index((r["economy"], r["regime"]))
        height = names.index(r["equation"]) + step * ((len(regimes) - 1) / 2 - k)
        _line(axes, r, height)
    for row in range(1, len(names)):
        axes.axhline(row - 0.5, color="#e4e4e4", linewidth=0.8, zorder=0)
    _scale(axes, names, max(-4.0, *(r["p99_log10"] for r in records)))
    parts = float(f"{10 ** -max(worst.values()):.1e}")
    axes.set_title(f"On average the worst equation is off by one part in {parts:,.0f}")
    figure.legend(
        handles=[_handle(*regime) for regime in regimes],
        loc="outside lower center",
        ncols=len(regimes),
        labelcolor=INK["data"],
    )
    return figure


def _line(axes: Axes, record: Record, height: float) -> None:
    colour, marker = _look(record["economy"], record["regime"])
    ends = [max(record[n], _LEAST) for n in ("mean_log10", "p99_log10")]
    axes.plot(ends, [height] * 2, color=COLOURS[colour], linewidth=1.6)
    axes.plot(ends[0], height, marker, color=COLOURS[colour], markersize=5.5)


def _scale(axes: Axes, names: Sequence[str], high: float) -> None:
    """Ticks: equations by name, errors as shares."""
    ticks = [p for p in _SAYS if _LEAST <= p <= high + 1]
    axes.set_xticks([_LEAST, *ticks], ["less", *(_SAYS[p] for p in ticks)])
    axes.set_yticks(range(len(names)), [labels.equation(n) for n in names])
    axes.set(xlim=(_LEAST - 0.15, high + 0.25), ylim=(-0.6, len(names) - 0.4))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("relative error: marker mean, line to 99% of states")


def _handle(economy: str, regime: str) -> Line2D:
    colour, marker = _look(economy, regime)
    label = labels.column(regime_name(economy, regime))
    return Line2D([], [], color=COLOURS[colour], marker=marker, label=label)


def _look(economy: str, regime: str) -> tuple[str, str]:
    if economy == regime:
        return _LOOK.get(regime, ("other", "o"))
    colour, markers = _SWITCHING
    return colour, markers.get(regime, "v")
