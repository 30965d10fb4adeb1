"""Pages of the site that nobody writes: models, gallery, interface, notebooks."""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import fiscax
from fiscax.experiments.report.math import formula

ROOT = Path(__file__).parents[1]
REPORT, NOTEBOOKS = ROOT / "out" / "report", ROOT / "notebooks"
# Economy -> what the page says above its equations.
MODELS = {
    "safe": "Taxpayers bear spending shocks and the central bank leads. Flexible "
    "prices, disasters, recursive utility; solved globally by projection.",
    "risky": "Bondholders bear a part of spending shocks and the government leads. The "
    "same equations as safe debt; policy differs.",
    "switching": "Debt is safe or risky, and everybody knows that this may change. Its "
    "parameters of policy follow a Markov chain.",
    "sticky_safe": "The safe model with sticky prices, solved by perturbation.",
    "sticky_risky": "The risky model with sticky prices, solved by perturbation.",
    "sticky_supply": "Safe debt, supply shocks and the monetary rule of the 1980s: "
    "what else makes stocks and bonds fall together.",
}
_KINDS = {
    "transition": "States",
    "probability": "Rare events",
    "regime": "Regimes",
    "definition": "Definitions",
    "link": "From this quarter to the next",
    "condition": "Equilibrium",
    "anchor": "Intercepts",
}


def write(folder: Path) -> None:
    """Write every page anew below ``folder``."""
    shutil.rmtree(folder, ignore_errors=True)
    found = {
        **{f"models/{name}.md": model(name) for name in MODELS},
        "models/index.md": index("Models", MODELS),
        "gallery.md": gallery(folder),
        "interface.md": interface(),
    }
    for name, text in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copytree(NOTEBOOKS, folder / "notebooks", ignore=_hidden)


def _hidden(_: str, names: Sequence[str]) -> list[str]:
    return [n for n in names if not n.endswith(".ipynb")]


def index(title: str, pages: Mapping[str, str]) -> str:
    """A page that lists others."""
    toc = "\n".join(pages)
    rows = "\n".join(f"- [`{name}`]({name}.md): {text}" for name, text in pages.items())
    lead = (
        "Every model is declared once, in `models/`; these pages, the solvers' "
        "functions, LaTeX and Dynare files all derive from that declaration."
    )
    return f"# {title}\n\n{lead}\n\n{rows}\n\n```{{toctree}}\n:hidden:\n\n{toc}\n```\n"


def model(name: str) -> str:
    """Equations, symbols and parameters of an economy, as declared."""
    economy = fiscax.economy(name)
    lines = [f"# {name}", "", MODELS[name], ""]
    lines += [
        "A prime dates a symbol one quarter later; shocks and events are those of the "
        f'next quarter. The same in Python: `fiscax.economy("{name}").equations`.',
        "",
        "## Equations",
    ]
    kind = None
    for row in economy.equations.to_dict("records"):
        if row["kind"] != kind:
            kind = row["kind"]
            lines += ["", f"### {_KINDS.get(kind, kind.capitalize())}", ""]
        source = f" ({row['source']})" if row["source"] else ""
        lines += [
            _escaped(f"{row['description']}{source}"),
            "",
            _display(row["latex"]),
            "",
        ]
    lines += ["## Symbols", "", *_symbols(economy), "", "## Parameters", ""]
    return "\n".join([*lines, *_parameters(economy), ""])


def _display(latex: str) -> str:
    return f'<div class="formula">{formula(latex, display=True)}</div>'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("<", "&lt;")


def _symbols(economy: fiscax.Economy) -> Iterator[str]:
    rows = [
        (formula(r["symbol"]), r["description"], r["kind"], r["unit"])
        for r in economy.variables.to_dict("records")
    ]
    return _table(("", "variable", "kind", "unit"), rows)


def _parameters(economy: fiscax.Economy) -> Iterator[str]:
    rows = [
        (str(name), r["description"], _value(r["value"]), r["unit"], r["source"])
        for name, r in economy.parameters.to_dict("index").items()
    ]
    return _table(("parameter", "meaning", "value", "unit", "source"), rows)


def _value(value: object) -> str:
    values = value if isinstance(value, tuple | list) else [value]
    return ", ".join(f"{float(v):.4g}" for v in values)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table in HTML: formulas and symbols need no escapes there."""
    yield '<div class="table-wrapper"><table class="docutils"><thead><tr>'
    yield "".join(f"<th>{h}</th>" for h in heads) + "</tr></thead><tbody>"
    for row in rows:
        cells = (c if c.startswith("<svg") else html.escape(str(c)) for c in row)
        yield "<tr>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>"
    yield "</tbody></table></div>"


def gallery(folder: Path) -> str:
    """Every figure of the report with the command that draws it."""
    lines = ["# Gallery", "", "Figures of `make report`, each with its command.", ""]
    known = REPORT / ".report.json"
    if not known.exists():
        return "\n".join(
            [*lines, "There is no report yet: run `make report` first.", ""]
        )
    questions = fiscax.studies()["question"]
    for name, kept in json.loads(known.read_text(encoding="utf-8")).items():
        pictures = [f for f in kept["files"] if f.endswith(".svg")]
        if not pictures:
            continue
        lines += [
            f"## {questions[name]}",
            "",
            f"`fiscax run {name} --out out/{name}`",
            "",
        ]
        for picture in pictures:
            place = folder / "figures" / picture
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPORT / picture, place)
            lines += [f"![{picture.removesuffix('.svg')}](figures/{picture})", ""]
    return "\n".join(lines)


def interface() -> str:
    """What the front door offers, from its docstrings."""
    lines = ["# Interface", "", "`import fiscax` is all that a script needs.", ""]
    for name in fiscax.__all__:
        thing = getattr(fiscax, name)
        kind = "autoclass" if isinstance(thing, type) else "autofunction"
        place = f"{thing.__module__}.{thing.__name__}"
        more = ["   :members:"] if kind == "autoclass" else []
        lines += [
            f"## fiscax.{name}",
            "",
            "```{eval-rst}",
            f".. {kind}:: {place}",
            *more,
        ]
        lines += ["   :no-index:", "```", ""]
    return "\n".join(lines)
