"""The check that tests leave nothing behind in the project."""

from __future__ import annotations

import shutil
import subprocess

from tests.run import changed


def test_a_file_that_is_left_behind_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert changed() == set()
    if shutil.which("git"):
        subprocess.run(["git", "init", "-q"], check=True)
    assert changed() == set()
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "run.nc").write_bytes(b"")
    assert changed() == ({"?? left/run.nc"} if shutil.which("git") else set())


def test_without_git_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert changed() == set()
