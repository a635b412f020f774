"""What is wrong with an input or a state of the wrong shape, and how to put it right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from math import prod
from typing import NamedTuple

from lstm_viz.lessons.module_answers import Given, expected_states
from lstm_viz.lessons.tensor_shapes import Shape, Spec, constructor


class Finding(NamedTuple):
    """What a module makes of a shape, and what to do, in Markdown and as Python (empty: nothing to be done).

    The Python changes `x`, or sets `lstm`.
    """

    does: str
    remedy: str
    code: str = ""
    ok: bool = False


def finding(spec: Spec, x: Shape) -> Finding:
    """What becomes of an x of this shape.

    >>> finding(Spec(), (4, 7, 3)).code
    'x = x.transpose(0, 1)'
    >>> finding(Spec(), (7, 4, 3)).ok
    True
    """
    if 0 in x:
        remedy = "Look where x is made: a window longer than the data, or a filter, leaves nothing."
        return Finding("There is nothing in it to read: one of its axes is 0 long.", remedy)
    if len(x) not in (2, 3):
        return _other_dimensions(spec, x)
    if x[-1] != spec.input_size:
        return _wrong_features(spec, x)
    return _without_batch(spec, x[0]) if len(x) == 2 else _read(spec, x)


def count(number: int, one: str, many: str = "") -> str:
    """A number of things.

    >>> count(1, "step"), count(4, "step")
    ('1 step', '4 steps')
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _read(spec: Spec, x: Shape) -> Finding:
    steps, batch = (x[1], x[0]) if spec.batch_first else x[:2]
    read = f"{count(steps, 'step')} of {count(batch, 'sequence')}"
    if (batch, steps) == (spec.steps, spec.batch) and batch != steps:
        return _exchanged(spec, read)
    remedy = "Nothing."
    if steps == batch > 1:
        remedy = "Nothing, if axis 0 is what you mean it to be: as both are as long, no shape can tell."
    return Finding(f"Reads {read}, {count(spec.input_size, 'feature')} each.", remedy, ok=True)


def _exchanged(spec: Spec, read: str) -> Finding:
    meant = f"{count(spec.steps, 'step')} of {count(spec.batch, 'sequence')}"
    other = "batch_first=False" if spec.batch_first else "batch_first=True"
    return Finding(
        f"Steps and sequences are exchanged: your {meant} are read as {read}. Memory then runs from one sequence "
        "into the next, and never from one step of yours to the next.",
        f"Turn x round, or make the module with `{other}`. The weights are the same either way.",
        "x = x.transpose(0, 1)",
    )


def _without_batch(spec: Spec, length: int) -> Finding:
    steps_axis, batch_axis = (1, 0) if spec.batch_first else (0, 1)
    if length == spec.batch != spec.steps:
        return Finding(
            f"The axis of the steps is missing: your {count(length, 'sequence')} of one step are read as one sequence "
            f"of {count(length, 'step')}, and memory runs from one to the next.",
            "Put the axis in. A single step is a sequence of 1.",
            f"x = x.unsqueeze({steps_axis})",
        )
    does = (
        f"Reads one sequence of {count(length, 'step')}, without a batch, and all that comes back lacks that axis too."
    )
    alone = spec.batch == 1 and length == spec.steps
    remedy = "Nothing, if 2-D is what you want back. Else put the axis of the batch in."
    if not alone:
        remedy = "Put the axis of the batch in, where only one sequence is meant."
    if length == spec.batch == spec.steps > 1:
        remedy += f" If the {length} are sequences of one step: `x.unsqueeze({steps_axis})`."
    return Finding(does, remedy, f"x = x.unsqueeze({batch_axis})", ok=alone)


def _wrong_features(spec: Spec, x: Shape) -> Finding:
    right = spec.batched(spec.input_size)
    moves = [move for move in permutations(range(len(x))) if tuple(x[axis] for axis in move) == right]
    if moves:
        axis = x.index(spec.input_size)
        return Finding(
            f"The features must be the last axis, and yours are axis {axis}, as a convolution has them.",
            "Put the axes in order.",
            f"x = x.permute{moves[-1]}",
        )
    if spec.input_size == 1 and len(x) == 2:
        does = "The axis of the features is missing: a series of single numbers has one feature, and an axis for it."
        return Finding(does, "Put the axis in.", "x = x.unsqueeze(-1)")
    has, reads = count(x[-1], "feature"), f"{spec.input_size:,}"
    remedy = "Make the module for what the data has, or hand over only the features that it was made for."
    made = constructor(replace(spec, input_size=x[-1]))
    return Finding(f"x has {has} a step; the module was made for {reads}.", remedy, f"lstm = {made}")


def _other_dimensions(spec: Spec, x: Shape) -> Finding:
    axes = "(batch, steps, features)" if spec.batch_first else "(steps, batch, features)"
    does = f"x has {count(len(x), 'axis', 'axes')}; a module reads {axes}, or (steps, features) of one sequence."
    known = next(_known(spec, x), None)
    if known:
        return Finding(does, "Give it its axes." if len(x) < 3 else "Bring it to three axes.", known)
    return Finding(does, f"Bring it into the form {axes}.")


