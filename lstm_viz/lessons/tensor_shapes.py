"""Shapes of every tensor of an LSTM, and the number of its parameters, from its sizes alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Literal, NamedTuple

Shape = tuple[int, ...]
Cell = Literal["standard", "course"]
#: The rows of the stacked weights: the standard letter, the course's word, and the gate it belongs to.
GATE_BLOCKS = (
    ("i", "ignore factor", "learn"),
    ("f", "forget factor", "forget"),
    ("g", "combined value", "learn"),
    ("o", "use factor", "use"),
)


@dataclass(frozen=True)
class Spec:
    """Sizes of an LSTM and of the batch that it reads.

    `proj_size` is 0 where short-term memory is not projected. The course's cell runs in one direction
    and has no projection. Raises ValueError where no such module can be.

    >>> Spec(proj_size=8)
    Traceback (most recent call last):
        ...
    ValueError: A projection makes short-term memory smaller: proj_size must be below the hidden size, 8; 8 came.
    """

    input_size: int = 3
    hidden_size: int = 8
    batch: int = 4
    steps: int = 7
    layers: int = 1
    batch_first: bool = False
    bidirectional: bool = False
    proj_size: int = 0
    cell: Cell = "standard"

    def __post_init__(self) -> None:
        for name in ("input_size", "hidden_size", "batch", "steps", "layers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more; {getattr(self, name)} came.")
        if not 0 <= self.proj_size < self.hidden_size:
            raise ValueError(
                "A projection makes short-term memory smaller: proj_size must be below the hidden size, "
                f"{self.hidden_size}; {self.proj_size} came."
            )
        if self.cell == "course" and (self.bidirectional or self.proj_size):
            raise ValueError("The course's cell runs in one direction and has no projection.")

    @property
    def directions(self) -> int:
        """2 where a second pass reads the steps backwards."""
        return 1 + self.bidirectional

    @property
    def states(self) -> int:
        """How many states are kept: one for each layer and direction."""
        return self.layers * self.directions

    @property
    def output_size(self) -> int:
        """Units of short-term memory of one direction."""
        return self.proj_size or self.hidden_size

    def features(self, layer: int) -> int:
        """A layer's input size: the event's features, or the hidden state of the layer below in all directions."""
        return self.input_size if layer == 0 else self.output_size * self.directions

    def batched(self, last: int) -> Shape:
        """The shape of a tensor with one vector per step and sequence.

        >>> Spec().batched(3), Spec(batch_first=True).batched(3)
        ((7, 4, 3), (4, 7, 3))
        """
        return (self.batch, self.steps, last) if self.batch_first else (self.steps, self.batch, last)


def constructor(spec: Spec) -> str:
    """The Python expression that constructs the module.

    >>> constructor(Spec(layers=2, batch_first=True))
    'torch.nn.LSTM(3, 8, num_layers=2, batch_first=True)'
    """
    named = {"num_layers": spec.layers, "batch_first": spec.batch_first, "bidirectional": spec.bidirectional}
    usual = {"num_layers": 1}
    chosen = [
        f"{name}={value}"
        for name, value in (named | {"proj_size": spec.proj_size}).items()
        if value != usual.get(name, 0)
    ]
    kind = "lstm_viz.CourseLSTM" if spec.cell == "course" else "torch.nn.LSTM"
    return f"{kind}({', '.join([str(spec.input_size), str(spec.hidden_size), *chosen])})"


class TensorRow(NamedTuple):
    """One tensor: its name in PyTorch, what it is in the course's words, its shape, what each axis counts, and
    each axis's length as it comes about ("4·8")."""

    name: str
    what: str
    shape: Shape
    axes: tuple[str, ...]
    lengths: tuple[str, ...]


def tensors(spec: Spec) -> list[TensorRow]:
    """Inputs, outputs and every trainable tensor, in PyTorch's order.

    >>> [(row.name, row.shape) for row in tensors(Spec(layers=2)) if row.name in ("x", "h_n", "weight_ih_l1")]
    [('x', (7, 4, 3)), ('h_n', (2, 4, 8)), ('weight_ih_l1', (32, 8))]
    """
    return [*inputs_and_outputs(spec), *(row for layer in range(spec.layers) for row in weights(spec, layer))]


def inputs_and_outputs(spec: Spec) -> list[TensorRow]:
    """The tensors passed to the module and returned: x, h_0, c_0, output, h_n, c_n.

    >>> inputs_and_outputs(Spec(bidirectional=True))[3].lengths
    ('7', '4', '2·8')
    """
    steps, sequences = (spec.steps, "steps"), (spec.batch, "sequences")
    order = (sequences, steps) if spec.batch_first else (steps, sequences)
    kept = (_times_directions(spec, spec.layers), "layers × directions" if spec.bidirectional else "layers")
    short = (kept, sequences, (spec.output_size, "projected units" if spec.proj_size else "units"))
    long = (kept, sequences, (spec.hidden_size, "units"))
    units = "units of both directions" if spec.bidirectional else short[2][1]
    output = (*order, (_times_directions(spec, spec.output_size, first=True), units))
    return [
        _tensor_row("x", "the events", *order, (spec.input_size, "features")),
        _tensor_row("h_0", "short-term memory before the first step", *short),
        _tensor_row("c_0", "long-term memory before the first step", *long),
        _tensor_row("output", "short-term memory of the last layer after every step", *output),
        _tensor_row("h_n", "short-term memory of every layer after the last step", *short),
        _tensor_row("c_n", "long-term memory of every layer after the last step", *long),
    ]


