"""The report page, on invented numbers: what it holds, how a browser shows it."""

import re
import subprocess
from html.parser import HTMLParser

import matplotlib.image as mpl_image
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiscax.experiments.report import cells as report_cells
from fiscax.experiments.report import figures
from fiscax.experiments.report.page import (
    Figure,
    KeyNumbers,
    Section,
    Table,
    Text,
    report_html,
    write_report,
)

ROWS = [
    ("Spending bearer", "taxpayers' share of news", "%", 99.8, 31.4, "delivered"),
    ("Full funding", "value of taxes per $ of news", "$", 1.0, 0.31, "delivered"),
    ("Market beta of debt", "debt on equity", "", -0.014, 0.213, "delivered"),
    ("Fiscal news: yields", "10-year, ex convenience", "bp", 0.2, 34.6, "delivered"),
    ("Fiscal news: premia", "10-year term premium", "bp", 0.04, 0.7, "zero"),
    ("Fiscal news: inflation", "5y5y expected", "bp", 0.0, 28.1, "delivered"),
    (
        "Fiscal news: convenience",
        "bill convenience yield",
        "bp",
        -2.1,
        -3.3,
        "delivered",
    ),
    ("Stress, 3 s.d.", "10-year yield", "bp", -41.2, -8.9, "contradicted"),
    ("Stress, 3 s.d.", "stock-bond correlation", "", -0.31, 0.28, "too imprecise"),
]


def regime_table():
    columns = pd.MultiIndex.from_tuples(
        [
            ("", "Quantity"),
            ("", "Unit"),
            ("Safe debt", "claim"),
            ("Safe debt", "value"),
            ("Safe debt", "verdict"),
            ("Risky debt", "claim"),
            ("Risky debt", "value"),
            ("Risky debt", "verdict"),
        ]
    )
    rows = [
        (quantity, unit, "no", safe, "delivered", "yes", risky, verdict)
        for _, quantity, unit, safe, risky, verdict in ROWS
    ]
    index = pd.Index([row[0] for row in ROWS], name="Prediction")
    return pd.DataFrame(rows, index=index, columns=columns)


@figures.house_style()
def response_figure():
    figure, axes = figures.new_figure(1, 2, width=9, height=3.6)
    years = np.linspace(0, 10, 41)
    sizes = {"safe": 0.3, "risky": 35.0, "switching": 18.0}
    paths = {kind: size * np.exp(-years / 4) for kind, size in sizes.items()}
    for kind, path in paths.items():
        axes[0].plot(years, path, **figures.line(kind))
    figures.label_ends(axes[0], years[-1], {k: p[-1] for k, p in paths.items()})
    figures.zero_line(axes[0])
    axes[0].set(xlabel="years after the news", ylabel="basis points")
    axes[0].set_title("10-year yield after +1pp of GDP of spending")
    theta = np.linspace(0, 1, 21)
    axes[1].plot(theta, 0.21 - 0.22 * theta, **figures.line("muted"))
    axes[1].plot([0], [0.21], **figures.line("risky", marker="o", label="risky"))
    axes[1].plot([1], [-0.01], **figures.line("safe", marker="o", label="safe"))
    axes[1].errorbar([0.4], [0.1], yerr=[0.04], **figures.line("data", label="data"))
    axes[1].set(xlabel=r"backing share $\theta$", ylabel="beta")
    axes[1].set_title("Market beta of debt")
    axes[1].legend()
    return figure


def sections():
    long = pd.DataFrame(
        {
            "Moment": [f"moment {k}" for k in range(40)],
            "Data": np.linspace(-2, 5, 40),
            "Model": np.linspace(-1.8, 5.5, 40),
            "t": np.linspace(-3, 3, 40),
            "Targeted": [k % 3 == 0 for k in range(40)],
        }
    )
    first = Table(
        regime_table(),
        "Predictions of the two models, and what they deliver",
        formats={("Safe debt", "value"): "+.2f", ("Risky debt", "value"): "+.2f"},
        note="All numbers on this page are invented; *news* is +1pp of GDP.",
        first=True,
    )
    keys = KeyNumbers(
        [
            ("10-year yield per 1pp of news", 0.2, "bp, safe", "safe"),
            ("10-year yield per 1pp of news", 34.6, "bp, risky", "risky"),
            ("Untargeted moments within 2 s.e.", 17, "of 29"),
        ]
    )
    figure = Figure(
        response_figure(),
        "Invented responses. Left: yields. Right: the line between the two models.",
        "Two panels: the yield falls back to zero, the beta falls in theta.",
    )
    table = Table(
        long,
        "Moments, model and data",
        units={"Data": "% p.a.", "Model": "% p.a."},
        formats={"t": "+.1f"},
        collapsed=True,
    )
    return [
        Section("The regime table", "Every cell is *computed*.", [first, keys]),
        Section("Fiscal news & yields", "Lead with `code` and **weight**.", [figure]),
        Section(
            "Model and data", "", [table, Text("One.\n\nTwo <b>not bold</b>."), figure]
        ),
    ]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "index.html"
    html = report_html(
        "Safe or risky? (demonstration)",
        sections(),
        subtitle="A page of invented numbers.",
        footer="fiscax · invented data",
    )
    return write_report(path, html)


