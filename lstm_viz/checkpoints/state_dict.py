"""LSTMs and their adjacent layers in a state_dict, found by the names of their weights."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lstm_viz.checkpoints.contents import AdjacentLayer, Contents, FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import format_shape, list_names, quote
from lstm_viz.checkpoints.lstm_shape import FORWARD, LSTMShape, infer_lstm_shape
from lstm_viz.checkpoints.reparametrised import EffectiveWeights, effective_weights, parts_error
from lstm_viz.checkpoints.stored_module import StoredModule
from lstm_viz.checkpoints.stored_tensor import StoredTensor
from lstm_viz.checkpoints.unowned import (
    Unowned,
    beside_note,
    inside_error,
    is_start,
    made_start_note,
    makes_start,
    start_note,
    start_stem,
)
from lstm_viz.checkpoints.weight_layouts import TORCH_CELL, TORCH_LSTM, TORCH_NAME, NamedWeights, named_weights

#: Rows of the stacked weights, in hidden sizes, and the module that has as many.
CELL_BY_GATES = {4: "LSTM", 3: "GRU", 1: "RNN"}
#: Words of a path that modules round a model add.
WRAPPER_WORDS = frozenset({"module", "_orig_mod"})
#: What optimisers call the running means that they keep for each weight.
REMEMBERED = frozenset(
    [
        *("exp_avg", "exp_avg_sq", "max_exp_avg_sq", "exp_inf", "exp_avg_diff", "momentum", "momentum_buffer"),
        *("square_avg", "grad_avg", "acc_delta", "velocity", "m_buffer", "v_buffer", "state_sum", "prev", "step_size"),
        *("first_moment", "second_moment", "mu", "nu", "trace", "grad", "grads", "gradient", "gradients"),
    ]
)
#: A weight's name with more after it.
PIECE = re.compile(r"(weight_(?:ih|hh|hr))(_l\d+(?:_reverse)?)?[._]\w")
#: Parts of a path that are compared.
MAX_PARTS = 12
Shapes = tuple[tuple[str, tuple[int, ...]], ...]
#: Learned starts beside one module that are looked at.
MAX_STARTS = 50
#: Modules round one, the nearest first, in which they are looked for.
MAX_AROUND = 4
#: The name of an LSTM whose parameters stand at the top of a file.
TOP_LEVEL, TOP_LEVEL_BESIDE_ANOTHER = "lstm", "(top level)"
HALF_PRECISION_NOTE = "Its weights are stored in 16 bits; what is shown is computed from them with 32."
#: Words of a name by which an LSTM reads from the end in its program, which turns its input round.
BACKWARDS_WORD = re.compile(
    r"(?:^|[._])(?:bw|bwd|backward|backwards|reverse|reversed|rev|r2l|directions\.1)(?=$|[._\d])", re.IGNORECASE
)
#: Layers beside that can't be read and are named one by one.
MAX_UNREAD = 4
BYTE_PRECISION_NOTE = "Its weights are stored in 8 bits; what is shown is computed from them with 32."
BY_NAME_NOTE = (
    "It was found by the names and shapes of its weights, which cells of other kinds have too; whether its program "
    "does with them what torch's cell does, its gates in the order i, f, g, o, was not checked."
)


@dataclass
class RecurrentModule:
    """One recurrent module of a file under the name that it is shown by."""

    name: str
    weights: NamedWeights

    @property
    def kind(self) -> str:
        """What the shapes say it is: LSTM, GRU, RNN, or nothing known."""
        recurrent, project = (self.weights.parameters.get(name) for name in ("weight_hh_l0", "weight_hr_l0"))
        if recurrent is None or len(recurrent.shape) != 2:
            return "something incomplete"
        hidden = recurrent.shape[1] if project is None or len(project.shape) != 2 else project.shape[1]
        rows, left = divmod(recurrent.shape[0], max(1, hidden))
        return CELL_BY_GATES.get(rows, "something unknown") if left == 0 else "something unknown"


def contents_of(
    format: str,
    tensors: Mapping[str, StoredTensor],
    modules: Mapping[str, StoredModule] | None = None,
    *,
    by_name_note: str = BY_NAME_NOTE,
) -> Contents:
    """What stands among a file's tensors. CheckpointError where no LSTM does.

    tensors: by their full path in the file.
    modules: the classes of modules by the path of theirs ("" for the whole), where the file has them.
    by_name_note: what is said of an LSTM whose class nothing in the file proves.

    One that is broken, or another cell than its names say, is left out with a note where there are others.
    """
    weights = effective_weights(tensors, modules)
    groups = _modules(weights)
    reader = _ModuleReader(weights, groups, modules or {}, by_name_note)
    lstms, left, first = [], [], None
    remembered = _remembered_by_optimizers(groups)
    for group in groups:
        try:
            if group.name in remembered:
                raise CheckpointError(
                    f"{quote(group.name)} was left out: by its name it holds what an optimiser remembers of "
                    f"{quote(remembered[group.name])}, or its gradients, and no weights."
                )
            lstms.append(reader.read(group))
        except CheckpointError as error:
            left.append(str(error))
            first = first or error
    if not lstms:
        raise _no_lstm_error(tensors, left) if first is None or not _expects_lstm(groups) else first
    taken = {name for group in groups for name in group.weights.own}
    adjacent, unread = _adjacent_layers({n: t for n, t in weights.tensors.items() if n not in taken}, lstms)
    left += unread
    return Contents(format, tuple(lstms), tuple(adjacent), tuple(left))


def recurrent_modules(tensors: Mapping[str, StoredTensor]) -> dict[str, RecurrentModule]:
    """Recurrent modules by the name that each is shown by: its path without the words of wrapping modules.

    >>> import numpy as np
    >>> from lstm_viz.checkpoints.stored_tensor import in_memory
    >>> shapes = {"module.net.weight_ih": (12, 2), "module.net.weight_hh": (12, 3)}
    >>> recurrent_modules({name: in_memory(np.zeros(shape)) for name, shape in shapes.items()})["net"].kind
    'LSTM'
    """
    return {group.name: group for group in _modules(effective_weights(tensors))}


def short_names(paths: Iterable[str]) -> dict[str, str]:
    """Each path without the words that wrapping modules add; whole where two would become one.

    >>> short_names(["module.lstm", "module.head"]), short_names(["lstm", "module.lstm"])
    ({'module.lstm': 'lstm', 'module.head': 'head'}, {'lstm': 'lstm', 'module.lstm': 'module.lstm'})
    """
    every = list(dict.fromkeys(paths))
    shorter = {path: ".".join(part for part in path.split(".") if part not in WRAPPER_WORDS) for path in every}
    count = Counter(shorter.values())
    return {path: short if count[short] == 1 else path for path, short in shorter.items()}


def _modules(weights: EffectiveWeights) -> list[RecurrentModule]:
    """Every recurrent module of a file, each under a name of its own."""
    found = named_weights(weights.tensors)
    known = {module.path for module in found}
    for weight in weights.unknown:  # one whose parts alone are there is missed by its name
        match = TORCH_NAME.match(weight)
        if match and match["stem"] not in known:
            known.add(match["stem"])
            found.append(NamedWeights(match["stem"], TORCH_LSTM if match["layer"] else TORCH_CELL))
    short = short_names(module.path.rstrip("./") for module in found)
    top = TOP_LEVEL_BESIDE_ANOTHER if TOP_LEVEL in short.values() else TOP_LEVEL
    groups = [RecurrentModule(short[module.path.rstrip("./")] or top, module) for module in found]
    times = Counter(group.name for group in groups)
    for group in groups:  # weights of an LSTM and of a cell under one path
        if times[group.name] > 1:
            group.name = f"{group.name} ({group.weights.layout.removeprefix('by the names of ')})"
    return groups


def _remembered_by_optimizers(groups: list[RecurrentModule]) -> dict[str, str]:
    """Modules that are an optimiser's running means under the names of weights, each with the module they are of.

    >>> weights = NamedWeights("", TORCH_LSTM)
    >>> _remembered_by_optimizers([RecurrentModule(name, weights) for name in ("lstm", "optimizer.momentum.lstm")])
    {'optimizer.momentum.lstm': 'lstm'}
    """
    paths = {group.name: group.name.split(".") for group in groups}
    ends = {}
    for name, parts in paths.items():
        if not REMEMBERED.isdisjoint(parts):
            end = parts[max(place for place, part in enumerate(parts) if part in REMEMBERED) + 1 :]
            ends[name] = tuple(end) if len(end) <= MAX_PARTS else ()
    shapes = {group.name: _shapes(group) for group in groups} if ends else {}
    plain: dict[tuple[tuple[str, ...], Shapes], str] = {}
    for length in {len(end) for end in ends.values()} - {0}:
        for name, of in shapes.items():
            if name not in ends:
                plain.setdefault((tuple(paths[name][-length:]), of), name)
    twins = {name: plain.get((end, shapes[name])) for name, end in ends.items()}
    return {name: twin for name, twin in twins.items() if twin is not None}


def _shapes(group: RecurrentModule) -> Shapes:
    return tuple(sorted((name, tensor.shape) for name, tensor in group.weights.parameters.items()))


class _Paths:
    """Paths of modules, and which of them a name stands under.

    >>> paths = _Paths(["net.", "net.rnn_", ""])
    >>> paths.above("net.rnn_mask"), paths.above("net.rnn.mask"), paths.above("head.weight")
    ('net.rnn_', 'net.', '')
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self.known = set(paths)
        self._lengths = sorted({len(path) for path in self.known}, reverse=True)

    def above(self, name: str) -> str | None:
        """The innermost of them, None for none. A module's path ends in a dot; one that is the beginning of parameters'
        names ends in an underline, and no module follows."""
        module_ends = max(name.rfind("."), name.rfind("/")) + 1
        for length in self._lengths:
            end = name[length - 1 : length]
            stands = length < len(name) and (length == 0 or end in "./" or (end == "_" and length > module_ends))
            if stands and name[:length] in self.known:
                return name[:length]
        return None


