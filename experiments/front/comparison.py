"""Economies side by side: the same questions, their answers and the difference."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import FiscaxError
from ...models.declaration import not_found
from ..report import labels
from .economy import ASSETS, PAYERS, Economy, economy

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import xarray as xr

    from ...calibration.parameters.calibration import Calibration

PLOTS = ("curve", "news", "ledger", "shocks")
# Questions of the table, and the news behind them.
_QUESTIONS = {
    "spending news": "persistent",
    "a transfer": "one_time",
    "stress": "stress_1sd",
    "severe stress": "stress_3sd",
}
# Rows per news: variable and maturity.
_ROWS = {
    "yield_10y_ex_convenience": ("yield_ex_convenience", 10),
    "yield_10y": ("yield", 10),
    "yield_3m": ("yield", 0.25),
    "forward_5y5y": ("forward_5y5y", None),
    "term_premium_10y": ("term_premium", 10),
    "expected_inflation_5y5y": ("expected_inflation_5y5y", None),
    "convenience_10y": ("convenience", 10),
    "equity": ("equity", None),
}
_LEVELS = {
    "yield_3m": ("yield", 0.25),
    "yield_10y": ("yield", 10),
    "term_premium_10y": ("term_premium", 10),
    "convenience_10y": ("convenience", 10),
}


def compare(
    *economies: str | Path | Economy,
    grid: str = "fine",
    order: int = 3,
    **overrides: Any,
) -> Comparison:
    """Ask economies the same questions.

    Parameters
    ----------
    *economies
        Two or more: names, parameter files, or economies that are solved already.
    grid, order, **overrides
        Of those given by name, as in ``fiscax.economy``.

    Returns
    -------
    Comparison

    Raises
    ------
    FiscaxError
        Fewer than two economies, two of one name, and whatever ``fiscax.economy``
        refuses.

    Examples
    --------
    >>> import fiscax
    >>> both = fiscax.compare("sticky_safe", "sticky_risky")
    >>> paid = both.table.loc[("who pays", "share_bondholders")]
    >>> bool(abs(paid["sticky_safe"]) < 1e-6 < 0.05 < paid["sticky_risky"])
    True
    """
    solved = [
        e if isinstance(e, Economy) else economy(e, grid=grid, order=order, **overrides)
        for e in economies
    ]
    names = [e.title for e in solved]
    if len(solved) < 2 or len(set(names)) < len(names):
        raise FiscaxError(
            f"give two or more economies of different names, not {names}: one with "
            "changed parameters is told apart by dataclasses.replace(economy, name=...)"
        )
    return Comparison(dict(zip(names, solved, strict=True)))


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Economies by name, asked the same questions.

    Attributes
    ----------
    economies
        In the order given.
    """

    economies: dict[str, Economy]

    def __repr__(self) -> str:
        return f"<comparison of {' and '.join(self.economies)}>"

    @cached_property
    def table(self) -> pd.DataFrame:
        """Answers by ``question`` and ``quantity``.

        A column per economy, ``difference`` (second less first) where there are two,
        ``unit`` and ``meaning``.
        """
        import pandas as pd

        found = {name: _answers(e) for name, e in self.economies.items()}
        first = next(iter(found.values()))
        rows = {k: {n: found[n][k][0] for n in found} for k in first}
        index = pd.MultiIndex.from_tuples(list(rows), names=["question", "quantity"])
        table = pd.DataFrame(list(rows.values()), index=index)
        if len(found) == 2:
            one, other = found
            table["difference"] = table[other] - table[one]
        table["unit"] = [first[k][1] for k in rows]
        table["meaning"] = [first[k][2] for k in rows]
        return table

    @property
    def parameters(self) -> pd.DataFrame:
        """Exactly the parameters in which the economies differ, by name."""
        import pandas as pd

        every = {n: e.solved.calibration for n, e in self.economies.items()}
        first, *others = every.values()
        names = {r["name"]: r for o in others for r in first.differences(o)}
        rows = [
            {
                "parameter": name,
                **{n: _value(c, name) for n, c in every.items()},
                "unit": r["unit"],
                "role": r["role"],
            }
            for name, r in names.items()
        ]
        columns = ["parameter", *every, "unit", "role"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")

    @property
    def curves(self) -> xr.Dataset:
        """``Economy.curve`` by ``economy``."""
        import pandas as pd
        import xarray as xr

        along = pd.Index(list(self.economies), name="economy")
        return xr.concat([e.curve() for e in self.economies.values()], along)

    def plot(self, what: str = "curve", **options: Any) -> np.ndarray:
        """Draw the economies side by side.

        Parameters
        ----------
        what
            ``"curve"``, ``"news"``, ``"ledger"``: ``Economy.plot_curve`` and so on, an
            economy each; ``"shocks"``: on one axes what every shock adds to the beta of
            the ten-year Treasury.
        **options
            Of that method, without ``axes``.

        Returns
        -------
        Array of matplotlib axes.

        Raises
        ------
        FiscaxError
            There is no such drawing.
        """
        import numpy as np

        from .figure import draw_shocks, new_axes

        if what not in PLOTS:
            raise FiscaxError(not_found("drawing", what, PLOTS))
        if what == "shocks":
            parts = {n: e.betas()["contribution"] for n, e in self.economies.items()}
            return np.array([draw_shocks(parts, options.get("axes"))])
        axes = np.atleast_1d(new_axes(len(self.economies), sharey=True))
        for place, one in zip(axes, self.economies.values(), strict=True):
            getattr(one, f"plot_{what}")(axes=place, **options)
        for place in axes[1:]:
            place.set_ylabel("")
        return axes


def _value(calibration: Calibration, name: str) -> Any:
    """A number where all regimes have the same, else one by regime."""
    value = calibration.values.get(name)
    if not isinstance(value, tuple):
        return value
    if len(set(value)) == 1:
        return value[0]
    return dict(zip(calibration.economy, value, strict=True))


def _answers(one: Economy) -> dict[tuple[str, str], tuple[float, str, str]]:
    """Value, unit and meaning by question and quantity."""
    found: dict[tuple[str, str], tuple[float, str, str]] = {}

    def add(question: str, name: str, value: Any, unit: str, meaning: str = "") -> None:
        text = meaning or labels.quantity(name)
        found[question, name] = (float(value), unit, text)

    ledger = one.ledger()
    for payer, name in PAYERS.items():
        share = ledger["share"].sel(payer=payer)
        add("who pays", name, share, ledger["share"].attrs["units"])
    debt = ledger["revaluation"]
    add("who pays", "revaluation", debt, debt.attrs["units"])
    for question, kind in _QUESTIONS.items():
        news = one.news(kind)
        for name, (of, maturity) in _ROWS.items():
            value = news[of] if maturity is None else news[of].sel(maturity=maturity)
            text = labels.quantity(f"{kind}_{name}")
            add(question, name, value, news[of].attrs["units"], text)
    betas = one.betas()
    for asset, name in ASSETS.items():
        beta = betas["beta"].sel(asset=asset)
        add("stocks and bonds", name, beta, betas["beta"].attrs["units"])
    both = betas["correlation"]
    name = "stock_bond_return_correlation"
    add("stocks and bonds", name, both, both.attrs["units"])
    curve = one.curve()
    for name, (of, maturity) in _LEVELS.items():
        value = curve[of].sel(maturity=maturity)
        add("levels", name, value, curve[of].attrs["units"])
    return found
