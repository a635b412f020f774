"""Recording a run to a file, written atomically, or to a folder chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lstm_viz.cli.errors import CommandError
from lstm_viz.cli.model_argument import ModelArgument
from lstm_viz.cli.printing import PhaseFactory
from lstm_viz.files.whole import written_whole

if TYPE_CHECKING:
    import numpy as np

    from lstm_viz.recording.long_runs import Progress
    from lstm_viz.sequences.batch import SequenceBatch
    from lstm_viz.traces import Trace

#: Suffixes of the two kinds of stored runs.
FILE_SUFFIX, FOLDER_SUFFIX = ".nc", ".zarr"


@contextmanager
def destination(output: Path, force: bool) -> Iterator[Path]:
    """Where to write: a file, written atomically, or a folder, in which a stopped run continues.

    Raises BadParameter for a name that ends otherwise, and what `atomic_file` raises.
    """
    if output.suffix.lower() not in (FILE_SUFFIX, FOLDER_SUFFIX):
        raise typer.BadParameter(
            f"Choose a name that ends in {FILE_SUFFIX}, or in {FOLDER_SUFFIX} for a run too long for memory; "
            f"{output.name} came.",
            param_hint="-o",
        )
    if output.suffix.lower() == FILE_SUFFIX:
        with atomic_file(output, force) as place:
            yield place
        return
    if force:
        raise typer.BadParameter(
            "A folder is gone on with, not overwritten. Choose another name.", param_hint="--force"
        )
    _refuse_finished_run(output)
    yield output


def _refuse_finished_run(folder: Path) -> None:
    """Raise CommandError for a folder with a finished run; one that was stopped continues."""
    if folder.is_file():
        raise CommandError(f"{folder} is a file. Choose another name.")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    from lstm_viz.storage.zarr.read import open_trace

    if open_trace(folder).finished:
        raise CommandError(f"There is a whole run in {folder} already. Choose another name.")


def record_run(
    model_argument: ModelArgument, batch: SequenceBatch, place: Path, device: str, phase: PhaseFactory
) -> tuple[Trace, float]:
    """Run a model over a batch into `place`; the run, or a folder's first step, and the seconds that it ran.

    Raises CommandError with the sentence of the recorder.
    """
    with _recorder_errors():
        into = _record_to_folder if place.suffix.lower() == FOLDER_SUFFIX else _record_to_file
        return into(model_argument, batch, place, device, phase)


def _record_to_file(
    model_argument: ModelArgument, batch: SequenceBatch, place: Path, device: str, phase: PhaseFactory
) -> tuple[Trace, float]:
    import lstm_viz

    with phase("Running the model over the sequence") as running:
        lengths = _lengths(model_argument, batch)
        run = lstm_viz.trace(model_argument.module, batch.values, None, lengths, device or None)
    with phase("Writing the run"):
        run.named(batch, model_argument.answers(run.output_within_lengths)).save(place)
    return run, running.seconds


def _record_to_folder(
    model_argument: ModelArgument, batch: SequenceBatch, place: Path, device: str, phase: PhaseFactory
) -> tuple[Trace, float]:
    import lstm_viz

    with phase("Running the model over the sequence") as running:

        def advance(progress: Progress) -> None:
            running.advance(progress.steps, progress.total)

        store = lstm_viz.trace_to(
            model_argument.module,
            batch.values,
            place,
            lengths=_lengths(model_argument, batch),
            device=device or None,
            progress=advance,
            names=batch,
        )
    return store.part(0, 1), running.seconds


def _lengths(model_argument: ModelArgument, batch: SequenceBatch) -> np.ndarray | None:
    from lstm_viz.recording.start import given_lengths

    return given_lengths(model_argument.module, batch.lengths, len(batch.values))


@contextmanager
def _recorder_errors() -> Iterator[None]:
    from lstm_viz.recording.start import StartError
    from lstm_viz.storage import TraceFileError

    try:
        yield
    except TraceFileError:
        raise
    except StartError as error:
        raise CommandError(
            f"{error.reason} Say --rows {error.stored} to cut one long sequence into so many, with --split none where "
            f"a column tells sequences apart, or give a file of {error.stored:,} sequences."
        ) from error
    except (ValueError, TypeError, RuntimeError) as error:
        raise CommandError(str(error).splitlines()[0]) from error


def size_on_disk(output: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    if output.is_file():
        return output.stat().st_size
    return sum(file.stat().st_size for file in output.rglob("*") if file.is_file())


@contextmanager
def atomic_file(output: Path, force: bool, ending: str = ".nc") -> Iterator[Path]:
    """See `written_whole`, for a name that a person gave a command.

    Raises BadParameter for another ending, CommandError where there is such a file and it may not be overwritten, or no
    folder for it, OSError where none can be written.
    """
    if output.suffix.lower() != ending:
        raise typer.BadParameter(f"Choose a name that ends in {ending}; {output.name} came.", param_hint="-o")
    _refuse_existing(output, force)
    if not output.parent.is_dir():
        raise CommandError(f"There is no folder {output.parent} to write into.")
    with written_whole(output) as place:
        yield place
        _refuse_existing(output, force)


def _refuse_existing(output: Path, force: bool) -> None:
    if output.is_dir():
        raise CommandError(f"{output} is a folder. Choose another name.")
    if output.exists() and not force:
        raise CommandError(f"There is a file {output} already. Choose another name, or overwrite it with --force.")
