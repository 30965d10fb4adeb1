"""Programs on disk: what is loaded computes the same, and nothing else is loaded."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fiscax.solvers import executables
from fiscax.solvers.compiled import Compiled, compiled, forget, release_programs

TRACED = "/jax/core/compile/jaxpr_trace_duration"
COMPILED = "/jax/core/compile/backend_compile_duration"


class Found(NamedTuple):
    value: jax.Array
    parts: dict


def programs(folder):
    return sorted(folder.rglob("*.program"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache, for this test alone."""
    monkeypatch.setenv("FISCAX_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(executables, "_refused", [])
    return tmp_path / "programs"


@pytest.fixture
def events():
    """Names of what jax traces and compiles."""
    heard = []

    def listen(event: str, duration_secs: float, **_):
        heard.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield heard
    jax.monitoring.unregister_event_duration_listener(listen)


def economy(constant, **options):
    """A program with constants, linear algebra, a loop and a structure of results."""

    def solve(matrix, right, parameters, periods=3):
        left = jnp.eye(3) * parameters["weight"] + matrix
        value = jnp.linalg.solve(left, right) * constant

        def step(state, _):
            state = jnp.tanh(left @ state)
            return state, jnp.sum(state)

        last, path = jax.lax.scan(step, value, length=periods)
        eigen = jnp.linalg.eigh(left + left.T)[0]
        return Found(last, {"path": path, "eigen": eigen, "weak": 2 * periods})

    return compiled(solve, name="economy", static_argnames="periods", **options)


def given(seed=0):
    draws = np.random.default_rng(seed)
    return draws.normal(size=(3, 3)), draws.normal(size=3), {"weight": 0.7, "unused": 1}


def bits(tree):
    leaves, structure = jax.tree.flatten(tree)
    told = [(x.dtype, x.weak_type, np.asarray(x).tobytes()) for x in leaves]
    return structure, told


def test_what_is_loaded_computes_the_same_to_the_last_bit(folder, events):
    fresh = economy(1.5)(*given())
    assert len(programs(folder)) == 1
    forget()
    events.clear()
    again = economy(1.5)
    loaded = again(*given())
    assert TRACED not in events
    assert COMPILED not in events
    assert bits(loaded) == bits(fresh)
    # By jax alone, without this module.
    alone = economy(1.5)
    assert bits(alone.program(*given(1))) == bits(again(*given(1)))
    assert len(programs(folder)) == 1


def test_what_is_released_is_loaded_again_from_where_it_lay(
    folder, monkeypatch, events
):
    program = economy(1.5)
    fresh = program(*given())
    monkeypatch.setattr("fiscax.solvers.compiled._LARGE", 0.0)
    release_programs()
    events.clear()
    with monkeypatch.context() as patch:
        # What a program is has been told, and is not told again.
        patch.setattr(executables, "digest", None)
        again = program(*given())
    assert bits(again) == bits(fresh)
    assert COMPILED not in events
    forget()
    assert bits(program(*given())) == bits(fresh)
    assert len(programs(folder)) == 1


@pytest.mark.parametrize(
    "other",
    [
        lambda: economy(1.6)(*given()),
        lambda: economy(1.5)(*given(), periods=4),
        lambda: economy(1.5, inline=True)(*given()),
        lambda: economy(1.5)(given()[0].astype(np.float32), *given()[1:]),
        lambda: economy(1.5)(given()[0], given()[1][:, None], given()[2]),
        lambda: economy(1.5)(*given()[:2], {"weight": np.float64(0.7), "unused": 1}),
        lambda: economy(1.5)(*given()[:2], {"weight": 0.7, "other": 1}),
        lambda: Compiled(economy(1.5).function, "another", {})(*given()),
    ],
)
def test_another_program_has_another_file(other, folder):
    economy(1.5)(*given())
    assert len(programs(folder)) == 1
    other()
    assert len(programs(folder)) == 2


def test_settings_of_jax_count(folder):
    economy(1.5)(*given())
    with jax.default_matmul_precision("float32"):
        economy(1.5)(*given())
    assert len(programs(folder)) == 2


def test_values_do_not_count(folder):
    program = economy(1.5)
    assert bits(program(*given(1))) != bits(program(*given(2)))
    assert len(programs(folder)) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: executables.hashlib.sha256(b"x").digest() + b"x",
    ],
)
def test_a_damaged_file_is_written_anew(damage, folder):
    fresh = economy(1.5)(*given())
    (path,) = programs(folder)
    intact = path.read_bytes()
    for file in (path, *folder.rglob("*.lowered")):
        file.write_bytes(damage(intact))
    again = economy(1.5)(*given())
    assert bits(again) == bits(fresh)
    assert len(path.read_bytes()) == pytest.approx(len(intact), rel=0.05)
    assert bits(economy(1.5)(*given())) == bits(fresh)


