"""What strangers may put before or behind an LSTM in a graph: read soundly, or refused in one sentence."""

from __future__ import annotations

import resource
from functools import cache

import numpy as np
import pytest
from onnx import TensorProto, helper

from lstm_viz.checkpoints import CheckpointError, open_checkpoint
from tests.checkpoints.readers.onnx.onnx_models import B, Made, R, W, X, model_of, opened
from tests.support.call_counts import count_calls

MADE = Made()
NUMBERS = {"0": np.array([0]), "1": np.array([1]), "-1": np.array([-1]), "least": np.array([-(2**63)])}


def before(*nodes, outputs=("Y",), **stored):
    """A model whose LSTM reads what some nodes make, called "v"."""
    lstm = MADE.node(("v", W, R, B), ["Y", "Y_h"])
    return model_of([*nodes, lstm], outputs=outputs, tensors=MADE.tensors() | NUMBERS | stored)


def node(kind, inputs=(X,), output="v", **attributes):
    return helper.make_node(kind, list(inputs), [output], f"it {output}", **attributes)


def chain(count, kind="Identity", more=(), **attributes):
    names = [X, *(f"v{number}" for number in range(count - 1)), "v"]
    return [node(kind, (names[n], *more), names[n + 1], **attributes) for n in range(count)]


def many(lstms, each):
    """Many LSTMs, each behind its own long way."""
    nodes = []
    for number in range(lstms):
        names = [X, *(f"{number} {step}" for step in range(each))]
        nodes += [node("Identity", (names[step],), names[step + 1]) for step in range(each)]
        nodes.append(MADE.node((names[-1], W, R, B), [f"Y{number}"], f"lstm {number}"))
    return model_of(nodes, outputs=["Y0"], tensors=MADE.tensors())


def feeding_each_other():
    nodes = [MADE.node(("b", W, R, B), ["a"], "one"), MADE.node(("a", W, R, B), ["b"], "other")]
    return model_of(nodes, outputs=["a"], tensors=MADE.tensors())


def behind(*nodes):
    """Nodes behind an LSTM that feeds another."""
    upper = Made(4, 4, seed=1)
    stored = {f"upper {name}": array for name, array in upper.tensors().items()}
    lower = MADE.node((X, W, R, B), ["y"], "lower")
    squeeze = helper.make_node("Squeeze", ["y", "1"], ["states"])
    top = upper.node(("states", *(f"upper {name}" for name in (W, R, B))), ["Y"], "top")
    return model_of([lower, squeeze, top, *nodes], tensors=MADE.tensors() | NUMBERS | stored)


def reversed_by(lengths, **attributes):
    turn = node("ReverseSequence", (X, "lengths"), time_axis=0, batch_axis=1)
    del turn.attribute[:]
    turn.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
    return before(turn, lengths=np.asarray(lengths, np.int64))


def slices(count):
    return chain(count, "Slice", ("-1", "least", "0", "-1"))


def long_ways(times):
    """Graphs of many nodes: ten times as many in the process that reads as where calls are counted."""
    thousand = 1000 * times
    last = f"i{5 * thousand - 1}"
    return {
        f"a way of {9 * thousand:,} nodes": lambda: before(*chain(9 * thousand)),
        f"{9 * thousand:,} reversals": lambda: before(*slices(9 * thousand)),
        f"{60 * times} LSTMs behind 90 nodes each": lambda: many(60 * times, 90),
        f"{200 * times:,} LSTMs": lambda: many(200 * times, 1),
        f"{5 * thousand:,} that read the states": lambda: behind(
            *(node("Identity", ("states",), f"i{n}") for n in range(5 * thousand))
        ),
        f"states through {5 * thousand:,} nodes to a sum": lambda: behind(
            *(node("Identity", (f"i{n - 1}" if n else "states",), f"i{n}") for n in range(5 * thousand)),
            node("Add", (last, last), "sum"),
        ),
    }


