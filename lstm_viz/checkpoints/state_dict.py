"""LSTMs and their adjacent layers in a state_dict, found by torch's parameter names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from lstm_viz.checkpoints.contents import AdjacentLayer, Contents, FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names, quote
from lstm_viz.checkpoints.lstm_shape import infer_lstm_shape
from lstm_viz.checkpoints.stored_module import StoredModule, StoredModules
from lstm_viz.checkpoints.stored_tensor import StoredTensor

#: weight_ih_l0, bias_hh_l1_reverse, weight_hr_l0 of nn.LSTM; weight_ih and so on of nn.LSTMCell.
PARAMETER = re.compile(
    r"^(?P<stem>.*?)(?P<kind>weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(?P<layer>_l\d+(_reverse)?)?$"
)
#: Rows of the stacked weights, in hidden sizes, and the module that has as many.
CELL_BY_GATES = {4: "LSTM", 3: "GRU", 1: "RNN"}
HALF_PRECISION_NOTE = "Its weights are stored in 16 bits; what is shown is computed from them with 32."


@dataclass
class RecurrentModule:
    """The parameters of one recurrent module, by torch's own names; `cell` where they are an LSTMCell's."""

    name: str
    cell: bool
    #: What stands before its parameters' names, without the dot; "" at the top, where its name is "lstm".
    prefix: str = ""
    parameters: dict[str, StoredTensor] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What the shapes say it is: LSTM, GRU, RNN, or nothing known."""
        recurrent, project = (self.parameters.get(name) for name in ("weight_hh_l0", "weight_hr_l0"))
        if recurrent is None or len(recurrent.shape) != 2:
            return "something incomplete"
        hidden = recurrent.shape[1] if project is None or len(project.shape) != 2 else project.shape[1]
        rows, left = divmod(recurrent.shape[0], max(1, hidden))
        return CELL_BY_GATES.get(rows, "something unknown") if left == 0 else "something unknown"


def contents_of(
    format: str,
    tensors: Mapping[str, StoredTensor],
    *,
    modules: StoredModules | None = None,
    notes: tuple[str, ...] = (),
) -> Contents:
    """What stands among a file's tensors. CheckpointError where no LSTM does.

    modules: what the file says of its modules, where it is a whole model's. notes: what its reader has to say.

    One that is broken is left out with a note where there are others.
    """
    lstms, left, first = [], [], None
    for name, group in recurrent_modules(tensors).items():
        try:
            lstms.append(_with_module(_read_lstm(name, group), (modules or {}).get(group.prefix)))
        except CheckpointError as error:
            left.append(str(error))
            first = first or error
    if not lstms:
        raise _no_lstm_error(tensors, left) if first is None or not _expects_lstm(tensors) else first
    return Contents(format, tuple(lstms), tuple(_adjacent_layers(tensors, lstms)), (*left, *notes))


def _with_module(lstm: FoundLSTM, module: StoredModule | None) -> FoundLSTM:
    """The LSTM with what the file says of its module. CheckpointError where its class computes something of its own."""
    if module is None:
        return lstm
    notes = [*lstm.notes, *module.notes]
    if not module.torch_name:
        notes.append(
            f"Its class is {quote(module.class_name)}, which may compute something else than torch.nn.LSTM with the "
            "same weights; what is shown is torch.nn.LSTM's. Compare it with the model's own outputs."
        )
    return replace(lstm, kind=module.torch_name or lstm.kind, batch_first=module.batch_first, notes=tuple(notes))


def recurrent_modules(tensors: Mapping[str, StoredTensor]) -> dict[str, RecurrentModule]:
    """Recurrent modules by the prefix of their parameters' names.

        >>> import numpy as np
        >>> from lstm_viz.checkpoints.stored_module import StoredModule, StoredModules
    from lstm_viz.checkpoints.stored_tensor import in_memory
        >>> shapes = {"net.weight_ih": (12, 2), "net.weight_hh": (12, 3)}
        >>> recurrent_modules({name: in_memory(np.zeros(shape)) for name, shape in shapes.items()})["net"].kind
        'LSTM'
    """
    found: dict[str, RecurrentModule] = {}
    for name, tensor in tensors.items():
        match = PARAMETER.match(name)
        if match is None:
            continue
        stem, layer = match["stem"].removesuffix("."), match["layer"]
        group = found.setdefault(stem or "lstm", RecurrentModule(stem or "lstm", cell=layer is None, prefix=stem))
        group.parameters[match["kind"] + (layer or "_l0")] = tensor
    return found


def _expects_lstm(tensors: Mapping[str, StoredTensor]) -> bool:
    return any(group.kind == "LSTM" for group in recurrent_modules(tensors).values()) or not any(
        group.kind in CELL_BY_GATES.values() for group in recurrent_modules(tensors).values()
    )


def _read_lstm(name: str, group: RecurrentModule) -> FoundLSTM:
    """The LSTM of a group, its numbers read once its shapes are known to fit."""
    if group.kind in ("GRU", "RNN", "something unknown"):
        what = group.kind if group.kind.startswith("something") else f"a {group.kind}"
        raise CheckpointError(f"{quote(name)} is {what} and was left out.")
    infer_lstm_shape(name, {part: tensor.shape for part, tensor in group.parameters.items()})
    numbers = {part: tensor.numbers(f"{name}.{part}") for part, tensor in group.parameters.items()}
    notes = (HALF_PRECISION_NOTE,) if any(tensor.is_half_precision for tensor in group.parameters.values()) else ()
    return FoundLSTM(name, "torch.nn.LSTMCell" if group.cell else "torch.nn.LSTM", numbers, notes=notes)


def _no_lstm_error(tensors: Mapping[str, StoredTensor], left: list[str]) -> CheckpointError:
    wanted = "No LSTM was found: weights named as torch.nn.LSTM names them (weight_ih_l0, …) were expected."
    return CheckpointError(" ".join([wanted, *left[:4], f"The file has {list_names(tensors, most=6)}."]))


def _adjacent_layers(tensors: Mapping[str, StoredTensor], lstms: list[FoundLSTM]) -> Iterator[AdjacentLayer]:
    """Matrices whose name and shape fit before or after one of the LSTMs."""
    for name, tensor in tensors.items():
        if len(tensor.shape) != 2 or not name.endswith("weight") or PARAMETER.match(name) or not all(tensor.shape):
            continue
        before = {
            lstm.name: _width_reason("features", lstm.lstm_shape.input_size)
            for lstm in lstms
            if _fits_before(name, tensor, lstm)
        }
        after = {
            lstm.name: _width_reason("states", lstm.lstm_shape.output_size)
            for lstm in lstms
            if _fits_after(tensor, lstm)
        }
        bias = tensors.get(name.removesuffix("weight") + "bias")
        fits = bias is not None and bias.shape == tensor.shape[:1]
        called = name.removesuffix(".weight")
        if before and not fits:
            yield AdjacentLayer(called, "embedding", tensor.numbers(name), before)
        elif after:
            added = bias.numbers(f"{called}.bias") if bias is not None and fits else None
            yield AdjacentLayer(called, "linear", tensor.numbers(name), after, added)


def _fits_before(name: str, tensor: StoredTensor, lstm: FoundLSTM) -> bool:
    return "emb" in name.lower() and tensor.shape[1] == lstm.lstm_shape.input_size


def _fits_after(tensor: StoredTensor, lstm: FoundLSTM) -> bool:
    return tensor.shape[1] == lstm.lstm_shape.output_size


def _width_reason(of: str, size: int) -> str:
    return f"its {size:,} columns fit the {size:,} {of}"
