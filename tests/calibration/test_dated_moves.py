"""Moves between dated closes: the shipped table, and how it is written."""

import csv

from fiscax.calibration.record.dated_moves import write_moves
from fiscax.calibration.shipped import FACTS


def test_the_table_is_written_as_it_is_shipped(tmp_path):
    """What is read from the package and written again has the same bytes."""
    shipped = FACTS / "dated_moves.csv"
    lines = shipped.read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    write_moves(rows, tmp_path / shipped.name)
    assert (tmp_path / shipped.name).read_bytes() == shipped.read_bytes()
