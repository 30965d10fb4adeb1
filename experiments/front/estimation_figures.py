"""Figures of an estimate: parameters, traces, responses with bands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..report.figures import COLOURS, house_style, line, new_figure, zero_line

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...solvers.estimation.mode import Mode
    from ...solvers.estimation.posterior import Posterior
    from ...solvers.estimation.sampling import Draws

_COLUMNS = 3
# Points of a trace: more cannot be told apart in print.
_POINTS = 600
_CHAINS = ("safe", "risky", "switching", "other", "data", "muted")
_INNER, _OUTER = (0.16, 0.84), (0.05, 0.95)


def _panels(count: int, height: float = 2.1) -> tuple[Figure, list[Axes]]:
    """A grid of ``count`` axes; the others are hidden."""
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    width, tall = max(3 * columns, 4.6), height * rows + 1.0
    figure, axes = new_figure(rows, columns, width=width, height=tall)
    places = list(np.atleast_1d(axes).ravel())
    for place in places[count:]:
        place.set_visible(False)
    return figure, places[:count]


@house_style()
def parameters_figure(target: Posterior, mode: Mode, draws: Draws | None) -> Figure:
    """Prior, posterior and mode of every parameter."""
    figure, places = _panels(len(target.names))
    for i, (place, name) in enumerate(zip(places, target.names, strict=True)):
        centre = mode.values[i]
        grid = _grid(target, mode, i)
        prior = target.densities[i]
        if prior is not None:
            own = line("other", label="prior")
            place.plot(grid, prior.distribution.pdf(grid), **own)
        if draws is None:
            size = mode.standard_deviation[i]
            height = np.exp(-0.5 * ((grid - centre) / size) ** 2)
            height /= size * math.sqrt(2 * math.pi)
            place.plot(grid, height, **line("risky", label="normal at the mode"))
        else:
            style = {"color": COLOURS["risky"], "alpha": 0.5}
            values = draws.values[..., i].ravel()
            bins = int(np.clip(2 * len(values) ** (1 / 3), 15, 50))
            place.hist(values, bins, density=True, label="posterior draws", **style)
        place.axvline(centre, color="#333333", linewidth=0.9, label="posterior mode")
        place.set_yticks([])
        place.set_title(name, fontsize="medium")
    handles, labels = places[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.suptitle("What the data add to the prior")
    return figure


def _grid(target: Posterior, mode: Mode, i: int) -> np.ndarray:
    """Where a parameter is drawn: most of the prior and of the posterior."""
    centre, size = mode.values[i], mode.standard_deviation[i]
    ends = [centre - 4 * size, centre + 4 * size]
    prior = target.densities[i]
    if prior is not None:
        ends += [float(prior.distribution.ppf(q)) for q in (0.02, 0.98)]
    bounds = target.bounds
    low, high = max(min(ends), bounds.low[i]), min(max(ends), bounds.high[i])
    return np.linspace(low, high, 402)[1:-1]


@house_style()
def traces_figure(values: np.ndarray, mode: Mode, table: pd.DataFrame) -> Figure:
    """Chains (c, n, k) of every parameter in ``table``, thinned, beside the mode."""
    every = max(values.shape[1] // _POINTS, 1)
    figure, places = _panels(len(table), 1.8)
    effective = table["ess_bulk"].to_numpy()
    for i, (place, name) in enumerate(zip(places, table.index, strict=True)):
        for chain, own in enumerate(values[:, ::every, i]):
            colour = COLOURS[_CHAINS[chain % len(_CHAINS)]]
            dates = every * np.arange(len(own))
            style = {"color": colour, "linewidth": 0.5, "alpha": 0.8}
            place.plot(dates, own, label=f"chain {chain + 1}", **style)
        place.axhline(mode.values[i], color="#333333", linewidth=0.9)
        told = f"{name}: {effective[i]:.0f} effective draws"
        place.set_title(told, fontsize="small")
        place.margins(x=0)
    for place in places[-_COLUMNS:]:
        place.set_xlabel("draw")
    if len(values) <= len(_CHAINS):
        handles, labels = places[0].get_legend_handles_labels()
        legend = figure.legend(
            handles, labels, loc="outside lower center", ncols=len(values)
        )
        for handle in legend.get_lines():
            handle.set_linewidth(2.0)
    title = "Do the chains wander over the same places?"
    if "r_hat" in table:
        title += f" Largest R-hat {table['r_hat'].max():.3f}"
    figure.suptitle(title)
    return figure


@house_style()
def responses_figure(responses: xr.DataArray, shock: str) -> Figure:
    """Median responses to a shock with bands of 68 and 90 percent of draws."""
    own = responses.sel(shock=shock)
    names = [str(n) for n in own["variable"].values]
    moving = [n for n in names if float(np.abs(own.sel(variable=n)).max()) > 1e-12]
    figure, places = _panels(max(len(moving), 1))
    horizon = own["horizon"].values
    for place, name in zip(places, moving, strict=False):
        values = own.sel(variable=name).transpose("draw", "horizon").values
        zero_line(place)
        bands = ((_OUTER, 0.18, "90 percent of draws"), (_INNER, 0.34, "68 percent"))
        for ends, alpha, label in bands:
            low, high = np.quantile(values, ends, axis=0)
            fill = {"color": COLOURS["safe"], "alpha": alpha, "linewidth": 0}
            place.fill_between(horizon, low, high, label=label, **fill)
        middle = np.median(values, axis=0)
        place.plot(horizon, middle, **line("safe", label="median"))
        place.set_title(name, fontsize="medium")
        place.margins(x=0)
    for place in places[-_COLUMNS:]:
        place.set_xlabel("periods")
    handles, labels = places[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.suptitle(
        f"What one standard deviation of {shock} does, given what the data leave open"
    )
    return figure


@house_style()
def moments_figure(table: pd.DataFrame) -> Figure:
    """Distances of the model's moments to the data's, in standard errors."""
    names = [str(n) for n in table.index]
    distance = table["distance"].to_numpy()
    height = 1.5 + 0.28 * len(names)
    figure, place = new_figure(width=7.0, height=height)
    rows = np.arange(len(names))[::-1]
    place.axvspan(-1.96, 1.96, color=COLOURS["muted"], alpha=0.2, linewidth=0)
    place.axvline(0.0, color="#777777", linewidth=0.9)
    place.plot(distance, rows, **line("risky", linestyle="none", marker="o"))
    place.set_yticks(rows, names)
    place.set_ylim(-0.7, len(names) - 0.3)
    place.grid(visible=False, axis="y")
    place.set_xlabel("model less data, in standard errors of the data's moment")
    figure.suptitle("Which moments does the model miss? Grey: 95 percent of samples")
    return figure
