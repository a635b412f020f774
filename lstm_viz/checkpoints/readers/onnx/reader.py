"""From an ONNX file to its LSTMs, what stands round them, and what was left out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from onnx import NodeProto

from lstm_viz.checkpoints.contents import Contents, FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names, quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.onnx.constant_folding import Constants
from lstm_viz.checkpoints.readers.onnx.find_layers import AdjacentLayerFinder
from lstm_viz.checkpoints.readers.onnx.graph import STANDARD_DOMAINS, Scope, Uses, collect_scopes, parse_model
from lstm_viz.checkpoints.readers.onnx.input_path import InputPaths
from lstm_viz.checkpoints.readers.onnx.lstm_node import LSTMNode, read_lstm_node
from lstm_viz.checkpoints.readers.onnx.stacked_layers import Stack, join_stacked_layers
from lstm_viz.checkpoints.readers.onnx.tensors import stored_tensor
from lstm_viz.checkpoints.state_dict import contents_of, recurrent_modules

#: Recurrent operators that are left out, and why; an LSTM of another domain has its own reason.
LEFT_OUT_REASONS = {
    "GRU": "is a GRU and was left out.",
    "RNN": "is a plain RNN and was left out.",
    "LSTM": "",
    "DynamicQuantizeLSTM": "",
}
#: The operator of ONNX Runtime for an LSTM with weights of 8 bits.
QUANTISED_LSTM = ("com.microsoft", "DynamicQuantizeLSTM")
#: What may have happened where a file has all that an LSTM is made of.
DECOMPOSED_ADVICE = (
    " If its exporter wrote an LSTM as single products and sums, open the file that it was exported from."
)
FOUND_BY_NAME_NOTE = (
    "No node of this file is an LSTM: its exporter wrote single products and sums. What is shown was found by the "
    "names of its weights; whether the graph does with them what an LSTM does was not checked."
)


def read(data: bytes, limits: CheckpointLimits) -> Contents:
    """The LSTMs of an ONNX file. Raises CheckpointError where it is broken or too large, or holds none."""
    scopes, constants = collect_scopes(parse_model(data), limits), Constants(limits, len(data))
    uses = Uses(scopes)
    paths = InputPaths(uses)
    single, left = _read_lstm_nodes(scopes, constants, paths)
    if not single:
        return _read_by_weight_names(scopes, left)
    stacks = [_with_turned_notes(stack, paths) for stack in join_stacked_layers(single, uses)]
    around = AdjacentLayerFinder(uses, constants)
    neighbours = [neighbour for stack in stacks for neighbour in around.of(stack)]
    lstms = [stack.found for stack in stacks]
    return Contents(
        "ONNX",
        tuple(lstms),
        tuple(neighbours),
        _limit_notes([*dict.fromkeys(left), *around.notes, *_duplicate_notes(lstms)]),
    )


def _with_turned_notes(stack: Stack, paths: InputPaths) -> Stack:
    if not stack.path.reversed:
        return stack
    notes = (*stack.found.notes, *paths.turned_notes(stack.nodes))
    return replace(stack, found=replace(stack.found, notes=notes))


def _read_lstm_nodes(scopes: list[Scope], constants: Constants, paths: InputPaths) -> tuple[list[Stack], list[str]]:
    """Every LSTM node that can be traced, and a sentence for each recurrent node that can't."""
    names, found, left = _UniqueNames(), [], []
    for scope in scopes:
        for node in scope.nodes:
            try:
                if (node.domain in STANDARD_DOMAINS and node.op_type == "LSTM") or (
                    (node.domain, node.op_type) == QUANTISED_LSTM
                ):
                    here = LSTMNode(scope, node, names.of(node), constants)
                    here.check()
                    path = paths.of(here)
                    here = replace(here, reversed=path.reversed)
                    found.append(Stack((here,), read_lstm_node(here, path.batch_first, path.notes), path))
                elif node.op_type in LEFT_OUT_REASONS:
                    raise CheckpointError(f"{quote(names.of(node))} {_left_out_reason(node)}")
            except CheckpointError as error:
                left.append(str(error))
    return found, left


def _left_out_reason(node: NodeProto) -> str:
    """Why a recurrent node is left out."""
    return LEFT_OUT_REASONS[node.op_type] or f"is an LSTM of {quote(node.domain)}, which is not known here."


def _duplicate_notes(lstms: list[FoundLSTM]) -> Iterator[str]:
    """Which LSTMs have the same weights: exporters write one for each branch of the graph."""
    first: dict[bytes, str] = {}
    for found in lstms:
        digest = hashlib.sha256()
        for name, part in sorted(found.parameters.items()):
            digest.update(f"{name} {part.shape} {part.dtype}".encode() + part.tobytes())
        twin = first.setdefault(digest.digest(), found.name)
        if twin != found.name:
            yield f"{quote(found.name)} has the same weights as {quote(twin)}."


def _limit_notes(notes: list[str], most: int = 50) -> tuple[str, ...]:
    """The first notes, and how many more there are."""
    more = [f"{len(notes) - most:,} more notes of this kind are left out."] if len(notes) > most else []
    return (*notes[:most], *more)


class _UniqueNames:
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


def _read_by_weight_names(scopes: list[Scope], refusals: list[str]) -> Contents:
    """The LSTM of a file without LSTM nodes, where its weights have torch's names. CheckpointError where not."""
    tensors = {name: stored_tensor(tensor) for scope in scopes for name, tensor in scope.tensors.items()}
    if refusals or not any(group.kind == "LSTM" for group in recurrent_modules(tensors).values()):
        raise CheckpointError(_no_lstm_message(scopes, refusals))
    found = contents_of("ONNX", tensors, by_name_note="")  # said of the whole file
    return Contents(found.format, found.lstms, found.adjacent_layers, (FOUND_BY_NAME_NOTE, *found.notes))


def _no_lstm_message(scopes: list[Scope], refusals: list[str]) -> str:
    if refusals:
        return " ".join(refusals[:4])
    kinds = dict.fromkeys(node.op_type for scope in scopes for node in scope.nodes)
    written_out = DECOMPOSED_ADVICE if {"Sigmoid", "Tanh"} <= kinds.keys() and kinds.keys() & {"MatMul", "Gemm"} else ""
    return (
        f"No LSTM was found: an LSTM node was expected. The file's nodes are {list_names(kinds, most=6)}.{written_out}"
    )
