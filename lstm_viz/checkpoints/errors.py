"""The error for a model file that can't be opened."""

from __future__ import annotations


class CheckpointError(ValueError):
    """A sentence or two: what was expected, what came, and what to do.

    >>> raise CheckpointError("The file is empty. Choose one that holds a trained model.")
    Traceback (most recent call last):
    lstm_viz.checkpoints.errors.CheckpointError: The file is empty. Choose one that holds a trained model.
    """