class _ModuleReader:
    """Reads the recurrent modules of a file, each with all that stands under its own path."""

    def __init__(
        self,
        weights: EffectiveWeights,
        groups: list[RecurrentModule],
        modules: Mapping[str, StoredModule],
        by_name_note: str,
    ) -> None:
        self._weights, self._modules, self._by_name_note = weights, modules, by_name_note
        self._unowned = _unowned_by_path(weights, groups)
        paths = _Paths(group.weights.path for group in groups)
        #: Other recurrent modules under a module's path; none of a file's top level, which is no module.
        self._inside: dict[str, list[str]] = {}
        for inner in paths.known:
            path = paths.above(inner.rstrip("./"))
            if path:
                self._inside.setdefault(path, []).append(inner[len(path) :].rstrip("./"))
        self._unknown: dict[str, list[str]] = {}
        for weight in weights.unknown:
            if match := TORCH_NAME.match(weight):
                self._unknown.setdefault(match["stem"], []).append(weight)
        #: What is called as a learned start is, by the path that it stands in.
        self._starts: dict[str, dict[str, StoredTensor]] = {}
        for name, tensor in weights.tensors.items():
            if place := start_stem(name):
                self._starts.setdefault(place[0], {})[place[1]] = tensor

    def read(self, group: RecurrentModule) -> FoundLSTM:
        """The LSTM of a group, its numbers read once all that is under its path is accounted for."""
        name, path, parameters = group.name, group.weights.path, group.weights.parameters
        self._refuse_unknown_parts(group)
        if group.kind in ("GRU", "RNN"):
            rows = "three rows" if group.kind == "GRU" else "one row"
            raise CheckpointError(
                f"{quote(name)} was left out: its weights have {rows} a unit, as a torch.nn.{group.kind} has; an "
                "LSTM's have four."
            )
        if group.kind == "something unknown":
            raise CheckpointError(
                f"{quote(name)} is no cell that is known here and was left out: its recurrent weights are "
                f"{format_shape(parameters['weight_hh_l0'].shape)}, and an LSTM's have four rows a unit."
            )
        shape = infer_lstm_shape(name, {part: tensor.shape for part, tensor in parameters.items()})
        notes = list(self._notes(group, shape))
        numbers = {part: tensor.numbers(f"{name}.{part}") for part, tensor in parameters.items()}
        if any(tensor.is_half_precision for tensor in parameters.values()):
            few = any(tensor.is_byte_precision for tensor in parameters.values())
            notes.append(BYTE_PRECISION_NOTE if few else HALF_PRECISION_NOTE)
        notes += dict.fromkeys(tensor.note for tensor in parameters.values() if tensor.note)
        module = self._modules.get(path.rstrip("./"))
        kind = group.weights.layout if module is None else module.torch_name or module.class_name
        return FoundLSTM(name, kind, numbers, module is not None and module.batch_first, notes=tuple(notes))

    def _refuse_unknown_parts(self, group: RecurrentModule) -> None:
        path = group.weights.path
        for weight in self._unknown.get(path, []):
            raise parts_error(group.name, weight.removeprefix(path), self._weights.unknown[weight])
        parts: dict[str, list[str]] = {}
        for name in self._unowned.get(path, {}):
            if (piece := PIECE.match(name)) and f"{piece[1]}{piece[2] or '_l0'}" not in group.weights.parameters:
                parts.setdefault(piece[1] + (piece[2] or ""), []).append(path + name)
        for weight, names in parts.items():
            raise parts_error(group.name, weight, tuple(names))

    def _notes(self, group: RecurrentModule, shape: LSTMShape) -> Iterator[str]:
        """What has to be said of it. CheckpointError where something else acts inside its cell."""
        path = group.weights.path
        unowned = Unowned(shape, self._unowned.get(path, {}), tuple(self._inside.get(path, ())))
        if unowned.inside:
            raise inside_error(group.name, unowned.inside)
        together = [self._weights.notes.get(name) for name in sorted(group.weights.own)]
        yield from dict.fromkeys(note for note in together if note)
        yield from group.weights.notes
        module = self._modules.get(path.rstrip("./"))
        if module is not None:
            yield from module.notes
        if module is not None and not module.torch_name:
            yield (
                f"Its class is {quote(module.class_name)}, whose forward is not in the file: shown is what "
                "torch.nn.LSTM computes from its weights."
            )
        elif module is None and group.weights.layout != TORCH_LSTM and self._by_name_note:
            yield self._by_name_note
        if unowned.beside:
            yield beside_note(unowned.beside)
        beside = self._starts_beside(path)
        if shape.directions == FORWARD and (word := BACKWARDS_WORD.search(group.name)):
            yield (
                f"By {quote(word[0].strip('._'))} in its name its program may have it read from the end, which no "
                "weight says. Here it reads from the first step on."
            )
        start = unowned.start | {name: part for name, own, part in beside if is_start(own, part, shape)}
        if start:
            yield start_note(start)
        if made := [name for name, own, part in beside if name not in start and makes_start(own, part, shape)]:
            yield made_start_note(made)

    def _starts_beside(self, path: str) -> list[tuple[str, str, StoredTensor]]:
        """What is called as a learned start is in the modules round a path: its name, its name there, and itself."""
        found = []
        parent = path.rstrip("./")
        for _ in range(MAX_AROUND):
            if not parent:
                break
            parent = parent.rpartition(".")[0]
            stem = f"{parent}." if parent else ""
            found += [(stem + own, own, part) for own, part in list(self._starts.get(parent, {}).items())[:MAX_STARTS]]
        return found


