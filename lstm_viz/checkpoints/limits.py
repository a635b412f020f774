"""Size limits of a model's file: what is refused before memory is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.files.sizes import MEGABYTE, size_in_words
from lstm_viz.sandbox.limits import ProcessLimits


@dataclass(frozen=True)
class CheckpointLimits(ProcessLimits):
    """Limits of opening one file; each is named, with its number, in the sentence that refuses.

    >>> CheckpointLimits(tensors=10).check("tensors", 11, 10)
    Traceback (most recent call last):
    lstm_viz.checkpoints.errors.CheckpointError: The file has 11 tensors; the limit is 10. Save the weights alone.
    """

    #: Bytes of the file itself.
    file_bytes: int = 1024 * MEGABYTE
    #: Bytes that packed parts (a ZIP archive's members, compressed HDF5 data sets) may have once unpacked.
    unpacked_bytes: int = 1024 * MEGABYTE
    #: Tensors, nodes, members: whatever a file holds many of.
    tensors: int = 100_000
    #: Levels of dictionaries, groups or graphs inside each other.
    levels: int = 24
    #: Steps of a pickle: each makes a value, or puts it into another.
    pickle_steps: int = 3_000_000
    #: Memory of the process that reads, beside what its libraries take.
    memory_bytes: int = 4096 * MEGABYTE
    #: Processor time and clock time of the process that reads.
    cpu_seconds: int = 60
    wall_seconds: float = 90.0
    on_top_of_libraries: ClassVar[bool] = True
    shares_file: ClassVar[bool] = True

    @property
    def reply_bytes(self) -> int:
        """The most that the reading process may answer: formats of 8 bits grow as numbers of 32, others do not."""
        return 2 * max(self.file_bytes, self.unpacked_bytes)

    @staticmethod
    def check(what: str, came: int, limit: int) -> None:
        """Raise CheckpointError where `came` is over `limit`."""
        if came > limit:
            raise CheckpointError(f"The file has {came:,} {what}; the limit is {limit:,}. Save the weights alone.")

    def check_unpacked(self, size: int) -> None:
        """Raise CheckpointError where a packed part has more bytes than allowed."""
        if size > self.unpacked_bytes:
            raise CheckpointError(
                f"The file unpacks to more than {size_in_words(self.unpacked_bytes)}, which is the limit. "
                "Save the weights alone."
            )
