"""Cells: the textbook's equations of one step, their activation functions, and cells as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_viz.cells.course import CourseLSTM

__all__ = ["CourseLSTM"]


def __getattr__(name: str) -> Any:
    """Load torch only when the cell is first used."""
    if name != "CourseLSTM":
        raise AttributeError(f"module 'lstm_viz.cells' has no attribute {name!r}")
    from lstm_viz.cells.course import CourseLSTM

    return CourseLSTM
