"""A file that is written whole or not at all: beside the one of its name, whose place it takes at the end."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EISDIR
from pathlib import Path


@contextmanager
def written_whole(file: str | os.PathLike[str]) -> Iterator[Path]:
    """The path to write to: an empty file beside `file`, which is renamed to it when the block ends without an error.

    However else it ends, the file is what it was before, and where there was none there is none; only a process that is
    killed leaves a hidden part of it. A link's target is written, and what is there keeps its permissions. A device or
    a pipe, such as /dev/stdout, is written as it is.

    Raises OSError where nothing can be written there.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_whole(f"{folder}/run.txt") as place:
    ...         _ = place.write_text("f = 0.9")
    ...     Path(folder, "run.txt").read_text()
    'f = 0.9'
    """
    path = Path(os.path.realpath(file))
    before = path.stat().st_mode if path.exists() else None
    if before is not None and stat.S_ISDIR(before):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), os.fspath(file))
    if before is not None and not stat.S_ISREG(before):
        yield path
        return
    place = path.with_name(f".{path.stem[:100]}-{secrets.token_hex(8)}{path.suffix}")
    try:
        # Inside, so that a Ctrl-C just after it is made takes it away too.
        place.touch(0o666 if before is None else 0o600, exist_ok=False)
        yield place
        if before is not None:
            place.chmod(stat.S_IMODE(before))
        place.replace(path)
    finally:
        place.unlink(missing_ok=True)
