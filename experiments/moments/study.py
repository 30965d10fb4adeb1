"""The empirical moments, and what changed in them since they were shipped."""

from __future__ import annotations

from pathlib import Path

from ...calibration.record import moments as empirical
from ..study import Findings, Option, Setting
from ..tables import table

OPTIONS = (
    Option("data", "", "directory of CSV files from which moments are recomputed"),
)


def measure(setting: Setting) -> Findings:
    """Recompute every moment from ``data``, or take those that ship.

    With data, ``changes`` lists what differs from the shipped table and ``missing`` the
    moments that the data do not give.

    Raises
    ------
    SeriesError
        The directory does not exist, holds no data, or a file is malformed.
    """
    found = shipped = empirical.shipped_moments()
    more = {}
    given = setting.options.get("data")
    if given is not None:
        folder = Path(str(given))
        with setting.progress.stage("moments from the data files"):
            found = empirical.empirical_moments(folder, require_all=False)
            missing = empirical.missing_moments(folder)
        changes = empirical.difference_from_shipped(found, shipped)
        more = {"changes": changes, "missing": missing}
    plain = found.astype(object).where(found.notna(), None)
    return Findings(
        {"moments": table(plain.to_dict("records"), ("name", "era"))},
        extra=more,
        data_vintage=f"observations to {found['sample_end'].max()}",
    )
