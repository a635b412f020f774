"""Models as exporters write them: torch's two, and the real one of silero-vad, against onnxruntime."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import onnx
import pytest
import silero_vad
import torch
from onnx import TensorProto, helper
from torch import nn

import lstm_viz
from tests.checkpoints.readers.onnx.onnx_models import computed, opened
from tests.checkpoints.readers.onnx.tracing import CLOSE, far, traced

SILERO = Path(silero_vad.__file__).parent / "data"
#: A node that runs inside an If, and how its values are named, by file.
INSIDE = {
    "silero_vad.onnx": "If_0_then_branch__Inline_0__/decoder/rnn_1",
    "silero_vad_half.onnx": "/decoder/rnn",
    "silero_vad_16k_op15.onnx": "/model/decoder/rnn",
    "silero_vad_openvino_16k.onnx": "F2::If_0_then_branch__Inline_0__/decoder/rnn",
}


class Tagger(nn.Module):
    """Ids in, probabilities of every step or of the last out."""

    def __init__(self, last=False, **options):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(11, 3), nn.LSTM(3, 5, **options)
        self.fc, self.last = nn.Linear(5 * (1 + self.rnn.bidirectional), 4), last

    def forward(self, ids):
        y, (h, c) = self.rnn(self.embed(ids))
        seen = h[-1] if self.last else y
        return torch.softmax(self.fc(seen), -1), y, h, c


def exported(module, x, dynamo=False, version=17, folding=True):
    file = io.BytesIO()
    if dynamo:
        axes = {0: torch.export.Dim("rows"), 1: torch.export.Dim("columns")}
        torch.onnx.export(module, (x,), dynamo=True, dynamic_shapes=(axes,), input_names=["x"]).save(file)
    else:
        torch.onnx.export(
            module,
            (x,),
            file,
            dynamo=False,
            input_names=["x"],
            dynamic_axes={"x": {0: "rows", 1: "columns"}},
            opset_version=version,
            do_constant_folding=folding,
        )
    return file.getvalue()


CASES = {
    "plain": ({}, {}),
    "two layers": ({"num_layers": 2}, {"version": 11}),
    "both ways": ({"num_layers": 2, "bidirectional": True, "batch_first": True}, {"version": 20}),
    "without biases": ({"num_layers": 3, "bias": False}, {}),
    "unfolded": ({"num_layers": 2, "bidirectional": True}, {"folding": False}),
    "old": ({"batch_first": True}, {"version": 9}),
    "last step": ({"last": True, "batch_first": True}, {}),
    "torch.export": ({"num_layers": 2, "bidirectional": True, "batch_first": True}, {"dynamo": True}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES)
def test_what_torch_exports_is_one_lstm_with_its_neighbours(case):
    options, how = CASES[case]
    torch.manual_seed(len(case))
    module, ids = Tagger(**options).eval(), torch.randint(0, 11, (4, 3))
    data = exported(module, ids, **how)
    opening = opened(data)
    ((name, found),) = opening.found.items()
    p, y, h, c = computed(data, {"x": ids.numpy()}).values()
    first = found.batch_first
    assert first == module.rnn.batch_first
    events = module.embed(ids).detach()
    run = lstm_viz.trace(opening.models[name], events.swapaxes(0, 1) if first else events, device="cpu")
    output = run.output.swapaxes(0, 1) if first else run.output
    assert far([output, *run.final_state], [y, h, c]) < CLOSE
    embedding, linear = opening.neighbours
    assert (embedding.kind, embedding.name, linear.kind, linear.name) == ("embedding", "embed", "linear", "fc")
    assert np.array_equal(embedding.weight, module.embed.weight.detach().numpy())
    assert linear.activation == "softmax"
    seen = run.final_state[0][-1] if module.last else output
    answer = torch.softmax(torch.from_numpy(seen @ linear.weight.T + linear.bias), -1)
    assert far([answer.numpy()], [p]) < CLOSE


@pytest.fixture(scope="module")
def heard():
    """What the voice detector computes of 40 windows of noise: its LSTM's events, and the state it ends in."""
    model, random = onnx.load(SILERO / "silero_vad_16k_sequence.onnx"), np.random.default_rng(0)
    model.graph.output.append(helper.make_tensor_value_info("/Transpose_output_0", TensorProto.FLOAT, None))
    given = {"input": random.normal(0, 0.1, (40, 576)).astype("f")}
    given |= {name: random.normal(0, 0.5, (1, 1, 128)).astype("f") for name in "hc"}
    return given | computed(model, given)


