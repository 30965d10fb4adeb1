"""What the odds are, in words, and the tables as files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...solvers.estimation.particles import MEMORY
from ..claims import Claim
from ..report import labels
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records, rows
from . import STUDY
from .bands import LABELS
from .bands import draw as draw_bands
from .figure import PAIR, by_series, draw, odds_by_era

_NAMES = {"sticky_safe": "safe debt", "sticky_risky": "risky debt"}
_SWITCHING = {"sticky_switching": "debt that switches"}
_ALL = {**_NAMES, **_SWITCHING}
# Log odds below this are "not worth more than a bare mention" (Kass and Raftery 1995).
BARE = 1.0
# Effective draws below which an error of importance sampling is itself uncertain.
FEW = 100
_CAPTION = (
    "Log odds of risky over safe debt by era, and what each series adds to them given "
    "the others, at the modes."
)
_ALT = "Bars of log odds by era, and a panel per era of what each series adds to them."
_BANDS = (
    "What the estimated economies say, by era: medians with 90% bands of the "
    "posterior; a cross is the number as the economy ships."
)
_BANDS_ALT = (
    "Four panels, a row an era, for the estimated economies, and both regimes of the "
    "one that switches: the ten-year yield and expected inflation on spending news, "
    "the share that bondholders bear, and the correlation of stocks and bonds."
)
_REGIMES = (
    "Rows of the regime table at first order over draws of each posterior: median and "
    "90% band; in brackets the number as the economy ships. News is of 1% of GDP."
)
_TABLE = (
    "Parameters at the modes beside their priors. *prior*: the share of the precision "
    "that the prior alone gives."
)


def result(findings: Findings, _: Sequence[Claim]) -> ExperimentResult:
    """Figures, tables, a parameter file per estimate, and what the odds say."""
    names = list(findings.data)
    figures = {"odds": draw(records(findings["odds"]))}
    if "odds_regimes" in names:
        figures["odds_regimes"] = draw_bands(records(findings["odds_regimes"]))
    return ExperimentResult(
        tables={n: frame(findings[n]) for n in names},
        records={n: records(findings[n]) for n in names},
        figures=figures,
        texts=dict(findings.extra["texts"]),
        notes=notes(findings),
        quantities=dict(findings.quantities),
        data_vintage=findings.data_vintage,
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: odds in words and a figure, then what estimates say."""
    lead, *more = result.notes
    blocks = [Figure(result.figures["odds"], _CAPTION, _ALT)]
    if "odds_regimes" in result.figures:
        blocks += [
            Figure(result.figures["odds_regimes"], _BANDS, _BANDS_ALT),
            _regimes(result.records["odds_regimes"]),
        ]
    blocks += [
        _estimates(result.records["odds_parameters"]),
        *(Text(note) for note in more),
    ]
    return Section(STUDY.question, lead, blocks, short="Odds")


def _regimes(found: Sequence[Mapping[str, Any]]) -> Table:
    """One row per quantity and era, one column per regime, bands in every cell."""
    import pandas as pd

    cells: dict[tuple[str, str], dict[str, str]] = {}
    for r in found:
        row = cells.setdefault((r["quantity"], r["era"]), {})
        row[LABELS[r["economy"], r["regime"]].capitalize()] = _cell(r)
    # Eras of a quantity stand below each other.
    order = list(dict.fromkeys(quantity for quantity, _ in cells))
    cells = dict(sorted(cells.items(), key=lambda cell: order.index(cell[0][0])))
    columns = list(dict.fromkeys(c for row in cells.values() for c in row))
    shown = pd.DataFrame(
        [
            [labels.era(era), *(row[c] for c in columns)]
            for (_, era), row in cells.items()
        ],
        columns=["Era", *columns],
        dtype=object,
    )
    groups = [labels.quantity(quantity) for quantity, _ in cells]
    return Table(shown, _REGIMES, groups=groups, collapsed=True)


def _cell(row: Mapping[str, Any]) -> str:
    """Median, band and shipped number."""
    unit = row["unit"]
    middle, low, high, shipped = (
        labels.number(row[k], unit) for k in ("median", "low", "high", "shipped")
    )
    return f"{labels.with_unit(middle, unit)}, {low} to {high} ({shipped})"


def _estimates(found: Sequence[Mapping[str, Any]]) -> Table:
    """Prior and modes by era, a row a parameter, grouped by economy."""
    import pandas as pd

    rows: dict[tuple[str, str], dict[str, str]] = {}
    for r in found:
        row = rows.setdefault((r["economy"], r["parameter"]), {})
        row["Prior"] = (
            f"{r['prior'].replace('_', ' ')} "
            f"{_number(r['prior_mean'])} ({r['prior_deviation']:.2g})"
        )
        row[labels.era(r["era"])] = (
            f"{_number(r['mode'])} ({r['standard_error']:.2g}), "
            f"prior {100 * r['prior_share']:.0f}%"
        )
    shown = pd.DataFrame(list(rows.values()), dtype=object)
    shown.index = pd.Index([name for _, name in rows], name="Parameter", dtype=object)
    groups = [_ALL[economy].capitalize() for economy, _ in rows]
    return Table(shown, _TABLE, groups=groups, collapsed=True)


def _number(value: float) -> str:
    """Three digits, with a minus sign."""
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def notes(findings: Findings) -> list[str]:
    """Odds by era, what carries them, what the data leave open, and what was done."""
    eras = list(dict.fromkeys(r["era"] for r in records(findings["odds"])))
    said = [_era(findings, era) for era in eras]
    left = [
        f"No parameter file {name}: {reason}."
        for name, reason in findings.extra["refused"].items()
    ]
    return [*said, *_open(findings, eras), *left, _HOW]


