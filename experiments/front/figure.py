"""Drawings of labelled answers: every function returns the axes on which it drew."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from ...errors import FiscaxError
from ...models.declaration import not_found
from ..report import labels
from ..report.figures import COLOURS, line, zero_line
from ..report.figures import house_style as report_style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

# Parts of a beta below this in every economy are not drawn.
SMALL = 0.002
# Characters of a line of a title.
_TITLE = 46
# Kinds of lines in the order in which the parts of an answer take them.
_KINDS = ("safe", "risky", "switching", "other", "data", "muted")


@contextmanager
def house_style() -> Iterator[None]:
    """Draw inside the block as fiscax does, in the letters that you use anyway.

    Letters are chosen when a figure is shown, after the block: those of the report
    would be mixed with others.

    Examples
    --------
    >>> import fiscax, matplotlib.pyplot as plt
    >>> with fiscax.house_style():
    ...     figure, axes = plt.subplots()
    """
    own = mpl.rcParams["font.family"]
    with report_style():
        mpl.rcParams["font.family"] = own
        yield


@house_style()
def new_axes(columns: int = 1, width: float = 5.0, **options: Any) -> Any:
    """Axes of a new figure that pyplot knows, so that notebooks show it."""
    import matplotlib.pyplot as plt

    size = (width * columns, 4.2)
    return plt.subplots(1, columns, figsize=size, layout="constrained", **options)[1]


def _one(width: float = 5.0) -> Axes:
    return new_axes(width=width)


@house_style()
def draw_parts(data: xr.Dataset, parts: Sequence[str], axes: Axes | None) -> Axes:
    """Draw variables of one unit by maturity.

    Raises
    ------
    FiscaxError
        There is no such part.
    """
    return _draw_lines(data, parts, "maturity", axes, data.attrs.get("news", ""))


@house_style()
def draw_response(data: xr.Dataset, axes: Axes | None) -> Axes:
    """Draw responses by quarter.

    Raises
    ------
    FiscaxError
        They have different units.
    """
    names = [str(n) for n in data.data_vars]
    return _draw_lines(data, names, "horizon", axes, data.attrs["shock"])


def _draw_lines(
    data: xr.Dataset, names: Sequence[str], along: str, axes: Axes | None, cause: str
) -> Axes:
    known = [str(n) for n, v in data.data_vars.items() if v.dims == (along,)]
    for name in names:
        if name not in known:
            raise FiscaxError(not_found("part", name, known))
    units = {data[n].attrs["units"] for n in names}
    if len(units) > 1:
        raise FiscaxError(
            f"{', '.join(names)} are in different units ({', '.join(sorted(units))}): "
            "draw those of one unit"
        )
    axes = axes or _one()
    where = data[along]
    for k, name in enumerate(names):
        kind = _KINDS[k % len(_KINDS)]
        plain: dict[str, Any] = {"color": COLOURS[kind]}
        style = plain if kind == "data" else line(kind)
        text = data[name].attrs["long_name"]
        axes.plot(where.values, data[name].values, **style, label=text)
    zero_line(axes)
    _title(axes, data.attrs["economy"], cause)
    axes.set(xlabel=where.attrs["units"], ylabel=units.pop() if units else "")
    # Below the axes, where no line can run through it.
    axes.legend(
        frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(-0.02, -0.18)
    )
    return axes


def _title(axes: Axes, economy: str, cause: str) -> None:
    """The economy, and below it what happens, in lines that fit the axes."""
    lines = [economy, *textwrap.wrap(cause, _TITLE)]
    axes.set_title("\n".join(lines), fontsize="medium", loc="left")


@house_style()
def draw_ledger(data: xr.Dataset, axes: Axes | None) -> Axes:
    """Bars: the share of spending news that each payer bears, in percent."""
    axes = axes or _one()
    payers = [str(p) for p in data["payer"].values]
    places = np.arange(len(payers))
    axes.bar(places, 100 * data["share"].values, width=0.6, color=COLOURS["safe"])
    zero_line(axes)
    axes.set_xticks(places, [labels.capital(p) for p in payers])
    _title(axes, data.attrs["economy"], "who bears spending news")
    axes.set_ylabel("percent of the news")
    return axes


@house_style()
def draw_shocks(shares: dict[str, xr.DataArray], axes: Axes | None) -> Axes:
    """Bars by economy: what every shock adds to the beta of the ten-year bond.

    Shocks that add next to nothing in every economy are left out.
    """
    axes = axes or _one(width=8.0)
    width = 0.8 / len(shares)
    sizes = np.max([np.abs(v.values) for v in shares.values()], axis=0)
    shares = {k: v[sizes > SMALL] for k, v in shares.items()}
    first = next(iter(shares.values()))
    places = np.arange(first.sizes["shock"])
    for k, (name, parts) in enumerate(shares.items()):
        kind = _KINDS[k % len(_KINDS)]
        at = places + (k - (len(shares) - 1) / 2) * width
        axes.bar(at, parts.values, width, color=COLOURS[kind], label=name)
    words = [str(w).replace(" ", "\n", 1) for w in first["description"].values]
    axes.set_xticks(places, words, fontsize=9)
    axes.set_ylabel("part of the beta")
    zero_line(axes)
    axes.legend(frameon=False)
    return axes
