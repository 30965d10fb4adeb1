"""Priors, modes and draws against closed forms, quadrature and one another."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from fiscax.models.declaration import DeclarationError
from fiscax.models.dynare.reader import read_mod_text
from fiscax.models.general.estimation import Estimated, Prior, uniform
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.estimation import particles
from fiscax.solvers.estimation.marginal import harmonic_mean, importance_sampling
from fiscax.solvers.estimation.mode import find_mode
from fiscax.solvers.estimation.particles import sequential_monte_carlo
from fiscax.solvers.estimation.posterior import Posterior, of_model
from fiscax.solvers.estimation.priors import density
from fiscax.solvers.estimation.sampling import (
    no_u_turn,
    random_walk_metropolis,
)

AR = """var y; varexo e; parameters rho; rho = 0.6;
model; y = rho*y(-1) + e; end;
shocks; var e; stderr 0.5; end;
varobs y;
estimated_params;
{}
end;
"""
ENTRIES = "rho, beta_pdf, 0.5, 0.2;\nstderr e, inv_gamma_pdf, 0.5, 0.3;"

PRIORS = [
    Prior("normal", 0.3, 0.2),
    Prior("beta", 0.7, 0.1),
    Prior("beta", 0.5, 0.3, -1.0, 1.0),
    Prior("gamma", 1.5, 0.4),
    Prior("gamma", 1.5, 0.4, 1.0),
    Prior("inv_gamma", 0.2, 0.1),
    Prior("inv_gamma2", 0.2, 0.1),
    uniform(-1.0, 3.0),
    Prior("weibull", 1.0, 0.5),
]


def ar_model(entries=ENTRIES):
    return read_mod_text(AR.format(entries), "ar")


@pytest.fixture(scope="module")
def path():
    rng = np.random.default_rng(0)
    y = np.zeros(200)
    for t in range(1, 200):
        y[t] = 0.6 * y[t - 1] + 0.5 * rng.standard_normal()
    return y[:, None]


@pytest.fixture(scope="module")
def posterior(path):
    return of_model(ar_model(), ("y",), path)


@pytest.fixture(scope="module")
def mode(posterior):
    return find_mode(posterior, starts=3)


def exact(path, rho, size):
    """Log likelihood of a stationary AR(1), by the densities of its innovations."""
    y = path[:, 0]
    first = stats.norm(0, size / math.sqrt(1 - rho**2)).logpdf(y[0])
    return first + stats.norm(0, size).logpdf(y[1:] - rho * y[:-1]).sum()


@pytest.mark.parametrize("prior", PRIORS, ids=lambda p: f"{p.family}{p.low}")
def test_priors_have_the_mass_and_moments_that_they_declare(prior):
    log = jax.jit(density(prior).log)
    low, high = prior.support
    # Tails beyond 60 deviations hold less than the tolerance.
    ends = [
        max(low, prior.mean - 60 * prior.standard_deviation),
        min(high, prior.mean + 60 * prior.standard_deviation),
    ]
    kinks = [prior.mean]

    def moment(f):
        value = lambda x: f(x) * math.exp(float(log(x)))  # noqa: E731
        return integrate.quad(value, *ends, points=kinks, limit=200)[0]

    assert moment(lambda _: 1.0) == pytest.approx(1, abs=1e-5)
    assert moment(lambda x: x) == pytest.approx(prior.mean, rel=1e-3)
    if not prior.family.startswith("inv"):
        spread = moment(lambda x: (x - prior.mean) ** 2)
        assert math.sqrt(spread) == pytest.approx(prior.standard_deviation, rel=1e-5)


@pytest.mark.parametrize("prior", PRIORS, ids=lambda p: f"{p.family}{p.low}")
def test_densities_and_distributions_are_the_same(prior):
    found = density(prior)
    for share in (0.05, 0.5, 0.9):
        x = float(found.distribution.ppf(share))
        assert math.exp(float(found.log(x))) == pytest.approx(
            float(found.distribution.pdf(x)), rel=1e-9
        )
    below = prior.support[0] - 0.1
    if math.isfinite(below):
        assert float(found.log(below)) == -math.inf


def test_a_size_of_infinite_deviation_has_two_degrees_of_freedom():
    """Mean sqrt(s/2) Gamma(1/2) / Gamma(1) at nu = 2, in closed form."""
    scale = 2 * 0.1**2 / math.pi
    x = 0.07
    expected = 2 * (scale / 2) * x**-3 * math.exp(-scale / 2 / x**2)
    found = density(Prior("inv_gamma", 0.1, math.inf)).log(x)
    assert math.exp(float(found)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cauchy", 0, 1), "cauchy"),
        (("beta", 1.2, 0.1), "outside its support"),
        (("beta", 0.5, 0.6), "less than 0.5"),
        (("normal", 0, math.inf), "standard deviation"),
    ],
)
def test_what_is_no_prior_is_refused(arguments, message):
    with pytest.raises(DeclarationError, match=message):
        Prior(*arguments)


def test_a_file_declares_what_is_estimated():
    model = ar_model(
        "rho, 0.4, -0.9, 0.9, normal_pdf, 0.5, 0.2;\n"
        "stderr e, uniform_pdf, , , 0, 2;\nstderr y, 0.1, 0, 1;"
    )
    assert model.estimation is not None
    rho, e, y = model.estimation.estimated
    assert (rho.parameter, rho.initial, rho.interval) == ("rho", 0.4, (-0.9, 0.9))
    assert (e.parameter, e.label, e.interval) == ("stderr_e", "stderr e", (0, 2))
    assert (y.parameter, y.prior) == ("stderr_y", None)
    # Estimated sizes are parameters; unless set, they have what the file says.
    assert model.values["stderr_e"] == 0.5
    assert model.values["stderr_y"] == 0.0


def test_later_blocks_move_starts_and_bounds():
    text = AR.format(ENTRIES) + (
        "estimated_params_init; rho, 0.3; end;\n"
        "estimated_params_bounds; rho, 0.1, 0.8; end;\n"
        "estimated_params_remove; stderr e; end;\n"
    )
    (rho,) = read_mod_text(text, "ar").estimation.estimated
    assert (rho.initial, rho.interval) == (0.3, (0.1, 0.8))


def test_what_cannot_be_read_is_told_to_who_estimates_only(path):
    model = ar_model("rho, cauchy_pdf, 0.5, 0.2;\nsigma, 0.1;")
    assert model.values["rho"] == 0.6
    with pytest.raises(SolutionError, match=r"line 6.*cauchy.*line 7.*sigma"):
        of_model(model, ("y",), path)


def test_the_posterior_is_prior_times_likelihood(posterior, path):
    values = np.array([0.45, 0.6])
    found = posterior.program(jnp.asarray(values), posterior.given)
    assert float(found.likelihood) == pytest.approx(exact(path, *values), rel=1e-10)
    expected = stats.beta(2.625, 2.625).logpdf(0.45)
    size = float(density(Prior("inv_gamma", 0.5, 0.3)).log(0.6))
    assert float(found.prior) == pytest.approx(expected + size, rel=1e-10)


@pytest.mark.slow
def test_first_dates_start_the_filter_and_are_not_judged(path):
    model = ar_model()
    late = of_model(model, ("y",), path, presample=1)
    values = jnp.asarray([0.45, 0.6])
    first = stats.norm(0, 0.6 / math.sqrt(1 - 0.45**2)).logpdf(path[0, 0])
    found = float(late.program(values, late.given).likelihood)
    assert found == pytest.approx(exact(path, 0.45, 0.6) - first, rel=1e-10)


@pytest.mark.slow
def test_trends_are_taken_out_of_the_data(path):
    trend = "observation_trends; y (rho/10); end;"
    model = read_mod_text(AR.format(ENTRIES) + trend, "ar")
    moved = path + 0.06 * np.arange(1, 201)[:, None]
    there = of_model(model, ("y",), moved)
    found = there.program(jnp.asarray([0.6, 0.5]), there.given)
    assert float(found.likelihood) == pytest.approx(exact(path, 0.6, 0.5), rel=1e-9)


@pytest.mark.slow
def test_logarithms_are_those_of_a_model_in_logarithms(path):
    """exp(0.2 + y) in levels, observed in logs, is y with a mean of 0.2."""
    text = AR.replace("var y;", "var y z;").replace("varobs y", "varobs z")
    text = text.replace("end;\nshocks", "z = exp(0.2 + y); end;\nshocks").format(
        ENTRIES
    )
    model = read_mod_text(text, "logs")
    there = of_model(model, ("z",), path + 0.2, logs=True)
    found = there.program(jnp.asarray([0.45, 0.6]), there.given)
    assert float(found.likelihood) == pytest.approx(exact(path, 0.45, 0.6), rel=1e-8)


@pytest.mark.slow
def test_the_mode_is_where_a_grid_says(mode, posterior, path):
    """Mode and Laplace's approximation beside brute force over both parameters."""
    rho, size = np.linspace(0.2, 0.9, 281), np.linspace(0.35, 0.7, 281)
    prior = density(Prior("inv_gamma", 0.5, 0.3)).distribution
    heights = np.array(
        [
            [exact(path, r, s) + stats.beta(2.625, 2.625).logpdf(r) for s in size]
            for r in rho
        ]
    ) + np.log(prior.pdf(size))
    i, j = np.unravel_index(heights.argmax(), heights.shape)
    assert mode.values == pytest.approx([rho[i], size[j]], abs=2.5e-3)
    top = heights.max()
    mass = np.exp(heights - top).sum() * (rho[1] - rho[0]) * (size[1] - size[0])
    # Laplace's error is of the order of one over the number of dates.
    assert mode.log_marginal == pytest.approx(top + math.log(mass), abs=0.02)
    # Importance sampling has none, but that of the draws.
    for seed in (0, 1):
        found = importance_sampling(posterior, mode, 4000, seed)
        assert found.standard_error < 0.01
        error = 4 * found.standard_error
        assert found.value == pytest.approx(top + math.log(mass), abs=error)
        assert found.effective > 2000
    assert np.ptp(mode.ends) < 1e-6