def test_sources_that_change_no_program_compile_nothing(folder, events):
    def plain(x):
        return jnp.cumsum(x) * 2

    def other(x, unused=3):
        return jnp.cumsum(x) * 2

    compiled(plain, name="same")(np.arange(3.0))
    events.clear()
    compiled(other, name="same")(np.arange(3.0))
    assert TRACED in events
    assert COMPILED not in events
    assert len(programs(folder)) == 2


def test_arguments_that_are_not_used_are_told_apart(folder):
    first = compiled(lambda x, y: x + 1, name="one")
    second = compiled(lambda x, y: y + 1, name="one")
    assert float(first(1.0, 5.0)) == 2.0
    assert float(second(1.0, 5.0)) == 6.0


def test_keys_of_random_numbers_are_left_to_jax(folder):
    @compiled
    def drawn(key, size):
        return size * jax.random.normal(key, (3,))

    key = jax.random.key(4)
    want = 2.0 * jax.random.normal(key, (3,))
    np.testing.assert_array_equal(drawn(key, 2.0), want)
    # Old keys are arrays like others.
    old = jax.random.PRNGKey(4)
    np.testing.assert_array_equal(drawn(old, 2.0), want)
    assert len(programs(folder)) == 1


def test_programs_that_call_python_are_not_kept(folder):
    def asks(x):
        return jax.pure_callback(lambda v: np.asarray(v) + 1, x, x)

    found = compiled(asks, name="asks")(np.arange(3.0))
    assert found.tolist() == [1.0, 2.0, 3.0]
    assert not programs(folder)


def test_what_cannot_be_told_is_compiled_as_ever(folder):
    rows = iter([1.0, 2.0])
    program = compiled(lambda x: x + next(rows), name="next")
    assert [float(program(1.0)), float(program(1.0))] == [2.0, 2.0]
    assert not programs(folder)


def test_a_machine_that_cannot_load_says_so_once(folder, monkeypatch, capsys):
    monkeypatch.setattr(executables, "deserialize_and_load", None)
    assert [float(compiled(lambda x: x + 1)(k)) for k in (1.0, 2)] == [2.0, 3.0]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "cannot be loaded" in said[0]
    assert not programs(folder)


def test_the_folder_stays_small(folder):
    folder.mkdir()
    for age in range(10):
        path = folder / f"{age}.program"
        path.write_bytes(bytes(100))
        os.utime(path, (1000 - age, 1000 - age))
    executables.cut(folder, limit=1000, left=500)
    assert len(programs(folder)) == 10
    executables.cut(folder, limit=900, left=500)
    assert [p.stem for p in programs(folder)] == ["0", "1", "2", "3", "4"]


CODE = """
import json, sys
from collections import Counter
import fiscax, jax
heard = Counter()
jax.monitoring.register_event_duration_secs_listener(
    lambda event, _, **__: heard.update([event])
)
sys.path.insert(0, {here!r})
from test_executables import bits, economy, given
_, found = bits(economy(1.5)(*given()))
print(json.dumps([heard[{traced!r}], heard[{compiled!r}], str(found)]))
"""


def started(cache, **environment):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    here = str(Path(__file__).parent)
    code = CODE.format(here=here, traced=TRACED, compiled=COMPILED)
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=kept | {"FISCAX_CACHE_DIR": str(cache)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process):
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert not errors
    return json.loads(out)


def test_a_second_process_traces_and_compiles_nothing(tmp_path):
    # Two that write at once, then one that reads.
    both = [started(tmp_path, PYTHONHASHSEED=seed) for seed in ("1", "2")]
    first = [said(process) for process in both]
    assert first[0][2] == first[1][2]
    traced, compilations, found = said(started(tmp_path, PYTHONHASHSEED="3"))
    # What has jax find LAPACK is traced, and not compiled.
    assert compilations == 0
    assert traced < max(first[0][0], first[1][0])
    assert found == first[0][2]
    assert len(programs(tmp_path)) == 1


@pytest.mark.parametrize(
    "switch", [{"JAX_ENABLE_COMPILATION_CACHE": "0"}, {"JAX_DEBUG_NANS": "1"}]
)
def test_where_jax_keeps_nothing_nothing_is_kept(switch, tmp_path):
    said(started(tmp_path, **switch))
    assert not programs(tmp_path)
