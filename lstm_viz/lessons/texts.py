"""A lesson's text: paragraphs of Markdown, each with attributes for the step, beat and charts that it is about.

A paragraph may be led by a line such as

    {step=write beat=forget light="forget_gate kept"}

`step` is a landmark (see `lessons/moments.py`) or a number counted from 1; of several names the first that this run has
is taken. `beat` is one of the six, `sequence` a number counted from 1, `light` names parts of the picture or whole
charts, and before a paragraph with `ask=before` stands the lesson's question, which that paragraph answers. Words in
braces inside a paragraph stand for the numbers of the run at that point: {forget_gate}, {cell_state}, {unit} ...

What says something of the run stands in square brackets, with its claim after it:

    [Unit {unit} keeps nearly all of it.]{claim="keeps, held"} [It drops most.]{else claim=forgets} [It fades.]{else}

A claim is the name of a predicate in `lessons/claims.py`, or of a truth that the page itself hands over; of several,
parted by commas, each has to hold, and one after `not` has not to. Where it fails the bracket is left out. After `else`
it is shown only where none of those before it was. A paragraph may have a claim in its leading line too, and one of
which nothing is left is left out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_block_plugin

from lstm_viz.figures.moment import BEATS

#: Characters with a meaning in CommonMark, which are escaped in a user's words.
MARKDOWN_CHARACTERS = "\\`*_[]<>&#!|~"
#: A bracket, which may hold one more pair of brackets, and the attributes right after it.
BRACKET = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\{((?:else)?\s*(?:claim=(?:\"[^\"]*\"|\w+))?)\}")


class Claim(NamedTuple):
    """The name of a predicate, and whether it must hold or must fail."""

    name: str
    holds: bool = True


class Passage(NamedTuple):
    """Sentences that are shown together, if all their claims hold; those without a claim always are."""

    text: str
    claims: tuple[Claim, ...] = ()
    #: Whether it is shown only where none of the passages before it, back to one that is no alternative, was.
    otherwise: bool = False


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
    #: What must hold for the whole paragraph to be shown.
    claims: tuple[Claim, ...] = ()

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Its sentences by what they claim, from the first to the last.

        >>> [passage.claims for passage in Paragraph("It is so. [It keeps.]{claim=keeps} [Not.]{else}").passages]
        [(), (Claim(name='keeps', holds=True),), ()]
        """
        return tuple(_passages(self.text))

    def html(self, words: Mapping[str, str], holds: Callable[[str], bool] = lambda name: True) -> str:
        """The paragraph as HTML, its placeholders filled in and escaped; "" where nothing of it is shown.

        `holds` says of a claim whether it does.

        >>> Paragraph("[It keeps.]{claim=keeps} [It drops.]{else}").html({}, lambda name: False)
        '<p>It drops.</p>\\n'
        """
        shown = " ".join(self.shown(holds))
        return _markdown().render(shown.format_map({name: escape_markdown(word) for name, word in words.items()}))

    def shown(self, holds: Callable[[str], bool]) -> Iterator[str]:
        """The passages of which the claims hold."""
        if not _all_hold(self.claims, holds):
            return
        taken = False
        for passage in self.passages:
            if not passage.otherwise:
                taken = False
            if not taken and _all_hold(passage.claims, holds):
                taken = True
                yield passage.text


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
    (Paragraph(text='It *learns*.', step='write', beat=2, light=(), sequence=None, asks=False, claims=()),)
    """
    tokens = _markdown().parse(text)
    starts = [index for index, token in enumerate(tokens) if token.type == "paragraph_open"]
    return tuple(_paragraph(tokens[index], tokens[index + 1].content) for index in starts)


def _paragraph(opened: Token, text: str) -> Paragraph:
    attributes = {name: str(value) for name, value in opened.attrs.items()}
    if unknown := set(attributes) - {"step", "beat", "light", "sequence", "ask", "claim"}:
        raise ValueError(
            f"A paragraph has the attributes step, beat, sequence, light, ask and claim; this one has "
            f"{', '.join(sorted(unknown))}."
        )
    if attributes.get("ask", "before") != "before":
        raise ValueError(f"A question stands before its paragraph: ask=before, not ask={attributes['ask']}.")
    if "]{" in BRACKET.sub("", text):
        raise ValueError(f"After a bracket stands {{claim=…}}, {{else claim=…}} or {{else}}: {text!r}.")
    beat = BEATS.index(attributes["beat"].replace("-", " ")) if "beat" in attributes else None
    sequence = int(attributes["sequence"]) - 1 if "sequence" in attributes else None
    light = tuple(attributes.get("light", "").split())
    claims = _claims(attributes.get("claim", ""))
    return Paragraph(text, attributes.get("step"), beat, light, sequence, "ask" in attributes, claims)


def _passages(text: str) -> Iterator[Passage]:
    end = 0
    for found in BRACKET.finditer(text):
        if between := text[end : found.start()].strip():
            yield Passage(between)
        first, *others = shlex.split(found[2]) or [""]
        claim = " ".join([first, *others]).removeprefix("else").strip().removeprefix("claim=")
        yield Passage(found[1].strip(), _claims(claim), first == "else")
        end = found.end()
    if rest := text[end:].strip():
        yield Passage(rest)


def _claims(listed: str) -> tuple[Claim, ...]:
    names = [name.strip() for name in listed.split(",") if name.strip()]
    return tuple(Claim(name.removeprefix("not ").strip(), not name.startswith("not ")) for name in names)


def _all_hold(claims: tuple[Claim, ...], holds: Callable[[str], bool]) -> bool:
    return all(holds(claim.name) is claim.holds for claim in claims)


def escape_markdown(word: str) -> str:
    """Escape a word's Markdown characters.

    >>> escape_markdown("a*b")
    'a\\\\*b'
    """
    return "".join(f"\\{sign}" if sign in MARKDOWN_CHARACTERS else sign for sign in word)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).use(attrs_block_plugin)