HUGE = 2**40
LONG = long_ways(10)
CASES = {
    **long_ways(1),
    "a way in a circle": lambda: before(node("Slice", ("v", "-1", "least", "0", "-1"))),
    "a way in a circle of many": lambda: before(*chain(50)[1:], node("Identity", ("v",), "v0")),
    "an LSTM that reads itself": lambda: model_of([MADE.node(("Y", W, R, B), ["Y"])], tensors=MADE.tensors()),
    "LSTMs that read each other": feeding_each_other,
    "a step of 2**62": lambda: before(node("Slice", (X, "0", "far", "0", "far")), far=np.array([2**62])),
    "a step of 0": lambda: before(node("Slice", (X, "0", "1", "0", "0"))),
    "a million axes to slice": lambda: before(node("Slice", (X, "a", "a", "a", "a")), a=np.ones(10**6, np.int64)),
    "slices that are a matrix": lambda: before(node("Slice", (X, "a", "a")), a=np.ones((9, 9), np.int64)),
    "an axis past all": lambda: before(node("Slice", (X, "-1", "least", "a", "-1")), a=np.array([2**62])),
    "a million steps gathered": lambda: before(
        node("Gather", (X, "a"), axis=0), a=np.zeros((1000, 1000), np.int64)
    ),
    "steps gathered outside": lambda: before(node("Gather", (X, "a"), axis=0), a=np.array([2**62, -(2**62)])),
    "steps gathered by an axis past all": lambda: before(node("Gather", (X, "0"), axis=2**40)),
    "a shape of 2**80": lambda: before(node("Reshape", (X, "a")), a=np.array([HUGE, HUGE, -1])),
    "a negative shape": lambda: before(node("Reshape", (X, "a")), a=np.array([-5, -1, -1])),
    "a shape of words": lambda: before(node("Reshape", (X, "a")), a=np.array([0.5, np.nan], "f")),
    "an order of axes twice": lambda: before(node("Transpose", perm=[0, 0, 0])),
    "an order of axes past all": lambda: before(node("Transpose", perm=[7, 8, 2**40])),
    "an order of a million axes": lambda: before(node("Transpose", perm=list(range(10**6)))),
    "no order": lambda: before(node("Transpose")),
    "an axis of 2**62 squeezed": lambda: before(node("Squeeze", (X, "a")), a=np.array([2**62])),
    "a million axes put in": lambda: before(node("Unsqueeze", (X, "a")), a=np.arange(10**6)),
    "one repeated 2**60 times": lambda: before(node("Tile", (X, "a")), a=np.array([2**30, 2**30, 1])),
    "spread to 2**60": lambda: before(node("Expand", (X, "a")), a=np.array([2**30, 2**30, 3])),
    "padded by 2**60": lambda: before(node("Pad", (X, "a")), a=np.full(6, 2**60)),
    "lengths below 0": lambda: reversed_by([-5, -9], time_axis=0, batch_axis=1),
    "lengths of 2**62": lambda: reversed_by([2**62] * 2, time_axis=0, batch_axis=1),
    "a million lengths": lambda: reversed_by(np.full(10**6, 3), time_axis=0, batch_axis=1),
    "a reversal over an axis past all": lambda: reversed_by([3, 3], time_axis=70, batch_axis=-9),
    "a reversal whose axes are one": lambda: reversed_by([3, 3], time_axis=1, batch_axis=1),
    "a reversal without lengths": lambda: before(node("ReverseSequence")),
    "a sum that spreads to 40 GB": lambda: before(
        helper.make_node("Add", ["a", "b"], ["c"]), node("Slice", (X, "c", "c")),
        a=np.ones((10**5, 1), np.int64), b=np.ones((1, 10**5), np.int64),
    ),
    "a table that is looked up 10**9 times": lambda: before(
        helper.make_node("Gather", ["a", "b"], ["c"]), node("Slice", (X, "c", "c")),
        a=np.ones((10, 10**5), np.int64), b=np.zeros(10**5, np.int64),
    ),
    "inputs that are not there": lambda: before(node("Slice", ("", "", "", "", ""))),
    "a node without inputs": lambda: before(node("Slice", ())),
    "150 copies of the states, the last of which is added": lambda: behind(
        *(node("Identity", ("states",), f"i{n}") for n in range(2500)), node("Add", ("i2499", "i2499"), "sum")
    ),
}  # fmt: skip


@cache
def made(case):
    return (CASES | LONG)[case]().SerializeToString()


def sound_or_refused(opener, data):
    try:
        found = opener(data)
    except CheckpointError as refusal:
        said = str(refusal)
        assert 20 < len(said) < 500
        assert said.endswith(".")
    else:
        assert all(note.endswith(".") for lstm in found.contents.lstms for note in lstm.notes)


@pytest.mark.parametrize("case", LONG)
def test_the_reading_process_reads_a_long_way_soundly_or_refuses_it(case):
    sound_or_refused(lambda data: open_checkpoint(data, "model.onnx"), made(case))


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_way_is_read_soundly_or_refused_in_one_sentence(case):
    data = made(case)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count_calls(lambda: sound_or_refused(opened, data), limit=600_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 900_000  # kilobytes


@pytest.mark.parametrize(
    "case", ["a way in a circle", "9,000 reversals", "150 copies of the states, the last of which is added"]
)
def test_what_cannot_be_followed_is_not_taken_for_plain(case):
    """Nothing is joined, reversed or left unsaid where the way is too long to be followed."""
    for found in opened(made(case)).contents.lstms:
        assert found.lstm_shape.num_layers == 1
        assert found.name == "lower" or any("not the sequence itself" in note for note in found.notes)


def test_a_direction_that_is_given_as_the_graph_runs_is_none():
    """Lengths of other numbers than integers, and a reversal inside of a branch, are no direction."""
    model = before(node("ReverseSequence", (X, "a"), time_axis=0, batch_axis=1), a=np.array([3.0, 3.0], "f"))
    model.graph.input.append(helper.make_tensor_value_info("b", TensorProto.INT64, None))
    (found,) = opened(model).contents.lstms
    assert found.lstm_shape.directions == ("",)
