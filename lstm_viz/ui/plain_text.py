"""Text for Streamlit's Markdown in which words from outside stay plain: a file's name, a column, a refusal.

Streamlit reads labels, captions, alerts and options as Markdown, so that a column called `![x](http://…)` would have
every browser fetch a picture. All text that is not a constant goes through `plain_text` or `markdown`, which
tests/test_package_rules.py checks; what both give is Markdown by type, all other text is escaped.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

#: Text within back-ticks, which Markdown leaves as it is.
CODE_SPAN = re.compile(r"(`[^`\n]+`)")
#: Signs that mean something to Streamlit's Markdown outside of them.
SPECIAL = re.compile(r"[\\`\[\]*_<>$#~:|]")
#: What begins a line as a list or an underlined title.
LINE_START = re.compile(r"^(\s*(?:\d{1,9}(?=[.)](?:\s|$))|(?=[-+](?:\s|$)|(?:=+|-+)\s*$)))", re.MULTILINE)
#: What Streamlit replaces after reading, escaped or not: an address, an icon's name, an arrow of signs.
REPLACED = re.compile(
    r"(?i)\bhttps?:(?=//)|\bwww(?=\.)|[-.\w+](?=@)|:(?=[a-z+-][\w+-]*[:/\[])|(?<!\S)(?:<-|[-<>~])(?=[->=]+(?!\S))"
)
#: Keeps signs apart, and can't be seen.
WORD_JOINER = "\u2060"


class Markdown(str):
    """Text for Streamlit's Markdown, made by `plain_text` or `markdown`: in it nothing from outside acts."""

    __slots__ = ()


def plain_text(text: object) -> Markdown:
    """Words as they are to be read, in which nothing but back-ticks acts as Markdown; Markdown stays what it is.

    >>> plain_text("`visit_date` *costs* $5")
    '`visit_date` \\\\*costs\\\\* \\\\$5'
    """
    if isinstance(text, Markdown):
        return text
    parts = CODE_SPAN.split(str(text))
    return Markdown("".join(part if CODE_SPAN.fullmatch(part) else _escape(part) for part in parts))


def _escape(text: str) -> str:
    apart = REPLACED.sub(lambda found: found[0] + WORD_JOINER, text)
    return LINE_START.sub(r"\g<1>\\", SPECIAL.sub(r"\\\g<0>", apart))


class _WordsFormatter(Formatter):
    """`str.format` whose words are escaped, but for what is Markdown."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return plain_text(value) if isinstance(value, str) else plain_text(format(value, format_spec))


def markdown(template: str, **words: object) -> Markdown:
    """A template in Markdown, which is a constant, with words in it that stay plain.

    >>> markdown("**{name}** has {rows:,} rows", name="a*b", rows=1200)
    '**a\\\\*b** has 1,200 rows'
    """
    return Markdown(_WordsFormatter().vformat(template, (), words))


def as_list(sentences: Any) -> Markdown:
    """Sentences as a list, to stand after a caption; nothing for none.

    >>> as_list(["It starts from zero."])
    '\\n- It starts from zero.'
    """
    return Markdown(
        "".join(
            f"\n- {plain_text(sentence if isinstance(sentence, Markdown) else ' '.join(sentence.split()))}"
            for sentence in sentences
        )
    )
