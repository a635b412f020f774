"""What is said where something given can't be opened: one sentence on stderr, exit code 1, no traceback."""

from __future__ import annotations

import sys


class Refusal(ValueError):
    """A sentence or two: what was expected, what came, and what to do."""


def sentence_of(error: Exception) -> str | None:
    """The sentence for what a person can put right; None for a fault of the program itself.

    >>> sentence_of(FileNotFoundError(2, "No such file or directory", "lost.pt"))
    'lost.pt: no such file or directory.'
    >>> sentence_of(ZeroDivisionError()) is None
    True
    """
    if isinstance(error, (Refusal, _kinds())):
        return str(error)
    if isinstance(error, OSError):
        reason = (error.strerror or str(error)).rstrip(".")
        return f"{error.filename}: {reason[:1].lower()}{reason[1:]}." if error.filename else f"{reason}."
    return None


def _kinds() -> tuple[type[Exception], ...]:
    """The errors that already are sentences. What is not loaded has raised nothing."""
    homes = {
        "lstm_viz.sequences.errors": "SequenceError",
        "lstm_viz.checkpoints.errors": "CheckpointError",
        "lstm_viz.storage": "TraceFileError",
        "lstm_viz.recording.memory": "TooLargeToRecord",
    }
    loaded = {home: sys.modules.get(home) for home in homes}
    return tuple(getattr(module, homes[home]) for home, module in loaded.items() if module is not None)
