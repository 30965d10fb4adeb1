"""Which rows tell explanations apart."""
