"""Resource limits of the child process that parses a file."""

from __future__ import annotations

from typing import ClassVar


class ProcessLimits:
    """Limits of the process that reads one file; a frozen dataclass for each kind of file sets the defaults."""

    #: Bytes of virtual memory, of which libraries take some hundred megabytes.
    memory_bytes: int
    #: Processor time and wall-clock time.
    cpu_seconds: int
    wall_seconds: float
    #: Whether `memory_bytes` are added to what the reader's libraries take.
    on_top_of_libraries: ClassVar[bool] = False
    #: Whether the reader takes the file's bytes as a view of memory that both processes have, not as bytes of its own.
    shares_file: ClassVar[bool] = False

    @property
    def reply_bytes(self) -> int:
        """Bytes of the reply at most."""
        raise NotImplementedError
