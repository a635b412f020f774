"""The classes of this server: a bounded number, found by their codes, ended when their time is over."""

from __future__ import annotations

from collections.abc import Callable

from lstm_viz.classroom.classroom import LIFETIME, LONELY, Classroom
from lstm_viz.classroom.codes import ALPHABET, Signer, new_code
from lstm_viz.classroom.refusal import Refusal

MAX_CLASSES = 40
#: Open streams of all classes together.
MAX_STREAMS = 1500


class Classes:
    """The classes that are on, by code. `clock` gives the seconds since 1970; `letters` are those of this process."""

    def __init__(self, signer: Signer, clock: Callable[[], float], letters: str = ALPHABET) -> None:
        self._signer, self.clock, self._letters = signer, clock, letters
        self._classes: dict[str, Classroom] = {}
        self._is_stopping = False

    def __len__(self) -> int:
        return len(self._classes)

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return sum(len(each.people) + len(each.teachers) for each in self._classes.values())

    def start(self, state: str) -> tuple[Classroom, str]:
        """A new class and its teacher's token."""
        self._make_room()
        code = next(code for code in iter(lambda: new_code(self._letters), "") if code not in self._classes)
        began = int(self.clock())
        return self._put(code, began, state), self._signer.token(code, began)

    def resume(self, code: str, token: str, state: str) -> tuple[Classroom, bool]:
        """A class that this server may have forgotten, and whether it had: the token says that it is the teacher's."""
        began = self._signer.began(token, code)
        if began is None or code[0] not in self._letters:
            raise Refusal(403, "Only the teacher who began this class can bring it back.")
        if found := self._living(code):
            return found, False
        if not 0 <= self.clock() - began < LIFETIME:
            raise Refusal(410, "This class is over: a class ends by itself after three hours.")
        self._make_room()
        return self._put(code, began, state), True

    def find(self, code: str) -> Classroom:
        """The class with this code; Refusal where there is none."""
        if found := self._living(code):
            return found
        raise Refusal(404, "There is no class with this code. It may be over, or the code may be another one.")

    def taught(self, code: str, token: str) -> Classroom:
        """The class, for its teacher alone."""
        found = self.find(code)
        if self._signer.began(token, code) != found.began:
            raise Refusal(403, "Only the teacher who began this class can do this.")
        return found

    def end(self, code: str) -> None:
        """Ends a class; nothing of it is kept."""
        if found := self._classes.pop(code, None):
            found.end()

    def stop(self) -> None:
        """Ends all streams, and has no new ones: a server that stops waits until the last one is closed."""
        self._is_stopping = True
        for each in self._classes.values():
            each.close_streams()

    def require_stream(self) -> None:
        """Refuses a further stream where there are as many as this server takes."""
        if self._is_stopping:
            raise Refusal(503, "The server is being restarted.")
        if self.streams >= MAX_STREAMS:
            raise Refusal(503, "As many people follow classes here as this server takes.")

    def seconds_left(self, classroom: Classroom) -> float:
        """Until the class ends by itself."""
        return classroom.began + LIFETIME - self.clock()

    def end_overdue(self) -> None:
        """Ends the classes whose time is over, and those that nobody listened to for long."""
        for code in [*self._classes]:
            self._living(code)

    def _living(self, code: str) -> Classroom | None:
        found = self._classes.get(code)
        if found is None:
            return None
        now = self.clock()
        if found.people or found.teachers:
            found.heard = now
        if self.seconds_left(found) <= 0 or now - found.heard > LONELY:
            self.end(code)
            return None
        return found

    def _make_room(self) -> None:
        self.end_overdue()
        if len(self._classes) >= MAX_CLASSES:
            raise Refusal(503, f"{MAX_CLASSES} classes are on already, as many as this server takes. Try again later.")

    def _put(self, code: str, began: int, state: str) -> Classroom:
        found = self._classes[code] = Classroom(code, began, state, heard=self.clock())
        return found
