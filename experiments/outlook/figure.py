"""Paths of the budget outlook by what sets funding costs, and their fans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report.figures import COLOURS, INK, house_style, line, new_figure, zero_line
from ..study import Findings
from ..tables import rows
from .study import label_of

if TYPE_CHECKING:
    import xarray as xr

# Quantity, factor of print, title and axis.
PANELS = (
    ("debt", 1.0, "Debt at each economy's own rates", "percent of GDP"),
    ("anchored_debt", 1.0, "Debt at CBO's rates and growth", "percent of GDP"),
    ("rise_of_yield_10y", 100.0, "Rise of the 10-year yield", "basis points"),
    ("rise_of_inflation", 1.0, "Rise of inflation", "percentage points a year"),
    ("rise_of_convenience_10y", 100.0, "Change of convenience", "basis points"),
)


# Who sets funding costs -> kind of line.
KINDS = {
    "exogenous": "data",
    "safe": "safe",
    "risky": "risky",
    "unbacked": "other",
    "switching": "switching",
}


def _look(key: str, **more: Any) -> dict[str, Any]:
    plain = {"linestyle": "-", "marker": "none"} if KINDS[key] == "data" else {}
    return line(KINDS[key], **plain, **more)


def _years(axes: Axes, first: int, last: int) -> None:
    axes.set_xlim(first, last)
    axes.set_xticks(range(10 * -(-first // 10), last + 1, 10))


@house_style()
def draw_paths(findings: Findings) -> Figure:
    """Six panels over the years: paths without news, and the chance of the limit."""
    paths = findings["outlook"]
    figure, axes = new_figure(2, 3, width=11.0, height=6.6)
    panels = axes.ravel()
    years = paths["year"].to_numpy().tolist()
    for panel, (name, factor, title, unit) in zip(panels, PANELS, strict=False):
        for key in paths["funding"].to_numpy().tolist():
            own = paths[name].sel(funding=key).astype(float).dropna("year")
            panel.plot(
                own["year"].to_numpy(),
                factor * own.to_numpy(),
                **_look(key, label=label_of(key)),
            )
        if name.startswith("rise"):
            zero_line(panel)
        panel.set(title=title, ylabel=unit)
        _years(panel, years[0], years[-1])
    _limit(panels[-1], findings["outlook_limit"])
    _years(panels[-1], years[0], years[-1])
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names))
    return figure


def _limit(axes: Axes, limit: xr.Dataset) -> None:
    own = rows(limit)
    across = [r["year"] for r in own]
    for name, style, text in (
        ("left_with_news", "-", "left safety by then"),
        ("out_with_news", (0, (5, 2)), "out of it then"),
        ("left_without_news", (0, (1.4, 1.4)), "left, without news"),
    ):
        axes.plot(
            across,
            [100 * r[name] for r in own],
            color=COLOURS["switching"],
            linestyle=style,
            label=text,
        )
    axes.set(title="Fiscal limit, switching", ylabel="probability (percent)")
    axes.set_ylim(0, None)
    if own:
        axes.legend(fontsize=10, loc="upper left")


@house_style()
def draw_fans(findings: Findings) -> Figure:
    """Fans of debt, one panel for each way of funding, on one scale."""
    paths = findings["outlook"]["debt"]
    debts = rows(findings["outlook_fan"], quantity="debt")
    keys = list(dict.fromkeys(r["funding"] for r in debts))
    figure, axes = new_figure(1, len(keys), width=2.5 * len(keys) + 0.6, height=3.9)
    top = max(r["q95"] for r in debts)
    for panel, key in zip(axes, keys, strict=True):
        own = [r for r in debts if r["funding"] == key]
        across = [r["year"] for r in own]
        colour = COLOURS[KINDS[key]]
        for low, high, shade in (("q05", "q95", 0.16), ("q25", "q75", 0.3)):
            panel.fill_between(
                across,
                [r[low] for r in own],
                [r[high] for r in own],
                color=colour,
                alpha=shade,
                linewidth=0,
            )
        panel.plot(across, paths.sel(funding=key).to_numpy(), **_look(key))
        panel.set_title(label_of(key), color=INK[KINDS[key]], fontsize=11.5)
        panel.set_ylim(0, 1.05 * top)
        _years(panel, across[0], across[-1])
        if panel is not axes[0]:
            panel.set_yticklabels([])
    axes[0].set_ylabel("debt (percent of GDP)")
    return figure
