"""What is the same for everybody is made once: a bounded cache of what is drawn of bundled runs, for all sessions.

Nothing of a person's own data can enter. A key needs a `BundledIdentity`, which only the makers of bundled views give
(`View.bundled_as`), and a view that is changed in anything but how it is presented loses its identity.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
#: About how many bytes of messages and figures are kept; those asked for least recently go first.
MAX_BYTES = 160_000_000
#: What counts for a thing of which nothing is sent as it is.
USUAL_BYTES = 50_000


class BundledIdentity(NamedTuple):
    """What tells a bundled view from every other: what made it, and the choices among what is bundled."""

    made_by: str
    choices: tuple[str | int | None, ...]


class SharedKey(NamedTuple):
    """What a shared thing is, of which bundled view, and all else that it depends on."""

    kind: str
    identity: BundledIdentity
    depends_on: tuple[Hashable, ...]


class SharedCache:
    """A bounded cache: what was asked for least recently goes first. Each thing is made once, also while many ask."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        #: How often something was made, and how many bytes are kept.
        self.made = 0
        self.kept_bytes = 0
        self._entries: OrderedDict[SharedKey, tuple[Any, bytes | str | None]] = OrderedDict()
        #: What is sent of the entries, and of how many.
        self._contents: Counter[bytes | str] = Counter()
        self._making: dict[SharedKey, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(
        self, key: SharedKey, make: Callable[[], T], content: Callable[[T], bytes | str | None] = lambda made: None
    ) -> T:
        """The thing with this key, made now if nobody asked for it before; `content` is what is sent of it."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                found: T = self._entries[key][0]
                return found
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._entries:
                    found = self._entries[key][0]
                    return found
            made = make()
            self._keep(key, made, content(made))
        return made

    def _keep(self, key: SharedKey, made: object, content: bytes | str | None) -> None:
        with self._lock:
            self.made += 1
            self._entries[key] = (made, content)
            self.kept_bytes += _size(content)
            if content is not None:
                self._contents[content] += 1
            self._making.pop(key, None)
            while self.kept_bytes > self.max_bytes and len(self._entries) > 1:
                _, (_, removed) = self._entries.popitem(last=False)
                self.kept_bytes -= _size(removed)
                if removed is not None:
                    self._contents[removed] -= 1
                    if not self._contents[removed]:
                        del self._contents[removed]

    def holds(self, content: bytes | str) -> bool:
        """Whether this very content is sent of something that is kept."""
        with self._lock:
            return content in self._contents

    def keys(self) -> list[SharedKey]:
        """The keys of what is kept, those asked for least recently first."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._entries.clear()
            self._contents.clear()
            self.kept_bytes = 0


def _size(content: bytes | str | None) -> int:
    return USUAL_BYTES if content is None else len(content)


#: The one that all sessions share.
shared = SharedCache()
