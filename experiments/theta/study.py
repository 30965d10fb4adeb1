"""Safe and risky debt as the ends of one line: the backing share from low to full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...calibration.economies.core import COARSE, solve_economy
from ...calibration.economies.responses import (
    ledger_shares,
    persistent_spending,
    yield_parts,
)
from ...solvers.errors import SolutionError
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ..report.page import Section

QUESTION = "Are safe and risky debt the two ends of one line?"
UNITS = {
    "taxpayers": "share of PV(G) news",
    "bondholders": "share of PV(G) news",
    "revaluation": "percent of debt per PV of 1% of GDP",
    "yield_10y": "basis points",
    "yield_3m": "basis points",
    "term_premium_10y": "basis points",
}
# Judged response of the ten-year yield, as in the regime table (basis points).
BAND = (4.0, 9.0)
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
# With the calibrated risk of spending, debt that nothing backs is worthless in some
# states: the sweep down to zero needs calmer spending.
CALM = {"sigma_z": 0.005, "zeta": 0.05}


def responses_at(context: ExperimentContext, theta: float) -> dict[str, Any]:
    """Responses of the risky economy with backing share ``theta`` to spending news.

    Units are those of ``UNITS``; solved on the coarse grid, intercepts included.

    Raises
    ------
    SolutionError
        Debt that is backed so little has no value in some states.
    """
    overrides = {**CALM, **context.overrides, "theta": theta, "repudiation": 0.0}
    economy = solve_economy("risky", overrides, levels=(COARSE,))
    pair = persistent_spending(economy, 0)
    shares = ledger_shares(economy, 0, pair)
    parts = yield_parts(economy, 0, pair, "persistent")
    return {
        "theta": theta,
        "taxpayers": shares["share_taxpayers"].value,
        "bondholders": shares["share_bondholders"].value,
        "revaluation": shares["revaluation"].value,
        "yield_10y": parts["persistent_yield_10y_ex_convenience"].value,
        "yield_3m": parts["persistent_yield_3m"].value,
        "term_premium_10y": parts["persistent_term_premium_10y"].value,
    }


def _figure(frame: pd.DataFrame) -> Figure:
    from ..report.figures import COLOURS, house_style, line, new_figure, zero_line

    with house_style():
        figure, axes = new_figure(1, 2, width=8.8, height=3.8)
        axes[0].plot(
            frame["theta"],
            100 * frame["taxpayers"],
            **line("safe", marker="o", markersize=4, label="taxpayers"),
        )
        axes[0].plot(
            frame["theta"],
            100 * frame["bondholders"],
            **line("risky", marker="s", markersize=4, label="bondholders"),
        )
        axes[0].set(
            xlabel=r"backing share $\theta$",
            ylabel="share of the news borne (percent)",
            title="Who bears news of spending",
        )
        axes[0].set_ylim(-5, 105)
        axes[0].legend(loc="center right")
        axes[1].plot(
            frame["theta"],
            frame["yield_3m"],
            **line("other", marker="D", markersize=4, label="3-month yield"),
        )
        axes[1].plot(
            frame["theta"],
            frame["yield_10y"],
            **line("risky", marker="s", markersize=4),
            label="10-year yield without convenience",
        )
        axes[1].axhspan(
            *BAND, color=COLOURS["data"], alpha=0.15, label="judged band, 10-year yield"
        )
        zero_line(axes[1])
        axes[1].set(
            xlabel=r"backing share $\theta$",
            ylabel="rise of the yield (basis points)",
            title="What it does to yields",
        )
        axes[1].legend(fontsize=10)
    return figure


def _section(result: ExperimentResult) -> Section:
    import pandas as pd

    from ..report import labels
    from ..report.cells import Named, Number
    from ..report.page import Figure, Section, Table, Text

    table = result.tables["theta"]
    units = table.attrs.get("units", UNITS)
    shown = pd.DataFrame(
        {
            Named(labels.quantity(str(name)), str(name)): [
                Number(labels.number(v, units[name]) if name in units else f"{v:g}")
                for v in table[name]
            ]
            for name in table
        }
    )
    below = {
        column: labels.unit(units[column.code]).short
        for column in shown
        if column.code in units
    }
    figures = [
        Figure(
            figure,
            "News of one more percent of GDP of spending that fades slowly, by the "
            "share of it that taxes back.",
            "Two panels over the backing share: as it falls, bondholders bear more of "
            "the news and yields rise more.",
        )
        for figure in result.figures.values()
    ]
    blocks = [*figures, Table(shown, "The numbers of the figure", units=below)]
    lead, *more = result.notes
    texts = [Text(note) for note in more]
    return Section(QUESTION, lead, [*blocks, *texts], short="Backing share")


@experiment(
    "theta",
    question=QUESTION,
    order=2,
    section=_section,
)
def theta(context: ExperimentContext) -> ExperimentResult:
    """Solve the fiscally led economy for backing shares from zero to one.

    Raises
    ------
    SolutionError
        No share has a solution; a share without one among others is a note.
    """
    import pandas as pd

    asked = context.overrides.get("theta")
    shares = SHARES if asked is None else (float(asked),)
    rows, notes = [], []
    for share in shares:
        context.progress.say(f"backing share {share:g}")
        try:
            rows.append(responses_at(context, share))
        except SolutionError as problem:
            notes.append(f"No solution at a backing share of {share:g}: {problem}")
    if not rows:
        raise SolutionError(notes[0])
    frame = pd.DataFrame(rows)
    frame.attrs["units"] = UNITS
    calm = ", ".join(f"{k} = {v:g}" for k, v in CALM.items())
    lead = (
        "The fiscally led economy, without repudiation and with calmer spending "
        f"({calm}; with the calibrated risk "
        "debt that nothing backs is worthless in some states), for backing shares from "
        "zero to one: news of +1pp of GDP of persistent spending. With full backing "
        "the spending rows are those of safe debt although money stays passive; growth "
        "and disaster risk stay with bondholders."
    )
    last = rows[-1]
    return ExperimentResult(
        tables={"theta": frame},
        records={"theta": rows},
        figures={"theta": _figure(frame)},
        notes=[lead, *notes],
        quantities={
            k: (v, frame.attrs["units"].get(k, "ratio"))
            for k, v in last.items()
            if k != "theta"
        },
    )
