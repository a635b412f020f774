"""Size limits of files, tables and batches: what is refused before memory is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_viz.files.sizes import MEGABYTE, size_in_words
from lstm_viz.sandbox.limits import ProcessLimits
from lstm_viz.sequences.errors import SequenceError

#: A column of words with at most this many kinds can be a feature, one column a kind.
MAX_CATEGORIES = 12
#: Sequences side by side.
MAX_SEQUENCES = 10_000
#: Steps times sequences, padding included.
MAX_STEPS = 4_000_000
#: Steps times sequences times features: 160 MB as the 32-bit numbers that a model reads.
MAX_VALUES = 40_000_000
FEWER_CELLS = "Keep fewer columns, or fewer rows."


@dataclass(frozen=True)
class Limits(ProcessLimits):
    """Limits of reading one file as a table; each is named, with its number, in the sentence that refuses.

    >>> Limits(rows=1000).check_shape(rows=1001, columns=2)
    Traceback (most recent call last):
    lstm_viz.sequences.errors.SequenceError: The file has 1,001 rows; the limit is 1,000. Keep fewer rows.
    """

    #: Bytes of the file itself.
    upload_bytes: int = 50 * MEGABYTE
    #: Bytes of a compressed file (XLSX, NPZ, Parquet) once unpacked.
    unpacked_bytes: int = 400 * MEGABYTE
    rows: int = 2_000_000
    columns: int = 2_000
    #: Rows times columns.
    cells: int = 20_000_000
    #: Characters of a plain text, each of which is a row.
    text_characters: int = 1_000_000
    #: Memory of the process that reads, its libraries (about 300 MB of addresses) included.
    memory_bytes: int = 2_000 * MEGABYTE
    #: Processor time and clock time of the process that reads.
    cpu_seconds: int = 60
    wall_seconds: float = 60.0

    @property
    def reply_bytes(self) -> int:
        """The most that the process that reads may answer."""
        return 8 * self.cells + self.unpacked_bytes

    def check_shape(self, rows: int, columns: int) -> None:
        """Raise SequenceError where a table of this shape is over a limit."""
        self.check("rows", rows, self.rows, "Keep fewer rows.")
        self.check("columns", columns, self.columns, "Keep fewer columns, or turn rows into columns.")
        self.check("cells", rows * columns, self.cells, "Keep fewer rows or columns.")

    def check_unpacked(self, size: int) -> None:
        """Raise SequenceError where a compressed file unpacks to more bytes than allowed."""
        if size > self.unpacked_bytes:
            raise SequenceError(
                f"The file unpacks to more than {size_in_words(self.unpacked_bytes)}, which is the limit. "
                "Keep fewer rows or columns."
            )

    @staticmethod
    def check(what: str, came: int, limit: int, advice: str) -> None:
        """Raise SequenceError where `came` is over `limit`."""
        if came > limit:
            raise SequenceError(f"The file has {came:,} {what}; the limit is {limit:,}. {advice}")


def check_batch_size(steps: int, sequences: int, features: int, advice: str = FEWER_CELLS) -> None:
    """Raise SequenceError where a batch would not fit; `advice` is for too many numbers.

    >>> check_batch_size(steps=3_000_000, sequences=2, features=1)
    Traceback (most recent call last):
    lstm_viz.sequences.errors.SequenceError: 2 sequences as long as the longest, 3,000,000 steps, make 6,000,000
    steps; 4,000,000 fit. Keep fewer rows, or choose another column to tell sequences apart.
    """
    if sequences > MAX_SEQUENCES:
        raise SequenceError(
            f"There are {sequences:,} sequences; {MAX_SEQUENCES:,} fit. "
            "Keep fewer of them, or choose another column to tell them apart."
        )
    if steps * sequences > MAX_STEPS:
        raise SequenceError(
            f"{sequences:,} sequences as long as the longest, {steps:,} steps, make {steps * sequences:,} steps; "
            f"{MAX_STEPS:,} fit. Keep fewer rows, or choose another column to tell sequences apart."
        )
    if steps * sequences * features > MAX_VALUES:
        raise SequenceError(
            f"{steps * sequences:,} steps of {features:,} features make {steps * sequences * features:,} numbers; "
            f"{MAX_VALUES:,} fit. {advice}"
        )
