"""Probabilities from prices and from laws with their bands, and what laws answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...calibration.matching.pairs import SOURCES
from ...calibration.record.legislation_response import BREAK, MAIN
from ..report.figures import COLOURS, INK, house_style, line, new_figure
from ..study import Findings
from ..tables import records, rows
from .study import READING_LABELS

_QUIET = "#777777"
# Month, name and offset of the name to the right (years).
_EVENTS = (
    ("1980-06", "Volcker", 0.0),
    ("2003-06", "2003", 0.0),
    ("2008-12", "crisis", 0.0),
    ("2020-03", "March\n2020", -1.4),
    ("2025-04", "April\n2025", 1.2),
)


def _years(months: list[str]) -> np.ndarray:
    return np.array([int(m[:4]) + (int(m[5:]) - 0.5) / 12 for m in months])


@house_style()
def draw(findings: Findings) -> Figure:
    """Filtered probabilities; band over parameters for the first source."""
    months = findings["regime_index"]
    figure, panels = new_figure(4, 1, width=9.0, height=10.6)
    prices, laws = panels[:2], panels[2:]
    present = [s for s in SOURCES if s in months["source"]]
    kinds = dict(zip(present, ("risky", "muted"), strict=False))
    x = _years(months["month"].to_numpy().tolist())
    for axes, (reading, words) in zip(prices, READING_LABELS.items(), strict=True):
        for source in reversed(present):
            kind = kinds[source]
            own = months.sel(source=source, reading=reading)
            if source == present[0]:
                axes.fill_between(
                    x, own["low"], own["high"], color=COLOURS[kind], alpha=0.2, lw=0
                )
            style = {"linestyle": "-", "linewidth": 1.5 if kind == "risky" else 1.1}
            axes.plot(x, own["filtered"], **line(kind, **style))
        _probability(axes)
        _title(axes, f"Prices: {words}")
    _index_of_laws(laws[0], findings)
    _responses(laws[1], findings)
    for axes in panels:
        axes.set_xlim(1962, 2027)
        for month, _, _ in _EVENTS:
            axes.axvline(_at(month), color="#bbbbbb", linewidth=0.8, zorder=0)
    _title(panels[0], panels[0].get_title(loc="left"), pad=24)
    _names(panels[0])
    for k, source in enumerate(present):
        kind = kinds[source]
        text = f"economies with {SOURCES[source]}"
        text += " (band: 5–95%, parameters)" if k == 0 else ""
        figure.text(0.12 + 0.48 * k, 0.005, f"— {text}", color=INK[kind], fontsize=10.5)
    figure.set_layout_engine("constrained", rect=(0.0, 0.025, 1.0, 0.975), hspace=0.04)
    return figure


def _probability(axes: Axes) -> None:
    axes.axhline(0.5, color=_QUIET, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.set(ylim=(0, 1), yticks=(0, 0.5, 1), ylabel="probability")


def _title(axes: Axes, text: str, pad: float | None = None) -> None:
    axes.set_title(text, loc="left", fontsize=12, pad=pad)


def _at(month: str) -> float:
    return float(_years([month])[0])


def _names(axes: Axes) -> None:
    """Names of the events above a panel."""
    for month, name, shift in _EVENTS:
        axes.annotate(
            name,
            (_at(month) + shift, 1.02),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="bottom",
            fontsize=8.5,
            color="#555555",
            annotation_clip=False,
        )


def _half_years(names: Sequence[str]) -> np.ndarray:
    """Ends of half-years, years."""
    return np.array([int(n[:4]) + (0.5 if n[4] == "a" else 1.0) for n in names])


def _index_of_laws(axes: Axes, findings: Findings) -> None:
    own = records(findings["legislation_rolling"])
    x = _half_years([r["half_year"] for r in own])
    low, high = ([r[f"filtered_{end}"] for r in own] for end in ("low", "high"))
    axes.fill_between(x, low, high, color=COLOURS["data"], alpha=0.15, lw=0)
    axes.plot(x, [r["filtered"] for r in own], color=COLOURS["data"], linewidth=1.5)
    _probability(axes)
    _title(axes, "Laws: they do not answer projected debt (band: 5–95%, parameters)")


def _responses(axes: Axes, findings: Findings) -> None:
    """Rolling responses, means of eras, and what is published as sustainable."""
    rolling = findings["legislation_rolling"]
    own = [r for r in records(rolling) if r["response"] is not None]
    x = _half_years([r["half_year"] for r in own])
    low, high = ([r[end] for r in own] for end in ("low", "high"))
    axes.fill_between(x, low, high, color=COLOURS["data"], alpha=0.15, lw=0)
    axes.plot(x, [r["response"] for r in own], color=COLOURS["data"], linewidth=1.5)
    for era in BREAK:
        (row,) = rows(findings["legislation_response"], measure=MAIN, era=era)
        span = _half_years([row["sample_start"], row["sample_end"]])
        axes.plot(span - (0.5, 0.0), [row["value"]] * 2, **line("safe", linestyle="-"))
    (size,) = rows(
        findings["legislation_facts"],
        answers="sustainable",
        quantity="response",
        item="answers",
    )
    axes.axhline(size["value"], color=_QUIET, linewidth=1.0, linestyle=(0, (4, 2)))
    axes.axhline(0.0, color=_QUIET, linewidth=0.8)
    axes.set(ylim=(-0.8, 0.8), yticks=(-0.5, 0, 0.5), ylabel="percent of GDP")
    _title(axes, "Laws: deficit cut by a half-year's laws per point of projected debt")
    for y, text, kind in (
        (0.6, "twenty half-years to date, and 95%", "data"),
        (0.42, "the two eras", "safe"),
        (size["value"], f"sustainable: {size['value']:.2f}", "muted"),
    ):
        axes.text(1963, y, text, color=INK[kind], fontsize=10.5, va="bottom")
