"""How much a file may ask for before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_viz.sequences.errors import SequenceError

MEGABYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """The limits of reading one file; each is named, with its number, in the sentence that refuses.

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
                f"The file unpacks to more than {megabytes(self.unpacked_bytes)}, which is the limit. "
                "Keep fewer rows or columns."
            )

    @staticmethod
    def check(what: str, came: int, limit: int, advice: str) -> None:
        """Raise SequenceError where `came` is over `limit`."""
        if came > limit:
            raise SequenceError(f"The file has {came:,} {what}; the limit is {limit:,}. {advice}")


def megabytes(size: int) -> str:
    """A size for a person.

    >>> megabytes(50 * 2**20)
    '50 MB'
    """
    return f"{size / MEGABYTE:,.0f} MB" if size >= MEGABYTE else f"{size:,} bytes"
