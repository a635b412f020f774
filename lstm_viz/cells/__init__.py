"""Cells: the textbook's equations of one step, their activation functions, and cells as modules."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_viz.cells.course import CourseLSTM

#: Where each public name lives; torch is loaded when a cell is first asked for.
_HOMES = {"CourseLSTM": "course"}

__all__ = ["CourseLSTM"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
