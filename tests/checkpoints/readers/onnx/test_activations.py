"""Every activation that ONNX names, at each of its places, against onnxruntime."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from onnx import helper

from lstm_viz.checkpoints import CheckpointError, open_checkpoint
from tests.checkpoints.readers.onnx.onnx_models import WAYS, Made, R, W, X, computed, model_of, opened
from tests.checkpoints.readers.onnx.tracing import CLOSE, far, traced

USUAL = ["Sigmoid", "Tanh", "Tanh"]
#: How many constants each takes.
CONSTANTS = {
    "Affine": 2, "Elu": 1, "HardSigmoid": 2, "LeakyRelu": 1, "Relu": 0, "ScaledTanh": 2, "Sigmoid": 0, "Softplus": 0,
    "Softsign": 0, "Tanh": 0, "ThresholdedRelu": 1,
}  # fmt: skip
WITHOUT_DEFAULTS = ("Affine", "ScaledTanh", "ThresholdedRelu")


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("name", CONSTANTS)
@pytest.mark.parametrize("told", [True, False])
def test_each_activation_at_each_place(told, name, place):
    named = list(USUAL)
    named[place] = name
    count, constants = CONSTANTS[name], {}
    if told:
        constants = {f"activation_{kind}": [0.7, 0.3][k : k + 1] for k, kind in enumerate(("alpha", "beta")[:count])}
    made = Made(seed=place)
    model, x = made.model(activations=named, **constants), made.sequences()
    if name in WITHOUT_DEFAULTS and not told:
        with pytest.raises(CheckpointError, match=f"{name.lower()} without its constants"):
            opened(model)
        return
    assert far(traced(opened(model), x), list(computed(model, {X: x}).values())) < CLOSE


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from(sorted(CONSTANTS)), min_size=3, max_size=3),
    st.sampled_from(sorted(WAYS)),
    st.lists(st.floats(0.125, 0.5, width=32), min_size=12, max_size=12),
)
def test_constants_belong_to_the_functions_that_take_them_in_their_order(named, direction, numbers):
    ways = WAYS[direction]
    alphas = sum(CONSTANTS[name] > 0 for name in named)
    betas = sum(CONSTANTS[name] > 1 for name in named)
    constants = {"activation_alpha": numbers[:alphas] * ways, "activation_beta": numbers[6 : 6 + betas] * ways}
    made = Made(direction=direction, seed=len(named[0]))
    model = made.model(activations=named * ways, **{name: value for name, value in constants.items() if value})
    x = made.sequences(4)
    if direction == "reverse" and {"Affine", "HardSigmoid", "Sigmoid", "Softplus"} & set(named[1:]):
        with pytest.raises(CheckpointError, match="“lstm” was left out: it reads from the end alone with"):
            opened(model)  # these give something of nothing, and there is a forward half of zeros beside it here
        return
    wanted = list(computed(model, {X: x}).values())
    assume(all(np.isfinite(part).all() and (np.abs(part) < 100).all() for part in wanted))
    # Affine and Softplus let states grow, whose differences in 32 bits are then larger than those of sigmoid and tanh.
    assert far(traced(opened(model), x), wanted) < 5 * CLOSE


def test_what_is_read_crosses_the_sandbox_and_is_told():
    model = Made().model(
        activations=["HardSigmoid", "Tanh", "Softsign"], activation_alpha=[0.25], activation_beta=[0.5]
    )
    checkpoint = open_checkpoint(model.SerializeToString(), "model.onnx")
    ((name, found),) = checkpoint.found.items()
    assert found.description.endswith("; hard sigmoid gates, tanh candidate, softsign readout")
    assert found.notes[0] == (
        "Its gates use hard sigmoid, clip(0.25 x + 0.5, 0, 1), where a text says sigmoid. Its readout uses softsign, "
        "x / (1 + |x|), where a text says tanh."
    )
    assert checkpoint.models[name].activations == found.activations


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"activations": ["Swish", "Tanh", "Tanh"]}, "uses the activation swish"),
        ({"activations": ["Sigmoid", "Tanh"]}, "names 2 activations for 1 directions"),
        ({"activations": USUAL * 2}, "names 6 activations"),
        ({"activations": USUAL * 40_000}, "names 120,000 activations"),
        ({"activations": ["Elu", "Tanh", "Tanh"], "activation_alpha": [float("nan")]}, "no finite number"),
        ({"activations": ["HardSigmoid", "Tanh", "Tanh"], "activation_beta": [float("inf")]}, "no finite number"),
    ],
)
def test_activations_that_are_not_known_are_refused_by_name(told, said):
    with pytest.raises(CheckpointError, match=f"“lstm” .*{said}"):
        opened(Made().model(**told))


def test_directions_of_other_activations_are_refused():
    model = Made(direction="bidirectional").model(activations=[*USUAL, "HardSigmoid", "Tanh", "Tanh"])
    with pytest.raises(CheckpointError, match="other activations in one direction than in the other"):
        opened(model)


def test_nodes_of_other_activations_are_no_layers_of_one_lstm():
    made = [Made(3, 4), Made(4, 4, seed=1)]
    stored = {f"{n} {name}": array for n, one in enumerate(made) for name, array in one.tensors().items()}
    nodes = [
        made[0].node((X, *(f"0 {part}" for part in (W, R, "B"))), ["y"], "lower"),
        helper.make_node("Squeeze", ["y"], ["states"], axes=[1]),
        made[1].node(
            ("states", *(f"1 {part}" for part in (W, R, "B"))), ["Y"], "upper", activations=["Relu", "Tanh", "Tanh"]
        ),
    ]
    model, x = model_of(nodes, tensors=stored, version=11), made[0].sequences()
    opening = opened(model)
    assert list(opening.models) == ["lower", "upper"]
    between = traced(opening, x, name="lower")[0][:, 0]
    assert far(traced(opening, between, name="upper")[:1], [computed(model, {X: x})["Y"]]) < CLOSE
    assert np.isfinite(between).all()
