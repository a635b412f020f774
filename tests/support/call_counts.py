"""Work counted instead of timed: how many calls the library makes, which is the same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import lstm_viz

LIBRARY = str(Path(lstm_viz.__file__).parent)


def count_calls(work: Callable[[], object], limit: int = 10**6) -> int:
    """Calls of functions within lstm_viz and by it, of C too; a loop's rounds count where they call anything.

    Past `limit` the test fails at once, so that endless work is no endless test.

    >>> count_calls(lambda: sum(range(10**6)))
    0
    >>> from lstm_viz.sequences.formatting import plural
    >>> count_calls(lambda: [plural(count, "row") for count in range(50)])
    50
    """
    count, own = 0, dict[str, bool]()

    def counted(frame: FrameType, event: str, _: Any) -> None:
        nonlocal count
        if event not in ("call", "c_call"):
            return
        file = frame.f_code.co_filename
        if file not in own:
            own[file] = file.startswith(LIBRARY)
        count += own[file]
        if count > limit:
            sys.setprofile(before)
            pytest.fail(f"more than {limit:,} calls")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
