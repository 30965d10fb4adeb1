"""The report section of the experiment ``accuracy``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..report import labels
from ..report.cells import Named
from ..report.page import Section, Table, Text
from ..report.results import ExperimentResult

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


def section(result: ExperimentResult) -> Section:
    """Checks of every regime first, then errors by equation and by grid."""
    from .study import QUESTION

    frame = result.tables["accuracy"]
    pairs = zip(frame["economy"], frame["regime"], strict=True)
    frame = frame.assign(column=[labels.column(labels.regime_name(*p)) for p in pairs])
    blocks = [_checks(frame), _errors(frame)]
    lead, *more = result.notes
    texts = [Text(note) for note in more]
    return Section(QUESTION, lead, [*blocks, *texts], short="Accuracy")


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
