"""What the sweepable function ``news`` gives, with units: nothing heavy is imported."""

from ..study import Output

QUARTERS = {"3m": 1, "5y": 20, "10y": 40}
_CURVE = {"maturity": list(QUARTERS)}
OUTPUTS = {
    "yield": Output("percent per year", ("maturity",), _CURVE),
    "yield_change": Output("basis points", ("maturity",), _CURVE),
    "yield_ex_convenience_change": Output("basis points", ("maturity",), _CURVE),
    "expected_inflation_10y_change": Output("basis points"),
    "term_premium_10y_change": Output("basis points"),
    "residual": Output("relative"),
    "share_outside": Output("probability"),
    "rest_reach": Output("half-widths of the domain"),
}
