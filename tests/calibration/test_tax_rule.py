"""Taxes repay funded spending once: a conservation identity of the safe economy."""

import numpy as np
import pytest
from shared_economies import UNRISKY

from fiscax.calibration.economies.core import load
from fiscax.experiments.open_problems.study import riskless_intercepts

# Hardly any risk: debt and the account of promises pay the same riskless rate. That
# rate is zero, the one at which the rule counts face value: -log(beta) + mu / psi = 0.
RISKLESS = UNRISKY | {"mu": -0.01, "psi": 1.5, "beta": float(np.exp(-0.01 / 1.5))}


@pytest.mark.slow
def test_funded_spending_is_repaid_once(solved):
    # What is borrowed for funded spending is what the account holds, and taxes rise by
    # what the account repays, no more: exact without risk and without convenience.
    values = load("safe")[1].as_arrays() | RISKLESS
    safe = solved("safe", **RISKLESS, **riskless_intercepts(values))
    names = ["tax_ratio", "backing_account", "end_of_period_debt", "inflation"]
    paths = [
        safe.impulse_response(shocks, horizon=40, outputs=names).values
        for shocks in ({"e_z": 3.0}, {"e_z": 0.0})
    ]
    taxes, account, debt, inflation = (paths[0] - paths[1]).T
    repaid = float(np.asarray(safe.parameters["repayment"]).ravel()[0]) * account
    assert repaid.max() > 1e-3
    # One percent: what a coarse grid may lose over ten years of compounding.
    np.testing.assert_allclose(taxes, repaid, rtol=0, atol=0.01 * repaid.max())
    # What is owed at the end of a quarter is in next quarter's account.
    np.testing.assert_allclose(
        debt[:-1], account[1:], rtol=0, atol=0.01 * account.max()
    )
    assert np.abs(inflation).max() < 1e-5
