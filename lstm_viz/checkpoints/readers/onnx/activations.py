"""Activation functions of an ONNX LSTM node, with their constants alpha and beta."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from lstm_viz.cells.activation_functions import Activation, CellActivations, constants_of, with_defaults
from lstm_viz.checkpoints.formatting import printable

#: Our names by ONNX's, in small letters.
NAMES = {
    "affine": "affine",
    "elu": "elu",
    "hardsigmoid": "hard_sigmoid",
    "leakyrelu": "leaky_relu",
    "relu": "relu",
    "scaledtanh": "scaled_tanh",
    "sigmoid": "sigmoid",
    "softplus": "softplus",
    "softsign": "softsign",
    "tanh": "tanh",
    "thresholdedrelu": "thresholded_relu",
}
#: Of each direction's gates, candidate and cell state where the node has no `activations`.
USUAL = ("sigmoid", "tanh", "tanh")
#: Functions that are others in each program where their constants are not given.
WITHOUT_DEFAULTS = ("affine", "scaledtanh", "thresholdedrelu")


def activations_of_node(attributes: Mapping[str, Any], directions: int) -> list[CellActivations]:
    """Each direction's activations. ValueError, with words for a sentence, where one is not known or badly given.

    >>> activations_of_node({"activations": ["hardsigmoid", "tanh", "tanh"]}, 1)[0].gate
    Activation(name='hard_sigmoid', alpha=0.2, beta=0.5)
    """
    names = [str(name) for name in attributes.get("activations") or USUAL * directions]
    if unknown := [name for name in names if name not in NAMES]:
        raise ValueError(f"uses the activation {printable(unknown[0])}")
    if len(names) != 3 * directions:
        raise ValueError(f"names {len(names):,} activations for {directions:,} directions, which have three each")
    functions = list(_with_constants(names, attributes))
    return [CellActivations(*functions[first : first + 3]) for first in range(0, len(functions), 3)]


def _with_constants(names: list[str], attributes: Mapping[str, Any]) -> Iterator[Activation]:
    """The functions with their constants, which are listed for those alone that take any, in their order."""
    alphas, betas = (iter(attributes.get(f"activation_{kind}") or ()) for kind in ("alpha", "beta"))
    for name in names:
        ours = NAMES[name]
        count = constants_of(ours)
        alpha = next(alphas, None) if count else None
        beta = next(betas, None) if count > 1 else None
        if name in WITHOUT_DEFAULTS and (alpha is None or (beta is None and count > 1)):
            raise ValueError(f"uses the activation {name} without its constants, for which each program has its own")
        if not all(math.isfinite(part) for part in (alpha or 0, beta or 0)):
            raise ValueError(f"uses the activation {name} with a constant that is no finite number")
        yield with_defaults(ours, alpha, beta)
