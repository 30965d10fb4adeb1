"""Elasticities of every economy beside the evidence: a panel each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from ...calibration.economies.funding import FUNDING
from ..report import labels
from ..report.figures import COLOURS, INK, house_style

Record = Mapping[str, Any]
Range = tuple[float, float]
# Quantity -> title and axis of its panel.
PANELS = {
    "persistent_yield_10y_ex_convenience": (
        "Deficits that go on",
        "10-year yield, news of\n1% of GDP (bp)",
    ),
    "one_time_yield_10y_ex_convenience": (
        "One deficit",
        "10-year yield,\n1% of GDP (bp)",
    ),
    "debt_slope_forward_5y5y_ex_convenience": (
        "Regression on debt",
        "5y5y forward, per pp of\ndebt/GDP (bp)",
    ),
    "outlook_yield_10y_ex_convenience": (
        "Outlook",
        "10-year yield, per pp of\ndebt/GDP at its end (bp)",
    ),
    "one_time_spot_convenience": (
        "Convenience",
        "of long Treasurys, per pp\nof debt/GDP (bp)",
    ),
}
_BAND = "#dcd8cc"
# Half the width of a single number of the evidence, as a share of the panel.
_THIN = 0.012


def name_of(key: str) -> str:
    """Words of an economy and, where it switches, of its regime."""
    economy, _, regime = key.partition(": ")
    label = FUNDING[economy].label
    return f"{label}: {regime}" if regime else label


@house_style()
def draw(found: Sequence[Record], ranges: Mapping[str, Range]) -> Figure:
    """Draw a panel per quantity, a row per economy, and the evidence as a band."""
    keys = list(dict.fromkeys(r["economy"] for r in found))
    names = [n for n in PANELS if any(r["quantity"] == n for r in found)]
    figure = Figure(figsize=(9.6, 0.42 * len(keys) + 2.0))
    figure.set_layout_engine("constrained", wspace=0.07)
    grid = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for axes, name in zip(grid, names, strict=True):
        own = {r["economy"]: r["value"] for r in found if r["quantity"] == name}
        _panel(axes, own, keys, ranges[name])
        title, says = PANELS[name]
        axes.set_title(title, fontsize="medium")
        axes.set_xlabel(says, fontsize="small")
    grid[0].set_yticks(range(len(keys)), [labels.capital(name_of(key)) for key in keys])
    grid[0].set_ylim(len(keys) - 0.5, -0.6)
    figure.legend(
        handles=[
            Patch(color=_BAND, label="evidence"),
            Line2D([], [], color=INK["data"], marker="o", label="economy"),
        ],
        loc="outside lower center",
        ncols=2,
        labelcolor=INK["data"],
    )
    return figure


def _panel(
    axes: Axes, own: Mapping[str, float], keys: Sequence[str], evidence: Range
) -> None:
    axes.axvline(0.0, color="#777777", linewidth=0.9, zorder=1)
    ends = [0.0, *own.values(), *evidence]
    room = max(ends) - min(ends)
    half = max(_THIN * room - (evidence[1] - evidence[0]) / 2, 0.0)
    axes.axvspan(evidence[0] - half, evidence[1] + half, color=_BAND, zorder=0)
    for row, key in enumerate(keys):
        if key in own:
            colour = COLOURS.get(key.partition(": ")[0], COLOURS["other"])
            axes.plot([0.0, own[key]], [row, row], color=colour, linewidth=2.0)
            axes.plot(own[key], row, "o", color=colour)
    axes.set_xlim(min(ends) - 0.1 * room, max(ends) + 0.1 * room)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
