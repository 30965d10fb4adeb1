"""Simulation-based calibration: truths drawn from the prior have uniform ranks.

If parameters are drawn from the prior, data from the model, and draws from the
posterior, the rank of the truth among the draws is uniform whatever prior and data
(Cook, Gelman and Rubin 2006; Talts et al. 2018). Likelihood, priors, bounds and sampler
have to be right together.
"""

import numpy as np
import pytest
from scipy import stats

from fiscax.models.dynare.reader import read_mod_text
from fiscax.solvers.estimation.particles import sequential_monte_carlo
from fiscax.solvers.estimation.posterior import of_model
from fiscax.solvers.perturbation.solution import solve_local

# Demand, supply and policy; every draw of the prior is determinate (phi above one).
TEXT = """var x p i d; varexo e u; parameters kappa phi rho sd;
kappa = 0.3; phi = 1.6; rho = 0.7; sd = 0.5;
model;
x = x(+1) - (i - p(+1)) + d;
p = 0.99*p(+1) + kappa*x + u;
i = phi*p;
d = rho*d(-1) + e;
end;
shocks; var e; stderr sd; var u; stderr 0.3; end;
varobs x p;
estimated_params;
kappa, gamma_pdf, 0.4, 0.15; phi, gamma_pdf, 1.8, 0.3, 1;
rho, beta_pdf, 0.6, 0.15; sd, inv_gamma_pdf, 0.5, 0.3;
end;
"""
DATES, PARTICLES, APART, BINS, REPEATS = 30, 2000, 10, 10, 100
LEVEL = 1e-3


def put(posterior, data):
    """The same posterior with other data, so that its programs serve again."""
    object.__setattr__(posterior, "data", data)
    posterior.__dict__.pop("given", None)


def drawn(posterior, random):
    priors = [d.distribution for d in posterior.densities]
    return np.array([float(d.rvs(random_state=random)) for d in priors])


@pytest.mark.slow
def test_ranks_of_truths_are_uniform():
    """Chi-square of ten bins of ranks for each of four parameters, level 0.1% together.

    Each is judged at a quarter of the level (Bonferroni).
    """
    random = np.random.default_rng(11)
    model = read_mod_text(TEXT, "nk")
    posterior = of_model(model, ("x", "p"), np.zeros((DATES, 2)))
    names = [e.parameter for e in posterior.estimated]
    ranks = np.zeros((REPEATS, len(names)), int)
    for k in range(REPEATS):
        truth = drawn(posterior, random)
        assert not posterior.refused(truth)
        solution = solve_local(model, 1, dict(zip(names, truth, strict=True)))
        made = solution.simulate(DATES, 1, k, ("x", "p"))
        put(posterior, np.stack([made[n].values[:, 0] for n in ("x", "p")], axis=1))
        found = sequential_monte_carlo(posterior, PARTICLES, seed=k)
        # States of a chain far enough from one another to be nearly independent.
        kept = found.values[:, ::APART].reshape(-1, len(names))[1:]
        ranks[k] = (kept < truth).sum(axis=0)
    bins = ranks * BINS // (PARTICLES // APART)
    for place, name in enumerate(names):
        counts = np.bincount(bins[:, place], minlength=BINS)
        p_value = stats.chisquare(counts).pvalue
        assert p_value > LEVEL / len(names), (name, counts)
