"""Process-wide numerical settings, applied once when ``fiscax`` is first imported.

* 64-bit floats everywhere (``jax_enable_x64``): house rule, set nowhere else.
* Batched linear algebra inside jitted code can deadlock on machines with few cores
  when XLA's pool has too few threads and OpenBLAS starts its own: one BLAS thread and
  a pool of eight avoid it. Values set by the user are respected.
* Compiled programs are kept between processes (``FISCAX_CACHE_DIR``, default under the
  user's cache directory), so that the second run starts warm.

The settings travel through the environment: jax reads them when it is imported, so
``fiscax --help`` need not import jax, and worker processes inherit them.
"""

import os
import sys
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


def cache_directory() -> Path:
    """Directory of fiscax's caches: ``FISCAX_CACHE_DIR`` or ``~/.cache/fiscax``."""
    given = os.environ.get("FISCAX_CACHE_DIR")
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "fiscax"


# Resident memory from which on programs are forgotten, and memory maps: a process may
# have 65,530 of them, and every program takes some.
_LARGE, _MAPS = 2.2e9, 30_000


def release_programs() -> None:
    """Forget compiled programs where the process has grown large.

    The cache on disk has them when they are needed again; until then what is needed by
    several studies is traced once. Systems that do not tell their memory always forget.
    """
    if not _is_large():
        return
    import ctypes

    import jax

    jax.clear_caches()
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
