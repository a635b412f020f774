"""Paddle's files of weights (.pdparams): a pickle of NumPy arrays by name.

`readers.formats` names it, `readers.load_reader` imports it by that name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.pickles.machine import BrokenPickle, Steps
from lstm_viz.checkpoints.readers.pickles.module_tree import Leaf, ModuleTree, find_tensors
from lstm_viz.checkpoints.readers.pickles.numpy_values import PickledArray
from lstm_viz.checkpoints.readers.pickles.objects import Instance
from lstm_viz.checkpoints.readers.torch_file import contents_of_tree
from lstm_viz.checkpoints.readers.torch_pickle import load_plain

#: paddle.nn.LSTM is a list of cells too, so that its weights have second names: 0.cell_bw.weight_ih.
CELL = re.compile(
    r"(?P<before>.*?\.?)(?P<layer>\d{1,4})\.cell(?P<direction>|_fw|_bw)\.(?P<kind>weight_ih|weight_hh|bias_ih|bias_hh)"
)


def read(data: bytes | memoryview, limits: CheckpointLimits) -> Contents:
    """The LSTMs of a file of paddle.save. CheckpointError where there are none, or where it is broken or too large."""
    steps = Steps(limits.pickle_steps)
    try:
        tree = find_tensors(_plain(load_plain(data, steps)), limits)
    except BrokenPickle as error:
        raise CheckpointError(
            "This is no whole file of paddle.save: its pickle breaks off or is damaged. "
            "Copy it again from its source, or save the model again."
        ) from error
    return contents_of_tree(as_torch_keeps(without_second_names(tree)), "Paddle", steps, len(data))


def _plain(value: Any) -> Any:
    """The value with tensors as arrays: paddle.save writes one as the call of a function that gives its argument."""
    if not isinstance(value, dict):
        return value
    return {name: _array_of(part) for name, part in value.items()}


def _array_of(value: Any) -> Any:
    """The array in eval("data", {"data": array}), which nothing evaluates, or in (name, array)."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        return value[1]
    inside = value.arguments[-1] if isinstance(value, Instance) and value.arguments else None
    if isinstance(inside, dict) and len(inside) == 1:
        (inside,) = inside.values()
    return inside if isinstance(inside, PickledArray) else value


def without_second_names(tree: ModuleTree) -> ModuleTree:
    """The tree without those weights of cells that are an LSTM's own again."""
    kept: dict[str, Leaf] = {}
    for name, part in tree.tensors.items():
        place = CELL.fullmatch(name)
        if place is not None:
            reverse = "_reverse" if place["direction"] == "_bw" else ""
            first = tree.tensors.get(f"{place['before']}{place['kind']}_l{place['layer']}{reverse}")
            if isinstance(first, PickledArray) and isinstance(part, PickledArray) and _same(first, part):
                continue
        kept[name] = part
    return replace(tree, tensors=kept)


def as_torch_keeps(tree: ModuleTree) -> ModuleTree:
    """The tree with linear layers' weights as (outputs, inputs): Paddle keeps them as (inputs, outputs)."""
    kept = dict(tree.tensors)
    for name, part in tree.tensors.items():
        bias = tree.tensors.get(f"{name.removesuffix('weight')}bias")
        if name.endswith(".weight") and isinstance(part, PickledArray) and isinstance(bias, PickledArray):
            _, shape = part.dtype_and_shape(name)
            if len(shape) == 2 and bias.dtype_and_shape(name)[1] == shape[1:]:
                kept[name] = part.transposed()
    return replace(tree, tensors=kept)


def _same(first: PickledArray, second: PickledArray) -> bool:
    return np.array_equal(first.numbers("a weight"), second.numbers("a weight"))