def _unowned_by_path(weights: EffectiveWeights, groups: list[RecurrentModule]) -> dict[str, dict[str, StoredTensor]]:
    """What stands under each module's path and is no weight of a recurrent module, by what is left of its name."""
    paths = _Paths(group.weights.path for group in groups)
    owned = {name for group in groups for name in group.weights.own}
    owned |= {part for parts in weights.unknown.values() for part in parts}
    found: dict[str, dict[str, StoredTensor]] = {}
    for name, tensor in weights.tensors.items():
        if name in owned:
            continue
        path = paths.above(name)
        if path is not None:
            found.setdefault(path, {})[name[len(path) :]] = tensor
    return found


def _expects_lstm(groups: list[RecurrentModule]) -> bool:
    kinds = {group.kind for group in groups}
    return "LSTM" in kinds or not kinds & set(CELL_BY_GATES.values())


def _no_lstm_error(tensors: Mapping[str, StoredTensor], left: list[str]) -> CheckpointError:
    wanted = "No LSTM was found: weights named as torch.nn.LSTM names them (weight_ih_l0, …) were expected."
    own = _own_cell(tensors)
    which = f"{list_names(own)} may be a cell's, but the file" if own else "If an LSTM is among them, the file"
    advice = (
        f"{which} does not say the order of its gates. In its program, copy "
        "their rows into a torch.nn.LSTM in the order i, f, g, o, and save that one's state_dict."
    )
    has = f"The file has {list_names(tensors, most=6)}.{f' {advice}' if own or not left else ''}"
    return CheckpointError(" ".join([wanted, *left[:4], has]))