def _known(spec: Spec, x: Shape) -> Iterator[str]:
    """Ways to three axes where the sizes tell what each one was."""
    if x == (spec.input_size,):
        yield "x = x.reshape(1, 1, -1)"
    if len(x) == 1 and spec.input_size == 1:
        yield "x = x.reshape(1, -1, 1)" if spec.batch_first else "x = x.reshape(-1, 1, 1)"
    for axis in range(len(x)):
        if len(x) == 4 and x[axis] == 1 and x[:axis] + x[axis + 1 :] == spec.batched(spec.input_size):
            yield f"x = x.squeeze({axis})"
    if len(x) > 3 and prod(x[2:]) == spec.input_size:
        yield "x = x.flatten(2)"


_BOTH = "h_0, c_0 = (part.{} for part in (h_0, c_0))"


def state_finding(spec: Spec, given: Given) -> Finding:
    """What is wrong with the state, where x is right. Its code sets `h_0` and `c_0`.

    >>> state_finding(Spec(), Given((7, 4, 3), (4, 1, 8))).code
    'h_0, c_0 = (part.transpose(0, 1).contiguous() for part in (h_0, c_0))'
    """
    if not given.pair:
        return _alone(spec, given)
    short, wanted = given.both[0], expected_states(spec, given.x)[0]
    if len(short) != len(wanted):
        return _dimensions(spec, given, short, wanted)
    if len(short) == 3 and short[2] == wanted[2]:
        return _counts(spec, short, wanted) or _new(spec, given)
    return _new(spec, given)


def fitting(spec: Spec, x: Finding) -> Finding:
    """What is to be said where x and the state are of the right shape; `x` is what was found of x."""
    if spec.states != spec.batch or spec.batch == 1:
        return x
    doubt = (
        f"Sequences and layers × directions are both {spec.batch}: that they stand in that order, no shape can tell."
    )
    return x._replace(does=f"{x.does} {doubt}")


def _alone(spec: Spec, given: Given) -> Finding:
    short, (wanted, long) = given.both[0], expected_states(spec, given.x)
    does = "An LSTM starts from two memories. Of a lone tensor the first slice is taken for h_0, the second for c_0."
    remedy = "Hand over the pair, `lstm(x, (h_0, c_0))`"
    if short == (2, *wanted) and wanted == long:
        return Finding(does, f"{remedy}: these are the two, stacked.", "h_0, c_0 = h_0")
    if short == wanted:
        return Finding(does, f"{remedy}, with zeros where there is no long-term memory yet.", _zeros("c_0", long))
    return Finding(does, f"{remedy}.", _new(spec, given).code)


def _dimensions(spec: Spec, given: Given, short: Shape, wanted: Shape) -> Finding:
    batch = wanted[1]
    if len(wanted) == 2:
        does = "x has no axis for a batch, so the state must have none either."
        if short == (wanted[0], 1, wanted[1]):
            return Finding(does, "Take the axis out of the state, or put it into x.", _BOTH.format("squeeze(1)"))
        return Finding(does, "Start from a state of the right shape.", _new(spec, given).code)
    does = "x has a batch, so the state must have the axis too: each sequence has memories of its own."
    if short == (batch, wanted[2]) and spec.states == 1:
        return Finding(does, "Put the axis of the layers in, of which there is 1.", _BOTH.format("unsqueeze(0)"))
    if short == (wanted[0], wanted[2]):
        spread = f"unsqueeze(1).repeat(1, {batch}, 1)"
        return Finding(does, "Put the axis in, and let every sequence start alike.", _BOTH.format(spread))
    return Finding(does, "Start from a state of the right shape.", _new(spec, given).code)


def _counts(spec: Spec, short: Shape, wanted: Shape) -> Finding | None:
    """Layers or sequences miscounted, or taken for each other."""
    states, batch, _ = wanted
    if short[:2] == (batch, states):
        does = "Layers and sequences are exchanged. `batch_first` turns x and output round, and never the state."
        return Finding(does, "Turn the state round.", _BOTH.format("transpose(0, 1).contiguous()"))
    if short[1] == batch and short[0] == 1:
        kept = f"{count(spec.layers, 'layer')} in {count(spec.directions, 'direction')}"
        does = f"Each layer has memories of its own in each direction: {kept} need {states}, and 1 came."
        return Finding(does, "Let all of them start alike.", _BOTH.format(f"repeat({states}, 1, 1)"))
    if short[0] == states and short[1] == 1:
        does = f"One state came for {count(batch, 'sequence')}, and it isn't spread over them by itself."
        return Finding(does, "Let every sequence start alike.", _BOTH.format(f"repeat(1, {batch}, 1)"))
    if short[0] == states and short[1] > batch:
        does = f"The state is of {count(short[1], 'sequence')} and x of {batch:,}: of a larger batch, as a rule."
        remedy = "Keep the rows that go on; or have the loader drop the last, smaller batch."
        return Finding(does, remedy, f"h_0, c_0 = h_0[:, :{batch}].contiguous(), c_0[:, :{batch}].contiguous()")
    return None


def _new(spec: Spec, given: Given) -> Finding:
    short, long = expected_states(spec, given.x)
    axes = "(layers × directions, sequences, units)" if len(short) == 3 else "(layers × directions, units)"
    came = "" if given.h is None else f"; {given.h} came"
    code = f"{_zeros('h_0', short)}\n{_zeros('c_0', long)}"
    return Finding(f"h_0 is {axes}, {short} here{came}.", "Start from a state of the right shape.", code)


def _zeros(name: str, shape: Shape) -> str:
    return f"{name} = torch.zeros{shape}"
