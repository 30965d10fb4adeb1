"""Simulated moments by regime beside the data by era."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...calibration.economies.moments import model_moments
from ...calibration.economies.regimes import regime_name
from ...calibration.record.moments import shipped_moments
from ..study import Findings, Setting
from ..tables import table

if TYPE_CHECKING:
    import pandas as pd

# Columns of the records; the table has both others too.
KEYS = (
    "moment",
    "era",
    "regime",
    "data",
    "standard_error",
    "model",
    "t",
    "targeted",
    "unit",
    "sample",
    "source",
)
WITH_DISASTERS = "model_with_disasters"
MONTE_CARLO = "monte_carlo_error"
LABELS = ("moment", "era", "regime")
# A moment within so many standard errors of the data is near.
NEAR = 2.0
# Quarters per path and paths of the samples, and grid and order of the economies.
PERIODS, PATHS = 400, 200
GRID, ORDER = "fine", 3


@dataclass(frozen=True)
class Pair:
    """An economy and the regime in it that is held against an era of the data."""

    economy: str
    regime: str
    era: str

    @property
    def label(self) -> str:
        """Name of the regime in tables and records."""
        return regime_name(self.economy, self.regime)


PAIRS = (
    Pair("safe", "safe", "1998-2019"),
    Pair("risky", "risky", "2022-present"),
    Pair("switching", "risky", "2022-present"),
)
STICKY_PAIRS = (
    Pair("sticky_safe", "safe", "1998-2019"),
    Pair("sticky_risky", "risky", "2022-present"),
)


def measure(setting: Setting) -> Findings:
    """Hold the safe regime against 1998-2019 and the risky one against 2022-present.

    The switching economy's risky regime stands beside the latter, the sticky-price
    economies beside both. Samples hold no disaster, as the record; the table has the
    moments with disasters too, for the economies that have them.
    """
    import pandas as pd

    data = shipped_moments()
    parts, parameters = [], {}
    for pair in (*PAIRS, *STICKY_PAIRS):
        setting.progress.say(f"solving the {pair.economy} economy")
        if pair in PAIRS:
            economy = setting.store.core(pair.economy, grid=GRID)
            with setting.progress.stage(f"moments of {pair.economy}"):
                simulated = model_moments(
                    economy, pair.regime, PERIODS, PATHS, setting.seed, disasters=True
                )
        else:
            economy = setting.store.sticky(pair.economy, order=ORDER)
            with setting.progress.stage(f"moments of {pair.economy}"):
                simulated = model_moments(economy, None, PERIODS, PATHS, setting.seed)
        parts.append(comparison(simulated, data, pair, economy.calibration.targets))
        parameters[pair.economy] = economy.calibration.by_name
    found = pd.concat(parts, ignore_index=True)
    plain = found.astype(object).where(found.notna(), None)
    return Findings(
        {"compare": table(plain.to_dict("records"), LABELS)},
        parameters=parameters,
        quantities=_quantities(found),
        data_vintage=f"observations to {data['sample_end'].max()}",
    )


def comparison(
    simulated: pd.DataFrame,
    data: pd.DataFrame,
    pair: Pair,
    targets: Collection[str] = (),
) -> pd.DataFrame:
    """Moments that both tables have, one row each: ``KEYS`` and two columns more.

    Parameters
    ----------
    simulated : as ``calibration.model_moments`` returns it.
    data : as ``calibration.empirical_moments`` returns it.
    targets : names of the moments that were matched.
    """
    import pandas as pd

    both = _joined(simulated, data.query("era == @pair.era"))
    gap = both["model"] - both["data"]
    usable = both["standard_error"] > 0
    return pd.DataFrame(
        {
            "moment": both["name"],
            "era": pair.era,
            "regime": pair.label,
            "data": both["data"],
            "standard_error": both["standard_error"],
            "model": both["model"],
            "t": (gap / both["standard_error"]).where(usable),
            "targeted": both["name"].isin(list(targets)),
            "unit": both["unit"],
            "sample": both["sample_start"] + " to " + both["sample_end"],
            "source": both["source"],
            WITH_DISASTERS: both[WITH_DISASTERS],
            MONTE_CARLO: both[MONTE_CARLO],
        }
    )


def _joined(simulated: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """Rows of the moments in both tables, in the order of the data's."""
    model = simulated.rename(
        columns={"value": "model", "value_with_disasters": WITH_DISASTERS}
    ).drop(columns=["definition"])
    if WITH_DISASTERS not in model:
        model[WITH_DISASTERS] = float("nan")
    both = data.rename(columns={"value": "data"}).merge(
        model, on="name", suffixes=("", "_model")
    )
    differ = both[both["unit"] != both["unit_model"]]
    if len(differ):
        row = differ.iloc[0]
        raise ValueError(
            f"moment '{row['name']}' is in '{row['unit']}' in the data and in "
            f"'{row['unit_model']}' in the model"
        )
    return both


def counts(table: pd.DataFrame) -> dict[str, tuple[int, int, int, int]]:
    """Per regime: untargeted within two standard errors, untargeted, and targeted."""
    found = {}
    for regime, rows in table.dropna(subset=["t"]).groupby("regime", sort=False):
        near = np.abs(rows["t"].to_numpy(float)) <= NEAR
        aimed = rows["targeted"].to_numpy(bool)
        groups = (near & ~aimed, ~aimed, near & aimed, aimed)
        found[str(regime)] = tuple(int(np.sum(g)) for g in groups)
    return found


def _quantities(table: pd.DataFrame) -> dict[str, tuple[float, str]]:
    named = {
        f"{_code(row['regime'])}_{row['moment']}": (
            float(row["model"]),
            str(row["unit"]),
        )
        for row in table.to_dict("records")
    }
    for regime, (near, free, _, _) in counts(table).items():
        named[f"{_code(regime)}_untargeted_within_2_se"] = (
            float(near),
            f"of {free} moments",
        )
    return named


def _code(regime: str) -> str:
    """A regime in the name of a quantity: "switching_safe" for "switching: safe"."""
    return regime.replace(": ", "_")
