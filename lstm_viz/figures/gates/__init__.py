"""One gate: activation curves, contributions, weights, what-if."""