@pytest.mark.slow
def test_without_a_prior_the_mode_is_that_of_the_likelihood(path):
    model = ar_model("rho, 0.5, -0.99, 0.99;\nstderr e, 0.5, 0, 5;")
    found = find_mode(of_model(model, ("y",), path), starts=1)
    best = max(
        exact(path, r, s)
        for r in found.values[0] + np.linspace(-0.01, 0.01, 21)
        for s in found.values[1] + np.linspace(-0.01, 0.01, 21)
    )
    assert found.log_likelihood == pytest.approx(best, abs=1e-9)


@pytest.mark.slow
def test_a_direction_that_nothing_closes_is_named(path):
    text = AR.replace("parameters rho;", "parameters rho a b;").replace(
        "rho = 0.6;", "rho = 0.6; a = 1; b = 1;"
    )
    text = text.replace("rho*y(-1) + e", "rho*y(-1) + a*b*e")
    model = read_mod_text(text.format("a, 1, 0, 9;\nb, 1, 0, 9;"), "open")
    with pytest.raises(SolutionError, match="a, b"):
        find_mode(of_model(model, ("y",), path), starts=1)


@pytest.mark.slow
def test_draws_have_the_moments_of_the_posterior(mode, posterior):
    """Metropolis and particles beside the normal approximation and one another."""
    walk = random_walk_metropolis(posterior, mode, 4000, chains=4, seed=1)
    path = sequential_monte_carlo(posterior, particles=10_000, seed=1)
    turns = no_u_turn(posterior, mode, 500, chains=4, seed=1)
    for draws in (walk, path, turns):
        flat = draws.values.reshape(-1, 2)
        assert flat.mean(axis=0) == pytest.approx(
            mode.values, abs=0.2 * mode.standard_deviation.max()
        )
        assert flat.std(axis=0) == pytest.approx(mode.standard_deviation, rel=0.12)
        marginal, apart = harmonic_mean(flat, draws.log_posterior.ravel())
        assert apart < 0.1
        assert marginal == pytest.approx(mode.log_marginal, abs=0.08)
    assert path.log_marginal == pytest.approx(mode.log_marginal, abs=0.15)
    assert 0.15 < walk.acceptance.mean() < 0.5


