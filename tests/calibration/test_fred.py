"""The FRED fetcher against invented answers of the recorded shape; no network."""

import io
import urllib.error
from datetime import date
from email.message import Message

import pytest

from fiscax.calibration.record.fred import (
    SERIES_USED,
    FredError,
    fetch_fred_series,
    latest_snapshot,
)
from fiscax.calibration.record.series import SeriesDirectory

ANSWER = "observation_date,{id}\n2024-01-02,3.95\n2024-01-03,.\n2024-01-04,3.99\n"


class Opener:
    """Answers like FRED and counts the calls; ``failure`` is raised instead."""

    def __init__(self, text=ANSWER, failure=None):
        self.text, self.failure, self.urls = text, failure, []

    def __call__(self, url, timeout):
        assert timeout > 0
        self.urls.append(url)
        if self.failure is not None:
            raise self.failure
        return io.BytesIO(self.text.format(id=url.split("id=")[1]).encode())


def _http_error(code):
    return urllib.error.HTTPError("url", code, "no", Message(), None)


def test_snapshot_reads_like_any_data_directory(tmp_path):
    opener = Opener()
    snapshot = fetch_fred_series(
        ["DGS10", "DGS2"], today=date(2024, 1, 5), opener=opener, cache=tmp_path
    )
    assert snapshot.directory == tmp_path / "2024-01-05"
    assert snapshot.vintage == date(2024, 1, 5)
    assert opener.urls[0].startswith("https://fred.stlouisfed.org/graph/fredgraph.csv")
    series = SeriesDirectory(snapshot.directory).series("DGS10")
    assert series.tolist() == [3.95, 3.99]
    assert str(series.index[-1].date()) == "2024-01-04"


def test_second_fetch_on_the_same_day_uses_the_cache(tmp_path):
    opener = Opener()
    for _ in range(2):
        fetch_fred_series(
            ["DGS10"], today=date(2024, 1, 5), opener=opener, cache=tmp_path
        )
    assert len(opener.urls) == 1
    fetch_fred_series(["DGS10"], today=date(2024, 1, 6), opener=opener, cache=tmp_path)
    assert len(opener.urls) == 2


def test_default_cache_lies_under_the_cache_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("FISCAX_CACHE_DIR", str(tmp_path))
    snapshot = fetch_fred_series(["DGS10"], today=date(2024, 1, 5), opener=Opener())
    assert snapshot.directory == tmp_path / "fred" / "2024-01-05"
    assert latest_snapshot(["DGS10"]) == snapshot


def test_offline_without_cache_says_what_to_do(tmp_path):
    opener = Opener(failure=urllib.error.URLError("no route to host"))
    with pytest.raises(FredError) as caught:
        fetch_fred_series(["DGS10"], opener=opener, cache=tmp_path)
    message = str(caught.value)
    assert "id=DGS10" in message
    assert "no route to host" in message
    assert "no earlier download" in message
    assert "data directory" in message


def test_offline_with_cache_names_the_newest_vintage(tmp_path):
    for day in (date(2024, 1, 5), date(2024, 2, 5)):
        fetch_fred_series(["DGS10"], today=day, opener=Opener(), cache=tmp_path)
    opener = Opener(failure=TimeoutError("timed out"))
    with pytest.raises(FredError, match="download of 2024-02-05"):
        fetch_fred_series(
            ["DGS10"], today=date(2024, 3, 1), opener=opener, cache=tmp_path
        )
    assert latest_snapshot(["DGS10"], cache=tmp_path).vintage == date(2024, 2, 5)


def test_latest_snapshot_needs_all_series_and_passes_over_stray_names(tmp_path):
    fetch_fred_series(
        ["DGS10"], today=date(2024, 1, 5), opener=Opener(), cache=tmp_path
    )
    (tmp_path / "9999-99-99").mkdir()
    with pytest.raises(FredError, match="DGS2"):
        latest_snapshot(["DGS10", "DGS2"], cache=tmp_path)


def test_unknown_series_is_named(tmp_path):
    with pytest.raises(FredError, match="no series 'NOSUCH'"):
        fetch_fred_series(
            ["NOSUCH"], opener=Opener(failure=_http_error(404)), cache=tmp_path
        )


def test_server_failure_counts_as_unreachable(tmp_path):
    with pytest.raises(FredError, match="cannot reach FRED"):
        fetch_fred_series(
            ["DGS10"], opener=Opener(failure=_http_error(503)), cache=tmp_path
        )


@pytest.mark.parametrize("name", ["../etc", "dgs10", "", "DGS10&x=1"])
def test_text_that_is_no_id_never_reaches_the_network(tmp_path, name):
    opener = Opener()
    with pytest.raises(FredError, match="not a FRED series id"):
        fetch_fred_series([name], opener=opener, cache=tmp_path)
    assert opener.urls == []


@pytest.mark.parametrize(
    "text",
    [
        "<html>maintenance</html>",
        "",
        "observation_date,OTHER\n2024-01-02,1\n",
        "observation_date,DGS10\n",
        "observation_date,DGS10\n2024-01-02,1,2\n",
    ],
)
def test_answer_of_another_shape_is_refused_and_not_cached(tmp_path, text):
    with pytest.raises(FredError, match="FRED's answer"):
        fetch_fred_series(["DGS10"], opener=Opener(text), cache=tmp_path)
    assert list(tmp_path.rglob("*.csv")) == []


def test_series_used_are_plausible_ids():
    assert len(set(SERIES_USED)) == len(SERIES_USED)
    assert {"DGS10", "GDPC1", "CPIAUCSL"} <= set(SERIES_USED)
