"""Tensors of three axes as boxes: steps or layers run along, sequences go back, features or units stand up."""

from __future__ import annotations

from typing import Any

from lstm_viz.figures.blocks import LABEL, LETTER, Block, Item, note, spaced
from lstm_viz.figures.palette import Palette
from lstm_viz.figures.scales import Scale
from lstm_viz.figures.solids import LEAN, Edges, Place, solid


def box(block: Block, measure: Scale, palette: Palette, *, spoken: bool = False) -> Item:
    """The box of a block; an axis that it lacks makes it flat.

    `spoken` puts words to the numbers at its edges, and which axis each is.
    """
    sizes = {_way(axis): size for size, axis in zip(block.shape, block.axes, strict=True)}
    words = {_way(axis): _words(block, at, spoken) for at, axis in enumerate(block.axes)}
    along, up = (measure(sizes.get(way, 1)) for way in ("along", "up"))
    edges = Edges(along, up, measure(sizes["back"]) if "back" in sizes else 0)
    cells = sizes.get("along", 1), sizes.get("up", 1)
    colour, lit = _colour(block.name, palette), (_way(block.lit), palette.forget) if block.lit else None
    under = words.get("along", "").split("<br>")
    around = max(map(len, under)) * LETTER - edges.along
    return Item(
        block,
        left=max(LETTER * len(words.get("up", "")) + 10, around / 2),
        body=edges.width,
        right=max(LETTER * len(words.get("back", "")) + 8, around / 2),
        height=edges.height,
        foot=6 + 15 * len(under),
        shapes=lambda place: solid(place, edges, cells, colour) + _lit(place, edges, sizes, lit),
        notes=lambda place: _labels(place, edges, words, palette),
    )


def _lit(place: Place, edges: Edges, sizes: dict[str, int], lit: tuple[str, str] | None) -> list[dict[str, Any]]:
    """The first place along one axis, in a colour of its own; in front of all, whichever axis it is."""
    if lit is None:
        return []
    way, colour = lit
    along = edges.along / sizes["along"] if way == "along" else edges.along
    back = edges.back / sizes["back"] if way == "back" else edges.back
    return solid(place, Edges(along, edges.up, back), (1, 1), colour)


def _way(axis: str) -> str:
    if axis == "sequences":
        return "back"
    return "along" if axis == "steps" or axis.startswith("layers") else "up"


def _words(block: Block, at: int, spoken: bool) -> str:
    named = block.counted[at].replace(" × ", " ×<br>")
    if spoken:
        return f"[{at}] {named}"
    return named if _way(block.axes[at]) == "along" else spaced(block.lengths[at])


def _colour(name: str, palette: Palette) -> str:
    """Short-term memory has the use gate's colour everywhere, long-term memory the remember gate's."""
    return {"h": palette.use, "o": palette.use, "c": palette.remember}.get(name[0], palette.muted)


def _labels(place: Place, edges: Edges, words: dict[str, str], palette: Palette) -> list[dict[str, Any]]:
    leant = min(LEAN[0] * edges.back, LABEL * LEAN[0] / LEAN[1])
    at = {
        "along": (place.moved(edges.along / 2, 3), "center top"),
        "up": (place.moved(-6, -max(edges.up / 2, LABEL * 0.75)), "right middle"),
        "back": (place.moved(edges.along + leant + 4, 1), "left bottom"),
    }
    return [note(at[way][0], text, palette.ink, at[way][1]) for way, text in words.items()]
