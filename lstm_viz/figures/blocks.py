"""A tensor as something to be drawn, and what it takes up on a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from lstm_viz.figures.solids import Place

#: Pixels that a letter of a label takes, more or less.
LETTER = 6.6
LABEL = 12


class Block(NamedTuple):
    """A tensor: its name, shape, what each axis counts, and each length as it comes about ("4·8")."""

    name: str
    shape: tuple[int, ...]
    axes: tuple[str, ...]
    lengths: tuple[str, ...]
    #: The axis whose first place is lit.
    lit: str = ""

    @property
    def said(self) -> str:
        """The whole of it in words."""
        return f"{self.name} {self.shape}: {', '.join(self.counted)}"

    @property
    def counted(self) -> list[str]:
        """Each axis in words.

        >>> Block("x", (7, 1), ("steps", "features"), ("7", "1")).counted
        ['7 steps', '1 feature']
        """
        axes = zip(self.lengths, self.axes, self.shape, strict=True)
        return [f"{spaced(length)} {singular(axis, size)}" for length, axis, size in axes]


class Item(NamedTuple):
    """A block laid out, in pixels: `left`, `right` and `foot` are for what is written around it."""

    block: Block
    left: float
    body: float
    right: float
    height: float
    foot: float
    shapes: Callable[[Place], list[dict[str, Any]]]
    notes: Callable[[Place], list[dict[str, Any]]]

    @property
    def width(self) -> float:
        """From side to side, its name included, which begins over its left edge."""
        name = LETTER * max(len(self.name), len(str(self.block.shape))) + 8
        return self.left + max(self.body + self.right, name)

    @property
    def name(self) -> str:
        """Its name without the layer's, which the group is titled with."""
        return self.block.name.partition("_l")[0]


def spaced(length: str) -> str:
    """A length with its thousands apart.

    >>> spaced("4·2048")
    '4·2,048'
    """
    return "·".join(f"{int(part):,}" for part in length.split("·"))


def singular(axis: str, size: int) -> str:
    """What an axis counts, of one or of many.

    >>> singular("steps", 1), singular("steps", 7), singular("layers × directions", 1)
    ('step', 'steps', 'layers × directions')
    """
    return axis[:-1] if size == 1 and " " not in axis else axis


def note(place: Place, text: str, colour: str, anchors: str = "center top", **more: Any) -> dict[str, Any]:
    """A text at a place, as a Plotly annotation; `anchors` say which point of it stands there."""
    across, down = anchors.split()
    at = {"x": place.across, "y": 1, "xref": "paper", "yref": "paper", "xshift": place.right, "yshift": -place.down}
    look = {"showarrow": False, "borderpad": 0, "font": {"color": colour, "size": LABEL}}
    return at | look | {"text": text, "xanchor": across, "yanchor": down} | more
