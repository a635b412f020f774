"""From an ONNX file to its LSTMs, what stands round them, and what was left out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

from onnx import NodeProto

from lstm_viz.checkpoints.contents import Contents, FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import listed, quoted
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.onnx.adjacent_layers import Surroundings
from lstm_viz.checkpoints.readers.onnx.constant_folding import Constants
from lstm_viz.checkpoints.readers.onnx.graph import STANDARD, Scope, parsed, scopes_of
from lstm_viz.checkpoints.readers.onnx.lstm_node import LSTMNode, lstm_of
from lstm_viz.checkpoints.readers.onnx.stacked_layers import Stack, stacked
from lstm_viz.checkpoints.readers.onnx.tensors import stored
from lstm_viz.checkpoints.state_dict import contents_of, groups

#: Recurrent nodes that are no LSTM of 16, 32 or 64 bits, and what is said of them.
OTHERS = {
    "GRU": "is a GRU and was left out.",
    "RNN": "is a plain RNN and was left out.",
    "DynamicQuantizeLSTM": "is an LSTM quantised to 8 bits and was left out. Open the model from before it was "
    "quantised.",
    "LSTM": "",
}
#: What may have happened where a file has all that an LSTM is made of.
WRITTEN_OUT = " If its exporter wrote an LSTM as single products and sums, open the file that it was exported from."
BY_NAME = (
    "No node of this file is an LSTM: its exporter wrote single products and sums. What is shown was found by the "
    "names of its weights; whether the graph does with them what an LSTM does was not checked."
)


def read(data: bytes, limits: CheckpointLimits) -> Contents:
    """The LSTMs of an ONNX file. Raises CheckpointError where it is broken or too large, or holds none."""
    scopes, constants = scopes_of(parsed(data), limits), Constants(limits, len(data))
    single, left = _lstms(scopes, constants)
    if not single:
        return _by_names(scopes, left)
    stacks, around = stacked(single), Surroundings(scopes, constants)
    neighbours = [neighbour for stack in stacks for neighbour in around.of(stack)]
    lstms = [stack.found for stack in stacks]
    return Contents("ONNX", tuple(lstms), tuple(neighbours), _few([*left, *around.notes, *_twins(lstms)]))


def _lstms(scopes: list[Scope], constants: Constants) -> tuple[list[Stack], list[str]]:
    """Every LSTM node that can be traced, and a sentence for each recurrent node that can't."""
    names, found, left = _Names(), [], []
    for scope in scopes:
        for node in scope.nodes:
            try:
                if node.op_type == "LSTM" and node.domain in STANDARD:
                    here = LSTMNode(scope, node, names.of(node), constants)
                    found.append(Stack((here,), lstm_of(here)))
                elif node.op_type in OTHERS:
                    raise CheckpointError(f"{quoted(names.of(node))} {_other(node)}")
            except CheckpointError as error:
                left.append(str(error))
    return found, left


def _other(node: NodeProto) -> str:
    """Why a recurrent node is left out."""
    return OTHERS[node.op_type] or f"is an LSTM of {quoted(node.domain)}, which is not known here."


def _twins(lstms: list[FoundLSTM]) -> Iterator[str]:
    """Which LSTMs have the same weights: exporters write one for each way through the graph."""
    first: dict[bytes, str] = {}
    for found in lstms:
        digest = hashlib.sha256()
        for name, part in sorted(found.parameters.items()):
            digest.update(f"{name} {part.shape} {part.dtype}".encode() + part.tobytes())
        twin = first.setdefault(digest.digest(), found.name)
        if twin != found.name:
            yield f"{quoted(found.name)} has the same weights as {quoted(twin)}."


def _few(notes: list[str], most: int = 50) -> tuple[str, ...]:
    """The first notes, and how many more there are."""
    more = [f"{len(notes) - most:,} more notes of this kind are left out."] if len(notes) > most else []
    return (*notes[:most], *more)


class _Names:
    """A name of its own for each node."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._times: Counter[str] = Counter()

    def of(self, node: NodeProto) -> str:
        """A node's name, its first output's where it has none; numbered where it came before."""
        name = own = node.name or next((output for output in node.output if output), "") or node.op_type
        while own in self._taken:
            self._times[name] += 1
            own = f"{name} ({1 + self._times[name]})"
        self._taken.add(own)
        return own


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
    written_out = WRITTEN_OUT if {"Sigmoid", "Tanh"} <= kinds.keys() and kinds.keys() & {"MatMul", "Gemm"} else ""
    return f"No LSTM was found: an LSTM node was expected. The file's nodes are {listed(kinds, most=6)}.{written_out}"
