"""One thing has one name: a word of docs/glossary.md, with the standard term where a lesson first speaks of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstm_viz.bundled import bundled_models
from lstm_viz.lessons.sections import SECTIONS
from lstm_viz.lessons.texts import paragraphs
from tests.docs.markdown import ROOT, rows

#: The lessons as they are read.
READING_ORDER = tuple(section.name for section in SECTIONS)
#: How a word is written with its standard term.
FIRST_MENTIONS = {
    "event": "event (input x)",
    "short-term memory": "short-term memory, STM (hidden state)",
    "long-term memory": "long-term memory, LTM (cell state)",
    "combined value": "combined value (candidate)",
    "ignore factor": "ignore factor (input gate)",
    "forget factor": "forget factor (forget gate)",
    "use factor": "use factor (output gate)",
    "seam": "seam (window boundary)",
}
#: Standard terms, which stand in brackets after the course's word or nowhere.
BRACKETED = ("candidate", "input gate", "output gate", "hidden state", "cell state")
#: Words of old, and what nobody knows who wasn't told.
NEVER = (
    r"what memory offers",
    r"offered by memory",
    r"\bwhat is felt\b",
    r"takes none of its kinds",
    r"Runs without a word",
    r"a small charge on",
)
PLACES = ("ui", "player", "lessons", "figures", "standalone")


def plain(name: str) -> str:
    """A lesson's text without marks and placeholders."""
    text = " ".join(paragraph.text.replace("*", "").replace("\n", " ") for paragraph in paragraphs(name))
    return re.sub(r"\{\w+\}", "0", text)


def test_the_first_mention_in_the_reading_order_has_the_standard_term():
    text = " ".join(map(plain, READING_ORDER))
    for word, first in FIRST_MENTIONS.items():
        place = re.search(rf"\b{word}\b", text)
        assert place, word
        assert text[place.start() :].startswith(first), text[place.start() : place.start() + 60]


@pytest.mark.parametrize("name", READING_ORDER)
def test_a_standard_term_stands_in_brackets_or_nowhere(name):
    text = plain(name)
    for term in BRACKETED:
        assert len(re.findall(rf"\b{term}\b", text)) == text.count(f"({term})"), term


def test_findings_of_models_use_the_courses_words():
    for card in bundled_models():
        for finding in card.findings:
            assert not any(term in finding.text for term in BRACKETED), finding.text


def shown_texts() -> Iterator[tuple[Path, str]]:
    """Texts in code that people may read: literals with a blank, but for docstrings, and the player's own."""
    for place in PLACES:
        for file in sorted((ROOT / "lstm_viz" / place).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare
                if is_text and " " in node.value:
                    yield file, node.value
        for file in sorted((ROOT / "lstm_viz" / place).rglob("*.js")):
            for line in file.read_text(encoding="utf-8").splitlines():
                yield file, line.split("//")[0]
        for file in sorted((ROOT / "lstm_viz" / place).rglob("*.md")):
            yield file, file.read_text(encoding="utf-8")


def test_no_page_or_figure_uses_another_word():
    for file, text in shown_texts():
        for other in NEVER:
            assert not re.search(other, text), f"{file}: {text}"


def test_the_glossary_has_every_word_with_its_standard_term():
    listed = {row[0]: row[1] for row in rows("docs/glossary.md")}
    for word in ("combined value", "ignore factor", "forget factor", "use factor", "offered value", "learned", "kept"):
        assert listed[word]
    assert listed["ignore factor"] == "input gate i" and listed["long-term memory, LTM"] == "cell state c"
