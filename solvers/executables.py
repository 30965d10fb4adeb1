"""Compiled programs on disk: what one process has compiled, others only load.

A file is found by a digest of everything that a compiled program depends on: what its
function is (``contents``), static arguments, types and shapes of the others, options of
the compiler, fiscax's models and solvers, versions of libraries, settings of jax, the
processor. Loading traces, lowers and compiles nothing. The same file has a second name,
a digest of what the compiler is given: a change of sources that leaves a program as it
was costs tracing and lowering, not compiling.

What cannot be told, or kept, is compiled as without this module; so is everything where
jax's compilation cache is switched off, and on devices other than the one processor.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import re
import stat
import sys
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.experimental.compilation_cache import compilation_cache
from jax.experimental.serialize_executable import deserialize_and_load, serialize

from .._runtime import cache_directory, sources
from .contents import LIBRARIES, Untold, digest

# Bytes that the folder may hold, and to which it is cut when it holds more.
LIMIT, CUT = 1 << 30, 3 << 28
# The folder is measured with the first program that a process writes, and these after.
_EVERY = 50
# Settings of jax that say where it keeps what, and what it tells.
_ELSEWHERE = ("jax_compilation_cache", "jax_enable_comp", "jax_persistent", "jax_log")

# What a program calls outside itself. Only LAPACK is there in every process: calls of
# Python are addresses in the memory of one.
_CALLS, _LAPACK = re.compile(r'custom_call"?(?: @"?([\w.]+))?'), "lapack_"
# Arguments, positional and by name.
Given = tuple[tuple, Mapping[str, Any]]

_lock = threading.Lock()
# Programs written, and programs that are being compiled apart from jax's cache.
_count = {"written": 0, "compiling": 0}
_refused: list[Path] = []


def kept_here() -> bool:
    """Whether executables are kept: on one processor, where jax keeps programs too."""
    unusual = (
        "jax_disable_jit",
        "jax_debug_nans",
        "jax_debug_infs",
        "jax_default_device",
    )
    return (
        _switched_on()
        and folder() not in _refused
        and not any(getattr(jax.config, name) for name in unusual)
        and jax.default_backend() == "cpu"
        and jax.device_count() == 1
    )


@lru_cache(maxsize=1)
def _switched_on() -> bool:
    settings = jax.config.values
    return bool(
        settings["jax_enable_compilation_cache"]
        and settings["jax_compilation_cache_dir"]
    )


def place(function: Callable, told: Any) -> Path | None:
    """File of a program; None where what it depends on cannot be told.

    Parameters
    ----------
    function : what is compiled.
    told : everything else that the program depends on.
    """
    try:
        key = digest(function, told, _settings(), sources("models", "solvers"))
    except Untold:
        return None
    return folder() / f"{key}.program"


def folder() -> Path:
    """Where the programs of this machine and of these libraries are kept."""
    return cache_directory() / "programs" / _machine()


def load(path: Path, given: Given, tree: Any) -> tuple[Callable, Any] | None:
    """The program of a file and its result; None where there is none that works.

    Parameters
    ----------
    given : arguments, positional and by name.
    tree : their structure.
    """
    try:
        content = path.read_bytes()
        check, packed = content[:32], content[32:]
        if hashlib.sha256(packed).digest() != check:
            return None
        executable, out_tree, calls = pickle.loads(zlib.decompress(packed))
        if calls:
            _linear_algebra()
        program = deserialize_and_load(
            executable, tree, out_tree, execution_devices=jax.devices()
        )
        # What a program lacks may show only when it has run.
        result = jax.block_until_ready(program(*given[0], **given[1]))
    except Exception:
        # Whatever is wrong with a file, its program can be compiled.
        return None
    with suppress(OSError):
        os.utime(path)
    return program, result


def make(made: Any, path: Path, given: Given, tree: Any, told: Any) -> tuple:
    """A traced program, compiled and kept in ``path``, and its result.

    Parameters
    ----------
    made : what ``jax.jit(...).trace`` returned.
    given, tree : as of ``load``.
    told : what the arguments are, and how they are compiled.
    """
    lowered = made.lower()
    # The compiler's input leaves out trees, and which numbers are weakly typed.
    out = [(x.shape, str(x.dtype), x.weak_type) for x in jax.tree.leaves(made.out_info)]
    text = lowered.as_text()
    try:
        key = digest(text, told, structure(made.out_tree), out, _settings())
        same = path.with_name(f"{key}.lowered")
    except Untold:
        same = None
    if same is not None and (found := load(same, given, tree)) is not None:
        _link(same, path)
        return found
    with _apart():
        program = lowered.compile()
    result = program(*given[0], **given[1])
    calls = set(_CALLS.findall(text))
    foreign = [c for c in calls if not c.startswith(_LAPACK)]
    if made.jaxpr.effects or foreign or not _keep(path, program, tree, bool(calls)):
        return program, result
    if not (path.parent / "tried").exists():
        _try(path, given, tree, result)
    if same is not None:
        _link(path, same)
    return program, result


def _try(path: Path, given: Given, tree: Any, result: Any) -> None:
    """Load the first program that this machine has kept, and compare what it finds."""
    found = load(path, given, tree)
    if found is not None and _bytes(found[1]) == _bytes(result):
        with suppress(OSError):
            (path.parent / "tried").touch()
        return
    _refused.append(path.parent)
    with suppress(OSError):
        path.unlink()
    text = (
        "fiscax: compiled programs cannot be loaded again on this machine; "
        "every process compiles its own"
    )
    print(text, file=sys.stderr, flush=True)


def _bytes(tree: Any) -> list[bytes]:
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(tree)]


def structure(tree: Any) -> Any:
    """A structure of arguments as what can be read: types, what they hold, inner ones.

    Its text does not tell all: arrays that a type holds fixed are printed in part.
    """
    return tree.node_data(), [structure(inner) for inner in tree.children()]


def _keep(path: Path, program: jax.stages.Compiled, tree: Any, calls: bool) -> bool:
    """Write a program; one that cannot be written is compiled in every process."""
    try:
        executable, in_tree, out_tree = serialize(program)
        if in_tree != tree:
            return False
        packed = zlib.compress(pickle.dumps((executable, out_tree, calls)), 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Complete or not at all: another process may be reading, or writing the same.
        part = _part(path)
        part.write_bytes(hashlib.sha256(packed).digest() + packed)
        part.replace(path)
    except Exception:
        return False
    with _lock:
        number = _count["written"]
        _count["written"] += 1
    if number % _EVERY == 0:
        cut(path.parent.parent)
    return True


def _part(path: Path) -> Path:
    return path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")


def _link(path: Path, other: Path) -> None:
    """Give a file a second name, where the system can."""
    part = _part(other)
    with suppress(OSError):
        os.link(path, part)
        part.replace(other)
        # Where both were names of one file already, nothing was moved.
        part.unlink(missing_ok=True)


@contextmanager
def _apart() -> Iterator[None]:
    """Compile without jax's cache: what comes from there cannot be written again.

    Other threads may compile without it, too, for a while.
    """
    with _lock:
        _count["compiling"] += 1
        if _count["compiling"] == 1:
            _switch(False)
    try:
        yield
    finally:
        with _lock:
            _count["compiling"] -= 1
            if _count["compiling"] == 0:
                _switch(True)


def _switch(on: bool) -> None:
    jax.config.update("jax_enable_compilation_cache", on)
    compilation_cache.reset_cache()


def cut(root: Path, limit: int = LIMIT, left: int = CUT) -> None:
    """Delete what was used least recently where ``root`` holds more than ``limit``."""
    files = []
    for path in root.rglob("*"):
        with suppress(OSError):
            found = path.stat()
            if stat.S_ISREG(found.st_mode) and found.st_size:
                # The two names of a program share its bytes.
                files.append((found.st_mtime, found.st_size / found.st_nlink, path))
    size = sum(f[1] for f in files)
    if size <= limit:
        return
    for _, each, path in sorted(files):
        with suppress(OSError):
            path.unlink()
        size -= each
        if size <= left:
            return


@lru_cache(maxsize=1)
def _linear_algebra() -> None:
    """Have jax find LAPACK, which it does when it lowers, not when it loads."""
    jax.jit(jax.lax.linalg.cholesky).lower(np.eye(1))


def _settings() -> Mapping[str, str]:
    """Settings of jax, by name, that may change a program."""
    held = {}
    for name in sorted(jax.config.values):
        if not name.startswith(_ELSEWHERE):
            held[name] = str(getattr(jax.config, name, jax.config.values[name]))
    return held


@lru_cache(maxsize=1)
def _machine() -> str:
    """Digest of processor, system and libraries."""
    device = jax.devices()[0]
    given = {
        k: v for k, v in os.environ.items() if k.startswith(("XLA_", "NPROC", "OMP_"))
    }
    parts = (
        sys.version,
        {n: import_module(n).__version__ for n in sorted(LIBRARIES)},
        (device.platform, device.device_kind, device.client.platform_version),
        (_processor(), os.cpu_count()),
        given,
    )
    return digest(parts)[:24]


def _processor() -> tuple[str, ...]:
    """Processor and what it can do; another machine's name where it is not told."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return tuple(platform.uname())
    names = ("model name", "flags", "features", "cpu part")
    lines = {line for line in told if line.lower().startswith(names)}
    return (platform.machine(), *sorted(lines))
