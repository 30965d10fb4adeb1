"""Facts about the regime index: computed from a data folder, shipped, read back.

Monthly probabilities with their bands, and a table of estimates, evidence and checks.
The series behind them are not shipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from ...solvers.filters.regimes import Panel, panel, until
from ..economies.observed_moves import Moves
from ..economies.store import EconomyStore
from ..record.monthly_moves import MonthlyMoves, monthly_moves
from ..record.observables import OBSERVABLES
from ..record.series import PathLike, SeriesDirectory
from ..shipped import FACTS
from .pairs import SOURCES, SUPPLY, Pair, pairs, silent, sticky
from .regime_evidence import called_risky, evidence_shares, parameter_band
from .regime_index import (
    READINGS,
    REGIMES,
    Estimate,
    IndexModel,
    Reading,
    estimate,
    estimate_chains,
    index_model,
    leave_out,
    probabilities,
    settings,
    typical_sizes,
)

ERAS = {
    "1962-1997": ("1962-01", "1997-12"),
    "1998-2019": ("1998-01", "2019-12"),
    "2020-present": ("2020-01", "2199-12"),
    "2022-present": ("2022-01", "2199-12"),
}
DATED = (
    "1980-06",
    "2003-06",
    "2008-12",
    "2019-12",
    "2020-04",
    "2022-10",
    "2025-04",
    "2026-06",
)
FIRST_REAL_TIME = 1972  # a decade of observations before
_MONTHS = FACTS / "regime_months.csv"
_FACTS = FACTS / "regime_facts.csv"
MONTH_COLUMNS = (
    "month",
    "source",
    "reading",
    "filtered",
    "low",
    "high",
    "smoothed",
    "real_time",
    "stock_bond_correlation",
)
FACT_COLUMNS = ("source", "reading", "quantity", "item", "value", "unit")
_LOG, _P = "log points", "probability"


class IndexFacts(NamedTuple):
    """Monthly probabilities, table of facts, and observables the folder lacks."""

    months: pd.DataFrame
    facts: pd.DataFrame
    absent: tuple[str, ...] = ()


def shipped_index() -> IndexFacts:
    """What the record of the package's authors gives."""
    months, facts = (
        pd.read_csv(p, keep_default_na=False, na_values=[""]) for p in (_MONTHS, _FACTS)
    )
    return IndexFacts(months, facts)


def moves_of_record(folder: PathLike) -> MonthlyMoves:
    """Monthly moves of a folder with the settings of the index."""
    given = settings()
    window, floor = (given[k]["value"] for k in ("trailing_window", "floor"))
    return monthly_moves(SeriesDirectory(folder), typical_sizes(), window, floor)


def computed_index(
    data: PathLike,
    store: EconomyStore,
    names: Sequence[str] = tuple(SOURCES),
    without: Sequence[str] = (),
    say: Callable[[str], None] = silent,
) -> IndexFacts:
    """Both shipped tables computed from a folder of series and the store's economies.

    Parameters
    ----------
    names : sources of likelihoods, keys of ``SOURCES``.
    without : observables to leave out.

    Raises
    ------
    FiscaxError
        The folder or a series that it needs is absent, or economies cannot be solved.
    """
    moves = moves_of_record(data)
    economies = pairs(store, names, say)
    rival = sticky(store, SUPPLY, say=say)
    return index_facts(moves, economies, rival, without, say)


def index_facts(
    moves: MonthlyMoves,
    sources: Mapping[str, Pair],
    supply: Moves,
    without: Sequence[str] = (),
    say: Callable[[str], None] = silent,
) -> IndexFacts:
    """Everything that the index says, for each source of likelihoods.

    Parameters
    ----------
    supply : moves of safe debt under supply shocks, the rival that a check feeds in.
    without : observables to leave out.
    """
    kept = leave_out(without)
    values = np.where(np.asarray(kept), moves.scaled, np.nan)
    data = panel(values)
    months, facts = [], []
    for name, economies in sources.items():
        say(f"estimating the index: {name}")
        model = index_model(*economies, values)
        rows = [
            *_shared(model),
            *_comovement(economies, values, moves.months),
        ]
        for label, reading in READINGS.items():
            own = reading._replace(kept=reading.kept & kept)
            found = estimate_chains(model, data, own)
            best = found["switching"]
            table = _month_frame(model, best, moves, data, own)
            table["real_time"] = _real_time(best, moves, data, kept, economies, own)
            months.append(table.assign(source=name, reading=label))
            rival = index_model(supply, supply, values)
            for row in (
                *_estimates(model, found),
                *_means(model, best, moves.months, data, own, label),
                *_checks(model, best, rival, own),
            ):
                rows.append({**row, "reading": label})
            if label == "joint":
                rows += _evidence(model, best, data, moves.months)
        facts += [{"source": name, **row} for row in rows]
    frame = pd.DataFrame(facts, columns=list(FACT_COLUMNS))
    table = pd.concat(months, ignore_index=True).reindex(columns=list(MONTH_COLUMNS))
    return IndexFacts(table, frame, moves.absent)


def era_months(months: Sequence[str]) -> dict[str, np.ndarray]:
    """Which months (T,) belong to each era."""
    text = np.array(months)
    return {era: (text >= a) & (text <= b) for era, (a, b) in ERAS.items()}


