"""The rolling correlation beside the models', and it by tenor, frequency and shock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..claims import WIDTH
from ..report.figures import COLOURS, INK, house_style, label_ends, line, zero_line
from ..study import Findings
from ..tables import records, rows
from .claims import FREQUENCIES, fact, model

_REGIMES = ("safe", "risky")
_TENORS = ("2y", "5y", "10y", "30y")
_ERAS = {
    "1998-2019": ("1998–2019", "o", "white"),
    "2020-present": ("since 2020", "D", COLOURS["muted"]),
    "2022-present": ("since 2022", "s", COLOURS["data"]),
}
_CHANGE = (2020.0, 2023.0)


def _rolling(axes: Axes, findings: Findings) -> None:
    own = findings["stock_bond_rolling_model"]
    years = own["year"].to_numpy()
    axes.fill_between(
        years,
        own["q05"].to_numpy(),
        own["q95"].to_numpy(),
        color=COLOURS["other"],
        alpha=0.25,
        linewidth=0,
    )
    axes.plot(years, own["q50"].to_numpy(), color=COLOURS["other"], linewidth=1.4)
    data = records(findings["stock_bond_rolling_data"])
    at = [int(r["month"][:4]) + int(r["month"][5:]) / 12 for r in data]
    axes.plot(
        at, [r["correlation"] for r in data], color=COLOURS["data"], linewidth=1.6
    )
    axes.axvspan(*_CHANGE, color=COLOURS["muted"], alpha=0.15, linewidth=0)
    zero_line(axes)
    axes.annotate(
        "regime changes\non a day in 2020–22",
        (2019.8, 0.72),
        ha="right",
        va="top",
        fontsize=10,
        color=INK["muted"],
    )
    axes.annotate("data", (1993.2, 0.52), color=INK["data"])
    axes.annotate(
        "models: median and 90% of samples", (2000.6, -0.75), color=INK["other"]
    )
    axes.set(
        title="Stocks and ten-year Treasurys, 252 trading days",
        ylabel="correlation",
        xlim=(1990, 2027),
        ylim=(-0.85, 0.8),
    )


def _points(axes: Axes, across: np.ndarray, found: Sequence[Any], era: str) -> None:
    label, marker, face = _ERAS[era]
    axes.errorbar(
        across,
        [f["value"] for f in found],
        yerr=[WIDTH * f["standard_error"] for f in found],
        color=COLOURS["data"],
        marker=marker,
        markerfacecolor=face,
        linestyle="none",
        elinewidth=0.9,
        label=label,
    )


def _by_tenor(axes: Axes, findings: Findings) -> None:
    across = np.arange(len(_TENORS))
    heights = {}
    for regime in _REGIMES:
        values = [
            model(findings, "correlation", regime, "quarterly", t) for t in _TENORS
        ]
        axes.plot(across, values, **line(regime))
        heights[regime] = values[-1]
    for k, era in enumerate(("1998-2019", "2022-present")):
        found = [
            fact(findings, "correlation", "quarterly", era, tenor) for tenor in _TENORS
        ]
        _points(axes, across + 0.08 * (2 * k - 1), found, era)
    zero_line(axes)
    axes.set(title="By tenor, quarterly", ylabel="correlation", ylim=(-0.85, 1.0))
    axes.set_xlim(-0.3, 3.9)
    axes.set_xticks(across, _TENORS)
    label_ends(axes, 3.1, heights)


def _by_frequency(axes: Axes, findings: Findings) -> None:
    across = np.arange(len(FREQUENCIES))
    for regime in _REGIMES:
        values = [model(findings, "correlation", regime, f) for f in FREQUENCIES]
        axes.plot(across, values, **line(regime))
    for k, era in enumerate(_ERAS):
        found = [fact(findings, "correlation", f, era) for f in FREQUENCIES]
        _points(axes, across + 0.13 * (k - 1), found, era)
    zero_line(axes)
    axes.set(title="Ten years, by frequency", ylim=(-0.85, 1.0), xlim=(-0.4, 2.4))
    axes.set_xticks(across, FREQUENCIES)
    axes.legend(
        loc="upper center", ncols=3, fontsize=9, handletextpad=0.1, columnspacing=0.6
    )


def _by_shock(axes: Axes, findings: Findings) -> None:
    found = {r: rows(findings["stock_bond_shocks"], regime=r) for r in _REGIMES}
    names = {
        r["shock"]: r["name"]
        for regime in _REGIMES
        for r in found[regime]
        if r["shock"] != "e_d"
    }
    places = np.arange(len(names))[::-1]
    for k, regime in enumerate(_REGIMES):
        parts = {r["shock"]: r["part"] for r in found[regime]}
        axes.barh(
            places + 0.19 - 0.38 * k,
            [parts[s] for s in names],
            height=0.36,
            color=COLOURS[regime],
            label=regime,
        )
    axes.axvline(0.0, color="#777777", linewidth=0.9)
    axes.set(title="Ten years, by shock", xlabel="part of the correlation")
    axes.set_yticks(places, list(names.values()))
    axes.set_xlim(-0.45, 0.45)
    axes.legend(loc="lower right", fontsize=9.5)


@house_style()
def draw(findings: Findings) -> Figure:
    """One wide panel over time, and three below: tenor, frequency, shock."""
    figure = Figure(figsize=(12.0, 8.0))
    grid = figure.add_gridspec(2, 3, height_ratios=(1.0, 1.0))
    _rolling(figure.add_subplot(grid[0, :]), findings)
    below = [figure.add_subplot(grid[1, k]) for k in range(3)]
    _by_tenor(below[0], findings)
    _by_frequency(below[1], findings)
    _by_shock(below[2], findings)
    return figure
