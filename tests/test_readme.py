"""What README.md says is true: its Python runs, its commands start the app, what it names is there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from lstm_viz.bundled import bundled_models
from lstm_viz.sequences.examples import bundled_examples
from tests.docs.markdown import ROOT, Block, blocks, read, rows, run

README = "README.md"
#: What GitHub shows without being asked to, and a newcomer waits for.
MAX_BYTES = 1_500_000


@pytest.mark.parametrize("block", blocks(README, "python"), ids=lambda block: f"line {block.line}")
def test_its_python_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run(README, block, {})


def test_it_has_python_of_three_lines():
    assert [len(block.text.splitlines()) for block in blocks(README, "python")] == [3]


def test_its_make_commands_are_the_makefile_s():
    targets = re.findall(r"^make (\w+)", "\n".join(block.text for block in blocks(README, "sh")), re.MULTILINE)
    assert targets == ["app", "test"]
    for target in [*targets, "docs"]:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize("status", [0, 2])
def test_ci_calls_the_same_test_command_and_asked_for_all_the_lowest_versions_too(status: int, tmp_path: Path):
    make, called = tmp_path / "make", tmp_path / "called"
    make.write_text(f'#!/bin/sh\necho "$LSTM_VIZ_TESTS make $1" >> {called}\n[ "$1" != test ] || exit {status}\n')
    make.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for options, commands in ([], ["test"]), (["--full"], ["test", "test-lowest"]):
        ended = subprocess.run([ROOT / ".ci" / "run", *options], env=environment, check=False)
        assert ended.returncode == status
        assert called.read_text().splitlines() == [f"full make {command}" for command in commands]
        called.unlink()


def test_it_is_read_in_three_minutes():
    """At 250 words a minute, which is slow; code and addresses count too."""
    assert len(read(README).split()) <= 750


def test_its_picture_moves_and_is_small():
    picture = (ROOT / "docs" / "memory-flow.webp").read_bytes()
    assert picture[:4] == b"RIFF" and picture.count(b"ANMF") > 12
    assert len(picture) <= MAX_BYTES
    assert "(docs/memory-flow.webp)" in read(README)


def test_it_names_the_licence_of_every_bundled_thing():
    licences = {title: row[1] for row in rows(README) if len(row) == 2 for title in [row[0]]}
    for example in bundled_examples():
        assert [
            licence
            for names, licence in licences.items()
            if re.search(rf"\b{re.escape(example.title.split(' by ')[0])}\b", names) and licence == example.licence
        ], example.title
    assert len(bundled_models()) == 7 and "seven bundled models" in read(README)
