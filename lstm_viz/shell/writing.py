"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from lstm_viz.shell.refusals import Refusal


@contextmanager
def place_for(output: Path, force: bool, ending: str = ".nc") -> Iterator[Path]:
    """A file beside `output` to write into, which takes its name when the block ends well.

    However else it ends, by Ctrl-C too, nothing is left. Raises BadParameter for another ending,
    Refusal where there is such a file and it may not be overwritten, OSError where none can be written.
    """
    if output.suffix.lower() != ending:
        raise typer.BadParameter(f"Choose a name that ends in {ending}; {output.name} came.", param_hint="-o")
    _refuse_existing(output, force)
    handle, name = tempfile.mkstemp(ending, f".{output.stem}-", _folder(output))
    os.close(handle)
    place = Path(name)
    try:
        yield place
        place.chmod(0o666 & ~_mask())
        _refuse_existing(output, force)
        place.replace(output)
    finally:
        place.unlink(missing_ok=True)


def _refuse_existing(output: Path, force: bool) -> None:
    if output.is_dir():
        raise Refusal(f"{output} is a folder. Choose another name.")
    if output.exists() and not force:
        raise Refusal(f"There is a file {output} already. Choose another name, or overwrite it with --force.")


def _folder(output: Path) -> Path:
    if not output.parent.is_dir():
        raise Refusal(f"There is no folder {output.parent} to write into.")
    return output.parent


def _mask() -> int:
    """Which rights new files go without; it can only be asked by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
