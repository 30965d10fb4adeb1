"""Parameters of a central bank's purchases and of the news that they answer."""

from __future__ import annotations

from functools import lru_cache

from ..declaration import Model, Parameter

PARAMETERS = (
    Parameter(
        "spike",
        r"\Delta y",
        "percentage points",
        0.001,
        10.0,
        "rise of the ten-year yield of risky debt that spending news is scaled to",
        "year",
    ),
    Parameter(
        "capacity_loss",
        r"\epsilon_k",
        "log",
        0.0,
        20.0,
        "loss of intermediary capacity before forced sales",
        "none",
    ),
    Parameter(
        "amount",
        "q_0",
        "ratio to annual output",
        0.0,
        0.5,
        "ten-year zeros bought when the news arrives",
        "none",
    ),
    Parameter(
        "kept_backstop",
        r"\rho_b",
        "ratio",
        0.0,
        0.96,
        "share of a backstop's purchases that is kept from quarter to quarter",
    ),
    Parameter(
        "kept_lasting",
        r"\rho_l",
        "ratio",
        0.0,
        0.96,
        "share of lasting purchases that is kept from quarter to quarter",
    ),
    Parameter(
        "rise_to_answer",
        r"\Delta y^\ast",
        "percentage points",
        0.01,
        10.0,
        "rise of the ten-year yield in a quarter that purchases answer",
        "year",
    ),
    Parameter(
        "fall_to_answer",
        r"\Delta e^\ast",
        "percent",
        0.0,
        50.0,
        "fall of equity in the same quarter",
        "none",
    ),
)


@lru_cache(maxsize=1)
def purchase_scenario() -> Model:
    """A declaration that has parameters only."""
    return Model(
        "purchases", "a yield spike and its answer", PARAMETERS, (), (), (), (), ()
    )
