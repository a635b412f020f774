"""Rate limits: token buckets, one for each of a bounded number of senders."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from lstm_viz.classroom.refusal import Refusal

#: Senders that are told apart at once; the one that was heard longest ago is forgotten first.
MOST_SENDERS = 4000


class RateLimit:
    """So many requests a second on average, and `burst` at once, of each sender."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float]) -> None:
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, sender: str) -> bool:
        """Whether the sender may go on; counts the request if so."""
        now = self._clock()
        tokens, before = self._buckets.pop(sender, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - before) * self._per_second)
        is_allowed = tokens >= 1
        self._buckets[sender] = tokens - is_allowed, now
        while len(self._buckets) > MOST_SENDERS:
            self._buckets.popitem(last=False)
        return is_allowed

    def require(self, sender: str, sentence: str) -> None:
        """Refuses what is too often."""
        if not self.allows(sender):
            raise Refusal(429, sentence)
