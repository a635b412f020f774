"""Run the lessons' what-ifs of the bundled models beforehand: `python -m scripts.run_what_ifs`.

Every model that has right answers runs on its example once for each of three gates and eleven values at which it is
held: about two minutes on one core, nearly all of it for the long runs. Both recall models run once more with a little
more learned at one step.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.what_if import hold, perturb_learned
from lstm_viz.bundled.cards import bundled_models
from lstm_viz.bundled.held_gates import (
    HELD_GATES_FILE,
    HELD_VALUES,
    MAX_LISTED_QUESTIONS,
    HeldGateOutcome,
    HeldGateOutcomes,
)
from lstm_viz.bundled.models import BundledModel, load_bundled
from lstm_viz.bundled.perturbed_learning import AMOUNT, FIRST_KEPT, LAST_KEPT, PERTURBED_FILE, SEQUENCE, STEP
from lstm_viz.bundled.river import river_series
from lstm_viz.fitting.network import head_scores
from lstm_viz.recording.trace import trace
from lstm_viz.sequences.examples import example_task, load_example
from lstm_viz.sequences.formatting import VISIBLE_CHARACTERS
from lstm_viz.traces import Trace

#: A memory that changes by less is written with the same two digits.
SMALLEST_CHANGE = 0.005
GATES = ("forget_gate", "input_gate", "output_gate")


class Answers(NamedTuple):
    """The right answers of a run: (time, batch) each, NaN or "" where nothing is asked."""

    wanted: np.ndarray
    asked: np.ndarray
    counted: str
    unit_of_measurement: str = ""
    #: Whether answers are numbers that are off by more or less; else they are right or wrong.
    are_numbers: bool = False
    digits: int = 0


def right_answers(model: BundledModel) -> Answers | None:
    """What is right at each step of the model's example; None where nobody knows."""
    task, example = model.card.task, model.card.example
    if task == "recall":
        found = example_task(example)
        return Answers(np.array(model.labels)[found.targets.astype(int)], found.target_mask, "questions")
    if task == "brackets":
        found = example_task(example)
        return Answers(found.targets, found.target_mask, "steps")
    if task == "adding":
        found = example_task(example)
        return Answers(found.targets, found.target_mask, "the sum", "", True, 2)
    if task == "characters":
        batch = load_example(example)
        signs = np.array(batch.names)[batch.values.argmax(axis=-1)]  # step labels write a blank as "␣"
        following = np.concatenate([signs[1:], np.full((1, signs.shape[1]), "")])
        asked = np.ones(signs.shape, dtype=bool)
        asked[-1] = False
        return Answers(following, asked, "next characters")
    if task == "forecast":
        tomorrow = river_series().tomorrow
        wanted = np.append(tomorrow, np.nan)[:, None]
        return Answers(wanted, np.isfinite(wanted), "tomorrow’s discharge", "m³/s", True, 0)
    return None


def said_answers(model: BundledModel, output: np.ndarray, are_numbers: bool) -> np.ndarray:
    """What the model answers at each step, (time, batch): labels, whole numbers, or numbers."""
    scores, form = head_scores(model.head, output), model.answer_format
    if form.labels:
        return np.array(form.labels)[scores.argmax(axis=-1)]
    values = scores[..., 0] * form.scale[0] + form.offset[0]
    return values if are_numbers else values.round()


