"""Generators that worker processes run in the tests."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path


def count(to: int, seconds: float = 0.0) -> Iterator[int]:
    for number in range(to):
        time.sleep(seconds)
        yield number


def own_pid() -> Iterator[int]:
    yield os.getpid()


def note(file: str, word: str) -> Iterator[None]:
    with Path(file).open("a") as log:
        log.write(f"{word}\n")
    yield None


def niceness() -> Iterator[int]:
    yield os.nice(0)


def refuse() -> Iterator[int]:
    yield 1
    raise ValueError("It can't be done.")


def die(file: str, times: int) -> Iterator[str]:
    """Ends its process `times` times, then is done."""
    place = Path(file)
    before = int(place.read_text()) if place.exists() else 0
    place.write_text(str(before + 1))
    yield "begun"
    if before < times:
        os.kill(os.getpid(), signal.SIGKILL)
    yield "done"
