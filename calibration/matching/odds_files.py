"""Estimated sticky-price economies as parameter files, with their provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...models.general.switching import in_regime
from ...models.sticky import sticky_price_economy
from ..economies.sticky_switching import REGIMES
from ..parameters.calibration import (
    Calibration,
    CalibrationError,
    load_calibration,
)
from .odds import SWITCHING


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
    found, refused = {}, {}
    rows = parameters.to_dict("records")
    for economy, era in dict.fromkeys((r["economy"], r["era"]) for r in rows):
        own = [r for r in rows if (r["economy"], r["era"]) == (economy, era)]
        try:
            calibration = _estimated(economy, own)
        except CalibrationError as error:
            refused[file_name(economy, era)] = str(error)
        else:
            found[file_name(economy, era)] = calibration
    return found, refused


def _estimated(economy: str, rows: Sequence[Mapping[str, Any]]) -> Calibration:
    """A calibration at the modes of an economy in an era."""
    regimes = REGIMES if economy == SWITCHING else None
    model = sticky_price_economy(**({} if regimes is None else {"regimes": regimes}))
    calibration = load_calibration(economy, model)
    modes: dict[str, Any] = {}
    sources: dict[str, list[str]] = {}
    for row in rows:
        parameter, regime = _place(row["parameter"])
        if parameter not in calibration.by_name:
            continue
        if regime:
            shipped = np.broadcast_to(calibration.values[parameter], len(REGIMES))
            values = dict(zip(REGIMES, shipped.tolist(), strict=True))
            modes.setdefault(parameter, values)[regime] = row["mode"]
        else:
            modes[parameter] = row["mode"]
        sources.setdefault(parameter, []).append(_source(row, regime))
    calibration = calibration.with_values(**modes)
    for parameter, told in sources.items():
        calibration = calibration.with_source("; ".join(told), parameter)
    return calibration


def _source(row: Mapping[str, Any], regime: str) -> str:
    """Where an estimate comes from."""
    where = f" in the {regime} regime" if regime else ""
    return (
        f"estimated{where}: mode given quarterly data, {row['era']}, to first order; "
        f"standard error {row['standard_error']:.3g}; prior {row['prior']}, "
        f"mean {row['prior_mean']:.3g}, s.d. {row['prior_deviation']:.3g} "
        "(`fiscax run odds`)"
    )


def _place(parameter: str) -> tuple[str, str]:
    """A parameter and its regime, which is empty where regimes share it."""
    for regime in REGIMES:
        name = parameter.removesuffix(f"[{regime}]")
        if parameter == in_regime(name, regime):
            return name, regime
    return parameter, ""
