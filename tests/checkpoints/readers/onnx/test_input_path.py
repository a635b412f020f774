"""What a graph does before an LSTM: reversals are a direction, all else is told; against onnxruntime."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from torch import nn

from lstm_viz.checkpoints import CheckpointError
from tests.checkpoints.readers.onnx.onnx_models import B, Made, R, W, X, computed, model_of, opened
from tests.checkpoints.readers.onnx.tracing import CLOSE, far, traced

EXPORTERS = {"TorchScript": False, "dynamo": True}


def exported(module, x, dynamo):
    file = io.BytesIO()
    if dynamo:
        torch.onnx.export(module, (x,), dynamo=True, input_names=["x"]).save(file)
    else:
        axes = {"x": {0: "rows", 1: "columns"}}
        torch.onnx.export(module, (x,), file, dynamo=False, input_names=["x"], dynamic_axes=axes)
    return file.getvalue()


class BothWaysByHand(nn.Module):
    """The pattern of pytorch#191855."""

    def __init__(self, batch_first):
        super().__init__()
        self.fw, self.bw = (nn.LSTM(3, 4, batch_first=batch_first) for _ in range(2))
        self.time = 1 if batch_first else 0

    def forward(self, x):
        return torch.cat([self.fw(x)[0], self.bw(x.flip(self.time))[0].flip(self.time)], -1)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_a_second_direction_made_by_hand_reads_from_the_end(batch_first, exporter):
    torch.manual_seed(0)
    module, x = BothWaysByHand(batch_first).eval(), torch.randn(7, 2, 3)
    given_x = x.swapaxes(0, 1) if batch_first else x
    data = exported(module, given_x, EXPORTERS[exporter])
    (theirs,) = computed(data, {"x": given_x.numpy()}).values()
    opening = opened(data)
    forward, backward = opening.found.values()
    assert [found.lstm_shape.directions for found in (forward, backward)] == [("",), ("_reverse",)]
    assert [found.batch_first for found in (forward, backward)] == [batch_first, batch_first]
    assert forward.notes == ()
    assert "reverses its states back" in backward.notes[-1]
    ours = np.concatenate([traced(opening, x.numpy(), name=found.name)[0][:, 0] for found in (forward, backward)], -1)
    assert far([ours], [theirs.swapaxes(0, 1) if batch_first else theirs]) < CLOSE


class Reversed(nn.Module):
    def __init__(self, back, **options):
        super().__init__()
        self.rnn, self.back = nn.LSTM(3, 4, **options), back

    def forward(self, x):
        y, (h, c) = self.rnn(x.flip(0))
        return y.flip(0) if self.back else y, h, c


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("back", [True, False])
def test_a_reversed_input_is_a_direction(back, layers, exporter):
    torch.manual_seed(1)
    module, x = Reversed(back, num_layers=layers).eval(), torch.randn(6, 2, 3)
    data = exported(module, x, EXPORTERS[exporter])
    y, h, c = computed(data, {"x": x.numpy()}).values()
    opening = opened(data)
    (found,) = opening.contents.lstms
    assert (found.lstm_shape.directions, found.lstm_shape.num_layers) == (("_reverse",), layers)
    assert ("reverses its states back" if back else "hands its states on in that order") in found.notes[-1]
    ours = traced(opening, x.numpy())
    assert far(ours, [(y if back else y[::-1])[:, None], h, c]) < CLOSE


def reversing(how, time, value=X, made="turned"):
    """Nodes that put the last step of (time, batch, features) first."""
    if how == "Slice":
        return [helper.make_node("Slice", [value, "-1", "least", "0", "-1"], [made])]
    lengths = [
        helper.make_node("Shape", [value], [f"{made} shape"]),
        helper.make_node("Gather", [f"{made} shape", "0"], [f"{made} time"], axis=0),
        helper.make_node("Gather", [f"{made} shape", "1"], [f"{made} batch"], axis=0),
        helper.make_node("Expand", [f"{made} time", f"{made} batch"], [f"{made} lengths"]),
    ]
    turn = helper.make_node("ReverseSequence", [value, f"{made} lengths"], [made], time_axis=0, batch_axis=1)
    return [*lengths, turn]


NUMBERS = {"-1": np.array([-1]), "0": np.array([0]), "1": np.array([1]), "least": np.array([-(2**63)])}


