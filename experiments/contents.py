"""The ordered list of topics: what the report asks, section by section, and what else.

A topic is a folder of this room; its ``study.py`` registers what it offers. Every topic
stands here once (a test), so that the order of the report is read in one place.
"""

# Sections of the report, first to last.
REPORT = (
    "regimes",
    "sticky",
    "rivals",
    "theta",
    "decomposition",
    "compare",
    "open_problems",
    "frontier",
    "valuation",
    "capacity",
    "outlook",
    "elasticities",
    "maturity",
    "convenience",
    "stock_bond",
    "episodes",
    "fiscal_news",
    "growth_news",
    "mini_budget",
    "purchases",
    "two_minds",
    "regime_index",
    "equivalence",
    "odds",
    "scoreboard",
    "accuracy",
    "certificates",
    "orders",
    "moments",
)
# Commands and sweeps that have no section.
OTHERS = ("calibrate", "facts", "news")
