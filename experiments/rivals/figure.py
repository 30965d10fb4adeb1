"""Explanations in the plane of fiscal elasticity and bond-stock beta."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ...calibration.economies.explanations import EXPLANATIONS
from ..claims import Expectation
from ..predictions import by_quantity
from ..report.figures import COLOURS, INK, house_style, new_figure, zero_line

_X = "score_yield_10y_ex_convenience"
_Y = "bond_stock_beta_quarterly_10y"
# Kind of colour and marker.
_LOOK = {
    "safe": ("safe", "o"),
    "risky": ("risky", "s"),
    "supply_and_rule": ("other", "D"),
    "supply": ("other", "^"),
    "rule": ("other", "v"),
    "plain_safe": ("muted", "o"),
    "plain_risky": ("muted", "s"),
}
# Dots closer than this share a column of names (basis points); height of a name (beta).
_NEAR, _LINE = 2.0, 0.056


def _expected(regime: str) -> tuple[Expectation, Expectation]:
    rows = by_quantity()
    return rows[_X].expects(regime), rows[_Y].expects(regime)


def _columns(found: Mapping[str, Mapping[str, float]]) -> list[list[str]]:
    """Explanations whose dots stand above each other, lowest first."""
    groups: list[list[str]] = []
    for name in sorted(found, key=lambda n: found[n][_X]):
        if groups and found[name][_X] - found[groups[-1][0]][_X] < _NEAR:
            groups[-1].append(name)
        else:
            groups.append([name])
    return [sorted(g, key=lambda n: found[n][_Y]) for g in groups]


def _name(
    axes: Axes,
    group: list[str],
    found: Mapping[str, Mapping[str, float]],
    names: Mapping[str, str],
) -> None:
    """Name dots to their right, apart from each other, with a line to the dot."""
    right = max(found[n][_X] for n in group) + 0.55
    place = -float("inf")
    for name in group:
        place = max(found[name][_Y], place + _LINE)
        axes.annotate(
            names[name],
            (found[name][_X], found[name][_Y]),
            xytext=(right, place),
            color=INK[_LOOK[name][0]],
            fontsize=10.5,
            va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
            zorder=3,
            arrowprops={"arrowstyle": "-", "color": "#999999", "linewidth": 0.8},
        )


@house_style()
def draw(found: Mapping[str, Mapping[str, float]]) -> Figure:
    """Draw one dot per explanation, and the bands judged from the record."""
    figure, axes = new_figure(width=8.6, height=5.0)
    for regime in ("safe", "risky"):
        across, up = (expects.band for expects in _expected(regime))
        if across is None or up is None:
            continue
        corner = (across[0], up[0])
        size = (across[1] - across[0], up[1] - up[0])
        patch = Rectangle(corner, *size, color=COLOURS[regime], alpha=0.13, linewidth=0)
        axes.add_patch(patch)
        axes.annotate(
            f"judged band, {regime} debt",
            (across[1], (up[0] + up[1]) / 2),
            xytext=(6, 0),
            textcoords="offset points",
            color=INK[regime],
            fontsize=10,
            va="center",
        )
    zero_line(axes)
    for name, values in found.items():
        kind, marker = _LOOK[name]
        axes.plot(
            values[_X],
            values[_Y],
            marker=marker,
            markersize=8,
            linestyle="none",
            color=COLOURS[kind],
            zorder=4,
        )
    names = {n: EXPLANATIONS[n].label for n in found}
    for group in _columns(found):
        _name(axes, group, found, names)
    axes.set(
        xlabel="ten-year yield on spending news of 1% of GDP, net of demand "
        "(basis points)",
        ylabel="equity beta of the ten-year Treasury",
        xlim=(-1.6, 12.5),
        ylim=(-0.5, 0.66),
    )
    return figure
