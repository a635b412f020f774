"""A module as its file describes it beside the weights: its class and those settings that are plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Classes whose parameters mean what torch.nn.LSTM's and nn.LSTMCell's do.
PLAIN_CLASSES = {
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
class SavedModule:
    """What a whole model's file says of one of its modules.

    >>> SavedModule("models.LayerNormLSTMCell").is_plain
    False
    """

    #: As in torch.nn.modules.rnn.LSTM.
    class_name: str
    #: Its attributes that are plain values: batch_first, dropout, bidirectional ...
    settings: Mapping[str, Setting] = field(default_factory=dict)
    #: How many hooks of its own run before or after its forward, or in place of it.
    hooks: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether its class is torch's own LSTM or LSTMCell, so that its weights mean what these do."""
        return self.class_name in PLAIN_CLASSES

    @property
    def kind(self) -> str:
        """Its class as people write it."""
        return PLAIN_CLASSES.get(self.class_name, self.class_name)


#: The modules of a file by the prefix of their parameters' names, as in "encoder.lstm"; "" is the whole model.
SavedModules = Mapping[str, SavedModule]
