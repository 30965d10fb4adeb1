"""The look of every figure, and how a figure becomes files.

Build figures inside ``house_style()`` (a context manager that is a decorator too)::

    @house_style()
    def draw(...) -> Figure:
        figure, axes = new_figure()
        axes.plot(years, response, **line("safe"))
        axes.set_ylabel("10-year yield (percentage points)")
        return figure

Safe debt is blue and solid, risky debt orange and dashed, data dark grey with dots:
line style and marker say the same as the colour.
"""

import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CLIP = re.compile(
    r' *<clipPath id="(?P<name>\w+)">\n(?P<content>.*?)</clipPath>\n', re.DOTALL
)
# Where a clip path is named.
_CLIPPED = re.compile(r"""(<clipPath id="|url\(#)(p[0-9a-f]{10})\b""")
STYLE = Path(__file__).with_name("fiscax.mplstyle")

# Distinct to colour-blind readers and in grey; the report's style sheet repeats the
# first three.
COLOURS = {
    "safe": "#1f5a9e",
    "risky": "#d1690e",
    "data": "#3b3b3b",
    "switching": "#5f8f5a",
    "other": "#8a6bb0",
    "muted": "#8c8c8c",
}

# Darker where letters are drawn: thin strokes need more contrast than lines.
INK = COLOURS | {
    "risky": "#a9500a",
    "switching": "#47703f",
    "other": "#6d4f95",
    "muted": "#6b6b6b",
}

# Parts of yields: green is real, plum is inflation; dark is expected, light a premium.
PARTS = {
    "expected_real_rate": "#3f7d63",
    "real_term_premium": "#a9d0bb",
    "expected_inflation": "#7d3f73",
    "inflation_compensation": "#dcbfd8",
    "inflation_risk_premium": "#b983b0",
    "convenience": "#b9b5ab",
}

_LINES: dict[str, dict[str, Any]] = {
    "safe": {"linestyle": "-"},
    "risky": {"linestyle": (0, (6, 1.6))},
    "data": {"linestyle": "none", "marker": "o", "markerfacecolor": "white"},
    "switching": {"linestyle": (0, (6, 1.4, 1.2, 1.4))},
    "other": {"linestyle": (0, (1.4, 1.4))},
    "muted": {"linestyle": "-", "linewidth": 1.2},
}

# A figure is drawn for its file; its page shows the same.
_saved: WeakKeyDictionary[Figure, str] = WeakKeyDictionary()


@contextmanager
def house_style() -> Iterator[None]:
    """Use the house style inside the block, whatever the user's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rc_file(STYLE, use_default_template=False)
        yield


def line(kind: str, **more: Any) -> dict[str, Any]:
    """Keywords of ``Axes.plot`` for a kind of line; ``kind`` is a key of COLOURS."""
    return {"color": COLOURS[kind]} | _LINES[kind] | more


def new_figure(
    rows: int = 1, columns: int = 1, *, width: float = 7.2, height: float = 4.2
) -> tuple[Figure, Any]:
    """Figure and its axes (one, or an array of them); sizes in inches."""
    figure = Figure(figsize=(width, height))
    return figure, figure.subplots(rows, columns)


def zero_line(axes: "Axes") -> None:
    """Mark zero, the reference of every response."""
    axes.axhline(0.0, color="#777777", linewidth=0.9, zorder=1)


def label_ends(
    axes: "Axes", x: float, heights: Mapping[str, float], names: Mapping[str, str] = {}
) -> None:
    """Name lines at their right end, in their colours: shorter to read than a legend.

    Parameters
    ----------
    axes
        Axes whose lines and limits are final.
    x
        Where the lines end.
    heights
        Kind of line -> its last height; kinds are keys of COLOURS.
    names
        Kind -> the name to print, where it is not the kind itself.
    """
    low, high = axes.get_ylim()
    points = axes.get_window_extent().height * 72 / axes.figure.dpi
    gap = 1.1 * mpl.rcParams["font.size"] * (high - low) / points
    kinds = sorted(heights, key=lambda kind: heights[kind])
    places = apart([heights[kind] for kind in kinds], gap)
    for kind, place in zip(kinds, places, strict=True):
        axes.annotate(
            names.get(kind, kind),
            (x, place),
            xytext=(6, 0),
            textcoords="offset points",
            color=INK[kind],
            va="center",
            annotation_clip=False,
        )


def apart(heights: Sequence[float], gap: float) -> list[float]:
    """Rising heights moved as little as keeps them ``gap`` apart (least squares)."""
    groups: list[list[float]] = []
    for k, height in enumerate(heights):
        groups.append([height - k * gap])
        # Neighbours out of order share their mean: pool adjacent violators.
        while len(groups) > 1 and fmean(groups[-2]) > fmean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    levels = [fmean(group) for group in groups for _ in group]
    return [level + k * gap for k, level in enumerate(levels)]


def svg_text(figure: Figure) -> str:
    """SVG of a figure: the same figure gives the same bytes, on any day.

    Not the sixth decimal of a coordinate that lies half way: a layout's last digits,
    which differ from run to run, round it.
    """
    stream = io.StringIO()
    with house_style():
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    # Trailing blanks are the only part of matplotlib's output that editors change.
    text = "\n".join(row.rstrip() for row in stream.getvalue().splitlines()) + "\n"
    return _clips_by_content(text)


def _clips_by_content(svg: str) -> str:
    """Clip paths named by what is written of them.

    matplotlib names them by all digits of where axes are, and the layout that finds
    that place differs in the last ones from run to run.
    """
    names: dict[str, str] = {}

    def once(match: re.Match[str]) -> str:
        name = f"p{hashlib.sha256(match['content'].encode()).hexdigest()[:10]}"
        again = name in names.values()
        names[match["name"]] = name
        return "" if again else match[0]

    kept = _CLIP.sub(once, svg)
    return _CLIPPED.sub(lambda match: match[1] + names.get(match[2], match[2]), kept)


def saved_svg(figure: Figure) -> str:
    """SVG of a figure as it was last saved; drawn now where it was not."""
    return _saved.get(figure) or svg_text(figure)


def save_figure(figure: Figure, stem: Path) -> list[Path]:
    """Write ``STEM.svg`` and ``STEM.png`` (200 dots per inch); returns both paths."""
    svg = stem.with_name(stem.name + ".svg")
    png = stem.with_name(stem.name + ".png")
    _saved[figure] = svg_text(figure)
    svg.write_text(_saved[figure], encoding="utf-8")
    with house_style():
        figure.savefig(png, format="png", metadata={"Software": None})
    return [svg, png]
