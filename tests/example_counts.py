"""How many examples Hypothesis tries: a test's own number in the full profile, a share of it in a quick one."""

from __future__ import annotations

import math

from hypothesis import settings

#: What a profile tries of a test that names no number of its own, where nothing is left out.
USUAL = 100
FEWEST = 3


def examples(number: int) -> int:
    """A test's number of examples under the profile that is loaded: a profile of 33 tries a third of them.

    >>> examples(40) == math.ceil(40 * settings.default.max_examples / USUAL)
    True
    """
    return min(number, max(FEWEST, math.ceil(number * settings.default.max_examples / USUAL)))
