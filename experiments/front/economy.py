"""Economies as users ask them: every answer labelled, with units, and drawn on demand.

An answer is an ``xarray.Dataset`` (or a table): each variable has the attributes
``units`` and ``long_name``. What is computed, and how, stands in
``calibration.economies.answers``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies import answers
from ...calibration.economies.moments import model_moments
from ...calibration.economies.protocol import Economy as Solved
from ...calibration.economies.responses import who_bears
from ...calibration.economies.series import simulated_panel
from ...calibration.economies.sticky import StickyEconomy
from ...calibration.economies.store import EconomyStore
from ...calibration.record.moments import ERAS, shipped_moments
from ...calibration.record.observables import TENOR
from ...errors import FiscaxError
from ...models.declaration import Model, not_found
from ...models.documents.equations import (
    equation_table,
    latex,
    markdown,
    variable_table,
)
from . import MEMORY

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

DOCUMENTS = {"markdown": markdown, "latex": latex}
PERCENT, BASIS_POINTS = "percent per year", "basis points"
ANNUAL, OUTPUT = "ratio to annual output", "percent of annual GDP"
# Name here, name in the solver's term structure, and what it is.
PARTS = {
    "yield": ("yield", "nominal yield"),
    "real_yield": ("real", "real yield"),
    "expected_real_rate": ("expected_real_rate", "average expected real short rate"),
    "expected_inflation": ("expected_inflation", "average expected inflation"),
    "inflation_compensation": (
        "inflation_compensation",
        "one-quarter inflation compensation, with convexity",
    ),
    "real_term_premium": ("real_term_premium", "term premium of the real curve"),
    "inflation_risk_premium": ("inflation_risk_premium", "inflation risk premium"),
    "term_premium": ("term_premium", "nominal term premium"),
    "convenience": ("convenience", "convenience yield"),
}
EXPECTED = ("expected_real_rate", "expected_inflation", "inflation_compensation")
NEWS = {
    "persistent": "news of spending, 1% of GDP at first, that dies out slowly",
    "one_time": "a transfer of 1% of annual GDP, once",
    "stress_1sd": "stress of one standard deviation",
    "stress_3sd": "stress of three standard deviations",
}
PAYERS = {
    "taxpayers": "share_taxpayers",
    "bondholders": "share_bondholders",
    "users of convenience": "share_convenience",
}
ENTRIES = {
    "debt": "debt with this quarter's payments",
    "tax": "value of taxes",
    "spending": "value of spending",
    "convenience": "value of convenience services",
    "residual": "what the identity leaves",
}
# Declared unit -> factor and unit in which a response is given.
_SCALES = {
    "log per quarter": (40_000.0, BASIS_POINTS),
    "quarters of output": (25.0, OUTPUT),
    "ratio to output": (100.0, "percent of output"),
    "ratio to technology": (100.0, "percent"),
    "log": (100.0, "percent"),
    "log of quarters of dividends": (100.0, "percent"),
}
ASSETS = {
    "bond_10y": "bond_stock_beta_quarterly_10y",
    "treasury_portfolio": "treasury_portfolio_beta",
}
RESPONSES = ("inflation", "policy_rate", "yield_10y", "debt_value")
_QUARTERS = {tenor: n for n, tenor in TENOR.items()}


def economy(
    name: str | Path,
    *,
    regime: str | None = None,
    grid: str = "fine",
    order: int = 3,
    **overrides: Any,
) -> Economy:
    """Solve an economy by name, with parameters of your own.

    Parameters
    ----------
    name
        ``"safe"``, ``"risky"`` or ``"switching"`` (flexible prices, solved globally);
        ``"sticky_safe"``, ``"sticky_risky"``, ``"sticky_supply"`` or
        ``"sticky_switching"`` (sticky prices, solved by perturbation); or a parameter
        file of your own, ``*.toml``.
    regime
        The regime to be asked in, where there are several; the first one if None.
    grid
        Of an economy with flexible prices. ``"fine"`` meets the accuracy goals, the
        report's numbers are its numbers, and takes minutes the first time (solutions
        are kept). ``"coarse"`` takes seconds to a minute and costs accuracy: ten-year
        yields and premia are off by up to a tenth of a percentage point, responses to
        news by some percent of themselves; ``fiscax run regimes`` prints the distance
        of every number. Shipped intercepts are then taken as they are.
    order
        1, 2 or 3, of an economy with sticky prices: premia need 2, premia that move 3.
    **overrides
        Parameter -> value, in the units of its declaration (``Economy.parameters``
        lists them); a value by regime is a mapping. Intercepts are solved for again.

    Returns
    -------
    Economy

    Raises
    ------
    FiscaxError
        No such economy, regime, grid or parameter (with a suggestion), or a value that
        is not admissible (with the interval that is).
    SolutionError
        And its kind ``DeterminacyError``: what failed, in which equation or parameter.

    Examples
    --------
    >>> import fiscax
    >>> risky = fiscax.economy("risky", grid="coarse")
    >>> risky.curve()["yield"].sel(maturity=10).round(1).item()
    4.7
    >>> fiscax.economy("risky", tehta=0.9)
    Traceback (most recent call last):
        ...
    fiscax.calibration.economies.store.OverrideError: ...did you mean theta...
    """
    store = EconomyStore(overrides, memory=MEMORY)
    found = answers.solved(store, name, regime, grid, order)
    label = Path(name).stem if str(name).endswith(".toml") else str(name)
    return Economy(label, found, dict(overrides))


@dataclass(frozen=True, eq=False, repr=False)
class Economy:
    """A solved economy: ask it, or draw what it answers.

    Made by ``fiscax.economy``. Where it rests is the mean of its states in the regime
    (flexible prices), or the point at which it stays without shocks but with risk
    (sticky prices).

    Attributes
    ----------
    name
        As it was asked for.
    solved
        The solved economy behind it, in arrays.
    overrides
        Parameters that were changed.
    """

    name: str
    solved: Solved
    overrides: Mapping[str, Any]

    def __repr__(self) -> str:
        regimes = self.regimes
        inside = f", in its {self.regime} regime" if len(regimes) > 1 else ""
        changed = "".join(f", {k} = {v}" for k, v in self.overrides.items())
        return f"<economy '{self.name}'{inside}{changed}>"

    @property
    def regimes(self) -> tuple[str, ...]:
        """Names of its regimes."""
        return tuple(self.solved.calibration.economy)

    @property
    def regime(self) -> str:
        """The regime in which it answers."""
        return self.solved.regime

    @property
    def title(self) -> str:
        """Name and, where it has several, regime."""
        return f"{self.name}: {self.regime}" if len(self.regimes) > 1 else self.name

    @cached_property
    def _model(self) -> Model:
        return answers.declaration(self.solved)

    @property
    def solution(self) -> Any:
        """What the solver found, with its evidence, ``determinacy`` among it."""
        return getattr(self.solved, "solution")  # noqa: B009 (of either kind)

    @property
    def parameters(self) -> pd.DataFrame:
        """Value, unit, description and source of every parameter, by name."""
        import pandas as pd

        entries = self.solved.calibration.entries
        rows = {
            e.name: {
                "value": e.value,
                "unit": e.unit,
                "description": e.parameter.description,
                "source": e.source,
            }
            for e in entries
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")

    @property
    def variables(self) -> pd.DataFrame:
        """Every variable, shock and event of the declaration, by name."""
        import pandas as pd

        return pd.DataFrame(variable_table(self._model)).set_index("name")

    @property
    def equations(self) -> pd.DataFrame:
        """Every equation of the declaration: kind, LaTeX, description and source."""
        import pandas as pd

        return pd.DataFrame(equation_table(self._model)).set_index("name")

    def document(self, format: str = "markdown") -> str:
        """The declaration as one text: equations, variables, prices, parameters.

        Parameters
        ----------
        format
            ``"markdown"``, with mathematics between dollar signs, or ``"latex"``, a
            whole document.

        Raises
        ------
        FiscaxError
            There is no such format.

        Examples
        --------
        >>> import fiscax
        >>> text = fiscax.economy("risky", grid="coarse").document()
        >>> "## Parameters" in text
        True
        """
        if format not in DOCUMENTS:
            raise FiscaxError(not_found("format", format, DOCUMENTS))
        return DOCUMENTS[format](self._model)

    @property
    def blocks(self) -> pd.DataFrame:
        """States and unknowns of the blocks, in the order in which they are solved."""
        import pandas as pd

        return pd.DataFrame(
            {
                "block": block.name,
                "states": ", ".join(block.states),
                "unknowns": ", ".join(u.name for u in block.unknowns),
            }
            for block in self._model.blocks
        ).set_index("block")

    @cached_property
    def _curve(self) -> xr.Dataset:
        return self._parts(answers.curve(self.solved), 400.0, PERCENT)

    def curve(self) -> xr.Dataset:
        """Yield curve where the economy rests, and what it is made of.

        Returns
        -------
        ``yield``, ``real_yield`` and the parts, by ``maturity`` (years): percent per
        year, continuously compounded. ``yield`` is ``expected_rate`` plus
        ``term_premium`` less ``convenience``; ``expected_rate`` is what the yield would
        be if nobody minded risk, ``expected_real_rate`` plus ``expected_inflation``
        plus ``inflation_compensation``; ``term_premium`` is ``real_term_premium`` plus
        ``inflation_risk_premium``.

        Examples
        --------
        >>> import fiscax
        >>> curve = fiscax.economy("safe", grid="coarse").curve()
        >>> parts = curve["expected_rate"] + curve["term_premium"]
        >>> bool(abs(parts - curve["convenience"] - curve["yield"]).max() < 1e-8)
        True
        >>> curve["yield"].attrs["units"]
        'percent per year'
        """
        return self._curve.copy()

    def _parts(self, found: Mapping[str, Any], scale: float, unit: str) -> xr.Dataset:
        """Curve parts (m,) as a dataset; sums that have a name of their own too."""
        import xarray as xr

        data = {k: (scale * found[of], text) for k, (of, text) in PARTS.items()}
        data["expected_rate"] = (
            sum(data[k][0] for k in EXPECTED),
            "average expected short rate (no premia, no convenience)",
        )
        data["yield_ex_convenience"] = (
            data["yield"][0] + data["convenience"][0],
            "nominal yield without convenience",
        )
        years = [n / 4 for n in self.solved.maturities]
        return xr.Dataset(
            {
                k: ("maturity", v, {"units": unit, "long_name": text})
                for k, (v, text) in data.items()
            },
            {"maturity": ("maturity", years, {"units": "years"})},
            {"economy": self.title},
        )

    def news(self, kind: str = "persistent") -> xr.Dataset:
        """What news does to the yield curve and to equity on impact.

        Parameters
        ----------
        kind
            ``"persistent"``: spending rises by 1% of GDP and comes back slowly;
            ``"one_time"``: a transfer of 1% of annual GDP; ``"stress_1sd"``,
            ``"stress_3sd"``: disaster risk rises. In a sticky-price economy spending
            news are net of the demand effect, the same news fully funded.

        Returns
        -------
        Changes of the parts of ``curve()`` by ``maturity`` (years), in basis points;
        ``forward_5y5y`` and ``expected_inflation_5y5y``, from five to ten years ahead,
        in basis points; ``equity``, the price of equity, in percent.

        Raises
        ------
        FiscaxError
            There is no such kind.

        Examples
        --------
        >>> import fiscax
        >>> news = fiscax.economy("risky", grid="coarse").news()
        >>> bool(news["yield_ex_convenience"].sel(maturity=10) > 1)
        True
        """
        import xarray as xr

        if kind not in NEWS:
            raise FiscaxError(not_found("kind of news", kind, NEWS))
        found = answers.impact(self.solved, kind)
        data = self._parts(found, 40_000.0, BASIS_POINTS)
        for name in ("yield", "expected_inflation"):
            label = "forward_5y5y" if name == "yield" else f"{name}_5y5y"
            ten, five = (float(data[name].sel(maturity=m)) for m in (10, 5))
            text = f"{data[name].attrs['long_name']}, five years in five years"
            attrs = {"units": BASIS_POINTS, "long_name": text}
            data[label] = xr.DataArray(2 * ten - five, attrs=attrs)
        data["equity"] = xr.DataArray(
            100 * float(found["equity"]),
            attrs={"units": "percent", "long_name": "price of equity"},
        )
        return data.assign_attrs(news=NEWS[kind])

    def ledger(self) -> xr.Dataset:
        """What backs the debt where the economy rests, and who bears spending news.

        Returns
        -------
        ``value`` by ``entry`` (debt, tax, spending, convenience, residual), ratio to
        annual output: debt is tax less spending plus convenience, and the residual is
        what the solution's error leaves. ``share`` by ``payer``, of the value of
        persistent spending news. ``revaluation``: change of the value of debt, in
        percent, per news worth 1% of annual GDP.

        Examples
        --------
        >>> import fiscax
        >>> ledger = fiscax.economy("safe", grid="coarse").ledger()
        >>> ledger["share"].sel(payer="taxpayers").round(2).item()
        1.0
        """
        import xarray as xr

        values, borne = answers.backing(self.solved), who_bears(self.solved)
        worth = {"units": ANNUAL, "long_name": "value"}
        share = {"units": "share of PV(G) news", "long_name": "borne by"}
        change = {
            "units": "percent of debt per PV of 1% of GDP",
            "long_name": "value of debt on spending news",
        }
        return xr.Dataset(
            {
                "value": ("entry", [values[k] / 4 for k in ENTRIES], worth),
                "share": ("payer", [borne[k] for k in PAYERS.values()], share),
                "revaluation": ((), borne["revaluation"], change),
            },
            {
                "entry": list(ENTRIES),
                "long_name": ("entry", list(ENTRIES.values())),
                "payer": list(PAYERS),
            },
            {"economy": self.title},
        )

    def identity(self, points: int = 500) -> xr.Dataset:
        """The valuation identity, state by state, on the ergodic set.

        Parameters
        ----------
        points
            How many states, at most as many as the solver's sample has.

        Returns
        -------
        ``debt``, ``tax``, ``spending``, ``convenience`` and ``residual`` by ``point``,
        ratio to annual output. Attributes: the spectral radius of the growth-adjusted
        pricing operator, below one where surpluses have a value, and the same with
        convenience inside.

        Raises
        ------
        NotOfferedError
            The economy is solved by perturbation.

        Examples
        --------
        >>> import fiscax
        >>> found = fiscax.economy("risky", grid="coarse").identity(50)
        >>> bool(found.attrs["spectral_radius"] < 1)
        True
        """
        import xarray as xr

        found, radii = answers.identity(self.solved, points)
        attrs = {"economy": self.title, **radii}
        data = {
            k: ("point", found[k] / 4, {"units": ANNUAL, "long_name": text})
            for k, text in ENTRIES.items()
        }
        return xr.Dataset(data, attrs=attrs)

    def betas(self) -> xr.Dataset:
        """Equity betas of the ten-year Treasury and of all Treasurys.

        Returns
        -------
        ``beta`` by ``asset``, of quarterly returns, without disasters: simulated with
        flexible prices, in closed form with sticky ones; ``correlation`` of the
        ten-year Treasury with equity. ``contribution`` by ``shock``: what every shock
        adds to the beta of the ten-year zero-coupon bond's unexpected return, which is
        the beta with sticky prices. No units.

        Examples
        --------
        >>> import fiscax
        >>> betas = fiscax.economy("sticky_risky", order=1).betas()
        >>> beta = betas["beta"].sel(asset="bond_10y")
        >>> bool(abs(betas["contribution"].sum() - beta) < 1e-10)
        True
        """
        import xarray as xr

        found = self.solved.return_betas()
        parts = self.solved.surprises.beta_by_shock("10y")
        words = {k.name: k.description for k in self._model.shocks}
        beta = {"units": "ratio", "long_name": "equity beta"}
        correlation = found["stock_bond_return_correlation"]
        return xr.Dataset(
            {
                "beta": ("asset", [found[k] for k in ASSETS.values()], beta),
                "correlation": (
                    (),
                    correlation,
                    {"units": "correlation", "long_name": "of bonds and equity"},
                ),
                "contribution": (
                    "shock",
                    list(parts.values()),
                    {"units": "ratio", "long_name": "part of the 10-year beta"},
                ),
            },
            {
                "asset": list(ASSETS),
                "shock": list(parts),
                "description": ("shock", [words[k] for k in parts]),
            },
            {"economy": self.title},
        )

    def moments(
        self,
        periods: int = 400,
        paths: int = 200,
        seed: int = 0,
        era: str | None = None,
    ) -> xr.Dataset:
        """Simulated moments in the definitions of the record.

        Parameters
        ----------
        periods, paths
            Quarters on every path after a burn-in, and number of paths.
        seed
            Of the random draws.
        era
            Put the US record of these years beside: ``"1962-1997"``, ``"1998-2019"``,
            ``"2020-present"``, ``"2022-present"``.

        Returns
        -------
        ``value`` and ``monte_carlo_error`` by ``moment``, whose ``unit`` and
        ``definition`` stand beside; with an era ``record`` and ``standard_error``,
        missing where the record has none. Without disasters, in the regime asked.

        Raises
        ------
        FiscaxError
            There is no such era.
        NotOfferedError
            The solution cannot be simulated: ``"sticky_switching"``.
        SolutionError
            A sample that does not define a moment: simulate longer.

        Examples
        --------
        >>> import fiscax
        >>> risky = fiscax.economy("sticky_risky", order=1)
        >>> moments = risky.moments(periods=80, paths=20, era="2022-present")
        >>> str(moments["unit"].sel(moment="inflation_mean").item())
        'percent per year'
        """
        if era is not None and era not in ERAS:
            raise FiscaxError(not_found("era", era, ERAS))
        answers.needs_samples(self.solved)
        regime = self.regime if len(self.regimes) > 1 else None
        table = model_moments(self.solved, regime, periods, paths, seed)
        table = table.set_index("name")
        kept = table[["value", "monte_carlo_error", "unit", "definition"]]
        if era is not None:
            record = shipped_moments()
            own = record[record["era"] == era].set_index("name")
            kept = kept.assign(
                record=own["value"], standard_error=own["standard_error"]
            )
        data = kept.rename_axis("moment").to_xarray()
        return data.set_coords(["unit", "definition"]).assign_attrs(economy=self.title)

    def simulate(self, periods: int = 400, paths: int = 1, seed: int = 0) -> xr.Dataset:
        """Simulated quarterly series in the record's units, without disasters.

        Parameters
        ----------
        periods, paths
            Quarters on every path after a burn-in, and number of paths.
        seed
            Of the random draws.

        Returns
        -------
        Par yields, premia, spreads, returns, inflation, growth, debt, taxes and
        spending by ``time`` (quarters) and ``path``, each with its ``units``; what runs
        from a date to later ones is missing at the end. ``regime`` is the position of
        the regime.

        Raises
        ------
        NotOfferedError
            The solution cannot be simulated: ``"sticky_switching"``.

        Examples
        --------
        >>> import fiscax
        >>> sample = fiscax.economy("sticky_safe", order=1).simulate(40, paths=3)
        >>> dict(sample["yield_10y"].sizes)
        {'time': 40, 'path': 3}
        >>> sample["yield_10y"].attrs["units"]
        'percent per year'
        """
        import xarray as xr

        answers.needs_samples(self.solved)
        panel = simulated_panel(self.solved, periods, paths, seed)
        data: dict[str, Any] = {}
        for name, values in panel.series.items():
            whole = np.full((periods, values.shape[1]), np.nan)
            whole[: len(values)] = values
            unit = _unit_of_series(name)
            attrs = {"units": unit, "long_name": name.replace("_", " ")}
            data[name] = (("time", "path"), whole, attrs)
        data["regime"] = (("time", "path"), panel.regimes, {"units": "position"})
        return xr.Dataset(data, attrs={"economy": self.title, "seed": seed})

    def response(
        self,
        shock: str,
        horizon: int = 20,
        outputs: Sequence[str] = RESPONSES,
        size: float = 1.0,
    ) -> xr.Dataset:
        """Response to a shock, along the path without later shocks or disasters.

        Parameters
        ----------
        shock
            Its name; ``Economy.variables`` lists them.
        horizon
            Quarters, the quarter of the shock included.
        outputs
            Variables of the declaration, and parts of ``curve()`` with a maturity:
            ``"yield_10y"``, ``"term_premium_5y"``.
        size
            Of the shock, in standard deviations.

        Returns
        -------
        Differences to rest by ``horizon`` (quarters): rates in basis points a year,
        values in percent of annual GDP, ratios to output and logs in percent.

        Raises
        ------
        FiscaxError
            No such shock or variable, with a suggestion.

        Examples
        --------
        >>> import fiscax
        >>> response = fiscax.economy("risky", grid="coarse").response("e_z", 8)
        >>> response["yield_10y"].attrs["units"]
        'basis points'
        """
        import xarray as xr

        words = {s.name: s.description for s in self._model.shocks}
        if shock not in words:
            raise FiscaxError(not_found("shock", shock, words))
        wanted = {name: self._output(name) for name in outputs}
        inside = [of for of, _, _ in wanted.values()]
        push = self.solved.shock(shock, size)
        found = self.solved.respond(push, inside, horizon)
        data = {}
        for name, (of, unit, text) in wanted.items():
            scale, printed = _SCALES.get(unit, (1.0, unit))
            attrs = {"units": printed, "long_name": text}
            data[name] = ("horizon", scale * np.asarray(found[of]), attrs)
        quarters = ("horizon", np.arange(horizon), {"units": "quarters"})
        attrs = {"economy": self.title, "shock": f"{size:g} s.d. of {words[shock]}"}
        return xr.Dataset(data, {"horizon": quarters}, attrs)

    def _output(self, name: str) -> tuple[str, str, str]:
        """Name in the solution, declared unit and words of something that responds."""
        part, _, tenor = name.rpartition("_")
        if part in PARTS and tenor in _QUARTERS:
            of, text = PARTS[part]
            years = f"{text}, {tenor}"
            return f"{of}_{_QUARTERS[tenor]}", "log per quarter", years
        table = self.variables
        table = table[table["kind"].isin(["state", "unknown", "definition"])]
        known = [str(n) for n in table.index]
        if isinstance(self.solved, StickyEconomy):
            known = [n for n in known if n in self.solved.solution.variables]
        if name not in known:
            curves = [f"{p}_{t}" for p in PARTS for t in _QUARTERS]
            raise FiscaxError(not_found("variable", name, [*known, *curves]))
        row = table.loc[name]
        return name, str(row["unit"]), str(row["description"])

    def accuracy(self, points: int = 2000) -> pd.DataFrame:
        """Errors of every equation on fresh points of the ergodic set.

        Parameters
        ----------
        points
            How many.

        Returns
        -------
        One row per equation and regime; errors are log10 of relative residuals.
        """
        import pandas as pd

        return pd.DataFrame(self.solution.accuracy(points))

    def in_regime(self, regime: str) -> Economy:
        """The same economy, asked in another of its regimes.

        Raises
        ------
        FiscaxError
            The economy has no such regime.
        """
        return replace(self, solved=answers.member(self.solved.members, regime))

    def plot_curve(
        self,
        parts: Sequence[str] = ("yield", "real_yield", "term_premium"),
        axes: Axes | None = None,
    ) -> Axes:
        """Draw parts of ``curve()`` by maturity; new axes unless some are given.

        Examples
        --------
        >>> import fiscax
        >>> axes = fiscax.economy("sticky_risky").plot_curve(["yield"])
        >>> axes.get_ylabel()
        'percent per year'
        """
        from .figure import draw_parts

        return draw_parts(self.curve(), parts, axes)

    def plot_news(
        self,
        kind: str = "persistent",
        parts: Sequence[str] = ("yield", "expected_rate", "term_premium"),
        axes: Axes | None = None,
    ) -> Axes:
        """Draw what news does to parts of the curve by maturity."""
        from .figure import draw_parts

        return draw_parts(self.news(kind), parts, axes)

    def plot_ledger(self, axes: Axes | None = None) -> Axes:
        """Draw who bears news of spending."""
        from .figure import draw_ledger

        return draw_ledger(self.ledger(), axes)

    def plot_response(
        self,
        shock: str,
        horizon: int = 20,
        outputs: Sequence[str] = ("policy_rate", "inflation", "yield_10y"),
        axes: Axes | None = None,
    ) -> Axes:
        """Draw responses of one unit to a shock by quarter.

        Raises
        ------
        FiscaxError
            The outputs have different units: draw them on axes of their own.
        """
        from .figure import draw_response

        return draw_response(self.response(shock, horizon, outputs), axes)


_UNITS_OF_SERIES = (
    (("yield_", "term_premium_", "breakeven_", "real_short_rate"), PERCENT),
    (("inflation", "growth", "consumption_growth"), PERCENT),
    (("treasury_premium_", "aaa_", "commercial_paper_"), BASIS_POINTS),
    (("equity_annual", "portfolio_annual"), "percent over a year"),
    (("equity_", "bond_excess_"), "percent over a quarter"),
    (("treasury_duration",), "years"),
)


def _unit_of_series(name: str) -> str:
    for starts, unit in _UNITS_OF_SERIES:
        if name.startswith(starts):
            return unit
    return "percent of GDP"
