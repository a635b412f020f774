"""The usual mistakes with shapes, and the verdict on any: what it means, what the module says, what to do."""

from __future__ import annotations

import re
from typing import NamedTuple

from lstm_viz.lessons.shape_answers import Given, answer
from lstm_viz.lessons.shape_findings import finding
from lstm_viz.lessons.shapes import Shape, Spec
from lstm_viz.lessons.state_findings import state_finding

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
    """A usual mistake: its name, and the shapes that are handed over."""

    title: str
    x: Shape
    h: Shape | None = None
    pair: bool = True


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
    if found.ok and h_shape is not None and (says or not pair):
        found = state_finding(spec, given)
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
    right, states, units = spec.batched(spec.input_size), spec.states, spec.output_size
    data, module = ("Time-first", "batch-first") if spec.batch_first else ("Batch-first", "time-first")
    mistakes = [
        Mistake(f"{data} data, {module} module", (right[1], right[0], right[2])),
        Mistake("No batch axis", (spec.steps, spec.input_size)),
        Mistake("No steps axis", (spec.batch, spec.input_size)),
        Mistake("Another number of features", (*right[:2], spec.input_size + 1)),
        Mistake("Features before steps", (spec.batch, spec.input_size, spec.steps)),
        Mistake("State with the batch first", right, (spec.batch, states, units)),
        Mistake("State without a batch axis", right, (states, units)),
        Mistake("State of a larger batch", right, (states, spec.batch + 1, units)),
        Mistake("h_0 alone, without c_0", right, (states, spec.batch, units), pair=False),
    ]
    one = Mistake("State of one layer and direction only", right, (1, spec.batch, units))
    offered = [*mistakes[:8], one, mistakes[8]] if states > 1 else mistakes
    return [mistake for mistake in offered if not verdict(spec, *mistake[1:3], pair=mistake.pair).ok]


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
