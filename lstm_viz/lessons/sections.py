"""The lessons in their order: one for each part of the course, with the course's own video of it.

Basics comes first, where the course begins with RNN vs LSTM: who knows what an event and a memory are follows that.
"""

from __future__ import annotations

from typing import NamedTuple


class Section(NamedTuple):
    """One lesson: the name of its page and its text, its title, and where the course explains it."""

    name: str
    title: str
    video: str
    #: Its place in the course, counted from 1.
    part: int

    @property
    def number(self) -> int:
        """Its place, counted from 1."""
        return SECTIONS.index(self) + 1


def _section(part: int, name: str, title: str, video: str) -> Section:
    return Section(name, title, f"https://www.youtube.com/watch?v={video}", part)


SECTIONS = (
    _section(2, "basics", "Basics", "gjb68a4XsqE"),
    _section(1, "rnn_vs_lstm", "RNN vs LSTM", "70MgF-IwAr8"),
    _section(3, "architecture", "Architecture", "ycwthhdx8ws"),
    _section(4, "learn_gate", "Learn gate", "aVHVI7ovbHY"),
    _section(5, "forget_gate", "Forget gate", "iWxpfxLUPSU"),
    _section(6, "remember_gate", "Remember gate", "0qlm86HaXuU"),
    _section(7, "use_gate", "Use gate", "5Ifolm1jTdY"),
    _section(8, "all_together", "All together", "IF8FlKW-Zo0"),
    _section(9, "sequences_of_data", "Sequences of data", "pdSr5F-9qE0"),
)


def section(name: str) -> Section:
    """The lesson of this name; KeyError where there is none.

    >>> section("forget_gate").number
    5
    """
    for found in SECTIONS:
        if found.name == name:
            return found
    raise KeyError(f"No lesson is named {name!r}; there are {', '.join(found.name for found in SECTIONS)}.")
