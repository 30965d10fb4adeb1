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


# Responses that differ by less, in basis points, are one panel.
_SAME = 1e-6


@house_style()
def draw(records: list[dict[str, Any]]) -> Figure:
    """Draw one panel per economy and kind of news (basis points over years).

    Where debt is safe it makes no difference who pays: kinds of news with the same
    responses share a panel.
    """
    panels = _panels(records)
    figure = Figure(figsize=(4.1 * len(panels), 4.7))
    figure.set_layout_engine("constrained", wspace=0.05)
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (economy, kinds, own) in zip(row, panels, strict=True):
        years = [r["quarter"] / 4 for r in own]
        zero_line(axes)
        for name, members in LINES.items():
            heights = [sum(r[m] for m in members) for r in own]
            axes.plot(years, heights, **_LOOK[name])
        axes.plot(years, [r["yield"] for r in own], **_TOTAL)
        regime = economy.removeprefix("sticky_")
        news = f"{' or '.join(kinds)} news"
        title = f"{_NAMES.get(economy, economy)}, {news}"
        axes.set_title(title, color=INK.get(regime, "black"))
        axes.margins(x=0.01)
        axes.set_xlabel("years after the news")
    row[0].set_ylabel("basis points per year")
    handles = [Line2D([], [], label="ten-year yield", **_TOTAL)]
    handles += [Line2D([], [], label=name, **_LOOK[name]) for name in LINES]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _panels(
    records: list[dict[str, Any]],
) -> list[tuple[str, list[str], list[dict[str, Any]]]]:
    """Economy, kinds of news with the same responses, and these responses."""
    found: list[tuple[str, list[str], list[dict[str, Any]]]] = []
    for economy in dict.fromkeys(r["economy"] for r in records):
        for kind in dict.fromkeys(r["news"] for r in records):
            own = [r for r in records if (r["economy"], r["news"]) == (economy, kind)]
            last = found[-1] if found else None
            if last is not None and last[0] == economy and _same(last[2], own):
                last[1].append(kind)
            else:
                found.append((economy, [kind], own))
    return found


def _same(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> bool:
    names = ("yield", *(n for members in LINES.values() for n in members))
    apart = (abs(a[n] - b[n]) for a, b in zip(one, other, strict=True) for n in names)
    return max(apart) < _SAME
