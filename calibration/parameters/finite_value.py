"""Whether the value of output, and with it of the surplus, is finite: before solving.

Output has the value exp((1 - 1/psi) v) / (1 - beta), where v is log lifetime utility
per consumption. Utility exists if and only if beta exp((1 - 1/psi) eta) < 1, with

    eta = lim log E[(C_n / C_0)^(1 - gamma)] / (n (1 - gamma)),

see Borovicka and Stachurski (2020). Spending over output is stationary, so eta is that
of output: growth shocks have closed forms, and stress is a Markov chain on a line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import scipy.linalg
import scipy.special

from ...models.parts import endowment, preferences

_DECLARED = {p.name: p for p in (*preferences.PARAMETERS, *endowment.PARAMETERS)}
# An output worth more than 10,000 quarters is left to the solver: quadrature errors
# decide there.
SLACK = 1e-4
# Nodes: first reach and spacing, in s.d. of stress and of its shock.
_WIDTH, _STEP = 10.0, 0.5
# What the principal eigenvector may hold at the ends, of its largest entry.
_CUT = 1e-8


def infinite_value(values: Mapping[str, float]) -> str | None:
    """What is wrong with a parameter set whose value of output is infinite.

    ``values`` are in declared units. None if the value is finite, or if the model has
    other preferences or another endowment. The message says for which beta or mu, all
    else equal, the value is finite.
    """
    if not all(name in values for name in _DECLARED):
        return None
    power = 1 - 1 / values["psi"]
    eta = certainty_equivalent_growth(values)
    excess = math.log(values["beta"]) + power * eta
    if excess <= SLACK:
        return None
    limits = {
        "beta": ("below", math.exp(-power * eta)),
        "mu": ("below" if power > 0 else "above", values["mu"] - excess / power),
    }
    ways = [
        f"{name} {side} {limit:.5f}"
        for name, (side, limit) in limits.items()
        if _DECLARED[name].low < limit < _DECLARED[name].high
    ]
    return (
        f"beta = {values['beta']:g} and mu = {values['mu']:g} make the value of "
        "output, and of the surplus, infinite: the growth-adjusted discount factor is "
        f"{math.exp(excess):.5f} and has to be below one; with all else as it is, give "
        f"{' or '.join(ways) or 'psi nearer to one'}"
    )


def certainty_equivalent_growth(values: Mapping[str, float]) -> float:
    """Long-run growth of consumption that risk aversion accepts for sure (quarterly).

    ``eta`` of the module, log per quarter.
    """
    power = 1 - values["gamma"]
    if abs(power) < 1e-6:
        # Log utility is the limit; the error is of the order of this power.
        power = -1e-6
    long_run = values["sigma_y"] ** 2 + (values["sigma_x"] / (1 - values["rho_x"])) ** 2
    return values["mu"] + power * long_run / 2 + _disasters(values, power) / power


def _disasters(values: Mapping[str, float], power: float) -> float:
    """Log principal eigenvalue of E[exp(-power xi disaster') f(stress')]."""
    mean = math.log(values["p_bar"] / (1 - values["p_bar"]))
    rho, sigma = values["rho_p"], values["sigma_p"]
    rise = math.expm1(-power * values["xi"])
    if sigma == 0:
        return math.log1p(rise / (1 + math.exp(-mean)))
    width = _WIDTH
    while True:
        # Risk aversion moves weight to where disasters are likely, which may be far.
        half = math.ceil(width / (_STEP * math.sqrt(1 - rho**2)))
        nodes = _STEP * sigma * np.arange(-half, half + 1)
        weight = np.log1p(rise * scipy.special.expit(mean + nodes))
        largest, vector = _principal(nodes, weight, rho, sigma)
        if max(abs(vector[0]), abs(vector[-1])) < _CUT * abs(vector).max():
            return largest
        width *= 2


def _principal(
    nodes: np.ndarray, weight: np.ndarray, rho: float, sigma: float
) -> tuple[float, np.ndarray]:
    """Log largest eigenvalue and its vector (n,), by trapezoids on ``nodes`` (n,).

    Trapezoids of a normal density are exact to rounding at half a s.d.
    """
    # The density of stress' given stress, made symmetric by the stationary density.
    ahead, now = np.meshgrid(nodes, nodes)
    density = -((ahead - rho * now) ** 2) / (2 * sigma**2)
    density += (ahead**2 - now**2) * (1 - rho**2) / (4 * sigma**2)
    level = weight.max()
    tilted = np.exp(density + (weight[:, None] + weight[None, :]) / 2 - level)
    matrix = tilted * _STEP / math.sqrt(2 * math.pi)
    last = [len(nodes) - 1] * 2
    value, vector = scipy.linalg.eigh(matrix, subset_by_index=last)
    return float(level + np.log(value[0])), vector[:, 0]
