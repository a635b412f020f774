"""ONNX files by their bytes, directions turned twice, steps by their numbers, and inputs of shapes that are none."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper

from lstm_viz.checkpoints import CheckpointError
from tests.checkpoints.readers.onnx.onnx_models import LENGTHS, B, C, H, Made, P, R, W, X, computed, model_of, opened
from tests.checkpoints.readers.onnx.tracing import traced

CLOSE = 2e-6
WHOLE = {"s": np.array([-1]), "e": np.array([-(2**62)]), "a": np.array([0]), "b": np.array([-1])}


def turned(made: Made, node, extra):
    """A model whose LSTM reads what a node makes of X."""
    return model_of([node, made.node(("z", W, R, B))], outputs=("Y", "Y_h", "Y_c"), tensors=made.tensors() | extra)


def states(model, x, backwards: bool) -> np.ndarray:
    """The LSTM's states as onnxruntime gives them, each at the step that it read."""
    y = computed(model, {X: x})["Y"][:, 0]
    return y[::-1] if backwards else y


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("way", ["slice", "gather", "gather from the end"])
def test_a_reversal_makes_of_each_direction_the_other(direction: str, way: str) -> None:
    made = Made(direction=direction)
    x = made.sequences()
    slicing = helper.make_node("Slice", [X, "s", "e", "a", "b"], ["z"])
    gathering = helper.make_node("Gather", [X, "i"], ["z"], axis=0)
    places = np.arange(len(x))[::-1] - (len(x) if way.endswith("end") else 0)
    model = turned(made, slicing, WHOLE) if way == "slice" else turned(made, gathering, {"i": places.copy()})
    opening = opened(model)
    ((_, found),) = opening.found.items()
    assert found.lstm_shape.directions == (("_reverse",) if direction == "forward" else ("",))
    ours = traced(opening, x)[0].reshape(len(x), x.shape[1], -1)[..., -made.hidden :]
    assert np.abs(ours - states(model, x, True)).max() < CLOSE
    assert any("5 steps by their numbers" in note for note in found.notes) == (way != "slice")


def test_steps_in_another_order_are_no_reversal() -> None:
    model = turned(Made(), helper.make_node("Gather", [X, "i"], ["z"], axis=0), {"i": np.array([4, 2, 3, 1, 0])})
    (found,) = opened(model).found.values()
    assert found.lstm_shape.directions == ("",) and "“z” (Gather)" in found.notes[0]


@pytest.mark.parametrize("shape", [(1, 4), (1, 3 * 4 + 1), (2, 12), (12,), (1, 1, 12)])
def test_peepholes_of_zeros_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(CheckpointError, match=r"weights P of the shape .*1 × 12 would fit"):
        opened(Made().model({P: np.zeros(shape, "f")}, (X, W, R, B, "", "", "", P)))


@pytest.mark.parametrize("part", [H, C])
@pytest.mark.parametrize("shape", [(1, 2, 5), (2, 2, 4), (2, 4), (1, 1, 2, 4)])
@pytest.mark.parametrize("value", [0, 1])
def test_states_of_another_shape_are_refused(part: str, shape: tuple[int, ...], value: int) -> None:
    given = (X, W, R, B, "", H if part == H else "", C if part == C else "")
    with pytest.raises(CheckpointError, match="would fit"):
        opened(Made().model({part: np.full(shape, value, "f")}, given))


@pytest.mark.parametrize("lengths", [np.zeros((2, 2), np.int32), np.ones(2, "f"), np.array([0, 3], np.int32)])
def test_lengths_that_are_none_are_refused(lengths: np.ndarray) -> None:
    with pytest.raises(CheckpointError, match="no lengths"):
        opened(Made().model({LENGTHS: lengths}, (X, W, R, B, LENGTHS)))


@pytest.mark.parametrize("name", ["model", "model.bin", "model.pt", "silero.onnx_", "model.ort.bak"])
def test_an_onnx_file_is_known_by_its_bytes(name: str) -> None:
    made = Made()
    model, x = made.model(), made.sequences()
    ours = traced(opened(model.SerializeToString(), name), x)[0].reshape(len(x), 2, -1)
    assert np.abs(ours - states(model, x, False)).max() < CLOSE
