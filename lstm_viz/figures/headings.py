"""A strip's heading, which says what is drawn of which unit."""

from __future__ import annotations

from typing import Any

from lstm_viz.figures.palette import Palette


def heading(palette: Palette, margin: int) -> dict[str, Any]:
    """An annotation over the upper left corner, out in the left margin; its text follows the moment."""
    place = {
        "x": 0,
        "y": 1,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "xshift": -margin,
    }
    return place | {"text": " ", "showarrow": False, "font": {"color": palette.remember, "size": 13}}
