"""Recording a run to a file, whole or not at all, or to a folder chunk by chunk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lstm_viz.cli.model_argument import Picked
from lstm_viz.cli.printing import Phases
from lstm_viz.cli.refusals import Refusal

if TYPE_CHECKING:
    from lstm_viz.recording.long_runs import Progress
    from lstm_viz.sequences.batch import SequenceBatch
    from lstm_viz.traces import Trace

#: How the names of the two kinds of stores end.
FILE, FOLDER = ".nc", ".zarr"


@contextmanager
def destination(output: Path, force: bool) -> Iterator[Path]:
    """Where to write: a file that is there whole or not at all, or a folder that can be gone on with.

    Raises BadParameter for a name that ends otherwise, and what `place_for` raises.
    """
    if output.suffix.lower() not in (FILE, FOLDER):
        raise typer.BadParameter(
            f"Choose a name that ends in {FILE}, or in {FOLDER} for a run too long for memory; {output.name} came.",
            param_hint="-o",
        )
    if output.suffix.lower() == FILE:
        with place_for(output, force) as place:
            yield place
        return
    if force:
        raise typer.BadParameter(
            "A folder is gone on with, not overwritten. Choose another name.", param_hint="--force"
        )
    _refuse_whole(output)
    yield output


def _refuse_whole(folder: Path) -> None:
    """A run that was stopped is gone on with; one that is whole stays as it is."""
    if folder.is_file():
        raise Refusal(f"{folder} is a file. Choose another name.")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    from lstm_viz.storage.zarr.read import open_trace

    if open_trace(folder).finished:
        raise Refusal(f"There is a whole run in {folder} already. Choose another name.")


def record(chosen: Picked, batch: SequenceBatch, place: Path, device: str, phase: Phases) -> tuple[Trace, float]:
    """Run a model over a batch into `place`; the run, or a folder's first step, and the seconds that it ran.

    Raises Refusal with the sentence of the recorder.
    """
    with _refusing():
        start = chosen.start_for(len(batch.lengths))
        into = _into_folder if place.suffix.lower() == FOLDER else _into_file
        return into(chosen, batch, place, device, phase, start)


def _into_file(
    chosen: Picked, batch: SequenceBatch, place: Path, device: str, phase: Phases, start: object
) -> tuple[Trace, float]:
    import lstm_viz

    with phase("Running the model over the sequence") as running:
        run = lstm_viz.trace(chosen.module, batch.values, start, batch.lengths, device or None)
    with phase("Writing the run"):
        run.named(batch, chosen.answers(run.output)).save(place)
    return run, running.seconds


def _into_folder(
    chosen: Picked, batch: SequenceBatch, place: Path, device: str, phase: Phases, start: object
) -> tuple[Trace, float]:
    import lstm_viz

    with phase("Running the model over the sequence") as running:

        def told(progress: Progress) -> None:
            running.reach(progress.steps, progress.total)

        store = lstm_viz.trace_to(
            chosen.module,
            batch.values,
            place,
            state=start,
            lengths=batch.lengths,
            device=device or None,
            progress=told,
            names=batch,
        )
    return store.part(0, 1), running.seconds


@contextmanager
def _refusing() -> Iterator[None]:
    from lstm_viz.storage import TraceFileError

    try:
        yield
    except TraceFileError:
        raise
    except (ValueError, TypeError, RuntimeError) as error:
        raise Refusal(str(error).splitlines()[0]) from error


def size_of(output: Path) -> int:
    """Bytes on the disk."""
    if output.is_file():
        return output.stat().st_size
    return sum(file.stat().st_size for file in output.rglob("*") if file.is_file())


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
