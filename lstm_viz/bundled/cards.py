"""Model cards of the bundled models, and the stored run that is shown first; read without torch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open

from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.fitting.scores import Score
from lstm_viz.storage.netcdf.read import load_trace
from lstm_viz.traces import Trace, Variant

#: The folder of weights, cards and the first view.
DATA_FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Finding:
    """A measured behaviour of a unit. `unit` counts from 0; None where it is about no single unit.

    `measure` says how `value` was measured, as `lstm_viz.bundled.behaviours.evaluate_measure` reads it.
    """

    unit: int | None
    text: str
    measure: str
    value: float


@dataclass(frozen=True)
class ModelCard:
    """The model card of one bundled model: its task, training, held-out score and findings.

    `score` and `baseline` are of `metric`, on data the model never learned from; `example` is the key
    of the example it is shown on.
    """

    key: str
    title: str
    description: str
    task: str
    variant: Variant
    hidden: int
    features: tuple[str, ...]
    metric: str
    score: float
    baseline: float
    baseline_name: str
    #: Whether score and baseline are shares of right answers; else they are errors.
    share: bool
    example: str
    trained: str
    answer_format: AnswerFormat
    findings: tuple[Finding, ...] = ()

    @property
    def held_out(self) -> Score:
        """Score and baseline on held-out data, with their sentence for the page."""
        return Score(self.metric, self.score, self.baseline, self.baseline_name, self.share)


def write_card(card: ModelCard, folder: Path = DATA_FOLDER) -> None:
    """Store a card as JSON beside its weights."""
    text = json.dumps(asdict(card), indent=2, ensure_ascii=False)
    (folder / f"{card.key}.json").write_text(text + "\n", encoding="utf-8")


def read_card(key: str, folder: Path = DATA_FOLDER) -> ModelCard:
    """The card of one model. KeyError where there is none."""
    if key not in _keys(folder):
        raise KeyError(f"No bundled model is named {key!r}; there are {', '.join(_keys(folder))}.")
    fields = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
    words, lists = fields["answer_format"].pop("words"), fields["answer_format"]
    answer_format = AnswerFormat(words, **{name: tuple(part) for name, part in lists.items()})
    findings = tuple(Finding(**finding) for finding in fields["findings"])
    known = {"answer_format": answer_format, "findings": findings, "features": tuple(fields["features"])}
    return ModelCard(**fields | known)


#: Keys of all bundled models, in the order of the page's list.
ORDER = ("recall", "recall-course", "recall-rnn", "brackets", "adding", "forecast", "characters")


def _keys(folder: Path = DATA_FOLDER) -> list[str]:
    return [key for key in ORDER if (folder / f"{key}.json").exists()]


def bundled_models() -> tuple[ModelCard, ...]:
    """The cards of all bundled models, in the order of the page's list."""
    return tuple(read_card(key) for key in _keys())


def head_weights(key: str, folder: Path = DATA_FOLDER) -> tuple[np.ndarray, np.ndarray]:
    """Weight, (answers, hidden), and bias of a bundled model's head, read without torch.

    >>> [part.shape for part in head_weights("recall")]
    [(3, 8), (3,)]
    """
    with safe_open(folder / f"{key}.safetensors", framework="numpy") as weights:
        return weights.get_tensor("head.weight"), weights.get_tensor("head.bias")


#: The bundled model and the example that the first picture shows.
FIRST_MODEL = "recall"
FIRST_TRACE, FIRST_ANSWERS = DATA_FOLDER / "first.nc", DATA_FOLDER / "first-answers.json"


def first_view() -> tuple[Trace, np.ndarray]:
    """The stored run of `FIRST_MODEL` on its example, and the model's answer at each step, (time, batch) texts.

    >>> run, answers = first_view()
    >>> run.layers[0].cell_state.shape, answers.shape
    ((24, 8, 8), (24, 8))
    """
    return load_trace(FIRST_TRACE), np.array(json.loads(FIRST_ANSWERS.read_text(encoding="utf-8")))
