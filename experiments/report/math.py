r"""LaTeX of a declaration as inline SVG: outlines of STIX, which matplotlib brings.

The page then shows the same formula on every machine and on paper, without network,
script or installed font. What matplotlib's mathtext cannot read stays as code.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

# Units of the outlines per em of the text around them.
_EM = 250
# A function after a symbol or bracket stands clear of it.
_FUNCTION = re.compile(r"(?<=[\w})\]]) (?=\\(?:exp|log)\b)")
# Names of several letters stand upright; commands and \text{...} stay as they are.
_WORDS = re.compile(r"\\text\{[^}]*\}|(?<![\\A-Za-z])[A-Za-z]{2,}")


@lru_cache(maxsize=1024)
def formula(latex: str, display: bool = False) -> str:
    """Inline SVG of a formula on the baseline of the text, in the text's colour.

    ``display`` sets fractions that are not inside others at full size.
    """
    label = html.escape(latex, quote=True)
    text = _large_fractions(latex) if display else latex
    text = _FUNCTION.sub(r" \\, ", _WORDS.sub(_upright, text))
    try:
        outline, (left, bottom, right, top) = _outline(text)
    except ValueError:
        return f"<code>{label}</code>"
    width, height = right - left, top - bottom
    size = f"width:{width / _EM:.3f}em;height:{height / _EM:.3f}em"
    return (
        f'<svg class="math" role="img" aria-label="{label}" '
        f'viewBox="{left} {-top} {width} {height}" '
        f'style="{size};vertical-align:{bottom / _EM:.3f}em">'
        f'<path d="{outline}"/></svg>'
    )


def _upright(match: re.Match[str]) -> str:
    text = match.group()
    return text if text.startswith("\\") else rf"\mathrm{{{text}}}"


def _large_fractions(latex: str) -> str:
    """Display style for the fractions outside of every brace."""
    depth, out = 0, []
    for piece in re.split(r"([{}]|\\frac)", latex):
        depth += {"{": 1, "}": -1}.get(piece, 0)
        out.append(r"\dfrac" if piece == r"\frac" and depth == 0 else piece)
    return "".join(out)


def _outline(latex: str) -> tuple[str, tuple[int, int, int, int]]:
    """SVG path with y downwards, and the box around it with y upwards."""
    import math

    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path
    from matplotlib.textpath import TextPath

    font = FontProperties(family="STIXGeneral", math_fontfamily="stix")
    path = TextPath((0, 0), f"${latex}$", size=_EM, prop=font)
    if not len(path.vertices):
        raise ValueError(f"nothing to draw in {latex!r}")
    marks = {
        Path.MOVETO: "M",
        Path.LINETO: "L",
        Path.CURVE3: "Q",
        Path.CURVE4: "C",
    }
    parts = []
    for points, code in path.iter_segments(simplify=False, curves=True):
        if code == Path.CLOSEPOLY:
            parts.append("Z")
            continue
        # iter_segments gives a plain code, whatever the stubs say.
        mark = marks[int(code)]  # type: ignore[arg-type]
        pairs = zip(points[::2], points[1::2], strict=True)
        parts.append(mark + " ".join(f"{round(x)} {-round(y)}" for x, y in pairs))
    box = path.get_extents()
    # An outline may touch the edge of its box: one unit more on every side.
    edges = (box.x0 - 1, box.y0 - 1, box.x1 + 1, box.y1 + 1)
    left, bottom, right, top = (math.floor(e) for e in edges)
    return "".join(parts), (left, bottom, right + 1, top + 1)
