"""What the documentation's pages say is true: their Python runs, their tables are the project's own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from lstm_viz.bundled import bundled_models
from lstm_viz.checkpoints.readers.formats import EXTENSIONS as MODELS
from lstm_viz.cli.program import program
from lstm_viz.files.sizes import MEGABYTE
from lstm_viz.sequences import Limits, bundled_examples
from lstm_viz.sequences.readers.formats import EXTENSIONS as TABLES
from lstm_viz.ui.navigation.pages import PAGES
from tests.browser.servers import running_app
from tests.docs.markdown import ROOT, Block, blocks, read, rows, run

PYTHON, START, BUNDLED, FILES, APP = (f"docs/{name}.md" for name in ("python", "start", "bundled", "files", "app"))
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
WRITTEN = ["README.md", "CHANGELOG.md", *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs").rglob("*.md")))]


@pytest.mark.parametrize("block", blocks(PYTHON, "python"), ids=lambda block: f"line {block.line}")
def test_the_python_of_the_page_on_python_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run(PYTHON, block, {})


def plain_lines() -> list[str]:
    """What is typed where there is no make."""
    (block,) = [block for block in blocks(START, "sh") if "venv .venv" in block.text]
    return [line for line in block.text.splitlines() if line]


def test_plain_lines_are_what_the_makefile_runs():
    lines = plain_lines()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(BIN)", ".venv/bin")
    assert lines[-1] == ".venv/bin/streamlit run app.py"
    assert lines[-1] in makefile
    assert "-r requirements.txt" in lines[1]


def test_the_line_for_streamlit_starts_the_app(tmp_path: Path):
    line = shlex.split(plain_lines()[-1])
    assert line[1:] == ["run", "app.py"]
    with running_app(tmp_path / "log.txt") as server:
        assert server.process.poll() is None


def test_the_torch_that_is_named_is_the_pinned_one():
    pinned = next(line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("torch=="))
    assert pinned in read(START)


def test_every_page_of_the_app_is_named():
    assert {page.title for page in PAGES} <= {row[0] for row in rows(APP)}


@pytest.mark.parametrize("example", bundled_examples(), ids=lambda example: example.key)
def test_every_example_is_named_with_source_and_licence(example):
    assert (example.title, example.source, example.licence) in rows(BUNDLED)


@pytest.mark.parametrize("card", bundled_models(), ids=lambda card: card.key)
def test_it_is_said_how_well_every_model_does(card):
    def formatted(value: float) -> str:
        return f"{100 * value:.3g} %" if card.share else f"{value:.3g}"

    row = (card.title, f"{card.metric}: {formatted(card.score)}", f"{card.baseline_name}: {formatted(card.baseline)}")
    assert row in rows(BUNDLED)


def test_every_ending_of_a_file_is_named():
    named = [ending for row in rows(FILES) if row[0].startswith(".") for ending in row[0].split()]
    assert named == [*(f".{ending}" for ending in TABLES), *MODELS]


def test_the_limits_of_a_table_are_as_said():
    limits, text = Limits(), read(FILES).replace("\n", " ")
    assert f"up to {limits.upload_bytes // MEGABYTE} MB, {limits.rows:,} rows, {limits.columns:,} columns" in text
    assert f"{limits.cells:,} values; a text {limits.text_characters:,} characters" in text


def test_the_shell_s_commands_and_options_are_there():
    commands = {
        name: {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for name, command in get_command(program).commands.items()
    }
    for line in "\n".join(block.text for page in WRITTEN for block in blocks(page, "sh")).splitlines():
        if line.startswith("lstm-viz "):
            _, name, *words = shlex.split(line, comments=True)
            assert {word for word in words if word.startswith("-")} <= commands[name], line


def test_every_file_that_contributing_names_is_there():
    """A name without a folder lies beside the file that was named before it, or below the cell's first folder."""
    for cells in rows("CONTRIBUTING.md"):
        folders = [ROOT]
        for name in re.findall(r"`([\w./]+\.(?:py|js|md))`", cells[0]):
            found = [folder / name for folder in (ROOT, folders[-1], *folders) if (folder / name).is_file()]
            assert found or "your_" in name, name
            folders += [found[0].parent] if found else []


@pytest.mark.parametrize("page", WRITTEN)
def test_links_lead_somewhere(page: str):
    """Within the project: pages, pictures that are committed, other files. Pictures of the build are its own."""
    for target in LINK.findall(re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)):
        if "://" not in target and "_pictures/" not in target:
            assert (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("page", WRITTEN)
def test_pages_of_the_app_that_are_linked_are_there(page: str):
    for name in re.findall(r"`(?:http://localhost:8501)?/([a-z_]+)\?", read(page)):
        assert name in {known.name for known in PAGES}
