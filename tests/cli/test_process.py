"""The shell as processes: exit codes, Ctrl-C, how fast help is there, what a pipe gets."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
import tomllib
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest
from torch import nn

import lstm_viz
from lstm_viz.cli.recording import atomic_file
from tests.browser.servers import free_port

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "lstm_viz"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def started(words: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """A process that hears Ctrl-C, also where these tests run in a shell's background, which does not."""
    hear = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(words, env=ENVIRONMENT, preexec_fn=hear, **options)


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)


def test_codes_streams_and_json(tmp_path):
    fine = run("trace", "recall", "recall", "-o", "run.nc", "--json", folder=tmp_path)
    assert fine.returncode == 0 and fine.stderr == ""
    assert json.loads(fine.stdout)["sequences"] == 8
    refused = run("show", "lost.nc", folder=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "") and "no trace file" in refused.stderr
    assert run("trace", "recall", folder=tmp_path).returncode == 2


LOADED = "import sys; print('\\nloaded', *{name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names)"


def loaded(code: str) -> set[str]:
    """Libraries beside Python's own that are there once the code has run."""
    words = [sys.executable, "-c", f"{code}\n{LOADED}"]
    found = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return set(found.stdout.splitlines()[-1].split()[1:])


def test_help_loads_nothing_beyond_the_library_of_the_commands():
    """NumPy alone would nearly double the time until it is there. Older Typers take typing_extensions with them."""
    help_ = "try: __import__('lstm_viz.cli.program').cli.program.program(['--help'])\nexcept SystemExit: pass"
    assert loaded(help_) - loaded("import typer.rich_utils, typing_extensions") == {"lstm_viz"}


SLOWLY = """
import time
from lstm_viz.traces import Trace
def save(self, place):
    place.write_bytes(b"half a run")
    time.sleep(600)
Trace.save = save
from lstm_viz.cli.program import main
main()
"""


@pytest.mark.parametrize(
    ("command", "sequence", "sent", "code"),
    [
        (COMMAND, "-", signal.SIGINT, 130),
        ([sys.executable, "-c", SLOWLY], "recall", signal.SIGINT, 130),
        ([sys.executable, "-c", SLOWLY], "recall", signal.SIGTERM, 143),
    ],
    ids=["reading", "writing", "told to end"],
)
def test_ctrl_c_leaves_no_half_file(tmp_path, command, sequence, sent, code):
    """While it waits for what is piped in, and in the midst of writing."""
    words = [*command, "trace", "recall", sequence, "-o", "run.nc"]
    pipe = subprocess.PIPE
    process = started(words, cwd=tmp_path, stdin=pipe, stderr=pipe)
    half = b"" if sequence == "-" else b"half a run"
    end = time.monotonic() + 600
    while [file.read_bytes() for file in tmp_path.iterdir()] != [half] and time.monotonic() < end:
        time.sleep(0.01)
    assert [file.name[0] for file in tmp_path.iterdir()] == ["."], "it writes beside the name that was asked for"
    process.send_signal(sent)
    said = process.communicate(timeout=600)[1]
    assert process.returncode == code
    assert b"Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_just_after_the_file_was_made_leaves_nothing(tmp_path, monkeypatch):
    made = []
    touch = Path.touch

    def interrupted(path, *args, **options):
        touch(path, *args, **options)
        made.append(path)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "touch", interrupted)
    with pytest.raises(KeyboardInterrupt), atomic_file(tmp_path / "run.nc", force=False):
        pass
    assert made and list(tmp_path.iterdir()) == []


def test_what_goes_on_is_shown_on_a_terminal_alone(tmp_path):
    parent, child = pty.openpty()
    words = [*COMMAND, "trace", "recall", "recall", "-o", "run.nc", "--json"]
    process = subprocess.Popen(words, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=child)
    os.close(child)
    seen = b""
    try:
        while part := os.read(parent, 65536):
            seen += part
    except OSError:  # the terminal's other end is closed
        pass
    os.close(parent)
    json.loads(process.communicate(timeout=600)[0])
    assert b"Running the model over the sequence" in seen


def test_the_app_starts_and_ctrl_c_ends_it(tmp_path):
    lstm_viz.trace(nn.LSTM(2, 3), np.ones((5, 1, 2), np.float32)).save(tmp_path / "run.nc")
    port = free_port()
    words = [*COMMAND, "app", "run.nc", "--port", str(port), "--no-browser"]
    with (tmp_path / "log.txt").open("wb") as log:
        process = started(words, cwd=tmp_path, stdout=log, stderr=log)
        _wait_for(port)
        taken = run("app", "--port", str(port), "--no-browser", folder=tmp_path)
        process.send_signal(signal.SIGINT)
        assert process.wait(600) == 130
    assert taken.returncode == 1 and "--port" in taken.stderr
    said = (tmp_path / "log.txt").read_text()
    assert f"localhost:{port}/explore?source=Saved+run" in said and "Traceback" not in said


def _wait_for(port: int) -> None:
    for _ in range(6000):
        try:
            with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the app did not start")


def test_completion_comes_with_it(tmp_path):
    environment = ENVIRONMENT | {"_LSTM_VIZ_COMPLETE": "complete_bash", "COMP_WORDS": "lstm-viz tr", "COMP_CWORD": "1"}
    code = "from lstm_viz.cli.program import program; program(prog_name='lstm-viz')"
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert found.stdout.split() == ["trace"]


def test_the_console_script_is_the_module():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"lstm-viz": "lstm_viz.cli.program:main"}
