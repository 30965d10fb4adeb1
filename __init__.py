"""fiscax: solve and compare two competing models of US government debt."""

from importlib import import_module
from typing import Any

from . import _runtime

_runtime.configure()

__version__ = "0.1.0"

# Imported when first asked for, so that the command line starts without jax.
_PUBLIC = {
    "load_mod": ("models.dynare.reader", "read_mod"),
    "write_mod": ("models.dynare.writer", "write_mod"),
    "solve": ("solvers.interface", "solve"),
}


def __getattr__(name: str) -> Any:
    """Public functions by name."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'fiscax' has no attribute '{name}'")
    module, attribute = _PUBLIC[name]
    return getattr(import_module(f".{module}", __name__), attribute)
