"""A tensor as a block with its labels: a box for (time, batch, features), a plate for weights and biases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from lstm_viz.figures.palette import Palette
from lstm_viz.figures.tensors.solids import LEAN, Edges, Place, Scale, solid

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
    def description(self) -> str:
        """Name, shape and axes in words, for screen readers and hovers."""
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
    style = {"showarrow": False, "borderpad": 0, "font": {"color": colour, "size": LABEL}}
    return at | style | {"text": text, "xanchor": across, "yanchor": down} | more


def box(block: Block, measure: Scale, palette: Palette, *, spoken: bool = False) -> Item:
    """The box of a block; an axis that it lacks makes it flat.

    `spoken` puts words to the numbers at its edges, and which axis each is.
    """
    sizes = {_direction(axis): size for size, axis in zip(block.shape, block.axes, strict=True)}
    words = {_direction(axis): _box_texts(block, at, spoken) for at, axis in enumerate(block.axes)}
    along, up = (measure(sizes.get(direction, 1)) for direction in ("along", "up"))
    edges = Edges(along, up, measure(sizes["back"]) if "back" in sizes else 0)
    cells = sizes.get("along", 1), sizes.get("up", 1)
    colour, lit = _colour(block.name, palette), (_direction(block.lit), palette.forget) if block.lit else None
    under = words.get("along", "").split("<br>")
    around = max(map(len, under)) * LETTER - edges.along
    return Item(
        block,
        left=max(LETTER * len(words.get("up", "")) + 10, around / 2),
        body=edges.width,
        right=max(LETTER * len(words.get("back", "")) + 8, around / 2),
        height=edges.height,
        foot=6 + 15 * len(under),
        shapes=lambda place: solid(place, edges, cells, colour) + _highlight(place, edges, sizes, lit),
        notes=lambda place: _box_labels(place, edges, words, palette),
    )


def _highlight(place: Place, edges: Edges, sizes: dict[str, int], lit: tuple[str, str] | None) -> list[dict[str, Any]]:
    """The first place along one axis, in a colour of its own; in front of all, whichever axis it is."""
    if lit is None:
        return []
    direction, colour = lit
    along = edges.along / sizes["along"] if direction == "along" else edges.along
    back = edges.back / sizes["back"] if direction == "back" else edges.back
    return solid(place, Edges(along, edges.up, back), (1, 1), colour)


def _direction(axis: str) -> str:
    if axis == "sequences":
        return "back"
    return "along" if axis == "steps" or axis.startswith("layers") else "up"


def _box_texts(block: Block, at: int, spoken: bool) -> str:
    named = block.counted[at].replace(" × ", " ×<br>")
    if spoken:
        return f"[{at}] {named}"
    return named if _direction(block.axes[at]) == "along" else spaced(block.lengths[at])


def _colour(name: str, palette: Palette) -> str:
    """Short-term memory has the use gate's colour everywhere, long-term memory the remember gate's."""
    return {"h": palette.use, "o": palette.use, "c": palette.remember}.get(name[0], palette.muted)


def _box_labels(place: Place, edges: Edges, words: dict[str, str], palette: Palette) -> list[dict[str, Any]]:
    leant = min(LEAN[0] * edges.back, LABEL * LEAN[0] / LEAN[1])
    at = {
        "along": (place.moved(edges.along / 2, 3), "center top"),
        "up": (place.moved(-6, -max(edges.up / 2, LABEL * 0.75)), "right middle"),
        "back": (place.moved(edges.along + leant + 4, 1), "left bottom"),
    }
    return [note(at[direction][0], text, palette.foreground, at[direction][1]) for direction, text in words.items()]


#: Blocks of rows from the top: the standard letter, the course's word and the gate.
STACK = (
    ("i", "ignore factor", "learn"),
    ("f", "forget factor", "forget"),
    ("g", "combined value", "learn"),
    ("o", "use factor", "use"),
)
#: What a matrix is multiplied by, and what is added then: read from left to right, the plates are the equation.
OPERATORS = {
    "weight_ih": "· E  +",
    "weight_hh": "· STM′  +",
    "bias_ih": "+",
    "weight_readout": "· kept  +",
    "weight_hr": "· (U · V)",
}
#: Blocks stand a little apart, in pixels, and so far that each has room for its name.
STACK_GAP, NAMED_HEIGHT = 2.0, 17.0


def plate(block: Block, measure: Scale, palette: Palette, *, named: bool = False, narrow: bool = False) -> Item:
    """The plate of a block; with `named`, what each block of rows is stands at its left."""
    stacked = "·" in block.lengths[0]
    stack = STACK if stacked else (("", "", "use"),)
    rows, columns = block.shape[0] // len(stack), (block.shape[1:] or (1,))[0]
    edges = Edges(measure(columns) if block.shape[1:] else min(10.0, measure(1)), measure(rows))
    step = max(edges.up + STACK_GAP, NAMED_HEIGHT) if stacked else edges.up + STACK_GAP
    words = [_plate_texts(letter, word, rows, narrow) for letter, word, _ in stack] if named or not stacked else []
    operator = OPERATORS.get(block.name.partition("_l0")[0], "")
    heights = [(at * step, getattr(palette, gate)) for at, (_, _, gate) in enumerate(reversed(stack))]
    return Item(
        block,
        left=LETTER * max((len(word) for word in words), default=0) * 0.92 + 8,
        body=edges.along,
        right=5.5 * len(operator) + 12,
        height=len(stack) * step,
        foot=18,
        shapes=lambda place: [
            shape for up, hue in heights for shape in solid(place.moved(0, -up), edges, (columns, rows), hue)
        ],
        notes=lambda place: (
            _plate_labels(place, block, edges.up / 2, step, words, palette) + _operator(place, operator, edges, palette)
        ),
    )


def _plate_texts(letter: str, word: str, rows: int, narrow: bool) -> str:
    if not letter:
        return f"{rows:,}"
    return f"{letter} {rows:,}" if narrow else f"{letter}  {word}  {rows:,}"


def _plate_labels(
    place: Place, block: Block, middle: float, step: float, words: list[str], palette: Palette
) -> list[dict[str, Any]]:
    notes = [
        note(place.moved(-6, -at * step - middle), word, palette.foreground, "right middle")
        for at, word in enumerate(reversed(words))
    ]
    if block.shape[1:]:
        under = f"{spaced(block.lengths[1])} {block.axes[1].split(' of ')[0].split()[-1]}"
        notes.append(note(place.moved(0, 3), under, palette.foreground, "left top"))
    return notes


def _operator(place: Place, operator: str, edges: Edges, palette: Palette) -> list[dict[str, Any]]:
    """Beside the lowest block of rows, where a single block stands too."""
    font = {"color": palette.muted, "size": 14}
    middle = place.moved(edges.along + 9, -edges.up / 2)
    return [note(middle, operator, palette.muted, "left middle", font=font)] if operator else []
