"""The outcome of calling a module with tensors of given shapes: the shapes it returns, or its own error message.

For the standard cell that is `torch.nn.LSTM`; for the course's, `lstm_viz.trace`, which checks shapes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lstm_viz.lessons.tensor_shapes import Shape, Spec

#: Stands for the rest of a long message.
ELLIPSIS = " …"


@dataclass(frozen=True)
class CallInputs:
    """Shapes of a call's arguments. With `pair` the state is (h_0, c_0), else h_0 alone; None is no state."""

    x: Shape
    h: Shape | None = None
    c: Shape | None = None
    pair: bool = True

    @property
    def both(self) -> tuple[Shape, Shape]:
        """Shapes of h_0 and c_0; where c_0's is not given it is h_0's."""
        return self.h or (), self.h or () if self.c is None else self.c


class CallOutcome(NamedTuple):
    """Shapes of output, h_n and c_n where the call succeeds; else `error`, the exception as Python prints it."""

    returns: tuple[Shape, Shape, Shape] | None
    error: str | None


def call_outcome(spec: Spec, inputs: CallInputs) -> CallOutcome:
    """What the module returns or raises for arguments of these shapes.

    >>> call_outcome(Spec(), CallInputs((7, 4, 5))).error
    'RuntimeError: input.size(-1) must be equal to input_size. Expected 3, got 5'
    >>> call_outcome(Spec(), CallInputs((7, 3))).returns
    ((7, 8), (1, 8), (1, 8))
    """
    error = _course_error(spec, inputs) if spec.cell == "course" else _torch_error(spec, inputs)
    return CallOutcome(None, error) if error else CallOutcome(_result_shapes(spec, inputs.x), None)


def expected_states(spec: Spec, x: Shape) -> tuple[Shape, Shape]:
    """Shapes of h_0 and c_0 that go with an x of this shape.

    >>> expected_states(Spec(), (7, 4, 3)), expected_states(Spec(), (7, 3))
    (((1, 4, 8), (1, 4, 8)), ((1, 8), (1, 8)))
    """
    batch = () if len(x) == 2 else (x[0 if spec.batch_first else 1],)
    return (spec.states, *batch, spec.output_size), (spec.states, *batch, spec.hidden_size)


def _result_shapes(spec: Spec, x: Shape) -> tuple[Shape, Shape, Shape]:
    return ((*x[:-1], spec.output_size * spec.directions), *expected_states(spec, x))


def _torch_error(spec: Spec, inputs: CallInputs) -> str | None:
    """torch's error message, from its checks in torch's order; None where the call succeeds."""
    if len(inputs.x) not in (2, 3):
        return f"ValueError: LSTM: Expected input to be 2D or 3D, got {len(inputs.x)}D instead"
    for check in (_state_dimensions_error, _features_error, _state_sizes_error, _steps_error):
        if error := check(spec, inputs):
            return error
    return None


def _features_error(spec: Spec, inputs: CallInputs) -> str | None:
    if inputs.x[-1] == spec.input_size:
        return None
    expected = f"Expected {spec.input_size}, got {inputs.x[-1]}"
    return f"RuntimeError: input.size(-1) must be equal to input_size. {expected}"


def _state_shapes(inputs: CallInputs) -> tuple[Shape, Shape] | str | None:
    """Shapes that torch takes for h_0 and c_0 (of a single tensor, its first two slices), or its error."""
    if inputs.h is None:
        return None
    if inputs.pair:
        return inputs.both
    if inputs.h == ():
        return f"IndexError: invalid index of a 0-dim tensor.{ELLIPSIS}"
    if inputs.h[0] < 2:
        return f"IndexError: index {inputs.h[0]} is out of bounds for dimension 0 with size {inputs.h[0]}"
    return inputs.h[1:], inputs.h[1:]


def _state_dimensions_error(spec: Spec, inputs: CallInputs) -> str | None:
    parts = _state_shapes(inputs)
    if parts is None or isinstance(parts, str):
        return parts
    expected = len(inputs.x)
    if len(parts[0]) == len(parts[1]) == expected:
        return None
    kind = "unbatched" if expected == 2 else "batched"
    came = f"({len(parts[0])}-D, {len(parts[1])}-D)"
    return f"RuntimeError: For {kind} {expected}-D input, hx and cx should also be {expected}-D but got {came} tensors"


def _state_sizes_error(spec: Spec, inputs: CallInputs) -> str | None:
    parts = _state_shapes(inputs)
    if parts is None or isinstance(parts, str):
        return None
    for index, (part, expected) in enumerate(zip(parts, expected_states(spec, inputs.x), strict=True)):
        if part != expected:
            expected, part = (_with_batch_axis(shape, inputs.x) for shape in (expected, part))
            return f"RuntimeError: Expected hidden[{index}] size {expected}, got {list(part)}"
    alone = not inputs.pair and len(inputs.x) == 3
    return f"TypeError: lstm() received an invalid combination of arguments{ELLIPSIS}" if alone else None


def _with_batch_axis(state: Shape, x: Shape) -> Shape:
    """Torch gives an unbatched state a batch of one before it measures it."""
    return (state[0], 1, *state[1:]) if len(x) == 2 else state


def _steps_error(spec: Spec, inputs: CallInputs) -> str | None:
    steps = inputs.x[1 if spec.batch_first and len(inputs.x) == 3 else 0]
    return None if steps else "RuntimeError: Expected sequence length to be larger than 0 in RNN"


def _course_error(spec: Spec, inputs: CallInputs) -> str | None:
    axes = "(batch, time, features)" if spec.batch_first else "(time, batch, features)"
    if len(inputs.x) not in (2, 3):
        return f"ValueError: x must be {axes}, or (time, features) for one sequence; its shape is {inputs.x}."
    if inputs.x[-1] != spec.input_size:
        read = axes if len(inputs.x) == 3 else "(time, features)"
        return (
            f"ValueError: This module reads {spec.input_size} features a step (its input_size); the last axis of x "
            f"has {inputs.x[-1]}. x came as {inputs.x} and is read as {read}."
        )
    if 0 in inputs.x:
        return f"ValueError: x holds no steps: its shape is {inputs.x}. At least one step and one sequence are needed."
    return _course_state_error(spec, inputs)


def _course_state_error(spec: Spec, inputs: CallInputs) -> str | None:
    if inputs.h is None:
        return None
    if not inputs.pair:
        return "TypeError: state must be the pair (h_0, c_0); a Tensor came."
    expected = expected_states(spec, inputs.x)[0]
    for name, part in zip(("h_0", "c_0"), inputs.both, strict=True):
        full = _with_batch_axis(expected, inputs.x)
        if part not in (expected, full):
            shown = expected if len(part) == 2 else full
            return (
                f"ValueError: {name} must have shape {shown}, (layers * directions, batch, units); {part} came. "
                "The batch axis is the second even where batch_first is True."
            )
    return None
