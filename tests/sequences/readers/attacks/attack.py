"""What an attack is: a file made to do harm, and what has to come of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Attack(NamedTuple):
    """A file's name, its bytes, and either a part of the refusal or the values that are read."""

    name: str
    make: Callable[[], bytes]
    said: str = ""
    #: The columns that are right, or a part of a note, where the file can be read.
    read: dict[str, list[float]] | str | None = None
