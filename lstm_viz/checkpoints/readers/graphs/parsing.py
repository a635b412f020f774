"""From an ONNX file's bytes to its graph, by the onnx library."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from onnx import ModelProto

from lstm_viz.checkpoints.errors import CheckpointError

AGAIN = "Copy it again from its source, or export the model again."
NO_GRAPH = f"This is no whole ONNX file: no graph can be read in it. {AGAIN}"


def parsed(data: bytes) -> ModelProto:
    """The model in a file. Only its own bytes are read, whatever other files it names.

    >>> parsed(b"model")
    Traceback (most recent call last):
    lstm_viz.checkpoints.errors.CheckpointError: This is no whole ONNX file: no graph can be read in it. Copy it \
again from its source, or export the model again.
    """
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except (DecodeError, ValueError, RuntimeError) as error:
        raise CheckpointError(NO_GRAPH) from error
    if not model.graph.node:
        raise CheckpointError(NO_GRAPH)
    return model
