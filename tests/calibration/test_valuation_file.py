"""The file of ``fiscax value``: what is read, what is refused with row and column."""

import numpy as np
import pytest

from fiscax.calibration.record.series import SeriesError
from fiscax.calibration.valuation.file import EXAMPLE, load_valuation

LINES = EXAMPLE.read_text().splitlines()
HEADER = LINES[0].split(",")


def write(folder, lines):
    path = folder / "own.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def changed(folder, row, column, text):
    """The example with one cell changed; the header is row 1."""
    lines = [line.split(",") for line in LINES]
    lines[row - 1][HEADER.index(column)] = text
    return write(folder, [",".join(cells) for cells in lines])


def test_the_example_is_read_as_documented():
    data = load_valuation(EXAMPLE)
    # The first row has taxes, spending and debt only: growth starts from it.
    assert data.sample == "1951-2019"
    assert data.panel.shape == (69, 8)
    assert data.maturities == (10,)
    assert data.observed[:, 0].sum() == 62
    tau = [float(line.split(",")[1]) for line in LINES[1:]]
    np.testing.assert_allclose(data.panel[:, 6], np.diff(np.log(tau)), atol=1e-15)
    assert data.panel[0, 1] == pytest.approx(np.log1p(0.0316))
    debt = [float(line.split(",")[-1]) for line in LINES[1:]]
    assert data.mean_debt == pytest.approx(np.mean(debt))
    assert np.isfinite(data.yields).all()


def test_a_sample_can_be_chosen():
    data = load_valuation(EXAMPLE, start=1960, end=2000)
    assert data.sample == "1960-2000"
    # The row before the sample still gives the first growth rates.
    assert len(data.panel) == 41


def test_quarterly_files_count_in_quarters(tmp_path):
    lines = [LINES[0].replace(",y1,", ",y3m,")]
    for i, line in enumerate(LINES[1:]):
        year, quarter = 2000 + i // 4, i % 4
        lines.append(f"{year}-{3 * quarter + 3:02d}-28{line[10:]}")
    data = load_valuation(write(tmp_path, lines))
    assert data.labels[0] == "2000Q2"
    assert data.periods_per_year == 4
    assert data.maturities == (40,)
    assert data.panel[0, 1] == pytest.approx(np.log1p(0.0316) / 4)
    assert data.panel[0, 5] == pytest.approx(3.728 + np.log(4))


@pytest.mark.parametrize(
    ("row", "column", "text", "message"),
    [
        (30, "tau", "17.1", r"row 30, column 'tau': 17.1 is not between 0 and 1"),
        (12, "y5", "0.0x", r"row 12, column 'y5': '0.0x' is not a finite number"),
        (40, "x", "", r"row 40, column 'x': empty between complete rows"),
        (20, "mv_debt_gdp", "48", r"row 20, column 'mv_debt_gdp': 48 is not between"),
        (20, "pi", "3.1", r"row 20, column 'pi': 3.1 is not between -0.5 and 0.5"),
        (25, "y10", "75", r"row 25, column 'y10': 75 is not .*percent a year"),
        (9, "DATE", "1990-12-31", r"row 9, column 'DATE': 1990-12-31 follows 1956"),
        (9, "DATE", "1957", r"row 9, column 'DATE': '1957' is not a date"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(tmp_path, row, column, text, message):
    with pytest.raises(SeriesError, match=message):
        load_valuation(changed(tmp_path, row, column, text))


def test_what_is_absent_is_named(tmp_path):
    renamed = [LINES[0].replace("divgrm", "dividends"), *LINES[1:]]
    with pytest.raises(SeriesError, match="row 1 has no column divgrm"):
        load_valuation(write(tmp_path, renamed))
    with pytest.raises(SeriesError, match="20 complete rows, the VAR needs at least"):
        load_valuation(write(tmp_path, LINES[:22]))
    with pytest.raises(SeriesError, match="no row from 2030"):
        load_valuation(EXAMPLE, start=2030)
    emptied = [LINES[0], *(line.rpartition(",")[0] + "," for line in LINES[1:])]
    with pytest.raises(SeriesError, match="no row has every column; row 3 comes"):
        load_valuation(write(tmp_path, emptied))


def test_columns_that_nothing_reads_are_reported(tmp_path):
    extra = [LINES[0] + ",gold", *(line + ",1" for line in LINES[1:])]
    assert load_valuation(write(tmp_path, extra)).unused == ("gold",)
