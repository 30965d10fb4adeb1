"""The store: one rule for overrides, and files that are never simply trusted."""

import numpy as np
import pytest

from fiscax.calibration.economies.core_solution import load
from fiscax.calibration.economies.store import (
    EconomyStore,
    OverrideError,
    ship,
    unclaimed,
)
from fiscax.errors import FiscaxError
from fiscax.solvers.projection import solve
from fiscax.solvers.projection.accuracy import node_residuals
from fiscax.solvers.projection.newton import Newton
from fiscax.solvers.projection.wider import lies_outside


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("solutions")


@pytest.fixture(scope="module")
def solved(folder):
    # Nothing that another test has read or solved may help.
    solve._KNOWN.clear()
    store = EconomyStore(folder=folder, shipped=None)
    return store.core("safe", grid="coarse", intercepts=False)


def stored(folder):
    (path,) = folder.glob("*.npz")
    return path


def again(folder, said):
    store = EconomyStore(folder=folder, shipped=None, report=said.append)
    return store.core("safe", grid="coarse", intercepts=False)


def test_a_solution_comes_back_from_its_file(solved, folder):
    said = []
    found = again(folder, said)
    assert not said
    assert found.calibration == solved.calibration
    for block, policies in solved.solution.solved.items():
        np.testing.assert_array_equal(
            found.solution.solved[block].coefficients, policies.coefficients
        )
    np.testing.assert_allclose(found.rest(), solved.rest(), rtol=1e-10)


def test_a_file_whose_equations_do_not_hold_is_solved_again(solved, folder):
    path = stored(folder)
    with np.load(path) as kept:
        arrays = {k: kept[k] for k in kept.files}
    arrays["coefficients:nominal"] = 1.001 * arrays["coefficients:nominal"]
    np.savez(path, **arrays)
    said = []
    found = again(folder, said)
    assert any("solving" in text for text in said)
    np.testing.assert_allclose(found.rest(), solved.rest(), rtol=1e-10)


def test_a_damaged_file_is_solved_again(solved, folder):
    stored(folder).write_bytes(b"half a file")
    said = []
    again(folder, said)
    assert said


def test_what_was_solved_is_remembered(solved, folder):
    store = EconomyStore(folder=folder, shipped=None)
    first = store.core("safe", grid="coarse", intercepts=False)
    assert store.core("safe", grid="coarse", intercepts=False) is first
    other = store.with_overrides({"phi_shadow": 0.5})
    # A parameter that only sticky-price economies declare leaves this one as it is.
    assert other.core("safe", grid="coarse", intercepts=False) is first


def test_a_twin_keeps_what_made_the_economy(tmp_path):
    store = EconomyStore({"mu": 0.0045}, folder=tmp_path)
    case = {"leverage": 2.5}
    first = store.core("safe", case, grid="coarse", intercepts=False)
    twin = store.coarse_twin(first)
    assert twin.calibration.values == first.calibration.values
    np.testing.assert_allclose(twin.rest(), first.rest(), rtol=1e-10)


@pytest.mark.parametrize(
    "name",
    ["safe", "risky", pytest.param("switching", marks=pytest.mark.slow)],
)
def test_what_ships_solves_the_shipped_parameters(name):
    said = []
    store = EconomyStore(folder=None, report=said.append)
    fine = store.core(name)
    store.coarse_twin(fine)
    coarse = store.core(name, grid="coarse")
    assert not said
    _, calibration = load(name)
    for key, value in calibration.as_arrays().items():
        np.testing.assert_array_equal(value, fine.calibration.as_arrays()[key])
    # A coarse grid moves intercepts by less than its error: half a point of a rate. Its
    # mean debt may miss by .06 quarters of output, which taxes answer by a twentieth.
    for key, near in (("tax_mean", 0.06 * 0.05), ("rate_mean", 0.00125)):
        here, there = (e.calibration.as_arrays()[key] for e in (coarse, fine))
        np.testing.assert_allclose(here, there, atol=near)


