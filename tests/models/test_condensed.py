"""Models in fewer variables: the same solution of those that are left."""

import numpy as np
import pytest

from fiscax.models.dynare.reader import read_mod_text
from fiscax.models.general.condensed import condensed
from fiscax.solvers.perturbation.solution import solve_local

CHAIN = """var k c y w r x; varexo e; parameters a d; a = 0.3; d = 0.9;
model;
k = d*k(-1) + e;
y = exp(a*k(-1)) + 0.1*e;
w = 2*y - c;
c = 0.5*y;
r = exp(x) - w^2;
x = k(+1)*w;
end;
initval; k = 0; y = 1; c = 0.5; w = 1.5; x = 0; r = -1; end;
shocks; var e; stderr 0.1; end;
"""


@pytest.fixture(scope="module")
def chain():
    return read_mod_text(CHAIN, "chain")


def test_what_an_equation_gives_is_put_in(chain):
    left = condensed(chain, ("r",))
    # An expectation stays a variable, as it stands inside of what is seen.
    assert left.names == ("k", "r", "x")


def test_rules_of_what_is_left_are_the_same(chain):
    whole, left = solve_local(chain, 1), solve_local(condensed(chain, ("r", "w")), 1)
    assert left.states == whole.states
    for name in left.variables:
        rows = [s.variables.index(name) for s in (whole, left)]
        np.testing.assert_allclose(left.rule.x[rows[1]], whole.rule.x[rows[0]], 1e-10)
        assert left.steady_state[name] == pytest.approx(whole.steady_state[name])


def test_what_is_kept_stays(chain):
    assert set(condensed(chain, chain.names).names) == set(chain.names)
