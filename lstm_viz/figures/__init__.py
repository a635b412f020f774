"""Plotly figures of a trace, one function each: see `public`.

Below them, a figure is a function of a viewport (the part of a run that a page holds), a moment in it and the palette,
or of numbers that an analysis has made; none knows of a page or a session.

>>> from lstm_viz import figures
>>> from lstm_viz.bundled import first_view
>>> figures.cell_figure(first_view()[0], step=6, unit=6).layout.paper_bgcolor
'#FFFFFF'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Plotly asks a NumPy that is being imported in another thread for its arrays, and fails: here it is whole before a
# figure is drawn.
import numpy  # noqa: F401

if TYPE_CHECKING:
    from lstm_viz.figures.public import (
        cell_figure,
        curve_figure,
        half_lives_figure,
        lanes_figure,
        ledger_figure,
        overview_figure,
        shares_figure,
        strips_figure,
        weights_figure,
    )

__all__ = [
    "cell_figure",
    "curve_figure",
    "half_lives_figure",
    "lanes_figure",
    "ledger_figure",
    "overview_figure",
    "shares_figure",
    "strips_figure",
    "weights_figure",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.public"), name)
