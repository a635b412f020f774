"""torch.export's programs (.pt2): a table of weights and a graph, both JSON, and the weights' bytes.

`readers.formats` names it, `readers.load_reader` imports it by that name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.formats import EXPORTED_GRAPHS as GRAPHS
from lstm_viz.checkpoints.readers.pickles.machine import BrokenPickle, Steps
from lstm_viz.checkpoints.readers.pickles.module_tree import Leaf, ModuleTree, find_tensors
from lstm_viz.checkpoints.readers.pickles.torch_values import PickledTensor, Storage
from lstm_viz.checkpoints.readers.torch_file import contents_of_tree, load_archive, root_of
from lstm_viz.checkpoints.readers.zip_archive import ZipArchive, open_zip
from lstm_viz.checkpoints.stored_module import StoredModule

#: Numbers of dtypes in the table (torch/_export/serde/schema.py, ScalarType).
DTYPES = {
    1: "uint8",
    2: "int8",
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    10: "complex64",
    11: "complex128",
    12: "bool",
    13: "bfloat16",
    28: "uint16",
    29: "float8_e4m3fn",
    30: "float8_e5m2",
    31: "float8_e4m3fnuz",
    32: "float8_e5m2fnuz",
    34: "uint32",
    35: "uint64",
}
#: Where the parts are: since torch 2.8, and before, where an archive of torch.save is inside.
TABLE = "data/weights/model_weights_config.json"
STATE_DICTS = ("data/weights/model.pt", "serialized_state_dict.pt", "serialized_state_dict.json")
#: Bytes of JSON that are read.
MAX_JSON = 2**26
LSTM_CALL, CELL_CALL = "torch.ops.aten.lstm.input", "torch.ops.aten.lstm_cell.default"
TAKEN_APART_NOTE = "The graph has no call of torch's LSTM with these weights: it was found by its names."
REVERSED_AT_TIMES_NOTE = (
    "The program calls it several times, and in some of them gives it the last step first; here it reads from the "
    "first step on."
)
FLIP = "torch.ops.aten.flip.default"
#: What makes a state of zeros, and what only renames or lays out again.
ZEROS = ("torch.ops.aten.zeros.default", "torch.ops.aten.full.default", "torch.ops.aten.new_zeros.default")


def read(data: bytes | memoryview, limits: CheckpointLimits) -> Contents:
    """The LSTMs of an exported program. CheckpointError where there are none, or where it is broken or too large."""
    steps = Steps(limits.pickle_steps)
    archive = open_zip(data, limits)
    root = next((n.removesuffix(graph) for n in archive.members for graph in GRAPHS if n.endswith(graph)), "")
    try:
        tensors = _weights(archive, root, limits, steps)
        modules = _modules(archive, root)
    except (BrokenPickle, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(
            "This is no whole program of torch.export: its lists can't be read. Copy it again, or export it again: "
            "torch.export.save(program, 'model.pt2')."
        ) from error
    return contents_of_tree(ModuleTree(tensors, modules), "torch.export", steps, len(data))


def _weights(archive: ZipArchive, root: str, limits: CheckpointLimits, steps: Steps) -> dict[str, Leaf]:
    """Every tensor of the program's state_dict by name."""
    if f"{root}{TABLE}" in archive:
        table = _json(archive, f"{root}{TABLE}")["config"]
        limits.check("tensors", len(table), limits.tensors)
        return {name: _tensor(archive, root, part, limits, steps) for name, part in table.items()}
    for place in STATE_DICTS:
        if f"{root}{place}" in archive:
            inside = open_zip(archive.read(f"{root}{place}"), limits)
            return find_tensors(load_archive(inside, root_of(inside, "data.pkl"), "data", steps), limits).tensors
    raise CheckpointError(
        "This program of torch.export holds no weights. In the program that made it, run "
        "torch.save(model.state_dict(), 'model.pt') and open that."
    )


def _tensor(archive: ZipArchive, root: str, part: Any, limits: CheckpointLimits, steps: Steps) -> Leaf:
    """One line of the table: a member of raw bytes with its dtype, shape and strides, or an archive of torch.save."""
    place = f"{root}data/weights/{part['path_name']}"
    if place not in archive:
        raise CheckpointError("Numbers of this program are missing: the file is not whole. Copy it again.")
    if part.get("use_pickle"):
        inside = open_zip(archive.read(place), limits)
        value = load_archive(inside, root_of(inside, "data.pkl"), "data", steps)
        if not isinstance(value, PickledTensor):
            raise ValueError("no tensor")
        return value
    about = part["tensor_meta"]
    dtype = DTYPES.get(about["dtype"], "a number format that is not known")
    order = f"{root}byteorder"
    big_endian = order in archive and bytes(archive.read(order)) == b"big"
    storage = Storage(dtype, archive.members[place].size, lambda: archive.read(place), big_endian)
    shape, strides = (tuple(length["as_int"] for length in about[what]) for what in ("sizes", "strides"))
    return PickledTensor(storage, about["storage_offset"]["as_int"], shape, strides)


class _Graph(NamedTuple):
    """A graph's nodes by what they give, the inputs that a person gives, and parameters' names by the graph's."""

    nodes: list[dict[str, Any]]
    made_by: dict[str, dict[str, Any]]
    user_inputs: set[str]
    parameters: dict[str, str]


