"""Compiled programs: each has a name, and the compiler options that pay for its kind.

Programs here are long and run for seconds. Without XLA's fusion emitters and with LLVM
at its first level they compile in half the time and run as fast, with the same
residuals; ``make profile`` says where the time goes, by name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial, update_wrapper
from threading import Lock
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

# Of the processor's compiler; other devices compile as they like.
QUICK = {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": 1}


def traced(tree: Any) -> bool:
    """Whether an array of ``tree`` belongs to a program that is being made."""
    return any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(tree))


def on_host(tree: Any) -> Any:
    """The same arrays as NumPy's, whose operations compile nothing.

    Within a program that is being made they stay what they are.
    """
    return tree if traced(tree) else jax.tree.map(np.asarray, tree)


class Compiled:
    """A function that is compiled when first called, and inlined in other programs.

    Threads do not compile it side by side.
    """

    def __init__(self, function: Callable, name: str, options: dict[str, Any]):
        self.function, self.options = function, options
        self.__name__, self.__doc__ = name, function.__doc__
        self._lock, self._ready = Lock(), False

    @cached_property
    def program(self) -> Callable:
        """The jitted function itself."""

        def named(*arguments, **others):
            return self.function(*arguments, **others)

        update_wrapper(named, self.function, ("__doc__",), ())
        named.__name__ = self.__name__
        quick = QUICK if jax.default_backend() == "cpu" else None
        return jax.jit(named, compiler_options=quick, **self.options)

    def __call__(self, *arguments, **others):
        """Call the function; within another program it becomes part of that one."""
        if traced((arguments, others)):
            return self.function(*arguments, **others)
        if self._ready:
            return self.program(*arguments, **others)
        with self._lock:
            result = self.program(*arguments, **others)
            self._ready = True
        return result


def compiled(function: Callable | None = None, *, name: str = "", **options) -> Any:
    """Compile a function: ``jax.jit`` with a name and options that suit our programs.

    A decorator, with or without arguments.

    Parameters
    ----------
    name : under which profiles and caches list it; the function's own by default.
    options : ``static_argnums`` and the like, of ``jax.jit``.
    """
    if function is None:
        return partial(compiled, name=name, **options)
    return Compiled(function, name or function.__name__, options)
