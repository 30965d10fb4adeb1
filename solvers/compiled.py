"""Compiled programs: each has a name, and the compiler options that pay for its kind.

Programs here are long and run for seconds. Without XLA's fusion emitters and with LLVM
at its first level they compile in half the time and run as fast, with the same
residuals; ``make profile`` says where the time goes, by name. What has been compiled is
kept on disk, so that other processes only load it (``executables``).
"""

from __future__ import annotations

import ctypes
import gc
import inspect
import os
from collections.abc import Callable, Iterable
from functools import cached_property, partial, update_wrapper
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakSet

import jax
import jax.numpy as jnp
import numpy as np
from jax import dtypes
from jax.core import Tracer

from . import executables

# Of the processor's compiler; other devices compile as they like.
QUICK = {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": 1}
# Settings of jax that a program is compiled for, and that code may change for a while.
_SETTINGS = (
    "jax_enable_x64",
    "jax_default_matmul_precision",
    "jax_numpy_dtype_promotion",
    "jax_numpy_rank_promotion",
    "jax_default_device",
    "jax_default_prng_impl",
    "jax_threefry_partitionable",
    "jax_disable_jit",
    "jax_debug_nans",
    "jax_debug_infs",
)
# Resident memory from which on programs are forgotten, and memory maps: a process may
# have 65,530 of them, and every program takes some.
_LARGE, _MAPS = 2.2e9, 30_000
_everything: WeakSet[Compiled] = WeakSet()


def traced(tree: Any) -> bool:
    """Whether an array of ``tree`` belongs to a program that is being made."""
    return any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(tree))


def on_host(tree: Any) -> Any:
    """The same arrays as NumPy's, whose operations compile nothing.

    Within a program that is being made they stay what they are.
    """
    return tree if traced(tree) else jax.tree.map(np.asarray, tree)


def forget() -> None:
    """Forget every program of this process, and what it is; what is on disk stays."""
    for program in list(_everything):
        program.places.clear()
    _unload()


def _unload() -> None:
    for program in list(_everything):
        program.ready.clear()
    jax.clear_caches()


def release_programs() -> None:
    """Forget compiled programs where the process has grown large.

    They are loaded again when they are needed, from where they lay before. Systems that
    do not tell their memory always forget.
    """
    if not _is_large():
        return
    _give_back()
    if _is_large():
        _unload()
        _give_back()


def _give_back() -> None:
    """Return what nobody holds to the system."""
    # Programs hang together in circles.
    gc.collect()
    # The C library keeps what is freed, unless it is asked.
    trim = (
        getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    )
    if trim is not None:
        trim(0)


def _is_large() -> bool:
    own = Path("/proc/self")
    try:
        pages = int((own / "statm").read_text(encoding="utf-8").split()[1])
        maps = (own / "maps").read_bytes().count(b"\n")
    except (OSError, ValueError, IndexError):
        return True
    return pages * os.sysconf("SC_PAGE_SIZE") > _LARGE or maps > _MAPS


