"""fiscax: solve and compare two competing models of US government debt."""

from . import _runtime

_runtime.configure()

__version__ = "0.1.0"
