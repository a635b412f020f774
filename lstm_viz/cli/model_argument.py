"""Which model is meant: a file's LSTM, or a bundled one by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lstm_viz.cli.refusals import Refusal

if TYPE_CHECKING:
    import numpy as np

    from lstm_viz.bundled import ModelCard


@dataclass(frozen=True, eq=False)
class Picked:
    """A model ready to trace; `card` is there for a bundled one."""

    title: str
    module: Any
    card: ModelCard | None = None
    #: The state that its file starts it from, (h_0, c_0), each (layers * directions, batch, units).
    start: tuple[np.ndarray, np.ndarray] | None = None
    notes: tuple[str, ...] = ()
    #: Embeddings of its file that fit before it, by name, each (kinds, features).
    embeddings: Mapping[str, np.ndarray] = field(default_factory=dict)

    #: What it says at each step, where that is known: (time, batch, outputs) -> (time, batch) texts.
    say: Callable[[np.ndarray], np.ndarray] | None = None

    def answers(self, output: np.ndarray) -> np.ndarray | None:
        """What it says to its outputs, None where that is not known."""
        return None if self.say is None else self.say(output)

    @property
    def features(self) -> int:
        """How many features it reads a step."""
        return int(self.module.input_size)

    def start_for(self, sequences: int) -> tuple[np.ndarray, np.ndarray] | None:
        """The state to start so many sequences from; None starts from zero.

        Raises Refusal where the file's own is of another number of sequences.
        """
        if self.start is None:
            return None
        held = self.start[0].shape[1]
        if held not in (1, sequences):
            raise Refusal(f"The model's file starts {held} sequences from states of its own; {sequences} came.")
        hidden, cell = (part if held == sequences else part.repeat(sequences, axis=1) for part in self.start)
        return hidden, cell


def picked(model: str, lstm: str = "") -> Picked:
    """The model that was meant: a file, or where there is none a bundled model's name.

    Raises Refusal or CheckpointError for what can't be opened, BadParameter where a choice is missing.
    """
    if Path(model).exists():
        return _of_file(Path(model), lstm)
    from lstm_viz.bundled import bundled_models

    cards = {card.key: card for card in bundled_models()}
    if model not in cards:
        raise Refusal(_nothing(model, list(cards)))
    from lstm_viz.bundled import load_bundled

    bundled = load_bundled(model)
    return Picked(f"the bundled model “{cards[model].title}”", bundled.module, cards[model], say=bundled.answers)


def _of_file(path: Path, lstm: str) -> Picked:
    from lstm_viz.checkpoints import open_checkpoint

    checkpoint = open_checkpoint(path.read_bytes(), path.name)
    name = _name(list(checkpoint.found), lstm, path.name)
    found = checkpoint.found[name]
    before = {n.name: n.weight for n in checkpoint.neighbours if n.kind == "embedding" and name in n.adjacent_to}
    return Picked(f"“{name}” of {path.name}", checkpoint.models[name], None, found.initial_state, found.notes, before)


def _name(names: list[str], lstm: str, file: str) -> str:
    """The LSTM that is meant, by its name or a part of it; nothing is chosen in silence.

    >>> _name(["main/encoder", "main/decoder"], "decoder", "model.onnx")
    'main/decoder'
    """
    found = [lstm] if lstm in names else [name for name in names if lstm in name]
    if not found:
        raise typer.BadParameter(f"{file} has no LSTM named {lstm!r}. It has: {', '.join(names)}.", param_hint="--lstm")
    if len(found) > 1:
        raise typer.BadParameter(f"{file} holds {len(found)}; choose one: {', '.join(found)}.", param_hint="--lstm")
    return found[0]


def _nothing(model: str, names: list[str]) -> str:
    close = get_close_matches(model, names, 1)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"There is no file {model}, and no bundled model of that name.{meant} Bundled are: {', '.join(names)}."
