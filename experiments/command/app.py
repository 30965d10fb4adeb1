"""The command ``app``: write the page that a class plays with, and what it rests on."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path

from ..progress import Progress
from .manifest import Run


def make_app(options: argparse.Namespace) -> None:
    """Write ``index.html``, from the shipped dataset or from one solved now."""
    from ..app.page import DATASET, read_dataset, write_app

    out = options.out or Path("out/app")
    progress = Progress()
    with Run(out, options.arguments, compiles=options.solve) as record:
        source = DATASET
        if options.solve:
            source = out / DATASET.name
            _solve(source, progress)
            record.extra["stage_seconds"] = progress.seconds
        data = read_dataset(source)
        page = write_app(out / "index.html", data)
        record.outputs = [page] if source == DATASET else [page, source]
        record.extra["nodes"] = {w["name"]: w["nodes"] for w in data["worlds"]}
    print(f"{page} ({page.stat().st_size / 1e6:.2f} MB): open it in any browser")
    if options.open:
        webbrowser.open(page.resolve().as_uri())


def _solve(path: Path, progress: Progress) -> None:
    from ..app.solve import dataset, write
    from ..registry import ExperimentContext

    write(dataset(ExperimentContext({}, path.parent, progress=progress)), path)
