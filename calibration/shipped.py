"""Where the files that ship with fiscax lie: parameter sets and facts."""

from pathlib import Path

# Values with unit and source, ``*.toml``.
PARAMETERS = Path(__file__).parent / "parameters"
# Facts of the record, ``*.csv``: ``fiscax facts`` regenerates them.
FACTS = Path(__file__).parent / "record" / "data"
# Solved economies, ``*.npz``: ``make solutions`` regenerates them.
SOLUTIONS = Path(__file__).parent / "economies" / "solved"
