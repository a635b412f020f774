"""ONNX files from strangers: each ends in one clear sentence, nothing else is read, nothing large is asked for."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from lstm_viz.checkpoints import CheckpointError, open_checkpoint
from tests.checkpoints.readers.onnx.onnx_models import B, Made, R, W, X, model_of, opened
from tests.support.call_counts import count_calls

MADE = Made()
GOOD = MADE.model().SerializeToString()


def with_tensors(**changed) -> bytes:
    return model_of([MADE.node()], tensors=MADE.tensors() | changed).SerializeToString()


def told(dims, kind=TensorProto.FLOAT, raw=b"\0" * 16, **more) -> TensorProto:
    """A tensor that says what it likes."""
    tensor = TensorProto(name=W, data_type=kind, dims=dims, **more)
    if raw is not None:
        tensor.raw_data = raw
    return tensor


def elsewhere(path: str, in_node=False) -> bytes:
    tensor = told([1, 16, 3], raw=None, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=path)
    if not in_node:
        return with_tensors(W=tensor)
    stored = {R: MADE.tensors()[R], B: MADE.tensors()[B]}
    constant = helper.make_node("Constant", [], [W], value=tensor)
    return model_of([constant, MADE.node()], tensors=stored).SerializeToString()


def nested(levels: int) -> bytes:
    """If inside If inside If, an LSTM in the midst, deeper than the library itself would write."""
    graph = helper.make_graph([MADE.node(outputs=["Y"])], "inner", [], []).SerializeToString()
    kind = AttributeProto(name="then_branch", type=AttributeProto.GRAPH).SerializeToString()
    node = NodeProto(op_type="If", input=["on"], output=["Y"]).SerializeToString()
    for _ in range(levels):
        attribute = kind + field(AttributeProto.G_FIELD_NUMBER, graph)
        graph = field(GraphProto.NODE_FIELD_NUMBER, node + field(NodeProto.ATTRIBUTE_FIELD_NUMBER, attribute))
    return ModelProto(ir_version=8).SerializeToString() + field(ModelProto.GRAPH_FIELD_NUMBER, graph)


def field(number: int, content: bytes) -> bytes:
    """A part of a message as protobuf writes it: its number, its length, itself."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


def calling(function_nodes) -> bytes:
    versions = [helper.make_opsetid("", 14), helper.make_opsetid("local", 1)]
    functions = [helper.make_function("local", name, ["x"], ["y"], nodes, versions) for name, nodes in function_nodes]
    first = helper.make_node(function_nodes[0][0], [X], ["Y"], domain="local")
    return model_of([first], functions=functions).SerializeToString()


def call(name, output="y"):
    return helper.make_node(name, ["x"], [output], domain="local")


def chained(count: int, operator="Identity") -> bytes:
    """A weight that passes many nodes."""
    nodes = [helper.make_node(operator, [f"v{n}"], [f"v{n + 1}"]) for n in range(count)]
    nodes[-1].output[0] = W
    stored = MADE.tensors()
    stored["v0"] = stored.pop(W)
    return model_of([*nodes, MADE.node()], tensors=stored).SerializeToString()


def made_of(*nodes, **stored) -> bytes:
    tensors = {name: array for name, array in MADE.tensors().items() if name != W} | stored
    return model_of([*nodes, MADE.node()], tensors=tensors).SerializeToString()


def lstm_with(**attributes) -> bytes:
    node = helper.make_node("LSTM", [X, W, R], ["Y"], **attributes)
    return model_of([node], tensors=MADE.tensors()).SerializeToString()


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model.onnx", GOOD)
    return file.getvalue()


def doubling(times: int) -> bytes:
    """A weight joined with itself again and again."""
    nodes = [helper.make_node("Concat", [f"v{n}", f"v{n}"], [f"v{n + 1}"], axis=1) for n in range(times)]
    nodes[-1].output[0] = W
    return made_of(*nodes, v0=MADE.tensors()[W])


