"""Actual moves of each window and what explanations make of them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..report import moment_labels
from ..report.figures import COLOURS, INK, house_style, new_figure, zero_line
from ..study import Findings
from ..tables import pick, rows
from .study import MAIN

# Kind of colour and marker.
_LOOK = {
    "safe": ("safe", "o"),
    "risky": ("risky", "s"),
    "plumbing": ("other", "D"),
    "both": ("data", "x"),
    "supply": ("switching", "^"),
}
_PLACES = (0.0, 0.18, 0.36, 0.62, 0.80)  # of the probabilities above a panel
_NAMES = {
    "yield_3m": "3m",
    "yield_2y": "2y",
    "yield_5y": "5y",
    "yield_10y": "10y",
    "yield_30y": "30y",
    "equity": "stocks",
    "term_premium_10y": "term\nprem.",
    "breakeven_10y": "break-\neven",
    "aaa_spread_10y": "AAA\nspread",
    "swap_spread_10y": "swap\nspread",
}


@house_style()
def draw(findings: Findings) -> Figure:
    """Bars are the record, marks the fit, both over an ordinary window's move."""
    episodes = findings["windows"]["episode"].to_numpy().tolist()
    figure, panels = new_figure((len(episodes) + 1) // 2, 2, width=11.0, height=11.0)
    for axes in panels.flat[len(episodes) :]:
        axes.set_visible(False)
    for axes, name in zip(panels.flat, episodes, strict=False):
        own = rows(findings["episode_moves"], episode=name, source=MAIN)
        found = {(r["explanation"], r["observable"]): r for r in own}
        shown = [n for n in _NAMES if ("safe", n) in found]
        x = np.arange(len(shown))
        actual = [
            found["safe", n]["actual"] / found["safe", n]["ordinary"] for n in shown
        ]
        axes.bar(x, actual, width=0.86, color="#d9d9d9", zorder=1)
        for k, (kind, (colour, marker)) in enumerate(_LOOK.items()):
            fit = [found[kind, n]["fitted"] / found[kind, n]["ordinary"] for n in shown]
            axes.plot(
                x + 0.15 * (k - 2),
                fit,
                linestyle="none",
                marker=marker,
                markersize=5.5,
                color=COLOURS[colour],
                zorder=3,
            )
            where = {"episode": name, "source": MAIN, "explanation": kind}
            probability = pick(findings["episodes"], "probability", **where)
            axes.annotate(
                f"{kind} {probability:.2f}",
                (_PLACES[k], 1.02),
                xycoords="axes fraction",
                color=INK[colour],
                fontsize=10.5,
            )
        zero_line(axes)
        axes.set_xticks(x, [_NAMES[n] for n in shown], fontsize=10)
        axes.set_title(moment_labels.event(name), loc="left", fontsize=12, pad=24)
    figure.supylabel("move over an ordinary one of as many days", fontsize=11.5)
    figure.set_layout_engine("constrained", hspace=0.06, wspace=0.04)
    return figure
