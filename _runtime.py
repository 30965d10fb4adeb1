"""Process-wide numerical settings, applied once when ``fiscax`` is first imported.

* 64-bit floats everywhere (``jax_enable_x64``): house rule, set nowhere else.
* Batched linear algebra inside jitted code can deadlock on machines with few cores
  when XLA's pool has too few threads and OpenBLAS starts its own: one BLAS thread and
  a pool of eight avoid it. Values set by the user are respected.
* Compiled programs are kept between processes (``FISCAX_CACHE_DIR``, default under the
  user's cache directory), so that the second run starts warm.
"""

import os
from pathlib import Path


def configure() -> None:
    """Set precision, thread pools and the persistent compilation cache."""
    os.environ.setdefault("NPROC", "8")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import jax

    jax.config.update("jax_enable_x64", True)
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        jax.config.update("jax_compilation_cache_dir", str(cache_directory() / "xla"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


def cache_directory() -> Path:
    """Directory of fiscax's caches: ``FISCAX_CACHE_DIR`` or ``~/.cache/fiscax``."""
    given = os.environ.get("FISCAX_CACHE_DIR")
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "fiscax"
