"""Diagnosis of an input or a state of the wrong shape: what the module makes of it, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from math import prod
from typing import NamedTuple

from lstm_viz.lessons.call_outcome import CallInputs, expected_states
from lstm_viz.lessons.tensor_shapes import Shape, Spec, constructor
from lstm_viz.sequences.formatting import plural


class Diagnosis(NamedTuple):
    """What a module makes of a shape, and the fix in Markdown and as Python code (empty: nothing to fix).

    The code changes `x`, or sets `lstm`.
    """

    effect: str
    remedy: str
    code: str = ""
    ok: bool = False


def diagnose_input(spec: Spec, x: Shape) -> Diagnosis:
    """The diagnosis of an x of this shape.

    >>> diagnose_input(Spec(), (4, 7, 3)).code
    'x = x.transpose(0, 1)'
    >>> diagnose_input(Spec(), (7, 4, 3)).ok
    True
    """
    if 0 in x:
        remedy = "Look where x is made: a window longer than the data, or a filter, leaves nothing."
        return Diagnosis("There is nothing in it to read: one of its axes is 0 long.", remedy)
    if len(x) not in (2, 3):
        return _wrong_dimension_count(spec, x)
    if x[-1] != spec.input_size:
        return _wrong_feature_count(spec, x)
    return _missing_batch_axis(spec, x[0]) if len(x) == 2 else _valid_input(spec, x)


def _valid_input(spec: Spec, x: Shape) -> Diagnosis:
    steps, batch = (x[1], x[0]) if spec.batch_first else x[:2]
    read = f"{plural(steps, 'step')} of {plural(batch, 'sequence')}"
    if (batch, steps) == (spec.steps, spec.batch) and batch != steps:
        return _swapped_axes(spec, read)
    remedy = "Nothing."
    if steps == batch > 1:
        remedy = "Nothing, if axis 0 is what you mean it to be: as both are as long, no shape can tell."
    return Diagnosis(f"Reads {read}, {plural(spec.input_size, 'feature')} each.", remedy, ok=True)


def _swapped_axes(spec: Spec, read: str) -> Diagnosis:
    meant = f"{plural(spec.steps, 'step')} of {plural(spec.batch, 'sequence')}"
    other = "batch_first=False" if spec.batch_first else "batch_first=True"
    return Diagnosis(
        f"Steps and sequences are exchanged: your {meant} are read as {read}. Memory then runs from one sequence "
        "into the next, and never from one step of yours to the next.",
        f"Turn x round, or make the module with `{other}`. The weights are the same either way.",
        "x = x.transpose(0, 1)",
    )


def _missing_batch_axis(spec: Spec, length: int) -> Diagnosis:
    steps_axis, batch_axis = (1, 0) if spec.batch_first else (0, 1)
    if length == spec.batch != spec.steps:
        return Diagnosis(
            f"The axis of the steps is missing: your {plural(length, 'sequence')} of one step are read as one sequence "
            f"of {plural(length, 'step')}, and memory runs from one to the next.",
            "Put the axis in. A single step is a sequence of 1.",
            f"x = x.unsqueeze({steps_axis})",
        )
    effect = (
        f"Reads one sequence of {plural(length, 'step')}, without a batch, and all that comes back lacks that axis too."
    )
    alone = spec.batch == 1 and length == spec.steps
    remedy = "Nothing, if 2-D is what you want back. Else put the axis of the batch in."
    if not alone:
        remedy = "Put the axis of the batch in, where only one sequence is meant."
    if length == spec.batch == spec.steps > 1:
        remedy += f" If the {length} are sequences of one step: `x.unsqueeze({steps_axis})`."
    return Diagnosis(effect, remedy, f"x = x.unsqueeze({batch_axis})", ok=alone)


def _wrong_feature_count(spec: Spec, x: Shape) -> Diagnosis:
    right = spec.batched(spec.input_size)
    moves = [move for move in permutations(range(len(x))) if tuple(x[axis] for axis in move) == right]
    if moves:
        axis = x.index(spec.input_size)
        return Diagnosis(
            f"The features must be the last axis, and yours are axis {axis}, as a convolution has them.",
            "Put the axes in order.",
            f"x = x.permute{moves[-1]}",
        )
    if spec.input_size == 1 and len(x) == 2:
        effect = "The axis of the features is missing: a series of single numbers has one feature, and an axis for it."
        return Diagnosis(effect, "Put the axis in.", "x = x.unsqueeze(-1)")
    has, reads = plural(x[-1], "feature"), f"{spec.input_size:,}"
    remedy = "Make the module for what the data has, or hand over only the features that it was made for."
    made = constructor(replace(spec, input_size=x[-1]))
    return Diagnosis(f"x has {has} a step; the module was made for {reads}.", remedy, f"lstm = {made}")


def _wrong_dimension_count(spec: Spec, x: Shape) -> Diagnosis:
    axes = "(batch, steps, features)" if spec.batch_first else "(steps, batch, features)"
    own = f"{len(x)} {'axis' if len(x) == 1 else 'axes'}"
    effect = f"x has {own}; a module reads {axes}, or (steps, features) of one sequence."
    known = next(_reshapes(spec, x), None)
    if known:
        return Diagnosis(effect, "Give it its axes." if len(x) < 3 else "Bring it to three axes.", known)
    return Diagnosis(effect, f"Bring it into the form {axes}.")


def _reshapes(spec: Spec, x: Shape) -> Iterator[str]:
    """Code that brings x to three axes, where the sizes tell what each axis was."""
    if x == (spec.input_size,):
        yield "x = x.reshape(1, 1, -1)"
    if len(x) == 1 and spec.input_size == 1:
        yield "x = x.reshape(1, -1, 1)" if spec.batch_first else "x = x.reshape(-1, 1, 1)"
    for axis in range(len(x)):
        if len(x) == 4 and x[axis] == 1 and x[:axis] + x[axis + 1 :] == spec.batched(spec.input_size):
            yield f"x = x.squeeze({axis})"
    if len(x) > 3 and prod(x[2:]) == spec.input_size:
        yield "x = x.flatten(2)"


_BOTH_STATES = "h_0, c_0 = (part.{} for part in (h_0, c_0))"


def diagnose_state(spec: Spec, inputs: CallInputs) -> Diagnosis:
    """The diagnosis of a state of the wrong shape, where x is right. Its code sets `h_0` and `c_0`.

    >>> diagnose_state(Spec(), CallInputs((7, 4, 3), (4, 1, 8))).code
    'h_0, c_0 = (part.transpose(0, 1).contiguous() for part in (h_0, c_0))'
    """
    if not inputs.pair:
        return _single_tensor_state(spec, inputs)
    short, expected = inputs.both[0], expected_states(spec, inputs.x)[0]
    if len(short) != len(expected):
        return _wrong_state_dimensions(spec, inputs, short, expected)
    if len(short) == 3 and short[2] == expected[2]:
        return _wrong_state_sizes(spec, short, expected) or _zero_state(spec, inputs)
    return _zero_state(spec, inputs)


def diagnose_valid(spec: Spec, x: Diagnosis) -> Diagnosis:
    """The diagnosis where x and the state are of the right shape; `x` is that of x alone."""
    if spec.states != spec.batch or spec.batch == 1:
        return x
    doubt = (
        f"Sequences and layers × directions are both {spec.batch}: that they stand in that order, no shape can tell."
    )
    return x._replace(effect=f"{x.effect} {doubt}")


def _single_tensor_state(spec: Spec, inputs: CallInputs) -> Diagnosis:
    short, (expected, long) = inputs.both[0], expected_states(spec, inputs.x)
    effect = "An LSTM starts from two memories. Of a lone tensor the first slice is taken for h_0, the second for c_0."
    remedy = "Hand over the pair, `lstm(x, (h_0, c_0))`"
    if short == (2, *expected) and expected == long:
        return Diagnosis(effect, f"{remedy}: these are the two, stacked.", "h_0, c_0 = h_0")
    if short == expected:
        return Diagnosis(
            effect, f"{remedy}, with zeros where there is no long-term memory yet.", _zeros_code("c_0", long)
        )
    return Diagnosis(effect, f"{remedy}.", _zero_state(spec, inputs).code)


def _wrong_state_dimensions(spec: Spec, inputs: CallInputs, short: Shape, expected: Shape) -> Diagnosis:
    batch = expected[1]
    if len(expected) == 2:
        effect = "x has no axis for a batch, so the state must have none either."
        if short == (expected[0], 1, expected[1]):
            return Diagnosis(
                effect, "Take the axis out of the state, or put it into x.", _BOTH_STATES.format("squeeze(1)")
            )
        return Diagnosis(effect, "Start from a state of the right shape.", _zero_state(spec, inputs).code)
    effect = "x has a batch, so the state must have the axis too: each sequence has memories of its own."
    if short == (batch, expected[2]) and spec.states == 1:
        return Diagnosis(
            effect, "Put the axis of the layers in, of which there is 1.", _BOTH_STATES.format("unsqueeze(0)")
        )
    if short == (expected[0], expected[2]):
        spread = f"unsqueeze(1).repeat(1, {batch}, 1)"
        return Diagnosis(effect, "Put the axis in, and let every sequence start alike.", _BOTH_STATES.format(spread))
    return Diagnosis(effect, "Start from a state of the right shape.", _zero_state(spec, inputs).code)


def _wrong_state_sizes(spec: Spec, short: Shape, expected: Shape) -> Diagnosis | None:
    """The diagnosis of a wrong number of layers or sequences, or of the two swapped; None where it is another."""
    states, batch, _ = expected
    if short[:2] == (batch, states):
        effect = "Layers and sequences are exchanged. `batch_first` turns x and output round, and never the state."
        return Diagnosis(effect, "Turn the state round.", _BOTH_STATES.format("transpose(0, 1).contiguous()"))
    if short[1] == batch and short[0] == 1:
        needed = f"{plural(spec.layers, 'layer')} in {plural(spec.directions, 'direction')}"
        effect = f"Each layer has memories of its own in each direction: {needed} need {states}, and 1 came."
        return Diagnosis(effect, "Let all of them start alike.", _BOTH_STATES.format(f"repeat({states}, 1, 1)"))
    if short[0] == states and short[1] == 1:
        effect = f"One state came for {plural(batch, 'sequence')}, and it isn't spread over them by itself."
        return Diagnosis(effect, "Let every sequence start alike.", _BOTH_STATES.format(f"repeat(1, {batch}, 1)"))
    if short[0] == states and short[1] > batch:
        effect = f"The state is of {plural(short[1], 'sequence')} and x of {batch:,}: of a larger batch, as a rule."
        remedy = "Keep the rows that go on; or have the loader drop the last, smaller batch."
        return Diagnosis(effect, remedy, f"h_0, c_0 = h_0[:, :{batch}].contiguous(), c_0[:, :{batch}].contiguous()")
    return None


def _zero_state(spec: Spec, inputs: CallInputs) -> Diagnosis:
    short, long = expected_states(spec, inputs.x)
    axes = "(layers × directions, sequences, units)" if len(short) == 3 else "(layers × directions, units)"
    came = "" if inputs.h is None else f"; {inputs.h} came"
    code = f"{_zeros_code('h_0', short)}\n{_zeros_code('c_0', long)}"
    return Diagnosis(f"h_0 is {axes}, {short} here{came}.", "Start from a state of the right shape.", code)


def _zeros_code(name: str, shape: Shape) -> str:
    return f"{name} = torch.zeros{shape}"
