"""The section on the economy itself: equations, symbols and parameters as declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import labels
from .cells import Formula, Named
from .page import Section, Table

if TYPE_CHECKING:
    from ...calibration.parameters.calibration import Entry
    from ...models.declaration import Model

    Entries = Mapping[str, Entry]

_LEAD = (
    "One declaration, solved as written: safe and risky debt differ in a few "
    "parameters only. A prime dates a symbol one quarter later; shocks and events are "
    "those of the next quarter; rates are continuously compounded per quarter."
)
_KINDS = {
    "state": "States",
    "unknown": "Unknown functions",
    "definition": "Definitions",
    "link": "From this quarter to the next",
    "shock": "Shocks",
    "event": "Rare events",
}


def economy_section(solved: Mapping[str, Entries]) -> Section:
    """Equations, symbols, claims and parameters of the solved economies, folded away.

    ``solved`` maps an economy's name to its parameters, as experiments return them.
    """
    from ...models.core import core_economy

    names = {name for entries in solved.values() for name in entries}
    regimes = ("safe", "risky") if "switch_base" in names else ("permanent",)
    model = core_economy(regimes, redistribution="redistribution" in names)
    tables = [
        _equations(model),
        _symbols(model),
        _prices(model),
        _parameters(model, solved),
    ]
    return Section("The economy", _LEAD, tables, short="The economy")


def _equations(model: Model) -> Table:
    from ...models.documents.equations import equation_groups

    groups = [(title, row) for title, rows in equation_groups(model) for row in rows]
    rows = [row for _, row in groups]
    return _table(
        {
            "Equation": [Formula(row["latex"], display=True) for row in rows],
            "Source": [row["source"] for row in rows],
        },
        rows,
        "Equations",
        "What it says",
        [title.replace("_", " ") for title, _ in groups],
    )


def _symbols(model: Model) -> Table:
    from ...models.documents.equations import variable_table

    rows = variable_table(model)
    return _table(
        {
            "Symbol": [Formula(row["symbol"]) for row in rows],
            "Unit": [row["unit"] for row in rows],
        },
        rows,
        "Variables",
        "Variable",
        [_KINDS[row["kind"]] for row in rows],
    )


def _prices(model: Model) -> Table:
    from ...models.documents.tables import claim_table, numeraire_table

    numeraires, claims = numeraire_table(model), claim_table(model)
    rows = [*numeraires, *claims]
    return _table(
        {
            "Definition": [Formula(row["definition"]) for row in rows],
            "Unit": [row["unit"] for row in rows],
        },
        rows,
        "Numeraires and claims",
        "Operator or claim",
        ["Pricing operators of payoffs f"] * len(numeraires)
        + ["Values of claims"] * len(claims),
    )


def _parameters(model: Model, solved: Mapping[str, Entries]) -> Table:
    from ...models.documents.equations import parameter_table

    rows = [
        row
        for row in parameter_table(model)
        if any(row["name"] in entries for entries in solved.values())
    ]
    order = list(dict.fromkeys(row["role"] for row in rows))
    # What the reader may ask about first: the parameters of policy.
    rows.sort(key=lambda row: (row["role"] != "policy", order.index(row["role"])))
    columns: dict[str, list[Any]] = {}
    for economy, entries in solved.items():
        for title, place in _columns(economy, entries, model):
            columns[title] = [_value(entries, row["name"], place) for row in rows]
    return _table(
        {
            "Symbol": [Formula(row["symbol"]) for row in rows],
            **columns,
            "Unit": [row["unit"] for row in rows],
            "Source of the value": [_sources(solved, row["name"]) for row in rows],
        },
        rows,
        "Parameters and their values",
        "Parameter",
        [labels.role(row["role"]) for row in rows],
    )


def _columns(economy: str, entries: Entries, model: Model) -> list[tuple[str, int]]:
    """Headings of an economy's values and the places of its regimes."""
    values = [entry.value for entry in entries.values()]
    if max((len(v) for v in values if isinstance(v, tuple)), default=1) == 1:
        return [(labels.column(economy), 0)]
    regimes = model.regimes.names
    return [(labels.column(f"{economy}: {r}"), k) for k, r in enumerate(regimes)]


def _value(entries: Entries, name: str, place: int) -> float | None:
    """Value in a regime; None where the economy does not have the parameter."""
    if name not in entries:
        return None
    value = entries[name].value
    return value[place] if isinstance(value, tuple) else value


def _sources(solved: Mapping[str, Entries], name: str) -> str:
    found = [entries[name].source for entries in solved.values() if name in entries]
    return "; ".join(dict.fromkeys(s for s in found if s))


def _table(
    columns: Mapping[str, Sequence[Any]],
    rows: Sequence[Mapping[str, Any]],
    caption: str,
    heading: str,
    groups: Sequence[str],
) -> Table:
    """Table of ``rows`` of a document; columns that say nothing are left out."""
    import pandas as pd

    names = [Named(labels.capital(row["description"]), row["name"]) for row in rows]
    index = pd.Index(names, name=heading, dtype=object)
    kept = {k: list(v) for k, v in columns.items() if any(x != "" for x in v)}
    frame = pd.DataFrame(kept, index=index)
    return Table(frame, caption, groups=list(groups), collapsed=True)
