"""The error for a file, text or choice that can't become sequences."""

from __future__ import annotations


class SequenceError(ValueError):
    """A file, a text or a choice that can't become sequences: what was expected, what came, what to do.

    >>> raise SequenceError("The file is empty. Choose one with a header and rows of numbers.")
    Traceback (most recent call last):
    lstm_viz.sequences.errors.SequenceError: The file is empty. Choose one with a header and rows of numbers.
    """


class ReadingWarning(UserWarning):
    """A file that may be read in two ways: what was taken, and the argument of `read_sequence` that says otherwise."""
