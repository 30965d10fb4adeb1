"""The backing share as a line: two panels, the numbers, and what its end is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...calibration.economies.protocol import PERSISTENT_FLOW
from ...calibration.record.bills import announced
from ..predictions import by_quantity
from ..report import labels
from ..report.cells import Named, Number
from ..report.figures import COLOURS, house_style, line, new_figure, zero_line
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records
from . import STUDY
from .study import CALM, UNITS

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure as Drawing

_SCORE = "score_yield_10y_ex_convenience"
_NEWS = f"{100 * PERSISTENT_FLOW:+g}pp of GDP of persistent spending"


def result(findings: Findings, _: object = None) -> ExperimentResult:
    """What is written and drawn."""
    data = findings["theta"]
    shown = frame(data)
    shown.attrs["units"] = UNITS
    return ExperimentResult(
        tables={"theta": shown},
        records={"theta": records(data)},
        figures={"theta": draw(data)},
        notes=notes(findings),
        quantities=dict(findings.quantities),
    )


def notes(findings: Findings) -> list[str]:
    """What was done, what full backing gives, and shares without a solution."""
    spending = findings.extra["spending"]
    stated = ", ".join(f"{k} = {v:g}" for k, v in spending.items())
    calm = (
        f"and with calmer spending ({stated}; with the calibrated risk debt that "
        "nothing backs is worthless in some states)"
        if spending == CALM
        else f"and with {stated}"
    )
    shares = findings["theta"]["theta"].to_numpy()
    over = (
        "for backing shares from zero to one"
        if len(shares) > 1
        else f"for a backing share of {shares[0]:g}"
    )
    lead = (
        f"The fiscally led economy, without breach {calm}, {over}: news of "
        f"{_NEWS}.{_full_backing(findings['theta'])} Only spending is backed: growth "
        "and disaster risk stay with bondholders."
    )
    return [
        lead,
        *(
            f"No solution at a backing share of {share:g}: {problem}"
            for share, problem in findings.extra["failed"].items()
        ),
    ]


def _full_backing(data: xr.Dataset) -> str:
    """Whether full backing gives the numbers of safe debt, by the regime table."""
    if 1.0 not in data["theta"]:
        return ""
    full = data.sel(theta=1.0)
    borne, moved = float(full["bondholders"]), float(full["yield_10y"])
    scored = announced().ordinary * moved
    if _is_zero("share_bondholders", borne) and _is_zero(_SCORE, scored):
        return (
            " With full backing the spending rows are those of safe debt although "
            "money stays passive."
        )
    return (
        f" With full backing bondholders still bear {100 * borne:.0f}% of the news, "
        f"and the ten-year yield moves by {moved:.1f} bp: not what safe debt does."
    )


def _is_zero(quantity: str, value: float) -> bool:
    """Whether the regime table takes it for the zero that it claims of safe debt."""
    claimed = by_quantity()[quantity].safe
    return claimed.claim == "zero" and abs(value) <= claimed.tolerance


@house_style()
def draw(data: xr.Dataset) -> Drawing:
    """Draw who bears the news and what it does to yields, by backing share."""
    theta = data["theta"].to_numpy()
    figure, axes = new_figure(1, 2, width=8.8, height=3.8)
    for name, regime, marker in (
        ("taxpayers", "safe", "o"),
        ("bondholders", "risky", "s"),
    ):
        look = line(regime, marker=marker, markersize=4, label=name)
        axes[0].plot(theta, 100 * data[name].to_numpy(), **look)
    axes[0].set(
        xlabel=r"backing share $\theta$",
        ylabel="share of the news borne (percent)",
        title="Who bears news of spending",
    )
    axes[0].set_ylim(-5, 105)
    axes[0].legend(loc="center right")
    axes[1].plot(
        theta,
        data["yield_3m"].to_numpy(),
        **line("other", marker="D", markersize=4, label="3-month yield"),
    )
    axes[1].plot(
        theta,
        data["yield_10y"].to_numpy(),
        **line("risky", marker="s", markersize=4),
        label="10-year yield without convenience",
    )
    band = by_quantity()[_SCORE].risky.band
    if band is not None:
        # The band is about scores; here the news is certain.
        low, high = (edge / announced().ordinary for edge in band)
        axes[1].axhspan(
            low,
            high,
            color=COLOURS["data"],
            alpha=0.15,
            label="10-year yield whose score lies in the judged band",
        )
    zero_line(axes[1])
    axes[1].set(
        xlabel=r"backing share $\theta$",
        ylabel="rise of the yield (basis points)",
        title="What it does to yields",
    )
    axes[1].legend(fontsize=10)
    return figure


def section(result: ExperimentResult) -> Section:
    """Section of the report: the figure and its numbers."""
    lead, *more = result.notes
    figures = [
        Figure(
            figure,
            f"News of {_NEWS} that fades slowly, by the share of it that taxes back.",
            "Two panels over the backing share: the parts of the news that taxpayers "
            "and bondholders bear, and what the news does to yields.",
        )
        for figure in result.figures.values()
    ]
    numbers = _numbers(result.tables["theta"])
    return Section(
        STUDY.question,
        lead,
        [*figures, numbers, *(Text(note) for note in more)],
        short="Backing share",
    )


def _numbers(found: pd.DataFrame) -> Table:
    import pandas as pd

    shown = pd.DataFrame(
        {
            Named(labels.quantity(str(name)), str(name)): [
                Number(labels.number(v, UNITS[name]) if name in UNITS else f"{v:g}")
                for v in found[name]
            ]
            for name in found
        }
    )
    below = {
        column: labels.unit(UNITS[column.code]).short
        for column in shown
        if column.code in UNITS
    }
    return Table(shown, "The numbers of the figure", units=below)
