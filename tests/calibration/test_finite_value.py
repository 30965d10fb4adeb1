"""The value of output is finite or refused: closed forms, and another method."""

import math

import numpy as np
import pytest
import scipy.interpolate
import scipy.special
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from yardsticks import KERNEL

from fiscax.calibration.economies.core import load
from fiscax.calibration.parameters.calibration import CalibrationError, load_calibration
from fiscax.calibration.parameters.finite_value import (
    certainty_equivalent_growth,
    infinite_value,
)
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.projection.solution import solve

IID = KERNEL | {"sigma_x": 0.0, "sigma_p": 0.0}


def iid_discount(values):
    """beta E[G^(1 - gamma)]^(1 / theta) for independent growth G (Barro 2009)."""
    power = 1 - values["gamma"]
    crash = math.exp(-power * values["xi"])
    moment = (1 - values["p_bar"] + values["p_bar"] * crash) * math.exp(
        power * values["mu"] + 0.5 * (power * values["sigma_y"]) ** 2
    )
    return values["beta"] * moment ** ((1 - 1 / values["psi"]) / power)


@given(
    st.floats(0.9, 0.9999),
    st.floats(0.1, 15.0),
    st.floats(0.1, 5.0),
    st.floats(-0.02, 0.03),
    st.floats(0.0, 0.6),
)
def test_independent_growth_has_a_closed_form(beta, gamma, psi, mu, xi):
    assume(abs(gamma - 1) > 1e-3)
    given = {"beta": beta, "gamma": gamma, "psi": psi, "mu": mu, "xi": xi}
    values = IID | given
    discount = iid_discount(values)
    power = 1 - 1 / psi
    mine = beta * math.exp(power * certainty_equivalent_growth(values))
    # Division by 1 - gamma of at least 1e-3 leaves nine digits of rounding.
    assert mine == pytest.approx(discount, rel=1e-9)
    assume(abs(math.log(discount) - 1e-4) > 1e-6)
    assert (infinite_value(values) is None) == (math.log(discount) < 1e-4)


@settings(max_examples=15)
@example(7.0, 0.9375, 0.25)
@example(12.0, 0.97, 0.1)
@given(st.floats(1.5, 12.0), st.floats(0.0, 0.97), st.floats(0.05, 0.4))
def test_stress_by_another_method(gamma, rho, sigma):
    # Powers of the operator on the log of a function, by cubic splines, Gauss-Hermite.
    values = KERNEL | {"gamma": gamma, "rho_p": rho, "sigma_p": sigma, "sigma_x": 0.0}
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    weights = weights / weights.sum()
    mean = math.log(values["p_bar"] / (1 - values["p_bar"]))
    # Aversion of 12 moves stress by up to 20 s.d. when it persists.
    reach = 30 * sigma / math.sqrt(1 - rho**2)
    grid = np.linspace(-reach, reach, 601)
    ahead = rho * grid[:, None] + sigma * nodes
    chance = scipy.special.expit(mean + grid)
    weight = np.log1p(chance * math.expm1((gamma - 1) * values["xi"]))
    log_f, level = np.zeros_like(grid), math.inf
    for _ in range(5000):
        spline = scipy.interpolate.CubicSpline(grid, log_f)
        log_f = weight + scipy.special.logsumexp(spline(ahead), axis=1, b=weights)
        before, level = level, log_f[300]
        log_f = log_f - level
        if abs(level - before) < 1e-9:
            break
    # Where two humps of the eigenvector weigh the same, powers take for ever.
    assume(abs(level - before) < 1e-9)
    power = 1 - gamma
    want = values["mu"] + power * values["sigma_y"] ** 2 / 2 + level / power
    assert certainty_equivalent_growth(values) == pytest.approx(want, abs=2e-7)


@pytest.mark.parametrize("psi", [1.5, 0.5])
def test_the_limits_in_the_message_are_limits(psi):
    sign = 1 if psi > 1 else -1
    values = IID | {"psi": psi, "gamma": 5.0, "mu": 0.03 * sign, "beta": 0.999}
    values |= {"xi": 0.05}
    text = infinite_value(values)
    assert text is not None
    limit = float(text.split(" or mu ")[1].split()[1])
    side = "below" if sign > 0 else "above"
    assert f"mu {side} " in text
    # Five decimals are printed; the slack is 1e-4 in logs, a third of it in mu or less.
    assert iid_discount(values | {"mu": limit}) == pytest.approx(1.0, abs=2e-5)
    assert infinite_value(values | {"mu": limit - sign * 1e-3}) is None
    assert infinite_value(values | {"mu": limit + sign * 1e-3}) is not None


def test_a_file_with_an_infinite_value_is_one_message(tmp_path):
    model, safe = load("safe")
    text = safe.to_toml()
    changed = text.replace(f"value = {safe.values['beta']!r}", "value = 0.9999")
    changed = changed.replace("value = 1.5\n", "value = 15.0\n", 1)
    assert changed.count("15.0") == 1
    path = tmp_path / "patient.toml"
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(CalibrationError, match=r"patient\.toml: beta = 0\.9999") as got:
        load_calibration(path, model)
    (problem,) = got.value.problems
    assert "infinite" in problem and "give beta below" in problem
    with pytest.raises(CalibrationError, match=r"calibration 'safe': beta = 0\.9999"):
        safe.with_values(beta=0.9999, psi=15.0)


def test_what_is_refused_has_no_solution():
    # The same verdict by Newton on the tree whose growth does not persist.
    from textbook import iid_disasters

    names = [p.name for p in iid_disasters().parameters]
    values = IID | {"leverage": 1.0, "sigma_d": 0.0, "rho_g": 0.0, "psi": 3.0}
    fine, much = values | {"mu": 0.008}, values | {"mu": 0.02}
    assert infinite_value(fine) is None
    assert infinite_value(much) is not None
    assert solve(iid_disasters(), {n: fine[n] for n in names}) is not None
    with pytest.raises(SolutionError):
        solve(iid_disasters(), {n: much[n] for n in names})
