"""A file that a person named is there whole or as it was, whoever writes it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.files.whole import written_whole
from lstm_viz.traces import Trace

OLD = b"what was there"
WRITERS: dict[str, Callable[[Trace, Path], object]] = {
    "run.csv": lstm_viz.export,
    "run.parquet": lstm_viz.export,
    "run.npz": lstm_viz.export,
    "run.nc": lambda trace, file: trace.save(file),
    "picture.html": lambda trace, file: trace.show(file=file),
    "report.html": lambda trace, file: trace.report(file),
}
#: Writes half a file and is killed.
KILLED = """
import os, signal, sys
from lstm_viz.files.whole import written_whole
with written_whole(sys.argv[1]) as place:
    place.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def trace() -> Trace:
    torch.manual_seed(0)
    return lstm_viz.trace(nn.LSTM(2, 3), torch.randn(6, 1, 2))


@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_leaves_what_was_there_until_all_is_written(trace, tmp_path, monkeypatch, name):
    file = tmp_path / name
    file.write_bytes(OLD)
    seen = []

    replace = Path.replace

    def watched(place: Path, target: Path) -> None:
        seen.append((file.read_bytes(), place.stat().st_size > 0, place.parent, target))
        replace(place, target)

    monkeypatch.setattr(Path, "replace", watched)
    WRITERS[name](trace, file)
    assert seen == [(OLD, True, tmp_path, file)]
    assert file.read_bytes() != OLD and list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("before", [OLD, None])
def test_a_killed_process_leaves_the_file_as_it_was(tmp_path, before):
    file = tmp_path / "run.csv"
    if before is not None:
        file.write_bytes(before)
    ended = subprocess.run([sys.executable, "-c", KILLED, str(file)], cwd=Path(__file__).parents[2])
    assert ended.returncode == -signal.SIGKILL
    assert (file.read_bytes() if file.exists() else None) == before


@pytest.mark.parametrize("before", [OLD, None])
def test_an_error_leaves_the_file_as_it_was_and_nothing_beside(tmp_path, before):
    file = tmp_path / "run.csv"
    if before is not None:
        file.write_bytes(before)
    with pytest.raises(KeyboardInterrupt), written_whole(file) as place:
        place.write_bytes(b"half")
        raise KeyboardInterrupt
    assert [left.read_bytes() for left in tmp_path.iterdir()] == ([] if before is None else [before])


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
def test_permissions_are_those_of_the_file_before_or_of_any_new_one(tmp_path):
    plain, private, new = (tmp_path / name for name in ("plain", "private", "new"))
    plain.touch()
    private.touch(0o600)
    for file in (private, new):
        with written_whole(file) as place:
            place.write_bytes(b"new")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert new.stat().st_mode == plain.stat().st_mode


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
def test_a_links_target_and_a_pipe_are_written_themselves(tmp_path):
    target, link, pipe = tmp_path / "target", tmp_path / "link", tmp_path / "pipe"
    target.write_bytes(OLD)
    link.symlink_to(target)
    with written_whole(link) as place:
        place.write_bytes(b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    os.mkfifo(pipe)
    with written_whole(pipe) as place:
        assert place == pipe


def test_a_folder_and_a_missing_one_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(IsADirectoryError), written_whole(tmp_path):
        pytest.fail("it is a folder")
    with pytest.raises(FileNotFoundError), written_whole(tmp_path / "missing" / "run.csv"):
        pytest.fail("there is no such folder")
    assert list(tmp_path.iterdir()) == []
