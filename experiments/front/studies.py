"""Studies by name, and what they read: files of surpluses and projections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...calibration.shipped import FACTS
from ..registry import (
    EXPERIMENTS,
    ExperimentContext,
    discover,
    find_experiment,
    report_experiments,
)
from ..report.results import ExperimentResult
from . import MEMORY

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from ...calibration.record.projections import Projection

# Invented numbers, in the columns that a file has.
EXAMPLE = FACTS / "valuation_example.csv"


def study(
    name: str, *, out: str | Path = ".", seed: int = 0, **overrides: Any
) -> ExperimentResult:
    """Run a study: what ``fiscax run NAME`` writes, as tables and figures.

    Parameters
    ----------
    name
        One of ``fiscax.studies()``.
    out
        Where a study writes what fits no result; ``calibrate`` alone does.
    seed
        Of every random draw.
    **overrides
        Options of the study and parameters of the economies that it solves, as after
        ``--set``.

    Returns
    -------
    ExperimentResult
        ``tables`` (data frames), ``records`` (the same for programs), ``figures``
        (matplotlib), ``datasets`` (labelled arrays), ``notes`` (sentences).

    Raises
    ------
    FiscaxError
        No such study, option or parameter, with a suggestion.

    Examples
    --------
    >>> import fiscax
    >>> found = fiscax.study("capacity", file="cbo_baseline", pricing=False)
    >>> by_premium = found.tables["capacity"].set_index("premium")["capacity"]
    >>> round(float(by_premium.loc[0.0]), 1)
    99.4
    """
    context = ExperimentContext(
        dict(overrides), Path(out), seed, shared={"economies": MEMORY}
    )
    return find_experiment(name).run(context)


def studies() -> pd.DataFrame:
    """Names of the studies, in the report's order, with the question of each.

    Examples
    --------
    >>> import fiscax
    >>> fiscax.studies().loc["lsap", "question"]
    'Do asset purchases create value for taxpayers or destroy it?'
    """
    import pandas as pd

    discover()
    first = report_experiments(slow=True)
    others = [e for e in EXPERIMENTS.values() if e not in first]
    rows = [{"study": e.name, "question": e.question} for e in [*first, *others]]
    return pd.DataFrame(rows).set_index("study")


def value(
    file: str | Path = EXAMPLE,
    *,
    draws: int = 1000,
    seed: int = 0,
    start: int | None = None,
    end: int | None = None,
    risk_prices: bool = False,
    **assumptions: float,
) -> ExperimentResult:
    """Hold debt against the value of surpluses in a file, as ``fiscax value FILE``.

    Parameters
    ----------
    file
        CSV file, annual or quarterly; the example that comes with fiscax (invented
        numbers) unless one is given.
    draws, seed
        Of the bootstrap.
    start, end
        First and last year to use.
    risk_prices
        Estimate a discount factor as well, and price single years with it.
    **assumptions
        ``premium``, ``low_premium``, ``convenience_yield`` (log per year),
        ``spending_cut`` (share), ``cut_probability`` (a year).

    Returns
    -------
    ExperimentResult
        Tables ``by_period``, ``valuation_facts``, ``puzzle`` (parts of debt over GDP)
        and ``closing_probabilities``, figure ``valuation``.

    Raises
    ------
    FiscaxError
        A wrong file, naming row and column, or assumption; a value that is not finite.

    Examples
    --------
    >>> import fiscax
    >>> puzzle = fiscax.value(draws=50).tables["puzzle"].set_index("period")
    >>> parts = puzzle.drop(columns="debt").sum(axis=1)
    >>> bool(abs(parts - puzzle["debt"]).max() < 1e-9)
    True
    """
    from ..valuation.page import value_file

    return value_file(Path(file), assumptions, draws, seed, start, end, risk_prices)


def debt_fan(
    projection: str | Path | Projection = "cbo_baseline",
    paths: int = 400,
    seed: int = 0,
) -> xr.Dataset:
    """Debt at a projection's own rates and growth, with errors of its balances.

    Errors have the size and persistence that the file gives, else those of the errors
    that the Congressional Budget Office made, around zero.

    Parameters
    ----------
    projection
        Name of a shipped one, a CSV file, or what ``fiscax.load_projection`` gave.
    paths
        How many are drawn; an even number, in antithetic pairs.
    seed
        Of the draws.

    Returns
    -------
    ``debt`` by ``quantile`` and ``year``, and ``projected`` by ``year``, both in
    percent of annual GDP.

    Raises
    ------
    FiscaxError
        A wrong file, naming row and column, or an odd number of paths.

    Examples
    --------
    >>> import fiscax
    >>> fan = fiscax.debt_fan(paths=40)
    >>> bool((fan["debt"].diff("quantile") >= 0).all())
    True
    """
    import numpy as np
    import xarray as xr

    from ...calibration.economies.outlook import FAN, debt_of, fan
    from ...calibration.record.forecast_errors import news_of
    from ...calibration.record.projections import read_projection

    named = isinstance(projection, str | Path)
    given = read_projection(projection) if named else projection
    years = len(given.years)
    debt = debt_of(given, news_of(given).draw(years, paths=paths, seed=seed))
    attrs = {"units": "percent of annual GDP"}
    return xr.Dataset(
        {
            "debt": (("quantile", "year"), fan(debt), attrs | {"long_name": "debt"}),
            "projected": ("year", debt[:, 0], attrs | {"long_name": "debt, projected"}),
        },
        {"quantile": list(FAN), "year": np.asarray(given.years)},
        {"projection": given.name},
    )
