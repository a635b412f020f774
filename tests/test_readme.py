"""What README.md says is true: its Python runs, its commands start the app, its tables are the project's own."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from lstm_viz.models import bundled_models
from lstm_viz.sequences.examples import bundled_examples
from lstm_viz.ui.pages import PAGES
from tests.browser.servers import running_app

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE_LINES = [line.strip("|") for line in TEXT.splitlines() if line.startswith("|")]
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in TABLE_LINES]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", blocks("python"))
def test_its_python_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {})


def test_it_has_python_of_three_lines():
    assert [len(block.splitlines()) for block in blocks("python")][:1] == [3]


def test_its_make_commands_are_the_makefile_s():
    targets = re.findall(r"^make (\w+)", "\n".join(blocks("sh")), re.MULTILINE)
    assert targets == ["app", "test"]
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_its_plain_lines_are_what_the_makefile_runs():
    said = [line for line in blocks("sh")[1].splitlines() if line]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(BIN)", ".venv/bin")
    assert said[-1] == ".venv/bin/streamlit run app.py"
    assert said[-1] in makefile
    assert "-r requirements.txt" in said[1]


def test_its_line_for_streamlit_starts_the_app(tmp_path: Path):
    line = shlex.split(blocks("sh")[1].splitlines()[-1])
    assert line[1:] == ["run", "app.py"]
    with running_app(tmp_path / "log.txt") as server:
        assert server.process.poll() is None


def test_ci_calls_the_same_test_command_and_nothing_else():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith(("#", "set ", "cd "))] == [
        "export LSTM_VIZ_TESTS=full",
        "exec make test",
    ]


def test_it_names_every_page():
    assert {page.title for page in PAGES} <= {row[0] for row in ROWS}


@pytest.mark.parametrize("example", bundled_examples(), ids=lambda example: example.key)
def test_it_names_every_example_with_source_and_licence(example):
    assert (example.title, example.source, example.licence) in ROWS


@pytest.mark.parametrize("card", bundled_models(), ids=lambda card: card.key)
def test_it_says_how_well_every_model_does(card):
    def said(value: float) -> str:
        return f"{100 * value:.3g} %" if card.share else f"{value:.3g}"

    row = (card.title, f"{card.metric}: {said(card.score)}", f"{card.baseline_name}: {said(card.baseline)}")
    assert row in ROWS


def test_it_names_the_torch_that_is_pinned():
    pinned = next(line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("torch=="))
    assert pinned in TEXT
