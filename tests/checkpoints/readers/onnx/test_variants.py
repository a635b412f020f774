"""LSTM nodes that compute something else than torch's are refused by name, and what is missing is said."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper

from lstm_viz.checkpoints import CheckpointError
from tests.checkpoints.readers.onnx.onnx_models import B, C, H, Made, P, R, W, X, computed, model_of, opened
from tests.checkpoints.readers.onnx.tracing import CLOSE, far, traced

OUTPUTS = ("Y", "Y_h", "Y_c")
VARIANTS = {
    "peepholes": ({"extra": {P: np.ones((1, 12), "f")}, "given": (X, W, R, B, "", "", "", P)}, "peepholes"),
    "peepholes unknown": ({"given": (X, W, R, B, "", "", "", X)}, "peepholes"),
    "coupled": ({"input_forget": 1}, "input_forget"),
    "clipped": ({"clip": 3.0}, "clip = 3.0"),
    "unknown gates": ({"activations": ["Swish", "Tanh", "Tanh"]}, "swish"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_other_lstms_are_refused_by_name_and_the_rest_still_open(variant):
    options, word = VARIANTS[variant]
    made = Made()
    alone = made.model(**options, name="strange")
    with pytest.raises(CheckpointError, match=f"“strange” .*{word}"):
        opened(alone)
    alone.graph.node.append(made.node(outputs=["plain Y"], name="plain"))
    opening = opened(alone)
    assert list(opening.models) == ["plain"]
    assert word in opening.notes[0]


def test_defaults_written_out_are_defaults():
    made = Made(direction="bidirectional")
    written = made.model(
        {P: np.zeros((2, 12), "f")}, (X, W, R, B, "", "", "", P),
        activations=["Sigmoid", "Tanh", "Tanh"] * 2, input_forget=0,
    )  # fmt: skip
    x = made.sequences()
    assert far(traced(opened(written), x), list(computed(written, {X: x}).values())) < CLOSE


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (helper.make_node("DynamicQuantizeLSTM", [X], ["Y"], "q", domain="ours"), "“q” is an LSTM of “ours”"),
        (helper.make_node("DynamicQuantizeLSTM", [X], ["Y"], "q", domain="com.microsoft"), "“q” is given its weights"),
        (helper.make_node("GRU", [X], ["Y"], "g"), "“g” is a GRU"),
        (helper.make_node("LSTM", [X], ["Y"], "own", domain="ours"), "“own” is an LSTM of “ours”"),
        (helper.make_node("Relu", [X], ["Y"]), "No LSTM was found.* “Relu”"),
    ],
)
def test_a_file_without_an_lstm_says_what_it_has(node, said):
    with pytest.raises(CheckpointError, match=said):
        opened(model_of([node]))


def test_an_lstm_written_out_in_single_products_is_told_where_to_be_found():
    """As Keras on torch exports one: no LSTM node, no name that says whose weights these are."""
    kinds = ["MatMul", "Add", "Sigmoid", "Tanh"]
    nodes = [helper.make_node(kind, ["X"] * (1 + (kind in kinds[:2])), [kind]) for kind in kinds]
    with pytest.raises(CheckpointError, match="open the file that it was exported from"):
        opened(model_of(nodes, outputs=kinds))


def test_weights_given_as_the_graph_runs_are_none():
    made = Made()
    with pytest.raises(CheckpointError, match="“lstm” is given its weights W as the graph runs"):
        opened(model_of([made.node()], (X, W), OUTPUTS, {R: made.tensors()[R], B: made.tensors()[B]}))


def test_the_state_of_a_reverse_lstm_stands_in_the_reverse_half():
    made = Made(direction="reverse")
    start = {H: np.full((1, 2, 4), 0.5, "f"), C: np.full((1, 2, 4), -2, "f")}
    model, x = made.model(start, (X, W, R, B, "", H, C)), made.sequences()
    opening = opened(model)
    assert "from the end alone" in opening.contents.lstms[0].notes[0]
    assert far(traced(opening, x), list(computed(model, {X: x}).values())) < CLOSE
