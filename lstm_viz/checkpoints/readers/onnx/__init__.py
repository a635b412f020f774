"""ONNX files: every LSTM of their graphs, read but never run."""

from lstm_viz.checkpoints.readers.onnx.reader import read

__all__ = ["read"]
