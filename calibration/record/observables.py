"""What is observed, in the record and in economies alike: names, units, maturities."""

# Maturities in quarters by name.
TENOR = {1: "3m", 4: "1y", 8: "2y", 20: "5y", 40: "10y", 80: "20y", 120: "30y"}

# Unit by observable, in the order of every matrix of moves.
OBSERVABLES = {
    "yield_3m": "basis points",
    "yield_2y": "basis points",
    "yield_5y": "basis points",
    "yield_10y": "basis points",
    "yield_30y": "basis points",
    "equity": "percent",
    "term_premium_10y": "basis points",
    "breakeven_10y": "basis points",
    "aaa_spread_10y": "basis points",
}
