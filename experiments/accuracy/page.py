"""Checks of every regime, errors by equation, and what the closed loop does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...calibration.economies.regimes import regime_name
from ..report import labels
from ..report.cells import Named
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import records
from . import STUDY
from .figure import draw

if TYPE_CHECKING:
    import pandas as pd

_ERRORS = {"mean_log10": "mean", "p99_log10": "99%", "p99_9_log10": "99.9%"}
# One number per regime: name in the records -> heading and format.
_CHECKS = {
    "share_outside_domain": ("states outside the domain", ".3%"),
    "valuation_residual": ("valuation residual, 99% (share of debt)", ".2%"),
    "spectral_radius": ("spectral radius", ".4f"),
    "spectral_radius_with_convenience": ("with convenience", ".4f"),
    "determinacy": ("stable solutions", ""),
}
_CAPTION = (
    "Relative error of every equilibrium condition in states that the economy visits, "
    "disasters included: the marker is the mean, the line ends where 99% of states "
    "have a smaller error. Each tick to the left is ten times as exact."
)
_ALT = (
    "One row per equation, the worst on top; in each a marker and a line for the safe, "
    "the risky and both regimes of the switching economy."
)


def result(findings: Findings, _: object = None) -> ExperimentResult:
    """What is written."""
    import pandas as pd

    found = records(findings["accuracy"])
    worst = max(r["mean_log10"] for r in found)
    lead = (
        "Relative residuals of every equilibrium condition on "
        f"{findings.extra['points']:,} fresh ergodic points per regime, disasters "
        "included, with a finer quadrature than the solver's (log10). The worst "
        f"equation's mean is {worst:.2f}. `fiscax run certificates` bounds every "
        "value, rate and beta, `fiscax run orders` says what perturbation misses."
    )
    loops = findings.extra["stability"]
    return ExperimentResult(
        tables={"accuracy": pd.DataFrame(found)},
        records={"accuracy": found},
        figures={"accuracy": draw(found)},
        notes=[lead, *(stability_note(*pair) for pair in loops.items())],
    )


def stability_note(economy: str, found: Mapping[str, Any] | None) -> str:
    """Sentence on the closed loop at the resting point."""
    if found is None:
        return f"{economy}: the closed loop was not examined."
    return (
        f"{economy}: around the resting point the closed loop has spectral radius "
        f"{found['radius']:.4f}, the map of second moments "
        f"{found['mean_square_radius']:.4f} (mean-square stable below one); the linear "
        f"solution of each regime on its own is {', '.join(found['determinacy'])}."
    )


def section(result: ExperimentResult) -> Section:
    """Checks of every regime first, then errors by equation and by grid."""
    found = result.tables["accuracy"]
    pairs = zip(found["economy"], found["regime"], strict=True)
    found = found.assign(column=[labels.column(regime_name(*p)) for p in pairs])
    figures = [Figure(f, _CAPTION, _ALT) for f in result.figures.values()]
    blocks = [*figures, _checks(found), _errors(found)]
    lead, *more = result.notes
    texts = [Text(note) for note in more]
    return Section(STUDY.question, lead, [*blocks, *texts], short="Accuracy")


def _checks(frame: pd.DataFrame) -> Table:
    import pandas as pd

    found = frame.groupby("column", sort=False).first()
    present = [name for name in _CHECKS if name in found]
    shown = pd.DataFrame({_CHECKS[name][0]: found[name] for name in present})
    shown.index.name = "Economy"
    return Table(
        shown,
        "Checks of each regime",
        formats=dict(_CHECKS[name] for name in present),
        note="The valuation residual is the part of debt that the present values of "
        "taxes, spending and convenience leave unexplained. A spectral radius below "
        "one makes these present values finite.",
    )


def _errors(frame: pd.DataFrame) -> Table:
    import pandas as pd

    wide = frame.pivot(index="equation", columns="column", values=list(_ERRORS))
    order = list(dict.fromkeys(frame["equation"]))
    columns = [(c, e) for c in dict.fromkeys(frame["column"]) for e in _ERRORS]
    names = [Named(labels.equation(name), name) for name in order]
    shown = pd.DataFrame(
        [[wide.loc[name, (e, c)] for c, e in columns] for name in order],
        index=pd.Index(names, name="Equation", dtype=object),
        columns=pd.MultiIndex.from_tuples([(c, _ERRORS[e]) for c, e in columns]),
        dtype=float,
    )
    return Table(
        shown,
        "Errors by equation, as powers of ten (−4 is one part in 10,000)",
        formats=dict.fromkeys(shown.columns, ".1f"),
    )
