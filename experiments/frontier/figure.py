"""What targets miss, and what scores and stress do, by the share that is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..predictions import by_quantity
from ..report.figures import COLOURS, INK, house_style, line, new_figure, zero_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Standard errors within which a target counts as met.
MET = 2.0
# What is drawn on the left: kind of line, marker and name.
_MISSED = {
    "fiscal_news_volatility": ("safe", "o", "size of fiscal news (CBO)"),
    "inflation_annual_standard_deviation": ("other", "D", "volatility of inflation"),
    "bond_stock_beta_quarterly_10y": ("switching", "^", "equity beta of the 10-year"),
    "score_yield_10y_ex_convenience": ("risky", "s", "10-year yield on a score"),
}
_MOVED = {
    "score_yield_10y_ex_convenience": ("risky", "s", "10-year yield on a score"),
    "score_term_premium_10y": ("other", "D", "of it term premium"),
    "stress_1sd_yield_10y": ("safe", "o", "10-year yield, one s.d. of stress"),
}
Columns = Mapping[str, Mapping[float, float]]


@house_style()
def draw(missed: Columns, moved: Columns) -> Figure:
    """Two panels over the share: t-statistics by target, basis points by response."""
    figure, axes = new_figure(1, 2, width=9.6, height=4.3)
    left, right = axes
    left.axhspan(-MET, MET, color=COLOURS["data"], alpha=0.12, linewidth=0)
    _lines(left, _MISSED, missed)
    left.legend(fontsize=9.5, loc="best")
    left.set(
        ylabel="model less record (standard errors)",
        title="What the targets miss",
    )
    low, high = by_quantity()["score_yield_10y_ex_convenience"].risky.band or (0, 0)
    right.axhspan(low, high, color=COLOURS["risky"], alpha=0.13, linewidth=0)
    _lines(right, _MOVED, moved)
    right.legend(fontsize=9.5, loc="best")
    right.set(
        ylabel="basis points",
        title="What scores and stress do",
        ylim=(0, 1.45 * max(max(moved[n].values()) for n in _MOVED)),
    )
    for panel in axes:
        zero_line(panel)
        panel.set_xlabel("spending news that bondholders bear (percent)")
    right.annotate(
        "judged band of a score",
        (0.98, high),
        xycoords=("axes fraction", "data"),
        xytext=(0, -4),
        textcoords="offset points",
        color=INK["risky"],
        fontsize=9.5,
        ha="right",
        va="top",
    )
    return figure


def _lines(
    axes: Axes, looks: Mapping[str, tuple[str, str, str]], columns: Columns
) -> None:
    for name, (kind, marker, label) in looks.items():
        x = np.array(list(columns[name]))
        y = np.array(list(columns[name].values()))
        look = line(kind, marker=marker, markersize=4.5, label=label)
        axes.plot(100 * x, y, **look)