class Reader(HTMLParser):
    """Collects ids, links and whether every element is closed."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values[k] for k in ("href", "xlink:href", "src") if k in values]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_long_labels_are_not_cut_off(tmp_path):
    """A figure's edge stays white: text is wider on a picture's pixels than in SVG."""
    figure, axes = figures.new_figure(1, 1, width=9, height=3)
    label = "Who bears spending: transfers go to others than those who price bonds"
    axes.set_yticks([0, 1], [label, label.replace("bonds", "all of the bonds")])
    _, png = figures.save_figure(figure, tmp_path / "figure")
    pixels = mpl_image.imread(png)[..., :3]
    for edge in (pixels[:, :4], pixels[:, -4:], pixels[:4], pixels[-4:]):
        assert edge.min() == 1.0


def test_rounding_of_where_axes_are_changes_no_file():
    """The solver of layouts leaves last digits that differ from run to run."""

    def drawn(shift):
        with figures.house_style():
            figure = figures.Figure(figsize=(6, 3), layout="none")
            for left in (0.1, 0.55):
                axes = figure.add_axes((left + shift, 0.1, 0.35, 0.8))
                axes.plot([0, 1], [0, 1])
        return figures.svg_text(figure)

    same = drawn(0.0)
    assert same == drawn(1e-13)
    assert same != drawn(1e-3)
    clips = re.findall(r'clipPath id="(\w+)"', same)
    assert len(clips) == len(set(clips)) == 2
    assert set(re.findall(r"url\(#(\w+)\)", same)) == set(clips)


def test_page_is_well_formed_and_needs_no_network(page):
    reader = Reader()
    text = page.read_text(encoding="utf-8")
    reader.feed(text)
    assert not reader.open
    assert len(reader.ids) == len(set(reader.ids))
    assert all(link.startswith("#") for link in reader.links)
    assert {link[1:] for link in reader.links} <= set(reader.ids)
    assert "<script src" not in text
    assert "fetch(" not in text
    assert "@import" not in text
    assert "url(http" not in text


def test_verdicts_are_words_and_signs(page):
    text = page.read_text(encoding="utf-8")
    for verdict, sign in report_cells.VERDICTS.items():
        assert re.search(rf"{re.escape(sign)}</span> {verdict}<", text), verdict


def test_text_is_escaped_and_units_are_in_the_header(page):
    text = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;not bold&lt;/b&gt;" in text
    assert "<code>code</code>" in text
    assert 'Data<span class="unit">% p.a.</span>' in text


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (None, "", "–"),
        (float("nan"), ".2f", "–"),
        (pd.NA, "", "–"),
        (-1.234, "", "−1.23"),
        (-0.0004, ".2f", "0.00"),
        (-0.0004, "+.2f", "0.00"),
        (0.00004321, "", "4.32e−05"),
        (1234.5, "", "1234"),
        (0.0, "", "0"),
        (7, "", "7"),
        (True, "", "yes"),
        ("delivered", "", "delivered"),
    ],
)
def test_numbers_are_set_for_reading(value, spec, text):
    assert report_cells.format_cell(value, spec) == text


@given(st.floats(-1e300, 1e300))
def test_three_digits_are_true_to_half_a_percent(value):
    shown = float(report_cells.format_cell(value).replace("\N{MINUS SIGN}", "-"))
    assert shown == pytest.approx(value, rel=5.1e-3)


def test_figures_are_the_same_bytes_every_time(tmp_path):
    first = figures.save_figure(response_figure(), tmp_path / "first")
    second = figures.save_figure(response_figure(), tmp_path / "second")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert "<dc:date>" not in first[0].read_text(encoding="utf-8")


def test_style_ignores_and_restores_the_users_settings():
    import matplotlib as mpl

    with mpl.rc_context({"lines.linewidth": 9.0}):
        with figures.house_style():
            assert mpl.rcParams["lines.linewidth"] == 2.0
        assert mpl.rcParams["lines.linewidth"] == 9.0


@pytest.mark.browser
def test_page_renders_in_a_browser(page, browser, tmp_path):
    picture = tmp_path / "page.png"
    done = subprocess.run(
        [
            *browser,
            f"--user-data-dir={tmp_path / 'profile'}",
            "--window-size=1400,900",
            f"--screenshot={picture}",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert picture.exists(), done.stderr
    assert picture.stat().st_size > 20_000


@given(
    st.lists(st.floats(-50, 50), min_size=1, max_size=6).map(sorted),
    st.floats(0.1, 20),
)
def test_names_are_moved_apart_as_little_as_possible(heights, gap):
    places = np.array(figures.apart(heights, gap))
    assert np.all(np.diff(places) >= gap - 1e-9)
    # Nobody is moved for nothing, and no side is preferred.
    assert places.mean() == pytest.approx(np.mean(heights), abs=1e-9)
    if np.all(np.diff(heights) > gap):
        assert places == pytest.approx(heights, abs=1e-9)
    # Least squares: a step towards any other admissible places is no gain.
    other = heights[0] + gap * np.arange(len(heights)) + np.maximum(0, heights)
    assert np.dot(places - heights, other - places) >= -1e-6
