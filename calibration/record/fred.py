"""Fetch live series from FRED into a local cache, one directory per download day.

Nothing in the package calls this by itself: fetching is the user's choice.  A download
lies under ``cache_directory()/fred/<day>/<ID>.csv`` with columns DATE and ID, so that
the day's directory can be read like any other data directory, alone or beside another:
``empirical_moments([data, snapshot.directory])``.  FRED revises series; the day is the
vintage and belongs beside every number computed from it.

Source: the public endpoint ``https://fred.stlouisfed.org/graph/fredgraph.csv?id=ID``
(no key).  FRED's terms of use apply; some series belong to other publishers.
"""

import csv
import io
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from ..._runtime import cache_directory
from ...errors import FiscaxError

ENDPOINT = "https://fred.stlouisfed.org/graph/fredgraph.csv?id={}"
TIMEOUT_SECONDS = 30.0
_ID = re.compile(r"[A-Z0-9_]{1,40}")

SERIES_USED = (
    *("DGS3MO", "DGS1", "DGS2", "DGS5", "DGS10", "DGS20", "DGS30", "DTB3"),
    *("T5YIFR", "T10YIE", "AAA", "AAA10YM", "GS20", "TB3MS"),
    *("GDPC1", "PCECC96", "CPIAUCSL"),
)
"""FRED ids among the columns that the empirical moments read."""


class FredError(FiscaxError):
    """FRED is out of reach or answered nonsense; the message says what to do."""


class _Response(Protocol):
    def read(self) -> bytes: ...


Opener = Callable[[str, float], AbstractContextManager[_Response]]
"""``opener(url, timeout_seconds)``: a context manager whose ``read()`` gives bytes."""


@dataclass(frozen=True)
class FredSnapshot:
    """Series as downloaded on one day: ``directory`` holds one CSV file per series."""

    directory: Path
    vintage: date
    series: tuple[str, ...]


def fetch_fred_series(
    series: Iterable[str] = SERIES_USED,
    *,
    today: date | None = None,
    opener: Opener | None = None,
    cache: Path | None = None,
) -> FredSnapshot:
    """Return today's snapshot of the series, downloading those not yet in the cache.

    Arguments: FRED ids; ``today`` names the vintage (default: the system's date);
    ``opener`` replaces ``urllib`` (for tests); ``cache`` replaces
    ``cache_directory()/fred``.
    Raises ``FredError`` for an id that is none, without network (naming the newest
    cached vintage, if any), and for an answer that is not the series asked for.
    """
    wanted = tuple(dict.fromkeys(series))
    for name in wanted:
        if not _ID.fullmatch(name):
            raise FredError(
                f"{name!r} is not a FRED series id (capital letters, digits and _)"
            )
    root = cache if cache is not None else cache_directory() / "fred"
    day = today if today is not None else date.today()
    directory = root / day.isoformat()
    directory.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        path = directory / f"{name}.csv"
        if not path.is_file():
            text = _download(name, opener or _urllib_opener, root, wanted)
            _write_atomically(path, text)
    return FredSnapshot(directory, day, wanted)


def latest_snapshot(
    series: Iterable[str] = SERIES_USED, *, cache: Path | None = None
) -> FredSnapshot:
    """Return the newest cached snapshot that holds all the series, without network.

    Raises ``FredError`` if there is none.
    """
    wanted = tuple(dict.fromkeys(series))
    root = cache if cache is not None else cache_directory() / "fred"
    found = _newest(root, wanted)
    if found is None:
        raise FredError(
            f"no cached snapshot in {root} holds all of {', '.join(wanted)}; fetch "
            "them once with a network connection"
        )
    return found


def _newest(root: Path, wanted: tuple[str, ...]) -> FredSnapshot | None:
    for directory in sorted(root.glob("????-??-??"), reverse=True):
        try:
            day = date.fromisoformat(directory.name)
        except ValueError:
            continue
        if all((directory / f"{name}.csv").is_file() for name in wanted):
            return FredSnapshot(directory, day, wanted)
    return None


def _download(name: str, opener: Opener, root: Path, wanted: tuple[str, ...]) -> str:
    """CSV text of one series, with columns DATE and ``name``."""
    url = ENDPOINT.format(name)
    try:
        with opener(url, TIMEOUT_SECONDS) as response:
            answer = response.read()
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.NOT_FOUND:
            raise FredError(
                f"FRED has no series {name!r}; check the id on fred.stlouisfed.org"
            ) from error
        raise FredError(_unreachable(url, error, root, wanted)) from error
    except OSError as error:
        raise FredError(_unreachable(url, error, root, wanted)) from error
    return _normalised(name, answer, url)


def _unreachable(url: str, error: OSError, root: Path, wanted: tuple[str, ...]) -> str:
    cached = _newest(root, wanted)
    if cached is None:
        instead = (
            f"no earlier download is in {root}; connect to the network, or save the "
            "files from that address by hand and give their directory as data directory"
        )
    else:
        instead = (
            f"connect to the network, or use the download of {cached.vintage} in "
            f"{cached.directory} (latest_snapshot)"
        )
    return f"cannot reach FRED at {url} ({error}): {instead}"


def _normalised(name: str, answer: bytes, url: str) -> str:
    """Check the answer's shape and rename its date column to DATE, ``.`` to empty."""
    text = answer.decode("utf-8-sig", errors="replace")
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    header = [cell.strip() for cell in rows[0]] if rows else []
    if header not in (["DATE", name], ["observation_date", name]) or len(rows) == 1:
        raise FredError(
            f"FRED's answer at {url} is not series {name!r}: expected a header "
            f"observation_date,{name} and rows, got {text[:60]!r}; try again later"
        )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["DATE", name])
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != 2:
            raise FredError(
                f"FRED's answer at {url}, row {line}: expected 2 cells, got {len(row)}"
            )
        writer.writerow([row[0], "" if row[1].strip() == "." else row[1]])
    return out.getvalue()


def _write_atomically(path: Path, text: str) -> None:
    """Write through a temporary name: a broken download never looks complete."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _urllib_opener(url: str, timeout: float) -> AbstractContextManager[_Response]:
    request = urllib.request.Request(url, headers={"User-Agent": "fiscax"})
    return urllib.request.urlopen(request, timeout=timeout)
