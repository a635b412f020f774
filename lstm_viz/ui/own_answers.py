"""What a person's model answers: its output through the linear layer that stands after it, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.checkpoints.found import FoundLSTM, Neighbour
from lstm_viz.checkpoints.surroundings import scores
from lstm_viz.checkpoints.vocabularies import Vocabulary
from lstm_viz.models.answering import Answering

NOTHING = "nothing: only its states are looked at"
WAYS = {"softmax": "the likeliest of them, by softmax", "sigmoid": "each from 0 to 1, by sigmoid", "": "as numbers"}
#: Outputs that are written out.
MOST = 3


class Saying(NamedTuple):
    """Which layer the answer is read from, and how."""

    head: Neighbour
    #: softmax, sigmoid or "".
    way: str
    labels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What tells it from others."""
        return f"{self.head.name} {self.way} {hash(self.labels)}"

    def texts(self, output: np.ndarray) -> np.ndarray:
        """(time, batch) texts for an LSTM's output, (time, batch, states)."""
        found = scores(self.head, output)
        if self.way == "softmax":
            labels = self.labels or tuple(f"output {k + 1}" for k in range(found.shape[-1]))
            return Answering("says {label} ({percent} %)", labels=labels)(found)
        if self.way == "sigmoid":
            found = 1 / (1 + np.exp(-np.clip(found, -60, 60)))
        shown = found[..., :MOST]
        words = ", ".join(f"{{{k}:.3g}}" for k in range(shown.shape[-1])) + (" …" if found.shape[-1] > MOST else "")
        return Answering(f"says {words}")(shown)


def choose_saying(
    key: str, lstm: FoundLSTM, neighbours: Sequence[Neighbour], vocabulary: Vocabulary | None
) -> Saying | None:
    """What is read out of the output, chosen where something stands after it; None for nothing."""
    heads = {f"“{n.name}”, {n.shape[0]:,} out": n for n in neighbours if n.kind == "linear" and lstm.name in n.beside}
    if not heads:
        return None
    chosen = str(st.selectbox("It answers through", [*heads, NOTHING], key=f"answers {key}"))
    if chosen == NOTHING:
        return None
    head = heads[chosen]
    of_tokens = vocabulary is not None and len(vocabulary.tokens) == head.shape[0]
    known = head.activation if head.activation in WAYS else ""
    usual = known or ("softmax" if of_tokens else "")
    options = [way for way in WAYS if way != "softmax" or head.shape[0] > 1]
    way = st.selectbox(
        "Read", options, options.index(usual), format_func=WAYS.__getitem__, key=f"answers as {key} {head.name} {usual}"
    )
    return Saying(head, str(way), vocabulary.labels if vocabulary is not None and of_tokens else ())
