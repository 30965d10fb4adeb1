"""Draws per second of a sweep in batches, against one solve per draw (`make bench`)."""

import time

import numpy as np

from fiscax.calibration.economies.core import COARSE, solve_economy
from fiscax.calibration.economies.responses import news_responses
from fiscax.experiments.news import study as news

DRAWS = {"theta": np.array([0.88, 0.9, 0.92]), "gamma": np.array([4.9, 5.0, 5.1])}
COUNT = 3


def one_by_one():
    """Each draw solved on its own domain, with its intercepts, and priced."""
    for row in zip(*DRAWS.values(), strict=True):
        changes = dict(zip(DRAWS, (float(v) for v in row), strict=True))
        economy = solve_economy(news.BASE, changes, levels=(COARSE,))
        news_responses(economy, "persistent")


def as_a_batch():
    found = news.news(DRAWS, news.BASE)
    assert found["status"] == ["ok"] * COUNT


def test_batch_against_draw_by_draw():
    spent = {}
    for run in (as_a_batch, one_by_one):
        started = time.perf_counter()
        run()
        first = time.perf_counter() - started
        spent[run] = []
        print(f"{run.__name__:<12s} first {first:6.1f} s (base and programs included)")
    for _ in range(2):
        for run, times in spent.items():
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    batch, alone = (min(times) / COUNT for times in spent.values())
    print(
        f"batch {batch:.2f} s a draw, one by one {alone:.2f} s a draw: "
        f"{alone / batch:.1f} times as many draws per second"
    )
