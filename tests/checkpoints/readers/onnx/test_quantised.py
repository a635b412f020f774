"""Weights of 8 bits: what onnxruntime's quantisation writes, read as the numbers that they stand for."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from lstm_viz.checkpoints import CheckpointError
from tests.checkpoints.readers.onnx.onnx_models import WAYS, B, Made, R, W, X, computed, model_of, opened
from tests.checkpoints.readers.onnx.tracing import CLOSE, far, traced

OUTPUTS = ("Y", "Y_h", "Y_c")
MICROSOFT = "com.microsoft"


def quantised(model, tmp_path, **how):
    """The model as onnxruntime's quantize_dynamic writes it."""
    plain, small = tmp_path / "plain.onnx", tmp_path / "small.onnx"
    onnx.save(model, plain)
    quantize_dynamic(plain, small, **how)
    return onnx.load(small)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
@pytest.mark.parametrize("per_channel", [True, False])
def test_what_onnxruntime_quantises_opens_as_the_numbers_that_its_weights_stand_for(direction, per_channel, tmp_path):
    """Weights within half a step of the model's own; states within 0.02 of onnxruntime's, which rounds inputs too."""
    made = Made(features=5, hidden=16, direction=direction)
    model = quantised(made.model(), tmp_path, weight_type=QuantType.QInt8, per_channel=per_channel)
    (node,) = [node for node in model.graph.node if "LSTM" in node.op_type]
    assert (node.op_type, node.domain) == ("DynamicQuantizeLSTM", MICROSOFT)
    x, plain = made.sequences(9, 3), opened(made.model())
    opening = opened(model)
    ((name, found),) = opening.found.items()
    assert found.kind == "ONNX DynamicQuantizeLSTM"
    assert any("8 bits" in note for note in found.notes)
    for part, values in plain.contents.lstms[0].parameters.items():
        assert np.abs(found.parameters[part] - values).max() <= np.abs(values).max() / 254 * 1.01
    theirs = list(computed(model, {X: x}).values())
    assert far(traced(opening, x, name=name), theirs) < 0.02


def made_quantised(made, kind=np.int8, per_column=False, points=True, seed=0):
    """A node with weights of 8 bits, and the model that has the numbers that those stand for."""
    random, tensors, plain = np.random.default_rng(seed), {}, {}
    low, high = (-127, 128) if kind is np.int8 else (0, 256)
    ways = WAYS[made.direction]
    for part, width in ((W, made.features), (R, made.hidden)):
        stored = random.integers(low, high, (ways, width, 4 * made.hidden)).astype(kind)
        shape = (ways, 4 * made.hidden) if per_column else (ways,)
        scale = random.uniform(0.001, 0.004, shape).astype("f")
        point = np.full(shape, 0 if kind is np.int8 else 128, kind)
        if points and not per_column:
            point = (point + random.integers(0, 9, shape)).astype(kind)
        tensors |= {part: stored, f"{part} scale": scale, f"{part} point": point}
        over = (lambda values: values[:, None, :]) if per_column else (lambda values: values[:, None, None])
        plain[part] = ((stored.astype("f8") - over(point.astype("f8"))) * over(scale)).swapaxes(1, 2).astype("f")
    tensors[B] = plain[B] = made.tensors()[B]
    given_here = (X, W, R, B, "", "", "", "", "W scale", "W point" if points else "", "R scale",
                  "R point" if points else "")  # fmt: skip
    node = helper.make_node(
        "DynamicQuantizeLSTM", given_here, OUTPUTS, "small", hidden_size=made.hidden, direction=made.direction,
        domain=MICROSOFT,
    )  # fmt: skip
    model = model_of([node], outputs=OUTPUTS, tensors=tensors)
    model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))
    return model, plain


@settings(max_examples=25)
@given(st.sampled_from(sorted(WAYS)), st.sampled_from([np.int8, np.uint8]), st.booleans(), st.integers(0, 9))
def test_weights_are_those_that_the_scales_and_zero_points_make(direction, kind, per_column, seed):
    made = Made(direction=direction, seed=seed)
    model, plain = made_quantised(made, kind, per_column, seed=seed)
    same = model_of([made.node()], outputs=OUTPUTS, tensors=plain)
    found, expected = (opened(one).contents.lstms[0].parameters for one in (model, same))
    for part, values in expected.items():
        assert np.abs(found[part] - values).max() <= 1e-7
    x = made.sequences(6)
    assert far(traced(opened(model), x), list(computed(same, {X: x}).values())) < CLOSE
    assert far(traced(opened(model), x), list(computed(model, {X: x}).values())) < 0.02


