"""The usual mistakes with tensor shapes, and the verdict on any call: its effect, its error message, and the fix."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lstm_viz.lessons.call_outcome import CallInputs, call_outcome
from lstm_viz.lessons.shape_diagnosis import diagnose_input, diagnose_state, diagnose_valid
from lstm_viz.lessons.tensor_shapes import Shape, Spec, TensorRow, inputs_and_outputs

#: The longest axis that a person may ask about.
MAX_AXIS_LENGTH = 1_000_000
MAX_AXES = 5


class Verdict(NamedTuple):
    """The verdict on one call.

    `error` is the exception as the module raises it, None where the call succeeds; `effect` what the module
    makes of the arguments; `remedy` the fix in Markdown; `code` the same in Python, empty where none is needed;
    `returns` the shapes of output, h_n and c_n where the call succeeds.
    """

    ok: bool
    error: str | None
    effect: str
    remedy: str
    code: str
    returns: tuple[Shape, Shape, Shape] | None


class Mistake(NamedTuple):
    """A usual mistake: its name, the shapes of the call's arguments, and the meaning of the wrong one's axes.

    `axes` are h_0's where there is a state, else x's.
    """

    title: str
    x: Shape
    axes: tuple[str, ...] = ()
    h: Shape | None = None
    pair: bool = True


class ShapeComparison(NamedTuple):
    """The tensors as they are passed, and as the module reads them (`runs`) or needs them instead."""

    have: tuple[TensorRow, ...]
    taken: tuple[TensorRow, ...]
    runs: bool


def verdict(spec: Spec, x_shape: Shape, h_shape: Shape | None = None, *, pair: bool = True) -> Verdict:
    """The verdict on an x of this shape, and on a state whose h_0 has that one; c_0 is shaped alike.

    With `pair=False` h_0 is handed over alone, where (h_0, c_0) is wanted.

    >>> found = verdict(Spec(), (4, 7, 3))
    >>> found.ok, found.error, found.returns[0]
    (False, None, (4, 7, 8))
    """
    inputs = call_inputs(spec, x_shape, h_shape, pair=pair)
    returns, error = call_outcome(spec, inputs)
    found = diagnose_input(spec, x_shape)
    if found.ok and h_shape is not None:
        found = diagnose_state(spec, inputs) if error or not pair else diagnose_valid(spec, found)
    return Verdict(found.ok, error, found.effect, found.remedy, found.code, returns)


def call_inputs(spec: Spec, x: Shape, h: Shape | None = None, *, pair: bool = True) -> CallInputs:
    """A call's arguments, with c_0 shaped as a person who shapes h_0 so would shape it.

    c_0 has all units where h_0 has the projected ones.

    >>> call_inputs(Spec(proj_size=2), (7, 4, 3), (1, 4, 2)).c
    (1, 4, 8)
    """
    long = (*h[:-1], spec.hidden_size) if h and h[-1] == spec.output_size else h
    return CallInputs(x, h, long, pair)


def usual_mistakes(spec: Spec) -> list[Mistake]:
    """The mistakes that a person makes with this module, the commonest first."""
    mistakes = [*_input_mistakes(spec), *_state_mistakes(spec)]
    return [mistake for mistake in mistakes if not verdict(spec, mistake.x, mistake.h, pair=mistake.pair).ok]


def _input_mistakes(spec: Spec) -> Iterator[Mistake]:
    steps, sequences, features = spec.steps, spec.batch, spec.input_size
    right, axes = spec.batched(features), inputs_and_outputs(spec)[0].axes
    data, module = ("Time-first", "batch-first") if spec.batch_first else ("Batch-first", "time-first")
    turned = (axes[1], axes[0], axes[2])
    yield Mistake(f"{data} data, {module} module", (right[1], right[0], right[2]), turned)
    yield Mistake("No batch axis", (steps, features), ("steps", "features"))
    yield Mistake("No steps axis", (sequences, features), ("sequences", "features"))
    yield Mistake("Another number of features", (*right[:2], features + 1), axes)
    yield Mistake("Features before steps", (sequences, features, steps), ("sequences", "features", "steps"))


def _state_mistakes(spec: Spec) -> Iterator[Mistake]:
    right, sequences = spec.batched(spec.input_size), spec.batch
    states, units, axes = spec.states, spec.output_size, inputs_and_outputs(spec)[1].axes
    turned = (axes[1], axes[0], axes[2])
    yield Mistake("State with the batch first", right, turned, (sequences, states, units))
    yield Mistake("State without a batch axis", right, (axes[0], axes[2]), (states, units))
    yield Mistake("State of a larger batch", right, axes, (states, sequences + 1, units))
    if states > 1:
        yield Mistake("State of one layer and direction only", right, axes, (1, sequences, units))
    yield Mistake("h_0 alone, without c_0", right, axes, (states, sequences, units), pair=False)


def compare_shapes(spec: Spec, mistake: Mistake) -> ShapeComparison:
    """The arguments of a mistake compared with how they are read, or, where the call fails, with what is needed.

    >>> found = compare_shapes(Spec(), usual_mistakes(Spec())[0])
    >>> found.have[0].axes, found.taken[0].axes
    (('sequences', 'steps', 'features'), ('steps', 'sequences', 'features'))
    """
    x, *states = inputs_and_outputs(spec)[:3]
    runs = verdict(spec, mistake.x, mistake.h, pair=mistake.pair).returns is not None
    wrong, name = (mistake.x, "x") if mistake.h is None else (mistake.h, "h_0")
    have = (_given_row(name, wrong, mistake.axes),) if mistake.axes else ()
    if runs:
        return ShapeComparison(
            have, (_given_row("x", mistake.x, x.axes if len(mistake.x) == 3 else ("steps", "features")),), runs
        )
    return ShapeComparison(have, (x,) if mistake.h is None else tuple(states if not mistake.pair else states[:1]), runs)


def _given_row(name: str, shape: Shape, axes: tuple[str, ...]) -> TensorRow:
    return TensorRow(name, "as it is handed over", shape, axes, tuple(map(str, shape)))


def parse_shape(text: str) -> Shape:
    """Parse a typed shape, as in (7, 4, 3), 7 × 4 × 3 or torch.Size([7, 4, 3]).

    Raises ValueError, saying what was expected, for any other text.

    >>> parse_shape("torch.Size([7, 4, 3])"), parse_shape("7 x 4 x 3"), parse_shape("(5,)")
    ((7, 4, 3), (7, 4, 3), (5,))
    """
    bare = re.sub(r"torch\.Size|[()\[\]]", " ", text).strip(" ,")
    parts = [part.strip() for part in re.split(r"[,x×*]|\s+", re.sub(r"\s*[,x×*]\s*", ",", bare))]
    if not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts) or len(parts) > MAX_AXES:
        raise ValueError("A shape is up to five whole numbers, as in 7, 4, 3: the length of each axis.")
    if max(map(int, parts)) > MAX_AXIS_LENGTH:
        raise ValueError(f"Axes up to {MAX_AXIS_LENGTH:,} long can be looked at here.")
    return tuple(map(int, parts))