@pytest.fixture(scope="module")
def truth(path):
    """Log marginal likelihood of the path by quadrature over both parameters."""
    prior = density(Prior("inv_gamma", 0.5, 0.3)).distribution
    rho, size = np.linspace(0.2, 0.9, 141), np.linspace(0.35, 0.7, 141)
    heights = np.array(
        [
            [exact(path, r, s) + stats.beta(2.625, 2.625).logpdf(r) for s in size]
            for r in rho
        ]
    ) + np.log(prior.pdf(size))
    top, step = heights.max(), (rho[1] - rho[0]) * (size[1] - size[0])
    return top + math.log(np.exp(heights - top).sum() * step)


@pytest.mark.slow
def test_runs_of_particles_are_independent_and_tell_their_error(posterior, truth):
    """Their mean marginal likelihood beside quadrature."""
    runs = sequential_monte_carlo(posterior, 300, seed=2, runs=8)
    alone = sequential_monte_carlo(posterior, 300, seed=2)
    np.testing.assert_array_equal(runs.values[:10], alone.values)
    assert runs.values.shape == (80, 30, 2)
    assert len({tuple(v) for v in runs.values[:, 0].round(12)}) == 80
    assert 0 < runs.log_marginal_error < alone.log_marginal_error
    assert runs.log_marginal == pytest.approx(truth, abs=4 * runs.log_marginal_error)


