"""Paths of the budget outlook by what sets funding costs, and their fans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..desk.cases import label_of
from ..desk.figure import KINDS, look, years_along
from ..report.figures import COLOURS, INK, house_style, new_figure, zero_line
from ..study import Findings
from ..tables import rows

if TYPE_CHECKING:
    import xarray as xr

# Quantity, factor of print, title and axis.
PANELS = (
    ("debt", 1.0, "Debt at each economy's own rates", "percent of GDP"),
    ("anchored_debt", 1.0, "Debt at the projection's rates", "percent of GDP"),
    ("rise_of_yield_10y", 100.0, "Rise of the 10-year yield", "basis points"),
    ("rise_of_inflation", 1.0, "Rise of inflation", "percentage points a year"),
    ("rise_of_convenience_10y", 100.0, "Change of convenience", "basis points"),
)


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
                **look(key, label=label_of(key)),
            )
        if name.startswith("rise"):
            zero_line(panel)
        panel.set(title=title, ylabel=unit)
        years_along(panel, years)
    _limit(panels[-1], findings["outlook_limit"])
    years_along(panels[-1], years)
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
        panel.plot(across, paths.sel(funding=key).to_numpy(), **look(key))
        panel.set_title(label_of(key), color=INK[KINDS[key]], fontsize=11.5)
        panel.set_ylim(0, 1.05 * top)
        years_along(panel, across)
        if panel is not axes[0]:
            panel.set_yticklabels([])
    axes[0].set_ylabel("debt (percent of GDP)")
    return figure


@house_style()
def draw_desk(findings: Findings) -> Figure:
    """Debt with fans, stress, what moved debt, and financing needs, by pricing."""
    figure, axes = new_figure(2, 2, width=10.0, height=7.0)
    keys = list(
        dict.fromkeys(findings["desk_financing"]["funding"].to_numpy().tolist())
    )
    _fanned(axes[0, 0], findings, keys)
    _tests(axes[0, 1], findings, keys)
    _moved(axes[1, 0], findings, keys)
    _needs(axes[1, 1], findings, keys)
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names))
    return figure


def _fanned(axes: Axes, findings: Findings, keys: list[str]) -> None:
    across = findings["desk_decomposition"]["year"].to_numpy().tolist()
    for key in keys:
        own = rows(findings["desk_decomposition"], funding=key)
        fans = rows(findings["outlook_fan"], funding=key, quantity="anchored_debt")
        axes.fill_between(
            across,
            [r["q05"] for r in fans],
            [r["q95"] for r in fans],
            color=COLOURS[KINDS[key]],
            alpha=0.1,
            linewidth=0,
        )
        for edge in ("q05", "q95"):
            axes.plot(across, [r[edge] for r in fans], **look(key, linewidth=0.8))
        axes.plot(across, [r["debt"] for r in own], **look(key, label=label_of(key)))
    axes.set(title="Debt, with forecast errors", ylabel="percent of GDP")
    years_along(axes, across)


# Tests in words short enough for an axis.
_SHORT = {
    "baseline": "none",
    "growth": "growth",
    "rates": "rates",
    "balance": "balance",
    "contingent": "contingent",
    "exchange_rate": "exchange rate",
    "combined": "combined",
}


def _tests(axes: Axes, findings: Findings, keys: list[str]) -> None:
    found = findings["desk_stress"]
    last = max(r["year"] for r in rows(found))
    for place, key in enumerate(keys):
        own = {r["test"]: r["debt"] for r in rows(found, funding=key, year=last)}
        heights = [k + 0.22 * (place - 1) for k in range(len(_SHORT))]
        axes.plot(
            [own[t] for t in _SHORT],
            heights,
            color=COLOURS[KINDS[key]],
            linestyle="none",
            marker="osD"[place],
        )
    axes.set_yticks(range(len(_SHORT)), list(_SHORT.values()))
    axes.invert_yaxis()
    axes.set(title=f"Debt in {last} by stress test", xlabel="percent of GDP")


_BARS = {
    "primary_balance": "primary\ndeficits",
    "interest": "interest",
    "real_growth": "real\ngrowth",
    "inflation": "inflation",
    "exchange_rate": "exchange\nrate",
    "stock_flow": "stock-\nflow",
    "change": "change\nof debt",
}


def _moved(axes: Axes, findings: Findings, keys: list[str]) -> None:
    for place, key in enumerate(keys):
        own = rows(findings["desk_decomposition"], funding=key)
        axes.bar(
            [k + 0.27 * (place - 1) for k in range(len(_BARS))],
            [sum(r[name] for r in own) for name in _BARS],
            width=0.25,
            color=COLOURS[KINDS[key]],
        )
    zero_line(axes)
    axes.set_xticks(range(len(_BARS)), list(_BARS.values()), fontsize=8.5, va="top")
    axes.set(title="What moves debt, all years", ylabel="percent of GDP")


def _needs(axes: Axes, findings: Findings, keys: list[str]) -> None:
    across = findings["desk_financing"]["year"].to_numpy().tolist()
    for key in keys:
        own = rows(findings["desk_financing"], funding=key)
        axes.plot(across, [r["needs"] for r in own], **look(key))
    level = rows(findings["desk_heat_map"], indicator="financing")[0]["threshold"]
    axes.axhline(level, color="#777777", linewidth=0.9)
    first = rows(findings["desk_financing"])[0]["needs"]
    # On the side of the line on which needs are not.
    side = -1 if first > level else 1
    axes.annotate(
        "threshold",
        (across[0], level),
        xytext=(3, 3 * side),
        textcoords="offset points",
        va="top" if side < 0 else "bottom",
    )
    axes.set_ylim(0, None)
    axes.set(title="Gross financing needs", ylabel="percent of GDP")
    years_along(axes, across)