@settings(max_examples=30)
@given(
    st.sampled_from(["Slice", "ReverseSequence"]),
    st.sampled_from(["forward", "reverse", "bidirectional"]),
    st.integers(1, 7),
    st.integers(1, 3),
    st.integers(0, 2),
    st.booleans(),
)
def test_any_reversal_of_any_node_gives_what_onnxruntime_gives(how, direction, time, batch, times, starts):
    made = Made(direction=direction, seed=time)
    tensors = made.tensors() | NUMBERS
    nodes, value = [], X
    for number in range(times):
        nodes += reversing(how, time, value, f"turned {number}")
        value = f"turned {number}"
    ways = 2 if direction == "bidirectional" else 1
    if starts:
        random = np.random.default_rng(3)
        tensors |= {name: random.normal(size=(ways, batch, 4)).astype("f") for name in "hc"}
    nodes.append(made.node((value, W, R, B, *(["", "h", "c"] if starts else []))))
    model, x = model_of(nodes, outputs=("Y", "Y_h", "Y_c"), tensors=tensors), made.sequences(time, batch)
    y, h, c = computed(model, {X: x}).values()
    if times % 2:  # our steps stand where the sequence has them, our ways in torch's order
        y, h, c = y[::-1, ::-1], h[::-1], c[::-1]
    assert far(traced(opened(model), x), [y, h, c]) < CLOSE


def test_a_reversal_within_the_lengths_that_the_node_is_given():
    """As converters write a direction: ReverseSequence by the lengths that the LSTM reads too."""
    made, lengths = Made(), np.array([5, 2], np.int32)
    nodes = [
        helper.make_node("Cast", ["lengths"], ["wide"], to=TensorProto.INT64),
        helper.make_node("ReverseSequence", [X, "wide"], ["turned"], time_axis=0, batch_axis=1),
        made.node(("turned", W, R, B, "lengths")),
    ]
    model = model_of(nodes, (X,), ("Y", "Y_h", "Y_c"), made.tensors())
    model.graph.input.append(helper.make_tensor_value_info("lengths", TensorProto.INT32, None))
    x = made.sequences(5, 2)
    y, h, c = computed(model, {X: x, "lengths": lengths}).values()
    opening = opened(model)
    assert opening.contents.lstms[0].lstm_shape.directions == ("_reverse",)
    ours = traced(opening, x, lengths=lengths)
    theirs = [np.concatenate([y[:n, :, [k]][::-1], y[n:, :, [k]]]) for k, n in enumerate(lengths)]
    assert far(ours, [np.concatenate(theirs, 2), h, c]) < CLOSE


@pytest.mark.parametrize("case", ["lengths that end before", "a reversal by other lengths"])
def test_a_reversal_that_is_no_direction_is_told(case):
    """The whole input is reversed, but the node reads a part: what lies past an end comes first."""
    made = Made()
    if case == "lengths that end before":
        nodes = [*reversing("Slice", 5), made.node(("turned", W, R, B, "lengths"))]
        extra = {"lengths": np.array([5, 2], np.int32)}
    else:
        nodes = [helper.make_node("ReverseSequence", [X, "other"], ["turned"], time_axis=0, batch_axis=1)]
        nodes.append(made.node(("turned", W, R, B)))
        extra = {}
    model = model_of(nodes, (X,), ("Y", "Y_h", "Y_c"), made.tensors() | NUMBERS | extra)
    model.graph.input.append(helper.make_tensor_value_info("other", TensorProto.INT64, None))
    (found,) = opened(model).contents.lstms
    assert found.lstm_shape.directions == ("",)
    assert any("gives, not the sequence itself" in note for note in found.notes)


def one(kind, inputs=(X,), output="before", **attributes):
    return helper.make_node(kind, list(inputs), [output], "it", **attributes)


