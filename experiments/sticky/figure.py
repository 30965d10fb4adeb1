"""Responses of the ten-year yield to funded and unfunded news, split into parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..report.figures import INK, PARTS, house_style, zero_line

# Compensation for inflation and premia are one line: both are pay for risk.
LINES = {
    "expected real rate": ("expected_real_rate",),
    "expected inflation": ("expected_inflation",),
    "term premium and compensation": (
        "inflation_compensation",
        "real_term_premium",
        "inflation_risk_premium",
    ),
    "less convenience": ("convenience",),
}
_LOOK: Mapping[str, dict[str, Any]] = {
    "expected real rate": {"color": PARTS["expected_real_rate"], "linestyle": "-"},
    "expected inflation": {
        "color": PARTS["expected_inflation"],
        "linestyle": (0, (6, 1.6)),
    },
    "term premium and compensation": {
        "color": "#b08a2e",
        "linestyle": (0, (1.4, 1.4)),
    },
    "less convenience": {"color": "#8b877c", "linestyle": (0, (6, 1.4, 1.2, 1.4))},
}
_TOTAL = {"color": "#1d1d1d", "linewidth": 2.6}
_NAMES = {"sticky_safe": "Safe debt", "sticky_risky": "Risky debt"}


@house_style()
def draw(records: list[dict[str, Any]]) -> Figure:
    """Draw one panel per economy and kind of news (basis points over years)."""
    economies = list(dict.fromkeys(r["economy"] for r in records))
    kinds = list(dict.fromkeys(r["news"] for r in records))
    figure = Figure(figsize=(9.6, 7.4))
    figure.set_layout_engine("constrained", hspace=0.06, wspace=0.05)
    panels = figure.subplots(len(economies), len(kinds), sharex=True, squeeze=False)
    for row, economy in zip(panels, economies, strict=True):
        for axes, kind in zip(row, kinds, strict=True):
            own = [r for r in records if (r["economy"], r["news"]) == (economy, kind)]
            years = [r["quarter"] / 4 for r in own]
            zero_line(axes)
            for name, members in LINES.items():
                heights = [sum(r[m] for m in members) for r in own]
                axes.plot(years, heights, **_LOOK[name])
            axes.plot(years, [r["yield"] for r in own], **_TOTAL)
            regime = economy.removeprefix("sticky_")
            title = f"{_NAMES.get(economy, economy)}, {kind} news"
            axes.set_title(title, color=INK.get(regime, "black"))
            axes.margins(x=0.01)
        row[0].set_ylabel("basis points per year")
    for axes in panels[-1]:
        axes.set_xlabel("years after the news")
    handles = [Line2D([], [], label="ten-year yield", **_TOTAL)]
    handles += [Line2D([], [], label=name, **_LOOK[name]) for name in LINES]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure
