"""The model argument of the command line: a file's LSTM, or the name of a bundled model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lstm_viz.cli.errors import CommandError

if TYPE_CHECKING:
    import numpy as np

    from lstm_viz.bundled import ModelCard
    from lstm_viz.cells.feature_scaling import FeatureScaling
    from lstm_viz.checkpoints import Checkpoint


@dataclass(frozen=True, eq=False)
class ModelArgument:
    """A model ready to trace; `card` is there for a bundled model."""

    title: str
    module: Any
    card: ModelCard | None = None
    #: Embeddings of its file that fit before it, by name, each (kinds, features).
    embeddings: Mapping[str, np.ndarray] = field(default_factory=dict)

    #: Its answers, where they are known: (time, batch, outputs) -> (time, batch) texts.
    answer_texts: Callable[[np.ndarray], np.ndarray] | None = None

    def answers(self, output: np.ndarray) -> np.ndarray | None:
        """The answers to its outputs, (time, batch) texts; None where they are not known."""
        return None if self.answer_texts is None else self.answer_texts(output)

    @property
    def inputs(self) -> FeatureScaling | None:
        """The names, centre and scale of its features, where its file says them."""
        origin = getattr(self.module, "origin", None)
        return None if origin is None else origin.inputs

    @property
    def features(self) -> int:
        """Its input size."""
        return int(self.module.input_size)


def resolve_model(model: str, lstm: str = "", epoch: int | None = None) -> ModelArgument:
    """Resolve the argument: a file, or where there is none a bundled model's name.

    Raises CommandError or CheckpointError for what can't be opened, BadParameter where a choice is missing.
    """
    if Path(model).exists():
        return _model_from_file(Path(model), lstm, epoch)
    from lstm_viz.bundled import bundled_models

    cards = {card.key: card for card in bundled_models()}
    if model not in cards:
        raise CommandError(_unknown_model(model, list(cards)))
    from lstm_viz.bundled import load_bundled

    bundled = load_bundled(model)
    return ModelArgument(
        f"the bundled model “{cards[model].title}”", bundled.module, cards[model], answer_texts=bundled.answers
    )


def _model_from_file(path: Path, lstm: str, epoch: int | None) -> ModelArgument:
    from lstm_viz.checkpoints import open_path

    checkpoint = open_path(path, epoch=epoch)
    name = _matching_name(list(checkpoint.found), lstm, path.name)
    before = {n.name: n.weight for n in checkpoint.neighbours if n.kind == "embedding" and name in n.adjacent_to}
    answers = _answers_in_units(checkpoint, name)
    return ModelArgument(f"“{name}” of {path.name}", checkpoint.models[name], None, before, answers)


def _answers_in_units(checkpoint: Checkpoint, lstm: str) -> Callable[[np.ndarray], np.ndarray] | None:
    """The answers of the one head after an LSTM of which the file says what it predicts; None where there is none."""
    heads = [n for n in checkpoint.neighbours if n.kind == "linear" and n.outputs is not None and lstm in n.adjacent_to]
    if len(heads) != 1 or heads[0].outputs is None:
        return None
    from lstm_viz.checkpoints.apply_layers import apply_linear
    from lstm_viz.fitting.answers import format_in_units

    head, words = heads[0], format_in_units(heads[0].outputs)
    return lambda output: words(apply_linear(head, output))


def _matching_name(names: list[str], lstm: str, file: str) -> str:
    """The one LSTM that matches a name or a part of it; BadParameter for none or several.

    >>> _matching_name(["main/encoder", "main/decoder"], "decoder", "model.onnx")
    'main/decoder'
    """
    found = [lstm] if lstm in names else [name for name in names if lstm in name]
    if not found:
        raise typer.BadParameter(f"{file} has no LSTM named {lstm!r}. It has: {', '.join(names)}.", param_hint="--lstm")
    if len(found) > 1:
        raise typer.BadParameter(f"{file} holds {len(found)}; choose one: {', '.join(found)}.", param_hint="--lstm")
    return found[0]


def _unknown_model(model: str, names: list[str]) -> str:
    close = get_close_matches(model, names, 1)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"There is no file {model}, and no bundled model of that name.{meant} Bundled are: {', '.join(names)}."
