"""A module of a file that holds whole objects: its class, which a state_dict does not say."""

from __future__ import annotations

from dataclasses import dataclass

#: Classes of torch whose forward is the LSTM's.
TORCH_CLASSES = {
    "torch.nn.modules.rnn.LSTM": "torch.nn.LSTM",
    "torch.nn.modules.rnn.LSTMCell": "torch.nn.LSTMCell",
}


@dataclass(frozen=True)
class StoredModule:
    """The class and the settings of one module, found in the file by the path of its parameters.

    >>> StoredModule("torch.nn.modules.rnn.LSTMCell").torch_name, StoredModule("net.MyCell").torch_name
    ('torch.nn.LSTMCell', '')
    """

    #: Its class with the package that it is from, as in "torch.nn.modules.rnn.LSTM".
    class_name: str
    batch_first: bool = False

    @property
    def torch_name(self) -> str:
        """torch.nn.LSTM or torch.nn.LSTMCell, where it is one of these itself; else "", for a subclass too."""
        return TORCH_CLASSES.get(self.class_name, "")
