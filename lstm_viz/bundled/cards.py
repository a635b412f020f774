"""Model cards of the bundled models, and the stored run that is shown first; read without torch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.fitting.scores import Score
from lstm_viz.storage.netcdf.read import load_trace
from lstm_viz.traces import Trace, Variant

#: Where weights, cards and the first view are stored.
BUNDLED = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Finding:
    """Something to be seen in the picture. `unit` counts from 0; None where it is about no single unit.

    `measure` says how `value` was found, as `lstm_viz.bundled.behaviours` reads it.
    """

    unit: int | None
    text: str
    measure: str
    value: float


@dataclass(frozen=True)
class ModelCard:
    """One bundled model: what it does, how it was trained, how well it does, what can be seen.

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
    answering: AnswerFormat
    findings: tuple[Finding, ...] = ()

    @property
    def held_out(self) -> Score:
        """Score and baseline together, with their sentence for the page."""
        return Score(self.metric, self.score, self.baseline, self.baseline_name, self.share)


def write_card(card: ModelCard, folder: Path = BUNDLED) -> None:
    """Store a card as JSON beside its weights."""
    text = json.dumps(asdict(card), indent=2, ensure_ascii=False)
    (folder / f"{card.key}.json").write_text(text + "\n", encoding="utf-8")


def read_card(key: str, folder: Path = BUNDLED) -> ModelCard:
    """The card of one model. KeyError where there is none."""
    if key not in _keys(folder):
        raise KeyError(f"No bundled model is named {key!r}; there are {', '.join(_keys(folder))}.")
    fields = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
    words, lists = fields["answering"].pop("words"), fields["answering"]
    answering = AnswerFormat(words, **{name: tuple(part) for name, part in lists.items()})
    findings = tuple(Finding(**finding) for finding in fields["findings"])
    known = {"answering": answering, "findings": findings, "features": tuple(fields["features"])}
    return ModelCard(**fields | known)


#: The order in which a person meets them.
ORDER = ("recall", "recall-course", "recall-rnn", "brackets", "adding", "forecast", "characters")


def _keys(folder: Path = BUNDLED) -> list[str]:
    return [key for key in ORDER if (folder / f"{key}.json").exists()]


def bundled_models() -> tuple[ModelCard, ...]:
    """The cards of all bundled models, in the order in which a person meets them."""
    return tuple(read_card(key) for key in _keys())


#: The bundled model and the example that the first picture shows.
FIRST = "recall"
TRACE, ANSWERS = BUNDLED / "first.nc", BUNDLED / "first-answers.json"


def first_view() -> tuple[Trace, np.ndarray]:
    """The stored run of `FIRST` on its example, and what the model says at each step, (time, batch) texts.

    >>> run, answers = first_view()
    >>> run.layers[0].cell_state.shape, answers.shape
    ((24, 8, 8), (24, 8))
    """
    return load_trace(TRACE), np.array(json.loads(ANSWERS.read_text(encoding="utf-8")))
