"""The lessons in their order: one for each section of the course, with the course's own video of it."""

from __future__ import annotations

from typing import NamedTuple


class Section(NamedTuple):
    """One lesson: the name of its page and its text, its title, and where the course explains it."""

    name: str
    title: str
    video: str

    @property
    def number(self) -> int:
        """Its place, counted from 1."""
        return SECTIONS.index(self) + 1


def _section(name: str, title: str, video: str) -> Section:
    return Section(name, title, f"https://www.youtube.com/watch?v={video}")


SECTIONS = (
    _section("rnn_vs_lstm", "RNN vs LSTM", "70MgF-IwAr8"),
    _section("basics", "Basics", "gjb68a4XsqE"),
    _section("architecture", "Architecture", "ycwthhdx8ws"),
    _section("learn_gate", "Learn gate", "aVHVI7ovbHY"),
    _section("forget_gate", "Forget gate", "iWxpfxLUPSU"),
    _section("remember_gate", "Remember gate", "0qlm86HaXuU"),
    _section("use_gate", "Use gate", "5Ifolm1jTdY"),
    _section("all_together", "All together", "IF8FlKW-Zo0"),
    _section("sequences_of_data", "Sequences of data", "pdSr5F-9qE0"),
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
