"""A lock on a folder that a run is written to: two processes that write it at once would break it for both.

The system holds the lock, so that a process that is killed leaves none behind. The empty file that it is a lock on
stays, hidden, beside the folder: were it removed, a process that had opened it before would lock a file that is gone,
while the next one locks a new one of its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def writing_lock(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder, which need not be there yet. Raises ValueError where another process holds it."""
    beside = folder.absolute().with_name(f".{folder.absolute().name}.lock")
    beside.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(beside, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ValueError(
            f"Another process is writing {folder} now. Wait until it ends, or give another path."
        ) from None
    except NotImplementedError:  # a file system that knows no locks
        yield
        return
    try:
        yield
    finally:
        lock.release()
