"""Exact solutions of the textbook economies in plain numpy: oracles, no solver code.

Every function takes the parameters of the declaration by name.
"""

import numpy as np


def burnside_price_dividend(growth, *, beta, gamma, mu, sigma_y, rho_g, terms=6000):
    """Price over dividend of a Lucas tree, shape of ``growth`` (Burnside 1998, eq. 5).

    Sum over i of E[beta^i exp((1 - gamma) sum_j growth_{t+j})], each term lognormal.
    """
    i = np.arange(1, terms + 1)
    share = 1 - gamma
    slope = share * rho_g * (1 - rho_g**i) / (1 - rho_g)
    variance = (sigma_y / (1 - rho_g)) ** 2 * (
        i
        - 2 * rho_g * (1 - rho_g**i) / (1 - rho_g)
        + rho_g**2 * (1 - rho_g ** (2 * i)) / (1 - rho_g**2)
    )
    level = i * np.log(beta) + share * mu * i + 0.5 * share**2 * variance
    gap = np.asarray(growth)[..., None] - mu
    return np.exp(level + slope * gap).sum(axis=-1)


def power_utility_log_prices(x, horizon, *, beta, gamma, mu, sigma_y, rho_x, sigma_x):
    """Log prices of real zero-coupon bonds, power utility: (horizon, *x.shape).

    log E[beta^n exp(-gamma sum dy)] with the lognormal moments of n periods' growth.
    """
    x = np.asarray(x)
    prices = []
    for n in range(1, horizon + 1):
        mean = n * mu + x * (1 - rho_x**n) / (1 - rho_x)
        loadings = (1 - rho_x ** np.arange(n)) / (1 - rho_x)
        variance = n * sigma_y**2 + sigma_x**2 * np.sum(loadings**2)
        prices.append(n * np.log(beta) - gamma * mean + 0.5 * gamma**2 * variance)
    return np.array(prices)


def unit_ies_value(x, *, beta, gamma, mu, sigma_y, rho_x, sigma_x):
    """Log lifetime utility per consumption of Epstein-Zin preferences with unit IES."""
    slope = beta / (1 - beta * rho_x)
    variance = slope**2 * sigma_x**2 + sigma_y**2
    level = beta / (1 - beta) * (mu + 0.5 * (1 - gamma) * variance)
    return level + slope * np.asarray(x)


def unit_ies_log_prices(x, horizon, *, beta, gamma, mu, sigma_y, rho_x, sigma_x):
    """Log prices of real zero-coupon bonds, Epstein-Zin with unit IES.

    Under the measure weighted by utility^(1 - gamma) the shocks have means
    (1 - gamma) sigma_y and (1 - gamma) slope sigma_x; the rest is beta exp(-dy).
    """
    slope = beta / (1 - beta * rho_x)
    drift = mu + (1 - gamma) * sigma_y**2
    drift_x = (1 - gamma) * slope * sigma_x**2
    x = np.asarray(x)
    level, loading, prices = 0.0, 0.0, []
    for _ in range(horizon):
        level = (
            level
            + np.log(beta)
            - drift
            + 0.5 * sigma_y**2
            - loading * drift_x
            + 0.5 * loading**2 * sigma_x**2
        )
        loading = 1 + rho_x * loading
        prices.append(level - loading * x)
    return np.array(prices)


def disaster_moment(k, *, mu, sigma_y, xi, p_bar):
    """E[exp(k dy)] with independent disasters."""
    calm = np.exp(k * mu + 0.5 * k**2 * sigma_y**2)
    return calm * (1 - p_bar + p_bar * np.exp(-k * xi))


def disaster_prices(
    *, beta, gamma, psi, mu, sigma_y, xi, p_bar, leverage, sigma_d
) -> dict[str, float]:
    """Riskless rate, price over dividend, log equity premium; psi may be one."""
    env = {"mu": mu, "sigma_y": sigma_y, "xi": xi, "p_bar": p_bar}
    certain = np.log(disaster_moment(1 - gamma, **env)) / (1 - gamma)
    scale = beta * np.exp(-(1 / psi - gamma) * certain)
    bond = scale * disaster_moment(-gamma, **env)
    outside = np.exp(mu * (1 - leverage) + 0.5 * sigma_d**2)
    growth = outside * disaster_moment(leverage, **env)
    strip = scale * outside * disaster_moment(leverage - gamma, **env)
    return {
        "real_rate": -np.log(bond),
        "price_dividend": strip / (1 - strip),
        "log_premium": np.log(growth) - np.log(strip) + np.log(bond),
        "output_strip": scale * disaster_moment(1 - gamma, **env),
    }


