"""Files and texts as sequences: bytes -> Table -> SequenceBatch."""

from __future__ import annotations

from importlib import import_module
from typing import Any

#: Where each public name lives; a module is imported when its name is first asked for.
_HOMES = {
    "Choices": "choices",
    "Example": "examples",
    "Limits": "limits",
    "Answer": "reading_options",
    "Question": "reading_options",
    "ReadingOptions": "reading_options",
    "ReadingWarning": "errors",
    "SequenceBatch": "batch",
    "SequenceError": "errors",
    "Table": "table",
    "bundled_examples": "examples",
    "load_example": "examples",
    "prepare": "preparation",
    "read_pasted": "read",
    "read_sequence": "read",
    "read_table": "read",
    "suggest_choices": "choices",
    "windows": "sliding_windows",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
