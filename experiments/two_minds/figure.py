"""Figures of ``two-minds``: what is called dysfunction, purchases and costs."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report import labels
from ..report.figures import (
    COLOURS,
    INK,
    house_style,
    label_ends,
    line,
    new_figure,
    zero_line,
)
from ..study import Findings
from ..tables import pick
from .laboratory import ALL
from .regulation import BONDS
from .study import IDLE, called_of

_SEEN = {
    "yields": "yields",
    "prices": "and other prices,\ninflation",
    "indicators": "and indicators\nwith error",
    "fundamentals": "and fundamentals\nas they are",
}
_MINDS = {"safe": "safe model", "risky": "right model", "learning": "learning"}
# Text over grid lines.
_PLAIN = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
_KIND = {"safe": "safe", "risky": "risky", "learning": "other"}


@house_style()
def draw_purchases(findings: Findings) -> Figure:
    """Draw what fiscal news is called, and balance sheets over ten years."""
    figure, (left, right) = new_figure(1, 2, width=10.4, height=4.5)
    _shares(left, findings)
    _stocks(right, findings)
    return figure


def _shares(axes: Axes, findings: Findings) -> None:
    table = findings["two_minds_attribution"]
    places = np.arange(len(_SEEN))
    top = 100.0
    for mind, shift in (("safe", -0.2), ("risky", 0.2)):
        heights = [100 * called_of(table, mind, seen) for seen in _SEEN]
        top = max(top, *heights)
        axes.bar(places + shift, heights, 0.36, color=COLOURS[mind], zorder=2)
        for place, height in zip(places + shift, heights, strict=True):
            axes.annotate(
                labels.fixed(height, "percent", 0),
                (place, max(height, 0.0)),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=9.5,
                color=INK[mind],
            )
    zero_line(axes)
    for mind, height in (("safe", 1.0), ("risky", 0.9)):
        axes.text(
            -0.4,
            height * top,
            f"policy maker with the {_MINDS[mind]}",
            color=INK[mind],
            fontsize=10.5,
            bbox=_PLAIN,
        )
    axes.set_xticks(places, list(_SEEN.values()), fontsize=9)
    axes.set(
        ylabel="percent of the ten-year yield's rise on fiscal news",
        title="called dysfunction, by what is seen",
        ylim=(-0.2 * top, 1.1 * top),
    )


def _stocks(axes: Axes, findings: Findings) -> None:
    paths = findings.extra["paths"]
    ends = {}
    for mind, kind in _KIND.items():
        stock = np.asarray(paths[f"{ALL}, {mind}"].stock)
        stock = np.pad(stock, ((0, 0), (1, 0)))
        years = np.arange(stock.shape[1]) / 4
        if mind != "learning":
            low, high = np.quantile(stock, (0.1, 0.9), axis=0)
            axes.fill_between(
                years, low, high, color=COLOURS[kind], alpha=0.15, linewidth=0
            )
        middle = np.median(stock, axis=0)
        axes.plot(years, middle, **line(kind))
        ends[kind] = float(middle[-1])
    axes.set(
        xlabel="years",
        ylabel="bonds bought (percent of GDP)",
        title="balance sheet, risky debt",
        xlim=(0, 10),
        ylim=(0, None),
    )
    label_ends(axes, 10.0, ends, {_KIND[m]: n for m, n in _MINDS.items()})


_BELIEFS = {
    IDLE: ("muted", "no purchases"),
    "safe model": ("safe", "safe model"),
}


@house_style()
def draw_discipline(findings: Findings) -> Figure:
    """Draw the price level by belief, and risk weights by maturity."""
    backing = findings.extra["backing"]
    figure, (left, right) = new_figure(1, 2, width=10.4, height=4.3)
    ends = {}
    for belief, (kind, _) in _BELIEFS.items():
        level = 100 * np.append(0.0, backing[belief].price_level)
        years = np.arange(len(level)) / 4
        left.plot(years, level, **line(kind))
        ends[kind] = float(level[-1])
    left.set(
        xlabel="years of fiscal news",
        ylabel="price level (percent over that without news)",
        title="price level, with discipline",
        xlim=(0, 10),
        ylim=(0, None),
    )
    label_ends(left, 10.0, ends, dict(_BELIEFS.values()))
    _weights(right, findings)
    return figure


def _weights(axes: Axes, findings: Findings) -> None:
    confidence = findings.extra["given"]["confidence"]
    rules = findings["two_minds_rules"]
    names = [*BONDS, "bank"]
    places = np.arange(len(names))
    for regime, shift in (("safe", -0.2), ("risky", 0.2)):
        for disasters in (True, False):
            wanted = {"economy": regime, "disasters": disasters}
            heights = [
                100 * pick(rules, "risk_weight", position=name, **wanted)
                for name in names
            ]
            axes.bar(
                places + shift,
                heights,
                0.36 if disasters else 0.2,
                color=COLOURS[regime],
                alpha=0.35 if disasters else 1.0,
                zorder=2,
            )
    axes.set_xticks(
        places, [*(n.replace("y", " years") for n in BONDS), "bank's\nbook"], fontsize=9
    )
    top = axes.get_ylim()[1]
    axes.set_ylim(0, 1.08 * top)
    notes = (
        ("safe", 1.0, "safe debt"),
        ("risky", 0.925, "risky debt"),
        ("muted", 0.85, "pale: samples with disasters"),
    )
    for kind, height, text in notes:
        axes.text(-0.4, height * top, text, color=INK[kind], fontsize=10.5, bbox=_PLAIN)
    axes.set(
        ylabel="risk weight (percent)",
        title=f"risk weight that covers {100 * confidence:g}% of quarters",
    )
