"""What perturbation misses of an economy with disasters."""

from ..study import Study

STUDY = Study(
    "orders",
    "What does perturbation miss where disasters break promises?",
    economies=("core",),
    slow=True,
)
