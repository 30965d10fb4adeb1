"""Likelihood of a model that switches as a program, beside the filter on the host."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fiscax.calibration.economies.sticky import sticky_dynamics
from fiscax.calibration.economies.sticky_switching import (
    REGIMES,
    in_regimes,
    solve_switching,
)
from fiscax.errors import FiscaxError
from fiscax.models.general.estimation import Estimated, Prior
from fiscax.solvers.compiled import compiled
from fiscax.solvers.estimation.posterior import Posterior
from fiscax.solvers.filters.likelihood import VERDICTS
from fiscax.solvers.filters.switching import (
    Rules,
    regime_probabilities,
    switching_likelihood,
)
from fiscax.solvers.filters.switching_program import (
    hidden_regimes_function,
    judged_switching_function,
)

OBSERVED = ("inflation", "policy_rate", "log_output")


@pytest.fixture(scope="module")
def dynamics():
    return in_regimes(sticky_dynamics(regimes=REGIMES))


@pytest.fixture(scope="module")
def data():
    made = solve_switching()["risky"].solution.simulate(12, 1, 4, OBSERVED)
    found = np.stack([made[n].values[:, 0] for n in OBSERVED], axis=1)
    found[3, 1] = np.nan
    return found


@pytest.fixture(scope="module")
def posterior(dynamics, data):
    estimated = (
        Estimated("theta[risky]", Prior("beta", 0.93, 0.05)),
        Estimated("switch_base[safe]", Prior("normal", -5.5, 1.0)),
        Estimated("rho_p", Prior("beta", 0.9, 0.05)),
    )
    return Posterior(dynamics.model, estimated, OBSERVED, data, switching=dynamics)


def test_parameters_with_a_value_per_regime_are_apart(dynamics):
    names = [p.name for p in dynamics.parameters]
    assert len(names) == len(set(names)) == len(dynamics.values)
    assert {"phi", "theta[safe]", "theta[risky]", "switch_base[risky]"} <= set(names)
    moved = dynamics.vector({"theta[risky]": 0.8, "phi": 1.7})
    by_regime = np.asarray(dynamics.by_regime(moved))
    own = [p.name for p in dynamics.model.parameters]
    np.testing.assert_array_equal(by_regime[:, own.index("theta")], [1.0, 0.8])
    np.testing.assert_array_equal(by_regime[:, own.index("phi")], [1.7, 1.7])
    with pytest.raises(FiscaxError, match=r"theta\[safe\]"):
        dynamics.vector({"theta[saf]": 1.0})


@pytest.mark.parametrize(("memory", "start"), [(1, None), (3, None), (1, 0.1)])
def test_likelihood_is_that_of_the_filter_on_the_host(dynamics, data, memory, start):
    chain = solve_switching()["safe"].chain
    assert chain is not None
    errors = {"policy_rate": 0.001}
    want = switching_likelihood(
        Rules(chain.rules, chain.chances),
        dict(zip(OBSERVED, data.T, strict=True)),
        errors,
        start,
        memory,
    )
    program = compiled(
        judged_switching_function(dynamics, OBSERVED, errors, start, memory)
    )
    found = program(dynamics.vector(), jnp.asarray(data))
    assert VERDICTS[int(found.verdict)] == "ok"
    assert float(found.value) == pytest.approx(want, abs=1e-8)


def test_hidden_regimes_are_those_of_the_host(dynamics, data):
    chain = solve_switching()["safe"].chain
    assert chain is not None
    program = compiled(hidden_regimes_function(dynamics, OBSERVED, 2))
    found = program(dynamics.vector(), jnp.asarray(data))
    for smoothed, got in ((False, found.filtered), (True, found.smoothed)):
        want = regime_probabilities(
            Rules(chain.rules, chain.chances),
            dict(zip(OBSERVED, data.T, strict=True)),
            memory=2,
            smoothed=smoothed,
        )
        np.testing.assert_allclose(got, want, atol=1e-8)


@pytest.mark.slow
def test_slopes_of_a_posterior_are_differences(posterior):
    def value(values, given):
        return posterior.value(values, given).posterior

    program = compiled(jax.value_and_grad(value), name="test_slopes")
    _, slope = program(jnp.asarray(posterior.start), posterior.given)
    for k in range(len(posterior.names)):
        ends = []
        for sign in (1, -1):
            moved = posterior.start.copy()
            moved[k] += sign * 1e-5
            found = posterior.program(jnp.asarray(moved), posterior.given)
            ends.append(float(found.prior + found.likelihood))
        want = (ends[0] - ends[1]) / 2e-5
        assert float(slope[k]) == pytest.approx(want, rel=1e-5, abs=1e-4)


def test_what_has_no_likelihood_says_why(dynamics, posterior, data):
    judged = compiled(judged_switching_function(dynamics, OBSERVED))

    def reason(**changes):
        found = judged(dynamics.vector(changes), jnp.asarray(data))
        assert float(found.value) == -np.inf
        return VERDICTS[int(found.verdict)]

    assert reason(**{"phi_shadow[risky]": 1.5}) == "not determinate"
    assert reason(**{"phi": 0.5}) == "not determinate"
    dynamics = in_regimes(
        sticky_dynamics(regimes=REGIMES),
        overrides={"safety_long": {"safe": 1.0, "risky": 0.9}},
    )
    judged = compiled(judged_switching_function(dynamics, OBSERVED))
    assert reason() == "no steady state that regimes share"
    with pytest.raises(FiscaxError, match="levels"):
        Posterior(
            posterior.model,
            posterior.estimated,
            OBSERVED,
            data,
            logs=True,
            switching=posterior.switching,
        )
