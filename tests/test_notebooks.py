"""Every notebook runs from its first to its last cell, and stays a story."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# It reads the record and solves nothing: quick enough for every run of the tests.
QUICK = "02-what-backs-the-debt"


EXECUTED = [
    pytest.param(p, marks=[] if p.stem == QUICK else [pytest.mark.slow], id=p.stem)
    for p in NOTEBOOKS
]


@pytest.mark.parametrize("path", EXECUTED)
@pytest.mark.timeout(1200)
def test_notebook_runs(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(
        notebook, timeout=1000, kernel_name="python3", resources=resources
    ).execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stored_without_output_and_short(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs for cell in code), "clear the outputs before saving"
    assert sum(cell.source.count("\n") + 1 for cell in code) < 150
