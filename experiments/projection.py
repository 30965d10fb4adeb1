"""Projections that a user gives to studies, and their outlooks by way of funding."""

from __future__ import annotations

import numpy as np

from ..calibration.economies.funding import funded_economy
from ..calibration.economies.outlook import Outlook, economy_outlook
from ..calibration.record.forecast_errors import news_of
from ..calibration.record.projections import BASELINE, Projection, read_projection
from ..errors import FiscaxError
from .study import Option, Setting

FILE = Option(
    "file", "name or path", "projection: a shipped name, or a .csv or .xlsx file"
)
PATHS = Option("paths", "count", "paths with news, an even number above zero")
# Paths with news where a user gives no number.
COUNT = 100


def given_projection(setting: Setting) -> Projection:
    """The projection that was asked for, CBO's baseline by default.

    Raises
    ------
    ProjectionError
        Naming the file, and row and column where they are at fault.
    """
    return read_projection(setting.options.get(FILE.name, BASELINE))


def given_news(setting: Setting, projection: Projection) -> np.ndarray:
    """News (Y, N) to the projection's balances, shares of GDP.

    Raises
    ------
    FiscaxError
        ``paths`` is not an even number above zero.
    """
    paths = setting.options.get(PATHS.name, COUNT)
    if not isinstance(paths, int) or paths < 2 or paths % 2:
        raise FiscaxError(f"paths has to be an even number above zero, not {paths}")
    return news_of(projection).draw(len(projection.years), paths, setting.seed)


def shared_outlook(setting: Setting, key: str) -> Outlook:
    """Outlook of a way of funding, computed once for every study of a report.

    Raises
    ------
    FiscaxError
        The projection or the number of paths is wrong.
    OverrideError, CalibrationError, SolutionError
        As of ``funded_economy`` and ``economy_outlook``.
    """

    def make() -> Outlook:
        projection = given_projection(setting)
        news = given_news(setting, projection)
        economy = funded_economy(setting.store, key)
        setting.progress.say(f"feeding the projection's balances: {key}")
        generator = np.random.default_rng(setting.seed + 1)
        draws = generator.random((4 * len(projection.years), news.shape[1]))
        switches = len(economy.regimes) > 1
        return economy_outlook(
            economy,
            projection,
            news,
            setting.store.wider,
            key,
            draws if switches else None,
        )

    return setting.once(("outlook", key), make)
