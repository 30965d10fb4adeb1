"""What two minds say: figures, sentences with their numbers, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..claims import Claim, by_key, slide_records
from ..report import labels
from ..report.cells import Named, Number, cell_frame
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, pick, records
from . import STUDY, figure
from .claims import loop
from .laboratory import FISCAL_ONLY, SEQUENCE
from .study import NEWS, UNITS, called_of

Record = Mapping[str, Any]
_FIGURES = {
    "two_minds_purchases": (
        "Left: part of the ten-year yield's rise on fiscal news, on impact in the "
        "risky core economy, that is called dysfunction. Right: balance sheets over "
        "ten years of all shocks where fundamentals are known: medians, and four "
        "sequences of five.",
        "Left: bars of the share called dysfunction by what is seen, for the safe and "
        "the right model. Right: lines of bonds bought by model, with bands.",
    ),
    "two_minds_discipline": (
        "Left: a package of fiscal news every year, backing share answering to the "
        "traded yield, with and without purchases on the safe model. Right: risk "
        "weight at which required capital covers the loss at the confidence of rules.",
        "Left: lines of the price level with and without purchases. Right: bars of "
        "risk weights by maturity, with and without disasters.",
    ),
}
# Caption and note of every table.
_SHOWN = {
    "two_minds_attribution": (
        "What is made of a shock of the risky economy, on impact",
        "Shares of the move of the ten-year yield; they add up to one with causes that "
        "are not shown. Funded and unfunded news in the core, unfunded in the economy "
        "with sticky prices.",
    ),
    "two_minds_purchases": (
        "Ten years of policy by what is true, seen and believed",
        "Share of the largest tenth of surprises called dysfunction, stock of bonds "
        "at the end, gain of taxpayers on purchases, interest saved, price level over "
        "that without purchases: median or mean, 10th and 90th percentile. Runaway: "
        "sequences left out because news of spending would lose all backing. Quarters "
        "to learn: until the right model is likelier in the median sequence; blank "
        "where it is not within the horizon.",
    ),
    "two_minds_sensitivity": (
        "The same where a chosen number is another one: risky debt, fundamentals known",
        "Median share of surprises, stock and its 90th percentile, mean gain and price "
        "level.",
    ),
    "two_minds_discipline": (
        "Market discipline: ten years of fiscal news with and without purchases",
        "Backing share and yield held down are means over packages of news, all else "
        "is at the end of ten years; losses are means over ten years, of inflation "
        "alone and with the excess burden of taxes raised or promised.",
    ),
    "two_minds_rules": (
        "What Treasurys lose at the confidence of capital rules, and capital for it",
        "Simulated samples, those with disasters first; economies with sticky prices "
        "have none. Rules ask for no capital; *at safe rules* they ask for what covers "
        "the loss of safe debt in the same samples.",
    ),
}
_HEADINGS = {
    "yield_10y": "10-year yield",
    "called": "called dysfunction",
    "share_called": "share called dysfunction",
    "share_other_cause": "share of the largest other cause",
    "other_cause": "largest other cause",
    "share_error": "share called error",
    "spike_share": "share of spikes",
    "spike_share_low": "low",
    "spike_share_high": "high",
    "stock_low": "stock, low",
    "stock_high": "stock, high",
    "gain_mean": "gain",
    "gain_low": "gain, low",
    "gain_high": "gain, high",
    "saved": "interest saved",
    "loss": "loss",
    "loss_inflation": "loss by inflation",
    "theta_at_rest": "backing share at rest",
}
_CAUSES = {
    "e_y": "growth",
    "e_x": "expected growth",
    "e_p": "stress",
    "e_z": "spending",
    "e_u": "unfunded spending",
    "e_m": "monetary policy",
    "e_c": "cost push",
    "e_d": "dividends",
}
_LEFT_OUT = ("stock_mean",)


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    rows = {name: records(data) for name, data in findings.data.items()}
    return ExperimentResult(
        tables={name: frame(data) for name, data in findings.data.items()},
        records={**rows, **slide_records(STUDY.name, judged)},
        figures={
            "two_minds_purchases": figure.draw_purchases(findings),
            "two_minds_discipline": figure.draw_discipline(findings),
        },
        notes=[
            _lead(findings, by_key(judged)),
            *_more_than_all(findings),
            _short(findings),
            _LIMITS,
        ],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: figures, then a table of every part."""
    lead, *more = result.notes
    blocks = [Figure(result.figures[n], *texts) for n, texts in _FIGURES.items()]
    tables = [_holders(result.records["two_minds_rules"])]
    tables += [_table(n, result.records[n]) for n in _SHOWN]
    texts = [Text(note) for note in more]
    return Section(STUDY.question, lead, [*blocks, *texts, *tables], short="Two minds")


def _table(name: str, records: Sequence[Record]) -> Table:
    import pandas as pd

    (caption, note), units = _SHOWN[name], UNITS[name]
    columns: dict[Any, list[Any]] = {}
    for key in records[0]:
        if key in _LEFT_OUT or (name == "two_minds_sensitivity" and key in _FIXED):
            continue
        heading = Named(labels.capital(_HEADINGS.get(key, labels.words(key))), key)
        columns[heading] = [_cell(key, r[key], units) for r in records]
    shown = {h: labels.unit(units[h.code]).short for h in columns if h.code in units}
    frame = pd.DataFrame(columns, dtype=object)
    return Table(frame, caption, units=shown, note=note, collapsed=len(records) > 12)


_SAMPLES = {
    (True, ""): "with disasters",
    (False, ""): "without disasters",
    (False, "sticky_"): "sticky prices",
}
_HELD = {"bank": "Bank", "money_fund": "Money fund"}


def _holders(records: Sequence[Record]) -> Table:
    """Shortfalls of a bank and a money fund under both regimes' distributions."""
    found = {(r["disasters"], r["economy"], r["position"]): r for r in records}
    columns: dict[tuple[str, str], list[Number]] = {}
    for (disasters, prefix), words in _SAMPLES.items():
        for regime in ("safe", "risky"):
            own = [found[disasters, f"{prefix}{regime}", p] for p in _HELD]
            cells = [f"{r[name]:.2f}" for r in own for name in _SHORT]
            head = labels.capital(words)
            columns[head, labels.column(regime)] = [Number(c) for c in cells]
    names = [f"{held}, {words}" for held in _HELD.values() for words in _SHORT.values()]
    return Table(
        cell_frame(columns, names, "Holder"),
        "What holders of Treasurys lose, and what they are short of",
        note="Losses in percent of the position, at the confidence of capital rules; "
        "shortfalls in percent of a bank's assets, or of a fund's. *Under zero "
        "weights*: rules ask for no capital, and a fund has its buffer. *Under safe "
        "weights*: rules cover what safe debt loses in the same samples.",
    )


_SHORT = {
    "loss": "loss",
    "shortfall": "short under zero weights",
    "shortfall_at_safe_rules": "short under safe weights",
}
_FIXED = (
    "truth",
    "seen",
    "shocks",
    "quarters_to_learn",
    "spike_share_low",
    "spike_share_high",
    "stock_low",
    "gain_low",
    "gain_high",
    "saved",
)


def _cell(key: str, value: Any, units: Mapping[str, str]) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "other_cause":
        return _CAUSES[value]
    if isinstance(value, str):
        return value.replace("_", " ")
    return Number(labels.number(value + 0.0, units.get(key, "ratio")))


def _lead(findings: Findings, judged: Mapping[str, Claim]) -> str:
    """The verdicts on what is called dysfunction and bought, and by how much."""
    return "\n\n".join((_beliefs(findings, judged), _purchases(findings, judged)))


def _verdict(claim: Claim) -> str:
    """What a claim's verdict says, without the names of minds or economies."""
    return claim.supported().split(" with ")[0]


def _beliefs(findings: Findings, judged: Mapping[str, Claim]) -> str:
    table = findings["two_minds_attribution"]

    def called(seen: str, mind: str = "safe") -> str:
        return f"{100 * called_of(table, mind, seen):.0f}%"

    known, seen = (
        _verdict(judged[f"fiscal_news_called_dysfunction_{k}"])
        for k in ("fundamentals", "prices")
    )
    wanted = {"economy": "core", "seen": "prices", "mind": "safe", "shock": NEWS}
    other = _CAUSES[pick(table, "other_cause", **wanted)]
    explains = 100 * pick(table, "share_other_cause", **wanted)
    return (
        f"{known} where fundamentals are known, {seen.lower()} where only prices are: "
        f"a policy maker with the safe model calls {called('fundamentals')} of the "
        "rise in yields on fiscal news dysfunction when stress, growth and spending "
        f"are known, and {called('prices')} when only prices and inflation are seen, "
        f"where {other} is taken to explain {explains:.0f}% of it. With the right "
        f"model it is {called('fundamentals', 'risky')} and "
        f"{called('prices', 'risky')}."
    )


def _purchases(findings: Findings, judged: Mapping[str, Claim]) -> str:
    def risky(name: str, policy: str = "safe", **more: str) -> Any:
        return loop(findings, name, "risky", policy, **more)

    gain, quarters = risky("gain_mean"), risky("quarters_to_learn", "learning")
    prior = 100 * findings.extra["given"]["prior"]
    learns = (
        "does not come to hold the right model likelier within the horizon"
        if quarters is None
        else f"holds the right model likelier from quarter {quarters:.0f} on"
    )
    fiscal = {"shocks": FISCAL_ONLY}
    most = "Most" if risky("stock", **fiscal) < risky("stock") / 2 else "A minor part"
    stress = _verdict(judged["stress_called_dysfunction"]).lower()
    package = {"shocks": SEQUENCE}
    grows = _verdict(judged["balance_sheet_of_the_wrong_model"])
    return (
        f"{grows}: that the wrong model buys more. Ten years of shocks of the risky "
        f"economy leave a balance sheet of {risky('stock'):.1f}% of GDP (median; "
        f"{risky('stock_low'):.1f} to {risky('stock_high'):.1f} in four sequences of "
        f"five) against {risky('stock', 'risky'):.1f}% with the right model, and "
        f"taxpayers {'lose' if gain < 0 else 'gain'} {abs(gain):.1f}% of GDP on "
        f"average where the right model gains {risky('gain_mean', 'risky'):.1f}%. A "
        f"policy maker who learns {learns}, starting at {prior:g}%. {most} of these "
        "purchases answer shocks that are not fiscal; that a rise of yields in stress "
        f"is read as dysfunction is {stress}. Fiscal shocks alone leave "
        f"{risky('stock', **fiscal):.1f}% of GDP ({risky('stock_low', **fiscal):.1f} "
        f"to {risky('stock_high', **fiscal):.1f}), the declared sequence of packages "
        f"{risky('stock', **package):.1f}%, prices "
        f"{risky('price_level', **package):.1f}% higher by its blunted discipline and "
        f"{risky('saved', **package):.1f}% of GDP of interest saved at bondholders' "
        "cost."
    )


def _more_than_all(findings: Findings) -> list[str]:
    """Who calls more than all of a rise dysfunction, and what is made of it."""
    return [
        f"The {mind} calls {100 * share:.0f}% of a rise in yields on fiscal news "
        "dysfunction: news is stress, in which it expects yields to fall. Discipline "
        "and ten years of purchases count all of the rise, which is what there is to "
        "hold down."
        for mind, share in findings.extra["reads"].items()
        if share > 1
    ]


def _short(findings: Findings) -> str:
    """The bank's and the fund's shortfall, with disasters first."""

    def cell(column: str, position: str, economy: str, disasters: bool) -> float:
        wanted = {"economy": economy, "disasters": disasters, "position": position}
        return pick(findings["two_minds_rules"], column, **wanted)

    def both(column: str, position: str, disasters: bool, prefix: str = "") -> str:
        safe, risky = (
            cell(column, position, f"{prefix}{r}", disasters) for r in ("safe", "risky")
        )
        return f"{safe:.2f} and {risky:.2f}%"

    confidence = 100 * findings.extra["given"]["confidence"]
    fooled = cell("shortfall_at_safe_rules", "bank", "risky", True)
    return (
        f"Capital, safe and risky debt, at {confidence:g}% of quarters. With disasters "
        f"in the sample a bank's book loses {both('loss', 'bank', True)}, and zero "
        f"weights leave it short of {both('shortfall', 'bank', True)} of its assets, a "
        f"money fund of {both('shortfall', 'money_fund', True)}; weights that cover "
        f"safe debt would leave the bank short of {fooled:.2f}% where debt is risky. "
        "Without disasters the book loses "
        f"{both('loss', 'bank', False)}: safe debt looks the riskier, because what "
        "makes debt risky does not happen there."
        if cell("loss", "bank", "safe", False) > cell("loss", "bank", "risky", False)
        else f"Capital, safe and risky debt, at {confidence:g}% of quarters: with "
        f"disasters in the sample a bank's book loses {both('loss', 'bank', True)}, "
        f"without {both('loss', 'bank', False)}."
    )


_LIMITS = (
    "Dysfunction on the curve, its size, its persistence and what purchases do to "
    "yields are those of the plumbing model; errors of measurement, the share offset "
    "and the strength of discipline are chosen (`two_minds.toml`). Economies are "
    "linear around rest, without rare events. Markets have the right model of "
    "fundamentals; they do not anticipate purchases, which act on the economy through "
    "the backing of news only. Losses on bonds after they were bought are not booked: "
    "they are fair bets. Holders' losses are nominal, as capital is: inflation that "
    "erodes what bonds pay is not among them."
)
