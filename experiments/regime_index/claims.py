"""Claims on how Treasurys are priced and on what laws answer, judged by two indices."""

from __future__ import annotations

from ...calibration.matching.pairs import SOURCES
from ...calibration.matching.regime_evidence import BAND, MONTHS
from ...calibration.matching.regime_facts import ERAS
from ...calibration.record.legislation_response import BREAK, MAIN
from ...calibration.record.legislation_response import ERAS as LAW_ERAS
from ..claims import Claim, Expectation, Side
from ..study import Findings
from ..tables import pick, records, rows
from .behaviour import PUBLISHED_ERA
from .study import READING_LABELS, fact, sources_of

HALF = 0.5  # probability; the same threshold on every side
# Claim -> what it says of the record, what is expected, era or month.
SAYS = {
    "safe_before_2020": ("as safe in 1998-2019", "low", "1998-2019"),
    "risky_since_2022": ("as risky since 2022", "high", "2022-present"),
    "risky_in_april_2025": ("as risky in April 2025", "high", "2025-04"),
}


def claims(findings: Findings) -> list[Claim]:
    """Claims on eras and dated months, for the first source at hand, and on laws."""
    source = sources_of(findings["regime_index_facts"])[0]
    found = _of_laws(findings, source)
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


# Chosen parameters of the rules by which the models' taxes answer.
_RULES = ("tax_response", "repayment")
_ANSWERS, _NONE = "answers", "none"
_SUSTAINABLE = "sustainable"


def _of_laws(findings: Findings, source: str) -> list[Claim]:
    first, later = BREAK
    safe = _law_model(findings, "safe")
    risky = _law_model(findings, "risky")
    # Half of what the economy of kept promises shows tells it from no answer.
    half = 0.5 * (safe["value"] or 0.0)
    notes = dict.fromkeys(("safe", "risky"), "no era of the models")
    unit = "percent of GDP a half-year per percent of GDP a year"
    return [
        Claim(
            "legislation_answered",
            f"Laws reduced deficits when debt was projected to rise, {PUBLISHED_ERA}",
            unit,
            _law_side(safe, Expectation("positive")),
            _law_side(risky, Expectation("low", threshold=half)),
            _era_side(findings, first, Expectation("positive")),
        ),
        Claim(
            "legislation_answers_nothing_since",
            "Laws have not answered projected debt since 2004",
            unit,
            Side(None, None, notes["safe"]),
            Side(None, None, notes["risky"]),
            _era_side(findings, later, Expectation("low", threshold=half)),
        ),
        Claim(
            "legislation_answers_less",
            "Laws answer projected debt less since 2004 than before",
            unit,
            Side(None, None, notes["safe"]),
            Side(None, None, notes["risky"]),
            _change_side(findings),
        ),
        _behaviour_claim(findings, "answered", first, "low"),
        _behaviour_claim(findings, "answers_nothing", later, "high"),
        *(_agreement(findings, source, r, w) for r, w in READING_LABELS.items()),
    ]


def _law_model(findings: Findings, economy: str) -> dict:
    found = rows(
        findings["legislation_models"],
        economy=economy,
        disasters=False,
        part="enacted",
    )
    return found[0]


def _law_side(row: dict, expects: Expectation) -> Side:
    return Side(
        row["value"],
        expects,
        f"regression in simulated {row['economy']} debt without disasters; in samples "
        f"of the record's length {row['short_mean']:.2f}, standard deviation "
        f"{row['short_deviation']:.2f}",
        2 * row["simulation_error"],
        set_by=_RULES,
    )


def _era_response(findings: Findings, era: str) -> dict:
    (row,) = rows(findings["legislation_response"], measure=MAIN, era=era)
    return row


def _era_side(findings: Findings, era: str, expects: Expectation) -> Side:
    row = _era_response(findings, era)
    return Side(
        row["value"],
        expects,
        f"{row['observations']} half-years {row['sample_start']} to "
        f"{row['sample_end']}; bound: 95 percent, fixed-b",
        row["high"] - row["value"],
    )


def _change_side(findings: Findings) -> Side:
    """Eras are as if independent: their samples share no half-year."""
    early, late = (_era_response(findings, era) for era in BREAK)
    bounds = [r["high"] - r["value"] for r in (early, late)]
    tested = [
        r
        for r in records(findings["legislation_facts"])
        if r["quantity"] == "break_p_value" and r["item"].startswith(f"{MAIN}:")
    ]
    note = "; ".join(
        f"largest at {r['item'].split(':')[1]}, p value of a break at an unknown date "
        f"{r['value']:.2f}"
        for r in tested
    )
    return Side(
        early["value"] - late["value"],
        Expectation("positive"),
        f"{' less '.join(BREAK)}; {note}",
        (bounds[0] ** 2 + bounds[1] ** 2) ** 0.5,
    )


def _behaviour_claim(findings: Findings, key: str, era: str, expected: str) -> Claim:
    """The index from legislation: worlds where the truth is known, and an era."""

    def known(state: str, side: str) -> Side:
        value, error = (
            pick(
                findings["legislation_facts"],
                "value",
                answers=_SUSTAINABLE,
                quantity=quantity,
                item=state,
            )
            for quantity in ("world", "world_error")
        )
        words = "always answer" if state == _ANSWERS else "never answer"
        note = f"mean in simulated records in which laws {words}"
        return Side(value, _expects(side), note, 2 * error)

    first, last = LAW_ERAS[era]
    own = [
        r
        for r in records(findings["legislation_rolling"])
        if first <= r["half_year"] <= last
    ]
    value, low, high = (
        sum(r[name] for r in own) / len(own)
        for name in ("filtered", "filtered_low", "filtered_high")
    )
    ends = " to ".join(f"{q:.0%}" for q in BAND)
    says = "do not answer" if expected == "high" else "answer"
    return Claim(
        f"legislation_index_{key}",
        f"From legislation alone, laws {says} projected debt in {era}",
        "probability of no answer",
        known(_ANSWERS, "low"),
        known(_NONE, "high"),
        Side(
            value,
            _expects(expected),
            f"mean of the filtered probability; bound: band over parameters, {ends}",
            max(high - value, value - low),
        ),
    )


def _agreement(findings: Findings, source: str, reading: str, words: str) -> Claim:
    own = [
        r
        for r in rows(findings["regimes_at_events"], source=source, reading=reading)
        if r["agree"] is not None
    ]
    agree = sum(r["agree"] for r in own)
    open_ = sum(not r["decided"] for r in own)
    data = Side(None, _expects("high"), "the record has none of the events")
    if own:
        data = Side(
            agree / len(own),
            _expects("high"),
            f"{agree} of {len(own)} events; bound: the {open_} at which a band holds "
            "even odds",
            open_ / len(own),
        )
    return Claim(
        f"indices_agree_{reading}",
        f"Prices and laws call the same regime at dated events: {words}",
        "share of events",
        Side(None, None, "no events in the models"),
        Side(None, None, "no events in the models"),
        data,
    )


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
