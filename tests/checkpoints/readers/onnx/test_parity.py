"""ONNX's LSTMs compute here what onnxruntime computes: h of every step, and the last h and c."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from tests.checkpoints.readers.onnx.onnx_models import LENGTHS, WAYS, B, C, H, Made, R, W, X, computed, model_of, opened
from tests.checkpoints.readers.onnx.tracing import CLOSE, far, traced

OUTPUTS = ("Y", "Y_h", "Y_c")
makes = st.builds(
    Made, st.integers(1, 9), st.integers(1, 12), st.sampled_from(sorted(WAYS)), st.booleans(), st.integers(0, 99)
)


def theirs(model, x, **more):
    found = computed(model, {X: x} | more)
    return [found[name] for name in OUTPUTS]


@settings(max_examples=60)
@given(makes, st.integers(1, 9), st.integers(1, 4), st.data())
def test_any_lstm_node_gives_what_onnxruntime_gives(made, time, batch, data):
    x, shape = made.sequences(time, batch), (WAYS[made.direction], batch, made.hidden)
    random, extra = np.random.default_rng(made.seed), {}
    if data.draw(st.booleans(), "a start"):
        extra |= {H: random.normal(size=shape).astype("f")}
    if data.draw(st.booleans(), "a memory to start from"):
        extra |= {C: random.normal(size=shape).astype("f")}
    if data.draw(st.booleans(), "lengths"):
        extra[LENGTHS] = random.integers(1, time + 1, batch).astype(np.int32)
    model = made.model(extra, [X, W, R, B, *(name if name in extra else "" for name in (LENGTHS, H, C))])
    opening = opened(model)
    (found,) = opening.contents.lstms
    assert (found.lengths is not None) == (LENGTHS in extra)
    assert (found.initial_state is not None) == (H in extra or C in extra)
    assert far(traced(opening, x), theirs(model, x)) < CLOSE


@settings(max_examples=20)
@given(makes, st.integers(1, 6), st.integers(1, 3), st.booleans())
def test_the_batch_may_come_first(made, time, batch, starts):
    """onnxruntime knows layout 0 alone; ONNX's own reference knows both."""
    x, random = made.sequences(time, batch), np.random.default_rng(made.seed)
    shape = (batch, WAYS[made.direction], made.hidden)
    extra = {name: random.normal(size=shape).astype("f") for name in (H, C)} if starts else {}
    model = made.model(extra, [X, W, R, B, *(["", H, C] if starts else [])], layout=1)
    y, h, c = ReferenceEvaluator(model).run(None, {X: x.swapaxes(0, 1)})
    opening = opened(model)
    assert opening.contents.lstms[0].batch_first
    assert far(traced(opening, x), [y.transpose(1, 2, 0, 3), h.swapaxes(0, 1), c.swapaxes(0, 1)]) < CLOSE


@pytest.mark.parametrize("version", [7, 14, 22])
def test_every_version_of_the_operator_is_read(version):
    made = Made(direction="bidirectional", seed=version)
    model = model_of([made.node()], outputs=OUTPUTS, tensors=made.tensors(), version=version)
    x = made.sequences()
    assert far(traced(opened(model), x), theirs(model, x)) < CLOSE


def test_double_precision_stays_double():
    made = Made(kind=np.float64, direction="bidirectional")
    model, x = made.model(), made.sequences()
    expected = ReferenceEvaluator(model).run(None, {X: x})
    assert far(traced(opened(model), x), expected) < 1e-12


@pytest.mark.parametrize("kind", ["FLOAT16", "BFLOAT16"])
def test_half_formats_are_computed_with_32_bits(kind):
    """Weights kept in 16 bits and cast before the node, as converters write them."""
    made, halves = Made(direction="bidirectional"), {}
    casts = [helper.make_node("Cast", [f"half {part}"], [part], to=1) for part in (W, R, B)]
    for part, array in made.tensors().items():
        number = TensorProto.DataType.Value(kind)
        halves[f"half {part}"] = helper.make_tensor(f"half {part}", number, array.shape, array.ravel())
    model, x = model_of([*casts, made.node()], outputs=OUTPUTS, tensors=halves), made.sequences()
    assert far(traced(opened(model), x), theirs(model, x)) < CLOSE


def test_weights_of_16_bits_are_widened_with_a_note():
    made = Made(kind=np.float16)
    (found,) = opened(made.model()).contents.lstms
    assert any("16 bits" in note for note in found.notes)
    assert found.parameters["weight_ih_l0"].dtype == np.float32
    gates = made.tensors()[W][0].astype("f").reshape(4, 4, 3)  # i, o, f, c
    assert np.array_equal(found.parameters["weight_ih_l0"].reshape(4, 4, 3), gates[[0, 2, 3, 1]])


@settings(max_examples=20)
@given(makes, st.integers(2, 4), st.integers(1, 6), st.sampled_from(["Squeeze", "Reshape"]))
def test_nodes_that_feed_each_other_are_layers_of_one_lstm(made, layers, time, how):
    model, x = stack_of(made, layers, how if made.direction != "bidirectional" else "Reshape"), made.sequences(time)
    opening = opened(model)
    (found,) = opening.contents.lstms
    assert found.lstm_shape.num_layers == layers
    expected = computed(model, {X: x})
    y, h, c = traced(opening, x)
    last = [expected[f"{name}{part}"] for part in ("h", "c") for name in [f"{layer} " for layer in range(layers)]]
    assert far([y], [expected[f"{layers - 1} y"]]) < CLOSE
    assert far([h, c], [np.concatenate(last[:layers]), np.concatenate(last[layers:])]) < CLOSE
    assert "each fed by the one before" in found.notes[-1]


def stack_of(made, layers, how):
    """LSTM nodes above each other, as exporters write them."""
    nodes, tensors, taken, ways = [], {}, X, WAYS[made.direction]
    for layer in range(layers):
        features = ways * made.hidden if layer else made.features
        own = Made(features, made.hidden, made.direction, made.bias, made.seed + layer)
        tensors |= {f"{layer} {name}": array for name, array in own.tensors().items()}
        given_here = (taken, *(f"{layer} {part}" for part in (W, R)), f"{layer} {B}" if made.bias else "")
        nodes.append(own.node(given_here, [f"{layer} {part}" for part in "yhc"], f"lstm {layer}"))
        if how == "Squeeze":
            nodes.append(helper.make_node("Squeeze", [f"{layer} y", "way"], [f"{layer} out"]))
        else:
            nodes.append(helper.make_node("Transpose", [f"{layer} y"], [f"{layer} turned"], perm=[0, 2, 1, 3]))
            nodes.append(helper.make_node("Reshape", [f"{layer} turned", "flat"], [f"{layer} out"]))
        taken = f"{layer} out"
    tensors |= {"way": np.array([1]), "flat": np.array([0, 0, -1])}
    return model_of(nodes, outputs=[f"{layer} {part}" for layer in range(layers) for part in "yhc"], tensors=tensors)
