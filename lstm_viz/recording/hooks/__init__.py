"""Recording recurrent modules inside a model while it is called."""
