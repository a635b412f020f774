"""The lock of a folder that is written: however closely processes follow each other, one alone holds it."""

from __future__ import annotations

import pytest

from lstm_viz.storage.writing_lock import writing_lock
from lstm_viz.ui.explore.startup_files import STORED_RUNS, stored_runs

fcntl = pytest.importorskip("fcntl", reason="the system has no such locks")


def test_who_opened_the_file_before_the_first_let_go_keeps_out_a_third(tmp_path):
    folder = tmp_path / "run"
    with writing_lock(folder):
        second = (tmp_path / ".run.lock").open("r+b")  # has opened it, and locks it a moment after
    with second:
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(ValueError, match="Another process is writing"), writing_lock(folder):
            pass
    with writing_lock(folder):
        pass


def test_the_file_that_stays_is_empty_and_no_run(tmp_path, monkeypatch):
    with writing_lock(tmp_path / "run"):
        pass
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [(".run.lock", b"")]
    monkeypatch.setenv(STORED_RUNS, str(tmp_path))
    assert stored_runs() == {}
