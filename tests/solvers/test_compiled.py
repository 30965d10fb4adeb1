"""Programs with names: the same numbers, whoever calls them."""

import jax
import jax.numpy as jnp
import pytest

from fiscax.solvers.compiled import compiled


@compiled
def square(x):
    """Square."""
    return x**2


@compiled(name="power", static_argnames="order")
def raised(x, order):
    return x**order


def test_a_program_keeps_its_name_and_its_static_arguments():
    assert (square.__name__, square.__doc__) == ("square", "Square.")
    assert raised.__name__ == "power"
    text = raised.program.lower(2.0, order=3).as_text()
    assert "@jit_power" in text
    assert float(raised(2.0, order=3)) == 8.0


def test_within_another_program_a_function_is_differentiated_and_batched():
    slope = jax.jit(jax.grad(lambda x: square(x)))
    assert float(slope(3.0)) == pytest.approx(6.0, abs=1e-14)
    batch = jax.vmap(lambda x: raised(x, order=3))(jnp.arange(4.0))
    assert batch.tolist() == [0.0, 1.0, 8.0, 27.0]


def test_a_failure_leaves_the_program_usable():
    with pytest.raises(TypeError):
        square()
    assert float(square(2.0)) == 4.0
