"""What is said of a model file that can't be opened."""

from __future__ import annotations


class CheckpointError(ValueError):
    """One sentence or two: what was expected, what came, and what to do."""
