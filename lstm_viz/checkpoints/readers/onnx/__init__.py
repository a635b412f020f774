"""ONNX files: every LSTM of their graphs, read but never run.

`readers.formats` names it, `readers.load_reader` imports it by that name.
"""

from lstm_viz.checkpoints.readers.onnx.reader import read

__all__ = ["read"]
