"""Steady states in a file of the host language beside the model."""

import numpy as np
import pytest

from fiscax.models.dynare.macros import DynareFileError
from fiscax.models.dynare.reader import read_mod
from fiscax.models.general.functions import parameter_vector
from fiscax.solvers.perturbation.steady_state import steady_state

MODEL = """var c k r; varexo e; parameters al be de target;
al = 0.3; be = 0.96; de = 0.1; {target}
model; 1/c = be/c(+1)*(1 + r(+1)); r = al*exp(e)*k(-1)^(al - 1) - de;
c + k = exp(e)*k(-1)^al + (1 - de)*k(-1) + 0*target; end;
{more}
steady; stoch_simul(order=1);"""
# The head and the end that such files share, in words of our own.
NEW = """function [ys,params,check] = growth_steadystate(ys,exo,M_,options_)
n = M_.param_nbr;
for i = 1:n
  name = M_.param_names{{i}};
  eval([name ' = M_.params(' int2str(i) ');']);
end
check = 0;
{body}
params = NaN(n,1);
for i = 1:n
  eval(['params(' num2str(i) ') = ' M_.param_names{{i}} ';']);
end
for i = 1:M_.orig_endo_nbr
  eval(['ys(' int2str(i) ') = ' M_.endo_names{{i}} ';']);
end
end
"""
BODY = """r = 1/be - 1;   % interest
k = ((r + de)/al)^ ...
    (1/(al-1))
if k < 0
  check = 1; return
end
c = k^al - de*k;"""
OLD = """function [ys,check] = growth_steadystate(junk,ys)
global M_
alpha = M_.params(1); be = M_.params(2);
de = M_.params(3);
r = 1/be - 1;
stock = ((r + de)/alpha)^(1/(alpha - 1));
check = 0;
ys = [stock^alpha - de*stock; stock
      r];
"""


def growth(folder, companion, target="target = 0;", more=""):
    path = folder / "growth.mod"
    path.write_text(MODEL.format(target=target, more=more))
    (folder / "growth_steadystate.m").write_text(companion)
    return read_mod(path)


def refused(folder, body, **parts):
    with pytest.raises(DynareFileError) as caught:
        growth(folder, NEW.format(body=body), **parts)
    return str(caught.value)


@pytest.mark.parametrize("companion", [NEW.format(body=BODY), OLD])
def test_both_manners_of_writing_are_read(tmp_path, companion):
    model = growth(tmp_path, companion)
    r = 1 / 0.96 - 1
    k = ((r + 0.1) / 0.3) ** (1 / -0.7)
    rest = steady_state(model, parameter_vector(model)).values
    want = {"c": k**0.3 - 0.1 * k, "k": k, "r": r}
    assert rest == pytest.approx(want, rel=1e-14)
    assert model.steady_state and not model.guesses
    assert "The steady state is that of growth_steadystate.m." in model.notes


def test_places_of_values_are_those_of_the_declaration(tmp_path):
    body = BODY.replace("c = k^al - de*k;", "ys(1) = k^al - de*k; ys(2,1) = k;")
    model = growth(tmp_path, NEW.format(body=body))
    assert [n for n, _ in model.steady_state] == ["r", "k", "c"]


def test_parameters_that_are_returned_follow(tmp_path):
    body = BODY + "\ntarget = k/k^al;"
    model = growth(tmp_path, NEW.format(body=body), target="")
    k = ((1 / 0.96 - 0.9) / 0.3) ** (1 / -0.7)
    assert model.values["target"] == pytest.approx(k**0.7, rel=1e-14)
    assert model.settled == {"target"}
    moved = parameter_vector(model, {"de": 0.2})
    k = ((1 / 0.96 - 0.8) / 0.3) ** (1 / -0.7)
    np.testing.assert_allclose(moved[3], k**0.7, rtol=1e-13)


def test_parameters_that_are_not_returned_stay(tmp_path):
    model = growth(tmp_path, OLD.replace("check = 0;", "target = 5;"))
    assert model.values["target"] == 0 and not model.settled


def test_a_closed_form_of_the_file_itself_comes_first(tmp_path):
    more = "steady_state_model; r = 1/be - 1; k = ((r + de)/al)^(1/(al - 1)); "
    more += "c = k^al - de*k; end;"
    model = growth(tmp_path, NEW.format(body="k = fsolve(1);"), more=more)
    assert model.steady_state and not any("steadystate.m" in n for n in model.notes)


@pytest.mark.parametrize(
    ("body", "line", "name"),
    [
        ("r = 1/be - 1;\nk = fsolve(@(x) x - 1, 2);\nc = k^al - de*k;", 9, "'fsolve'"),
        ("[k, value] = fsolve(f, 2);\nr = 1;\nc = k;", 8, "'k'"),
        ("r = 1;\nif r > 0\n  k = 2;\nend\nc = k;", 10, "'k'"),
        ("x = load('file');\nr = x + 1;\nk = r;\nc = k;", 9, "'x'"),
        ("r = interest;\nk = r;\nc = k;", 8, "'interest'"),
    ],
)
def test_what_is_computed_otherwise_is_refused_by_line(tmp_path, body, line, name):
    found = refused(tmp_path, body)
    assert f"growth_steadystate.m, line {line}: " in found and name in found
    # What follows from it is not told again.
    assert found.count("line ") == 1 + found.count("on line")


def test_starting_values_take_the_place_of_what_is_not_read(tmp_path):
    more = "initval; r = 0.04; k = 2; c = 1; end;"
    body = "r = 1/be - 1; k = fsolve(@(x) x, 2);\nc = k^al - de*k;"
    model = growth(tmp_path, NEW.format(body=body), more=more)
    assert model.guesses and not model.steady_state
    (note,) = [n for n in model.notes if "not followed" in n]
    assert "line 8" in note and "searched for from initval" in note
    # Parameters that come from there cannot be searched for.
    found = refused(tmp_path, body + "\ntarget = 1;", more=more)
    assert "line 8" in found
