"""An ONNX file whose LSTM starts from a state of its own, and what ONNX Runtime makes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

HIDDEN, FEATURES, TIME = 4, 3, 6


def start_file(
    path: Path,
    *,
    batch: int = 2,
    lengths: tuple[int, ...] | None = None,
    direction: str = "forward",
    features: int = FEATURES,
) -> tuple[onnxruntime.InferenceSession, np.ndarray]:
    """An ONNX file of one LSTM node with a state and lengths of its own; its session, and x (time, batch, features)."""
    rng = np.random.default_rng(0)
    ways = 2 if direction == "bidirectional" else 1
    shapes = {"W": (ways, 4 * HIDDEN, features), "R": (ways, 4 * HIDDEN, HIDDEN), "B": (ways, 8 * HIDDEN),
              "h": (ways, batch, HIDDEN), "c": (ways, batch, HIDDEN)}  # fmt: skip
    stored = [numpy_helper.from_array(rng.normal(size=shape).astype("f"), name) for name, shape in shapes.items()]
    if lengths is not None:
        stored.append(numpy_helper.from_array(np.array(lengths, np.int32), "lengths"))
    read = ["x", "W", "R", "B", "" if lengths is None else "lengths", "h", "c"]
    node = helper.make_node("LSTM", read, ["y"], name="rnn", hidden_size=HIDDEN, direction=direction)
    value = helper.make_tensor_value_info
    kind = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [node], "g", [value("x", kind, [None, None, features])], [value("y", kind, [None, None, None, None])], stored
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session, rng.normal(size=(TIME, batch, features)).astype("f")


def answer(session: onnxruntime.InferenceSession, x: np.ndarray) -> np.ndarray:
    """ONNX Runtime's output, (time, batch, directions * units)."""
    (y,) = session.run(None, {"x": x})
    return y.transpose(0, 2, 1, 3).reshape(*x.shape[:2], -1)
