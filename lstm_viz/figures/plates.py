"""Weights as plates, rows stacked as PyTorch stacks them, and biases as plates of one column."""

from __future__ import annotations

from typing import Any

from lstm_viz.figures.blocks import LETTER, Block, Item, note, spaced
from lstm_viz.figures.palette import Palette
from lstm_viz.figures.scales import Scale
from lstm_viz.figures.solids import Edges, Place, solid

#: Blocks of rows from the top: the standard letter, the course's word and the gate.
STACK = (
    ("i", "ignore factor", "learn"),
    ("f", "forget factor", "forget"),
    ("g", "combine", "learn"),
    ("o", "use factor", "use"),
)
#: What a matrix is multiplied by, and what is added then: read from left to right, the plates are the equation.
GOES_ON = {
    "weight_ih": "· E  +",
    "weight_hh": "· STM′  +",
    "bias_ih": "+",
    "weight_readout": "· kept  +",
    "weight_hr": "· (U · V)",
}
#: Blocks stand a little apart, in pixels, and so far that each has room for its name.
APART, NAMED = 2.0, 17.0


def plate(block: Block, measure: Scale, palette: Palette, *, named: bool = False, narrow: bool = False) -> Item:
    """The plate of a block; with `named`, what each block of rows is stands at its left."""
    stacked = "·" in block.lengths[0]
    stack = STACK if stacked else (("", "", "use"),)
    rows, columns = block.shape[0] // len(stack), (block.shape[1:] or (1,))[0]
    edges = Edges(measure(columns) if block.shape[1:] else min(10.0, measure(1)), measure(rows))
    step = max(edges.up + APART, NAMED) if stacked else edges.up + APART
    words = [_words(letter, word, rows, narrow) for letter, word, _ in stack] if named or not stacked else []
    sign = GOES_ON.get(block.name.partition("_l0")[0], "")
    places = [(at * step, getattr(palette, gate)) for at, (_, _, gate) in enumerate(reversed(stack))]
    return Item(
        block,
        left=LETTER * max((len(word) for word in words), default=0) * 0.92 + 8,
        body=edges.along,
        right=5.5 * len(sign) + 12,
        height=len(stack) * step,
        foot=18,
        shapes=lambda place: [
            shape for up, hue in places for shape in solid(place.moved(0, -up), edges, (columns, rows), hue)
        ],
        notes=lambda place: (
            _labels(place, block, edges.up / 2, step, words, palette) + _sign(place, sign, edges, palette)
        ),
    )


def _words(letter: str, word: str, rows: int, narrow: bool) -> str:
    if not letter:
        return f"{rows:,}"
    return f"{letter} {rows:,}" if narrow else f"{letter}  {word}  {rows:,}"


def _labels(
    place: Place, block: Block, middle: float, step: float, words: list[str], palette: Palette
) -> list[dict[str, Any]]:
    notes = [
        note(place.moved(-6, -at * step - middle), word, palette.ink, "right middle")
        for at, word in enumerate(reversed(words))
    ]
    if block.shape[1:]:
        under = f"{spaced(block.lengths[1])} {block.axes[1].split(' of ')[0].split()[-1]}"
        notes.append(note(place.moved(0, 3), under, palette.ink, "left top"))
    return notes


def _sign(place: Place, sign: str, edges: Edges, palette: Palette) -> list[dict[str, Any]]:
    """Beside the lowest block of rows, where a single block stands too."""
    font = {"color": palette.muted, "size": 14}
    middle = place.moved(edges.along + 9, -edges.up / 2)
    return [note(middle, sign, palette.muted, "left middle", font=font)] if sign else []
