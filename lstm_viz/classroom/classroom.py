"""A class: the state that it follows, the question that is asked of it, and who listens."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson

from lstm_viz.classroom.ballot import MAX_ROUNDS, Ballot, Round
from lstm_viz.classroom.refusal import Refusal

#: A class ends by itself so many seconds after it began.
LIFETIME = 3 * 60 * 60
#: One that nobody listens to ends sooner.
LONELY = 15 * 60
MAX_PEOPLE = 250
#: Counts go to the teacher no more often than this, in seconds.
COUNT_INTERVAL = 0.25


def event(kind: str, value: Any) -> bytes:
    """A server-sent event.

    >>> event("state", "basics?step=3")
    b'event: state\\ndata: "basics?step=3"\\n\\n'
    """
    return b"event: " + kind.encode() + b"\ndata: " + orjson.dumps(value) + b"\n\n"


class Listener:
    """An open stream of events: of each kind the newest one that was not sent yet."""

    def __init__(self) -> None:
        self._pending: dict[str, bytes] = {}
        self._woken = asyncio.Event()
        self.is_over = False

    def put(self, kind: str, message: bytes) -> None:
        """Has an event sent soon, in place of an older one of its kind."""
        self._pending[kind] = message
        self._woken.set()

    def end(self) -> None:
        """Ends the stream once what is pending was sent."""
        self.is_over = True
        self._woken.set()

    async def take(self, seconds: float) -> bytes:
        """What is to be sent: empty where nothing came within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return b""
        self._woken.clear()
        message = b"".join(self._pending.values())
        self._pending.clear()
        return message


