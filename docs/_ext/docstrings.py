"""Docstrings of this project as reStructuredText: they are written to be read as they stand, in `help()`.

A docstring is paragraphs of plain words with code in backticks, argument lines such as `x: (time, batch, features)`,
each going on indented, and doctest examples. In reStructuredText a bare `*`, `_` or `|` would mean something else.
"""

from __future__ import annotations

import re
from typing import Any

ARGUMENT = re.compile(r"(\w+(?:, \w+)*): (.*)")
CODE = re.compile(r"(`+[^`]+`+)")


def setup(app: Any) -> dict[str, Any]:
    """Sphinx calls this; `autodoc` then hands each docstring over, line by line."""
    app.connect("autodoc-process-docstring", lambda _app, _what, _name, _thing, _options, lines: rewrite(lines))
    return {"parallel_read_safe": True}


def rewrite(lines: list[str]) -> None:
    """Replaces the lines of a docstring by what says the same in reStructuredText.

    >>> lines = ["Kept, f * c_{t-1}.", "", "x: of `trace`,", "    as h_n.", "step: a number."]
    >>> rewrite(lines)
    >>> print(*lines, sep="\\n")
    Kept, f \\* c\\_{t-1}.
    <BLANKLINE>
    ``x``
        of `trace`,
        as h\\_n.
    ``step``
        a number.
    """
    found: list[str] = []
    example = argument = False
    before = ""
    for line in lines:
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        if example:
            found.append(line)
        elif (match := ARGUMENT.fullmatch(line)) and (argument or not before.strip()):
            # At a paragraph's start, or after another argument.
            argument = True
            names = ", ".join(f"``{name}``" for name in match[1].split(", "))
            found += [names, f"    {escaped(match[2])}"]
        else:
            argument = argument and line.startswith(" ")
            found.append(escaped(line))
        before = line
    lines[:] = found


def escaped(line: str) -> str:
    """The line with every mark that would mean something escaped, outside of code in backticks."""
    parts = CODE.split(line)
    parts[::2] = [re.sub(r"(?<!\\)([*_|])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)
