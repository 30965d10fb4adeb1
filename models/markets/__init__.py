"""Markets and institutions around the debt, each declared on its own."""
