"""How each way looks in the pictures: ours in colours, peers in greys with a shape of their own."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.tables import Row
from benchmarks.ways import DEFAULT, EVERYTHING, FORWARD, UNCHECKED, WITHOUT


class Mark(NamedTuple):
    """Colour, shape (as Plotly names it) and size in pixels."""

    colour: str
    shape: str
    size: int


INK, MUTED, FAINT, LATE = "#1A2233", "#5B6678", "#D9DEE7", "#B3261E"

MARKS = {
    DEFAULT: Mark("#7A2E9D", "circle", 13),
    UNCHECKED: Mark("#1E3FB3", "circle", 13),
    EVERYTHING: Mark("#118068", "diamond", 13),
    WITHOUT: Mark("#CC4A0A", "square", 11),
    "nn.LSTMCell loop": Mark("#7A8496", "triangle-up", 10),
    "recording loop": Mark("#7A8496", "circle-open", 9),
    "TorchScript loop": Mark("#7A8496", "square-open", 9),
    "torch.compile": Mark("#7A8496", "diamond-open", 10),
    "NeuralHydrology": Mark("#7A8496", "cross", 10),
    "JAX lax.scan": Mark("#7A8496", "x", 9),
}
#: The most that our ways may take, as lines; one at 1,024 units or of another kind has a little more, and a short one
#: that is checked.
GOALS = {DEFAULT: 1.15, UNCHECKED: 1.0, EVERYTHING: 1.3, WITHOUT: 1.8}

LINES = {FORWARD: "#7A8496", UNCHECKED: MARKS[UNCHECKED].colour}
TITLE = "Recording every gate of every step: time over nn.LSTM's forward"
#: Of the ratios' axis.
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


def shown(rows: list[Row]) -> tuple[list[Row], list[str]]:
    """Rows of the pictures: those timed of a way that has a mark. And their sizes, in order."""
    timed = [row for row in rows if row.ratio is not None and row.way in MARKS]
    return timed, list(dict.fromkeys(row.size for row in timed))
