"""The shape of an LSTM inferred from its parameters' shapes, which are checked against each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import format_shape, list_names, quote

#: A parameter's name in torch.nn.LSTM: weight_ih_l0, bias_hh_l1_reverse, weight_hr_l0.
PARAMETER = re.compile(
    r"(?P<kind>weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)_l(?P<layer>\d+)(?P<direction>_reverse)?"
)
#: Directions as suffixes of parameter names, by kind of LSTM.
FORWARD, BACKWARD, BIDIRECTIONAL = ("",), ("_reverse",), ("", "_reverse")

Shape = tuple[int, ...]


@dataclass(frozen=True)
class LSTMShape:
    """The sizes of an LSTM as torch.nn.LSTM names them, and its directions."""

    input_size: int
    hidden_size: int
    proj_size: int
    num_layers: int
    directions: tuple[str, ...]
    bias: bool

    @property
    def output_size(self) -> int:
        """Features of its output at each step: the directions' hidden states concatenated."""
        return (self.proj_size or self.hidden_size) * len(self.directions)

    @property
    def in_short(self) -> str:
        """What goes in and what comes out, in a few words.

        >>> LSTMShape(2, 16, 0, 2, FORWARD, bias=True).in_short
        'LSTM 2 → 16 in 2 layers'
        """
        return f"LSTM {self.input_size:,} → {self.hidden_size:,}" + (
            f" in {self.num_layers} layers" if self.num_layers > 1 else ""
        )

    def shapes(self) -> dict[str, Shape]:
        """Every parameter's name and shape.

        >>> LSTMShape(3, 8, 0, 1, FORWARD, bias=False).shapes()
        {'weight_ih_l0': (32, 3), 'weight_hh_l0': (32, 8)}
        """
        rows, state = 4 * self.hidden_size, self.proj_size or self.hidden_size
        found: dict[str, Shape] = {}
        for layer in range(self.num_layers):
            for direction in self.directions:
                place = f"_l{layer}{direction}"
                found[f"weight_ih{place}"] = (rows, self.output_size if layer else self.input_size)
                found[f"weight_hh{place}"] = (rows, state)
                if self.bias:
                    found |= {f"bias_ih{place}": (rows,), f"bias_hh{place}": (rows,)}
                if self.proj_size:
                    found[f"weight_hr{place}"] = (self.proj_size, self.hidden_size)
        return found


def infer_lstm_shape(name: str, shapes: Mapping[str, Shape]) -> LSTMShape:
    """The shape of the LSTM called `name` in a file. CheckpointError where its parameters don't fit together.

    >>> infer_lstm_shape("lstm", {"weight_ih_l0": (32, 3), "weight_hh_l0": (32, 8)}).hidden_size
    8
    """
    claimed = _claimed_shape(name, shapes)
    expected = claimed.shapes()
    if missing := [part for part in expected if part not in shapes]:
        raise _missing_weights_error(name, missing)
    for part, shape in shapes.items():
        if shape != expected.get(part):
            fits = f"{format_shape(expected[part])} would fit" if part in expected else "it does not belong with"
            raise CheckpointError(
                f"{quote(f'{name}.{part}')} has the shape {format_shape(shape)}; {fits} the other weights. They are "
                "of a cell of another kind, which can't be shown, or of two models mixed: then save one alone."
            )
    return claimed


def _claimed_shape(name: str, shapes: Mapping[str, Shape]) -> LSTMShape:
    """The shape that the first layer's shapes and the other layers' names claim."""
    places = [match for part in shapes if (match := PARAMETER.fullmatch(part))]
    found = {place["direction"] or "" for place in places}
    directions = tuple(direction for direction in BIDIRECTIONAL if direction in found) or FORWARD
    layers = {int(place["layer"]) for place in places if len(place["layer"]) < 6}
    if len(layers) != len({place["layer"] for place in places}) or layers != set(range(len(layers))):
        raise _missing_weights_error(name, ["weights of its first layer or of those between"])
    first = _matrix_shape(name, shapes, f"weight_ih_l0{directions[0]}")
    recurrent = _matrix_shape(name, shapes, f"weight_hh_l0{directions[0]}")
    projected = any(place["kind"] == "weight_hr" for place in places)
    hidden, left = divmod(first[0], 4)
    if left or not hidden or not first[1] or not recurrent[1]:
        raise CheckpointError(
            f"{quote(name)} has weights of the shape {format_shape(first)}; an LSTM's have four rows a unit."
        )
    bias = any(place["kind"].startswith("bias") for place in places)
    return LSTMShape(first[1], hidden, recurrent[1] if projected else 0, len(layers), directions, bias)


def _matrix_shape(name: str, shapes: Mapping[str, Shape], part: str) -> Shape:
    shape = shapes.get(part)
    if shape is None:
        raise _missing_weights_error(name, [part])
    if len(shape) != 2:
        raise CheckpointError(f"{quote(f'{name}.{part}')} should be a matrix; its shape is {format_shape(shape)}.")
    return shape


def _missing_weights_error(name: str, missing: list[str]) -> CheckpointError:
    what = missing[0] if " " in missing[0] else list_names(missing)
    return CheckpointError(
        f"{quote(name)} lacks {what}: its weights are not all in this file. If the model is in several files, choose "
        "all of them together or their folder; else save its whole state_dict."
    )
