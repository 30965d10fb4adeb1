"""Settings of every test: fiscax first (it sets jax up), strict numerics, profiles."""

import os
from pathlib import Path

# Before jax: fiscax sets precision and thread pools through the environment.
import fiscax  # noqa: F401  isort: skip

import jax
import pytest
from hypothesis import HealthCheck, settings

# Silent broadcasting of arrays of different rank is the most common error in matrix
# code: "raise" makes it an error, "allow" is jax's default.
RANK_PROMOTION = "raise"

jax.config.update("jax_numpy_rank_promotion", RANK_PROMOTION)

settings.register_profile(
    "fiscax",
    # The first example compiles, so a time limit per example means nothing.
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fiscax")


@pytest.fixture
def data_dir() -> Path:
    """Directory of the raw data; tests that need it are skipped without it."""
    given = os.environ.get("FISCAX_DATA_DIR")
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(given) if given else beside
    if not folder.is_dir():
        pytest.skip("no raw data here (set FISCAX_DATA_DIR)")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """Root of the repository."""
    return Path(__file__).parents[1]