def weights(spec: Spec, layer: int) -> list[TensorRow]:
    """Every trainable tensor of one layer (counted from 0), each direction's after the other's.

    >>> [row.lengths for row in weights(Spec(), 0)]
    [('4·8', '3'), ('4·8', '8'), ('4·8',), ('4·8',)]
    """
    make = _course_weights if spec.cell == "course" else _standard_weights
    return [row for suffix in ("", "_reverse")[: spec.directions] for row in make(spec, layer, f"_l{layer}{suffix}")]


def _standard_weights(spec: Spec, layer: int, suffix: str) -> Iterator[TensorRow]:
    yield from _stacked_weights(spec, layer, suffix)
    yield _tensor_row(f"bias_ih{suffix}", "added to what is made of the event", _gate_rows(spec))
    yield _tensor_row(f"bias_hh{suffix}", "added as well; one of the two would do", _gate_rows(spec))
    if spec.proj_size:
        axes = (spec.proj_size, "projected units"), (spec.hidden_size, "units of U · V")
        yield _tensor_row(f"weight_hr{suffix}", "makes short-term memory of U · V", *axes)


def _course_weights(spec: Spec, layer: int, suffix: str) -> Iterator[TensorRow]:
    read, kept = (spec.hidden_size, "units of U"), (spec.hidden_size, "units of memory")
    yield from _stacked_weights(spec, layer, suffix)
    yield _tensor_row(f"bias{suffix}", "added before the sigmoids and the tanh", _gate_rows(spec))
    yield _tensor_row(f"weight_readout{suffix}", "W_u: what the use gate makes of the memory kept", read, kept)
    yield _tensor_row(f"bias_readout{suffix}", "b_u, added to it", read)


def _stacked_weights(spec: Spec, layer: int, suffix: str) -> Iterator[TensorRow]:
    """The two stacked weight matrices that every cell has."""
    event, counted = ("the event", "features") if layer == 0 else ("short-term memory of the layer below", "units")
    features = spec.features(layer) if layer == 0 else _times_directions(spec, spec.output_size, first=True)
    yield _tensor_row(f"weight_ih{suffix}", f"what the gates make of {event}", _gate_rows(spec), (features, counted))
    own = (spec.output_size, "units")
    yield _tensor_row(f"weight_hh{suffix}", "what the gates make of short-term memory", _gate_rows(spec), own)


def _gate_rows(spec: Spec) -> tuple[str, str]:
    return f"4·{spec.hidden_size}", "rows of i, f, g, o"


def _times_directions(spec: Spec, number: int, *, first: bool = False) -> int | str:
    """A length multiplied by the directions, as text ("2·8"), where there are two."""
    if not spec.bidirectional:
        return number
    return f"2·{number}" if first else f"{number}·2"


def _tensor_row(name: str, what: str, *axes: tuple[int | str, str]) -> TensorRow:
    lengths = tuple(str(length) for length, _ in axes)
    shape = tuple(prod(map(int, length.split("·"))) for length in lengths)
    return TensorRow(name, what, shape, tuple(meaning for _, meaning in axes), lengths)


class ParameterTerm(NamedTuple):
    """The parameters of layers of equal size: how many such layers, and the count for one of them.

    `symbols` is the formula in H (hidden), D (what the layer reads) and P (projected units);
    `numbers` the same with the numbers put in.
    """

    what: str
    times: int
    symbols: str
    numbers: str
    each: int


class ParameterCount(NamedTuple):
    """The number of trainable parameters: the total, and the terms that add up to it."""

    total: int
    terms: tuple[ParameterTerm, ...]


def count_parameters(spec: Spec) -> ParameterCount:
    """The count of trainable numbers: 4H(H + D) + 8H a layer, in the course's cell 4H(H + D) + H² + 5H.

    >>> count = count_parameters(Spec())
    >>> count.total, count.terms[0].numbers
    (416, '4·8·(8 + 3) + 8·8')
    >>> count_parameters(Spec(cell="course")).terms[0].numbers
    '4·8·(8 + 3) + 8² + 5·8'
    """
    terms = [_layer_term(spec, 0, "layer 1", 1)]
    if spec.layers > 1:
        others = "layer 2" if spec.layers == 2 else f"layers 2 to {spec.layers}"
        terms.append(_layer_term(spec, 1, others, spec.layers - 1))
    return ParameterCount(sum(term.times * term.each for term in terms), tuple(terms))


def _layer_term(spec: Spec, layer: int, what: str, layers: int) -> ParameterTerm:
    """One layer's term; a layer's two directions are equal."""
    each = sum(prod(row.shape) for row in weights(spec, layer)) // spec.directions
    both = f"{what}, each direction" if spec.bidirectional else what
    symbols, numbers = _formula(spec, spec.features(layer))
    return ParameterTerm(both, layers * spec.directions, symbols, numbers, each)


def _formula(spec: Spec, features: int) -> tuple[str, str]:
    hidden, read = spec.hidden_size, spec.output_size
    numbers = f"4·{hidden}·({read} + {features}) + "
    if spec.cell == "course":
        return "4H(H + D) + H² + 5H", f"{numbers}{hidden}² + 5·{hidden}"
    if spec.proj_size:
        return "4H(P + D) + 8H + PH", f"{numbers}8·{hidden} + {read}·{hidden}"
    return "4H(H + D) + 8H", f"{numbers}8·{hidden}"
