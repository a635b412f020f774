"""Resource limits of the child process that parses a file, and sizes in words."""

from __future__ import annotations

from typing import ClassVar

MEGABYTE = 2**20


class ProcessLimits:
    """What the process that reads one file may use; a frozen dataclass for each kind of file sets the defaults."""

    #: Bytes of memory. Addresses are counted, of which libraries take some hundred megabytes.
    memory_bytes: int
    #: Processor time and clock time.
    cpu_seconds: int
    wall_seconds: float
    #: Whether `memory_bytes` come on top of what the reader's libraries take.
    beside_libraries: ClassVar[bool] = False

    @property
    def reply_bytes(self) -> int:
        """The most bytes that it may answer."""
        raise NotImplementedError


def megabytes(size: int) -> str:
    """A number of bytes for a person.

    >>> megabytes(50 * 2**20), megabytes(1000)
    ('50 MB', '1,000 bytes')
    """
    return f"{size / MEGABYTE:,.0f} MB" if size >= MEGABYTE else f"{size:,} bytes"