@pytest.mark.slow
def test_a_run_of_particles_tells_its_error(posterior, truth):
    """Forty runs: gaps from quadrature, in the errors that each run tells of itself.

    Their squares add up to a chi-squared number; two-sided at 1%.
    """
    gaps = []
    for seed in range(40):
        run = sequential_monte_carlo(posterior, 1000, seed=seed)
        gaps.append((run.log_marginal - truth) / run.log_marginal_error)
        assert run.memory < 0.3
    low, high = stats.chi2.ppf([0.005, 0.995], 40)
    assert low < np.sum(np.square(gaps)) < high, gaps


@pytest.mark.parametrize(
    ("asked", "shape"),
    [(3, (10, 10)), (1000, (10, 100)), (5001, (50, 110)), (40000, (200, 200))],
)
def test_chains_of_particles_are_whole_and_long(asked, shape):
    assert particles._chains(asked) == shape


def test_threads_change_no_digit(posterior, monkeypatch):
    found = []
    for threads in (1, 3):
        monkeypatch.setattr(particles, "_threads", lambda threads=threads: threads)
        found.append(sequential_monte_carlo(posterior, 120, seed=4))
    same(*found)


def test_particles_too_few_for_the_parameters_are_refused(posterior):
    with pytest.raises(SolutionError, match="2 particles do not span 2 parameters"):
        sequential_monte_carlo(posterior, particles=2)


def test_particles_need_priors(path):
    model = ar_model("rho, 0.5, -0.99, 0.99;")
    with pytest.raises(SolutionError, match="rho"):
        sequential_monte_carlo(of_model(model, ("y",), path), particles=10)


def test_estimated_parameters_are_those_of_the_model(path):
    with pytest.raises(DeclarationError, match="'size'"):
        Posterior(ar_model(), (Estimated("size"),), ("y",), path)


class Interrupted(Exception):
    """What ends a sampler between two blocks."""


def interrupted_after(count):
    """Progress that ends the run when it is told for the ``count``-th time."""
    told = []

    def say(text):
        told.append(text)
        if len(told) == count:
            raise Interrupted

    return say


def same(one, two):
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.log_posterior, two.log_posterior)
    assert one.log_marginal == two.log_marginal


def test_an_interrupted_chain_goes_on_to_the_same_digits(mode, posterior, tmp_path):
    whole = random_walk_metropolis(posterior, mode, 600, chains=2, seed=3)
    with pytest.raises(Interrupted):
        random_walk_metropolis(
            posterior, mode, 600, 2, 3, tmp_path, interrupted_after(1)
        )
    assert len(list(tmp_path.glob("block-*.npz"))) == 1
    # A block that was cut off while it was written is none.
    (tmp_path / "block-0002.npz").write_bytes(b"PK")
    same(random_walk_metropolis(posterior, mode, 600, 2, 3, tmp_path), whole)
    # Draws of another seed are not those that lie there.
    other = random_walk_metropolis(posterior, mode, 600, 2, 4, tmp_path)
    assert not np.any(other.values[0, 0] == whole.values[0, 0])
    # A longer run begins with the same draws.
    longer = random_walk_metropolis(posterior, mode, 900, 2, 3)
    np.testing.assert_array_equal(longer.values[:, :300], whole.values[:, 300:])


@pytest.mark.slow
def test_interrupted_particles_go_on_to_the_same_digits(posterior, tmp_path):
    whole = sequential_monte_carlo(posterior, 200, seed=3)
    with pytest.raises(Interrupted):
        sequential_monte_carlo(posterior, 200, 3, tmp_path, interrupted_after(2))
    assert len(list(tmp_path.glob("step-*.npz"))) == 2
    same(sequential_monte_carlo(posterior, 200, 3, tmp_path), whole)


@pytest.mark.slow
def test_interrupted_paths_go_on_to_the_same_digits(mode, posterior, tmp_path):
    whole = no_u_turn(posterior, mode, 200, seed=3)
    with pytest.raises(Interrupted):
        no_u_turn(posterior, mode, 200, 2, 3, tmp_path, interrupted_after(1))
    same(no_u_turn(posterior, mode, 200, 2, 3, tmp_path), whole)
