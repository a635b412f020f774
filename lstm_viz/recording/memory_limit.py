"""An estimate of the memory that a recording takes, made before any is allocated."""

from __future__ import annotations

from pathlib import Path

import psutil

from lstm_viz.files.sizes import size_in_words

#: Share of the free memory that one recording may take.
MAX_FRACTION = 0.5

#: Bytes up to which free memory is not looked up: that takes a quarter of a millisecond.
NEVER_REFUSED_BYTES = 2**26


class TooLargeToRecord(ValueError):
    """A recording that would not fit in memory, refused before any is allocated."""


def bytes_needed(
    time: int,
    batch: int,
    features: int,
    hidden: int,
    *,
    layers: int = 1,
    directions: int = 1,
    output: int | None = None,
    variant: str = "standard",
    number_bytes: int = 4,
    everything: bool = False,
) -> int:
    """Bytes of a recording once its pre-activations have been computed: every array of every layer, and the layers'
    outputs. With `everything` also `learned`, `kept` and `readout`.

    `output` is the size of the hidden state where a projection makes it smaller than `hidden`.

    >>> bytes_needed(24, 8, 3, 16) < 500_000
    True
    >>> bytes_needed(10**6, 512, 64, 512) > 10**13
    True
    """
    output_size = output or hidden
    arrays = {"standard": 9, "course": 10, "rnn": 1}[variant]
    arrays += 3 if everything and variant != "rnn" else 0
    layer = arrays * hidden + output_size
    layer_outputs = (layers + 2) * directions * output_size
    return time * batch * number_bytes * (layers * directions * layer + layer_outputs + 2 * features)


def available_bytes() -> int:
    """Free memory in bytes: the machine's, or what a container's limit leaves of it."""
    free = psutil.virtual_memory().available
    left = _container_bytes()
    return free if left is None else min(free, left)


def refuse_if_too_large(needed: int, limit: int | None = None) -> None:
    """Raise TooLargeToRecord, before anything is allocated, if a recording would need more than `limit` bytes.

    The limit is half of the free memory unless one is given.

    >>> refuse_if_too_large(3 * 2**30, limit=2**30)
    Traceback (most recent call last):
    lstm_viz.recording.memory_limit.TooLargeToRecord: Recording this run would take 3 GB; the limit is 1 GB. \
Trace fewer steps, sequences or layers at a time.
    """
    if limit is None and needed < NEVER_REFUSED_BYTES:
        return
    allowed = int(MAX_FRACTION * available_bytes()) if limit is None else limit
    if needed > allowed:
        raise TooLargeToRecord(
            f"Recording this run would take {size_in_words(needed)}; the limit is {size_in_words(allowed)}. "
            "Trace fewer steps, sequences or layers at a time."
        )


def _container_bytes() -> int | None:
    """What a container's limit (cgroup 2) leaves; None where there is no such limit."""
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = ((group / name).read_text().strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return None
    return None if limit == "max" else max(int(limit) - int(used), 0)
