"""LSTMs wherever in a graph they stand, weights however they are made, neighbours however far."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.checkpoints.readers.onnx.onnx_models import B, Made, R, W, X, computed, model_of, opened
from tests.checkpoints.readers.onnx.tracing import CLOSE, far, traced

OUTPUTS = ("Y", "Y_h", "Y_c")


def value(name, kind=TensorProto.FLOAT, shape=None):
    return helper.make_tensor_value_info(name, kind, shape)


def branch(made, before="", **more):
    """A sub-graph without inputs that gives Y; `before` stands before its names."""
    node = made.node((X, *(before + part for part in (W, R, B))), [f"{before}Y"], f"{before}lstm")
    stored = [numpy_helper.from_array(array, before + name) for name, array in made.tensors().items()]
    return helper.make_graph([node], before, [], [value(f"{before}Y")], stored, **more)


def test_both_branches_of_an_if_are_found():
    makes = {"then ": Made(seed=1), "else ": Made(seed=2)}
    branches = {f"{name.strip()}_branch": branch(made, name) for name, made in makes.items()}
    model = model_of([helper.make_node("If", ["which"], ["Y"], **branches)])
    model.graph.input.append(value("which", TensorProto.BOOL, []))
    opening, x = opened(model), makes["then "].sequences()
    assert set(opening.models) == {"then lstm", "else lstm"}
    for name, which in (("then lstm", True), ("else lstm", False)):
        expected = computed(model, {X: x, "which": np.array(which)})["Y"]
        assert far(traced(opening, x, name=name)[:1], [expected]) < CLOSE
        assert any("in a branch of" in note for note in opening.found[name].notes)


def test_a_loop_around_an_lstm_is_looked_into():
    made = Made(features=4, hidden=4)  # It reads again what it wrote.
    body = helper.make_graph(
        [made.node(("now", W, R, B), ["y"]), helper.make_node("Squeeze", ["y", "way"], ["next"]),
         helper.make_node("Identity", ["on"], ["still"])],
        "body",
        [value("i", TensorProto.INT64, []), value("on", TensorProto.BOOL, []), value("now")],
        [value("still", TensorProto.BOOL, []), value("next")],
    )  # fmt: skip
    stored = made.tensors() | {"times": np.array(2), "yes": np.array(True), "way": np.array([1])}
    model = model_of([helper.make_node("Loop", ["times", "yes", X], ["Y"], body=body)], tensors=stored)
    opening, x = opened(model), made.sequences()
    once = traced(opening, x)[0][:, 0]
    twice = traced(opening, once)[0][:, 0]
    assert far([twice], [computed(model, {X: x})["Y"]]) < CLOSE


def test_a_scan_of_single_steps_is_one_lstm():
    made = Made(features=3, hidden=5)
    steps = [
        helper.make_node("Unsqueeze", ["event", "first"], ["events"]),
        made.node(("events", W, R, B, "", "h", "c"), ["y", "h after", "c after"]),
        helper.make_node("Squeeze", ["h after", "first"], ["seen"]),
    ]
    ends = [value("h after", shape=[1, 2, 5]), value("c after", shape=[1, 2, 5]), value("seen", shape=[2, 5])]
    begins = [value("h", shape=[1, 2, 5]), value("c", shape=[1, 2, 5]), value("event", shape=[2, 3])]
    body = helper.make_graph(steps, "body", begins, ends)
    zeros = np.zeros((1, 2, 5), "f")
    stored = made.tensors() | {"first": np.array([0]), "h 0": zeros, "c 0": zeros}
    scan = helper.make_node("Scan", ["h 0", "c 0", X], ["last h", "last c", "Y"], body=body, num_scan_inputs=1)
    model = model_of([scan], outputs=("Y", "last h", "last c"), tensors=stored)
    x = made.sequences(time=6)
    assert any("(Scan), which runs it again and again" in note for note in opened(model).contents.lstms[0].notes)
    y, h, c = traced(opened(model), x)
    assert far([y[:, 0], h, c], list(computed(model, {X: x}).values())) < CLOSE


@pytest.mark.parametrize("bias", [True, False])
def test_a_local_function_is_read_where_it_is_called(bias):
    """Twice, with other weights; the biases may be left out of the call."""
    makes = [Made(seed=1), Made(seed=2)]
    lstm = makes[0].node(("x", "w", "r", "b"), ["y"], "inner")
    for part in lstm.attribute:
        if part.name == "hidden_size":
            part.Clear()
            part.name, part.ref_attr_name, part.type = "hidden_size", "units", onnx.AttributeProto.INT
    function = helper.make_function(
        "local", "Encoder", ["x", "w", "r", "b"], ["y"], [lstm], [helper.make_opsetid("", 14)], ["units"]
    )
    given = [[X, f"{n} {W}", f"{n} {R}", f"{n} {B}" if bias else ""] for n in range(2)]
    calls = [helper.make_node("Encoder", given[n], [f"Y{n}"], domain="local", units=4) for n in range(2)]
    stored = {f"{n} {name}": array for n in range(2) for name, array in makes[n].tensors().items()}
    model = model_of(calls, outputs=("Y0", "Y1"), tensors=stored, functions=[function])
    opening, x = opened(model), makes[0].sequences()
    expected = computed(model, {X: x})
    assert len(opening.models) == 2
    assert all(lstm.lstm_shape.bias == bias for lstm in opening.contents.lstms)
    for number, name in enumerate(opening.models):
        assert far(traced(opening, x, name=name)[:1], [expected[f"Y{number}"]]) < CLOSE


@pytest.mark.parametrize("last", ["Softmax", "Sigmoid", ""])
@pytest.mark.parametrize("product", ["Gemm", "MatMul"])
def test_what_stands_round_an_lstm_is_found_by_following_the_graph(product, last):
    made, random = Made(), np.random.default_rng(0)
    stored = made.tensors() | {"table": random.normal(size=(9, 3)).astype("f"), "way": np.array([1]),
                               "head.weight": random.normal(size=(4, 2)).astype("f"),
                               "head.bias": random.normal(size=2).astype("f")}  # fmt: skip
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["looked up"], "embed"),
        helper.make_node("Transpose", ["looked up"], [X], perm=[1, 0, 2]),
        made.node(outputs=("Y", "Y_h")),
        helper.make_node("Squeeze", ["Y_h", "way 0"], ["last h"]),
    ]
    stored["way 0"] = np.array([0])
    if product == "Gemm":
        nodes.append(helper.make_node("Gemm", ["last h", "head.weight", "head.bias"], ["sum"]))
    else:
        nodes += [helper.make_node("MatMul", ["last h", "head.weight"], ["product"]),
                  helper.make_node("Add", ["head.bias", "product"], ["sum"])]  # fmt: skip
    nodes.append(helper.make_node(last or "Neg", ["sum"], ["answer"]))
    model = model_of(nodes, ["ids"], ["answer"], stored)
    embedding, linear = opened(model).neighbours
    assert (embedding.name, embedding.kind, embedding.adjacent_to) == (
        "embed", "embedding", {"lstm": "the graph looks its rows up and hands them to the LSTM, through Transpose"}
    )  # fmt: skip
    assert np.array_equal(embedding.weight, stored["table"])
    assert (linear.name, linear.kind, linear.activation) == ("head", "linear", last.lower())
    assert np.array_equal(linear.weight, stored["head.weight"].T)
    assert np.array_equal(linear.bias, stored["head.bias"])
    assert linear.adjacent_to == {"lstm": "the graph multiplies it with the LSTM's last states, through Squeeze"}
    assert opened(model).contents.lstms[0].batch_first


def test_what_is_no_neighbour_is_not_called_one():
    """A product with the memory, a product after something else, and a sum with what is computed."""
    made = Made()
    stored = made.tensors() | {"head": np.ones((4, 2), "f"), "double": np.array(2, "f")}
    nodes = [
        made.node(),
        helper.make_node("MatMul", ["Y_c", "head"], ["of memory"]),
        helper.make_node("Mul", ["Y", "double"], ["doubled"]),
        helper.make_node("MatMul", ["doubled", "head"], ["of another"]),
    ]
    assert opened(model_of(nodes, outputs=["of memory", "of another"], tensors=stored)).neighbours == ()
