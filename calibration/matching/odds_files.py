"""Estimated sticky-price economies as parameter files, with their provenance."""

from __future__ import annotations

import pandas as pd

from ...models.sticky import sticky_price_economy
from ..parameters.calibration import (
    Calibration,
    CalibrationError,
    load_calibration,
)


def file_name(economy: str, era: str) -> str:
    """Name of the parameter file of an economy that is estimated in an era."""
    return f"{economy}_{era}"


def estimated_calibrations(
    parameters: pd.DataFrame,
) -> tuple[dict[str, Calibration], dict[str, str]]:
    """Calibrations at the modes of a table of ``OddsFacts``, by name of their file.

    Each estimated value says where it comes from; the others are those that ship. Means
    and errors of the observation are no parameters of an economy. The second mapping
    says which modes are not admissible, and why.
    """
    model = sticky_price_economy()
    known = {p.name for p in model.parameters}
    found, refused = {}, {}
    rows = [r for r in parameters.to_dict("records") if r["parameter"] in known]
    for economy, era in dict.fromkeys((r["economy"], r["era"]) for r in rows):
        own = [r for r in rows if (r["economy"], r["era"]) == (economy, era)]
        modes = {r["parameter"]: r["mode"] for r in own}
        name = file_name(economy, era)
        try:
            calibration = load_calibration(economy, model).with_values(**modes)
        except CalibrationError as error:
            refused[name] = str(error)
            continue
        for row in own:
            source = (
                f"estimated: mode given quarterly data, {era}, to first order; "
                f"standard error {row['standard_error']:.3g}; prior {row['prior']}, "
                f"mean {row['prior_mean']:.3g}, s.d. {row['prior_deviation']:.3g} "
                "(`fiscax run odds`)"
            )
            calibration = calibration.with_source(source, row["parameter"])
        found[name] = calibration
    return found, refused