def test_what_is_shipped_is_what_this_version_wrote(solved, folder, tmp_path):
    (tmp_path / "old.npz").write_bytes(b"of another version")
    ship(folder, tmp_path)
    (path,) = tmp_path.glob("*.npz")
    assert path.read_bytes() == stored(folder).read_bytes()
    said = []
    store = EconomyStore(folder=None, shipped=tmp_path, report=said.append)
    found = store.core("safe", grid="coarse", intercepts=False)
    assert not said
    assert found.calibration == solved.calibration
    with pytest.raises(FiscaxError, match="no solution of this version"):
        ship(tmp_path, tmp_path)


def test_a_wider_domain_is_solved_once(solved, tmp_path, monkeypatch):
    far = np.asarray(solved.solution.domain.from_cube(np.full((1, 7), 1.2)))
    store = EconomyStore(folder=tmp_path)
    wide = store.wider(solved, far)
    assert not lies_outside(wide.solution, far).any()
    assert wide.calibration == solved.calibration
    monkeypatch.setattr(
        "fiscax.calibration.economies.store.on_domain", lambda *_: pytest.fail("again")
    )
    again = EconomyStore(folder=tmp_path).wider(solved, far)
    names = ["inflation", "log_bond_price"]
    np.testing.assert_array_equal(
        again.solution.observe(names, far), wide.solution.observe(names, far)
    )
    np.testing.assert_array_equal(
        again.solution.ergodic_sample[0], solved.solution.ergodic_sample[0]
    )


def test_what_ships_is_what_a_solve_finds(solved):
    shipped = EconomyStore(folder=None).core("safe", grid="coarse", intercepts=False)
    names = ["yield_4", "yield_40", "term_premium_40", "end_of_period_debt"]
    here, there = shipped.at_rest(names), solved.at_rest(names)
    for name in names:
        assert here[name] == pytest.approx(there[name], rel=1e-8), name


def test_a_changed_economy_takes_what_ships_of_what_it_shares(tmp_path):
    store = EconomyStore(folder=tmp_path)
    shipped = store.core("safe", grid="coarse", intercepts=False).solution
    changed = store.core("safe", {"phi": 1.6}, grid="coarse", intercepts=False).solution
    for block in ("kernel", "output", "spending"):
        # These blocks do not know monetary policy.
        np.testing.assert_array_equal(
            changed.solved[block].coefficients, shipped.solved[block].coefficients
        )
    assert max(node_residuals(changed).values()) < Newton().accepted
    before, after = (
        np.asarray(s.solved["nominal"].coefficients) for s in (shipped, changed)
    )
    assert np.max(np.abs(after - before)) > 1e-4


def test_a_change_that_contradicts_a_case_is_refused():
    store = EconomyStore({"theta": 0.9})
    with pytest.raises(OverrideError, match=r"theta=0.9 contradicts .*theta = 1.0"):
        store.core("risky", {"theta": 1.0})
    with pytest.raises(OverrideError, match="'sticky_risky'"):
        store.sticky("sticky_risky", {"theta": 0.5})


def test_the_user_may_change_a_default_of_a_study_and_reaches_sticky_economies():
    store = EconomyStore({"leverage": 3.0})
    found = store.sticky("sticky_risky", defaults={"leverage": 2.0}, order=1)
    assert found.parameters["leverage"] == 3.0


def test_what_nobody_declares_is_refused_by_name():
    with pytest.raises(OverrideError, match=r"'a' has no parameter 'thta'.*theta"):
        unclaimed({"thta": 1}, {"theta", "phi"}, "'a'")


def test_a_cache_that_cannot_be_written_is_named(solved, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    store = EconomyStore(folder=tmp_path / "file" / "below", shipped=None)
    monkeypatch.setattr(
        "fiscax.calibration.economies.store.core.solve_economy",
        lambda *_: solved,
    )
    with pytest.raises(FiscaxError, match=r"FISCAX_CACHE_DIR.*below"):
        store.core("safe", grid="coarse", intercepts=False)
