"""Economies side by side: the same questions, their answers and the difference."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...calibration.economies.quantities import PARTS, QUANTITIES, measured
from ...errors import FiscaxError
from ...models.declaration import not_found
from ..report import labels
from .economy import Economy, economy

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import xarray as xr

    from ...calibration.parameters.calibration import Calibration

PLOTS = ("curve", "news", "ledger", "shocks")
_NEWS = (
    "yield_10y_ex_convenience",
    "yield_10y",
    "yield_3m",
    "forward_5y5y",
    "term_premium_10y",
    "expected_inflation_5y5y",
    "convenience_10y",
)
_STRESS = ("yield_10y", "yield_3m", "term_premium_10y", "equity")
# Declared quantities by question of the table.
QUESTIONS = {
    "who pays": (
        "share_taxpayers",
        "share_bondholders",
        "share_convenience",
        "revaluation",
    ),
    "who leads": ("monetary_share", "fiscal_share", "inflation_after_rate_rise"),
    "spending news": tuple(f"persistent_{n}" for n in _NEWS),
    "a transfer": tuple(f"one_time_{n}" for n in _NEWS),
    "stress": tuple(f"stress_1sd_{n}" for n in _STRESS),
    "severe stress": tuple(f"stress_3sd_{n}" for n in _STRESS),
    "stocks and bonds": (
        "bond_stock_beta_quarterly_10y",
        "treasury_portfolio_beta",
        "stock_bond_return_correlation",
    ),
}
# Where the economy rests: a part of the curve and its maturity, years.
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
        ``unit`` and ``meaning``. Names of quantities are those of the report's files;
        convenience yields are gross of demand.
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
    rows = [(q, name) for q, names in QUESTIONS.items() for name in names]
    values = measured(one.solved, [name for _, name in rows])
    found = {
        (q, name): (
            float(values[name]),
            QUANTITIES[name].unit,
            labels.capital(QUANTITIES[name].label),
        )
        for q, name in rows
    }
    curve = one.curve()
    for name, (part, maturity) in _LEVELS.items():
        value = float(curve[part].sel(maturity=maturity))
        label = labels.capital(PARTS[name])
        found["levels", name] = (value, curve[part].attrs["units"], label)
    return found