def _modules(archive: ZipArchive, root: str) -> dict[str, StoredModule]:
    """What the graph says of each LSTM, by the path of its weights."""
    place = next((root + graph for graph in GRAPHS if root + graph in archive), None)
    if place is None:
        return {}
    program = _json(archive, place)
    graph = _graph(program["graph_module"])
    found: dict[str, StoredModule] = {}
    for node in graph.nodes:
        path = _path_of(node, graph)
        if path is None:
            continue
        module = _called(node, graph)
        if (earlier := found.get(path)) is not None:
            ways = (REVERSED_AT_TIMES_NOTE,) if earlier.reversed != module.reversed else ()
            notes = tuple(dict.fromkeys([*earlier.notes, *module.notes, *ways]))
            module = replace(module, notes=notes, reversed=module.reversed and earlier.reversed)
        found[path] = module
    return {path: StoredModule(name, notes=(TAKEN_APART_NOTE,)) for path, name in _classes(graph).items()} | found


def _graph(module: dict[str, Any]) -> _Graph:
    nodes = module["graph"]["nodes"]
    made_by = {part["as_tensor"]["name"]: node for node in nodes for part in node["outputs"] if "as_tensor" in part}
    inputs, parameters = set(), {}
    for spec in module["signature"]["input_specs"]:
        for kind, key in (("parameter", "parameter_name"), ("buffer", "buffer_name")):
            if kind in spec:
                parameters[spec[kind]["arg"]["name"]] = spec[kind][key]
        if "user_input" in spec:
            inputs |= set(_tensor_names(spec["user_input"]["arg"]))
    return _Graph(nodes, made_by, inputs, parameters)


def _tensor_names(argument: Any) -> Iterator[str]:
    """The names of tensors in an argument."""
    if isinstance(argument, dict):
        if "as_tensor" in argument:
            yield argument["as_tensor"]["name"]
        yield from (part["name"] for part in argument.get("as_tensors", ()))


def _arguments(node: dict[str, Any]) -> dict[str, Any]:
    return {part["name"]: part["arg"] for part in node["inputs"]}


def _path_of(node: dict[str, Any], graph: _Graph) -> str | None:
    """The path of the weights that a call of an LSTM or a cell takes; None for all other nodes."""
    if node["target"] not in (LSTM_CALL, CELL_CALL):
        return None
    arguments = _arguments(node)
    taken = [arguments["params"]] if node["target"] == LSTM_CALL else [arguments["w_ih"], arguments["w_hh"]]
    weights = [graph.parameters.get(name, "") for argument in taken for name in _tensor_names(argument)]
    places = {name.rpartition(".")[0] for name in weights}
    return places.pop() if len(places) == 1 and "" not in weights else None


def _called(node: dict[str, Any], graph: _Graph) -> StoredModule:
    """What a call says of its module: its class, the order of its axes, and what stands before it."""
    name = _stack(node)[-1][1] if _stack(node) else ""
    if node["target"] == CELL_CALL:
        return StoredModule(name or "torch.nn.modules.rnn.LSTMCell")
    arguments = _arguments(node)
    settings = {"batch_first": arguments.get("batch_first", {}).get("as_bool") is True}
    turned = _is_reversed(arguments, graph)
    notes = tuple(_notes(arguments, graph, reversed=turned))
    return StoredModule(name or "torch.nn.modules.rnn.LSTM", settings, notes, turned)


def _is_reversed(arguments: dict[str, Any], graph: _Graph) -> bool:
    """Whether an LSTM of one way is given the program's own input, the last step first and else as it is."""
    (source,) = list(_tensor_names(arguments["input"]))
    node = graph.made_by.get(source, {})
    if node.get("target") != FLIP or arguments.get("bidirectional", {}).get("as_bool") is not False:
        return False
    flip = _arguments(node)
    own = set(_tensor_names(flip["self"])) <= graph.user_inputs
    time = 1 if arguments.get("batch_first", {}).get("as_bool") is True else 0
    return own and flip["dims"].get("as_ints") in ([time], [time - 3])


def _stack(node: dict[str, Any]) -> list[tuple[str, str]]:
    """The modules that a node is in, from the outermost: (path, class). Entries are "key,path,class", ";" between."""
    entries = [entry.split(",") for entry in str(node.get("metadata", {}).get("nn_module_stack", "")).split(";")]
    return [(entry[-2], entry[-1]) for entry in entries if len(entry) >= 3]


def _classes(graph: _Graph) -> dict[str, str]:
    """The class of each module that any node is in."""
    return dict(entry for node in graph.nodes for entry in _stack(node))


def _notes(arguments: dict[str, Any], graph: _Graph, *, reversed: bool) -> Iterator[str]:
    """What the graph does besides: between its own input and the LSTM, and to the state that it starts from."""
    (source,) = list(_tensor_names(arguments["input"]))
    if source not in graph.user_inputs and not reversed:
        before = graph.made_by.get(source, {}).get("target", "something else")
        yield (
            f"In the model it reads what {quote(before.removeprefix('torch.ops.'))} gives, not the model's own input."
        )
    starts = [graph.made_by.get(name, {}).get("target", "") for name in _tensor_names(arguments["hx"])]
    if not all(target in ZEROS for target in starts):
        yield "In the model it starts from states that the model computes or is given; what is shown starts from zero."


def _json(archive: ZipArchive, name: str) -> Any:
    if archive.members[name].size > MAX_JSON:
        raise CheckpointError(f"A list in this file has more than {MAX_JSON:,} bytes, which is the limit.")
    return json.loads(bytes(archive.read(name)))
