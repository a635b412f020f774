"""The table of names: the course's, with the letters of its equations, those of papers, and PyTorch's."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

#: The lessons whose text ends with the table.
BASICS, ARCHITECTURE = "basics", "architecture"
SENTENCE = (
    "Papers count three gates, input, forget and output, and mean the factors. The course counts four: its learn gate "
    "holds two small networks, its remember gate none. PyTorch has them as four blocks of rows."
)
FIRST_SENTENCE = "In papers and in PyTorch the same things have other names."


class Name(NamedTuple):
    """One thing: its name here, its letter in the course, its name in papers, where PyTorch has it, and in a trace."""

    course: str
    letter: str
    paper: str
    torch: str
    trace: str
    #: The lesson that first needs it.
    first: str = ARCHITECTURE


#: `weight_ih` and `weight_hh` hold four blocks of rows, in the order i, f, g, o.
NAMES = (
    Name("event", "E", "input x", "input", "event", BASICS),
    Name("long-term memory", "LTM", "cell state c", "c_n", "cell_state", BASICS),
    Name("short-term memory", "STM", "hidden state h", "output, h_n", "hidden_state", BASICS),
    Name("combined value", "N", "candidate g", "block 3", "candidate"),
    Name("ignore factor", "i", "input gate i", "block 1", "input_gate"),
    Name("learned", "N · i", "i · g", "–", "learned"),
    Name("forget factor", "f", "forget gate f", "block 2", "forget_gate"),
    Name("kept", "LTM′ · f", "f · c′", "–", "kept"),
    Name("offered value", "U", "tanh(c)", "–", "readout"),
    Name("use factor", "V", "output gate o", "block 4", "output_gate"),
)


def names_html(lesson: str) -> str:
    """The table for a lesson, as HTML: the names that it needs and all before; "" for a lesson without it.

    >>> "cell state c" in names_html("basics"), "forget gate f" in names_html("basics"), names_html("use_gate")
    (True, False, '')
    """
    if lesson not in (BASICS, ARCHITECTURE):
        return ""
    shown = [name for name in NAMES if lesson == ARCHITECTURE or name.first == BASICS]
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("here", "letter", "papers", "PyTorch"))
    rows = "".join(
        f'<tr><th scope="row">{escape(name.course)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in (name.letter, name.paper, name.torch))
        + "</tr>"
        for name in shown
    )
    sentence = SENTENCE if lesson == ARCHITECTURE else FIRST_SENTENCE
    return f"<p>{sentence}</p>\n<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
