"""A page that a class plays with: solved economies, looked up while sliders move."""
