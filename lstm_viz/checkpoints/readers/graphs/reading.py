"""From an ONNX file to its LSTMs, what stands round them, and what was left out."""

from __future__ import annotations

from collections import Counter

from onnx import NodeProto

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.finding import contents_of, groups
from lstm_viz.checkpoints.found import Contents, FoundLSTM
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.naming import listed, quoted
from lstm_viz.checkpoints.readers.graphs.constants import Constants
from lstm_viz.checkpoints.readers.graphs.nodes import LSTMNode
from lstm_viz.checkpoints.readers.graphs.parsing import parsed
from lstm_viz.checkpoints.readers.graphs.scopes import STANDARD, Scope, scopes_of
from lstm_viz.checkpoints.readers.graphs.tensors import stored
from lstm_viz.checkpoints.readers.graphs.weights import lstm_of

#: Recurrent nodes that are no LSTM of 16, 32 or 64 bits, and what is said of them.
OTHERS = {
    "GRU": "is a GRU and was left out.",
    "RNN": "is a plain RNN and was left out.",
    "DynamicQuantizeLSTM": "is an LSTM quantised to 8 bits and was left out. Open the model from before it was "
    "quantised.",
}
BY_NAME = (
    "No node of this file is an LSTM: its exporter wrote single products and sums. What is shown was found by the "
    "names of its weights; whether the graph does with them what an LSTM does was not checked."
)


def read(data: bytes, limits: CheckpointLimits) -> Contents:
    """The LSTMs of an ONNX file. Raises CheckpointError where it is broken or too large, or holds none."""
    scopes = scopes_of(parsed(data), limits)
    constants, names = Constants(limits), _Names()
    lstms: list[FoundLSTM] = []
    refusals = []
    for scope in scopes:
        for node in scope.nodes:
            try:
                if _is_lstm(node):
                    lstms.append(lstm_of(LSTMNode(scope, node, names.of(node), constants)))
                elif node.op_type in OTHERS or node.op_type == "LSTM":
                    what = OTHERS.get(node.op_type, f"is an LSTM of {quoted(node.domain)}, which is not known here.")
                    raise CheckpointError(f"{quoted(names.of(node))} {what}")
            except CheckpointError as error:
                refusals.append(str(error))
    if not lstms:
        return _by_names(scopes, refusals)
    return Contents("ONNX", tuple(lstms), (), tuple(refusals))


def _is_lstm(node: NodeProto) -> bool:
    return node.op_type == "LSTM" and node.domain in STANDARD


class _Names:
    """A name of its own for each node."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def of(self, node: NodeProto) -> str:
        """A node's name, its first output's where it has none; numbered where it came before."""
        name = node.name or next((output for output in node.output if output), "") or node.op_type
        self._taken[name] += 1
        return name if self._taken[name] == 1 else f"{name} ({self._taken[name]})"


def _by_names(scopes: list[Scope], refusals: list[str]) -> Contents:
    """The LSTM of a file without LSTM nodes, where its weights have torch's names. CheckpointError where not."""
    tensors = {name: stored(tensor) for scope in scopes for name, tensor in scope.tensors.items()}
    if refusals or not any(group.kind == "LSTM" for group in groups(tensors).values()):
        raise CheckpointError(_nothing(scopes, refusals))
    found = contents_of("ONNX", tensors)
    return Contents(found.format, found.lstms, found.neighbours, (BY_NAME, *found.notes))


def _nothing(scopes: list[Scope], refusals: list[str]) -> str:
    if refusals:
        return " ".join(refusals[:4])
    kinds = dict.fromkeys(node.op_type for scope in scopes for node in scope.nodes)
    return f"No LSTM was found: an LSTM node was expected. The file's nodes are {listed(kinds, most=6)}."
