"""A module of a file that holds whole objects: its class and settings, which a state_dict does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Classes whose parameters mean what torch.nn.LSTM's and nn.LSTMCell's do.
TORCH_CLASSES = {
    "torch.nn.modules.rnn.LSTM": "torch.nn.LSTM",
    "torch.nn.modules.rnn.LSTMCell": "torch.nn.LSTMCell",
    **{
        f"torch.{package}.quantized.dynamic.modules.rnn.{name}": f"torch.{package}.quantized.dynamic.{name}"
        for package in ("nn", "ao.nn")
        for name in ("LSTM", "LSTMCell")
    },
}
Setting = bool | int | float | str


@dataclass(frozen=True)
class StoredModule:
    """What a file says of one module, found by the path of its parameters.

    >>> StoredModule("torch.nn.modules.rnn.LSTMCell").torch_name, StoredModule("net.MyCell").torch_name
    ('torch.nn.LSTMCell', '')
    """

    #: Its class with the package that it is from, as in "torch.nn.modules.rnn.LSTM".
    class_name: str
    #: Its attributes that are plain values: batch_first, dropout, bidirectional ...
    settings: Mapping[str, Setting] = field(default_factory=dict)
    #: What is true of this module in the file and not of its weights alone, a sentence each.
    notes: tuple[str, ...] = ()
    #: Whether its program gives it the last step first: its weights are those of a backward direction.
    reversed: bool = False

    @property
    def torch_name(self) -> str:
        """torch.nn.LSTM or torch.nn.LSTMCell, where it is one of these itself; else "", for a subclass too."""
        return TORCH_CLASSES.get(self.class_name, "")

    @property
    def batch_first(self) -> bool:
        """Whether it takes the batch before the time."""
        return self.settings.get("batch_first") is True


#: The modules of a file by the prefix of their parameters' names, as in "encoder.lstm"; "" is the whole model.
StoredModules = Mapping[str, StoredModule]
