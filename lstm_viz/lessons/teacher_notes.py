"""A teacher's notes on each lesson: minutes, what a class is likely to think, what to ask before →, what it should see.

What is said of a run comes from its trace: the lesson's own question and statements with their answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape
from typing import Any, NamedTuple


class Ask(NamedTuple):
    """A question of the teacher's: when to ask it, the question, and what the class should see or say then."""

    when: str
    question: str
    see: str


class Notes(NamedTuple):
    """The notes on one lesson. None of it depends on which run is on the screen."""

    minutes: int
    misconception: str
    asks: tuple[Ask, ...]


NOTES = {
    "basics": Notes(
        12,
        "The network looks back at the letters that came before. It cannot: it has one event and two memories.",
        (
            Ask(
                "Before the second event comes in",
                "What does the network still know of the first one?",
                "Only what stands in the rows of LTM and STM. The event itself is gone.",
            ),
            Ask(
                "Before → to what was kept and learned",
                "The unit holds a number, something is kept, something is learned. What will it hold?",
                "The two pipes meet: kept + learned is the new LTM.",
            ),
            Ask(
                "At the end",
                "Which of the two memories does the answer come from?",
                "From STM: the pipe to the answer begins at the lower row.",
            ),
        ),
    ),
    "rnn_vs_lstm": Notes(
        12,
        "A plain RNN cannot remember. It can, but it is hard to teach: what is left of the gradient is too small.",
        (
            Ask(
                "Before the gradients",
                "At each step back half is left. How much is left after 20 steps?",
                "About a millionth: 0.5 twenty times over. Let them guess before they reckon.",
            ),
            Ask(
                "Before → to the answers of several networks",
                "With a longer wait, which network goes wrong first?",
                "Move the slider over the picture together: a strip that fades tells no letters apart any more.",
            ),
        ),
    ),
    "architecture": Notes(
        10,
        "A gate is a switch, open or shut. It is a number between 0 and 1 for each unit, at each step anew.",
        (
            Ask(
                "Before the first gate",
                "There are four small networks. What does each of them read?",
                "All four lines begin at the same two things: the event and STM of the step before.",
            ),
            Ask(
                "Before the remember gate",
                "Which gate has nothing to train?",
                "The remember gate. Open it: it has numbers, but no weights.",
            ),
        ),
    ),
    "learn_gate": Notes(
        10,
        "“Ignore factor near 1” sounds as if much were ignored. It is the other way round: all is let in.",
        (
            Ask(
                "Before the ignore factor",
                "The combined value is large. Does the unit learn much?",
                "Only where the ignore factor is not near 0: what is learned is the product of the two.",
            ),
            Ask(
                "Before the shares",
                "The gate stands open. Who opened it: the event, STM, or neither?",
                "The longest bar. Where the bias is the longest, the gate stands open by habit.",
            ),
        ),
    ),
    "forget_gate": Notes(
        12,
        "“Forget factor near 1” sounds as if all were forgotten. It is the other way round: all is kept.",
        (
            Ask(
                "Before → to what is left",
                "You see what the unit holds, and the factor. Work out what is left before the picture does.",
                "The product. The thickness of the pipe after the gate is what is left.",
            ),
            Ask(
                "Before the sentence on ten steps",
                "A factor of 0.9 sounds like keeping. How much is left after ten steps?",
                "About a third: 0.9 ten times over is 0.35.",
            ),
            Ask(
                "Before holding the gate",
                "We hold the factor at 1. Is that good or bad for the answers?",
                "Old memory is never cleared away. Guess whether an answer changes, then look at the last picture.",
            ),
        ),
    ),
    "remember_gate": Notes(
        8,
        "Long-term memory stays between −1 and 1. Nothing squashes it: it is a sum.",
        (
            Ask(
                "Before → to the sum",
                "Kept and learned have different signs. Does the memory grow or shrink?",
                "The one that is larger in size wins: the sum has its sign. It stands below the picture.",
            ),
            Ask(
                "At the areas",
                "Which event wrote most of what the unit holds at the end?",
                "The thickest area at the right edge. Follow it back to the step where it begins.",
            ),
        ),
    ),
    "use_gate": Notes(
        10,
        "A use gate that is shut loses the memory. It only hides it: LTM goes on as it is.",
        (
            Ask(
                "Before the use factor",
                "The unit holds a large number. Can the rest of the network see it?",
                "Not yet: only what the use gate lets through is STM, and only STM is read.",
            ),
            Ask(
                "Before → to what is shown",
                "The factor is near 0. What will LTM be at the next step?",
                "Kept plus learned, as at every step. The use gate changes nothing in LTM.",
            ),
        ),
    ),
    "all_together": Notes(
        18,
        "One unit holds the letter. A memory is mostly spread over several units, and one unit can serve several ends.",
        (
            Ask(
                "Before each beat of the first step",
                "Which beat comes next, and which two numbers does it need?",
                "Arrive, forget, learn, remember, use, move on. One pupil names the beat, another the numbers.",
            ),
            Ask(
                "Before the statements",
                "True or false? Show of hands, then let one of each side say why.",
                "The picture jumps to a step of this run that settles it.",
            ),
        ),
    ),
    "sequences_of_data": Notes(
        12,
        "Carrying the memories carries the gradient. It does not: at each seam the gradient is cut.",
        (
            Ask(
                "Before the seams",
                "The memories are set to zero in the middle of a word. What does the network not know any more?",
                "Where in the text it is. Look at its guesses in the first characters after the seam.",
            ),
            Ask(
                "Before the reach",
                "The window has M characters. Can the network learn from something M + 1 characters back?",
                "No step's gradient reaches over a seam, so it reaches M steps back at most.",
            ),
        ),
    ),
}


def notes_html(lesson: str, items: Sequence[dict[str, Any]], worksheets: str = "") -> str:
    """The notes on a lesson as HTML, with the answers of the questions among its items.

    worksheets: the address of the lesson's worksheets; "" where there are none.

    >>> "minutes" in notes_html("basics", [])
    True
    """
    notes = NOTES[lesson]
    asks = "".join(
        f"<li><i>{escape(ask.when)}.</i> <b>{escape(ask.question)}</b> {escape(ask.see)}</li>" for ask in notes.asks
    )
    answers = "".join(f"<li>{_answer(item)}</li>" for item in items if item.get("options"))
    parts = [
        f"<p><b>{notes.minutes} minutes.</b> Pupils who follow you do not see these notes.</p>",
        f"<h3>Expect</h3><p>{escape(notes.misconception)}</p>",
        f"<h3>Ask before →</h3><ol>{asks}</ol>",
    ]
    if answers:
        parts.append(f"<h3>Answers, from this run</h3><ol>{answers}</ol>")
    if worksheets:
        link = f'<a href="{escape(worksheets)}" target="_blank" rel="noopener">Thirty sheets and their key</a>'
        parts.append(f"<h3>Worksheet</h3><p>{link}, each with numbers of its own. Print them from the browser.</p>")
    heading = "<h2>Teacher’s notes</h2>"
    return f'<section class="teacher-notes" aria-label="Teacher’s notes">{heading}{"".join(parts)}</section>'


def _answer(item: dict[str, Any]) -> str:
    """A question, its right option, and why."""
    asked = unescape(re.sub(r"<[^>]+>", "", item["html"])).strip()
    return f"{escape(asked)} <b>{escape(item['options'][item['right']])}</b>. {escape(item['reveal'])}"
