"""What stands in a Markdown page of the project: code blocks and tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: its language (and what else is said of it), its text, and the page's line where that begins."""

    language: str
    text: str
    line: int


def read(page: str) -> str:
    """A page's text, by its path from the project's folder."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str | None = None) -> list[Block]:
    """A page's code blocks, or those in one language."""
    text = read(page)
    found = [Block(match[1], match[2], text.count("\n", 0, match.start(2)) + 1) for match in FENCE.finditer(text)]
    return [block for block in found if language in (None, block.language)]


def rows(page: str) -> list[tuple[str, ...]]:
    """The rows of all tables of a page, cell by cell."""
    lines = [line.strip("|") for line in read(page).splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.split("|")) for line in lines]


def run(page: str, block: Block, names: dict[str, object]) -> None:
    """Runs a block of Python in a namespace; an error names the page and the line."""
    exec(compile("\n" * (block.line - 1) + block.text, page, "exec"), names)
