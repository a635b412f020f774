"""ONNX models made for the tests, and what onnxruntime computes with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from lstm_viz.checkpoints import Checkpoint
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import read

WAYS = {"forward": 1, "reverse": 1, "bidirectional": 2}
#: Each of an LSTM node's inputs.
X, W, R, B, LENGTHS, H, C, P = "X", "W", "R", "B", "lengths", "h", "c", "P"


def opened(model: onnx.ModelProto | bytes, name: str = "model.onnx") -> Checkpoint:
    """What is found in a model, read in this process: starting one for each of hundreds takes minutes."""
    data = model if isinstance(model, bytes) else model.SerializeToString()
    return Checkpoint(read(data, name, CheckpointLimits()))


def model_of(nodes, inputs=(X,), outputs=("Y",), tensors=None, version=14, functions=(), kind=TensorProto.FLOAT):
    """A model of these nodes; `tensors` are its stored arrays by name."""
    stored = [
        array if isinstance(array, TensorProto) else numpy_helper.from_array(array, name)
        for name, array in (tensors or {}).items()
    ]
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info(name, kind, None) for name in inputs],
        [helper.make_tensor_value_info(name, kind, None) for name in outputs],
        stored,
    )
    versions = [helper.make_opsetid("", version), helper.make_opsetid("local", 1)]
    return helper.make_model(graph, opset_imports=versions, ir_version=8, functions=list(functions))


@dataclass
class Made:
    """Random weights of an LSTM node in ONNX's form, small enough that rounding does not grow from step to step."""

    features: int = 3
    hidden: int = 4
    direction: str = "forward"
    bias: bool = True
    seed: int = 0
    kind: type = np.float32

    def tensors(self) -> dict[str, np.ndarray]:
        random, ways = np.random.default_rng(self.seed), WAYS[self.direction]
        shapes = {
            W: (ways, 4 * self.hidden, self.features),
            R: (ways, 4 * self.hidden, self.hidden),
            B: (ways, 8 * self.hidden),
        }
        made = {name: random.normal(0, self.hidden**-0.5, shape).astype(self.kind) for name, shape in shapes.items()}
        return made if self.bias else {W: made[W], R: made[R]}

    def node(self, given=(X, W, R, B), outputs=("Y", "Y_h", "Y_c"), name="lstm", **attributes) -> onnx.NodeProto:
        given = tuple("" if part == B and not self.bias else part for part in given)
        return helper.make_node(
            "LSTM", given, outputs, name, hidden_size=self.hidden, direction=self.direction, **attributes
        )

    def model(self, extra=None, given=(X, W, R, B), **attributes) -> onnx.ModelProto:
        return model_of(
            [self.node(given, **attributes)], outputs=("Y", "Y_h", "Y_c"), tensors=self.tensors() | (extra or {})
        )

    def sequences(self, time=5, batch=2) -> np.ndarray:
        return np.random.default_rng(self.seed + 1).normal(size=(time, batch, self.features)).astype(self.kind)


def computed(model: onnx.ModelProto | bytes, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What onnxruntime gives for each of a model's outputs."""
    data = model if isinstance(model, bytes) else model.SerializeToString()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, given), strict=True))