def fisherian_impact(*, beta, phi, omega, rho_f) -> dict[str, float]:
    """Impact of an unfunded transfer, fiscally led (Bianchi, Faccini and Melosi)."""
    revaluation = -beta / (1 - beta * rho_f)
    inflation = -(1 - beta * omega * phi) * revaluation
    return {
        "inflation": inflation,
        "log_bond_price": -phi * inflation / (1 - beta * omega * phi),
        "revaluation": revaluation,
    }


def fisherian_value(transfer, *, beta, rho_f):
    """Real value of debt with current payments: value of surpluses 1/beta - 1 - z."""
    return 1 / beta - np.asarray(transfer) / (1 - beta * rho_f)


def fiscal_news_yields(*, loss, phi, rho_i, decay, quarters):
    """Impact of a surprise loss of debt on yields, fiscally led, per year and unit.

    Real rates stay as they are: i_j = lam^j (1 - rho_i) phi pi_0 along the path. The
    price level and the portfolio, whose coupons decay at ``decay`` = omega exp(-i),
    share the loss: loss = pi_0 + decay i_0 / (1 - decay lam).
    """
    lam = rho_i + (1 - rho_i) * phi
    short = (1 - rho_i) * phi
    inflation = loss / (1 + decay * short / (1 - decay * lam))
    return 4 * short * inflation * (1 - lam**quarters) / (1 - lam) / quarters


def promise(*, breach, repayment, weight, p_bar):
    """Value of a unit of the account with independent disasters.

    Decays at ``repayment`` and loses ``breach`` in a disaster, whose forward price is
    p weight / (1 - p + p weight), ``weight`` the kernel in a disaster over without.
    """
    priced = p_bar * weight / (1 - p_bar + p_bar * weight)
    return repayment / (1 - (1 - repayment) * (1 - breach * priced))


def spending_values(z, *, terms=20_000, **given):
    """Values of spending and of what breached promises leave unfunded, shape of ``z``.

    Independent disasters, spending gbar exp(z), promises as in models/parts/fiscal.py:
    strips of exp(a z) are exponential in z, and a disaster at n + 1 voids what is owed
    and what is promised on the spending that follows, each priced as a strip.
    """
    g = given
    env = {k: g[k] for k in ("mu", "sigma_y", "xi", "p_bar")}
    # The kernel is exp(-gamma dy) up to a constant, whatever the IES.
    certain = np.log(disaster_moment(1 - g["gamma"], **env)) / (1 - g["gamma"])
    scale = g["beta"] * np.exp(-(1 / g["psi"] - g["gamma"]) * certain)
    power = 1 - g["gamma"]

    def step(a):
        """Growth-adjusted E[M exp(dy + a (z' - rho z))], without and in a disaster."""
        calm = scale * np.exp(
            power * g["mu"]
            + 0.5 * (power - a * g["b_y"]) ** 2 * g["sigma_y"] ** 2
            + 0.5 * (a * g["sigma_z"]) ** 2
            - a * g["zeta"] * g["p_bar"]
        )
        rare = g["p_bar"] * np.exp(-power * g["xi"] + a * g["zeta"])
        return calm * (1 - g["p_bar"]), calm * rare

    def strips(first):
        """Sum over n of E[M.. exp(first z_n)], n from 0."""
        z_now = np.asarray(z, float)[..., None]
        loads = first * g["rho_z"] ** np.arange(terms)
        logs = np.concatenate([[0.0], np.cumsum(np.log(sum(step(loads[:-1]))))])
        return np.exp(loads * z_now + logs).sum(axis=-1)

    worth = promise(
        breach=g["breach"],
        repayment=g["repayment"],
        weight=np.exp(g["gamma"] * g["xi"]),
        p_bar=g["p_bar"],
    )
    ahead = (worth - g["repayment"]) / (1 - g["repayment"])
    calm, rare = step(0.0)
    output = 1 / (1 - calm - rare)
    follows = 1 / (1 - g["rho_z"] * (calm + rare))
    spending = strips(1.0)
    voided = step(1.0)[1] * strips(g["rho_z"]) - rare * output
    promised = ahead * (spending - output) - g["breach"] * worth * follows * voided
    return {
        "promise_value": worth,
        "decaying_spending_value": follows,
        "spending_value": g["g_bar"] * spending,
        "unfunded_value": g["g_bar"] * (spending - g["theta"] * promised),
    }
