"""Parameters, moments and solved economies: uses models and solvers, draws nothing."""
