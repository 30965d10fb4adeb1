"""The manifest and the JSON writer."""

import json
import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiscax.errors import FiscaxError
from fiscax.experiments.command import manifest
from fiscax.experiments.files import write_json


def test_run_records_what_is_needed_to_repeat_it(tmp_path):
    command = ["run", "theta", "--set", "theta=0.5"]
    with manifest.Run(tmp_path, command, experiment="theta", seed=3) as run:
        run.parameters = {"theta": (0.5, "share"), "rho": {"value": 0.9, "unit": "1"}}
        run.data_vintage = {"FRED": "2026-06"}
        run.outputs = [write_json(tmp_path / "theta.json", [{"value": 1.0}])]
    record = json.loads((tmp_path / "manifest.json").read_text())
    assert record["command"] == "fiscax run theta --set theta=0.5"
    assert record["status"] == "finished"
    assert record["seed"] == 3
    assert record["parameters"]["theta"] == {"value": 0.5, "unit": "share"}
    assert record["data_vintage"] == {"FRED": "2026-06"}
    assert record["versions"].keys() >= {"python", "jax", "numpy"}
    assert len(record["outputs"]["theta.json"]) == 16
    assert record["peak_memory_mb"] > 10
    assert record["wall_seconds"] >= record["compile_seconds"] >= 0


def test_compilation_is_measured_and_does_not_exceed_the_wall_clock(tmp_path):
    import jax
    import jax.numpy as jnp

    @jax.jit
    def inner(x):
        return jnp.sin(x) @ x

    # A constant nobody else uses, so that the program is in no cache.
    salt = time.time()
    with manifest.Run(tmp_path, ["run"]) as run:
        jax.jit(lambda x: inner(x) + inner(x + salt))(jnp.ones((5, 5)))
    record = json.loads((run.out / "manifest.json").read_text())
    assert 0 < record["compile_seconds"] <= record["wall_seconds"] + 0.01


def test_nested_events_count_once():
    times = iter([1.0, 1.01, 2.0])
    clock = manifest.CompileClock(lambda: next(times))
    clock("/jax/core/compile/jaxpr_trace_duration", 0.01)
    clock("/jax/core/compile/jaxpr_trace_duration", 0.04)
    clock("/jax/something/else", 5.0)
    assert clock.seconds == pytest.approx(0.04)
    clock("/jax/core/compile/backend_compile_duration", 0.25)
    assert clock.seconds == pytest.approx(0.29)


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError, "failed"), (KeyboardInterrupt, "interrupted")]
)
def test_a_run_that_raises_leaves_a_manifest(tmp_path, error, status):
    with pytest.raises(error), manifest.Run(tmp_path, ["run", "theta"]):
        raise error
    assert json.loads((tmp_path / "manifest.json").read_text())["status"] == status


def test_a_parameter_without_a_unit_is_refused():
    with pytest.raises(TypeError, match="'theta' has no unit"):
        manifest.describe_parameters({"safe": {"theta": 0.5}})


@pytest.mark.parametrize("bad", [math.nan, math.inf, np.float64("nan")])
def test_a_number_that_is_none_is_refused_by_name(tmp_path, bad):
    records = [
        {"economy": "safe", "value": 1.0},
        {"economy": "risky", "quantity": "10-year yield", "value": bad},
    ]
    with pytest.raises(FiscaxError) as caught:
        write_json(tmp_path / "regimes.json", records)
    for part in ("regimes.json", "risky", "10-year yield", "value is"):
        assert part in str(caught.value)
    assert not (tmp_path / "regimes.json").exists()


plain = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(-(2**53), 2**53) | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(plain)
def test_what_is_written_is_read_back_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("json") / "content.json"
    try:
        write_json(path, content)
    except FiscaxError:
        assert "nan" in repr(content) or "inf" in repr(content)
    else:
        text = path.read_text(encoding="utf-8")
        assert json.loads(text) == content
        write_json(path, content)
        assert path.read_text(encoding="utf-8") == text


def test_arrays_and_numpy_scalars_become_plain(tmp_path):
    import jax.numpy as jnp

    content = {"a": np.arange(2), "b": np.float32(0.5), "c": jnp.ones(()), "d": (1,)}
    write_json(tmp_path / "x.json", content)
    read = json.loads((tmp_path / "x.json").read_text())
    assert read == {"a": [0, 1], "b": 0.5, "c": 1.0, "d": [1]}
