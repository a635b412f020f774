"""Texts round the samples of the character model: a question about a bracket, what each checkpoint guesses right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from lstm_viz.bundled.character_samples import (
    DRAWS,
    DRAWS_TEMPERATURE,
    LENGTH,
    OPENING,
    TEMPERATURES,
    CheckpointSamples,
    TextSample,
)
from lstm_viz.lessons.placeholders import percent
from lstm_viz.lessons.questions import Question
from lstm_viz.sequences.formatting import plural

LABELS = {
    "updates": "Updates of training",
    "reads": "It reads",
    "text": "the true text",
    "own": "what it writes itself",
    "temperature": "Temperature",
}
FELT = (
    "Point at a character: the darker an earlier one, and the higher its bar, the more it was felt, which is how much "
    "the choice would change with it (its gradient)."
)
KEYS = {
    "text": f"Dotted: the model would have written another character there. {FELT}",
    "own": f"Grey is the beginning that it was given. At temperature 1 each character is drawn as often as the model "
    f"says, below 1 the likely ones more often. {FELT}",
}
#: A felt character that is further back than this is not of the same few letters.
FAR = 4


def generated_text(checkpoints: Sequence[CheckpointSamples]) -> str:
    """All that the component of the samples shows (`player/frontend/generated-text.js`), as JSON."""
    asked, last = bracket_question(checkpoints), checkpoints[-1]
    content: dict[str, Any] = {
        "opening": OPENING,
        "temperatures": TEMPERATURES,
        "labels": LABELS,
        "keys": KEYS,
        "place": _farthest_felt(last.samples[0]),
        "question": asked._asdict() | {"temperature": DRAWS_TEMPERATURE},
        "checkpoints": [asdict(each) | {"about": describe_checkpoint(each)} for each in checkpoints],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def describe_checkpoint(checkpoint: CheckpointSamples) -> dict[str, str]:
    """How much a checkpoint guesses right, where the true text is read and where its own is."""
    read = next(sample for sample in checkpoint.samples if sample.temperature is None)
    right = sum(guess == true for guess, true in zip(read.guesses, read.text, strict=True))
    when = f"After {plural(checkpoint.updates, 'update')}" if checkpoint.updates else "Before its training"
    own = (
        f"{when} the model guesses {percent(checkpoint.accuracy)} of the next characters right in a text that it did "
        "not learn from"
    )
    return {"text": f"{own}, and {right} of the {len(read.text)} shown here.", "own": f"{own}."}


def bracket_question(checkpoints: Sequence[CheckpointSamples]) -> Question:
    """The question in how many of its draws the trained model closes the bracket that the opening opens."""
    few, many = DRAWS // 4, DRAWS - DRAWS // 4
    options = (f"at most {few} times", f"{few + 1} to {many - 1} times", f"at least {many} times")
    *earlier, last = checkpoints
    right = 0 if last.closed <= few else 2 if last.closed >= many else 1
    before = ", ".join(
        f"{each.closed} after {plural(each.updates, 'update')}" if each.updates else f"{each.closed} before training"
        for each in earlier
    )
    text = (
        f"Guess first: “{OPENING}” opens a bracket. From there the trained model writes {LENGTH} characters by itself, "
        f"{DRAWS} times, at temperature {DRAWS_TEMPERATURE}. How often does it close the bracket?"
    )
    reveal = f"It closes it in {last.closed} of {DRAWS}. Earlier in its training: {before}."
    if _draws_evenly(checkpoints[0]):
        reveal += " Before training every character is about as likely, so a closing bracket comes by chance."
    return Question(text, options, right, reveal)


def _draws_evenly(checkpoint: CheckpointSamples) -> bool:
    """Whether no character was drawn with a chance of more than 5 %, at temperature 1."""
    return all(max(sample.chances) <= 5 for sample in checkpoint.samples if sample.temperature == 1)


def _farthest_felt(sample: TextSample) -> int:
    """The place whose guess felt most of what is further back."""
    return max(range(len(sample.felt)), key=lambda place: sum(sample.felt[place][FAR:]))
