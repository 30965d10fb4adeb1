"""Taxes repay funded spending once: a conservation identity of the safe economy."""

import numpy as np


def test_funded_spending_is_repaid_once(solved):
    # Without convenience news of funded spending moves no price: what is borrowed is
    # what the account holds, and taxes rise by what the account repays, no more.
    safe = solved("safe", safety_price=0.0, liquidity_price=0.0)
    names = ["tax_ratio", "backing_account", "end_of_period_debt", "inflation"]
    horizon = 20
    paths = [
        safe.impulse_response(names, shocks, horizon).values
        for shocks in ({"e_z": 3.0}, {"e_z": 0.0})
    ]
    taxes, account, debt, inflation = (paths[0] - paths[1]).T
    repayment = float(np.asarray(safe.parameters["repayment"]).ravel()[0])
    peak = repayment * account.max()
    assert peak > 1e-3
    # Coarse grid; debt pays a premium over the rate of the account, which adds up.
    assert np.abs(taxes - repayment * account).max() < 0.05 * peak
    # What is owed at the end of a quarter is in next quarter's account.
    assert np.abs(debt[:-1] - account[1:]).max() < 0.05 * account.max()
    assert np.abs(inflation).max() < 1e-5
