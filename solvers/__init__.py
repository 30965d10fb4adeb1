"""Solution methods and pricing: know the model interface, no economics."""
