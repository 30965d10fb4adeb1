"""``--set`` means the same in every study: what it reaches, and what is refused."""

import importlib

import pytest

from fiscax.calibration.economies.store import (
    KINDS,
    EconomyStore,
    OverrideError,
    parameters_of,
)
from fiscax.errors import FiscaxError
from fiscax.experiments import contents, registry
from fiscax.experiments.study import Setting

TOPICS = [t for t in (*contents.REPORT, *contents.OTHERS) if t != "news"]


def study(topic):
    return importlib.import_module(f"fiscax.experiments.{topic}").STUDY


def module(topic):
    return importlib.import_module(f"fiscax.experiments.{topic}.study")


def options(topic):
    return {option.name for option in getattr(module(topic), "OPTIONS", ())}


# The index ships with its likelihood: a change asks for the data, as tested below.
SOLVING = [t for t in TOPICS if study(t).economies and t != "regime_index"]


def test_the_list_of_topics_is_the_list_of_folders(root):
    folders = {
        path.parent.name
        for path in (root / "experiments").glob("*/__init__.py")
        if "STUDY" in path.read_text(encoding="utf-8")
    }
    assert folders == set(TOPICS)
    names = [study(t).name for t in TOPICS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_study_takes_its_own_options_and_its_economies_parameters(topic):
    own, declared = options(topic), study(topic)
    assert set(declared.economies) <= set(KINDS)
    solved = {n for kind in declared.economies for n in parameters_of(kind)}
    given = dict.fromkeys([*own, *solved], 0.5)
    chosen, changes = registry.routed(declared, own, given)
    assert set(chosen) == own
    # An option hides a parameter of the same name: British theta is not the US one.
    assert set(changes) == solved - own


@pytest.mark.parametrize("topic", TOPICS)
def test_every_study_refuses_by_name_what_nobody_declares(topic, tmp_path):
    context = registry.ExperimentContext({"not_a_parameter": 1.0}, tmp_path)
    with pytest.raises(OverrideError, match="'not_a_parameter'"):
        registry.find_experiment(study(topic).name).run(context)


class Reached(Exception):
    """The first economy that a study asked for."""


@pytest.mark.parametrize("topic", SOLVING)
def test_a_change_reaches_the_first_economy_that_a_study_solves(
    topic, tmp_path, monkeypatch
):
    def stop(name, changes, *_):
        raise Reached({"name": name, **changes})

    def core(self, name, changes, *_):
        stop(name, changes)

    monkeypatch.setattr(EconomyStore, "_core", core)
    for place in ("sticky.solve_sticky", "sticky_switching.solve_switching"):
        monkeypatch.setattr(f"fiscax.calibration.economies.store.{place}", stop)
    store = EconomyStore({"gamma": 4.25}, folder=None)
    setting = Setting(
        lambda: store, {}, tmp_path, progress=registry.Progress(quiet=True)
    )
    with pytest.raises(Reached) as caught:
        module(topic).measure(setting)
    assert caught.value.args[0]["gamma"] == 4.25


def test_the_shipped_index_refuses_a_change_that_would_not_reach_it(tmp_path):
    context = registry.ExperimentContext({"gamma": 4.25}, tmp_path)
    with pytest.raises(FiscaxError, match=r"gamma changes the likelihood.*data=DIR"):
        registry.find_experiment("regime-index").run(context)