def outcome(model: BundledModel, answers: Answers, before: Trace, after: Trace) -> HeldGateOutcome:
    """What came out of a run with a gate held."""
    first, said = (said_answers(model, run.output, answers.are_numbers) for run in (before, after))
    asked = np.argwhere(answers.asked)
    if answers.are_numbers:
        errors = np.abs(said - answers.wanted)[answers.asked]
        score, place = float(errors.mean()), asked[int(errors.argmax())]
        right: list[bool] = []
    else:
        correct = (said == answers.wanted)[answers.asked]
        lost = np.flatnonzero((first == answers.wanted)[answers.asked] & ~correct)
        score, place = int(correct.sum()), asked[lost[0]] if lost.size else None
        right = correct.tolist() if len(correct) <= MAX_LISTED_QUESTIONS else []
    was, now = (np.asarray(run.layers[0].memory, float) for run in (before, after))
    given = {as_text(each, answers.digits) for each in said[answers.asked].tolist()} if not answers.are_numbers else {}
    where = None if place is None else (int(place[0]), int(place[1]))
    unit = 0 if where is None else telling_unit(was[where], now[where])
    return HeldGateOutcome(
        score=round(score, 5) if answers.are_numbers else score,
        place=where,
        said="" if where is None else as_text(said[where], answers.digits),
        wanted="" if where is None else as_text(answers.wanted[where], answers.digits),
        unit=unit,
        memory=(0.0, 0.0) if where is None else tuple(round(float(each[(*where, unit)]), 4) for each in (was, now)),
        memory_change=round(float(np.nanmax(np.abs(now - was))), 6),
        right=tuple(right),
        always=next(iter(given)) if len(given) == 1 else "",
    )


def telling_unit(was: np.ndarray, now: np.ndarray) -> int:
    """The unit whose memory differs most, or the one that holds most where none differs to two digits."""
    change = np.abs(now - was)
    return int(change.argmax() if change.max() >= SMALLEST_CHANGE else np.abs(was).argmax())


def as_text(answer: object, digits: int) -> str:
    """An answer as it is shown."""
    if isinstance(answer, str):
        return VISIBLE_CHARACTERS.get(answer, answer)
    return f"{float(answer) + 0:.{digits}f}".replace("-", "−")  # type: ignore[arg-type]


def count(key: str) -> HeldGateOutcomes | None:
    """All outcomes of one model."""
    model = load_bundled(key)
    answers = right_answers(model)
    if answers is None or model.card.variant == "rnn":
        return None
    batch = load_example(model.card.example)
    run = trace(model.module, batch.values, lengths=batch.lengths, device="cpu")
    outcomes = {
        gate: tuple(outcome(model, answers, run, hold(run, run.layers[0].name, gate, value)) for value in HELD_VALUES)
        for gate in GATES
    }
    asked = np.argwhere(answers.asked).tolist()
    listed = asked if not answers.are_numbers and len(asked) <= MAX_LISTED_QUESTIONS else []
    return HeldGateOutcomes(
        total=0 if answers.are_numbers else len(asked),
        counted=answers.counted,
        unit_of_measurement=answers.unit_of_measurement,
        as_trained=outcome(model, answers, run, run).score,
        sequences=len(run.lengths),
        questions=tuple((step, row, as_text(answers.wanted[step, row], answers.digits)) for step, row in listed),
        outcomes=outcomes,
    )


def perturbed(key: str) -> dict[str, object]:
    """How STM of a recall model changes where the unit that its card names first learns a little more."""
    model = load_bundled(key)
    run = trace(model.module.double(), load_example(model.card.example).values.astype(float), device="cpu")
    unit = next(found.unit for found in model.card.findings if found.unit is not None)
    after = perturb_learned(run, run.layers[0].name, AMOUNT, step=STEP, unit=unit, sequence=SEQUENCE)
    change = np.asarray(after.output - run.output)[FIRST_KEPT : LAST_KEPT + 1, SEQUENCE]
    return {"unit": unit, "changes": (change + 0.0).round(8).tolist()}


if __name__ == "__main__":
    both = {"standard": perturbed("recall"), "course": perturbed("recall-course")}
    PERTURBED_FILE.write_text(json.dumps(both, separators=(",", ":")) + "\n", encoding="utf-8")
    print({variant: [round(sum(map(abs, row)), 4) for row in found["changes"]] for variant, found in both.items()})  # type: ignore[attr-defined]
    counted = {card.key: count(card.key) for card in bundled_models()}
    stored = {key: asdict(found) for key, found in counted.items() if found is not None}
    HELD_GATES_FILE.write_text(json.dumps(stored, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    for key, found in stored.items():
        print(key, found["as_trained"], "of", found["total"])
        for gate, each in found["outcomes"].items():
            print("  ", gate, [one["score"] for one in each])
    print(f"{HELD_GATES_FILE.name}: {HELD_GATES_FILE.stat().st_size:,} bytes")
