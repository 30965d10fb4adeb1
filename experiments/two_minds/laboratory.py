"""Policy makers in the laboratory: what they make of shocks, what their policies do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...calibration.economies.linear import CAPACITY, FISCAL, SEEN, TEN, LinearEconomy
from ...calibration.parameters.policy import PolicyParameters
from ...errors import FiscaxError
from ...solvers.filters.attribution import attributed
from .closed_loop import (
    Minds,
    Path,
    Policy,
    draws,
    minds_of,
    only,
    packages,
    simulate,
    truth_of,
)

Record = dict[str, Any]
Economies = Mapping[str, LinearEconomy]
LOOPS = ("prices", "fundamentals")
QUANTILES = {"low": 0.1, "median": 0.5, "high": 0.9}
ALL, FISCAL_ONLY, SEQUENCE = "all shocks", "fiscal shocks", "packages"
_TINY = 1e-9


def attribution_records(
    kind: str, economies: Economies, given: PolicyParameters
) -> list[Record]:
    """What each mind makes of a shock of the risky economy, on impact.

    ``called`` is the part of the ten-year yield's rise called dysfunction.
    """
    truth = economies["risky"]
    fiscal = "e_u" if "e_u" in truth.shocks else FISCAL
    shocks = {"fiscal news": fiscal, "stress": "e_p", "dysfunction": CAPACITY}
    found = []
    for seen, names in SEEN.items():
        minds = minds_of(economies["safe"], economies["risky"], seen, given["known"])
        for mind, steady in zip(("safe", "risky"), minds, strict=True):
            own = economies[mind]
            for label, shock in shocks.items():
                column = truth.model.direct[: len(names), truth.shocks.index(shock)]
                parts = np.asarray(attributed(steady, column, TEN))
                move = float(column[TEN])
                n, k = len(own.states), len(own.shocks)
                called = float(parts[n - 1] + parts[n + k - 1])
                others = parts[n : n + k - 1]
                first = int(np.argmax(np.abs(others)))
                found.append(
                    {
                        "economy": kind,
                        "seen": seen,
                        "mind": mind,
                        "shock": label,
                        "yield_10y": move,
                        "called": called,
                        "share_called": called / move,
                        "other_cause": own.shocks[first],
                        "share_other_cause": float(others[first]) / move,
                        "share_error": float(parts[-1]) / move,
                    }
                )
    return found


def spike_shares(path: Path, quantile: float) -> dict[str, float]:
    """Quantiles of the share called dysfunction among the largest surprises."""
    surprise, called = (np.ravel(np.asarray(a)) for a in (path.surprise, path.called))
    large = surprise >= np.quantile(surprise, quantile)
    shares = called[large] / surprise[large]
    return {k: float(np.quantile(shares, q)) for k, q in QUANTILES.items()}


def backed(path: Path, theta: float) -> np.ndarray:
    """Sequences (N,) in which the backing share of news never falls below zero."""
    unfunded = (1 - theta) * np.asarray(path.unfunded)
    return np.all(np.isfinite(unfunded) & (unfunded <= 1), axis=1)


def quarters_to_learn(path: Path) -> float | None:
    """Median quarters until the risky model is likelier than not; None if never."""
    likely = np.asarray(path.probability) > 0.5
    first = np.where(likely.any(axis=1), likely.argmax(axis=1) + 1.0, np.inf)
    middle = float(np.median(first))
    return middle if np.isfinite(middle) else None


class Laboratory:
    """Both economies with the minds that see one set of observables."""

    def __init__(
        self, economies: Economies, seen: str, given: PolicyParameters, seed: int
    ):
        self.economies, self.seen, self.given = economies, seen, given
        self.minds = minds_of(
            economies["safe"], economies["risky"], seen, given["known"]
        )
        self.drawn = draws(economies["risky"], len(SEEN[seen]), given, seed)

    def shocks(self, kind: str) -> tuple[Any, Any]:
        """Shocks and errors of a kind of simulation."""
        economy = self.economies["risky"]
        shocks, errors = self.drawn
        if kind == ALL:
            return shocks, errors
        if kind == FISCAL_ONLY:
            return only(shocks, economy, (FISCAL,)), jnp.zeros_like(errors)
        return packages(economy, self.given), jnp.zeros_like(errors[:1])

    def path(
        self, truth: str, kind: str, policy: Policy, minds: Minds | None = None
    ) -> Path:
        """Simulate a policy in an economy."""
        given = self.given
        generated = truth_of(self.economies[truth], self.seen, given["known"])
        size, debt = (jnp.asarray(given[n]) for n in ("refinanced", "debt"))
        shocks, errors = self.shocks(kind)
        return simulate(
            generated, minds or self.minds, policy, shocks, errors, size, debt
        )

    def never_plumbing(self) -> Minds:
        """Minds of which the risky one holds dysfunction to be impossible."""
        risky = self.economies["risky"].without_dysfunction()
        safe = self.economies["safe"]
        return minds_of(safe, risky, self.seen, self.given["known"])


def loop_record(
    lab: Laboratory, truth: str, kind: str, name: str, path: Path, idle: Path
) -> tuple[Record, Record]:
    """Ten years of a policy: quantiles and means over sequences of shocks.

    Over those in which news of spending keeps some backing; ``runaway`` is the share of
    the others. The second record has the standard errors of the means.
    """

    bounded = backed(path, lab.economies[truth].theta)
    if not np.any(bounded):
        raise FiscaxError(
            f"policy '{name}': no sequence of shocks leaves news of spending any "
            "backing; choose a smaller 'discipline' or 'share'"
        )
    path, idle = (Path(*(np.asarray(a)[bounded] for a in p)) for p in (path, idle))

    def spread(values: Any) -> list[float]:
        return [float(np.quantile(np.asarray(values), q)) for q in QUANTILES.values()]

    stock = spread(path.stock[:, -1])
    gain = spread(-np.sum(path.overpaid, axis=1))
    shares = spike_shares(path, lab.given["spike"])
    level = np.sum(path.inflation - idle.inflation, axis=1) / 400
    head = {"truth": truth, "seen": lab.seen, "shocks": kind, "policy": name}
    record = head | {
        "spike_share": shares["median"],
        "spike_share_low": shares["low"],
        "spike_share_high": shares["high"],
        "stock": stock[1],
        "stock_low": stock[0],
        "stock_high": stock[2],
        "stock_mean": float(np.mean(path.stock[:, -1])),
        "gain_mean": -float(np.mean(np.sum(path.overpaid, axis=1))) + 0.0,
        "gain_low": gain[0],
        "gain_high": gain[2],
        "saved": float(np.mean(np.sum(path.saved, axis=1))),
        "price_level": float(np.mean(level)),
        "runaway": float(np.mean(~bounded)),
        "quarters_to_learn": quarters_to_learn(path) if name == "learning" else None,
    }
    sums = {"stock_mean": path.stock[:, -1], "gain_mean": path.overpaid.sum(axis=1)}
    errors = {k: float(np.std(v) / np.sqrt(len(v))) for k, v in sums.items()}
    return record, head | errors
