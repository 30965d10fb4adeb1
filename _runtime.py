"""Process-wide numerical settings, applied once when ``fiscax`` is first imported.

* 64-bit floats everywhere (``jax_enable_x64``): house rule, set nowhere else.
* Batched linear algebra inside jitted code can deadlock on machines with few cores
  when XLA's pool has too few threads and OpenBLAS starts its own: one BLAS thread and
  a pool of eight avoid it. Values set by the user are respected.
* Compiled programs are kept between processes (``FISCAX_CACHE_DIR``, default under the
  user's cache directory), so that the second run starts warm: by jax, which finds them
  once they are traced and lowered, and by ``solvers.executables``, which needs neither.

The settings travel through the environment: jax reads them when it is imported, so
``fiscax --help`` need not import jax, and worker processes inherit them.
"""

import ctypes
import gc
import hashlib
import os
import sys
from functools import lru_cache
from pathlib import Path

# (environment variable, name in jax.config, value); the cache keeps every program that
# took longer than 0.2 s to compile, whatever its size.
_CACHE_RULES = (
    (
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS",
        "jax_persistent_cache_min_compile_time_secs",
        0.2,
    ),
    (
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES",
        "jax_persistent_cache_min_entry_size_bytes",
        0,
    ),
)

# The option's number in glibc's malloc.h.
_M_ARENA_MAX = -8


def configure() -> None:
    """Set precision, thread pools and the persistent compilation cache."""
    os.environ.setdefault("NPROC", "8")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["JAX_ENABLE_X64"] = "1"
    own_cache = "JAX_COMPILATION_CACHE_DIR" not in os.environ
    if own_cache:
        os.environ["JAX_COMPILATION_CACHE_DIR"] = str(cache_directory() / "xla")
    for variable, _, value in _CACHE_RULES:
        os.environ.setdefault(variable, str(value))
    if "jax" in sys.modules:
        _configure_loaded_jax(own_cache)


def _configure_loaded_jax(own_cache: bool) -> None:
    """Apply the settings to a jax that was imported before fiscax."""
    import jax

    jax.config.update("jax_enable_x64", True)
    if own_cache:
        jax.config.update(
            "jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"]
        )
    for _, name, value in _CACHE_RULES:
        jax.config.update(name, value)


# Objects that are made between two looks at the youngest, and looks of each generation
# between two of the next.
_COLLECTIONS = (50_000, 20, 20)


def few_arenas() -> None:
    """One arena of the C library per processor, here and in processes started here.

    Short-lived threads leave up to eight behind, and a command a sixth larger. A
    command calls this before it computes; ``MALLOC_ARENA_MAX`` set by the user stays.
    """
    if "MALLOC_ARENA_MAX" in os.environ or os.name != "posix":
        return
    count = max(2, os.cpu_count() or 2)
    os.environ["MALLOC_ARENA_MAX"] = str(count)
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_ARENA_MAX, count)


def rare_collections() -> None:
    """Look for circles of dead objects far less often than Python does by itself.

    A command holds a few million objects that stay; each look at all of them takes a
    third of a second.
    """
    gc.set_threshold(*_COLLECTIONS)


def cache_directory() -> Path:
    """Directory of fiscax's caches: ``FISCAX_CACHE_DIR`` or ``~/.cache/fiscax``."""
    given = os.environ.get("FISCAX_CACHE_DIR")
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "fiscax"


@lru_cache(maxsize=8)
def sources(
    *places: str,
    kinds: frozenset[str] = frozenset({".py"}),
    but: tuple[str, ...] = (),
) -> str:
    """Digest of fiscax's files of some kinds in rooms, or of single files.

    ``but`` are patterns of paths below the package that are left out.
    """
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for place in places:
        found = root / place
        files = [found] if found.is_file() else sorted(found.rglob("*"))
        for path in files:
            own = path.relative_to(root)
            if path.suffix in kinds and not any(own.match(each) for each in but):
                digest.update(own.as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
