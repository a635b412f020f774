"""Tensors of three axes as boxes: steps or layers run along, sequences go back, features or units stand up."""

from __future__ import annotations

from typing import Any

from lstm_viz.figures.blocks import LABEL, LETTER, Block, Item, note, spaced
from lstm_viz.figures.palette import Palette
from lstm_viz.figures.scales import Scale
from lstm_viz.figures.solids import LEAN, Edges, Place, solid

#: Said with words at every edge; the others have the same edges and numbers alone.
SPOKEN = ("x", "output")


def box(block: Block, measure: Scale, palette: Palette, *, narrow: bool = False) -> Item:
    """The box of a block; without sequences it is flat."""
    spoken = block.name in SPOKEN and not narrow
    sizes = {_way(axis): size for size, axis in zip(block.shape, block.axes, strict=True)}
    words = {_way(axis): _words(block, at, spoken) for at, axis in enumerate(block.axes)}
    back = measure(sizes["back"]) if "back" in sizes else 0
    edges = Edges(measure(sizes["along"]), measure(sizes["up"]), back)
    colour = _colour(block.name, palette)
    return Item(
        block,
        left=LETTER * len(words["up"]) + 10,
        body=edges.width,
        right=LETTER * len(words.get("back", "")) + 10,
        height=edges.height,
        foot=18 + 15 * words["along"].count("<br>"),
        shapes=lambda place: solid(place, edges, (sizes["along"], sizes["up"]), colour),
        notes=lambda place: _labels(place, edges, words, palette),
    )


def _way(axis: str) -> str:
    if axis == "sequences":
        return "back"
    return "along" if axis == "steps" or axis.startswith("layers") else "up"


def _words(block: Block, at: int, spoken: bool) -> str:
    length, axis = spaced(block.lengths[at]), block.axes[at]
    if _way(axis) == "along":
        return f"{length} {singular(axis, block.shape[at])}".replace(" × ", " ×<br>")
    if not spoken:
        return length
    return f"{length} {singular('units' if 'units' in axis else axis, block.shape[at])}"


def singular(axis: str, size: int) -> str:
    """What an axis counts, of one or of many.

    >>> singular("steps", 1), singular("steps", 7), singular("layers × directions", 1)
    ('step', 'steps', 'layers × directions')
    """
    return axis[:-1] if size == 1 and " " not in axis else axis


def _colour(name: str, palette: Palette) -> str:
    """Short-term memory has the use gate's colour everywhere, long-term memory the remember gate's."""
    return {"h": palette.use, "o": palette.use, "c": palette.remember}.get(name[0], palette.muted)


def _labels(place: Place, edges: Edges, words: dict[str, str], palette: Palette) -> list[dict[str, Any]]:
    notes = [
        note(place.moved(edges.along / 2, 3), words["along"], palette.ink),
        note(place.moved(-6, -edges.up / 2), words["up"], palette.ink, "right middle"),
    ]
    if "back" in words:
        middle = place.moved(edges.along + LEAN[0] * edges.back / 2 + 5, -LEAN[1] * edges.back / 2 - LABEL / 2)
        notes.append(note(middle, words["back"], palette.ink, "left top"))
    return notes
