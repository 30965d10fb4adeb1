"""Every shipped table of facts computed again from a folder of public series.

The folder holds CSV files with a date column, found by column name. Tables that nobody
computes are left out: published numbers (``evidence.csv``) and invented examples.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...calibration.matching.legislation_facts import (
    LegislationFacts,
    computed_legislation,
)
from ...calibration.matching.odds import OddsFacts, computed_odds
from ...calibration.matching.regime_facts import IndexFacts, computed_index
from ...calibration.record import (
    convenience,
    dated_moves,
    forecast_errors,
    pandemic,
    stock_bond,
)
from ...calibration.record.moments import empirical_moments
from ...calibration.record.projections import baseline_rows
from ...calibration.record.series import SeriesDirectory
from ...calibration.shipped import FACTS
from ...errors import FiscaxError
from ..predictions import of_estimates
from ..study import Findings, Option, Setting
from ..tables import table

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]

DRAWS = 10_000
# A long annual file with these columns gives the valuation facts.
VALUATION = "jlnx_annual_1929_2022.csv"
OPTIONS = (
    Option("data", "path", "folder of CSV files to compute from"),
    Option(
        "only",
        "text",
        "tables by the names of their files, without .csv, commas between",
    ),
)


@dataclass(frozen=True)
class Shipped:
    """A shipped table: how it is computed, and how its numbers are written.

    ``digits`` formats every float; ``keys`` are the columns that tell rows apart.
    """

    make: Callable[[Path, Setting], list[Row]]
    keys: tuple[str, ...]
    digits: str = ".8g"


def _rows(frame: pd.DataFrame) -> list[Row]:
    rows = frame.astype(object).where(frame.notna(), "").to_dict("records")
    return [{str(k): v for k, v in row.items()} for row in rows]


def _moments(data: Path, _: Setting) -> list[Row]:
    return _rows(empirical_moments(data))


def _forecast_errors(data: Path, _: Setting) -> list[Row]:
    return _rows(forecast_errors.error_moments(data).round(4))


def _valuation(data: Path, setting: Setting) -> list[Row]:
    from ...calibration.valuation import facts
    from ...calibration.valuation.file import load_valuation
    from ...calibration.valuation.puzzle import Assumptions

    assumed = Assumptions()
    valued = facts.value(load_valuation(data / VALUATION), assumed, DRAWS, setting.seed)
    return _rows(facts.facts(valued, assumed, facts.SOURCE))


def _index(data: Path, setting: Setting) -> IndexFacts:
    """Both tables of the regime index, computed once."""
    say = setting.progress.say
    return setting.once(
        ("regime index", str(data)),
        lambda: computed_index(data, setting.store, say=say),
    )


def _legislation(data: Path, setting: Setting) -> LegislationFacts:
    """Three tables of what legislation answers, computed once."""
    key = ("legislation", str(data))
    return setting.once(key, lambda: computed_legislation(data))


def _odds(data: Path, setting: Setting) -> OddsFacts:
    """The tables of the odds of sticky-price economies, computed once."""
    say = setting.progress.say
    return setting.once(
        ("odds", str(data)),
        lambda: computed_odds(data, of_estimates(), seed=setting.seed, say=say),
    )


TABLES: Mapping[str, Shipped] = {
    "moments": Shipped(_moments, ("name", "era"), ".10g"),
    "convenience_eras": Shipped(
        lambda data, _: convenience.era_facts(SeriesDirectory(data)),
        ("wedge", "tenor", "era"),
    ),
    "convenience_slopes": Shipped(
        lambda data, _: convenience.slope_facts(SeriesDirectory(data)),
        ("regression", "regressor"),
    ),
    "stock_bond_facts": Shipped(
        lambda data, _: stock_bond.facts(SeriesDirectory(data)),
        ("quantity", "tenor", "frequency", "era"),
    ),
    "stock_bond_rolling": Shipped(
        lambda data, _: stock_bond.rolling_facts(SeriesDirectory(data)),
        ("month",),
        ".6f",
    ),
    "dated_moves": Shipped(
        lambda data, _: dated_moves.computed_moves(SeriesDirectory(data)),
        ("place", "series", "start"),
        "",
    ),
    "cbo_baseline": Shipped(lambda data, _: baseline_rows(data), ("year",), ".3f"),
    "cbo_forecast_errors": Shipped(_forecast_errors, ("horizon",), ".10g"),
    "valuation_facts": Shipped(_valuation, ("period", "quantity")),
    "regime_months": Shipped(
        lambda data, setting: _rows(_index(data, setting).months),
        ("source", "reading", "month"),
        ".4f",
    ),
    "regime_facts": Shipped(
        lambda data, setting: _rows(_index(data, setting).facts),
        ("source", "reading", "quantity", "item"),
    ),
    "pandemic": Shipped(lambda data, _: pandemic.who_paid(data), ("quantity",)),
    "legislation_response": Shipped(
        lambda data, setting: _rows(_legislation(data, setting).responses),
        ("measure", "era"),
    ),
    "legislation_half_years": Shipped(
        lambda data, setting: _rows(_legislation(data, setting).halves),
        ("half_year",),
        ".4f",
    ),
    "legislation_facts": Shipped(
        lambda data, setting: _rows(_legislation(data, setting).checks),
        ("answers", "quantity", "item"),
    ),
    "odds": Shipped(
        lambda data, setting: _rows(_odds(data, setting).odds),
        ("economy", "era", "quantity", "item"),
        ".6g",
    ),
    "odds_parameters": Shipped(
        lambda data, setting: _rows(_odds(data, setting).parameters),
        ("economy", "era", "parameter"),
        ".6g",
    ),
    "odds_regimes": Shipped(
        lambda data, setting: _rows(_odds(data, setting).regimes),
        ("economy", "era", "regime", "quantity"),
        ".6g",
    ),
}


def heading(name: str) -> list[str]:
    """Lines of remarks on top of a shipped table: source, units, definitions."""
    lines = (FACTS / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("#")]


def written(name: str, rows: list[Row]) -> str:
    """A table as its file holds it: remarks, header, numbers with its digits."""
    digits = TABLES[name].digits
    stream = io.StringIO()
    stream.writelines(f"{line}\n" for line in heading(name))
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {
                k: format(v, digits) if isinstance(v, float) else v
                for k, v in row.items()
            }
        )
    return stream.getvalue()


def read_rows(text: str) -> list[dict[str, str]]:
    """Rows of a table's text, remarks left out."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def changed(name: str, text: str) -> dict[str, Any]:
    """What differs from the shipped table: rows, cells, the largest change."""
    keys = TABLES[name].keys
    old = read_rows((FACTS / f"{name}.csv").read_text(encoding="utf-8"))
    new = read_rows(text)
    before = {tuple(r[k] for k in keys): r for r in old}
    after = {tuple(r[k] for k in keys): r for r in new}
    cells, largest = 0, 0.0
    for key in before.keys() & after.keys():
        for column, then in before[key].items():
            now = after[key].get(column, "")
            if now == then:
                continue
            cells += 1
            try:
                a, b = float(then), float(now)
            except ValueError:
                continue
            largest = max(largest, abs(a - b) / max(abs(a), abs(b), 1e-12))
    added, removed = (
        len(after.keys() - before.keys()),
        len(before.keys() - after.keys()),
    )
    return {
        "table": f"{name}.csv",
        "rows": len(new),
        "added": added,
        "removed": removed,
        "cells_changed": cells,
        "largest_relative_change": largest,
        "same": not (cells or added or removed),
    }


def measure(setting: Setting) -> Findings:
    """Compute the tables that were asked for, all of them by default.

    Raises
    ------
    FiscaxError
        No folder was given, a table has another name, or a series is missing.
    """
    data = setting.options.get("data")
    if data is None:
        raise FiscaxError("give the folder of the data: fiscax facts --data DIR")
    only = setting.options.get("only")
    wanted = list(TABLES) if only is None else str(only).split(",")
    unknown = [name for name in wanted if name not in TABLES]
    if unknown:
        raise FiscaxError(
            f"no shipped table is called '{unknown[0]}': {', '.join(TABLES)}"
        )
    texts, rows = {}, []
    for name, shipped in TABLES.items():
        if name in wanted:
            setting.progress.say(f"computing {name}.csv")
            texts[f"{name}.csv"] = written(name, shipped.make(Path(data), setting))
            rows.append(changed(name, texts[f"{name}.csv"]))
    return Findings(
        {"facts": table(rows, ("table",))},
        extra={"texts": texts},
        data_vintage=str(data),
    )
