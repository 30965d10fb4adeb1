"""Every claim with its verdict."""

from ..study import Study

STUDY = Study(
    "scoreboard",
    "Which claims of the talk hold, in the models and in the data?",
    # In the order of the talk.
    gathers=(
        "convenience",
        "stock-bond",
        "episodes",
        "fiscal-news",
        "mini-budget",
        "lsap",
        "two-minds",
        "regime-index",
        "equivalence",
    ),
)