BEFORE = {
    "a sum": (one("Add", (X, X)), "what “it” (Add) gives"),
    "a sum with something else": (one("Add", (X, "shift")), "what “it” (Add) gives"),
    "a factor": (one("Mul", (X, "shift")), "what “it” (Mul) gives"),
    "a norm": (one("LayerNormalization", (X, "shift")), "what “it” (LayerNormalization) gives"),
    "every second step": (one("Slice", (X, "0", "many", "0", "2")), "what “it” (Slice) gives"),
    "no first step": (one("Slice", (X, "1", "many", "0", "1")), "what “it” (Slice) gives"),
    "features reversed": (one("Slice", (X, "-1", "least", "2", "-1")), "what “it” (Slice) gives"),
    "sequences reversed": (one("Slice", (X, "-1", "least", "1", "-1")), "what “it” (Slice) gives"),
    "the last three steps, reversed": (one("Slice", (X, "-1", "-4", "0", "-1")), "what “it” (Slice) gives"),
    "the last nine steps, reversed": (one("Slice", (X, "-1", "-10", "0", "-1")), "what “it” (Slice) gives"),
    "three steps in another order": (one("Gather", (X, "2 1 0"), axis=0), "what “it” (Gather) gives"),
    "three steps of two, reversed": (
        one("ReverseSequence", (X, "3 3"), time_axis=0, batch_axis=1),
        "what “it” (ReverseSequence) gives",
    ),
    "all but few": (one("Slice", (X, "0", "many", "0", "1")), "what “it” (Slice) gives"),
    "some steps": (one("Gather", (X, "some"), axis=0), "what “it” (Gather) gives"),
    "zeros round it": (one("Pad", (X, "pads")), "what “it” (Pad) gives"),
    "itself twice": (one("Concat", (X, X), axis=0), "what “it” (Concat) gives"),
    "every step twice": (one("Tile", (X, "repeats")), "what “it” (Tile) gives"),
    "a convolution": (one("Conv", (X, "kernel")), "what “it” (Conv) gives"),
    "a squashing": (one("Tanh"), "what “it” (Tanh) gives"),
    "another domain": (one("Gelu", domain="com.microsoft"), "what “it” (Gelu) gives"),
    "steps of another shape": (one("Reshape", (X, "shape")), "“it” (Reshape) makes its steps"),
    "axes in another order": (one("Transpose", perm=[2, 1, 0]), "the axes features, batch, time in this order"),
}
TENSORS = NUMBERS | {
    "shift": np.ones(3, "f"), "2": np.array([2]), "many": np.array([99]), "some": np.array([0, 2, 1]),
    "pads": np.array([1, 0, 0, 1, 0, 0]), "repeats": np.array([2, 1, 1]), "kernel": np.ones((2, 2, 1), "f"),
    "shape": np.array([4, 1, 3]), "-4": np.array([-4]), "-10": np.array([-10]), "2 1 0": np.array([2, 1, 0]),
    "3 3": np.array([3, 3]), "most": np.array([2**63 - 1]),
}  # fmt: skip


@pytest.mark.parametrize("what", BEFORE)
def test_what_else_stands_before_is_told(what):
    node, said = BEFORE[what]
    made = Made()
    model = model_of([node, made.node(("before", W, R, B))], tensors=made.tensors() | TENSORS)
    (found,) = opened(model).contents.lstms
    assert any(said in note for note in found.notes)
    assert found.lstm_shape.directions == ("",)


NOTHING = {
    "identity": [one("Identity")],
    "dropout": [one("Dropout")],
    "a cast": [one("Cast", to=1)],
    "two transpositions": [one("Transpose", output="t", perm=[1, 0, 2]), one("Transpose", ("t",), perm=[1, 0, 2])],
    "two reversals": [*reversing("Slice", 5, X, "t"), *reversing("ReverseSequence", 5, "t", "before")],
    "all of it": [one("Slice", (X, "0", "most", "0", "1"))],
}


@pytest.mark.parametrize("what", NOTHING)
def test_what_does_nothing_is_not_told(what):
    made = Made()
    model = model_of([*NOTHING[what], made.node(("before", W, R, B))], tensors=made.tensors() | TENSORS)
    (found,) = opened(model).contents.lstms
    assert (found.notes, found.batch_first, found.lstm_shape.directions) == ((), False, ("",))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("between", ["Mul", "Add", "LayerNormalization", "MatMul", "Relu"])
def test_the_order_of_axes_is_seen_through_what_stands_between(between, turned):
    """As tf2onnx writes LSTM, norm, LSTM: the transposition stands at the start alone."""
    first, second = Made(3, 4), Made(4, 4, seed=1)
    extra = {"MatMul": np.eye(4, dtype="f")}.get(between, np.ones(4, "f"))
    stored = {f"{n} {name}": array for n, made in enumerate((first, second)) for name, array in made.tensors().items()}
    nodes = [
        helper.make_node("Transpose", [X], ["x"], perm=[1, 0, 2])
        if turned
        else helper.make_node("Identity", [X], ["x"]),
        first.node(("x", *(f"0 {part}" for part in (W, R, B))), ["y"], "lower"),
        helper.make_node("Squeeze", ["y", "1"], ["states"]),
        one(between, ["states"] + ([] if between == "Relu" else ["extra"])),
        second.node(("before", *(f"1 {part}" for part in (W, R, B))), ["Y"], "upper"),
    ]
    opening = opened(model_of(nodes, tensors=stored | {"extra": extra, "1": np.array([1])}, version=17))
    assert [found.batch_first for found in opening.found.values()] == [turned, turned]
    assert opening.found["lower"].notes == ()
    assert f"“it” ({between}) gives" in opening.found["upper"].notes[0]


