"""`lstm-viz models` and `lstm-viz show`: what is said of a file, and the same for a program."""

from __future__ import annotations

import json
import tempfile
import webbrowser
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.cli.printing import escape_unprintable


def test_models_says_sizes_and_what_stands_round(typed, two):
    result = typed("models two.pt")
    assert result.exit_code == 0
    for said in ("2 LSTMs", "encoder", "reads 4 features", "both directions", "a linear layer of 7 outputs"):
        assert said in " ".join(result.stdout.split())


def test_models_as_json(typed, two):
    told = json.loads(typed("models two.pt --json").stdout)
    encoder, decoder = told["lstms"]
    assert (encoder["features"], encoder["units"], encoder["layers"], encoder["directions"]) == (4, 6, 2, 2)
    assert encoder["parameters"] == sum(part.numel() for part in nn.LSTM(4, 6, 2, bidirectional=True).parameters())
    assert decoder["name"] == "decoder"
    assert told["neighbours"] == [{"name": "out", "kind": "linear", "shape": [7, 3], "beside": ["decoder"]}]


def test_show_as_json_is_the_trace_s_own_numbers(typed):
    torch.manual_seed(0)
    trace = lstm_viz.trace(nn.LSTM(3, 4, 2), torch.randn(9, 2, 3), lengths=[9, 5])
    trace.save("run.nc")
    told = json.loads(typed("show run.nc --json").stdout)
    assert (told["steps"], told["sequences"], told["features"]) == (9, 2, 3)
    for told_layer, layer in zip(told["layers"], trace.layers, strict=True):
        assert told_layer["mean_forget_gate"] == pytest.approx(float(np.nanmean(layer.forget_gate)), rel=1e-6)
        factors = np.nanmean(np.log(layer.forget_gate.astype(float)), axis=(0, 1))
        longest = int(np.argmax(factors))
        assert told_layer["hold_longest"][0]["unit"] == longest
        assert told_layer["hold_longest"][0]["half_life"] == pytest.approx(np.log(0.5) / factors[longest], rel=1e-4)


def test_show_says_units_as_the_app_counts_them(typed):
    torch.manual_seed(0)
    trace = lstm_viz.trace(nn.LSTM(3, 4), torch.randn(9, 2, 3))
    trace.save("run.nc")
    factors = np.log(trace.layers[0].forget_gate.astype(float)).mean(axis=(0, 1))
    assert f" {np.argmax(factors) + 1} ({np.log(0.5) / factors.max():.3g})" in typed("show run.nc --text").stdout


def test_show_draws_the_picture_where_it_is_asked(typed, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: bool(opened.append(address)) or True)
    trace = lstm_viz.trace(nn.LSTM(3, 4), torch.randn(9, 2, 3))
    trace.save("run.nc")
    kept = typed("show run.nc -o picture.html --step 4 --unit 2 --sequence 2")
    assert kept.exit_code == 0, kept.output
    assert opened == [Path("picture.html").resolve().as_uri()]
    wanted = trace.show(step=3, unit=1, sequence=1, title="run.nc").html
    assert Path("picture.html").read_text(encoding="utf-8") == wanted
    assert typed("show run.nc -o picture.html").exit_code == 1, "it is not overwritten"
    assert typed("show run.nc -o report.html --report --no-browser").exit_code == 0
    assert Path("report.html").read_text(encoding="utf-8") == trace.report(title="run.nc").html
    assert typed("show run.nc --no-browser").exit_code == 0 and len(opened) == 1


@pytest.mark.parametrize("asked", ["--layer l1", "--step 10", "--sequence 3", "--unit 5", "--step 0", "-o picture.png"])
def test_show_refuses_what_the_run_has_not(typed, asked):
    lstm_viz.trace(nn.LSTM(3, 4), torch.randn(9, 2, 3)).save("run.nc")
    refused = typed(f"show run.nc --no-browser {asked}")
    assert refused.exit_code == 2 and asked.split()[0] in refused.stderr


def test_a_plain_rnn_has_a_summary_too(typed):
    lstm_viz.trace(nn.RNN(2, 3), torch.ones(4, 1, 2)).save("run.nc")
    assert typed("show run.nc --text").exit_code == 0
    assert "hold_longest" not in json.loads(typed("show run.nc --json").stdout)["layers"][0]


@pytest.mark.parametrize("command", ["models", "show", "app"])
@pytest.mark.parametrize("content", [None, b"", b"not what it says"])
def test_what_cant_be_opened_is_a_sentence(typed, tmp_path, command, content):
    name = "broken.pt" if command == "models" else "broken.nc"
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = typed(f"{command} {name}")
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1 and result.stderr.startswith("lstm-viz: ")


def test_names_in_a_file_don_t_steer_the_terminal(typed, tmp_path):
    torch.save(
        {f"a\x1b[31m[bold]b.{name}": part for name, part in nn.LSTM(2, 3).state_dict().items()}, tmp_path / "m.pt"
    )
    said = typed("models m.pt").stdout
    assert "\x1b" not in said and "[bold]" in said
    assert escape_unprintable("a\x1b]0;title\x07") == "a�]0;title�"


def test_every_command_has_help_with_examples(typed):
    for command in ("app", "trace", "show", "models"):
        help_ = typed(f"{command} --help")
        assert help_.exit_code == 0 and "Examples:" in help_.stdout and f"lstm-viz {command}" in help_.stdout
    assert "130" in typed("--help").stdout
    assert typed("--version").stdout.startswith("lstm-viz ")
    assert typed("").exit_code == 2
