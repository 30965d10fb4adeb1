"""The experiment ``compare``: simulated moments by regime beside the data by era."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...calibration.economies.responses import shared_economy
from ..registry import ExperimentContext, experiment
from ..report import labels
from ..report.results import ExperimentResult

if TYPE_CHECKING:
    import pandas as pd

    from ..report.page import Section

QUESTION = "How do the moments of each regime sit beside those of its era?"
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


@dataclass(frozen=True)
class Pair:
    """An economy and the regime in it that is held against an era of the data."""

    economy: str
    regime: str
    era: str

    @property
    def label(self) -> str:
        """Name of the regime in tables and records."""
        return labels.regime_name(self.economy, self.regime)


PAIRS = (
    Pair("safe", "safe", "1998-2019"),
    Pair("risky", "risky", "2022-present"),
    Pair("switching", "risky", "2022-present"),
)
STICKY_PAIRS = (
    Pair("sticky_safe", "safe", "1998-2019"),
    Pair("sticky_risky", "risky", "2022-present"),
)


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("compare", question=QUESTION, order=3, section=_section)
def compare(context: ExperimentContext) -> ExperimentResult:
    """Hold the safe regime against 1998-2019 and the risky one against 2022-present.

    The switching economy's risky regime stands beside the latter, the sticky-price
    economies beside both. Samples hold no disaster, as the record; the table has the
    moments with disasters too, for the economies that have them.
    """
    import pandas as pd

    from ...calibration.economies.moments import model_moments
    from ...calibration.economies.sticky import solve_sticky
    from ...calibration.economies.sticky_series import local_moments
    from ...calibration.record.moments import shipped_moments
    from .page import figures

    data = shipped_moments()
    parts, parameters = [], {}
    for pair in PAIRS:
        context.progress.say(f"solving the {pair.economy} economy")
        economy = shared_economy(context, pair.economy)
        with context.progress.stage(f"moments of {pair.economy}"):
            simulated = model_moments(
                economy, pair.regime, seed=context.seed, disasters=True
            )
        targets = economy.calibration.targets
        parts.append(comparison(simulated, data, pair, targets))
        parameters[pair.economy] = economy.calibration.by_name
    for pair in STICKY_PAIRS:
        context.progress.say(f"solving the {pair.economy} economy")
        economy = solve_sticky(pair.economy, _known(context.overrides))
        with context.progress.stage(f"moments of {pair.economy}"):
            simulated = local_moments(economy, seed=context.seed)
        parts.append(comparison(simulated, data, pair, economy.calibration.targets))
        parameters[pair.economy] = economy.calibration.by_name
    table = pd.concat(parts, ignore_index=True)
    return ExperimentResult(
        tables={"compare": table},
        records={"compare": as_records(table)},
        figures=figures(table),
        notes=[*count_notes(table), SAMPLE_NOTE],
        parameters=parameters,
        quantities=_quantities(table),
        data_vintage=f"observations to {data['sample_end'].max()}",
    )


SAMPLE_NOTE = (
    "Model moments are those of long samples without a disaster, because the record "
    "has none; compare.csv gives them with disasters too. The economies with sticky "
    "prices have no disasters: their column with them is empty. t is the model less "
    "the data over the data's standard error; it leaves out Monte Carlo error, which "
    "is in compare.csv, and the bias of short samples, which lowers measured "
    "volatility and autocorrelation of persistent yields. Standard errors of "
    "2022-present come from 18 quarters or fewer and are too small on average."
)


def _known(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides of parameters that the sticky-price economy has too."""
    from ...models.sticky import sticky_price_economy

    names = {p.name for p in sticky_price_economy().parameters}
    return {k: v for k, v in overrides.items() if k in names}


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


def as_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Records with exactly the keys ``KEYS``; what does not exist is None."""
    plain = table.astype(object).where(table.notna(), None)
    return [{k: row[k] for k in KEYS} for row in plain.to_dict(orient="records")]


def counts(table: pd.DataFrame) -> dict[str, tuple[int, int, int, int]]:
    """Per regime: untargeted within two standard errors, untargeted, and targeted."""
    import numpy as np

    found = {}
    for regime, rows in table.dropna(subset=["t"]).groupby("regime", sort=False):
        near = np.abs(rows["t"].to_numpy(float)) <= 2
        aimed = rows["targeted"].to_numpy(bool)
        groups = (near & ~aimed, ~aimed, near & aimed, aimed)
        found[str(regime)] = tuple(int(np.sum(g)) for g in groups)
    return found


def count_notes(table: pd.DataFrame) -> list[str]:
    """Say how many moments lie within two standard errors, by regime."""
    eras: Mapping[str, str] = dict(zip(table["regime"], table["era"], strict=True))
    texts = []
    for regime, (near, free, hit, aimed) in counts(table).items():
        matched = f", and {hit} of {aimed} targeted ones" if aimed else ""
        texts.append(
            f"{labels.column(regime)} against {labels.era(eras[regime])}: {near} of "
            f"{free} untargeted moments lie within two standard errors of the data"
            f"{matched}."
        )
    return [" ".join(texts)]


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