def test_a_state_given_to_the_graph_is_named(heard):
    opening = opened((SILERO / "silero_vad_16k_sequence.onnx").read_bytes())
    (found,) = opening.contents.lstms
    assert found.initial_state is None
    assert any("zeros unless you give one" in note for note in found.notes)
    _, h, c = traced(opening, heard["/Transpose_output_0"], state=(heard["h"], heard["c"]))
    assert far([h, c], [heard["hn"], heard["cn"]]) < CLOSE


@pytest.mark.parametrize("file", INSIDE)
def test_the_voice_detectors_lstm_inside_an_if(file, heard):
    """The node and all that makes its weights, cut out of its branch, run by onnxruntime."""
    node, model = INSIDE[file], onnx.load(SILERO / file)
    cut = [f"{node}/Unsqueeze_{number}_output_0" for number in (3, 4, 5)]
    outputs = [f"{node}/LSTM_output_{number}" for number in range(3)]
    given = dict(zip(cut, [heard["/Transpose_output_0"], heard["h"], heard["c"]], strict=True))
    theirs = computed(cut_out(model, cut, outputs), given)
    ours = traced(opened(model), given[cut[0]], name=f"{node}/LSTM", state=(heard["h"], heard["c"]))
    assert far(ours, [theirs[name] for name in outputs]) < CLOSE


def test_a_cell_written_as_products_and_sums(heard):
    """No LSTM node in this file: two products, a split, sigmoids. Found by its weights' names, with a note."""
    model = onnx.load(SILERO / "silero_vad_op18_ifless.onnx")
    x, h, c = heard["/Transpose_output_0"][0], heard["h"], heard["c"]
    given = {"select": x, "select_1": h[0], "select_2": c[0]}
    theirs = computed(cut_out(model, list(given), ["mul_182", "add_177"]), given)
    opening = opened(model)
    _, *ours = traced(opening, x[None], name="model.decoder.rnn", state=(h, c))
    assert far([part[0] for part in ours], list(theirs.values())) < CLOSE
    assert "was not checked" in opening.notes[0]


def test_the_voice_detectors_files_hold_the_same_weights():
    """Constants inside a branch, stored tensors inside and outside, ready or to be put in order."""
    files = [*INSIDE, "silero_vad_16k_sequence.onnx", "silero_vad_op18_ifless.onnx"]
    files.remove("silero_vad_half.onnx")
    first, *others = [of_16_khz(file) for file in files]
    for other in others:
        assert other.keys() == first.keys()
        assert all(np.array_equal(other[name], first[name]) for name in first)


def of_16_khz(file):
    found = opened((SILERO / file).read_bytes()).found
    return next(lstm.parameters for name, lstm in found.items() if "else" not in name and "8k" not in name)


def nodes_of(graph):
    for node in graph.node:
        yield node
        for part in node.attribute:
            if part.type == onnx.AttributeProto.GRAPH:
                yield from nodes_of(part.g)


def cut_out(model, inputs, outputs):
    """A model of just what makes `outputs` of `inputs`, wherever in the graph it stands."""
    makers = {name: node for node in nodes_of(model.graph) for name in node.output}
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    needed, waiting = {}, list(outputs)
    while waiting:
        name = waiting.pop()
        if name in makers and name not in inputs and makers[name].output[0] not in needed:
            needed[makers[name].output[0]] = makers[name]
            waiting += makers[name].input
    ordered = [node for node in nodes_of(model.graph) if node.output and node.output[0] in needed]
    used = {name for node in ordered for name in node.input}
    graph = helper.make_graph(
        ordered,
        "cut",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [tensor for name, tensor in stored.items() if name in used],
    )
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
