"""Posterior odds of the sticky-price economies, shipped or computed from a folder.

Without a data folder it shows what ships with the package, computed by this command;
``--set data=DIR`` computes it anew, ``--set draws=0`` by Laplace's approximation alone.
"""

from __future__ import annotations

from typing import Any

from ...calibration.matching.odds import DRAWS, computed_odds, shipped_odds
from ...calibration.matching.odds_files import estimated_calibrations
from ...errors import FiscaxError
from ..predictions import of_estimates
from ..study import Findings, Option, Setting
from ..tables import pick, table

OPTIONS = (
    Option("data", "path", "folder of series that the economies are held against"),
    Option(
        "draws",
        "count",
        "proposals of each of two seeds; 0: Laplace alone, and no particles",
    ),
)
ODDS = ("economy", "era", "quantity", "item")
PARAMETERS = ("economy", "era", "parameter")
REGIMES = ("economy", "era", "regime", "quantity")
_LAPLACE = {"economy": "risky over safe", "quantity": "log_odds", "item": "laplace"}


def measure(setting: Setting) -> Findings:
    """Likelihoods, odds and parameters.

    Raises
    ------
    FiscaxError
        Draws are asked for without a folder, the folder lacks a series, or an economy
        has no mode there.
    """
    own = setting.options
    folder = own.get("data")
    if folder is not None:
        draws = int(own.get("draws", DRAWS))
        say = setting.progress.say
        rows = of_estimates()
        found = computed_odds(str(folder), rows, draws, seed=setting.seed, say=say)
    elif "draws" in own:
        raise FiscaxError(
            "draws changes the estimate, and the shipped one is made: add --set "
            "data=DIR, a folder of the series"
        )
    else:
        found = shipped_odds()
    odds = table(_plain(found.odds), ODDS)
    tables = {
        "odds": odds,
        "odds_parameters": table(_plain(found.parameters), PARAMETERS),
    }
    if len(found.regimes):
        tables["odds_regimes"] = table(_plain(found.regimes), REGIMES)
    files, refused = estimated_calibrations(found.parameters)
    return Findings(
        tables,
        quantities={
            f"log_odds_{era}": (
                pick(odds, "value", **_LAPLACE, era=era),
                "log points",
            )
            for era in dict.fromkeys(found.odds["era"])
        },
        extra={
            "data": folder,
            "texts": {f"{name}.toml": c.to_toml() for name, c in files.items()},
            "refused": refused,
        },
        data_vintage="shipped" if folder is None else str(folder),
    )


def _plain(data: Any) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in r.items()} for r in data.to_dict("records")]