HUGE = 2**40
NODES = [helper.make_node("Relu", [X], [f"r{n}"]) for n in range(100_001)]
CASES = {
    "empty": b"",
    "one byte": b"\x08",
    "text": b"import torch\n" * 40,
    "zeros": bytes(5000),
    "a name that is no text": MADE.model(name="LSTM").SerializeToString().replace(b"\x04LSTM", b"\x04\xff\xfeSM", 1),
    "no graph": ModelProto(ir_version=8, producer_name="pytorch").SerializeToString(),
    "cut in the head": GOOD[:20],
    "cut in the weights": GOOD[: len(GOOD) // 2],
    "cut at the end": GOOD[:-3],
    "a zip": zipped(),
    "a picture": b"\x89PNG\r\n\x1a\n" + GOOD,
    "huge shape": with_tensors(W=told([HUGE, HUGE, HUGE])),
    "huge shape without numbers": with_tensors(W=told([1, HUGE, 3], raw=None)),
    "fewer numbers than told": with_tensors(W=told([1, 16, 3])),
    "more numbers than told": with_tensors(W=told([1, 1, 1])),
    "shape below 0": with_tensors(W=told([-1, 16, 3])),
    "two shapes below 0": with_tensors(W=told([-1, -16, 3], raw=b"\0" * 192)),
    "no such number format": with_tensors(W=told([1, 16, 3], kind=99)),
    "words for weights": with_tensors(W=told([2], TensorProto.STRING, None, string_data=[b"a", b"b"])),
    "whole numbers for weights": with_tensors(W=np.ones((1, 16, 3), np.int64)),
    "complex numbers": with_tensors(W=np.ones((1, 16, 3), np.complex64)),
    "another shape of W": with_tensors(W=np.ones((1, 12, 3), "f")),
    "flat W": with_tensors(W=np.ones(48, "f")),
    "W of two directions": with_tensors(W=np.ones((2, 16, 3), "f")),
    "W without features": with_tensors(W=np.ones((1, 16, 0), "f")),
    "a single number for R": with_tensors(R=np.array(1, "f")),
    "another shape of B": with_tensors(B=np.ones((1, 16), "f")),
    "NaN": with_tensors(W=np.full((1, 16, 3), np.nan, "f")),
    "infinity": with_tensors(R=np.full((1, 16, 4), np.inf, "f")),
    "the system's file": elsewhere("/etc/passwd"),
    "a file above": elsewhere("../x"),
    "the system's file, in a node": elsewhere("/etc/passwd", in_node=True),
    "graphs 30 deep": nested(30),
    "graphs 200 deep": nested(200),
    "functions that call themselves": calling([("f", [call("f")])]),
    "functions that call two, ten deep": calling(
        [(f"f{n}", [call(f"f{n + 1}", f"y{part}") for part in range(4)]) for n in range(12)] + [("f12", [call("none")])]
    ),
    "a weight made of itself": made_of(helper.make_node("Identity", [W], [W])),
    "a ring of weights": made_of(helper.make_node("Neg", ["a"], [W]), helper.make_node("Neg", [W], ["a"])),
    "a chain of 5,000": chained(5000),
    "100,001 nodes": model_of(NODES).SerializeToString(),
    "a fill of 2^80": made_of(helper.make_node("ConstantOfShape", ["s"], [W]), s=np.array([HUGE, HUGE])),
    "a spread of 2^80": made_of(
        helper.make_node("Expand", ["v", "s"], [W]), s=np.array([HUGE, HUGE]), v=np.ones(1, "f")
    ),
    "a tiling of 2^80": made_of(helper.make_node("Tile", ["v", "s"], [W]), s=np.array([2**62]), v=np.ones(4, "f")),
    "joined 40 times": doubling(40),
    "a reshape that does not fit": made_of(
        helper.make_node("Reshape", ["v", "s"], [W]), v=np.ones(5, "f"), s=np.array([1, 16, 3])
    ),
    "attributes of other kinds": made_of(
        helper.make_node("Transpose", ["v"], [W], perm="up"), v=np.ones((1, 16, 3), "f")
    ),
    "a size in words": lstm_with(hidden_size="four"),
    "a direction that is none": lstm_with(direction="up"),
    "a layout that is none": MADE.model(layout=7).SerializeToString(),
    "an LSTM without inputs": model_of([helper.make_node("LSTM", [], ["Y"])]).SerializeToString(),
    "an LSTM without anything": model_of([NodeProto(op_type="LSTM")]).SerializeToString(),
    "a start of another shape": MADE.model({"h": np.ones((1, 2, 9), "f")}, (X, W, R, B, "", "h")).SerializeToString(),
    "a start of NaN": MADE.model({"h": np.full((1, 2, 4), np.nan, "f")}, (X, W, R, B, "", "h")).SerializeToString(),
    "lengths below 0": MADE.model({"n": np.array([-1, 5])}, (X, W, R, B, "n")).SerializeToString(),
}  # fmt: skip
CASES |= {f"hidden_size {size}": lstm_with(hidden_size=size) for size in (-4, 5, 2**62)}


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_file_ends_in_one_sentence(case):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError) as refusal:
        count_calls(lambda: opened(CASES[case]), limit=5_000_000)
    said = str(refusal.value)
    assert 20 < len(said) < 500
    assert "root:" not in said
    assert said.endswith(".")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 1_500_000  # kilobytes


