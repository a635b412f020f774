"""The usual mistakes with shapes, and the verdict on any: what it means, what the module says, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lstm_viz.lessons.module_answers import Given, answer
from lstm_viz.lessons.shape_diagnosis import finding, fitting, state_finding
from lstm_viz.lessons.tensor_shapes import Row, Shape, Spec, passed

#: The longest axis that a person may ask about.
LONGEST = 1_000_000
MOST_AXES = 5


class Verdict(NamedTuple):
    """What becomes of what is handed over.

    `says` is the exception in the module's own words, None where it runs; `does` what the module makes of
    it; `remedy` what to do, in Markdown; `code` the same in Python, empty where nothing needs doing;
    `returns` the shapes of output, h_n and c_n where it runs.
    """

    ok: bool
    says: str | None
    does: str
    remedy: str
    code: str
    returns: tuple[Shape, Shape, Shape] | None


class Mistake(NamedTuple):
    """A usual mistake: its name, the shapes that are handed over, and what the axes of the wrong one count.

    `axes` are h_0's where there is a state, else x's.
    """

    title: str
    x: Shape
    axes: tuple[str, ...] = ()
    h: Shape | None = None
    pair: bool = True


class Beside(NamedTuple):
    """What is wrong as a person has it, and what the module makes of it or wants instead, each as tensors."""

    have: tuple[Row, ...]
    taken: tuple[Row, ...]
    runs: bool


def verdict(spec: Spec, x_shape: Shape, h_shape: Shape | None = None, *, pair: bool = True) -> Verdict:
    """The verdict on an x of this shape, and on a state whose h_0 has that one; c_0 is shaped alike.

    With `pair=False` h_0 is handed over alone, where (h_0, c_0) is wanted.

    >>> found = verdict(Spec(), (4, 7, 3))
    >>> found.ok, found.says, found.returns[0]
    (False, None, (4, 7, 8))
    """
    given = given_of(spec, x_shape, h_shape, pair=pair)
    returns, says = answer(spec, given)
    found = finding(spec, x_shape)
    if found.ok and h_shape is not None:
        found = state_finding(spec, given) if says or not pair else fitting(spec, found)
    return Verdict(found.ok, says, found.does, found.remedy, found.code, returns)


def given_of(spec: Spec, x: Shape, h: Shape | None = None, *, pair: bool = True) -> Given:
    """What is handed over, with c_0 as the person who shapes h_0 so would shape it.

    c_0 has all units where h_0 has the projected ones.

    >>> given_of(Spec(proj_size=2), (7, 4, 3), (1, 4, 2)).c
    (1, 4, 8)
    """
    long = (*h[:-1], spec.hidden_size) if h and h[-1] == spec.output_size else h
    return Given(x, h, long, pair)


def usual_mistakes(spec: Spec) -> list[Mistake]:
    """The mistakes that a person makes with this module, the commonest first."""
    mistakes = [*_of_x(spec), *_of_state(spec)]
    return [mistake for mistake in mistakes if not verdict(spec, mistake.x, mistake.h, pair=mistake.pair).ok]


def _of_x(spec: Spec) -> Iterator[Mistake]:
    steps, sequences, features = spec.steps, spec.batch, spec.input_size
    right, axes = spec.batched(features), passed(spec)[0].axes
    data, module = ("Time-first", "batch-first") if spec.batch_first else ("Batch-first", "time-first")
    turned = (axes[1], axes[0], axes[2])
    yield Mistake(f"{data} data, {module} module", (right[1], right[0], right[2]), turned)
    yield Mistake("No batch axis", (steps, features), ("steps", "features"))
    yield Mistake("No steps axis", (sequences, features), ("sequences", "features"))
    yield Mistake("Another number of features", (*right[:2], features + 1), axes)
    yield Mistake("Features before steps", (sequences, features, steps), ("sequences", "features", "steps"))


def _of_state(spec: Spec) -> Iterator[Mistake]:
    right, sequences = spec.batched(spec.input_size), spec.batch
    states, units, axes = spec.states, spec.output_size, passed(spec)[1].axes
    turned = (axes[1], axes[0], axes[2])
    yield Mistake("State with the batch first", right, turned, (sequences, states, units))
    yield Mistake("State without a batch axis", right, (axes[0], axes[2]), (states, units))
    yield Mistake("State of a larger batch", right, axes, (states, sequences + 1, units))
    if states > 1:
        yield Mistake("State of one layer and direction only", right, axes, (1, sequences, units))
    yield Mistake("h_0 alone, without c_0", right, axes, (states, sequences, units), pair=False)


def beside(spec: Spec, mistake: Mistake) -> Beside:
    """What is handed over beside what it is read as, or, where the module refuses it, beside what it wants.

    >>> found = beside(Spec(), usual_mistakes(Spec())[0])
    >>> found.have[0].axes, found.taken[0].axes
    (('sequences', 'steps', 'features'), ('steps', 'sequences', 'features'))
    """
    x, *states = passed(spec)[:3]
    runs = verdict(spec, mistake.x, mistake.h, pair=mistake.pair).returns is not None
    wrong, name = (mistake.x, "x") if mistake.h is None else (mistake.h, "h_0")
    have = (_as(name, wrong, mistake.axes),) if mistake.axes else ()
    if runs:
        return Beside(have, (_as("x", mistake.x, x.axes if len(mistake.x) == 3 else ("steps", "features")),), runs)
    return Beside(have, (x,) if mistake.h is None else tuple(states if not mistake.pair else states[:1]), runs)


def _as(name: str, shape: Shape, axes: tuple[str, ...]) -> Row:
    return Row(name, "as it is handed over", shape, axes, tuple(map(str, shape)))


def shape_of(text: str) -> Shape:
    """The shape that a person typed, as in (7, 4, 3), 7 × 4 × 3 or torch.Size([7, 4, 3]).

    Raises ValueError, saying what was expected, where it is none.

    >>> shape_of("torch.Size([7, 4, 3])"), shape_of("7 x 4 x 3"), shape_of("(5,)")
    ((7, 4, 3), (7, 4, 3), (5,))
    """
    bare = re.sub(r"torch\.Size|[()\[\]]", " ", text).strip(" ,")
    parts = [part.strip() for part in re.split(r"[,x×*]|\s+", re.sub(r"\s*[,x×*]\s*", ",", bare))]
    if not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts) or len(parts) > MOST_AXES:
        raise ValueError("A shape is up to five whole numbers, as in 7, 4, 3: the length of each axis.")
    if max(map(int, parts)) > LONGEST:
        raise ValueError(f"Axes up to {LONGEST:,} long can be looked at here.")
    return tuple(map(int, parts))
