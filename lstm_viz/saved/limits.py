"""How much a saved run may ask for before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_viz.sequences.limits import MEGABYTE


@dataclass(frozen=True)
class SavedLimits:
    """The limits of opening one saved run."""

    #: Bytes of the file, and of the numbers in it once unpacked.
    file_bytes: int = 200 * MEGABYTE
    number_bytes: int = 400 * MEGABYTE
    #: Memory of the process that reads, beside what its libraries take.
    memory_bytes: int = 1600 * MEGABYTE
    cpu_seconds: int = 30
    wall_seconds: float = 45.0

    @property
    def reply_bytes(self) -> int:
        """The most that the reading process may answer."""
        return self.number_bytes + MEGABYTE