@pytest.mark.parametrize("case", ["the system's file", "joined 40 times", "functions that call two, ten deep", "zeros"])
def test_the_reading_process_says_the_same(case):
    with pytest.raises(CheckpointError) as inside:
        opened(CASES[case])
    with pytest.raises(CheckpointError) as outside:
        open_checkpoint(CASES[case], "model.onnx")
    assert str(outside.value) == str(inside.value)


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_harmless(place, bit):
    broken = bytearray(GOOD)
    broken[place % len(broken)] ^= 1 << bit
    holds_or_is_refused(bytes(broken))


@settings(max_examples=60)
@given(st.integers(0, len(GOOD)), st.binary(max_size=40), st.integers(0, 40))
def test_a_torn_file_is_refused_or_harmless(place, put_in, left_out):
    holds_or_is_refused(GOOD[:place] + put_in + GOOD[place + left_out :])


def holds_or_is_refused(data):
    try:
        opening = opened(data)
    except CheckpointError:
        return
    for module in opening.models.values():
        assert all(bool(part.isfinite().all()) for part in module.parameters())


def test_what_is_broken_is_left_out_where_another_is_whole():
    tensors = MADE.tensors() | {"V": np.full((1, 16, 3), np.nan, "f")}
    nodes = [MADE.node((X, "V", R, B), ["Y"], "astray"), MADE.node(outputs=["Z"], name="whole")]
    opening = opened(model_of(nodes, outputs=("Y", "Z"), tensors=tensors))
    assert list(opening.models) == ["whole"]
    assert "astray" in opening.notes[0]


def test_onnx_runtimes_own_form_is_refused_by_name():
    with pytest.raises(CheckpointError, match="ONNX Runtime's own form"):
        opened(b"\0\0\0\0ORTM" + bytes(100), "model.ort")


def test_numbers_are_read_from_lists_as_from_bytes():
    (expected,) = opened(GOOD).contents.lstms
    lists = {name: helper.make_tensor(name, TensorProto.FLOAT, array.shape, array.ravel())
             for name, array in MADE.tensors().items()}  # fmt: skip
    assert not numpy_helper.to_array(lists[W]).flags["OWNDATA"] or lists[W].float_data
    (found,) = opened(model_of([MADE.node()], tensors=lists)).contents.lstms
    assert all(np.array_equal(found.parameters[name], part) for name, part in expected.parameters.items())


def test_without_the_library_it_is_said_what_to_install():
    """The app opens every other file without onnx."""
    code = (
        "import sys; sys.modules['onnx'] = None\n"
        "from lstm_viz.checkpoints.limits import CheckpointLimits\n"
        "from lstm_viz.checkpoints.readers import read\n"
        "read(sys.stdin.buffer.read(), 'model.onnx', CheckpointLimits())"
    )
    done = subprocess.run([sys.executable, "-c", code], input=GOOD, capture_output=True, check=False)
    said = done.stderr.decode().splitlines()[-1]
    assert said.endswith("This is an ONNX file, and what reads those is not installed. Run: pip install onnx.")
