"""Break a gate and count: what is still answered right with a gate held, as a question and as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lstm_viz.bundled.held_gates import HELD_VALUES, HeldGateOutcome, HeldGateOutcomes
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.moment import BEATS
from lstm_viz.lessons.exercises import Exercise, theme_colours
from lstm_viz.lessons.page_text import question_items, text_item
from lstm_viz.lessons.questions import Question

KEY = "gate-count"
#: The gate that a lesson holds, by its name in a trace, and the value that is asked about where it does harm.
HELD_IN_LESSON = {
    "learn_gate": ("input_gate", 1.0),
    "forget_gate": ("forget_gate", 0.5),
    "use_gate": ("output_gate", 0.0),
}
#: The page's words for each: the factor, the gate, and the role of its colour.
WORDS = {
    "input_gate": ("ignore factor", "learn gate", "learn"),
    "forget_gate": ("forget factor", "forget gate", "forget"),
    "output_gate": ("use factor", "use gate", "use"),
}
#: Of more answers than these the share is told.
MAX_COUNTED = 200
#: A memory that changes by less is written with the same two digits.
UNCHANGED = 0.005
#: A share of right answers above which a single answer is right by luck; below it, hardly ever.
LUCKY_SHARE = 0.01
#: A memory smaller than this is no example of one that is hidden.
WORTH_HIDING = 0.1


def gate_count_exercise(lesson: str, found: HeldGateOutcomes) -> Exercise | None:
    """The exercise of a gate's lesson over a bundled model; None where the lesson holds no gate.

    >>> from lstm_viz.bundled.held_gates import held_gate_outcomes
    >>> made = gate_count_exercise("forget_gate", held_gate_outcomes("recall"))
    >>> made.data["outcomes"][5]["score"], made.data["trained"]["score"]
    ('5 of 11 questions right', '11 of 11 questions right')
    """
    if lesson not in HELD_IN_LESSON:
        return None
    gate, usual = HELD_IN_LESSON[lesson]
    place = _place_asked(found, gate, usual)
    asked = None if place is None else count_question(found, gate, place)
    factor, name, hue = WORDS[gate]
    said = (
        f"Now break the {name} yourself, below the pictures. Hold its factor at each value in turn: where does it "
        "begin to go wrong? A button there brings the picture to the step, in the run as it was."
    )
    items = (*([] if asked is None else question_items(asked)), text_item(said, (KEY,)))
    order = sorted(range(len(found.questions)), key=lambda k: (found.questions[k][1], found.questions[k][0]))
    scores = [found.as_trained, *(each.score for each in found.outcomes[gate])]
    return Exercise(
        KEY,
        items,
        {
            "title": f"Break the {name} and count",
            "lead": _lead(found, factor),
            "hold": f"Hold the {factor} of every unit, at every step, at",
            "trained": _trained(found, max(scores)),
            "outcomes": tuple(_outcome(found, gate, k, max(scores), order) for k in range(len(HELD_VALUES))),
            "questions": tuple(_chip(*found.questions[k]) for k in order),
            "usual": place,
            "ask": "" if asked is None else asked.text,
            "hue": hue,
            "palettes": theme_colours(),
        },
    )


def _place_asked(found: HeldGateOutcomes, gate: str, usual: float) -> int | None:
    """The value to ask about: the usual one where it does harm, or else the worst; None where none does."""
    place = HELD_VALUES.index(usual)
    if found.loses(gate, place):
        return place
    scores = [each.score for each in found.outcomes[gate]]
    worst = scores.index(min(scores) if found.total else max(scores))
    return worst if found.loses(gate, worst) else None


def count_question(found: HeldGateOutcomes, gate: str, place: int) -> Question:
    """How well the model still does with a gate held at the value at a place of `HELD_VALUES`."""
    outcome, factor = found.outcomes[gate][place], WORDS[gate][0]
    held = f"the {factor} of every unit is held at {plain(HELD_VALUES[place], 1)}, at every step"
    if found.total:
        text = (
            f"As trained, the network gets {_score_line(found, found.as_trained)}. Now {held}. How many are right then?"
        )
    else:
        text = (
            f"As trained, the mean error of {found.counted} is {score_text(found, found.as_trained)}. Now {held}. "
            "What is the mean error then?"
        )
    scores = {score_text(found, score): score for score in _options(found, gate, outcome.score)}
    ordered = sorted(scores, key=lambda option: scores[option])
    right = ordered.index(score_text(found, outcome.score))
    reveal = " ".join([f"{score_text(found, outcome.score)}.", *_lines(found, gate, outcome)])
    why = tuple("" if k == right else _mistake(found, gate, option) for k, option in enumerate(ordered))
    return Question(text, tuple(ordered), right, reveal, why=why)


def _mistake(found: HeldGateOutcomes, gate: str, option: str) -> str:
    """What a wrong option would be right for."""
    if option == score_text(found, found.as_trained):
        return "So it is with nothing held."
    scores = [score_text(found, each.score) for each in found.outcomes[gate]]
    if option in scores:
        return f"So it is with the factor held at {plain(HELD_VALUES[scores.index(option)], 1)}."
    return ""


def _options(found: HeldGateOutcomes, gate: str, right: float) -> list[float]:
    """Three scores that are written differently: the right one, the one as trained, and one more from the same gate."""
    chosen = [right]
    others = [found.as_trained, *sorted({each.score for each in found.outcomes[gate]}, key=lambda s: -abs(s - right))]
    further = [found.total // 2, 0, found.total] if found.total else [2 * right, right / 2]
    for other in [*others[:1], *others[2:], *others[1:2], *further]:
        if len(chosen) < 3 and score_text(found, other) not in [score_text(found, known) for known in chosen]:
            chosen.append(other)
    return chosen


def score_text(found: HeldGateOutcomes, score: float) -> str:
    """A score in short: "5 of 11", a share of many, or an error with its unit."""
    if not found.total:
        unit = f" {found.unit_of_measurement}" if found.unit_of_measurement else ""
        return f"{plain(score, 1 if unit else 3)}{unit}"
    if found.total <= MAX_COUNTED:
        return f"{int(score)} of {found.total}"
    return f"{plain(100 * score / found.total, 1)} %"


def _lead(found: HeldGateOutcomes, factor: str) -> str:
    ran = f"The whole example ran again with the {factor} held, once for each value."
    if found.total:
        return f"{ran} What is counted: {found.total:,} {found.counted}. A value that was tried keeps its bar."
    return (
        f"{ran} The bars show the mean error of {found.counted}: lower is better. A value that was tried keeps its bar."
    )


def _score_line(found: HeldGateOutcomes, score: float) -> str:
    if found.total:
        return f"{score_text(found, score)}{'' if found.total <= MAX_COUNTED else ' of the'} {found.counted} right"
    return f"Off by {score_text(found, score)} on average"


def _short(found: HeldGateOutcomes, score: float) -> str:
    if not found.total:
        return plain(score, 1 if found.unit_of_measurement else 2)
    return f"{int(score)}" if found.total <= MAX_COUNTED else f"{plain(100 * score / found.total, 0)} %"


def _trained(found: HeldGateOutcomes, most: float) -> dict[str, Any]:
    right = tuple(True for _ in found.questions) if found.as_trained == found.total else ()
    return {
        "value": "trained",
        "height": found.as_trained / most if most else 0.0,
        "short": _short(found, found.as_trained),
        "score": _score_line(found, found.as_trained),
        "lines": ("Nothing is held: this is the run in the pictures.",),
        "right": right,
        "place": None,
        "go": "",
    }


def _outcome(found: HeldGateOutcomes, gate: str, place: int, most: float, order: Sequence[int]) -> dict[str, Any]:
    outcome = found.outcomes[gate][place]
    where = outcome.place
    moment = None if where is None else {"step": where[0], "sequence": where[1], "beat": len(BEATS) - 1}
    return {
        "value": plain(HELD_VALUES[place], 1),
        "height": outcome.score / most if most else 0.0,
        "short": _short(found, outcome.score),
        "score": _score_line(found, outcome.score),
        "lines": tuple(_lines(found, gate, outcome)),
        "right": tuple(outcome.right[k] for k in order),
        "place": moment,
        "go": "" if where is None else f"Go {_where(found, outcome).replace('at', 'to', 1)}",
    }


def _lines(found: HeldGateOutcomes, gate: str, outcome: HeldGateOutcome) -> list[str]:
    """What happened: where it goes wrong first, one answer to all, and what became of the memory there."""
    if outcome.place is None:
        return ["No right answer is lost."]
    where, unit = _where(found, outcome), f" {found.unit_of_measurement}" if found.unit_of_measurement else ""
    if found.total:
        said, wanted = _quoted(outcome.said), _quoted(outcome.wanted)
        first = f"The first one that is lost is {where}: it says {said}, and {wanted} is right."
    else:
        first = f"It is furthest off {where}: it says {outcome.said}{unit}, and {outcome.wanted}{unit} is right."
    return [first, *_always(found, outcome), *_memory(outcome, gate)]


def _where(found: HeldGateOutcomes, outcome: HeldGateOutcome) -> str:
    assert outcome.place is not None
    step, sequence = outcome.place
    return f"at step {step + 1:,}" + (f" of sequence {sequence + 1}" if found.sequences > 1 else "")


def _always(found: HeldGateOutcomes, outcome: HeldGateOutcome) -> list[str]:
    if not outcome.always:
        return []
    lucky = outcome.score > LUCKY_SHARE * found.total
    return [f"It now says {_quoted(outcome.always)} each time" + (": what is right is luck." if lucky else ".")]


def _memory(outcome: HeldGateOutcome, gate: str) -> list[str]:
    was, now = (signed(value) for value in outcome.memory)
    unit = f"unit {outcome.unit + 1}"
    if outcome.memory_change < UNCHANGED:
        if gate != "output_gate" or was != now or abs(outcome.memory[0]) < WORTH_HIDING:
            return []
        return [f"But {unit} holds {was} in its long-term memory there, as before: hidden, not lost."]
    if was == now:
        return []
    changed = f"The long-term memory of {unit} there was {was} and is {now} now."
    if gate != "output_gate":
        return [changed]
    return [f"{changed} In this network the gates read what the use gate shows, so holding it changes LTM too."]


def _quoted(answer: str) -> str:
    return answer if any(sign.isalnum() for sign in answer) else f"“{answer}”"


def _chip(step: int, sequence: int, wanted: str) -> dict[str, Any]:
    return {
        "label": f"{sequence + 1}: {wanted}",
        "title": f"Sequence {sequence + 1}, step {step + 1}: {wanted} is right",
        "place": {"step": step, "sequence": sequence, "beat": len(BEATS) - 1},
    }