def test_layers_of_8_bits_are_one_lstm():
    lower, upper = made_quantised(Made(3, 4)), made_quantised(Made(4, 4, seed=1), seed=1)
    nodes, tensors = [], {}
    for number, (one, _) in enumerate((lower, upper)):
        (node,) = one.graph.node
        names = [f"{number} {name}" if name and name != X else name for name in node.input]
        names[0] = X if number == 0 else "states"
        del node.input[:]
        node.input.extend(names)
        del node.output[:]
        node.output.extend(["0 y"] if number == 0 else ["Y"])
        node.name = f"small {number}"
        nodes.append(node)
        tensors |= {f"{number} {t.name}": onnx.numpy_helper.to_array(t) for t in one.graph.initializer}
    nodes.insert(1, helper.make_node("Squeeze", ["0 y", "way"], ["states"]))
    opening = opened(model_of(nodes, tensors=tensors | {"way": np.array([1])}))
    (found,) = opening.contents.lstms
    assert found.lstm_shape.num_layers == 2


@pytest.mark.parametrize("per_channel", [False, True])
def test_dequantised_constants_are_exact(per_channel):
    """QDQ: DequantizeLinear before an LSTM node of ONNX's own."""
    made, random = Made(), np.random.default_rng(0)
    nodes, tensors = [], {B: made.tensors()[B]}
    for part, width in ((W, 3), (R, 4)):
        shape = (16,) if per_channel else ()
        tensors |= {
            f"{part} stored": random.integers(-127, 128, (1, 16, width)).astype(np.int8),
            f"{part} scale": np.asarray(random.uniform(0.001, 0.004, shape), "f"),
            f"{part} point": np.zeros(shape, np.int8),
        }
        names = [f"{part} {what}" for what in ("stored", "scale", "point")]
        nodes.append(helper.make_node("DequantizeLinear", names, [part], **({"axis": 1} if per_channel else {})))
    model, x = model_of([*nodes, made.node()], outputs=OUTPUTS, tensors=tensors), made.sequences()
    assert far(traced(opened(model), x), list(computed(model, {X: x}).values())) < CLOSE


LIES = {
    "a scale for each unit": {"W scale": np.ones((1, 4), "f")},
    "a scale of a matrix": {"W scale": np.ones((4, 4), "f")},
    "no scale": {"W scale": np.zeros(0, "f")},
    "a scale of 0": {"W scale": np.zeros(1, "f")},
    "a negative scale": {"R scale": -np.ones(1, "f")},
    "a scale of NaN": {"R scale": np.full(1, np.nan, "f")},
    "an infinite scale": {"R scale": np.full(1, np.inf, "f")},
    "a whole scale": {"W scale": np.ones(1, np.int32)},
    "a wide scale": {"W scale": np.ones(1, np.float64)},
    "a zero point of another kind": {"W point": np.zeros(1, np.uint8)},
    "zero points for nothing": {"R point": np.zeros(7, np.int8)},
    "weights of 32 bits": {W: np.ones((1, 3, 16), np.int32)},
    "weights that are floats": {W: np.ones((1, 3, 16), "f")},
    "weights of two axes": {W: np.ones((3, 16), np.int8)},
    "weights of an LSTM node's form": {W: np.ones((1, 16, 3), np.int8), "W scale": np.ones(1, "f")},
    "no weights": {R: np.ones((1, 0, 16), np.int8)},
}


@pytest.mark.parametrize("lie", LIES)
def test_scales_that_lie_are_refused_in_a_sentence(lie):
    model, _ = made_quantised(Made())
    for tensor in model.graph.initializer:
        if tensor.name in LIES[lie]:
            tensor.CopyFrom(onnx.numpy_helper.from_array(LIES[lie][tensor.name], tensor.name))
    with pytest.raises(CheckpointError, match="“small” ") as refusal:
        opened(model)
    assert str(refusal.value).endswith(".")


def test_scales_given_as_the_graph_runs_are_none():
    model, _ = made_quantised(Made())
    model.graph.initializer.remove(next(part for part in model.graph.initializer if part.name == "W scale"))
    model.graph.input.append(helper.make_tensor_value_info("W scale", TensorProto.FLOAT, None))
    with pytest.raises(CheckpointError, match="“small” is given its weights W as the graph runs"):
        opened(model)


def test_weights_without_their_zero_points_are_refused():
    with pytest.raises(CheckpointError, match="“small” has weights W of 8 bits without W_zero_point"):
        opened(made_quantised(Made(), points=False)[0])