_HOW = (
    "First-order solutions, Gaussian shocks, no lower bound on rates. Priors of the "
    "series' means are the same for all economies, those of parameters are centred "
    "where each economy ships (calibration/parameters/odds.toml), which moments of "
    "1998-2019 and of 2022-present had a part in: they have seen some of the data. "
    "Series: "
    "growth, inflation, federal funds, ten-year yield, equity return, federal primary "
    "balance. Odds say which misses less, not that any fits."
)


def _value(findings: Findings, quantity: str, item: str, **labels: Any) -> float | None:
    found = rows(findings["odds"], quantity=quantity, item=item, **labels)
    return found[0]["value"] if found else None


def _era(findings: Findings, era: str) -> str:
    """Odds of an era, likelihoods before and after estimation, the largest share."""
    best = odds_by_era(records(findings["odds"]))[era]
    parts = []
    for economy, name in _NAMES.items():
        own = {"economy": economy, "era": era}
        before = _value(findings, "log_likelihood", "shipped", **own)
        after = _value(findings, "log_likelihood", "mode", **own)
        assert before is not None and after is not None
        parts.append(
            f"{name} {_points(before, 0)} as it ships and {_points(after, 0)} at its "
            "mode"
        )
    carried = _carried(findings, era)
    return (
        f"{labels.era(era)}: log odds of risky over safe debt "
        f"{_by_ways(findings, era, PAIR, _NAMES)}: {_verdict(best)}. Log likelihood: "
        f"{'; '.join(parts)}. Given the others, {carried}.{_switching(findings, era)}"
    )


# Ways to the odds in words, and the item that holds the error of one economy.
_WAYS = {
    "laplace": ("by Laplace's approximation", None),
    "sampled": ("by importance sampling around the modes", "error"),
    "particles": ("by particles from the prior", "particles_error"),
}


def _by_ways(findings: Findings, era: str, pair: str, economies: Iterable[str]) -> str:
    """Log odds of a pair of economies by every way that there is, with errors."""
    both, said = tuple(economies), []
    for item, (words, of) in _WAYS.items():
        odds = _value(findings, "log_odds", item, era=era, economy=pair)
        if odds is None:
            continue
        text = f"{_points(odds, plus=True)} {words}"
        if of is not None:
            found = [
                _value(findings, "log_marginal", of, economy=e, era=era) for e in both
            ]
            error = math.hypot(*(e for e in found if e is not None))
            text += f" (error {error:.1f}{_few(findings, item, era, both)})"
        said.append(text)
    return ", ".join(said)


def _few(findings: Findings, item: str, era: str, economies: Sequence[str]) -> str:
    """What says that an error is not to be trusted: few draws, or a long memory."""

    def found(quantity: str, item: str) -> list[float]:
        own = [_value(findings, quantity, item, economy=e, era=era) for e in economies]
        return [v for v in own if v is not None]

    if item == "particles":
        most = max(found("memory", item))
        return f", chains keep {most:.0%} of their place" if most > MEMORY else ""
    if item != "sampled":
        return ""
    least = min(found("effective", "draws"))
    return f", of {least:.0f} effective draws only" if least < FEW else ""


def _switching(findings: Findings, era: str) -> str:
    """The economy that switches beside safe debt, and the regime that data see."""
    pair = "switching over safe"
    if _value(findings, "log_odds", "laplace", era=era, economy=pair) is None:
        return ""
    own = {"economy": "sticky_switching", "era": era}
    chance = {
        when: _value(findings, "smoothed_probability", f"risky_{when}", **own)
        for when in ("mean", "end")
    }
    mean, end = (
        labels.with_unit(f"{100 * (c or 0.0):.0f}", "%") for c in chance.values()
    )
    odds = _by_ways(findings, era, pair, ("sticky_safe", "sticky_switching"))
    return (
        f" Debt that switches over safe debt: {odds}; at its highest mode the risky "
        f"regime has a probability of {mean} on average and {end} at the end, given "
        "all data."
    )


def _verdict(odds: float) -> str:
    """What log odds say in words."""
    if abs(odds) < BARE:
        return "the data hardly tell them apart"
    return f"of the two, {'risky' if odds > 0 else 'safe'} debt misses less"


def _carried(findings: Findings, era: str) -> str:
    """Which series tells the economies apart most, at their modes."""
    apart = by_series(records(findings["odds"]), era)
    most = max(apart, key=lambda n: abs(apart[n]))
    by = _points(apart[most], plus=True)
    return f"{labels.words(most)} tells them apart most, by {by} log points"


def _points(value: float, places: int = 1, *, plus: bool = False) -> str:
    return labels.fixed(value, "log points", places, plus=plus)


def _open(findings: Findings, eras: Sequence[str]) -> list[str]:
    """Parameters in directions in which data hardly narrow the prior."""
    said = []
    for economy, name in _ALL.items():
        for era in eras:
            own = rows(findings["odds_parameters"], economy=economy, era=era)
            names = [f"`{r['parameter']}`" for r in own if r["open"] == "yes"]
            if names:
                said.append(f"{name}, {labels.era(era)}: {', '.join(names)}")
    if not said:
        return []
    return [f"Data hardly narrow the priors of {'; '.join(said)}."]
