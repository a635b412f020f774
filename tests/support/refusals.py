"""What holds for every sentence that refuses a stranger's file."""

from __future__ import annotations

import sysconfig
import tempfile
from pathlib import Path

#: How places on this machine begin, none of which a stranger is told.
PLACES = (
    str(Path(__file__).parents[2]),
    sysconfig.get_paths()["stdlib"],
    sysconfig.get_paths()["purelib"],
    tempfile.gettempdir() + "/",
    str(Path.home()) + "/",
    "site-packages",
    "/proc/",
    "/usr/",
    'File "',
    "Traceback",
    ".py:",
)


def assert_tells_no_place(said: str) -> None:
    """The sentence names no folder of this machine and no line of a program."""
    assert [place for place in PLACES if place in said] == [], said
