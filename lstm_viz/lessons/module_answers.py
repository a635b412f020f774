"""What a module answers to tensors of given shapes: the shapes it returns, or its own words of refusal.

For the standard cell that is `torch.nn.LSTM`; for the course's, `lstm_viz.trace`, which looks at shapes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lstm_viz.lessons.tensor_shapes import Shape, Spec

#: Stands where a message goes on at length.
ON = " …"


@dataclass(frozen=True)
class Given:
    """Shapes of what is handed over. With `pair` the state is (h_0, c_0), else h_0 alone; None is no state."""

    x: Shape
    h: Shape | None = None
    c: Shape | None = None
    pair: bool = True

    @property
    def both(self) -> tuple[Shape, Shape]:
        """Shapes of h_0 and c_0; where c_0's is not given it is h_0's."""
        return self.h or (), self.h or () if self.c is None else self.c


class Answer(NamedTuple):
    """Shapes of output, h_n and c_n where it runs; else `says`, the exception as Python prints it."""

    returns: tuple[Shape, Shape, Shape] | None
    says: str | None


def answer(spec: Spec, given: Given) -> Answer:
    """What the module does with what it is given.

    >>> answer(Spec(), Given((7, 4, 5))).says
    'RuntimeError: input.size(-1) must be equal to input_size. Expected 3, got 5'
    >>> answer(Spec(), Given((7, 3))).returns
    ((7, 8), (1, 8), (1, 8))
    """
    says = _course_says(spec, given) if spec.cell == "course" else _torch_says(spec, given)
    return Answer(None, says) if says else Answer(_returns(spec, given.x), None)


def expected_states(spec: Spec, x: Shape) -> tuple[Shape, Shape]:
    """Shapes of h_0 and c_0 that go with an x of this shape.

    >>> expected_states(Spec(), (7, 4, 3)), expected_states(Spec(), (7, 3))
    (((1, 4, 8), (1, 4, 8)), ((1, 8), (1, 8)))
    """
    batch = () if len(x) == 2 else (x[0 if spec.batch_first else 1],)
    return (spec.states, *batch, spec.output_size), (spec.states, *batch, spec.hidden_size)


def _returns(spec: Spec, x: Shape) -> tuple[Shape, Shape, Shape]:
    return ((*x[:-1], spec.output_size * spec.directions), *expected_states(spec, x))


def _torch_says(spec: Spec, given: Given) -> str | None:
    """In the order in which torch looks."""
    if len(given.x) not in (2, 3):
        return f"ValueError: LSTM: Expected input to be 2D or 3D, got {len(given.x)}D instead"
    for look in (_state_dimensions, _features, _state_sizes, _steps):
        if says := look(spec, given):
            return says
    return None


def _features(spec: Spec, given: Given) -> str | None:
    if given.x[-1] == spec.input_size:
        return None
    wanted = f"Expected {spec.input_size}, got {given.x[-1]}"
    return f"RuntimeError: input.size(-1) must be equal to input_size. {wanted}"


def _parts(given: Given) -> tuple[Shape, Shape] | str | None:
    """What torch takes for h_0 and c_0: of a lone tensor, its first two slices."""
    if given.h is None:
        return None
    if given.pair:
        return given.both
    if given.h == ():
        return f"IndexError: invalid index of a 0-dim tensor.{ON}"
    if given.h[0] < 2:
        return f"IndexError: index {given.h[0]} is out of bounds for dimension 0 with size {given.h[0]}"
    return given.h[1:], given.h[1:]


def _state_dimensions(spec: Spec, given: Given) -> str | None:
    parts = _parts(given)
    if parts is None or isinstance(parts, str):
        return parts
    wanted = len(given.x)
    if len(parts[0]) == len(parts[1]) == wanted:
        return None
    kind = "unbatched" if wanted == 2 else "batched"
    came = f"({len(parts[0])}-D, {len(parts[1])}-D)"
    return f"RuntimeError: For {kind} {wanted}-D input, hx and cx should also be {wanted}-D but got {came} tensors"


def _state_sizes(spec: Spec, given: Given) -> str | None:
    parts = _parts(given)
    if parts is None or isinstance(parts, str):
        return None
    for place, (part, wanted) in enumerate(zip(parts, expected_states(spec, given.x), strict=True)):
        if part != wanted:
            wanted, part = (_with_batch(shape, given.x) for shape in (wanted, part))
            return f"RuntimeError: Expected hidden[{place}] size {wanted}, got {list(part)}"
    alone = not given.pair and len(given.x) == 3
    return f"TypeError: lstm() received an invalid combination of arguments{ON}" if alone else None


def _with_batch(state: Shape, x: Shape) -> Shape:
    """Torch gives an unbatched state a batch of one before it measures it."""
    return (state[0], 1, *state[1:]) if len(x) == 2 else state


def _steps(spec: Spec, given: Given) -> str | None:
    steps = given.x[1 if spec.batch_first and len(given.x) == 3 else 0]
    return None if steps else "RuntimeError: Expected sequence length to be larger than 0 in RNN"


def _course_says(spec: Spec, given: Given) -> str | None:
    axes = "(batch, time, features)" if spec.batch_first else "(time, batch, features)"
    if len(given.x) not in (2, 3):
        return f"ValueError: x must be {axes}, or (time, features) for one sequence; its shape is {given.x}."
    if given.x[-1] != spec.input_size:
        read = axes if len(given.x) == 3 else "(time, features)"
        return (
            f"ValueError: This module reads {spec.input_size} features a step (its input_size); the last axis of x "
            f"has {given.x[-1]}. x came as {given.x} and is read as {read}."
        )
    if 0 in given.x:
        return f"ValueError: x holds no steps: its shape is {given.x}. At least one step and one sequence are needed."
    return _course_state(spec, given)


def _course_state(spec: Spec, given: Given) -> str | None:
    if given.h is None:
        return None
    if not given.pair:
        return "TypeError: state must be the pair (h_0, c_0); a Tensor came."
    wanted = expected_states(spec, given.x)[0]
    for name, part in zip(("h_0", "c_0"), given.both, strict=True):
        full = _with_batch(wanted, given.x)
        if part not in (wanted, full):
            shown = wanted if len(part) == 2 else full
            return (
                f"ValueError: {name} must have shape {shown}, (layers * directions, batch, units); {part} came. "
                "The batch axis is the second even where batch_first is True."
            )
    return None
