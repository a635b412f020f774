"""Errors that a user can fix: one sentence on stderr, exit code 1, no traceback."""

from __future__ import annotations

import sys


class CommandError(ValueError):
    """An error that a user can fix. Its message says what was expected, what came, and what to do."""


def error_message(error: Exception) -> str | None:
    """The message of an error that a user can fix; None for a fault of the program itself.

    >>> error_message(FileNotFoundError(2, "No such file or directory", "lost.pt"))
    'lost.pt: no such file or directory.'
    >>> error_message(ZeroDivisionError()) is None
    True
    """
    if isinstance(error, (CommandError, _user_error_types())):
        return str(error)
    if isinstance(error, OSError):
        reason = (error.strerror or str(error)).rstrip(".")
        return f"{error.filename}: {reason[:1].lower()}{reason[1:]}." if error.filename else f"{reason}."
    return None


def _user_error_types() -> tuple[type[Exception], ...]:
    """Exception classes whose message is for the user. Modules that aren't loaded can't have raised theirs."""
    classes = {
        "lstm_viz.sequences.errors": "SequenceError",
        "lstm_viz.checkpoints.errors": "CheckpointError",
        "lstm_viz.storage": "TraceFileError",
        "lstm_viz.recording.memory_limit": "TooLargeToRecord",
        "lstm_viz.cells.activation_functions": "ActivationError",
    }
    loaded = {name: sys.modules.get(name) for name in classes}
    return tuple(getattr(module, classes[name]) for name, module in loaded.items() if module is not None)
