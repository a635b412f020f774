"""Finding LSTMs, and what may stand round them, among named tensors, by the names that torch gives weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lstm_viz.checkpoints.contents import Contents, FoundLSTM, Neighbour
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import listed, quoted
from lstm_viz.checkpoints.lstm_shape import form_of
from lstm_viz.checkpoints.stored_tensor import Stored

#: weight_ih_l0, bias_hh_l1_reverse, weight_hr_l0 of nn.LSTM; weight_ih and so on of nn.LSTMCell.
PARAMETER = re.compile(
    r"^(?P<stem>.*?)(?P<kind>weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(?P<layer>_l\d+(_reverse)?)?$"
)
#: Rows of the stacked weights, in hidden sizes, and the module that has as many.
CELLS = {4: "LSTM", 3: "GRU", 1: "RNN"}
HALF = "Its weights are stored in 16 bits; what is shown is computed from them with 32."


@dataclass
class Group:
    """The parameters of one recurrent module, by torch's own names; `cell` where they are an LSTMCell's."""

    name: str
    cell: bool
    parameters: dict[str, Stored] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What the shapes say it is: LSTM, GRU, RNN, or nothing known."""
        recurrent, project = (self.parameters.get(name) for name in ("weight_hh_l0", "weight_hr_l0"))
        if recurrent is None or len(recurrent.shape) != 2:
            return "something incomplete"
        hidden = recurrent.shape[1] if project is None or len(project.shape) != 2 else project.shape[1]
        rows, left = divmod(recurrent.shape[0], max(1, hidden))
        return CELLS.get(rows, "something unknown") if left == 0 else "something unknown"


def contents_of(form: str, tensors: Mapping[str, Stored]) -> Contents:
    """What stands among a file's tensors. CheckpointError where no LSTM does.

    One that is broken is left out with a note where there are others.
    """
    lstms, left, first = [], [], None
    for name, group in groups(tensors).items():
        try:
            lstms.append(_lstm(name, group))
        except CheckpointError as error:
            left.append(str(error))
            first = first or error
    if not lstms:
        raise _nothing(tensors, left) if first is None or not _any_lstm(tensors) else first
    return Contents(form, tuple(lstms), tuple(_neighbours(tensors, lstms)), tuple(left))


def groups(tensors: Mapping[str, Stored]) -> dict[str, Group]:
    """Recurrent modules by the name that stands before their parameters' names.

    >>> import numpy as np
    >>> from lstm_viz.checkpoints.stored_tensor import held
    >>> groups({"net.weight_ih": held(np.zeros((12, 2))), "net.weight_hh": held(np.zeros((12, 3)))})["net"].kind
    'LSTM'
    """
    found: dict[str, Group] = {}
    for name, tensor in tensors.items():
        match = PARAMETER.match(name)
        if match is None:
            continue
        stem, layer = match["stem"].removesuffix("."), match["layer"]
        group = found.setdefault(stem or "lstm", Group(stem or "lstm", cell=layer is None))
        group.parameters[match["kind"] + (layer or "_l0")] = tensor
    return found


def _any_lstm(tensors: Mapping[str, Stored]) -> bool:
    return any(group.kind == "LSTM" for group in groups(tensors).values()) or not any(
        group.kind in CELLS.values() for group in groups(tensors).values()
    )


def _lstm(name: str, group: Group) -> FoundLSTM:
    """The LSTM of a group, its numbers read once its shapes are known to fit."""
    if group.kind in ("GRU", "RNN", "something unknown"):
        what = group.kind if group.kind.startswith("something") else f"a {group.kind}"
        raise CheckpointError(f"{quoted(name)} is {what} and was left out.")
    form_of(name, {part: tensor.shape for part, tensor in group.parameters.items()})
    numbers = {part: tensor.numbers(f"{name}.{part}") for part, tensor in group.parameters.items()}
    notes = (HALF,) if any(tensor.half for tensor in group.parameters.values()) else ()
    return FoundLSTM(name, "torch.nn.LSTMCell" if group.cell else "torch.nn.LSTM", numbers, notes=notes)


def _nothing(tensors: Mapping[str, Stored], left: list[str]) -> CheckpointError:
    wanted = "No LSTM was found: weights named as torch.nn.LSTM names them (weight_ih_l0, …) were expected."
    return CheckpointError(" ".join([wanted, *left[:4], f"The file has {listed(tensors, most=6)}."]))


def _neighbours(tensors: Mapping[str, Stored], lstms: list[FoundLSTM]) -> Iterator[Neighbour]:
    """Matrices whose name and shape fit before or after one of the LSTMs."""
    for name, tensor in tensors.items():
        if len(tensor.shape) != 2 or not name.endswith("weight") or PARAMETER.match(name) or not all(tensor.shape):
            continue
        before = {lstm.name: _width("features", lstm.form.input_size) for lstm in lstms if _before(name, tensor, lstm)}
        after = {lstm.name: _width("states", lstm.form.output_size) for lstm in lstms if _after(tensor, lstm)}
        bias = tensors.get(name.removesuffix("weight") + "bias")
        fits = bias is not None and bias.shape == tensor.shape[:1]
        called = name.removesuffix(".weight")
        if before and not fits:
            yield Neighbour(called, "embedding", tensor.numbers(name), before)
        elif after:
            added = bias.numbers(f"{called}.bias") if bias is not None and fits else None
            yield Neighbour(called, "linear", tensor.numbers(name), after, added)


def _before(name: str, tensor: Stored, lstm: FoundLSTM) -> bool:
    return "emb" in name.lower() and tensor.shape[1] == lstm.form.input_size


def _after(tensor: Stored, lstm: FoundLSTM) -> bool:
    return tensor.shape[1] == lstm.form.output_size


def _width(of: str, size: int) -> str:
    return f"its {size:,} columns fit the {size:,} {of}"
