"""`lstm-viz trace`: run a model over a sequence and write down every number of every gate."""

from __future__ import annotations

import time
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lstm_viz.cli.model_argument import Picked, picked
from lstm_viz.cli.printing import phases, print_json, say
from lstm_viz.cli.recording import destination, record, size_of
from lstm_viz.cli.sequence_argument import Wanted, batch_for

if TYPE_CHECKING:
    from lstm_viz.sequences.batch import SequenceBatch
    from lstm_viz.traces import Trace

_SEQUENCE, _IDS = "The sequence", "Ids and text, for a model with an embedding before it"


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
    columns: Annotated[
        str,
        typer.Option(help="The columns to read, in the model's order, as in rain,snow.", rich_help_panel=_SEQUENCE),
    ] = "",
    standardise: Annotated[
        bool | None,
        typer.Option(
            "--standardise/--as-is",
            help="Give (value - mean) / standard deviation, or the values as they are in the file.",
            show_default="as is; a bundled example as its model learned it",
            rich_help_panel=_SEQUENCE,
        ),
    ] = None,
    split: Annotated[
        str, typer.Option(help="The column that tells sequences apart; none: one.", rich_help_panel=_SEQUENCE)
    ] = "",
    order: Annotated[
        str, typer.Option(help="The column that orders and names the steps.", rich_help_panel=_SEQUENCE)
    ] = "",
    gaps: Annotated[
        Literal["interpolate", "previous", "mean", "zero", "drop"],
        typer.Option(help="What fills a gap; drop leaves its row out.", rich_help_panel=_SEQUENCE),
    ] = "interpolate",
    part: Annotated[
        str, typer.Option(help="Which sheet of a workbook, or array of an archive.", rich_help_panel=_SEQUENCE)
    ] = "",
    rows: Annotated[
        int | None,
        typer.Option(min=1, help="Cut one long sequence into so many, side by side.", rich_help_panel=_SEQUENCE),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many steps.", rich_help_panel=_SEQUENCE)
    ] = None,
    through: Annotated[
        str,
        typer.Option(
            help="The sequence holds ids: an embedding of the model's file that they go through, or one-hot.",
            rich_help_panel=_IDS,
        ),
    ] = "",
    vocabulary: Annotated[
        str,
        typer.Option(
            help="The sequence is text: a file with its token for each id (JSON, or one a line), or ascii.",
            rich_help_panel=_IDS,
        ),
    ] = "",
    device: Annotated[str, typer.Option(help="Where it runs: cpu, cuda, cuda:1, mps.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file where there is one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Run a model over a sequence, and write down every number of every gate.

    Values are given as they are in the file unless --standardise is said. Ctrl-C leaves no half file; a folder keeps
    what it has, and the same command goes on with it.

    Examples:

      lstm-viz trace recall recall -o run.nc

      lstm-viz trace checkpoint.pt river.csv -o run.nc --columns rain,temperature --standardise

      lstm-viz trace voice.onnx speech.npz -o run.nc --lstm decoder --steps 2000

      lstm-viz trace sentiment.pt review.txt -o run.nc --through embed --vocabulary words.json
    """
    started = time.perf_counter()
    if vocabulary and not through:
        raise typer.BadParameter("Say --through as well: what the ids go through.", param_hint="--vocabulary")
    wanted = Wanted(columns, order, split, gaps, part, standardise, rows, steps, through, vocabulary)
    with destination(output, force) as place, phases() as phase:
        with phase(f"Opening {Path(model).name}"):
            chosen = picked(model, lstm)
        with phase(f"Reading {Path(sequence).name}"):
            batch = batch_for(sequence, chosen, wanted)
        run, running = record(chosen, batch, place, device, phase)
    seconds = {"seconds": round(time.perf_counter() - started, 3), "seconds_running": round(running, 3)}
    told = _told(run, batch, chosen, output) | {"values": _values(batch, through)} | seconds
    print_json(told) if as_json else _print(told, output)


def _told(run: Trace, batch: SequenceBatch, chosen: Picked, output: Path) -> dict[str, object]:
    return {
        "file": str(output),
        "bytes": size_of(output),
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
        "notes": [*chosen.notes, *batch.notes],
    }


def _values(batch: SequenceBatch, through: str) -> str:
    if through:
        return f"each id's row of {through}"
    return "as they are in the file" if (batch.scale == 1).all() and (batch.offset == 0).all() else "standardised"


def _print(told: dict, output: Path) -> None:
    from lstm_viz.sequences.formatting import plural
    from lstm_viz.sequences.preparation import VISIBLE_CHARACTERS

    layers = ", ".join(f"{name} ({plural(units, 'unit')})" for name, units in told["layers"].items())
    names = ", ".join(VISIBLE_CHARACTERS.get(name, name) for name in told["columns"][:8]) + (
        " …" if len(told["columns"]) > 8 else ""
    )
    counts = f"{plural(told['sequences'], 'sequence')}, {plural(told['steps'], 'step')}"
    say(f"Recorded {told['model']} on {told['sequence']}: {counts}.")
    say(f"  read      {names}; values {told['values']}")
    say(f"  layers    {layers}")
    say(f"  checked   {told['agreement']} ({told['device']}, {told['dtype']})")
    say(f"  took      {told['seconds']:.1f} s, {told['seconds_running']:.1f} s of it running the model")
    say(f"  written   {output} ({told['bytes'] / 2**20:,.1f} MB)")
    for note in told["notes"]:
        say(f"  note      {note}")
    say(f"Look at it: lstm-viz app {quote(str(output))}")