def _own_cell(tensors: Mapping[str, StoredTensor]) -> tuple[str, ...]:
    """The names of two matrices that stand together and have four rows a unit, as a cell's have; else none."""
    by_rows: dict[tuple[str, int], list[str]] = {}
    for name, tensor in tensors.items():
        if len(tensor.shape) == 2:
            module = name.removesuffix(".weight").rpartition(".")[0]
            by_rows.setdefault((module, tensor.shape[0]), []).append(name)
    for (_, rows), names in by_rows.items():
        if len(names) == 2 and any(rows == 4 * tensors[name].shape[1] for name in names):
            return tuple(names)
    return ()


def _adjacent_layers(
    tensors: Mapping[str, StoredTensor], lstms: list[FoundLSTM]
) -> tuple[list[AdjacentLayer], list[str]]:
    """Matrices whose name and shape fit before or after an LSTM; and why some can't be read, each a sentence."""
    matrices = {
        name: tensor
        for name, tensor in tensors.items()
        if len(tensor.shape) == 2 and name.endswith("weight") and all(tensor.shape)
    }
    short = short_names(name.removesuffix(".weight") for name in matrices)
    found, unread = [], []
    for name, tensor in matrices.items():
        try:
            layer = _adjacent_layer(short[name.removesuffix(".weight")], name, tensor, tensors, lstms)
        except CheckpointError as error:
            unread.append(f"A layer beside was left out: {error}")
        else:
            found += [] if layer is None else [layer]
    more = [f"{len(unread) - MAX_UNREAD:,} more layers beside were left out."] if len(unread) > MAX_UNREAD else []
    return found, unread[:MAX_UNREAD] + more


