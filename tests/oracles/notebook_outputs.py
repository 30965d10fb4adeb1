"""Notebooks with their outputs: made, kept small, and held against a new run.

``python tests/oracles/notebook_outputs.py`` executes every notebook and writes it back.
"""

from __future__ import annotations

import base64
import io
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).parents[2] / "notebooks"
# What a reader sees: text, tables and pictures; a picture has so many colours.
KINDS, COLOURS = ("text/plain", "text/html", "text/latex", "image/png"), 64
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")


def executed(path: Path) -> nbformat.NotebookNode:
    """The notebook after a run in an empty folder, its outputs small."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook,
            timeout=1000,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        ).execute()
    for cell in code(notebook):
        cell.execution_count = None
        cell.metadata.pop("execution", None)
        # What a library says while it works belongs to the machine.
        cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
        for output in cell.outputs:
            if "execution_count" in output:
                output["execution_count"] = None
            if "data" in output:
                output["data"] = {
                    k: _small(k, output["data"][k])
                    for k in KINDS
                    if k in output["data"]
                }
                output["metadata"] = {}
    return notebook


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Cells with code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _small(kind: str, content: str) -> str:
    """A picture with few colours; everything else as it is."""
    if kind != "image/png":
        return content
    picture = Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB")
    found = io.BytesIO()
    picture.quantize(COLOURS).save(found, "PNG", optimize=True)
    return base64.b64encode(found.getvalue()).decode()


def shown(cell: nbformat.NotebookNode) -> list[str]:
    """Text of a cell's outputs, and the kind of each picture."""
    found = []
    for output in cell.outputs:
        if output.output_type == "stream":
            found.append(output.text)
            continue
        data = output.get("data", {})
        picture = "image/png" in data
        found.append("picture" if picture else data.get("text/plain", ""))
    return found


def differences(stored: str, new: str) -> list[str]:
    """Where two outputs differ by more than a unit of the last printed place.

    Words have to agree; so do numbers, up to rounding and one part in a thousand.
    """
    if _words(stored) != _words(new):
        return [f"{stored!r} is now {new!r}"]
    pairs = zip(_NUMBER.findall(stored), _NUMBER.findall(new), strict=True)
    return [f"{a} is now {b}" for a, b in pairs if not _alike(a, b)]


def _words(text: str) -> list[str]:
    return re.sub(r"[-+\s]+", " ", _NUMBER.sub("#", text)).split()


def _alike(one: str, other: str) -> bool:
    a, b = float(one), float(other)
    # A unit of the last place of the one that is printed with fewer.
    unit = max(_unit(one), _unit(other))
    fraction = 0.0 if unit == 1.0 else 1e-3 * max(abs(a), abs(b))
    return abs(a - b) <= 1.01 * unit + fraction


def _unit(number: str) -> float:
    digits, _, exponent = number.partition("e")
    return 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


def main() -> None:
    """Execute the named notebooks, or all, and write them back."""
    named = [Path(name) for name in sys.argv[1:]]
    for path in named or sorted(FOLDER.glob("*.ipynb")):
        nbformat.write(executed(path), path)
        print(path.name, f"{path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
