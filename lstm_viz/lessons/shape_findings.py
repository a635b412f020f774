"""What is meant by a shape that a person hands over, told from the sizes they chose, and how to put it right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from math import prod
from typing import NamedTuple

from lstm_viz.lessons.shapes import Shape, Spec, constructor


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
