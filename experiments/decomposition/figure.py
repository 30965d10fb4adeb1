"""The picture of yields by part: curves at rest above, responses to news below."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...calibration.economies.protocol import ONE_TIME, PERSISTENT_FLOW
from ...calibration.economies.regimes import regime_name
from ..report import labels
from ..report.figures import INK, PARTS, house_style, zero_line

NAMES = {
    "expected_real_rate": "expected real rate",
    "real_term_premium": "real term premium",
    "expected_inflation": "expected inflation",
    "inflation_compensation": "inflation compensation",
    "inflation_risk_premium": "inflation risk premium",
    "convenience": "less convenience",
}
TITLES = {
    "persistent_spending": f"{100 * PERSISTENT_FLOW:+g}pp of GDP of spending",
    "transfer": f"transfer of {25 * ONE_TIME:g}% of GDP",
    "stress": "one s.d. of stress",
}

# More panels than this do not fit side by side.
_ACROSS = 3


def _stack(axes: Axes, rows: list[dict[str, Any]], width: float) -> None:
    """Bars of the parts, positive ones up from zero and negative ones down."""
    for place, row in enumerate(rows):
        top = bottom = 0.0
        for part, colour in PARTS.items():
            height = row[part]
            base = top if height > 0 else bottom
            axes.bar(
                place,
                height,
                width,
                bottom=base,
                color=colour,
                edgecolor="white",
                linewidth=0.5,
            )
            if height > 0:
                top += height
            else:
                bottom += height
    zero_line(axes)


def _curve(axes: Axes, rows: list[dict[str, Any]]) -> None:
    _stack(axes, rows, 0.72)
    places = range(len(rows))
    axes.plot(
        places,
        [r["yield"] for r in rows],
        color="#1d1d1d",
        marker="D",
        markersize=5,
        linewidth=1.4,
    )
    axes.plot(
        places,
        [r["real"] for r in rows],
        color="#1d1d1d",
        marker="o",
        markersize=4.5,
        markerfacecolor="white",
        linewidth=1.2,
        linestyle=(0, (4, 2)),
    )
    axes.set_xticks(list(places), [r["maturity"] for r in rows])
    economy, regime = rows[0]["economy"], rows[0]["regime"]
    name = labels.column(regime_name(economy, regime))
    axes.set_title(f"{name}, yields at rest", color=INK.get(regime, "black"))


def _response(axes: Axes, rows: list[dict[str, Any]], shock: str) -> None:
    _stack(axes, rows, 0.5)
    crowded = len(rows) > _ACROSS
    axes.margins(x=0.1 if crowded else 0.3, y=0.14)
    places = list(range(len(rows)))
    totals = [r["yield"] for r in rows]
    axes.plot(places, totals, color="#1d1d1d", marker="D", markersize=5, linestyle="")
    for place, total in zip(places, totals, strict=True):
        digits = 2 if abs(total) < 1 else 1
        # A zero that was rounded keeps no sign.
        text = f"{round(total, digits) + 0.0:+.{digits}f}".replace(
            "-", "\N{MINUS SIGN}"
        )
        if crowded:
            # Beyond the bar: beside it stands the next one.
            parts = [rows[place][part] for part in PARTS]
            side = 1 if total >= 0 else -1
            end = sum(part for part in parts if part * side > 0)
            axes.annotate(
                text,
                (place, end),
                xytext=(0, 3 * side),
                textcoords="offset points",
                ha="center",
                va="bottom" if side > 0 else "top",
                fontsize=9,
            )
            continue
        axes.annotate(
            text,
            (place + 0.25, total),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
        )
    # The name of a regime inside an economy takes two lines.
    names = [regime_name(r["economy"], r["regime"]).replace(": ", ":\n") for r in rows]
    axes.set_xticks(places, names)
    if crowded:
        axes.tick_params(axis="x", labelsize=9)
    for label, row in zip(axes.get_xticklabels(), rows, strict=True):
        label.set_color(INK.get(row["regime"], "black"))
    axes.set_title(TITLES[shock])


@house_style()
def draw(at_rest: list[dict[str, Any]], moves: list[dict[str, Any]]) -> Figure:
    """Draw yields at rest (percent) and responses of the ten-year yield (bp)."""
    groups = list(dict.fromkeys((r["economy"], r["regime"]) for r in at_rest))
    # Curves stand two by two where a row would be crowded.
    across = len(groups) if len(groups) <= _ACROSS else 2
    above = math.ceil(len(groups) / across)
    figure = Figure(figsize=(9.6, 4.3 + 3.9 * above))
    figure.set_layout_engine("constrained", hspace=0.06)
    grid = figure.add_gridspec(
        above + 1, across * len(TITLES), height_ratios=(*[1.1] * above, 1.0)
    )
    first: Axes | None = None
    for place, group in enumerate(groups):
        row, column = divmod(place, across)
        cells = slice(column * len(TITLES), (column + 1) * len(TITLES))
        axes = figure.add_subplot(grid[row, cells], sharey=first)
        _curve(axes, [r for r in at_rest if (r["economy"], r["regime"]) == group])
        if column == 0:
            axes.set_ylabel("percent per year")
        first = first or axes
    for place, shock in enumerate(TITLES):
        cells = slice(place * across, (place + 1) * across)
        axes = figure.add_subplot(grid[above, cells])
        _response(axes, [r for r in moves if r["shock"] == shock], shock)
        if place == 0:
            axes.set_ylabel("ten-year yield, basis points")
    handles: list[Any] = [Patch(color=PARTS[p], label=NAMES[p]) for p in PARTS]
    handles += [
        Line2D([], [], color="#1d1d1d", marker="D", markersize=5, label="yield"),
        Line2D(
            [],
            [],
            color="#1d1d1d",
            marker="o",
            markerfacecolor="white",
            linestyle=(0, (4, 2)),
            label="real yield",
        ),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure
