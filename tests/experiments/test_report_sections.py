"""Sections of the report on invented records: tables, sentences, the whole page."""

import json
import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from devtools import tab
from invented import (
    COLUMNS,
    FOUR,
    HEADINGS,
    claim_records,
    comparison,
    decomposition_records,
    regime_records,
    slope_records,
)

from fiscax.calibration.economies.core import load
from fiscax.calibration.record.moments import shipped_moments
from fiscax.experiments import registry
from fiscax.experiments.accuracy.figure import draw as accuracy_figure
from fiscax.experiments.accuracy.page import section as accuracy_section
from fiscax.experiments.claims import Claim, Expectation, Side, slide_records
from fiscax.experiments.command.page import ReportPage, write_page
from fiscax.experiments.compare.figure import dot_figure, yield_figure
from fiscax.experiments.compare.page import BESIDE, moment_tables
from fiscax.experiments.decomposition.figure import draw
from fiscax.experiments.moments.page import section as moments_section
from fiscax.experiments.open_problems import figure as problems_figure
from fiscax.experiments.open_problems.page import section as problems_section
from fiscax.experiments.orders.page import _orders, orders_note
from fiscax.experiments.predictions import ROWS, tally
from fiscax.experiments.regimes import study as regimes
from fiscax.experiments.regimes.figure import draw as regimes_figure
from fiscax.experiments.regimes.page import differences, lead, section
from fiscax.experiments.registry import Experiment
from fiscax.experiments.report import labels, moment_labels
from fiscax.experiments.report.cells import Formula
from fiscax.experiments.report.economy import economy_section
from fiscax.experiments.report.figures import COLOURS, INK
from fiscax.experiments.report.page import opening
from fiscax.experiments.report.regime_table import regime_frame
from fiscax.experiments.report.results import ExperimentResult, save_result
from fiscax.experiments.report.shortfalls import shortfalls
from fiscax.models.core import core_economy
from fiscax.models.documents.equations import equation_table


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_regime_is_a_column_with_value_verdict_and_band(count):
    records = regime_records(COLUMNS[:count])
    frame, groups = regime_frame(records)
    assert frame.shape == (len(ROWS), count)
    assert len(groups) == len(ROWS)
    result = ExperimentResult(records={"regimes": records}, notes=["lead"])
    html = section(result).blocks[0].html("t")
    assert re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', html) == [
        "Quantity",
        *HEADINGS[:count],
    ]
    yields = text_of(next(r for r in html.split("<tr>") if "10y_ex_convenience" in r))
    assert yields.count("5.67 ± 0.05 bp") == count
    # Set by the backing share, or true by construction where taxes back all news.
    assert "✓ (delivered)" in yields
    assert "✕ (contradicted)" in yields
    assert "band 4 to 9: inside" in yields
    assert "band −1 to 1: outside" in yields


def test_headings_of_rows_stand_once_above_their_quantities():
    result = ExperimentResult(
        records={"regimes": regime_records(COLUMNS[:2])}, notes=[""]
    )
    html = section(result).blocks[0].html("t")
    headings = re.findall(r'class="family"><th[^>]*><span>([^<]+)<', html)
    assert headings == list(dict.fromkeys(r.row[:1].upper() + r.row[1:] for r in ROWS))


def test_the_first_sentences_say_what_is_meant_and_count():
    records = regime_records(COLUMNS[:2])
    text = lead(records)
    counted = [r["verdict"] for r in records if r["counted"]]
    assert f"Of {len(counted)} predictions that count" in text
    assert f"**{counted.count('contradicted')} contradicted**" in text
    marked = [r for r in records if r["verdict"] and r["mark"]]
    assert 0 < len(marked) == tally(records)["marked"]
    assert f"{len(marked)} more are set by a parameter" in text
    assert "taxpayers" in text
    assert "bondholders" in text
    assert "Switching" not in text
    assert "Switching" in lead(regime_records(COLUMNS))


def test_what_is_not_delivered_stands_in_tables_with_reasons():
    records = regime_records(COLUMNS[:2])
    tables = {t.caption: t for t in shortfalls({"regimes": records}).blocks}
    failed = [r for r in records if r["verdict"] in ("contradicted", "zero")]
    outside = [r for r in records if r["in_band"] is False]
    (first,) = (t for c, t in tables.items() if c.startswith("Predictions not"))
    (second,) = (t for c, t in tables.items() if c.startswith("Numbers outside"))
    assert len(first.frame) == len(failed)
    assert len(second.frame) == len(outside)
    text = text_of(first.html("t"))
    subject = (
        "10-year yield without convenience, score of a bill of persistent spending"
    )
    assert f"{subject} Safe debt zero 5.67 (±0.05)" in text
    assert "Further than 1.00 from zero" in text
    assert "−1 to 1 5.67 ± 0.05 bp above the band" in text_of(second.html("t"))


def test_claims_that_fail_say_what_was_asked_and_why():
    low = Expectation("low", threshold=0.04)
    claim = Claim(
        "k", "Laws answer.", "ratio", Side(0.13, low), Side(-0.2, low), Side()
    )
    up = Expectation("positive", 0.5)
    small = Claim("u", "Up.", "ratio", Side(0.1, up), Side(-2.0, up, "why"), Side())
    records = slide_records("two-minds", [claim, small])
    (table,) = shortfalls(records).blocks
    lines = [
        [str(v) for v in (n, row["Model"], row["Asked for"], row["Why it fails"])]
        for n, row in table.frame.iterrows()
    ]
    assert lines == [
        ["Laws answer.", "Safe debt", "below 0.040", "Above it"],
        ["Up.", "Safe debt", "positive", "Too small to count: within 0.500 of zero"],
        ["Up.", "Risky debt", "positive", "The other sign"],
    ]


def test_nothing_is_said_where_everything_is_delivered():
    fine = [
        r | {"verdict": "delivered", "in_band": None}
        for r in regime_records(COLUMNS[:2])
    ]
    assert shortfalls({"regimes": fine}) is None


def test_differing_parameters_show_symbols_and_words():
    calibrations = {name: load(name)[1] for name in ("safe", "risky")}
    table = differences(regimes.differing_parameters(calibrations))
    assert list(table.frame.columns) == ["Symbol", "Safe debt", "Risky debt", "Unit"]
    assert all(isinstance(v, Formula) for v in table.frame["Symbol"])
    assert "\\" not in text_of(table.html("t"))
    assert list(table.groups) == sorted(table.groups, key=list(table.groups).index)


@pytest.mark.parametrize("names", [("safe", "risky"), ("safe", "risky", "switching")])
def test_the_economy_is_shown_as_declared(names):
    solved = {name: load(name)[1].by_name for name in names}
    tables = {t.caption: t for t in economy_section(solved).blocks}
    assert all(t.collapsed for t in tables.values())
    model = core_economy() if len(names) == 2 else core_economy(("safe", "risky"))
    assert len(tables["Equations"].frame) == len(equation_table(model))
    assert len(tables["Numeraires and claims"].frame) == len(
        [*model.numeraires, *model.claims]
    )
    values = tables["Parameters and their values"].frame
    assert len(values) == len(model.parameters)
    shown = {str(name): k for k, name in enumerate(values.index)}
    row = values.iloc[shown["Relative risk aversion"]]
    gamma = solved["safe"]["gamma"]
    assert row["Safe debt"] == gamma.value
    assert row["Source of the value"].startswith(gamma.source)
    assert ("Switching: risky" in values) == (len(names) == 3)


@pytest.mark.parametrize(
    "shown",
    [
        [("safe", "1998-2019"), ("risky", "2022-present")],
        FOUR,
    ],
)
def test_moments_are_compared_by_family(shown):
    frame = comparison(shown)
    tables = moment_tables(frame)
    assert len(tables) == -(-len(shown) // BESIDE)
    for table in tables:
        assert table.collapsed
        assert len(table.groups) == len(table.frame) == frame["moment"].nunique()
        assert len(set(table.groups)) == len(moment_labels.FAMILIES)
    html = "".join(table.html("t") for table in tables)
    near = (frame["t"].abs() <= 2).sum()
    assert html.count("verdict near") == near
    assert html.count("verdict matched") == len(shown)
    assert "Safe debt, 1998–2019" in html
    assert not re.search(r">[^<]*_[^<]*<", html.replace("<span", "\n<span"))


@pytest.mark.parametrize("shown", [FOUR[:2], [*FOUR[:2], FOUR[3]], FOUR])
def test_figures_of_moments_hold_their_legends_and_numbers(shown):
    frame = comparison(shown)
    # Every number lies beyond the edge, all of a moment on the same side.
    crowded = frame.assign(t=np.where(frame["moment"] > "g", 119.0, -114.0))
    dots, yields = dot_figure(crowded), yield_figure(frame)
    assert len(yields.axes) == 2
    for figure, entries in ((dots, len(shown)), (yields, len(shown) + 1)):
        figure.draw_without_rendering()
        (legend,) = figure.legends
        assert len(legend.get_texts()) == entries
        inside(legend.get_window_extent(), figure.bbox)
    (axes,) = dots.axes
    numbers = [t for t in axes.texts if t.get_text() in {"+119", "−114"}]
    points = [x for x in axes.lines if x.get_marker() != "None" and len(x.get_xdata())]
    assert len(numbers) == len(points)
    boxes = [n.get_window_extent() for n in numbers]
    for number, point, box in zip(numbers, points, boxes, strict=True):
        (x, y) = axes.transData.transform(np.ravel(point.get_data()))
        inside(box, axes.bbox)
        assert box.y0 < y < box.y1
        assert 0 < max(box.x0 - x, x - box.x1) < 10 * dots.dpi / 72
        assert (
            number.get_color()
            == INK[next(k for k, c in COLOURS.items() if c == point.get_color())]
        )
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def inside(box, frame):
    assert frame.x0 <= box.x0 < box.x1 <= frame.x1
    assert frame.y0 <= box.y0 < box.y1 <= frame.y1


def order_records():
    """Invented records of perturbation beside the global solution."""
    own = {
        "rest_term_premium_10y": ("basis points", 0.0, 20.0, 40.0),
        "persistent_yield_10y": ("basis points", 5.0, 9.5, 10.0),
        "share_bondholders": ("share of PV(G) news", 0.1, 0.2, 0.3),
        "stress_1sd_yield_10y": ("basis points", 2.0, 6.0, 10.0),
    }
    none = {"share_bondholders": ("share of PV(G) news", 0.05, 0.06, 0.05)}
    return [
        {
            "breach": breach,
            "quantity": name,
            "unit": unit,
            "order_1": first,
            "order_3": third,
            "global": exact,
            "bound": 0.01 if breach else None,
        }
        for breach, rows in ((0.08, own), (0.0, none))
        for name, (unit, first, third, exact) in rows.items()
    ]


def results():
    """Results of every experiment of the report, invented but for the record."""
    names = ("safe", "risky", "switching")
    calibrations = {name: load(name)[1] for name in names}
    pieces = decomposition_records(COLUMNS)
    shares = [0.43, 1.0]
    theta = pd.DataFrame({"theta": shares, "taxpayers": shares, "yield_10y": [50, 1]})
    problem = {
        "problem": "short end",
        "mechanism": "no interest-rate smoothing (rho_i = 0)",
        "economy": "risky",
        "without": 9.1067,
        "with": 26.179,
        "unit": "basis points per +1pp of GDP of persistent spending",
    }
    errors = [
        {
            "economy": economy,
            "regime": regime,
            "equation": equation,
            "mean_log10": -5.31,
            "p99_log10": -4.2,
            "p99_9_log10": -4.1,
            "share_outside_domain": 0.0,
            "valuation_residual": 0.0005,
            "spectral_radius": 0.9938,
            "spectral_radius_with_convenience": 0.995,
            "determinacy": "determinate",
        }
        for economy, regime in COLUMNS
        for equation in ("fisher", "portfolio")
    ]
    compared = comparison(FOUR)
    return {
        "regimes": ExperimentResult(
            tables={"parameters": regimes.differing_parameters(calibrations)},
            records={
                "regimes": regime_records(COLUMNS),
                "claims": claim_records(COLUMNS),
                "debt_slopes": slope_records(COLUMNS),
            },
            notes=["x"],
            parameters={name: c.by_name for name, c in calibrations.items()},
        ),
        "theta": ExperimentResult(tables={"theta": theta}, notes=["x"]),
        "decomposition": ExperimentResult(
            records=pieces,
            figures={"decomposition": draw(*pieces.values())},
            notes=["x"],
        ),
        "compare": ExperimentResult(
            tables={"compare": compared},
            figures={
                "compare_yields": yield_figure(compared),
                "compare": dot_figure(compared),
            },
            notes=["x"],
        ),
        "open-problems": ExperimentResult(
            tables={"open-problems": pd.DataFrame([problem])}, notes=["x", "y"]
        ),
        "accuracy": ExperimentResult(
            tables={"accuracy": pd.DataFrame(errors)},
            notes=["x"],
        ),
        "moments": ExperimentResult(tables={"moments": shipped_moments()}, notes=["x"]),
    }


def test_orders_are_judged_by_their_distance_to_the_global_solution():
    note = orders_note(order_records())
    assert "order 1: nothing; order 3: 10-year yield, spending news." in note
    assert "10-year yield, stress 60% (20%)" in note
    table = _orders(order_records())
    assert "News borne by bondholders" in text_of(table.html("t"))
    assert table.html("t").count("8.0% of promises") == 1
    # 30% less 5% of the news, and 20% less 6%.
    assert "Breach adds 14.0 points" in note and "globally 25.0." in note


def test_accuracy_mechanisms_and_moments_have_labels_and_few_digits():
    found = results()
    problems = text_of(problems_section(found["open-problems"]).blocks[0].html("t"))
    assert "9.11 bp" in problems
    assert "26.2 bp" in problems
    assert "rho_i" not in problems
    checks, errors = accuracy_section(found["accuracy"]).blocks
    assert "Fisher equation" in text_of(errors.html("t"))
    assert "−5.3" in errors.html("t")
    assert "Switching: risky" in text_of(checks.html("t"))
    eras, events = moments_section(found["moments"]).blocks
    assert eras.collapsed
    assert events.collapsed
    moments = shipped_moments()
    assert eras.html("t").count('class="error"') == int(
        (moments["standard_error"].notna() & (moments["era"] != "event")).sum()
    )
    assert "Failure of Lehman Brothers" in events.html("t")


def test_the_figure_of_mechanisms_goes_from_without_to_with():
    rows = [
        {
            "problem": problem,
            "mechanism": "smoothing (rho_i = 0.8; without: 0)",
            "economy": economy,
            "without": without,
            "with": having,
            "unit": unit,
        }
        for problem, economy, without, having, unit in (
            ("who bears", "risky", 0.04, 0.17, "share of PV(G) news"),
            ("short end", "risky", 42.9, 10.8, "basis points"),
            ("slope", "safe", -0.6, 0.0, "percentage points, at the resting point"),
            (
                "slope",
                "switching",
                -0.7,
                0.1,
                "percentage points, at the resting point",
            ),
            ("resting point", "safe", 102.0, 99.0, "percent, mean debt"),
        )
    ]
    figure = problems_figure.draw(rows)
    drawn = problems_figure.drawn(rows)
    assert list(map(len, drawn.values())) == [1, 1, 2]
    for axes, (unit, own) in zip(figure.axes, drawn.items(), strict=True):
        scale = labels.unit(unit).scale
        marks = [x for x in axes.lines if x.get_marker() == "o"]
        for record, without, having in zip(own, marks[::2], marks[1::2], strict=True):
            assert without.get_xdata()[0] == scale * record["without"]
            assert having.get_xdata()[0] == scale * record["with"]
            assert without.get_markerfacecolor() == "white"
        names = [t.get_text() for t in axes.get_yticklabels()]
        assert not any("=" in name for name in names)


def test_the_whole_page_needs_no_network_and_names_its_sections(tmp_path):
    found = results()
    entries = [e for e in registry.report_experiments() if e.name in found]
    assert [e.name for e in entries] == list(found)
    text = write_page(tmp_path / "index.html", entries, found).read_text("utf-8")
    for mark in (
        "<script src",
        "fetch(",
        "<img",
        "<link",
        "@import",
        "url(http",
        'src="http',
    ):
        assert mark not in text
    # Names of name spaces are not fetched.
    outside = set(re.findall(r'"(https?://[^"]+)"', text))
    assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    anchors = re.findall(r'<li><a href="#([^"]+)">([^<]+)<', text)
    assert [anchor for anchor, _ in anchors] == [
        "talk",
        "not-delivered",
        *found,
        "economy",
    ]
    assert all(f'id="{anchor}">' in text for anchor, _ in anchors)
    assert text.index('class="talk"') < text.index("<details")
    assert all('aria-label="' in svg for svg in re.findall(r"<svg[^>]*>", text))


def test_an_experiment_without_its_own_section_has_one(tmp_path):
    def never(_):
        raise AssertionError

    entry = Experiment("plain", "What is plain?", never, order=1)
    result = ExperimentResult(tables={"t": pd.DataFrame({"a": [1]})}, notes=["note"])
    page = write_page(tmp_path / "p.html", [entry], {"plain": result})
    assert "What is plain?" in page.read_text("utf-8")


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A page of invented results with files beside it."""
    found = results()
    entries = [e for e in registry.report_experiments() if e.name in found]
    path = tmp_path_factory.mktemp("grown") / "index.html"
    page = ReportPage(path)
    for entry in entries:
        own = found[entry.name]
        page.add(entry, own, save_result(own, path.parent, entry.name))
    page.write_talk()
    return page.write()


def test_every_file_has_a_link_and_its_command(grown):
    text = grown.read_text("utf-8")
    index = text[text.index('id="files"') :]
    names = {p.name for p in grown.parent.iterdir()} - {"index.html"}
    assert set(re.findall(r'href="([^"#]+)"', index)) == names
    assert len(names) > 20
    assert index.count("<code>fiscax run ") == len(results())
    part = text[
        text.index('<div id="compare">') : text.index('<div id="open-problems">')
    ]
    assert 'href="compare_yields.svg"' in part
    assert "<code>fiscax run compare</code> makes" in part


def test_the_talks_table_is_a_file_with_the_verdicts_of_the_first_screen(grown):
    text = grown.read_text("utf-8")
    shown = text[text.index('<section id="talk">') : text.index("<details")]
    rows = pd.read_csv(grown.parent / "talk.csv")
    assert shown.count('role="cell"') == len(rows) > 20
    assert list(rows["says"]) == re.findall(r'class="says">([^<]+)<', shown)
    kept = json.loads((grown.parent / "talk.json").read_text("utf-8"))
    assert list(kept[0]) == list(rows.columns)
    for who, prefix in (("model", ""), ("record", "record_")):
        yes = rows[rows[f"{prefix}verdict"] == "delivered"]
        counted = yes[f"{prefix}counted"].astype(bool)
        assert len(yes) > 0
        assert shown.count(f"> {who}: yes") == counted.sum()
        assert shown.count(f"> ({who}: yes)") == (~counted).sum()
    assert 'href="talk.csv"' in shown
    assert "<code>fiscax report</code> makes" in shown


def test_a_topic_is_a_figure_and_three_sentences_before_its_tables(grown):
    text = grown.read_text("utf-8")
    part = text[
        text.index('<div id="compare">') : text.index('<div id="open-problems">')
    ]
    places = [part.index(mark) for mark in ("<figure", '<p class="lead"', "<table")]
    assert places == sorted(places)
    assert text.count('<section class="topic"><details><summary><h2>') == len(
        re.findall('class="topic"', text)
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two is 3.5 s.d. of it. Three. Four.", 3),
        ("One, e.g. this.\n\nTwo\n\nThree. Four.", 3),
        ("**One.** Two (of J. Smith). *Three*? Four.", 3),
        ("Only one", 1),
    ],
)
def test_the_first_sentences_are_told_apart(text, count):
    first, rest = opening(text)
    assert rest == ("Four." if count == 3 else "")
    assert " ".join(f"{first} {rest}".split()) == " ".join(text.split())


@pytest.fixture(scope="module")
def shown(browser, tmp_path_factory):
    with tab(browser, tmp_path_factory.mktemp("profile")) as found:
        yield found


SIZES = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 800, 390])
@pytest.mark.parametrize("opened", [False, True])
def test_the_page_never_scrolls_sideways(grown, shown, width, opened):
    shown.open(grown.as_uri(), width)
    if opened:
        shown.value("document.querySelectorAll('details').forEach(e => e.open = true)")
    needed, there = shown.value(SIZES)
    assert needed <= there <= width


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
def test_a_cell_of_the_first_screen_opens_its_section(grown, shown, width):
    shown.open(grown.as_uri(), width)
    is_open = "document.querySelector('#regimes').closest('details').open"
    top = "document.querySelector('#regimes').getBoundingClientRect().top"
    assert not shown.value(is_open)
    for _ in range(2):
        # Also a second time, after the reader has folded it and gone back up.
        shown.click("table.talk a.opens")
        assert shown.value(is_open)
        assert shown.value("location.hash") == "#regimes"
        assert 0 <= shown.value(top) < 450
        shown.value(
            "document.querySelector('#regimes').closest('details').open = false"
        )
    shown.click("nav a[href='#compare']")
    assert shown.value("document.querySelector('#compare').closest('details').open")


@pytest.mark.browser
def test_a_section_opens_from_the_keyboard(grown, shown):
    shown.open(grown.as_uri(), 1200)
    shown.value("document.querySelector('.topic summary').focus()")
    shown.press("Enter", 13)
    assert shown.value("document.querySelector('.topic details').open")
    shown.value("document.querySelector('table.talk a.opens').focus()")
    shown.press("Enter", 13)
    assert shown.value("location.hash") == "#regimes"


@pytest.mark.browser
def test_the_whole_talk_is_on_the_first_screen(grown, shown):
    shown.open(grown.as_uri(), 1200)
    bottom = "document.querySelector('table.talk').getBoundingClientRect().bottom"
    assert shown.value(bottom) < 900


@pytest.mark.browser
def test_what_is_folded_is_printed(grown, shown, tmp_path):
    shown.open(grown.as_uri(), 1200)
    shown.print(tmp_path / "page.pdf")
    shown.value("document.querySelectorAll('details').forEach(e => e.remove())")
    shown.print(tmp_path / "bare.pdf")
    pages = [
        len(re.findall(rb"/Type\s*/Page\b", (tmp_path / name).read_bytes()))
        for name in ("page.pdf", "bare.pdf")
    ]
    # Every topic begins a page of its own.
    assert pages[0] >= pages[1] + len(results())


def test_the_figure_of_the_regime_table_has_a_marker_per_band():
    found = regime_records(COLUMNS[:2])
    banded = [r for r in found if r["band_low"] is not None]
    (axes,) = regimes_figure(found).axes
    points = [line for line in axes.lines if line.get_marker() != "None"]
    inside = [p for p in points if p.get_markerfacecolor() != "white"]
    assert len(points) == len(banded) > 10
    assert len(inside) == sum(
        r["band_low"] <= r["value"] <= r["band_high"] for r in banded
    )
    for point in inside:
        assert 0 <= point.get_xdata()[0] <= 1
    said = f"{len(inside)} of {len(points)} numbers lie in the band"
    assert axes.get_title(loc="left").startswith(said)


def test_the_figure_of_errors_puts_the_worst_equation_on_top():
    rows = [
        {
            "economy": "safe",
            "regime": "safe",
            "equation": name,
            "mean_log10": mean,
            "p99_log10": mean + 1,
        }
        for name, mean in (("fisher", -4.3), ("portfolio", -6.0), ("promise", -16.0))
    ]
    (axes,) = accuracy_figure(rows).axes
    # 10^4.3 is 19,953.
    assert axes.get_title(loc="left").endswith("one part in 20,000")
    points = [p for p in axes.lines if p.get_marker() == "o"]
    points.sort(key=lambda p: p.get_ydata()[0])
    places = [p.get_xdata()[0] for p in points]
    assert places[1:] == [-6.0, -4.3]
    texts = [t.get_text() for t in axes.get_xticklabels()]
    assert texts[0] == "less" and places[0] == axes.get_xticks()[0]
