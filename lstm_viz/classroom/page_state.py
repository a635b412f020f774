"""The state that a class follows: a page and its query, checked before browsers are told to go there."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode

from lstm_viz.classroom.refusal import Refusal

MAX_STATE, MAX_VALUE, MAX_KEYS = 2000, 240, 30
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
#: What is part of every page's state, and how its values look; `run` names the numbers on the teacher's screen.
MOMENT_KEYS = {
    **dict.fromkeys(("step", "unit", "sequence", "layer", "gate", "depth", "signs", "paragraph"), _NUMBER),
    **dict.fromkeys(("checkpoint", "training"), _NUMBER),
    "beat": re.compile(r"[a-z-]{1,20}", re.ASCII),
    "theme": re.compile(r"light|dark"),
}
_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]*")
#: Keys that say something to the browsers that follow, and nothing to a page.
FOLLOWERS_KEYS = ("run", "theme")


class PageStates:
    """The states that there are: the pages, and the keys of their queries."""

    def __init__(self, pages: Collection[str], keys: Collection[str]) -> None:
        self.pages = frozenset(pages)
        self._values = dict.fromkeys([*keys, "run"], _TEXT) | MOMENT_KEYS

    def checked(self, state: object) -> str:
        """The state written anew, so that nothing but known keys and plain values is handed on.

        Raises Refusal for anything else.

        >>> PageStates(["", "basics"], ["model"]).checked("basics?step=3&model=a+b")
        'basics?step=3&model=a+b'
        >>> PageStates([""], []).checked("?go=//elsewhere")
        Traceback (most recent call last):
        lstm_viz.classroom.refusal.Refusal: This is no place in the app that a class could follow.
        """
        found = self._parts(state) if isinstance(state, str) and len(state) <= MAX_STATE else None
        if found is None:
            raise Refusal(400, "This is no place in the app that a class could follow.")
        page, query = found
        return f"{page}?{urlencode(query)}"

    def _parts(self, state: str) -> tuple[str, dict[str, str]] | None:
        page, _, written = state.partition("?")
        try:
            pairs = parse_qsl(written, keep_blank_values=True, max_num_fields=MAX_KEYS, errors="strict")
        except ValueError:
            return None
        known = all(
            name in self._values and len(value) <= MAX_VALUE and self._values[name].fullmatch(value)
            for name, value in pairs
        )
        return (page, dict(pairs)) if known and page in self.pages else None

    @staticmethod
    def address(state: str, code: str) -> str:
        """The app's address of a state, for a browser that opens it and follows the class.

        >>> PageStates.address("basics?step=3&theme=dark&run=a", "K7PQ3")
        'basics?step=3&class=K7PQ3&embed_options=dark_theme'
        """
        page, _, written = state.partition("?")
        query = dict(parse_qsl(written, keep_blank_values=True))
        theme = query.get("theme", "")
        kept = {name: value for name, value in query.items() if name not in FOLLOWERS_KEYS}
        return f"{page}?{urlencode(kept | {'class': code} | ({'embed_options': f'{theme}_theme'} if theme else {}))}"
