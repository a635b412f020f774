"""`lstm-viz trace`: run a model over a sequence and write down every number of every gate."""

from __future__ import annotations

import time
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lstm_viz.cli.model_argument import ModelArgument, resolve_model
from lstm_viz.cli.printing import print_json, print_line, progress_phases
from lstm_viz.cli.recording import destination, record_run, size_on_disk
from lstm_viz.cli.sequence_argument import SequenceOptions, read_batch
from lstm_viz.files.sizes import size_in_words

if TYPE_CHECKING:
    from lstm_viz.sequences.batch import SequenceBatch
    from lstm_viz.traces import Trace

_SEQUENCE_PANEL, _IDS_PANEL = "The sequence", "Ids and text, for a model with an embedding before it"
_READING_PANEL = "How the file is read, where it may be read in two ways"


def trace(
    model: Annotated[str, typer.Argument(help="A model's file, or the name of a bundled model.", show_default=False)],
    sequence: Annotated[
        str,
        typer.Argument(
            help="A table, an array or a text (CSV, TSV, Parquet, XLSX, JSON, NPY, NPZ, TXT), "
            "the name of a bundled example, or - for what is piped in.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The file to write, run.nc; or for a run too long for memory a folder, run.zarr.",
            show_default=False,
        ),
    ],
    lstm: Annotated[
        str, typer.Option(help="Which LSTM of the file, where it holds several: its name, or a part that no other has.")
    ] = "",
    epoch: Annotated[
        int | None, typer.Option(help="Of a NeuralHydrology run, the epoch whose weights are read; else the last one.")
    ] = None,
    columns: Annotated[
        str,
        typer.Option(
            help="The columns to read, in the model's order, as in rain,snow.", rich_help_panel=_SEQUENCE_PANEL
        ),
    ] = "",
    standardise: Annotated[
        bool | None,
        typer.Option(
            "--standardise/--as-is",
            help="Give (value - mean) / standard deviation, or the values as they are in the file.",
            show_default="as the model learned it, where its file says that; else as is",
            rich_help_panel=_SEQUENCE_PANEL,
        ),
    ] = None,
    split: Annotated[
        str, typer.Option(help="The column that tells sequences apart, or none.", rich_help_panel=_SEQUENCE_PANEL)
    ] = "",
    order: Annotated[
        str, typer.Option(help="The column that orders and names the steps, or none.", rich_help_panel=_SEQUENCE_PANEL)
    ] = "",
    gaps: Annotated[
        Literal["interpolate", "previous", "mean", "zero", "drop"],
        typer.Option(help="What fills a gap; drop leaves its row out.", rich_help_panel=_SEQUENCE_PANEL),
    ] = "interpolate",
    part: Annotated[
        str, typer.Option(help="Which sheet of a workbook, or array of an archive.", rich_help_panel=_SEQUENCE_PANEL)
    ] = "",
    rows: Annotated[
        int | None,
        typer.Option(min=1, help="Cut one long sequence into so many, side by side.", rich_help_panel=_SEQUENCE_PANEL),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many steps.", rich_help_panel=_SEQUENCE_PANEL)
    ] = None,
    through: Annotated[
        str,
        typer.Option(
            help="The sequence holds ids: an embedding of the model's file that they go through, or one-hot.",
            rich_help_panel=_IDS_PANEL,
        ),
    ] = "",
    vocabulary: Annotated[
        str,
        typer.Option(
            help="The sequence is text: a file with its token for each id (JSON, or one a line), or ascii.",
            rich_help_panel=_IDS_PANEL,
        ),
    ] = "",
    decimal: Annotated[
        Literal[".", ",", "both"] | None,
        typer.Option(
            help="The decimal mark; the other one marks thousands. both: either is one.", rich_help_panel=_READING_PANEL
        ),
    ] = None,
    missing: Annotated[
        str | None,
        typer.Option(
            help="Numbers that stand for a missing value, as in -999,-99.9; or none.", rich_help_panel=_READING_PANEL
        ),
    ] = None,
    day_first: Annotated[
        bool | None,
        typer.Option("--day-first/--month-first", help="What 3/4/2024 begins with.", rich_help_panel=_READING_PANEL),
    ] = None,
    year_first: Annotated[
        bool | None,
        typer.Option("--year-first/--year-last", help="What 24-06-07 begins with.", rich_help_panel=_READING_PANEL),
    ] = None,
    first_year: Annotated[
        int | None,
        typer.Option(
            min=1000,
            max=2200,
            help="Years of two digits lie in the hundred years from this one on.",
            rich_help_panel=_READING_PANEL,
        ),
    ] = None,
    pivot: Annotated[
        bool | None,
        typer.Option(
            "--pivot/--no-pivot",
            help="Whether a column that names quantities, beside one of values, becomes a column for each.",
            rich_help_panel=_READING_PANEL,
        ),
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="The first row holds names.", rich_help_panel=_READING_PANEL),
    ] = None,
    row_is: Annotated[
        Literal["step", "sequence", "feature", "part"] | None,
        typer.Option(help="What a row of the table, or an array's first axis, is.", rich_help_panel=_READING_PANEL),
    ] = None,
    padding: Annotated[
        str | None,
        typer.Option(
            help="Numbers that fill up shorter sequences of an array, as in 0; or none.", rich_help_panel=_READING_PANEL
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="Where it runs: cpu, cuda, cuda:1, mps.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file where there is one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Run a model over a sequence, and write down every number of every gate.

    A model that knows its features, such as a NeuralHydrology run, finds its columns by their names and scales them by
    its own centre and scale. For others values are given as they are in the file unless --standardise is said. Ctrl-C
    leaves no half file; a folder keeps what it has, and the same command goes on with it.

    Examples:

      lstm-viz trace recall recall -o run.nc

      lstm-viz trace checkpoint.pt river.csv -o run.nc --columns rain,temperature --standardise

      lstm-viz trace voice.onnx speech.npz -o run.nc --lstm decoder --steps 2000

      lstm-viz trace sentiment.pt review.txt -o run.nc --through embed --vocabulary words.json
    """
    started = time.perf_counter()
    if vocabulary and not through:
        raise typer.BadParameter("Say --through as well: what the ids go through.", param_hint="--vocabulary")
    options = SequenceOptions(
        columns,
        order,
        split,
        gaps,
        part,
        standardise,
        rows,
        steps,
        through,
        vocabulary,
        decimal,
        missing,
        day_first,
        year_first,
        first_year,
        pivot,
        header,
        row_is,
        padding,
    )
    with destination(output, force) as place, progress_phases() as phase:
        with phase(f"Opening {Path(model).name}"):
            chosen = resolve_model(model, lstm, epoch)
        with phase(f"Reading {Path(sequence).name}"):
            batch = read_batch(sequence, chosen, options)
        run, running = record_run(chosen, batch, place, device, phase)
    seconds = {"seconds": round(time.perf_counter() - started, 3), "seconds_running": round(running, 3)}
    result = _summary(run, batch, chosen, output) | {"values": _value_scaling(batch, through, chosen)} | seconds
    print_json(result) if as_json else _print_summary(result, output, drawable=run.activations.is_drawable)


def _summary(run: Trace, batch: SequenceBatch, chosen: ModelArgument, output: Path) -> dict[str, object]:
    return {
        "file": str(output),
        "bytes": size_on_disk(output),
        "model": chosen.title,
        "sequence": batch.source,
        "columns": list(batch.names),
        "steps": len(batch.values),
        "sequences": len(batch.lengths),
        "layers": {layer.name: layer.units for layer in run.layers},
        "device": run.device,
        "dtype": run.dtype,
        "difference": run.difference,
        "agreement": run.agreement,
        "notes": [*run.notes, *batch.notes],
    }


def _value_scaling(batch: SequenceBatch, through: str, chosen: ModelArgument) -> str:
    if through:
        return f"each id's row of {through}"
    known = chosen.inputs
    if known is not None and (tuple(batch.offset), tuple(batch.scale)) == (known.centre, known.scale):
        return f"scaled as the model learned it, by {known.source or 'its file'}"
    return "as they are in the file" if (batch.scale == 1).all() and (batch.offset == 0).all() else "standardised"


def _print_summary(result: dict, output: Path, *, drawable: bool) -> None:
    from lstm_viz.sequences.formatting import plural
    from lstm_viz.sequences.preparation import STEP_CHARACTERS

    layers = ", ".join(f"{name} ({plural(units, 'unit')})" for name, units in result["layers"].items())
    names = ", ".join(STEP_CHARACTERS.get(name, name) for name in result["columns"][:8]) + (
        " …" if len(result["columns"]) > 8 else ""
    )
    counts = f"{plural(result['sequences'], 'sequence')}, {plural(result['steps'], 'step')}"
    print_line(f"Recorded {result['model']} on {result['sequence']}: {counts}.")
    print_line(f"  read      {names}; values {result['values']}")
    print_line(f"  layers    {layers}")
    print_line(f"  checked   {result['agreement']} ({result['device']}, {result['dtype']})")
    print_line(f"  took      {result['seconds']:.1f} s, {result['seconds_running']:.1f} s of it running the model")
    print_line(f"  written   {output} ({size_in_words(result['bytes'])})")
    for note in result["notes"]:
        print_line(f"  note      {note}")
    if drawable:
        print_line(f"Look at it: lstm-viz app {quote(str(output))}")
    else:
        print_line(f"Its numbers: lstm-viz show {quote(str(output))} --text")
