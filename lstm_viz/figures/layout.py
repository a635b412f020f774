"""Parts of Plotly layouts that several charts share: names of axes, headings, formats of numbers."""

from __future__ import annotations

from typing import Any

from lstm_viz.figures.palette import Palette

#: Numbers under the pointer, with the page's digits: Plotly gives a true minus sign to a `hoverformat`, but a hyphen to
#: a format inside a template (where steps are `:d`, lest their tick's label stand for them). A difference shows its
#: sign; weights and their products are small, so they have 3 digits.
NUMBER, DIFFERENCE, SMALL_NUMBER = ".2f", "+.2f", ".3f"


def axis_name(letter: str, index: int) -> str:
    """Plotly's name of an axis, by its index from 0.

    >>> axis_name("x", 0), axis_name("yaxis", 2)
    ('x', 'yaxis3')
    """
    return letter if index == 0 else f"{letter}{index + 1}"


def heading(palette: Palette, margin: int) -> dict[str, Any]:
    """An annotation over the upper left corner, out in the left margin; its text follows the moment."""
    position = {
        "x": 0,
        "y": 1,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "xshift": -margin,
    }
    return position | {"text": " ", "showarrow": False, "font": {"color": palette.foreground, "size": 13}}
