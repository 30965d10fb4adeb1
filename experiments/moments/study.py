"""The experiment ``moments``: the empirical moments, and what changed in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...calibration.record import moments as empirical
from ...errors import FiscaxError
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult

if TYPE_CHECKING:
    import pandas as pd

    from ..report.page import Section

QUESTION = "What does the US record say, era by era?"


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("moments", question=QUESTION, order=6, section=_section)
def moments(context: ExperimentContext) -> ExperimentResult:
    """Recompute every moment from ``data`` (a directory of CSV files), or ship's own.

    With data the table ``changes`` lists what differs from the shipped table and the
    table ``missing`` the moments that the data do not give.
    """
    unknown = set(context.overrides) - {"data"}
    if unknown:
        raise FiscaxError(
            f"moments knows 'data' only, not {', '.join(sorted(unknown))}"
        )
    shipped = empirical.shipped_moments()
    data = context.overrides.get("data")
    if data is None:
        return _result(shipped, {}, "The shipped table of empirical moments.")
    folder = Path(str(data))
    with context.progress.stage("moments from the data files"):
        table = empirical.empirical_moments(folder, require_all=False)
        missing = empirical.missing_moments(folder)
    changes = empirical.difference_from_shipped(table, shipped)
    note = f"{len(table)} moments recomputed; {len(changes)} differ from those shipped."
    return _result(table, {"changes": changes, "missing": missing}, note)


def _result(table: pd.DataFrame, more: dict[str, Any], note: str) -> ExperimentResult:
    plain = table.astype(object).where(table.notna(), None)
    return ExperimentResult(
        tables={"moments": table, **more},
        records={"moments": plain.to_dict(orient="records")},
        notes=[note],
        data_vintage=f"observations to {table['sample_end'].max()}",
    )