class Compiled:
    """A function that is compiled when first called, and inlined in other programs.

    Threads do not compile it side by side.
    """

    def __init__(self, function: Callable, name: str, options: dict[str, Any]):
        self.function, self.options = function, options
        self.__name__, self.__doc__ = name, function.__doc__
        self._lock = Lock()
        # By what tells its arguments: what runs the program, and its file.
        self.ready: dict[tuple, Callable] = {}
        self.places: dict[tuple, Path | None] = {}
        _everything.add(self)

    def __content__(self) -> tuple:
        """What the program is, for whoever tells what a function can reach."""
        return self.function, self.__name__, self.options

    @cached_property
    def program(self) -> Any:
        """The jitted function itself."""

        def named(*arguments, **others):
            return self.function(*arguments, **others)

        update_wrapper(named, self.function, ("__doc__",), ())
        named.__name__ = self.__name__
        # Every argument is kept: which ones are not is nowhere in the compiled program.
        options = {"keep_unused": True, **self.options}
        return jax.jit(named, compiler_options=self._quick, **options)

    @property
    def _quick(self) -> dict[str, Any] | None:
        return QUICK if jax.default_backend() == "cpu" else None

    def __call__(self, *arguments, **others):
        """Call the function; within another program it becomes part of that one."""
        fixed, given = self._split(arguments, others)
        leaves, tree = jax.tree.flatten(given)
        if any(isinstance(leaf, Tracer) for leaf in leaves):
            return self.function(*arguments, **others)
        kinds = _kinds(leaves)
        if kinds is None:
            return self.program(*arguments, **others)
        settings = tuple(getattr(jax.config, name) for name in _SETTINGS)
        key = fixed, tree, kinds, settings
        if key not in self.ready:
            with self._lock:
                if key not in self.ready:
                    run, result = self._first(arguments, others, key)
                    self.ready[key] = run
                    return result
        # Another thread may have released it since.
        run = self.ready.get(key)
        if run is None or run is self.program:
            return self.program(*arguments, **others)
        return run(*given[0], **given[1])

    def _first(self, arguments, others, key) -> tuple[Callable, Any]:
        """What runs the program from now on, loaded or compiled, and the first result.

        What cannot be kept is left to jax.
        """
        fixed, tree, kinds, _ = key
        if not executables.kept_here():
            return self.program, self.program(*arguments, **others)
        told = {
            "name": self.__name__,
            "options": (self.options, self._quick),
            "fixed": [(name, value) for name, _, value in fixed],
            "arguments": (executables.structure(tree), [str(kind) for kind in kinds]),
        }
        if key not in self.places:
            self.places[key] = executables.place(self.function, told)
        path = self.places[key]
        if path is None:
            return self.program, self.program(*arguments, **others)
        _, given = self._split(arguments, others)
        found = executables.load(path, given, tree)
        if found is not None:
            return found
        made = self.program.trace(*arguments, **others)
        return executables.make(made, path, given, tree, told)

    @cached_property
    def _static(self) -> tuple[tuple[str, ...], frozenset[str]]:
        """Names of all arguments, and of those that programs are compiled for."""
        names: Iterable[str] = inspect.signature(self.function).parameters
        names = tuple(names)
        by_name = self.options.get("static_argnames", ())
        by_place = self.options.get("static_argnums", ())
        static = {by_name} if isinstance(by_name, str) else set(by_name)
        places = (by_place,) if isinstance(by_place, int) else by_place
        return names, frozenset(static | {names[k] for k in places})

    def _split(self, arguments, others) -> tuple[tuple, executables.Given]:
        """Static arguments as (name, type, value), and the others."""
        if not self.options:
            return (), (arguments, others)
        names, static = self._static
        named = list(zip(names, arguments, strict=False))
        fixed = [(n, type(v), v) for n, v in named if n in static]
        fixed += [(n, type(v), v) for n, v in others.items() if n in static]
        rest = [v for n, v in named if n not in static] + list(arguments[len(named) :])
        left = {n: v for n, v in others.items() if n not in static}
        return tuple(sorted(fixed, key=lambda f: f[0])), (tuple(rest), left)


def _kinds(leaves: list[Any]) -> tuple | None:
    """Type and shape of each argument; None where jax has to judge."""
    kinds = []
    for leaf in leaves:
        kind = type(leaf)
        if kind in (float, int, bool, complex):
            kinds.append(kind)
        elif isinstance(leaf, jax.Array) and not _is_key(leaf):
            kinds.append((leaf.shape, leaf.dtype, leaf.weak_type))
        elif isinstance(leaf, np.ndarray | np.generic):
            kinds.append((leaf.shape, leaf.dtype, False))
        else:
            return None
    return tuple(kinds)


def _is_key(leaf: jax.Array) -> bool:
    """Whether an array holds keys of random numbers, which jax lays out."""
    return jnp.issubdtype(leaf.dtype, dtypes.extended)


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
