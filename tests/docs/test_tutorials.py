"""The tutorials, from top to bottom: code runs in order in an empty folder, and prints what the page says it prints."""

from __future__ import annotations

import re
import shlex
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_viz.cli.program import main
from tests.docs.markdown import ROOT, Block, blocks, read, run

PAGES = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs" / "tutorials").glob("*.md"))]
TUTORIALS = [page for page in PAGES if blocks(page, "python")]
NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?")
#: What may be imported from the project.
PUBLIC = r"lstm_viz(?:\.(?:traces|sequences|checkpoints|analysis|figures))?"
#: How far numbers may be off that come out of training, which no two processors do alike: relatively, and near 0.
ABOUT, NEAR = 0.5, 3.0


def test_there_are_four():
    assert len(TUTORIALS) == 4


@pytest.mark.parametrize("page", TUTORIALS)
def test_it_runs_and_prints_what_it_says(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    threads, names, printed = torch.get_num_threads(), {"__name__": "tutorial"}, ""
    try:
        for block in blocks(page):
            if block.language == "python":
                with redirect_stdout(StringIO()) as output:
                    run(page, block, names)
                printed = output.getvalue()
            elif block.language == "sh":
                type_in(block, monkeypatch)
            elif block.language.startswith("text"):
                compare(page, block, printed)
                printed = ""
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("page", TUTORIALS)
def test_it_uses_public_names_alone(page: str):
    code = "".join(block.text for block in blocks(page, "python"))
    modules = re.findall(r"^\s*(?:from|import) (lstm_viz[\w.]*)", code, re.MULTILINE)
    assert modules and all(re.fullmatch(PUBLIC, module) for module in modules)
    assert not re.search(r"\._[a-z]", code)


def type_in(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs the lines of ours that end by themselves; others are held against the Makefile elsewhere."""
    for line in block.text.splitlines():
        if line.startswith("lstm-viz "):
            monkeypatch.setattr(sys, "argv", shlex.split(line, comments=True))
            with pytest.raises(SystemExit) as ended:
                main()
            assert ended.value.code == 0, line


def compare(page: str, block: Block, printed: str) -> None:
    """Holds what was printed to what the page says: words exactly, numbers as near as the page promises."""
    expected, actual = ([line.rstrip() for line in text.rstrip("\n").splitlines()] for text in (block.text, printed))
    where = f"{page}, line {block.line}: it says\n{block.text}\nand prints\n{printed}"
    assert [NUMBER.sub("#", line) for line in expected] == [NUMBER.sub("#", line) for line in actual], where
    for one, other in zip(numbers(expected), numbers(actual), strict=True):
        near = ABOUT * abs(one) + NEAR if block.language == "text about" else 1e-9
        assert np.isclose(one, other, rtol=0, atol=near), where


def numbers(lines: list[str]) -> list[float]:
    """All numbers of some lines."""
    return [float(number.replace(",", "")) for line in lines for number in NUMBER.findall(line)]


def test_every_output_stands_behind_what_prints_it():
    for page in TUTORIALS:
        kinds = [block.language.split()[0] for block in blocks(page)]
        assert all(kinds[place - 1] == "python" for place, kind in enumerate(kinds) if kind == "text"), page
        assert "```text about" not in read(page) or "torch.optim" in read(page) or "torch.manual_seed" in read(page)
