"""Weights as exporters and converters leave them: stored in another form, and put right by nodes of constants."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper, numpy_helper

from tests.checkpoints.readers.onnx.onnx_models import B, Made, R, W, X, computed, model_of, opened
from tests.checkpoints.readers.onnx.tracing import CLOSE, far, traced

OUTPUTS = ("Y", "Y_h", "Y_c")


def from_torch(tensors):
    """As torch's exporter leaves them when it folds nothing: rows in torch's order, sliced and joined."""
    nodes, stored = [], {"from": np.array([0]), "to 1": np.array([4]), "to 2": np.array([8]), "to 3": np.array([12]),
                         "end": np.array([2**62]), "axis": np.array([0])}  # fmt: skip
    for name in (W, R):
        stored[f"torch {name}"] = np.concatenate([tensors[name][0][4 * gate :][:4] for gate in (0, 2, 3, 1)])
        for part, (first, last) in {"i": ("from", "to 1"), "o": ("to 3", "end"), "fc": ("to 1", "to 3")}.items():
            nodes.append(helper.make_node("Slice", [f"torch {name}", first, last, "axis"], [f"{name} {part}"]))
        nodes.append(
            helper.make_node("Concat", [f"{name} {part}" for part in ("i", "o", "fc")], [f"{name} all"], axis=0)
        )
        nodes.append(helper.make_node("Unsqueeze", [f"{name} all", "axis"], [name]))
    return nodes, stored | {B: tensors[B]}


def from_keras(tensors):
    """As converters write Keras kernels, (features, 4 hidden) with gates i, f, c, o: transposed, split, joined."""
    nodes, stored = [], {"axis": np.array([0])}
    for name in (W, R):
        stored[f"keras {name}"] = np.concatenate([tensors[name][0][4 * gate :][:4] for gate in (0, 2, 3, 1)]).T.copy()
        nodes += [
            helper.make_node("Transpose", [f"keras {name}"], [f"{name} rows"], perm=[1, 0]),
            helper.make_node("Split", [f"{name} rows"], [f"{name} {gate}" for gate in "ifco"], axis=0),
            helper.make_node("Concat", [f"{name} {gate}" for gate in "iofc"], [f"{name} all"], axis=0),
            helper.make_node("Unsqueeze", [f"{name} all", "axis"], [name]),
        ]
    return nodes, stored | {B: tensors[B]}


def from_integers(tensors):
    """Weights kept in 8 bits with a step for each direction, as quantisers write them for any operator."""
    nodes, stored = [], {"step": np.array([0.02], "f"), "none": np.array([3], np.int8), B: tensors[B]}
    for name in (W, R):
        stored[f"small {name}"] = np.clip(tensors[name] / 0.02, -120, 120).round().astype(np.int8)
        nodes.append(helper.make_node("DequantizeLinear", [f"small {name}", "step", "none"], [name], axis=0))
    return nodes, stored


def from_pieces(tensors):
    """Constant nodes, in a list and whole, put in shape and scaled."""
    flat = helper.make_node("Constant", [], ["flat"], value_floats=(tensors[W] * 2).ravel().tolist())
    shape = helper.make_node("Constant", [], ["shape"], value_ints=[1, 16, -1])
    half = helper.make_node("Constant", [], ["half"], value_float=0.5)
    whole = helper.make_node("Constant", [], ["whole"], value=numpy_helper.from_array(tensors[R]))
    nodes = [flat, shape, half, whole, helper.make_node("Reshape", ["flat", "shape"], ["twice"]),
             helper.make_node("Mul", ["twice", "half"], [W]), helper.make_node("Identity", ["whole"], [R])]  # fmt: skip
    return nodes, {B: tensors[B]}


@pytest.mark.parametrize("form", [from_torch, from_keras, from_integers, from_pieces])
def test_weights_are_worked_out_from_what_is_stored(form):
    made = Made()
    nodes, stored = form(made.tensors())
    model, x = model_of([*nodes, made.node()], outputs=OUTPUTS, tensors=stored), made.sequences()
    assert far(traced(opened(model), x), list(computed(model, {X: x}).values())) < CLOSE


@pytest.mark.parametrize("version", [7, 11])
def test_old_versions_give_axes_as_attributes(version):
    made = Made()
    stored = {f"flat {name}": array[0] for name, array in made.tensors().items()}
    nodes = [helper.make_node("Unsqueeze", [f"flat {name}"], [name], axes=[0]) for name in (W, R, B)]
    model, x = model_of([*nodes, made.node()], outputs=OUTPUTS, tensors=stored, version=version), made.sequences()
    assert far(traced(opened(model), x), list(computed(model, {X: x}).values())) < CLOSE


def test_a_start_of_zeros_for_any_batch_is_no_start():
    made = Made()
    fill = helper.make_node("ConstantOfShape", ["sizes"], ["zeros"])
    model = model_of([fill, made.node((X, W, R, B, "", "zeros", "zeros"))], (X, "sizes"), OUTPUTS, made.tensors())
    (found,) = opened(model).contents.lstms
    assert (found.initial_state, found.notes) == (None, ())
