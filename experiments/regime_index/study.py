"""The probability that Treasurys are priced as risky, and that laws answer no debt.

Without a data folder it shows probabilities that ship with the package, computed by
this command; ``--set data=DIR`` computes them anew, ``--set without=NAME`` leaves an
observable out, ``--set source=core`` or ``sticky`` takes one kind of economy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.observed_moves import Moves
from ...calibration.matching.pairs import SOURCES, SUPPLY, Pair, pairs, sticky
from ...calibration.matching.regime_evidence import called_risky
from ...calibration.matching.regime_facts import (
    DATED,
    ERAS,
    computed_index,
    shipped_index,
)
from ...calibration.matching.regime_index import READINGS, rebuilt_model
from ...errors import FiscaxError
from ..study import Findings, Option, Setting
from ..tables import records, rows, table
from .behaviour import behaviour

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

OPTIONS = (
    Option("data", "path", "folder of series from which probabilities are computed"),
    Option("without", "text", "observables to leave out, separated by commas"),
    Option("source", "text", "kind of economies: core or sticky, both by default"),
)
READING_LABELS = {
    "stocks": "stocks given the ten-year yield",
    "joint": "all observables jointly",
}
MONTH = ("source", "reading", "month")
FACT = ("source", "reading", "quantity", "item")
WORLD = ("source", "reading", "world")
UNITS = {
    **dict.fromkeys(("filtered", "low", "high", "smoothed"), "probability"),
    "real_time": "probability",
    "stock_bond_correlation": "correlation",
    "mean_probability": "probability",
    "standard_error": "probability",
}


def fact(
    facts: xr.Dataset, source: str, reading: str, quantity: str, item: str
) -> float | None:
    """A number of the table of facts; None where the record does not give it."""
    labels = dict(zip(FACT, (source, reading, quantity, item), strict=True))
    found = rows(facts, **labels)
    return found[0]["value"] if found else None


def items(
    facts: xr.Dataset, source: str, reading: str, quantity: str
) -> dict[str, float]:
    """All numbers of a quantity by item, in their order."""
    own = rows(facts, source=source, reading=reading, quantity=quantity)
    return {r["item"]: r["value"] for r in own}


def sources_of(facts: xr.Dataset) -> list[str]:
    """Sources at hand; the first one is judged."""
    return list(dict.fromkeys(facts["source"].to_numpy().tolist()))


def gain(facts: xr.Dataset, source: str, reading: str) -> float:
    """Log likelihood of the switching chain less the better fixed regime's."""
    values = items(facts, source, reading, "log_likelihood")
    return values["switching"] - max(values["safe"], values["risky"])


def measure(setting: Setting) -> Findings:
    """Probabilities, evidence by observable, and what it says in known worlds.

    Raises
    ------
    FiscaxError
        The likelihood is changed and there is no folder, a source or an observable has
        another name, or the folder lacks what is needed.
    """
    own, store, say = setting.options, setting.store, setting.progress.say
    names = _chosen(own.get("source"))
    changed = [*store.overrides, *(k for k in own if k == "without")]
    if "data" in own:
        left = [n for n in str(own.get("without", "")).split(",") if n]
        found = computed_index(str(own["data"]), store, names, left, say)
    elif changed:
        raise FiscaxError(
            f"{', '.join(changed)} changes the likelihood, and the shipped "
            "probabilities belong to the shipped one: add --set data=DIR, a folder of "
            "the series"
        )
    else:
        found = shipped_index()
    months = table(_of(found.months, names), MONTH, UNITS)
    facts = table(_of(found.facts, names), FACT)
    economies = pairs(store, names, say)
    worlds, errors = world_tables(facts, economies, sticky(store, SUPPLY, say=say))
    folder = own.get("data")
    laws = behaviour(months, store, None if folder is None else str(folder), say)
    return Findings(
        {
            "regime_index": months,
            "regime_index_facts": facts,
            "regime_index_dated": dated_table(months),
            "regime_index_worlds": worlds,
            "world_errors": errors,
            **laws.tables,
        },
        quantities=_quantities(facts) | _responses(laws.tables["legislation_response"]),
        extra={"data": folder, "absent": found.absent, "laws": laws.origin},
        data_vintage=f"to {found.months['month'].max()}",
    )


def _chosen(source: Any) -> tuple[str, ...]:
    if source is None:
        return tuple(SOURCES)
    if source not in SOURCES:
        raise FiscaxError(f"source is {source!r}, give one of {', '.join(SOURCES)}")
    return (source,)


def _of(data: pd.DataFrame, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows of these sources."""
    own = data.to_dict("records")
    return [{str(k): v for k, v in r.items()} for r in own if r["source"] in names]


def dated_table(months: xr.Dataset) -> xr.Dataset:
    """Probabilities at dated months; None before the first real-time estimate."""
    return table([r for r in records(months) if r["month"] in DATED], MONTH, UNITS)


def world_tables(
    facts: xr.Dataset, economies: Mapping[str, Pair], supply: Moves
) -> tuple[xr.Dataset, xr.Dataset]:
    """Mean probability of risky where the truth is known, and its simulation error.

    Moves are drawn from the index's own model at its estimates, under safe debt, risky
    debt, and safe debt in an economy of supply shocks.
    """
    means, errors = [], []
    for source, pair in economies.items():
        record = _vector(facts, source, "joint", "record")
        own = rebuilt_model(*pair, record)
        rival = rebuilt_model(supply, supply, record)
        worlds = {"safe": (own, "safe"), "risky": (own, "risky")}
        worlds["supply"] = (rival, "safe")
        for label, reading in READINGS.items():
            theta = _vector(facts, source, label, "theta")
            for world, (model, chain) in worlds.items():
                found = called_risky(own, theta, model, chain, reading)
                head = {"source": source, "reading": label, "world": world}
                errors.append({**head, "standard_error": found.error})
                means.append(
                    {**head, "mean_probability": found.value, "unit": "probability"}
                )
    return table(means, WORLD, UNITS), table(errors, WORLD, UNITS)


def _vector(facts: xr.Dataset, source: str, reading: str, quantity: str) -> np.ndarray:
    return np.array(list(items(facts, source, reading, quantity).values()))


def _quantities(facts: xr.Dataset) -> dict[str, tuple[float, str]]:
    found = {}
    for source in sources_of(facts):
        for label in READINGS:
            means = items(facts, source, label, "mean")
            for era in ERAS:
                if era in means:
                    found[f"{source}_{label}_{era}"] = (means[era], "probability")
            value = gain(facts, source, label)
            found[f"{source}_{label}_gain"] = (value, "log points")
    return found


def _responses(table: xr.Dataset) -> dict[str, tuple[float, str]]:
    return {
        f"legislation_{r['measure']}_{r['era']}": (r["value"], "ratio")
        for r in records(table)
    }
