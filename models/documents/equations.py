"""Equations and tables of a declared model: LaTeX, Markdown, lists of dictionaries.

Everything is derived from the declaration, so the documents cannot drift from what is
solved. Nothing is solved or evaluated here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..declaration import Model
from .latex import expression_latex, symbol_latex, text_latex
from .tables import claim_table, numeraire_table

Row = dict[str, str]

_HEADINGS = {
    "transition": "Laws of motion",
    "probability": "Rare events",
    "regime": "Regimes",
    "definition": "Definitions",
    "link": "From this period to the next",
    "condition": "Equilibrium conditions",
    "anchor": "Intercepts, solved for in every regime",
}
_PARAMETER_COLUMNS = (
    "symbol",
    "name",
    "unit",
    "period",
    "admissible",
    "role",
    "regime_specific",
    "description",
    "source",
)
_VARIABLE_COLUMNS = ("symbol", "name", "kind", "block", "unit", "description")
_PRICING_COLUMNS = ("symbol", "name", "unit", "definition", "description")
# Columns that hold mathematics.
_MATHEMATICS = ("symbol", "definition")


def equation_table(model: Model) -> list[Row]:
    """Every equation of the model, one row each.

    Returns
    -------
    Rows with ``name``, ``kind``, ``latex`` (no delimiters), ``description`` and
    ``source``, in the order of ``kind``: ``transition`` of a state, ``probability`` of
    an event, ``regime`` (probability of a move), ``definition``, ``link`` (definition
    over the step from t to t+1), ``condition`` (equilibrium), ``anchor`` (ergodic mean
    that determines an intercept). A permanent regime has no row.
    """
    rows = [
        *_transitions(model),
        *_probabilities(model),
        *_regime_moves(model),
        *_definitions(model),
        *_conditions(model),
        *_anchors(model),
    ]
    return sorted(rows, key=lambda row: list(_HEADINGS).index(row["kind"]))


def variable_table(model: Model) -> list[Row]:
    """States, unknowns, definitions, links, shocks and events, one row each.

    Returns
    -------
    Rows with ``name``, ``symbol`` (LaTeX), ``kind``, ``unit``, ``block`` (which solves
    for the unknown, else empty) and ``description``.
    """
    solved = {u.name: b.name for b in model.blocks for u in b.unknowns}
    links = [d for d in model.definitions if d.is_link]
    static = [d for d in model.definitions if not d.is_link]
    groups = (
        ("state", [(s, s.unit) for s in model.states]),
        ("unknown", [(u, u.unit) for u in model.unknowns]),
        ("definition", [(d, d.unit) for d in static]),
        ("link", [(d, d.unit) for d in links]),
        ("shock", [(s, "standard normal") for s in model.shocks]),
        ("event", [(e, "0 or 1") for e in model.events]),
    )
    return [
        {
            "name": record.name,
            "symbol": record.latex,
            "kind": kind,
            "unit": unit,
            "block": solved.get(record.name, ""),
            "description": record.description,
        }
        for kind, records in groups
        for record, unit in records
    ]


def parameter_table(model: Model) -> list[Row]:
    """Declared parameters, one row each.

    Returns
    -------
    Rows with ``name``, ``symbol`` (LaTeX), ``unit``, ``period``, ``admissible`` (open
    interval, in the parameter's unit), ``role``, ``regime_specific`` (yes or no),
    ``description`` and ``source`` (of the definition; values have their own).
    """
    return [
        {
            "name": p.name,
            "symbol": p.latex,
            "unit": p.unit,
            "period": p.period,
            "admissible": f"({p.low:g}, {p.high:g})",
            "role": p.role,
            "regime_specific": "yes" if p.regime_specific else "no",
            "description": p.description,
            "source": p.source,
        }
        for p in model.parameters
    ]


def label(row: Row) -> str:
    """LaTeX label of a row of the equation table; unique within a model."""
    return f"eq:{row['kind']}:{row['name'].replace(' ', '-')}"


def latex(model: Model) -> str:
    r"""Body of a LaTeX document: parameters, variables and all equations.

    It goes between ``\begin{document}`` and ``\end{document}`` and needs the packages
    amsmath, amssymb and longtable. Equations are labelled ``eq:KIND:NAME``.
    """
    parts = [
        rf"\section*{{Model: {text_latex(model.name)}}}",
        text_latex(model.description),
        r"A prime dates a symbol one period later; shocks and events are dated $t+1$.",
    ]
    for title, rows in equation_groups(model):
        parts.append(rf"\subsection*{{{text_latex(title)}}}")
        parts += [_latex_equation(row) for row in rows]
    parts.append(r"\subsection*{Variables}")
    parts.append(_latex_table(variable_table(model), _VARIABLE_COLUMNS))
    for title, rows in _pricing(model):
        parts.append(rf"\subsection*{{{text_latex(title)}}}")
        parts.append(_latex_table(rows, _PRICING_COLUMNS))
    parts.append(r"\subsection*{Parameters}")
    parts.append(_latex_table(parameter_table(model), _PARAMETER_COLUMNS))
    return "\n\n".join(parts) + "\n"


def markdown(model: Model) -> str:
    """The same document in Markdown, with mathematics between dollar signs."""
    parts = [
        f"# Model: {model.name}",
        model.description,
        "A prime dates a symbol one period later; shocks and events are dated t+1.",
    ]
    for title, rows in equation_groups(model):
        parts.append(f"## {title}")
        for row in rows:
            source = f" ({row['source']})" if row["source"] else ""
            parts.append(f"`{row['name']}`: {row['description']}{source}")
            parts.append(f"$$\n{row['latex']}\n$$")
    parts += ["## Variables", _pipes(variable_table(model), _VARIABLE_COLUMNS)]
    for title, rows in _pricing(model):
        parts += [f"## {title}", _pipes(rows, _PRICING_COLUMNS)]
    parts += ["## Parameters", _pipes(parameter_table(model), _PARAMETER_COLUMNS)]
    return "\n\n".join(parts) + "\n"


def _row(name: str, kind: str, left: str, right: str, description: str) -> Row:
    return {
        "name": name,
        "kind": kind,
        "latex": f"{left} = {right}",
        "description": description,
        "source": "",
    }


def _transitions(model: Model) -> Iterator[Row]:
    for state in model.states:
        left = symbol_latex(state.name + "_next", model)
        right = expression_latex(state.transition, model)
        yield _row(state.name, "transition", left, right, state.description)


def _probabilities(model: Model) -> Iterator[Row]:
    for event in model.events:
        left = rf"\Pr_t\left({event.latex} = 1\right)"
        right = expression_latex(event.probability, model)
        yield _row(event.name, "probability", left, right, event.description)


def _regime_moves(model: Model) -> Iterator[Row]:
    names = model.regimes.names
    if len(names) == 1:
        return
    for here, row in zip(names, model.regimes.transition, strict=True):
        for there, entry in zip(names, row, strict=True):
            move = rf"\text{{{text_latex(here)}}} \to \text{{{text_latex(there)}}}"
            left = rf"\Pr_t\left({move}\right)"
            right = expression_latex(entry, model)
            description = f"probability of {there} next period, from {here}"
            yield _row(f"{here} to {there}", "regime", left, right, description)


def _definitions(model: Model) -> Iterator[Row]:
    for definition in model.definitions:
        kind = "link" if definition.is_link else "definition"
        right = expression_latex(definition.expression, model)
        yield _row(
            definition.name, kind, definition.latex, right, definition.description
        )


def _conditions(model: Model) -> Iterator[Row]:
    for block in model.blocks:
        for equation in block.equations:
            left = expression_latex(equation.left, model)
            right = expression_latex(equation.right, model)
            row = _row(equation.name, "condition", left, right, equation.description)
            yield row | {"source": equation.source}


def _anchors(model: Model) -> Iterator[Row]:
    for anchor in model.anchors:
        left = rf"\mathbb{{E}}\left[{symbol_latex(anchor.variable, model)}\right]"
        right = expression_latex(anchor.target, model)
        words = model.parameter(anchor.parameter).description
        yield _row(anchor.parameter, "anchor", left, right, words)


def equation_groups(model: Model) -> Iterator[tuple[str, list[Row]]]:
    """Titled groups of the equation table; equilibrium conditions by block."""
    table = equation_table(model)
    for kind, heading in _HEADINGS.items():
        rows = [row for row in table if row["kind"] == kind]
        if kind != "condition":
            if rows:
                yield heading, rows
            continue
        for block in model.blocks:
            names = {e.name for e in block.equations}
            own = [row for row in rows if row["name"] in names]
            yield f"{heading}: {block.name} ({', '.join(block.states)})", own


def _pricing(model: Model) -> list[tuple[str, list[Row]]]:
    """Titled tables of numeraires and claims, where a model has any."""
    tables = (
        ("Numeraires", numeraire_table(model)),
        ("Claims", claim_table(model)),
    )
    return [(title, rows) for title, rows in tables if rows]


def _latex_equation(row: Row) -> str:
    source = f" ({row['source']})" if row["source"] else ""
    words = row["description"][:1].upper() + row["description"][1:] + source
    return (
        rf"\noindent {text_latex(words)}:" + "\n"
        rf"\begin{{equation}}\label{{{label(row)}}}" + "\n"
        f"{row['latex']}\n"
        r"\end{equation}"
    )


def _latex_table(rows: Sequence[Row], columns: Sequence[str]) -> str:
    def cell(row: Row, column: str) -> str:
        if column in _MATHEMATICS:
            return f"${row[column]}$"
        return text_latex(row[column])

    used = [c for c in columns if any(row[c] for row in rows)]
    wide = r"p{0.28\linewidth}"
    layout = "".join(wide if c == "description" else "l" for c in used)
    head = " & ".join(text_latex(c.replace("_", " ")) for c in used)
    lines = [" & ".join(cell(row, c) for c in used) + r" \\" for row in rows]
    return "\n".join(
        [
            rf"{{\footnotesize\begin{{longtable}}{{{layout}}}",
            head + r" \\ \hline \endhead",
            *lines,
            r"\end{longtable}}",
        ]
    )


def _pipes(rows: Sequence[Row], columns: Sequence[str]) -> str:
    def cell(row: Row, column: str) -> str:
        text = row[column].replace("|", r"\|")
        if column in _MATHEMATICS:
            return f"${text}$"
        return f"`{text}`" if column == "name" else text

    used = [c for c in columns if any(row[c] for row in rows)]
    lines = ["| " + " | ".join(c.replace("_", " ") for c in used) + " |"]
    lines.append("|" + " --- |" * len(used))
    lines += ["| " + " | ".join(cell(r, c) for c in used) + " |" for r in rows]
    return "\n".join(lines)
