"""`lstm-viz models`: every LSTM in a model's file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lstm_viz.cli.printing import print_json, print_line, print_table

if TYPE_CHECKING:
    from lstm_viz.checkpoints import Checkpoint
    from lstm_viz.checkpoints.contents import FoundLSTM


def models(
    file: Annotated[
        Path,
        typer.Argument(
            help="A model's file (PyTorch, TorchScript, torch.export, safetensors, ONNX, Keras, NumPy, Paddle), the "
            "index of several, or the folder that a model or a NeuralHydrology run was saved to.",
            show_default=False,
        ),
    ],
    epoch: Annotated[
        int | None, typer.Option(help="Of a NeuralHydrology run, the epoch whose weights are read; else the last one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """List every LSTM in a model's file: sizes, parameters, and what stands round them. Nothing in the file runs.

    Examples:

      lstm-viz models checkpoint.pt

      lstm-viz models voice.safetensors --json
    """
    from lstm_viz.checkpoints import open_path

    checkpoint = open_path(file, epoch=epoch)
    print_json(_summary(checkpoint, file)) if as_json else _print_summary(checkpoint, file)


def _print_summary(checkpoint: Checkpoint, file: Path) -> None:
    found = checkpoint.found
    print_line(f"{file.name}: {checkpoint.format}, {len(found)} LSTM{'s' * (len(found) != 1)}")
    print_line("")
    columns = ("LSTM", "kept as", "what it is", "parameters")
    rows = [(name, lstm.kind, lstm.description, f"{_parameter_count(lstm):,}") for name, lstm in found.items()]
    print_table(columns, rows, right=("parameters",))
    notes = list(checkpoint.notes_of_lstms(str))
    beside = [f"{neighbour.name}: {neighbour.description}" for neighbour in checkpoint.neighbours]
    for heading, lines in (("Round them, by their shapes", beside), ("Notes", [*notes, *checkpoint.notes])):
        if lines:
            print_line("")
            print_line(heading)
        for line in lines:
            print_line(f"  {line}")
    print_line("")
    print_line(f"Next: lstm-viz trace {quote(str(file))} SEQUENCE -o run.nc{_lstm_option(checkpoint)}")


def _lstm_option(checkpoint: Checkpoint) -> str:
    return f" --lstm {quote(next(iter(checkpoint.found)))}" if len(checkpoint.found) > 1 else ""


def _parameter_count(lstm: FoundLSTM) -> int:
    return sum(part.size for part in lstm.parameters.values())


def _summary(checkpoint: Checkpoint, file: Path) -> dict[str, Any]:
    return {
        "file": str(file),
        "format": checkpoint.format,
        "lstms": [_lstm_summary(lstm) for lstm in checkpoint.found.values()],
        "neighbours": [
            {"name": beside.name, "kind": beside.kind, "shape": list(beside.shape), "beside": list(beside.adjacent_to)}
            for beside in checkpoint.neighbours
        ],
        "notes": list(checkpoint.notes),
    }


def _lstm_summary(lstm: FoundLSTM) -> dict[str, Any]:
    from lstm_viz.checkpoints.load import DIRECTIONS

    shape = lstm.lstm_shape
    return {
        "name": lstm.name,
        "kind": lstm.kind,
        "features": shape.input_size,
        "units": shape.hidden_size,
        "layers": shape.num_layers,
        "directions": len(shape.directions),
        "projection": shape.proj_size,
        "bias": shape.bias,
        "parameters": _parameter_count(lstm),
        "batch_first": lstm.batch_first,
        "reads": DIRECTIONS[shape.directions],
        "initial_state": None if lstm.initial_state is None else [list(part.shape) for part in lstm.initial_state],
        "lengths": None if lstm.lengths is None else list(lstm.lengths),
        "inputs": None if lstm.inputs is None else asdict(lstm.inputs),
        "notes": list(lstm.notes),
    }
