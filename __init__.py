"""fiscax: solve and compare two competing models of US government debt.

Start with ``fiscax.economy("risky")``, ``fiscax.compare("safe", "risky")`` and
``fiscax.studies()``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import _runtime
from ._version import __version__ as __version__

_runtime.configure()

if TYPE_CHECKING:
    from .calibration.record.projections import read_projection as load_projection
    from .errors import FiscaxError
    from .experiments.front.comparison import Comparison, compare
    from .experiments.front.economy import Economy, economy
    from .experiments.front.estimation import Estimate, estimate
    from .experiments.front.figure import house_style
    from .experiments.front.filters import (
        filtered_regimes,
        log_likelihood,
        smoothed_regimes,
    )
    from .experiments.front.moment_estimate import MomentEstimate
    from .experiments.front.studies import debt_fan, studies, study, value
    from .models.dynare.reader import read_mod as load_mod
    from .models.dynare.writer import write_mod
    from .solvers.filters.likelihood import filtered, forecasts, smoothed
    from .solvers.interface import solve, switching_solutions
    from .solvers.paths.solution import solve_path
    from .solvers.perturbation.pricing import Pricing, price_curves

__all__ = [
    "Comparison",
    "Economy",
    "Estimate",
    "FiscaxError",
    "MomentEstimate",
    "Pricing",
    "compare",
    "debt_fan",
    "economy",
    "estimate",
    "filtered",
    "filtered_regimes",
    "forecasts",
    "house_style",
    "load_mod",
    "load_projection",
    "log_likelihood",
    "price_curves",
    "smoothed",
    "smoothed_regimes",
    "solve",
    "solve_path",
    "studies",
    "study",
    "switching_solutions",
    "value",
    "write_mod",
]

# Imported when first asked for, so that the command line starts without jax.
_PLACES = {
    "Comparison": ("experiments.front.comparison", "Comparison"),
    "Economy": ("experiments.front.economy", "Economy"),
    "Estimate": ("experiments.front.estimation", "Estimate"),
    "FiscaxError": ("errors", "FiscaxError"),
    "MomentEstimate": ("experiments.front.moment_estimate", "MomentEstimate"),
    "Pricing": ("solvers.perturbation.pricing", "Pricing"),
    "compare": ("experiments.front.comparison", "compare"),
    "debt_fan": ("experiments.front.studies", "debt_fan"),
    "economy": ("experiments.front.economy", "economy"),
    "estimate": ("experiments.front.estimation", "estimate"),
    "filtered": ("solvers.filters.likelihood", "filtered"),
    "filtered_regimes": ("experiments.front.filters", "filtered_regimes"),
    "forecasts": ("solvers.filters.likelihood", "forecasts"),
    "house_style": ("experiments.front.figure", "house_style"),
    "load_mod": ("models.dynare.reader", "read_mod"),
    "load_projection": ("calibration.record.projections", "read_projection"),
    "log_likelihood": ("experiments.front.filters", "log_likelihood"),
    "price_curves": ("solvers.perturbation.pricing", "price_curves"),
    "smoothed": ("solvers.filters.likelihood", "smoothed"),
    "smoothed_regimes": ("experiments.front.filters", "smoothed_regimes"),
    "solve": ("solvers.interface", "solve"),
    "solve_path": ("solvers.paths.solution", "solve_path"),
    "studies": ("experiments.front.studies", "studies"),
    "study": ("experiments.front.studies", "study"),
    "switching_solutions": ("solvers.interface", "switching_solutions"),
    "value": ("experiments.front.studies", "value"),
    "write_mod": ("models.dynare.writer", "write_mod"),
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module 'fiscax' has no attribute '{name}'")
    module, attribute = _PLACES[name]
    return getattr(import_module(f".{module}", __name__), attribute)


def __dir__() -> list[str]:
    """Public names, as tab completion shows them."""
    return [*__all__, "__version__"]