def stacked(*more, outputs=("Y",)):
    first, second = Made(3, 4), Made(4, 4, seed=1)
    stored = {f"{n} {name}": array for n, made in enumerate((first, second)) for name, array in made.tensors().items()}
    nodes = [
        first.node((X, *(f"0 {part}" for part in (W, R, B))), ["y", "h"], "lower"),
        helper.make_node("Squeeze", ["y", "1"], ["states"]),
        second.node(("states", *(f"1 {part}" for part in (W, R, B))), ["Y"], "upper"),
        *more,
    ]
    return model_of(nodes, outputs=outputs, tensors=stored | NUMBERS | {"least": NUMBERS["least"]})


def test_states_that_go_elsewhere_too_are_no_inner_layers():
    residual = helper.make_node("Squeeze", ["Y", "1"], ["upper states"]), helper.make_node(
        "Add", ["upper states", "states"], ["sum"]
    )  # fmt: skip
    opening = opened(stacked(*residual, outputs=["sum"]))
    assert list(opening.models) == ["lower", "upper"]
    assert "reads the states of “lower”" in opening.found["upper"].notes[0]
    assert list(opened(stacked(helper.make_node("Shape", ["states"], ["size"]), outputs=["Y"])).models) == ["lower"]


def test_last_states_of_another_are_told():
    first, second = Made(3, 4), Made(4, 4, seed=1)
    stored = {f"{n} {name}": array for n, made in enumerate((first, second)) for name, array in made.tensors().items()}
    nodes = [
        first.node((X, *(f"0 {part}" for part in (W, R, B))), ["", "h"], "lower"),
        second.node(("h", *(f"1 {part}" for part in (W, R, B))), ["Y"], "upper"),
    ]
    opening = opened(model_of(nodes, tensors=stored))
    assert list(opening.models) == ["lower", "upper"]
    assert "reads the last states of “lower”" in opening.found["upper"].notes[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("exporter", EXPORTERS)
def test_an_exported_lstm_with_a_projection_is_refused(exporter):
    """torch 2.13's exporter writes another LSTM of it, which onnxruntime refuses to run."""
    try:
        data = exported(nn.LSTM(3, 4, proj_size=2).eval(), torch.randn(5, 2, 3), EXPORTERS[exporter])
    except Exception as error:  # the older exporter refuses it
        assert EXPORTERS[exporter] is False, error
        return
    with pytest.raises(CheckpointError, match=r"initial_. of the shape 1 × 2 × .; 1 × batch × ."):
        opened(data)


@pytest.mark.parametrize("which", ["h", "c"])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_states_of_other_shapes_are_refused_be_they_zero_or_not(value, which):
    made = Made()
    start = {"h": np.zeros((1, 2, 4), "f"), "c": np.zeros((1, 2, 4), "f")}
    start[which] = np.full((1, 2, 5), value, "f")
    with pytest.raises(CheckpointError, match=r"starts from a state .*of the shape 1 × 2 × 5"):
        opened(made.model(start, (X, W, R, B, "", "h", "c")))


@pytest.mark.parametrize("declared", [5, "time"])
def test_a_reversal_by_constant_lengths_is_a_direction_where_they_are_all_declared_steps(declared):
    """Else it may reverse the first steps alone, and what stands before the LSTM is told."""
    made = Made(seed=1)
    turn = helper.make_node("ReverseSequence", [X, "wide"], ["turned"], name="it", time_axis=0, batch_axis=1)
    model = model_of([turn, made.node(("turned", W, R, B))], outputs=("Y",),
                     tensors=made.tensors() | {"wide": np.array([5, 5])})  # fmt: skip
    x = made.sequences(5, 2)
    shape = [declared, 2, x.shape[-1]]
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info(X, TensorProto.FLOAT, shape))
    opening = opened(model)
    (found,) = opening.found.values()
    if declared == 5:
        (y,) = computed(model, {X: x}).values()
        assert far(traced(opening, x)[:1], [y[::-1, ::-1]]) < CLOSE
        assert any("reverses 5 steps" in note for note in found.notes)
    else:
        assert found.notes[-1] == "In the model it reads what “it” (ReverseSequence) gives, not the sequence itself."
