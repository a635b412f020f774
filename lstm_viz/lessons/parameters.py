"""The count of an LSTM's trainable numbers, with its formula spelled out in numbers."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from lstm_viz.lessons.shapes import Spec, weights


class Term(NamedTuple):
    """Layers that are alike: how often they are there, and what one of them takes.

    `symbols` is the formula in H (hidden), D (what the layer reads) and P (projected units);
    `numbers` the same with the numbers put in.
    """

    what: str
    times: int
    symbols: str
    numbers: str
    each: int


class Parameters(NamedTuple):
    """All trainable numbers of a module: the total, and the terms that add up to it."""

    total: int
    terms: tuple[Term, ...]


def parameters(spec: Spec) -> Parameters:
    """The count of trainable numbers: 4H(H + D) + 8H a layer, in the course's cell 4H(H + D) + H² + 5H.

    >>> count = parameters(Spec())
    >>> count.total, count.terms[0].numbers
    (416, '4·8·(8 + 3) + 8·8')
    >>> parameters(Spec(cell="course")).terms[0].numbers
    '4·8·(8 + 3) + 8² + 5·8'
    """
    terms = [_term(spec, 0, "layer 1", 1)]
    if spec.layers > 1:
        others = "layer 2" if spec.layers == 2 else f"layers 2 to {spec.layers}"
        terms.append(_term(spec, 1, others, spec.layers - 1))
    return Parameters(sum(term.times * term.each for term in terms), tuple(terms))


def _term(spec: Spec, layer: int, what: str, layers: int) -> Term:
    """One layer's share; a layer's two directions are alike."""
    each = sum(prod(row.shape) for row in weights(spec, layer)) // spec.directions
    both = f"{what}, each direction" if spec.bidirectional else what
    symbols, numbers = _formula(spec, spec.features(layer))
    return Term(both, layers * spec.directions, symbols, numbers, each)


def _formula(spec: Spec, features: int) -> tuple[str, str]:
    hidden, read = spec.hidden_size, spec.output_size
    numbers = f"4·{hidden}·({read} + {features}) + "
    if spec.cell == "course":
        return "4H(H + D) + H² + 5H", f"{numbers}{hidden}² + 5·{hidden}"
    if spec.proj_size:
        return "4H(P + D) + 8H + PH", f"{numbers}8·{hidden} + {read}·{hidden}"
    return "4H(H + D) + 8H", f"{numbers}8·{hidden}"
