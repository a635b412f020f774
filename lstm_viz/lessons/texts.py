"""A lesson's text: paragraphs of Markdown, each with attributes for the step, beat and charts that it is about.

A paragraph may be led by a line such as

    {step=write beat=forget light="forget_gate kept"}

`step` is a landmark (see `lessons/moments.py`) or a number counted from 1, `beat` one of the six, `sequence` a number
counted from 1, `light` names parts of the picture or whole charts, and before a paragraph with `ask=before` stands the
lesson's question, which that paragraph answers. Words in braces inside a paragraph stand for the
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

#: Characters with a meaning in CommonMark, which are escaped in a user's words.
MARKDOWN_CHARACTERS = "\\`*_[]<>&#!|~"


class Paragraph(NamedTuple):
    """One paragraph in Markdown and its attributes; None leaves the player's step, beat or sequence as it is."""

    text: str
    step: str | None = None
    beat: int | None = None
    light: tuple[str, ...] = ()
    #: Counted from 0.
    sequence: int | None = None
    #: Whether the lesson's question comes before it.
    asks: bool = False

    def html(self, words: Mapping[str, str]) -> str:
        """The paragraph as HTML, its placeholders filled in and escaped."""
        return _markdown().render(self.text.format_map({name: escape_markdown(word) for name, word in words.items()}))


@cache
def paragraphs(name: str) -> tuple[Paragraph, ...]:
    """The paragraphs of the lesson of this name.

    >>> paragraphs("forget_gate")[0].beat is not None
    True
    """
    return parse_paragraphs(files("lstm_viz.lessons").joinpath(f"{name}.md").read_text(encoding="utf-8"))


def parse_paragraphs(text: str) -> tuple[Paragraph, ...]:
    """Parse a text into its paragraphs.

    >>> parse_paragraphs("{step=write beat=learn}\\nIt *learns*.")
    (Paragraph(text='It *learns*.', step='write', beat=2, light=(), sequence=None, asks=False),)
    """
    tokens = _markdown().parse(text)
    starts = [index for index, token in enumerate(tokens) if token.type == "paragraph_open"]
    return tuple(_paragraph(tokens[index], tokens[index + 1].content) for index in starts)


def _paragraph(opened: Token, text: str) -> Paragraph:
    attributes = {name: str(value) for name, value in opened.attrs.items()}
    if unknown := set(attributes) - {"step", "beat", "light", "sequence", "ask"}:
        raise ValueError(
            f"A paragraph has the attributes step, beat, sequence, light and ask; this one has "
            f"{', '.join(sorted(unknown))}."
        )
    if attributes.get("ask", "before") != "before":
        raise ValueError(f"A question stands before its paragraph: ask=before, not ask={attributes['ask']}.")
    beat = BEATS.index(attributes["beat"].replace("-", " ")) if "beat" in attributes else None
    sequence = int(attributes["sequence"]) - 1 if "sequence" in attributes else None
    light = tuple(attributes.get("light", "").split())
    return Paragraph(text, attributes.get("step"), beat, light, sequence, "ask" in attributes)


def escape_markdown(word: str) -> str:
    """Escape a word's Markdown characters.

    >>> escape_markdown("a*b")
    'a\\\\*b'
    """
    return "".join(f"\\{sign}" if sign in MARKDOWN_CHARACTERS else sign for sign in word)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).use(attrs_block_plugin)
