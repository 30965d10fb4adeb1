"""Wedges by tenor, the record by era, channels apart and the worth of convenience."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..claims import WIDTH
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
from ..tables import rows
from .claims import wedge_at

_TENORS = ("3m", "1y", "2y", "5y", "10y", "20y", "30y")
_REGIMES = ("safe", "risky")
_ERAS = {
    "1998-2007H1": "1998–\n2007H1",
    "2007H2-2009": "2007H2–\n2009",
    "2010-2019": "2010–\n2019",
    "2020 to August": "2020\nto Aug",
    "2022-2026": "2022–\n2026",
}
_SERIES = {
    ("aaa", "10y"): ("AAA – 10y", "data", "s"),
    ("aaa", "20y"): ("AAA – 20y", "muted", "D"),
    ("foreign", "3m"): ("foreign – 3m", "other", "o"),
    ("foreign", "5y"): ("foreign – 5y", "switching", "^"),
}
_CASES = {
    "safe": ("safe", "safe"),
    "safe, services of risky debt": ("safe, risky services", "other"),
    "switching: safe": ("switching, while safe", "switching"),
    "switching: risky": ("switching, while risky", "switching"),
    "risky": ("risky", "risky"),
}


def _wedge(axes: Axes, findings: Findings, wedge: str, title: str) -> None:
    across = range(len(_TENORS))
    heights = {}
    for regime in _REGIMES:
        values = [wedge_at(findings, regime, f"{wedge}_treasury", t) for t in _TENORS]
        axes.plot(across, values, **line(regime))
        heights[regime] = values[-1]
    zero_line(axes)
    axes.set(title=title, ylabel="basis points", xlim=(-0.3, 7.6))
    axes.set_xticks(across, _TENORS)
    label_ends(axes, len(_TENORS) - 1, heights)


def _premia(axes: Axes, findings: Findings) -> None:
    """Means of the record beside the model's wedge over foreign bonds."""
    _wedge(axes, findings, "foreign", "Foreign less Treasury")
    for era, marker in (("1998-2007H1", "o"), ("2010-2019", "s")):
        where = {"origin": "shipped", "wedge": "foreign", "era": era}
        found = rows(findings["convenience_eras"], **where)
        axes.errorbar(
            [_TENORS.index(r["tenor"]) for r in found],
            [r["value"] for r in found],
            yerr=[WIDTH * r["standard_error"] for r in found],
            color=COLOURS["data"],
            marker=marker,
            markerfacecolor="white" if marker == "o" else COLOURS["data"],
            linestyle="none",
            elinewidth=0.9,
            label=f"data {era}".replace("-", "–"),
        )
    axes.legend(loc="upper right", fontsize=9.5, handletextpad=0.2)


def _eras(axes: Axes, findings: Findings) -> None:
    axes.set_title("The record by era")
    names = list(_ERAS)
    for key, (label, kind, marker) in _SERIES.items():
        where = dict(zip(("origin", "wedge", "tenor"), ("shipped", *key), strict=True))
        found = {r["era"]: r for r in rows(findings["convenience_eras"], **where)}
        shown = [e for e in names if e in found]
        axes.errorbar(
            [names.index(e) for e in shown],
            [found[e]["value"] for e in shown],
            yerr=[WIDTH * found[e]["standard_error"] for e in shown],
            color=COLOURS[kind],
            marker=marker,
            linewidth=1.0,
            elinewidth=0.9,
            label=label,
        )
    zero_line(axes)
    axes.set(ylabel="basis points", xlim=(-0.3, len(names) - 0.7), ylim=(-15, 300))
    axes.set_xticks(range(len(names)), list(_ERAS.values()), fontsize=9)
    axes.legend(ncols=2, loc="upper left", fontsize=9.5, columnspacing=1.0)


def _arc(axes: Axes, findings: Findings, mover: str, title: str, across: str) -> None:
    for regime in _REGIMES:
        found = rows(findings["convenience_arcs"], regime=regime, mover=mover)
        for asset, width in (("bill", 2.0), ("long", 1.3)):
            if asset == "bill" and regime == "risky":
                continue
            x = [r["at"] for r in found]
            axes.plot(x, [r[asset] for r in found], **line(regime, linewidth=width))
            name = "bills, both" if asset == "bill" else f"long, {regime}"
            axes.annotate(
                name,
                (x[-1], found[-1][asset]),
                xytext=(4, 0),
                textcoords="offset points",
                color=INK["data" if asset == "bill" else regime],
                fontsize=9.5,
                va="center",
                annotation_clip=False,
            )
    axes.set(title=title, ylabel="basis points", xlabel=across, ylim=(0, 175))


def _worth(axes: Axes, findings: Findings) -> None:
    found = {r["case"]: r for r in rows(findings["convenience_cost"])}
    shown = [(c, *look) for c, look in _CASES.items() if c in found]
    for k, (case, label, kind) in enumerate(reversed(shown)):
        share = found[case]["share"]
        axes.barh(k, share, color=COLOURS[kind], alpha=0.85, height=0.62)
        axes.text(
            share + 1,
            k,
            f"{share:.0f}%  ({found[case]['flow']:.2f})",
            va="center",
            fontsize=9.5,
            color=INK["data"],
        )
        axes.text(1, k, label, va="center", fontsize=9.5, color="white")
    axes.set(
        title="Worth of convenience",
        xlabel="percent of the value of debt (% of GDP a year)",
        xlim=(0, 62),
    )
    axes.set_yticks([])


@house_style()
def draw(findings: Findings) -> Figure:
    """Six panels: two wedges, the record, two channels, the worth of services."""
    figure, axes = new_figure(2, 3, width=12.0, height=7.2)
    _wedge(axes[0, 0], findings, "aaa", "AAA less Treasury")
    _premia(axes[0, 1], findings)
    _eras(axes[0, 2], findings)
    _arc(
        axes[1, 0],
        findings,
        "debt",
        "Supply, the rate held",
        "debt (percent of GDP)",
    )
    _arc(
        axes[1, 1],
        findings,
        "rate",
        "Opportunity cost, debt held",
        "short rate (percent a year)",
    )
    _worth(axes[1, 2], findings)
    axes[1, 0].set_xticks(range(50, 151, 25))
    axes[1, 1].set_xticks(range(0, 9, 2))
    for panel in axes[1, :2]:
        # Room for the names of lines.
        low, high = panel.get_xlim()
        panel.set_xlim(low, high + 0.28 * (high - low))
    return figure
