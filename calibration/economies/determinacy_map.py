"""Where policy leads to one stable economy: monetary response against fiscal response.

The risky economy is linearised with its risk at every pair of responses, taken as
permanent (Leeper 1991): one of the two, the policy rate or taxes, has to stabilise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...solvers.errors import DeterminacyError, SolutionError
from ...solvers.projection.linear import linear_policy
from ...solvers.projection.solve import BlockSolver
from .core_solution import COARSE, kind_of, load, solver_options

NO_REST = "no resting point"
# Verdict -> what it means, for people.
WORDS = {
    "determinate": "one stable economy: exactly one of the two responses stabilises",
    "indeterminate": "many stable economies: both leave the price level open",
    "explosive": "no stable economy: neither lets debt settle",
    NO_REST: "not told: the economy has no resting point near its targets",
}


def verdict_map(
    phis: Sequence[float], tax_responses: Sequence[float], name: str = "risky"
) -> list[dict[str, Any]]:
    """Verdict by response of the policy rate to inflation and of taxes to debt.

    Parameters
    ----------
    phis, tax_responses : ratios, every pair is looked at.
    name : of the economy whose other parameters hold.

    Returns
    -------
    Records with ``phi``, ``tax_response`` and ``verdict``, a key of ``WORDS``.
    """
    model, calibration = load(name)
    options = solver_options((COARSE,), None, *kind_of(model, calibration))
    solver, given = BlockSolver(model, options), calibration.as_arrays()
    # Kernel, output and spending know nothing of policy.
    *earlier, last = (block.name for block in model.blocks)
    for block in earlier:
        solver.solve(block, dict(given))
    return [
        {
            "phi": float(phi),
            "tax_response": float(response),
            "verdict": _verdict(
                solver,
                last,
                {
                    **given,
                    "phi": np.full_like(given["phi"], phi),
                    "tax_response": np.full_like(given["tax_response"], response),
                },
            ),
        }
        for response in tax_responses
        for phi in phis
    ]


def _verdict(solver: BlockSolver, last: str, values: dict[str, Any]) -> str:
    known = solver.with_coordinates(last, values)
    problem = solver.problem(last, COARSE)
    earlier = {name: solver.solved[name] for name, _ in problem.grids[:-1]}
    try:
        found = linear_policy(problem, known, earlier, 0).determinacy.verdict
    except DeterminacyError as error:
        # The message has the verdict's word, which comes with nothing else.
        return next(word for word in WORDS if f" is {word}:" in str(error))
    except SolutionError:
        return NO_REST
    return found
