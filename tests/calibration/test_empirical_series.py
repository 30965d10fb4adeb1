"""The loader of FRED-style CSV directories: what it reads and how it refuses."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fiscax.calibration.record.series import (
    MissingColumnError,
    SeriesDirectory,
    SeriesError,
)


def _write(directory, name, lines):
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


cells = st.one_of(
    st.floats(-1e6, 1e6, allow_subnormal=False).map(repr),
    st.sampled_from(["", ".", "NA", "3.5"]),
)
tables = st.lists(st.tuples(st.integers(1, 400), cells), min_size=1, max_size=25)


def _lines(table):
    day, lines = date(1990, 1, 1), ["DATE,OTHER,X"]
    for step, cell in table:
        day += timedelta(days=step)
        lines.append(f"{day},1,{cell}")
    return lines


@settings(max_examples=40, deadline=None)
@given(tables)
def test_loader_returns_exactly_the_observed_cells(tmp_path_factory, table):
    lines = _lines(table)
    directory = tmp_path_factory.mktemp("data")
    _write(directory, "a.csv", lines)
    split = [line.split(",") for line in lines[1:]]
    observed = {d: float(x) for d, _, x in split if x not in ("", ".", "NA")}
    if not observed:
        with pytest.raises(SeriesError, match=r"a\.csv, column 'X': no observation"):
            SeriesDirectory(directory).series("X")
        return
    series = SeriesDirectory(directory).series("X")
    assert {str(d.date()): v for d, v in series.items()} == observed


garbage = st.sampled_from(["1;5", "abc", "inf", "1_000", "--", "1e999"])


@settings(max_examples=40, deadline=None)
@given(tables, st.data(), garbage)
def test_garbage_cell_is_named_by_file_column_and_row(
    tmp_path_factory, table, data, junk
):
    lines = _lines(table)
    row = data.draw(st.integers(1, len(table)))
    lines[row] = lines[row].rsplit(",", 1)[0] + "," + junk
    path = _write(tmp_path_factory.mktemp("data"), "bad.csv", lines)
    with pytest.raises(SeriesError) as caught:
        SeriesDirectory(path.parent).series("X")
    message = str(caught.value)
    assert f"bad.csv, row {row + 1}, column 'X'" in message
    assert repr(junk) in message
    assert SeriesDirectory(path.parent).series("OTHER").size == len(table)


@settings(max_examples=40, deadline=None)
@given(tables.filter(lambda t: len(t) > 1), st.data())
def test_unsorted_dates_are_named_by_file_column_and_row(tmp_path_factory, table, data):
    lines = _lines(table)
    row = data.draw(st.integers(2, len(table)))
    lines[row], lines[row - 1] = lines[row - 1], lines[row]
    path = _write(tmp_path_factory.mktemp("data"), "bad.csv", lines)
    with pytest.raises(SeriesError, match=rf"bad\.csv, row {row + 1}, column 'DATE'"):
        SeriesDirectory(path.parent).series("X")


@settings(max_examples=20, deadline=None)
@given(tables, st.text("ABCDEFG0123456789", min_size=1, max_size=8))
def test_missing_column_is_named_with_the_files_read(tmp_path_factory, table, name):
    path = _write(tmp_path_factory.mktemp("data"), "a.csv", _lines(table))
    with pytest.raises(MissingColumnError) as caught:
        SeriesDirectory(path.parent).series(name)
    assert repr(name) in str(caught.value)
    assert "a.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["DAY,X", "2000-01-01,1"], r"a\.csv: row 1 needs exactly one date column"),
        (["DATE,observation_date,X"], "exactly one date column"),
        (["DATE,X,X", "2000-01-01,1,1"], "row 1 repeats column 'X'"),
        (["DATE,X", "2000-01-01,1", "2000-01-02,1,2"], r"a\.csv: row 3 has 3 cells"),
        (["DATE,X", "2000-01-01,1", "20000102,1"], "row 3, column 'DATE': '20000102'"),
        (["DATE,X", "2000-02-30,1"], "row 2, column 'DATE': '2000-02-30'"),
        (["DATE,X", "2000-01-01,1", "2000-01-01,2"], "row 3, column 'DATE'"),
    ],
)
def test_malformed_file_gives_one_error_that_names_the_place(tmp_path, lines, words):
    _write(tmp_path, "a.csv", lines)
    with pytest.raises(SeriesError, match=words) as caught:
        SeriesDirectory(tmp_path).series("X")
    assert "\n" not in str(caught.value)


def test_absent_and_empty_directories_are_named(tmp_path):
    with pytest.raises(SeriesError, match="nowhere does not exist"):
        SeriesDirectory(tmp_path / "nowhere")
    with pytest.raises(SeriesError, match=r"no \*\.csv file"):
        SeriesDirectory(tmp_path)
    with pytest.raises(SeriesError, match="no data directory given"):
        SeriesDirectory()


def test_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"DATE,X\n2000-01-01,\xff\xfe\n")
    with pytest.raises(SeriesError, match=r"a\.csv: not a readable CSV"):
        SeriesDirectory(tmp_path).series("X")


def test_rows_can_be_chosen_by_a_text_column(tmp_path):
    lines = ["DATE,status,X", "2000-01-01,actual,1", "2001-01-01,projected,2"]
    _write(tmp_path, "a.csv", lines)
    data = SeriesDirectory(tmp_path)
    assert data.series("X", where=("status", "actual")).tolist() == [1.0]
    with pytest.raises(SeriesError, match="status is 'final'"):
        data.series("X", where=("status", "final"))
    with pytest.raises(MissingColumnError, match="'kind'"):
        data.series("X", where=("kind", "actual"))


def test_column_in_several_files_comes_from_the_fresher_of_the_most_frequent(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    _write(old, "a.csv", ["DATE,X", "2000-01-01,1", "2000-02-01,2", "2000-03-01,3"])
    _write(old, "q.csv", ["DATE,X", "2000-01-01,7", "2000-04-01,8", "2000-07-01,9"])
    _write(new, "X.csv", ["observation_date,X", "2000-02-01,5", "2000-04-01,."])
    assert SeriesDirectory(old).series("X").tolist() == [1.0, 2.0, 3.0]
    _write(
        new,
        "X.csv",
        ["observation_date,X", *(f"2000-0{m}-01,{m}" for m in range(1, 6))],
    )
    assert SeriesDirectory(old, new).series("X").iloc[-1] == 5.0
    assert SeriesDirectory(old, new).columns == {"X"}


def test_one_bad_file_or_series_loses_itself_alone(tmp_path):
    from fiscax.calibration.record.moments import (
        MomentsError,
        empirical_moments,
        missing_moments,
    )

    months = [f"{y}-{m:02}-01" for y in range(1998, 2004) for m in range(1, 13)]
    levels = [100 * 1.005 ** (k // 3) for k in range(len(months))]
    rows = [f"{d},{v:.10f}" for d, v in zip(months, levels, strict=True)]
    _write(tmp_path, "merged.csv", ["DATE,GDPC1", *rows])
    _write(tmp_path, "stray.csv", ["name,size", "a,1"])
    days = [f"{d[:8]}{k:02}" for d in months for k in range(1, 29)]
    _write(tmp_path, "peg.csv", ["DATE,DGS10,DGS2", *(f"{d},2.5,2" for d in days)])
    found = empirical_moments(tmp_path, require_all=False)
    value = found.set_index(["name", "era"])["value"]
    # Values that are written once a month count once a quarter.
    growth = value["growth_mean", "1998-2019"]
    assert growth == pytest.approx(400 * np.log(1.005), rel=1e-6)
    assert value["yield_mean_10y", "1998-2019"] == 2.5
    missing = missing_moments(tmp_path)
    assert "stray.csv" in set(missing["name"])
    assert any("constant" in reason for reason in missing["reason"])
    rows[4] = rows[4] + "1"
    rows[5] = f"{months[5]},7"
    _write(tmp_path, "merged.csv", ["DATE,GDPC1", *rows])
    reasons = missing_moments(tmp_path).set_index("name")["reason"]
    assert (
        "'GDPC1' has 3 values that differ in the quarter 1998Q2"
        in set(reasons.loc["growth_mean"]).pop()
    )
    assert "merged.csv, column 'GDPC1'" in reasons.loc["growth_mean"].iloc[0]
    empty = tmp_path / "empty"
    empty.mkdir()
    _write(empty, "other.csv", ["DATE,NOTHING", "2000-01-01,1"])
    with pytest.raises(MomentsError, match="no moment at all"):
        empirical_moments(empty, require_all=False)
    # What is wrong with a file that is there comes before what is not there.
    for rows, told in (
        (["2000-01-01,1", "2000-04-01,x"], "row 3, column 'GDPC1': 'x' is not a"),
        ([f"{y}-01-01,{y}" for y in range(1990, 2010)], "one value every 365 days"),
    ):
        _write(empty, "other.csv", ["DATE,GDPC1", *rows])
        with pytest.raises(
            MomentsError, match=f"no moment at all: .*other.csv.*{told}"
        ):
            empirical_moments(empty, require_all=False)


def test_frequency_units_and_unused_columns_are_named(tmp_path):
    from fiscax.calibration.record.moments import missing_moments

    months = [f"{y}-{m:02}-01" for y in range(1998, 2004) for m in range(1, 13)]
    _write(tmp_path, "m.csv", ["DATE,DGS10,DGS1O", *(f"{d},5.1,5" for d in months)])
    days = [str(d.date()) for d in pd.bdate_range("1998-01-01", "2000-12-31")]
    moves = [f"{d},{0.05 + 0.001 * (k % 7)},1" for k, d in enumerate(days)]
    _write(tmp_path, "d.csv", ["DATE,DGS30,OTHER", *moves])
    returns = [f"{d},{0.01 * (-1) ** k}" for k, d in enumerate(days)]
    _write(tmp_path, "r.csv", ["DATE,MKT_SPLICED", *returns])
    steps = [f"{d},{100 + k if k != 3 else 0}" for k, d in enumerate(months[::3])]
    _write(tmp_path, "z.csv", ["DATE,GDPC1", *steps])
    _write(tmp_path, "t.csv", ["DATE,DGS3OO,DGS20", *(f"{d},5,5" for d in days)])
    reasons = missing_moments(tmp_path).set_index("name")["reason"]

    def reason(name):
        found = reasons.loc[name]
        return found if isinstance(found, str) else found.iloc[0]

    low = reason("yield_mean_10y")
    assert "m.csv, column 'DGS10' has one value every 31 days" in low
    assert "at least 40 a quarter" in low
    assert "d.csv, column 'DGS30' never exceeds 0.056" in reason("yield_mean_30y")
    words = reason("equity_return_standard_deviation")
    assert "r.csv, column 'MKT_SPLICED' has standard deviation 0.01" in words
    assert "multiply them by 100" in words
    assert "z.csv, column 'GDPC1' is 0.0 in 1998Q4" in reason("growth_mean")
    assert "'DGS1O'" in reason("m.csv") and "'OTHER'" in reason("d.csv")
    assert "'DGS3OO' (did you mean 'DGS3MO'?)" in reason("t.csv")
