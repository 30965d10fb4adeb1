"""The search of `fiscax calibrate` on functions whose optimum another method knows."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import least_squares

from fiscax.calibration.matching.estimate import match
from fiscax.calibration.matching.identification import standard_errors, told
from fiscax.calibration.matching.plans import PLANS, Plan
from fiscax.calibration.matching.trial import Trial
from fiscax.errors import FiscaxError
from fiscax.solvers.errors import SolutionError

FREE = {"a": (0.0, 2.0), "b": (-1.0, 3.0)}
TARGETS = ("first", "second", "third")
ERRORS = np.array([0.1, 0.2, 0.3])


def moments(values):
    a, b = values["a"], values["b"]
    return {"first": np.exp(a) * b, "second": a**2 - b, "third": np.sin(a + b)}


def data(value):
    return pd.DataFrame({"name": TARGETS, "value": value, "standard_error": ERRORS})


def search(value, evaluate=moments, steps=30):
    plan = Plan("toy", "era", FREE, TARGETS)
    return match(plan, evaluate, {"a": 0.4, "b": 0.5}, data(value), steps)


def test_parameters_that_made_the_moments_are_found():
    true = {"a": 1.1, "b": 1.4}
    found = search([moments(true)[t] for t in TARGETS])
    assert found.parameters == pytest.approx(true, abs=1e-4)


def test_the_optimum_is_that_of_another_method():
    goal = np.array([3.0, 0.5, 0.2])

    def gaps(x):
        got = moments({"a": x[0], "b": x[1]})
        return (np.array([got[t] for t in TARGETS]) - goal) / ERRORS

    other = least_squares(gaps, [0.4, 0.5], bounds=([0.0, -1.0], [2.0, 3.0]))
    found = search(goal)
    # The search stops when a step promises less than a thousandth of the objective.
    assert found.objective == pytest.approx(2 * other.cost, rel=2e-3)


def test_a_bound_that_binds_is_named():
    found = search([moments({"a": 2.6, "b": 1.0})[t] for t in TARGETS])
    assert "a" in found.at_bound


def test_trials_without_a_solution_are_counted_and_survived():
    def evaluate(values):
        if values["a"] > 1.3:
            raise SolutionError("no solution here")
        return moments(values)

    found = search([moments({"a": 1.1, "b": 1.4})[t] for t in TARGETS], evaluate)
    assert found.parameters["a"] < 1.3
    assert found.objective < 0.1


def test_a_start_without_a_solution_is_refused():
    def never(_):
        raise SolutionError("nothing exists")

    with pytest.raises(FiscaxError, match="nothing exists"):
        search([1.0, 1.0, 1.0], never)


def test_plans_have_as_many_targets_as_parameters():
    for plan in PLANS.values():
        assert len(plan.targets) >= len(plan.free)
        assert not set(plan.targets) & set(plan.left_out)


def test_derivatives_come_from_the_neighbourhood():
    # Solving anew adds noise whose differences over one step say nothing.
    true = {"a": 1.1, "b": 1.4}
    goal = [moments(true)[t] for t in TARGETS]

    def rough(values):
        noise = 2e-3 * np.sin(1e5 * values["a"])
        return {name: value + noise for name, value in moments(values).items()}

    plan = Plan("toy", "era", FREE, TARGETS)
    start = {"a": 0.4, "b": 0.5}
    found = match(plan, rough, start, data(goal), 30, near=lambda _, v: moments(v))
    assert found.parameters == pytest.approx(true, abs=0.02)


@pytest.mark.slow
def test_near_an_economy_the_domain_stays():
    trial = Trial("safe")
    base = {"rho_m": 0.5}
    own = trial.at(base)
    again = trial.near(base, base)
    assert again == pytest.approx(own, rel=1e-6, abs=1e-9)
    # A second way to what the intercepts are for: debt observed on the ergodic sample.
    solution = trial.solution(base)
    debt = solution.observe(["end_of_period_debt"], solution.ergodic_sample[0])
    goal = 4 * float(solution.parameters["debt_target"][0])
    assert debt.mean() == pytest.approx(goal, abs=0.02 * 0.02)


def test_an_economy_with_regimes_is_refused():
    with pytest.raises(FiscaxError, match="one regime"):
        Trial("switching")


class Toy:
    """Moments linear in three parameters; the third is told by no target but one."""

    jacobian = np.array([[2.0, 0.5, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 1.0]])

    def at(self, values):
        given = [values["a"], values["b"], values.get("c", 0.0)]
        if given[2] > 5:
            raise SolutionError("worthless")
        return dict(zip(TARGETS, self.jacobian @ given, strict=True))

    def near(self, base, values):
        del base
        return self.at(values)


def silent(_):
    pass


def test_errors_of_what_is_matched_are_those_of_least_squares():
    toy, plan = Toy(), Plan("toy", "era", FREE, TARGETS, held={"c": (0.0, 0.3)})
    goal = data(list(toy.at({"a": 1.0, "b": 1.0}).values()))
    found = match(plan, toy.at, {"a": 0.9, "b": 1.1}, goal)
    *matched, held = told(found, plan, toy, goal, {"c": 0.0}, silent)
    scaled = toy.jacobian[:, :2] / ERRORS[:, None]
    expected = np.sqrt(np.diag(np.linalg.inv(scaled.T @ scaled)))
    assert [r.parameter for r in matched] == ["a", "b"]
    np.testing.assert_allclose([r.standard_error for r in matched], expected, rtol=1e-6)
    assert held.parameter == "c" and not held.matched
    # Others are matched again: what is left is the part that they cannot take.
    moved = toy.jacobian[:, 2] * 0.3 / ERRORS
    left = moved - scaled @ np.linalg.lstsq(scaled, moved, rcond=None)[0]
    assert held.at_low == pytest.approx(0.0, abs=1e-3)
    assert held.at_high == pytest.approx(left @ left, rel=0.02)
    assert held.reading.startswith("not told, and held")


def test_a_range_without_a_solution_is_said():
    toy, plan = Toy(), Plan("toy", "era", FREE, TARGETS, held={"c": (0.0, 9.0)})
    goal = data(list(toy.at({"a": 1.0, "b": 1.0}).values()))
    found = match(plan, toy.at, {"a": 0.9, "b": 1.1}, goal)
    held = told(found, plan, toy, goal, {"c": 0.0}, silent)[-1]
    assert held.at_high is None and "none at 9" in held.reading


def test_a_parameter_that_moves_no_target_has_no_error():
    found = standard_errors(np.array([[1.0, 0.0], [2.0, 0.0]]))
    assert found[0] == pytest.approx(5**-0.5) and np.isinf(found[1])
