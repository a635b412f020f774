"""A lesson's text: paragraphs of Markdown, each with what it points at.

A paragraph may be led by a line such as

    {step=write beat=forget light="forget_gate kept"}

`step` is a landmark (see `analysis/points.py`) or a number counted from 1, `beat` one of the six,
`light` names parts of the picture or whole charts. Words in braces inside a paragraph stand for the
numbers of the run at that point: {forget_gate}, {cell_state}, {unit}, {event} ...
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_block_plugin

from lstm_viz.figures.moment import BEATS

#: Marks that Markdown would read; a stranger's words are shown as they are.
MARKS = "\\`*_[]<>&#!|~"


class Paragraph(NamedTuple):
    """One paragraph in Markdown, and where it points; None leaves a place as it is."""

    text: str
    step: str | None = None
    beat: int | None = None
    light: tuple[str, ...] = ()

    def html(self, words: Mapping[str, str]) -> str:
        """The paragraph as HTML, numbers filled in."""
        return _markdown().render(self.text.format_map({name: marked(word) for name, word in words.items()}))


def paragraphs(name: str) -> tuple[Paragraph, ...]:
    """The paragraphs of the lesson of this name.

    >>> paragraphs("forget_gate")[0].beat is not None
    True
    """
    return read(files("lstm_viz.lessons").joinpath(f"{name}.md").read_text(encoding="utf-8"))


def read(text: str) -> tuple[Paragraph, ...]:
    """The paragraphs of a text.

    >>> read("{step=write beat=learn}\\nIt *learns*.")
    (Paragraph(text='It *learns*.', step='write', beat=2, light=()),)
    """
    tokens = _markdown().parse(text)
    found = [place for place, token in enumerate(tokens) if token.type == "paragraph_open"]
    return tuple(_paragraph(tokens[place], tokens[place + 1].content) for place in found)


def _paragraph(opened: Token, text: str) -> Paragraph:
    said = {name: str(value) for name, value in opened.attrs.items()}
    if unknown := set(said) - {"step", "beat", "light"}:
        raise ValueError(f"A paragraph points with step, beat and light; this one has {', '.join(sorted(unknown))}.")
    beat = BEATS.index(said["beat"].replace("-", " ")) if "beat" in said else None
    return Paragraph(text, said.get("step"), beat, tuple(said.get("light", "").split()))


def marked(word: str) -> str:
    """A word in which no mark is read as Markdown.

    >>> marked("a*b")
    'a\\\\*b'
    """
    return "".join(f"\\{sign}" if sign in MARKS else sign for sign in word)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).use(attrs_block_plugin)