def _month_frame(
    model: IndexModel,
    best: Estimate,
    moves: MonthlyMoves,
    data: Panel,
    reading: Reading,
) -> pd.DataFrame:
    both = probabilities(model, jnp.asarray(best.theta), data, reading)
    band = parameter_band(model, best, data, reading)
    return pd.DataFrame(
        {
            "month": moves.months,
            "filtered": np.asarray(both[0]),
            "low": band.filtered[0],
            "high": band.filtered[1],
            "smoothed": np.asarray(both[1]),
            "stock_bond_correlation": moves.correlation,
        }
    )


def _real_time(
    best: Estimate,
    moves: MonthlyMoves,
    data: Panel,
    kept: jax.Array,
    economies: Pair,
    reading: Reading,
) -> np.ndarray:
    """Filtered probabilities (T,) with estimates from data before each year alone."""
    years = np.array([int(m[:4]) for m in moves.months])
    found = np.full(len(years), np.nan)
    theta = best.theta
    for year in range(FIRST_REAL_TIME, years[-1] + 1):
        known = int(np.searchsorted(years, year))
        values = np.where(np.asarray(kept), moves.scaled[:known], np.nan)
        model = index_model(*economies, values)
        theta = estimate(model, until(data, known), reading, starts=[theta]).theta
        live, _ = probabilities(model, jnp.asarray(theta), data, reading)
        found[years == year] = np.asarray(live)[years == year]
    return found


def _fact(quantity: str, item: str, value: Any, unit: str) -> dict[str, Any]:
    return {
        "reading": "joint",
        "quantity": quantity,
        "item": item,
        "value": float(value),
        "unit": unit,
    }


def _shared(model: IndexModel) -> list[dict]:
    names = list(OBSERVABLES)
    return [
        _fact("record", f"{a}:{b}", model.record[i, j], "correlation")
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if j < i
    ]


def _estimates(model: IndexModel, found: Mapping[str, Estimate]) -> list[dict]:
    best = found["switching"]
    parts = model.split(jnp.asarray(best.theta))
    stay = dict(zip(REGIMES, np.asarray(parts.stay), strict=True))
    spread = dict(zip(OBSERVABLES, np.asarray(parts.spread), strict=True))
    logit_error = float(np.sqrt(best.covariance[0, 0]))
    rows = [("log_likelihood", c, e.log_likelihood, _LOG) for c, e in found.items()]
    rows += [
        ("parameter", "weight", parts.weight, "share of covariance"),
        ("parameter", "weight_logit_error", logit_error, "logit"),
        ("parameter", "freedom", parts.freedom, "degrees of freedom"),
        *(
            ("parameter", f"stay_{k}", v, "probability per month")
            for k, v in stay.items()
        ),
        *(("parameter", f"spread_{k}", v, "ratio") for k, v in spread.items()),
        *(("theta", f"{k:02d}", v, "transformed") for k, v in enumerate(best.theta)),
    ]
    return [_fact(*row) for row in rows]


def _evidence(
    model: IndexModel, best: Estimate, data: Panel, months: Sequence[str]
) -> list[dict]:
    """Log Bayes factor of risky over safe by era and observable, joint reading."""
    eras = era_months(months)
    shares = evidence_shares(model, best.theta, data, np.stack(list(eras.values())))
    return [
        _fact("evidence", f"{era}:{n}", shares[i, g], _LOG)
        for g, era in enumerate(eras)
        for i, n in enumerate(OBSERVABLES)
    ]


def _means(
    model: IndexModel,
    best: Estimate,
    months: Sequence[str],
    data: Panel,
    reading: Reading,
    label: str,
) -> list[dict]:
    """Mean filtered probability by era; jointly also without each observable."""
    cases = {"": reading}
    if label == "joint":
        kept = {n: reading.kept & leave_out([n]) for n in OBSERVABLES}
        cases |= {n: reading._replace(kept=k) for n, k in kept.items()}
    rows = []
    for name, own in cases.items():
        live, _ = probabilities(model, jnp.asarray(best.theta), data, own)
        for era, inside in era_months(months).items():
            if inside.any():
                item = f"{era}:{name}" if name else era
                value = np.asarray(live)[inside].mean()
                rows.append(_fact("mean_without" if name else "mean", item, value, _P))
    return rows


def _checks(
    model: IndexModel, best: Estimate, supply: IndexModel, reading: Reading
) -> list[dict]:
    """Mean probability of risky in worlds where the truth is known."""
    worlds = {"safe": (model, "safe"), "risky": (model, "risky")}
    worlds["supply"] = (supply, "safe")
    found = {
        name: called_risky(model, best.theta, world, chain, reading).value
        for name, (world, chain) in worlds.items()
    }
    return [_fact("world", name, value, _P) for name, value in found.items()]


def _comovement(
    economies: Pair, values: np.ndarray, months: Sequence[str]
) -> list[dict]:
    """Correlation of each observable with equity: in the economies and the record."""
    stocks = list(OBSERVABLES).index("equity")
    rows = []
    for regime, moves in zip(REGIMES, economies, strict=True):
        covariance = moves.matrix @ moves.matrix.T
        size = np.sqrt(np.diag(covariance))
        found = covariance[stocks] / (size[stocks] * size)
        rows += [
            _fact("comovement", f"{regime}:{n}", v, "correlation")
            for n, v in zip(OBSERVABLES, found, strict=True)
        ]
    for era, inside in era_months(months).items():
        for i, n in enumerate(OBSERVABLES):
            pair = values[inside][:, [stocks, i]]
            pair = pair[~np.isnan(pair).any(1)]
            if len(pair) >= 24:
                value = np.corrcoef(pair.T)[0, 1]
                rows.append(_fact("comovement", f"{era}:{n}", value, "correlation"))
    return rows
