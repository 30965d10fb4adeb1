"""Safe and risky debt as the ends of one line: the backing share from low to full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calibration.economies import COARSE, solve_economy
from ..solvers.errors import SolutionError
from .registry import ExperimentContext, experiment
from .responses import ledger_shares, persistent_spending, yield_parts
from .results import ExperimentResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SHARES = (0.43, 0.75, 1.0)


def responses_at(context: ExperimentContext, theta: float) -> dict[str, Any]:
    """Responses of the risky economy with backing share ``theta`` to spending news."""
    overrides = {**context.overrides, "theta": theta, "repudiation": 0.0}
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
    import matplotlib.pyplot as plt

    from .figures import COLOURS, house_style

    with house_style():
        figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
        axes[0].plot(
            frame["theta"], frame["taxpayers"], color=COLOURS["safe"], label="taxpayers"
        )
        axes[0].plot(
            frame["theta"],
            frame["bondholders"],
            color=COLOURS["risky"],
            label="bondholders",
        )
        axes[0].set(
            xlabel=r"backing share $\theta$",
            ylabel="share of spending news borne",
            title="Who bears a rise in spending",
        )
        axes[0].legend()
        axes[1].plot(
            frame["theta"],
            frame["yield_10y"],
            color=COLOURS["risky"],
            label="ten-year yield ex convenience",
        )
        axes[1].plot(
            frame["theta"],
            frame["yield_3m"],
            color=COLOURS["risky"],
            linestyle="--",
            label="three-month yield",
        )
        axes[1].axhspan(4, 9, color=COLOURS["data"], alpha=0.15, label="record, 10y")
        axes[1].set(
            xlabel=r"backing share $\theta$",
            ylabel="basis points",
            title="+1pp of GDP of persistent spending",
        )
        axes[1].legend()
    return figure


@experiment(
    "theta",
    question="Are safe and risky debt the two ends of one line?",
    order=2,
)
def theta(context: ExperimentContext) -> ExperimentResult:
    """Solve the fiscally led economy for backing shares from zero to one."""
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
    frame.attrs["units"] = {
        "taxpayers": "share of PV(G) news",
        "bondholders": "share of PV(G) news",
        "revaluation": "percent of debt per PV of 1% of GDP",
        "yield_10y": "basis points",
        "yield_3m": "basis points",
        "term_premium_10y": "basis points",
    }
    lead = (
        "The fiscally led economy, without repudiation, for backing shares up "
        "to one: news of +1pp of GDP of persistent spending. With full backing "
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
