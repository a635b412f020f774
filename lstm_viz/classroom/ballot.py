"""A question that is asked of a class: rounds of answers, which are counted without names."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any, Literal

from lstm_viz.classroom.refusal import Refusal

MAX_QUESTION, MAX_OPTION, MAX_OPTIONS, MAX_ROUNDS = 600, 240, 6, 60
Phase = Literal["open", "closed", "revealed"]
#: What a spreadsheet would take for a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def plain_text(value: object, most: int) -> str:
    """A text of printable characters, no longer than that; Refusal for anything else."""
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise Refusal(400, f"A question and its answers are texts of at most {most} characters.")
    return "".join(character if character.isprintable() else " " for character in value).strip()


@dataclass(frozen=True)
class Round:
    """The counts of one round of answers."""

    question: str
    options: tuple[str, ...]
    right: int
    number: int
    counts: tuple[int, ...]


@dataclass
class Ballot:
    """A question, the round that is on, and the answers of each person in it.

    Whose answer is whose is known while a round is open, so that somebody may think again, and forgotten once it is
    closed.
    """

    number: int
    question: str
    options: tuple[str, ...]
    right: int
    round: int = 1
    phase: Phase = "open"
    counts: tuple[int, ...] = ()
    _answers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def asked(cls, number: int, asked: dict[str, Any]) -> Ballot:
        """The ballot of a question as the teacher's browser sends it; Refusal where it can't be one."""
        options, right = asked.get("options"), asked.get("right")
        if not isinstance(options, list) or not 2 <= len(options) <= MAX_OPTIONS:
            raise Refusal(400, f"A question has 2 to {MAX_OPTIONS} answers to choose from.")
        if type(right) is not int or not 0 <= right < len(options):
            raise Refusal(400, "One of the answers has to be the right one.")
        texts = tuple(plain_text(option, MAX_OPTION) for option in options)
        return cls(number, plain_text(asked.get("question"), MAX_QUESTION), texts, right)

    def answer(self, person: str, option: object) -> None:
        """Counts a person's answer in the place of their last one."""
        if self.phase != "open":
            raise Refusal(409, "The vote is closed.")
        if type(option) is not int or not 0 <= option < len(self.options):
            raise Refusal(400, "There is no such answer.")
        self._answers[person] = option

    def tally(self) -> tuple[int, ...]:
        """How many chose each option."""
        if self.phase != "open":
            return self.counts
        chosen = list(self._answers.values())
        return tuple(chosen.count(option) for option in range(len(self.options)))

    def close(self) -> None:
        """Ends the round, and forgets whose answer was whose."""
        self.counts = self.tally()
        self._answers.clear()
        self.phase = "closed"

    def vote_again(self) -> None:
        """Begins another round of the same question."""
        self.round, self.phase, self.counts = self.round + 1, "open", ()

    def record(self) -> Round:
        """The round that was closed."""
        return Round(self.question, self.options, self.right, self.round, self.tally())

    def seen_by_class(self) -> dict[str, Any]:
        """What the class sees: counts once the vote is closed, and the right answer once that is revealed."""
        seen: dict[str, Any] = {"number": self.number, "round": self.round, "phase": self.phase}
        seen |= {"question": self.question, "options": self.options}
        seen |= {} if self.phase == "open" else {"counts": self.counts}
        return seen | ({"right": self.right} if self.phase == "revealed" else {})

    def seen_by_teacher(self) -> dict[str, Any]:
        """What the teacher sees: the counts as they come in too."""
        return self.seen_by_class() | {"counts": self.tally(), "right": self.right}


def counts_csv(rounds: list[Round]) -> str:
    """The counts of all rounds as a table; no cell is a formula.

    >>> counts_csv([Round("Up?", ("yes", "-1"), 0, 1, (3, 2))])
    "question,round,answer,count,right\\r\\nUp?,1,yes,3,yes\\r\\nUp?,1,'-1,2,no\\r\\n"
    """
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["question", "round", "answer", "count", "right"])
    for each in rounds:
        for k, (option, count) in enumerate(zip(each.options, each.counts, strict=True)):
            table.writerow(
                [_cell(each.question), each.number, _cell(option), count, "yes" if k == each.right else "no"]
            )
    return out.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
