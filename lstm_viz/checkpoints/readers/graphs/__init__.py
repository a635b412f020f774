"""ONNX files: every LSTM of their graphs, read but never run."""

from lstm_viz.checkpoints.readers.graphs.reading import read

__all__ = ["read"]
