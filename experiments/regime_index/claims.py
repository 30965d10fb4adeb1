"""Claims of the talk on how Treasurys are priced, judged by the index."""

from __future__ import annotations

from ...calibration.matching.pairs import SOURCES
from ...calibration.matching.regime_evidence import BAND, MONTHS
from ...calibration.matching.regime_facts import ERAS
from ..claims import Claim, Expectation, Side
from ..study import Findings
from .study import READING_LABELS, fact, sources_of

HALF = 0.5  # probability; the same threshold on every side
# Claim -> what it says of the record, what is expected, era or month.
SAYS = {
    "safe_before_2020": ("as safe in 1998-2019", "low", "1998-2019"),
    "risky_since_2022": ("as risky since 2022", "high", "2022-present"),
    "risky_in_april_2025": ("as risky in April 2025", "high", "2025-04"),
}


def claims(findings: Findings) -> list[Claim]:
    """Claims on eras and dated months, for the first source at hand."""
    source = sources_of(findings["regime_index_facts"])[0]
    found = []
    for reading, words in READING_LABELS.items():
        sides = (
            _world(findings, source, reading, "safe", "low"),
            _world(findings, source, reading, "risky", "high"),
        )
        for key, (what, expected, when) in SAYS.items():
            found.append(
                Claim(
                    f"{key}_{reading}",
                    f"Treasurys are priced {what}: {words}",
                    "probability",
                    *sides,
                    _record(findings, source, reading, expected, when),
                    _left(findings, source, reading, when),
                )
            )
    return found


def _expects(side: str) -> Expectation:
    return Expectation(side, threshold=HALF)


def _world(
    findings: Findings, source: str, reading: str, world: str, expected: str
) -> Side:
    """What the index says where the truth is known; bound: two simulation errors."""
    where = {"source": source, "reading": reading, "world": world}
    value = findings["regime_index_worlds"]["mean_probability"].sel(where)
    error = findings["world_errors"]["standard_error"].sel(where)
    return Side(
        float(value),
        _expects(expected),
        f"mean in a simulated world of {world} debt, {SOURCES[source]}, {MONTHS} "
        "months without disasters",
        2 * float(error),
    )


def _record(
    findings: Findings, source: str, reading: str, expected: str, when: str
) -> Side:
    """What the index says of the record; bound: the farther end of its band.

    The band is over parameters; its mean over months is no narrower than that of an
    era's mean.
    """
    months = findings["regime_index"].sel(source=source, reading=reading)
    date = months["month"].astype(str)
    if when in ERAS:
        first, last = ERAS[when]
        own = months.isel(month=((date >= first) & (date <= last)).to_numpy())
        facts = findings["regime_index_facts"]
        value = fact(facts, source, reading, "mean", when)
        note = f"mean of the filtered probability, {when}"
    else:
        own = months.isel(month=(date == when).to_numpy())
        known = own["real_time"].dropna("month")
        value = float(known.item()) if known.size else None
        note = "filtered, parameters estimated on earlier years alone"
    if value is None:
        return Side(None, _expects(expected), f"the record has no {when}")
    low, high = (float(own[end].mean()) for end in ("low", "high"))
    centre = float(own["filtered"].mean())
    ends = " to ".join(f"{q:.0%}" for q in BAND)
    band = f"; bound: band over parameters, {ends}"
    return Side(
        value, _expects(expected), note + band, max(high - centre, centre - low)
    )


def _left(findings: Findings, source: str, reading: str, when: str) -> str:
    """What remains without stocks, which only the joint reading can do without."""
    if reading != "joint":
        return ""
    facts = findings["regime_index_facts"]
    left = fact(facts, source, "joint", "mean_without", f"{when}:equity")
    return "" if left is None else f"--set data=DIR without=equity: {left:.2f} remains"
