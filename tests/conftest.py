"""Settings of every test: fiscax first (it sets jax up), strict numerics, profiles."""

import os
import re
import shutil
import subprocess
from pathlib import Path

# Before jax: fiscax sets precision and thread pools through the environment.
import fiscax  # noqa: F401  isort: skip

import jax
import pytest
from hypothesis import HealthCheck, settings

from fiscax._runtime import rare_collections
from fiscax.solvers.compiled import forget

# Silent broadcasting of arrays of different rank is the most common error in matrix
# code: "raise" makes it an error, "allow" is jax's default.
RANK_PROMOTION = "raise"

jax.config.update("jax_numpy_rank_promotion", RANK_PROMOTION)
# As in commands.
rare_collections()

settings.register_profile(
    "fiscax",
    # The first example compiles, so a time limit per example means nothing.
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fiscax")


# Files that take longest, longest first: two processes then end at about the same time.
LONGEST = (
    "test_notebooks",
    "test_switching",
    "test_readme",
    "test_front_door",
    "test_accuracy",
    "test_two_minds",
    "test_kalman",
    "test_stock_bond",
    "test_perturbation",
    "test_store",
    "test_theta",
    "test_compare",
    "test_regime_index",
    "test_convenience",
    "test_claims",
    "test_open_problems",
    "test_front",
    "test_fiscal_news",
    "test_estimate",
    "test_local_pricing",
    "test_maturity",
    "test_regimes",
    "test_closed_forms",
    "test_batches",
    "test_structural_strips",
    "test_pricing_oracles",
    "test_sticky",
    "test_risk_prices",
    "test_decomposition",
    "test_interface",
    "test_local_anchors",
    "test_solve_command",
    "test_local_accuracy",
    "test_mini_budget",
    "test_dynare_parity",
)


# Module fixture of tests of experiments that measures a whole study.
STUDY = "result"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests of whole studies are slow ones. Long files come first.

    The others, and tests within a file, stay as they were.
    """
    for item in items:
        if "experiments" in item.path.parts and STUDY in item.fixturenames:
            item.add_marker(pytest.mark.slow)
    place = {name: k for k, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


@pytest.fixture(autouse=True, scope="module")
def programs_are_released():
    """Forget a module's compiled programs: a process can map only so many of them."""
    yield
    forget()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Directory of the raw data; tests that need it are skipped without it."""
    given = os.environ.get("FISCAX_DATA_DIR")
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(given) if given else beside
    if not folder.is_dir():
        pytest.skip("no raw data here (set FISCAX_DATA_DIR)")
    return folder


@pytest.fixture(scope="session")
def browser() -> list[str]:
    """Command that starts a headless browser; tests are skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium here")
    return [found, "--headless", "--no-sandbox", "--disable-gpu"]


@pytest.fixture
def printed_pages(browser, tmp_path):
    """Counts the sheets on which a page prints: HTML -> number."""

    def count(page: str) -> int:
        source, made = tmp_path / "printed.html", tmp_path / "printed.pdf"
        source.write_text(page, encoding="utf-8")
        command = [*browser, f"--print-to-pdf={made}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return len(re.findall(rb"/Type\s*/Page\b(?!s)", made.read_bytes()))

    return count


@pytest.fixture(scope="session")
def root() -> Path:
    """Root of the repository."""
    return Path(__file__).parents[1]


@pytest.fixture(autouse=True, scope="session")
def one_process_solves():
    """Two processes that ask a store for one economy do not both solve it."""
    from shared_economies import locked

    from fiscax.calibration.economies import store

    found = store.EconomyStore._found

    def once(self, *asked):
        if self.folder is None:
            return found(self, *asked)
        with locked(f"{self.folder} {asked}"):
            return found(self, *asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.EconomyStore, "_found", once)
        yield


@pytest.fixture(scope="session")
def solved():
    """A core economy on one cheap grid, solved once: ``solved(name, **changes)``."""
    from shared_economies import cheap_solution

    return cheap_solution


@pytest.fixture(scope="session")
def risky(solved):
    """Solution of the risky economy with promises kept, shared by all tests."""
    from shared_economies import KEPT

    return solved("risky", **KEPT)


@pytest.fixture(scope="session")
def risky_economy(risky):
    """The risky economy on the cheap grid, with its calibration and prices."""
    from shared_economies import KEPT

    from fiscax.calibration.economies.core import CoreEconomy, load

    return CoreEconomy("risky", load("risky")[1].with_values(**KEPT), risky)


@pytest.fixture(scope="module")
def cheap_store(solved):
    """Core economies of every store are solved on the cheap grid, changes included."""
    from fiscax.calibration.economies.core import CoreEconomy, load
    from fiscax.calibration.economies.store import EconomyStore

    def core(self, name, case=None, defaults=None, grid="fine", intercepts=True):
        changes = self._changes("core", name, case, defaults)
        calibration = load(name)[1].with_values(**changes)

        def make():
            return CoreEconomy(name, calibration, solved(name, **changes))

        # As in the store: one economy, whose prices are computed once.
        return self.once(("cheap", name, calibration.hash()), make)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EconomyStore, "core", core)
        yield
