"""Repeat the run that a manifest records, and compare every number."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..._version import __version__
from ...errors import FiscaxError

_PICTURES = (".svg", ".png", ".html", ".xlsx")


def reproduce_run(
    manifest: Path, out: Path, rtol: float, run: Callable[[list[str]], int]
) -> tuple[list[str], bool]:
    """Run the manifest's command into ``out`` and compare with the files beside it.

    Parameters
    ----------
    manifest
        ``manifest.json``, or the directory that holds it.
    out
        Directory of the new results; not the old one.
    rtol
        Largest relative difference, ``|new - old| / max(|old|, |new|)``, that counts
        as the same.
    run
        Runs a command line and gives its exit code.

    Returns
    -------
    lines, same
        One line per file in words, and whether every number is the same. Pictures are
        compared byte by byte but do not decide: fonts and libraries may differ.
    """
    path = manifest / "manifest.json" if manifest.is_dir() else manifest
    recorded = read_manifest(path)
    old = path.parent
    if old.resolve() == out.resolve():
        raise FiscaxError(f"--out {out} is where the first results are; choose another")
    code = run(_arguments(recorded, old, out))
    if code != 0:
        raise FiscaxError(f"the command of {path} ended with code {code}")
    lines = []
    if recorded["fiscax"] != __version__:
        lines.append(f"made by fiscax {recorded['fiscax']}, repeated by {__version__}")
    same = True
    for name, fingerprint in recorded["outputs"].items():
        verdict, decides = _compare_file(old / name, out / name, rtol, fingerprint)
        lines.append(f"{name}: {verdict}")
        same = same and not decides
    return lines, same


def read_manifest(path: Path) -> dict[str, Any]:
    """Content of a manifest; FiscaxError if it is not one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FiscaxError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise FiscaxError(f"{path} is not JSON: {error}") from None
    needed = {"fiscax", "arguments", "outputs"}
    if not isinstance(content, dict) or not needed <= content.keys():
        raise FiscaxError(f"{path} is not a manifest of fiscax")
    if not content["arguments"] or content["arguments"][0] == "reproduce":
        raise FiscaxError(f"{path} records no command that can be repeated")
    return content


def _arguments(recorded: dict[str, Any], old: Path, out: Path) -> list[str]:
    """Arguments of the recorded command with the new directory and the kept spec."""
    kept: list[str] = []
    skip = False
    # Who did the work changes no number, and may not be there any more.
    dropped = ("--out", "--workers", "--scheduler")
    for argument in recorded["arguments"]:
        same = argument.startswith(tuple(f"{name}=" for name in dropped))
        if skip or same or argument == "--resume":
            skip = False
        elif argument in dropped:
            skip = True
        else:
            kept.append(argument)
    if kept[0] == "sweep":
        kept = ["sweep", str(old / "spec.toml")]
    # Results that an earlier repetition left there would prove nothing.
    if kept[0] == "report" and "--fresh" not in kept:
        kept.append("--fresh")
    return [*kept, "--out", str(out)]


def _compare_file(
    old: Path, new: Path, rtol: float, fingerprint: str
) -> tuple[str, bool]:
    """What is to be said about one file, and whether it speaks against sameness."""
    from .manifest import fingerprints

    if not new.exists():
        return "not written this time", True
    if fingerprints([new], new.parent)[new.name] == fingerprint:
        return "identical", False
    if new.suffix in _PICTURES:
        return "another picture, page or workbook", False
    if not old.exists():
        return "differs from the recorded fingerprint; the old file is gone", True
    worst, place = _largest_difference(_leaves(old), _leaves(new))
    if worst <= rtol:
        return f"the same within {worst:.1e} (at {place})", False
    return f"differs by {worst:.1e} at {place}", True


def _largest_difference(old: dict[str, Any], new: dict[str, Any]) -> tuple[float, str]:
    """Largest relative difference of two sets of leaves and where; inf for texts."""
    worst, place = 0.0, ""
    for key in old.keys() | new.keys():
        a, b = old.get(key), new.get(key)
        if a == b:
            gap = 0.0
        elif isinstance(a, int | float) and isinstance(b, int | float):
            gap = abs(a - b) / max(abs(a), abs(b))
        else:
            gap = math.inf
        if gap > worst:
            worst, place = gap, key
    return worst, place


def _leaves(path: Path) -> dict[str, Any]:
    """Every number and text of a JSON, CSV, NetCDF or text file, by its position."""
    if path.suffix == ".json":
        return dict(_flatten(json.loads(path.read_text(encoding="utf-8")), ""))
    if path.suffix == ".csv":
        import pandas as pd

        frame = pd.read_csv(path)
        return dict(_flatten(frame.astype(object).where(frame.notna(), None), ""))
    if path.suffix == ".nc":
        import xarray as xr

        with xr.open_dataset(path, engine="h5netcdf") as data:
            frame = data.to_dataframe().reset_index()
        return dict(_flatten(frame.astype(object).where(frame.notna(), None), ""))
    return {"text": path.read_text(encoding="utf-8")}


def _flatten(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if hasattr(value, "to_dict"):
        value = value.to_dict(orient="list")
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from _flatten(inner, f"{place}/{key}" if place else str(key))
    else:
        yield place, value