@dataclass
class Classroom:
    """A class that is on."""

    code: str
    #: Seconds since 1970, as the token has it.
    began: int
    state: str
    #: When somebody last listened.
    heard: float
    ballot: Ballot | None = None
    rounds: list[Round] = field(default_factory=list)
    ballots: int = 0
    #: The streams of the people, by a random id that each browser draws for itself, and who of them wanders.
    people: dict[str, Listener] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    teachers: set[Listener] = field(default_factory=set)
    _flush: asyncio.TimerHandle | None = None

    # Following

    def lead_to(self, state: str) -> None:
        """Has all who follow go to a state."""
        self.state = state
        self._tell_people("state", state)

    def join(self, person: str) -> Listener:
        """The stream of a person, in place of an older one of theirs, such as that of a tab that was duplicated."""
        if person not in self.people and len(self.people) >= MAX_PEOPLE:
            raise Refusal(503, f"This class is full: it has room for {MAX_PEOPLE}.")
        if before := self.people.get(person):
            before.put("moved", event("moved", None))
            before.end()
        listener = self.people[person] = Listener()
        listener.put("state", event("state", self.state))
        listener.put("ballot", event("ballot", self.ballot and self.ballot.seen_by_class()))
        self.tell_teacher_soon()
        return listener

    def leave(self, person: str, listener: Listener) -> None:
        """Takes a stream away that has ended, unless the person has another by now."""
        if self.people.get(person) is listener:
            del self.people[person]
            self.away.discard(person)
            self.tell_teacher_soon()

    def set_away(self, person: str, is_away: bool) -> None:
        """Notes whether a person looks at something of their own."""
        if person in self.people:
            (self.away.add if is_away else self.away.discard)(person)
            self.tell_teacher_soon()

    # The teacher

    def lead(self) -> Listener:
        """The teacher's stream."""
        listener = Listener()
        self.teachers.add(listener)
        listener.put("state", event("state", self.state))
        self._tell_teachers([listener])
        return listener

    def tell_teacher_soon(self) -> None:
        """Sends the teacher the counts, those that come close to each other at once."""
        if self._flush is None and self.teachers:
            self._flush = asyncio.get_running_loop().call_later(COUNT_INTERVAL, self._tell_teachers)

    def _tell_teachers(self, listeners: list[Listener] | None = None) -> None:
        if listeners is None:
            self._flush = None
        seen = {"people": len(self.people), "away": len(self.away), "rounds": len(self.rounds)}
        message = event("count", seen | {"ballot": self.ballot and self.ballot.seen_by_teacher()})
        for listener in listeners or self.teachers:
            listener.put("count", message)

    def _tell_people(self, kind: str, value: Any) -> None:
        message = event(kind, value)
        for listener in self.people.values():
            listener.put(kind, message)

    # The question

    def ask(self, asked: dict[str, Any]) -> None:
        """Opens a vote on a question, in place of one that is over."""
        if len(self.rounds) >= MAX_ROUNDS:
            raise Refusal(409, f"A class keeps the counts of {MAX_ROUNDS} votes; it has had them.")
        self._keep_open_round()
        self.ballots += 1
        self.ballot = Ballot.asked(self.ballots, asked)
        self._tell_ballot()

    def answer(self, person: str, number: object, round_: object, option: object) -> None:
        """Counts an answer to the question that is open."""
        ballot = self.ballot
        if ballot is None or (ballot.number, ballot.round) != (number, round_):
            raise Refusal(409, "This vote is over.")
        if person not in self.people:
            raise Refusal(403, "Only who is in the class can answer.")
        ballot.answer(person, option)
        self.tell_teacher_soon()

    def change_ballot(self, action: object) -> None:
        """Closes the vote, opens it anew, reveals the answer, or is done with the question."""
        ballot = self.ballot
        if ballot is None:
            raise Refusal(409, "No question is asked.")
        if action == "close" and ballot.phase == "open":
            self._keep_open_round()
        elif action == "again" and ballot.phase == "closed" and len(self.rounds) < MAX_ROUNDS:
            ballot.vote_again()
        elif action == "reveal" and ballot.phase != "revealed":
            self._keep_open_round()
            ballot.phase = "revealed"
        elif action == "done":
            self._keep_open_round()
            self.ballot = None
        else:
            raise Refusal(409, "That can't be done with the question now.")
        self._tell_ballot()

    def _keep_open_round(self) -> None:
        if self.ballot is not None and self.ballot.phase == "open":
            self.ballot.close()
            self.rounds.append(self.ballot.record())

    def _tell_ballot(self) -> None:
        self._tell_people("ballot", self.ballot and self.ballot.seen_by_class())
        self._tell_teachers()

    # After a restart

    def kept_by_teacher(self) -> dict[str, Any]:
        """What the teacher's browser keeps, so that a server that has forgotten the class can have it back."""
        rounds = [vars(each) for each in self.rounds]
        return {"rounds": rounds, "ballots": self.ballots, "ballot": self.ballot and self.ballot.seen_by_teacher()}

    def restore(self, kept: dict[str, Any]) -> None:
        """Takes back what a teacher's browser kept; an open vote goes on with the answers that come in again."""
        rounds = kept.get("rounds", [])
        if not isinstance(rounds, list) or len(rounds) > MAX_ROUNDS:
            raise Refusal(400, "These are no counts of a class.")
        self.rounds = [_round(each) for each in rounds]
        self.ballots = _count(kept.get("ballots", 0))
        if ballot := kept.get("ballot"):
            if not isinstance(ballot, dict):
                raise Refusal(400, "This is no question.")
            self.ballot = Ballot.asked(self.ballots, ballot)
            self.ballot.round = _count(ballot.get("round", 1))
            if ballot.get("phase") in ("closed", "revealed"):
                self.ballot.phase, self.ballot.counts = ballot["phase"], _counts(ballot, self.ballot.options)

    def end(self) -> None:
        """Ends all streams, with a word."""
        for listener in [*self.people.values(), *self.teachers]:
            listener.put("end", event("end", "The class is over."))
        self.close_streams()

    def close_streams(self) -> None:
        """Ends all streams without a word: browsers look for the class again."""
        for listener in [*self.people.values(), *self.teachers]:
            listener.end()


def _round(kept: object) -> Round:
    """A round as a teacher's browser kept it."""
    if not isinstance(kept, dict):
        raise Refusal(400, "These are no counts of a class.")
    ballot, number = Ballot.asked(1, kept), _count(kept.get("number", 1))
    return Round(ballot.question, ballot.options, ballot.right, number, _counts(kept, ballot.options))


def _counts(kept: dict[str, Any], options: tuple[str, ...]) -> tuple[int, ...]:
    """The counts of these options."""
    counts = kept.get("counts")
    if not isinstance(counts, list) or len(counts) != len(options):
        raise Refusal(400, "These are no counts of a class.")
    return tuple(_count(count) for count in counts)


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= 100_000:
        raise Refusal(400, "These are no counts of a class.")
    return value