def _adjacent_layer(
    called: str, name: str, tensor: StoredTensor, tensors: Mapping[str, StoredTensor], lstms: list[FoundLSTM]
) -> AdjacentLayer | None:
    before = {
        lstm.name: _width_reason("features", lstm.lstm_shape.input_size)
        for lstm in lstms
        if _fits_before(name, tensor, lstm)
    }
    after = {
        lstm.name: _width_reason("states", lstm.lstm_shape.output_size) for lstm in lstms if _fits_after(tensor, lstm)
    }
    bias = tensors.get(name.removesuffix("weight") + "bias")
    fits = bias is not None and bias.shape == tensor.shape[:1]
    if before and not fits:
        return AdjacentLayer(called, "embedding", tensor.numbers(name), before)
    if not after:
        return None
    added = bias.numbers(f"{called}.bias") if bias is not None and fits else None
    return AdjacentLayer(called, "linear", tensor.numbers(name), after, added)


def _fits_before(name: str, tensor: StoredTensor, lstm: FoundLSTM) -> bool:
    return "emb" in name.lower() and tensor.shape[1] == lstm.lstm_shape.input_size


def _fits_after(tensor: StoredTensor, lstm: FoundLSTM) -> bool:
    return tensor.shape[1] == lstm.lstm_shape.output_size


def _width_reason(of: str, size: int) -> str:
    return f"its {size:,} columns fit the {size:,} {of}"
