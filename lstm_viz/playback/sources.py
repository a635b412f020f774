"""The player's sources, as text: a page of the app and a picture that stands alone are given the same."""

from __future__ import annotations

from importlib.resources import files

#: The player's sources, in an order in which each uses only what stands before it or runs later.
SCRIPTS = (
    "formats",
    "reel",
    "words",
    "shares",
    "ledgers",
    "rules",
    "charts",
    "caption",
    "moment",
    "theme",
    "address",
    "keys",
    "bar",
    "reader",
    "saving",
    "main",
)


def script() -> str:
    """The player's whole source."""
    return "\n".join(source(f"{name}.js") for name in SCRIPTS)


def source(name: str) -> str:
    """One file of the player."""
    return files("lstm_viz.playback").joinpath("player", name).read_text(encoding="utf-8")
