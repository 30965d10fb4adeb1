"""What an experiment returns, and how it is written to a directory."""

import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import FiscaxError
from ..files import write_json

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

# When a workbook was written, in its own words.
_WRITTEN = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


@dataclass
class ExperimentResult:
    """Everything that an experiment found; each field may be empty.

    Attributes
    ----------
    tables
        Data frames; each is written as ``NAME.csv`` and shown in the report. Units
        belong into the column names or into ``frame.attrs["units"]`` (column -> unit).
    records
        Lists of flat records for other programs, written as ``NAME.json``. No NaN:
        a value that does not exist is None.
    figures
        Matplotlib figures, written as ``NAME.svg`` and ``NAME.png``.
    datasets
        Labelled arrays, written as ``NAME.nc`` (NetCDF 4).
    texts
        Files of text that other programs read, by their whole name.
    workbooks
        Excel files: name -> sheets by name; each is written as ``NAME.xlsx``.
    notes
        Sentences for the reader; the first one opens the experiment's section.
    parameters
        Parameters with units, as ``manifest.describe_parameters`` takes them.
    quantities
        Named numbers ``name -> (value, unit)`` that a sweep over this experiment
        collects, one row per draw.
    data_vintage
        Which data were used, as ``manifest.Run`` takes it.
    """

    tables: dict[str, "pd.DataFrame"] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    figures: dict[str, "Figure"] = field(default_factory=dict)
    datasets: dict[str, "xr.Dataset | xr.DataTree"] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    workbooks: dict[str, dict[str, "pd.DataFrame"]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    quantities: dict[str, tuple[float, str]] = field(default_factory=dict)
    data_vintage: str | Mapping[str, str] | None = None


def filled(records: list[dict[str, Any]]) -> "pd.DataFrame":
    """Records as a table in which what does not apply stays empty."""
    import pandas as pd

    frame = pd.DataFrame(records).astype(object)
    return frame.where(frame.notna(), "")


def save_result(result: ExperimentResult, out: Path, owner: str = "") -> list[Path]:
    """Write every part of a result into ``out``; returns the files written.

    Notes go to ``notes.txt``, to ``OWNER-notes.txt`` where results share ``out``; they
    end with what ``empty_cells`` says.

    Raises
    ------
    FiscaxError
        If two parts would write the same file, a record holds NaN or infinity, or a
        table infinity.
    """
    out.mkdir(parents=True, exist_ok=True)
    _check_names(result)
    empty = empty_cells(result)
    written = [write_json(out / f"{n}.json", r) for n, r in result.records.items()]
    written += [
        _write_csv(frame, out / f"{n}.csv") for n, frame in result.tables.items()
    ]
    for name, text in result.texts.items():
        (out / name).write_text(text, encoding="utf-8")
        written.append(out / name)
    written += [
        _write_workbook(b, out / f"{n}.xlsx") for n, b in result.workbooks.items()
    ]
    if result.figures:
        from .figures import save_figure

        for name, figure in result.figures.items():
            written += save_figure(figure, out / name)
    written += [
        write_dataset(data, out / f"{name}.nc")
        for name, data in result.datasets.items()
    ]
    if result.notes or empty:
        notes = out / (f"{owner}-notes.txt" if owner else "notes.txt")
        notes.write_text("\n\n".join([*result.notes, *empty]) + "\n", encoding="utf-8")
        written.append(notes)
    return written


def empty_cells(result: ExperimentResult) -> list[str]:
    """A sentence for every table with missing numbers: where, and why if it is known.

    Reasons stand in ``frame.attrs["empty"]``, by column.

    Raises
    ------
    FiscaxError
        A table holds an infinite number, which no reader can use.
    """
    sentences = []
    for name, frame in result.tables.items():
        why, parts = frame.attrs.get("empty", {}), []
        for column in frame.columns:
            odd = {
                place: value
                for place, value in enumerate(frame[column])
                if isinstance(value, float) and not math.isfinite(value)
            }
            for place, value in odd.items():
                if math.isinf(value):
                    raise FiscaxError(
                        f"table {name}, row {_row_name(frame, place)}: '{column}' is "
                        "infinite; what it is divided by is zero, or a path explodes"
                    )
            if odd:
                reason = f": {why[column]}" if column in why else ""
                first = _row_name(frame, next(iter(odd)))
                count = f"{len(odd)} of {len(frame)} rows, first {first}"
                parts.append(f"{column} ({count}{reason})")
        if parts:
            sentences.append(
                f"Empty cells of {name}, without a number: {', '.join(parts)}."
            )
    return sentences


def _row_name(frame: "pd.DataFrame", place: int) -> str:
    """What stands first in a row: its label, or its first cell."""
    label = frame.index[place]
    if not isinstance(label, int) or not len(frame.columns):
        return f"'{label}'"
    return f"{place + 1} ('{frame.iloc[place, 0]}')"


def write_dataset(dataset: "xr.Dataset | xr.DataTree", path: Path) -> Path:
    """Write NetCDF 4; missing numbers are stored as the format's fill value.

    Groups of a tree are written as groups.
    """
    import xarray as xr

    if isinstance(dataset, xr.DataTree):
        dataset.to_netcdf(path, engine="h5netcdf")
        return path
    fill = 9.969209968386869e36
    encoding = {
        str(name): {"_FillValue": fill}
        for name, variable in dataset.data_vars.items()
        if variable.dtype.kind == "f"
    }
    dataset.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    return path


def _write_csv(frame: "pd.DataFrame", path: Path) -> Path:
    """Write a table; an unnamed running index is left out, a labelled one is kept."""
    import pandas as pd

    running = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    frame.to_csv(path, index=not running, lineterminator="\n")
    return path


def _write_workbook(sheets: dict[str, "pd.DataFrame"], path: Path) -> Path:
    """Write one sheet a table, with its header kept in view."""
    import pandas as pd

    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, frame in sheets.items():
            frame.to_excel(book, sheet_name=name, index=False, freeze_panes=(1, 0))
    return _undated(path)


def _undated(path: Path) -> Path:
    """Take the time of writing out of a workbook: the same tables are the same file."""
    with zipfile.ZipFile(path) as book:
        parts = [(name, book.read(name)) for name in book.namelist()]
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts:
            told = name == "docProps/core.xml"
            kept = _WRITTEN.sub(rb"\g<1>2000-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name)
            book.writestr(entry, kept if told else content, zipfile.ZIP_DEFLATED)
    return path


def _check_names(result: ExperimentResult) -> None:
    reserved = {"json": {"manifest"}, "csv": set(), "svg": set(), "nc": set()}
    groups = {
        "json": result.records,
        "csv": result.tables,
        "svg": result.figures,
        "nc": result.datasets,
    }
    for suffix, group in groups.items():
        for name in group:
            if name in reserved[suffix] or "/" in name or not name:
                raise FiscaxError(f"'{name}.{suffix}' cannot be the name of a result")
