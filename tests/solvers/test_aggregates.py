"""Annual series in a quarterly model against the joint density of what is seen."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import fiscax
from fiscax.errors import FiscaxError
from fiscax.models.declaration import DeclarationError
from fiscax.models.dynare.reader import read_mod_text
from fiscax.models.general.aggregates import Aggregate, with_aggregates
from fiscax.solvers.estimation.posterior import of_model

MODEL = """var y z; varexo e u; parameters c rho link; c = 2; rho = 0.8; link = 0.3;
model;
y = c + rho*(y(-1) - c) + e;
z = 0.5*z(-1) + link*y + u;
end;
initval; y = 2; z = 1.2; end;
shocks; var e; stderr 0.5; var u; stderr 0.2; {} end;
varobs y z;
estimated_params;
rho, beta_pdf, 0.7, 0.1; c, normal_pdf, 2, 1; stderr e, gamma_pdf, 0.5, 0.2;
end;
{}
"""
DATES = 26
# Last dates of years; the second year's value is missing.
ENDS = [2, 10, 14, 18, 22]
VALUES = np.array([0.7, 1.7, 0.4])


def model(errors="", more=""):
    return read_mod_text(MODEL.format(errors, more), "annual")


def data():
    rng = np.random.default_rng(4)
    found = np.full((DATES, 2), np.nan)
    found[ENDS, 0] = 2 + rng.standard_normal(len(ENDS))
    found[:, 1] = 1.2 + 0.4 * rng.standard_normal(DATES)
    found[[5, 17], 1] = np.nan
    return found


def joint_density(kind, seen, error=0.0, periods=4):
    """Log density of what is seen, from the covariance of all dates, stacked."""
    rho, c, size = VALUES
    a = np.array([[rho, 0.0], [0.3 * rho, 0.5]])
    b = np.array([[size, 0.0], [0.3 * size, 0.2]])
    variance, power = np.zeros((2, 2)), b
    for _ in range(600):
        variance, power = variance + power @ power.T, a @ power
    count = DATES + periods - 1
    covariance = np.zeros((count, 2, count, 2))
    for s in range(count):
        later = variance
        for t in range(s, count):
            covariance[t, :, s, :], covariance[s, :, t, :] = later, later.T
            later = a @ later
    rows, values, means, noise = [], [], [], []
    weight = {"sum": np.ones(periods), "mean": np.full(periods, 1 / periods)}
    weight["end"] = np.eye(periods)[-1]
    for t in range(DATES):
        for column in range(2):
            if np.isnan(seen[t, column]):
                continue
            row = np.zeros((count, 2))
            place = t + periods - 1
            if column == 0:
                row[place - periods + 1 : place + 1, 0] = weight[kind]
            else:
                row[place, 1] = 1.0
            rows.append(row.ravel())
            values.append(seen[t, column])
            means.append(row[:, 0].sum() * c + row[:, 1].sum() * 0.6 * c)
            noise.append(error**2 if column == 0 else 0.0)
    link = np.array(rows)
    size = 2 * count
    whole = link @ covariance.reshape(size, size) @ link.T + np.diag(noise)
    gap = np.array(values) - np.array(means)
    _, determinant = np.linalg.slogdet(2 * np.pi * whole)
    return -0.5 * (determinant + gap @ np.linalg.solve(whole, gap))


@pytest.mark.parametrize("kind", ["sum", "mean", "end"])
def test_the_likelihood_is_the_joint_density_of_what_is_seen(kind):
    own = with_aggregates(model(), {"y": Aggregate(kind, 4)})
    seen = data()
    target = of_model(own, own.observed, seen)
    found = float(target.program(jnp.asarray(VALUES), target.given).likelihood)
    assert found == pytest.approx(joint_density(kind, seen), rel=1e-9)


def test_errors_of_measurement_are_those_of_what_is_seen():
    own = with_aggregates(model("var y; stderr 0.3;"), {"y": Aggregate("mean", 4)})
    seen = data()
    target = of_model(own, own.observed, seen)
    found = float(target.program(jnp.asarray(VALUES), target.given).likelihood)
    assert found == pytest.approx(joint_density("mean", seen, 0.3), rel=1e-9)


def test_months_make_quarters():
    own = with_aggregates(model(), {"y": Aggregate("sum", 3)})
    seen = data()
    seen[:, 0] = np.nan
    seen[[1, 4, 7, 10], 0] = [5.0, 6.0, 7.0, 5.5]
    target = of_model(own, own.observed, seen)
    found = float(target.program(jnp.asarray(VALUES), target.given).likelihood)
    expected = joint_density("sum", seen, periods=3)
    assert found == pytest.approx(expected, rel=1e-9)


def table(values):
    return pd.DataFrame(values, columns=["y", "z"])


@pytest.mark.slow
def test_an_estimate_finds_what_made_annual_means():
    """A long sample: the truth lies within four standard deviations of the mode."""
    made = fiscax.solve(model()).simulate(1200, 1, 3, ("y", "z"))
    y, z = (made[n].values[:, 0] for n in ("y", "z"))
    annual = np.full(len(y), np.nan)
    annual[3::4] = y.reshape(-1, 4).mean(axis=1)
    found = fiscax.estimate(
        model(), table(np.stack([annual, z], axis=1)), annual={"y": "mean"}
    )
    mode = found.mode
    truth = np.array([0.8, 2.0, 0.5])
    assert np.all(np.abs(mode["mode"] - truth) < 4 * mode["sd_at_mode"])
    smoothed = fiscax.smoothed(
        fiscax.solve(found.target.model, order=1),
        {"y_mean_4": annual, "z": z},
    )
    # What is smoothed between has the annual means that were seen.
    path = smoothed["mean"].sel(variable="y").values
    means = path[4:].reshape(-1, 4).mean(axis=1)
    np.testing.assert_allclose(means, annual[7::4], atol=1e-8)


def test_wrong_columns_and_cells_are_named():
    def refused(message, values, **options):
        with pytest.raises(FiscaxError, match=message):
            fiscax.estimate(model(), table(values), **options)

    refused("observable 'gdp'|'gdp'", data(), annual={"gdp": "mean"})
    refused("column 'y'.*'average'", data(), annual={"y": "average"})
    shifted = data()
    shifted[12, 0] = 1.0
    refused(r"row 13, column 'y'.*10 dates after", shifted, annual={"y": "sum"})
    empty = data()
    empty[:, 0] = np.nan
    refused("column 'y' has no value", empty, annual={"y": "sum"})
    both = {"annual": {"y": "sum"}, "quarterly": {"y": "sum"}}
    refused("column 'y' is both", data(), **both)


def test_a_trend_of_a_mean_is_refused():
    trend = "observation_trends; y (0.1); end;"
    with pytest.raises(DeclarationError, match="'y' has a trend"):
        with_aggregates(model(more=trend), {"y": Aggregate("mean", 4)})
