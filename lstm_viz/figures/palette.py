"""The colours of every figure: one meaning, one colour, in the light and in the dark.

The four gates keep their hue everywhere. Memory and candidates are signed and lie on a
diverging blue-orange scale that is symmetric about 0. The values were checked for
protan, deutan and tritan sight; no figure rests on colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Streamlit's own font, so that charts and page look alike.
FONT = '"Source Sans", "Source Sans 3", "Helvetica Neue", Arial, sans-serif'


@dataclass(frozen=True)
class Palette:
    """One theme's colours, as CSS hexadecimal strings. No two roles share a string."""

    background: str
    surface: str
    line: str
    muted: str
    foreground: str
    forget: str
    learn: str
    remember: str
    use: str
    empty_gate: str
    signed: tuple[str, str, str, str, str]
    #: Six things that have no other colour, told apart in every kind of sight.
    events: tuple[str, str, str, str, str, str]

    def gate(self, name: str) -> tuple[str, str]:
        """One hue from closed (0) to open (1); `name` is forget, learn or use."""
        return self.empty_gate, getattr(self, name)


LIGHT = Palette(
    background="#FFFFFF",
    surface="#EAEFF7",
    line="#A9B4C6",
    muted="#5B6678",
    foreground="#1A2233",
    forget="#CC4A0A",
    learn="#118068",
    remember="#1E3FB3",
    use="#862078",
    empty_gate="#F4F2F0",
    signed=("#0B4F9E", "#5C9BD6", "#F1F1EE", "#E8963C", "#9C4A00"),
    events=("#4F6DD3", "#E7C07E", "#733939", "#57A7EE", "#D67E89", "#8B7208"),
)
DARK = Palette(
    background="#0E1117",
    surface="#1A212D",
    line="#4A566B",
    muted="#9AA5B8",
    foreground="#EDF1F8",
    forget="#FF7A45",
    learn="#4FE0AE",
    remember="#7C93FF",
    use="#E3B4EE",
    empty_gate="#1F242E",
    signed=("#7CC4FF", "#2F6FB0", "#1C2230", "#B5661A", "#FFB45E"),
    events=("#2DC3FE", "#B79C1F", "#7B50A4", "#F2B99E", "#369281", "#983908"),
)


#: The palette's role that is each gate's hue.
GATE_HUES = {
    "input_gate": "learn",
    "candidate": "learn",
    "forget_gate": "forget",
    "output_gate": "use",
    "readout": "use",
}


def colour_exchange(one: Palette, other: Palette) -> dict[str, str]:
    """Which colour of `other` stands for each colour of `one`; the player recolours charts by it.

    >>> colour_exchange(LIGHT, DARK)["#CC4A0A"]
    '#FF7A45'
    """
    pairs = [(value, getattr(other, role)) for role, value in vars(one).items() if isinstance(value, str)]
    rows = [(one.signed, other.signed), (one.events, other.events)]
    return dict([*pairs, *(pair for row in rows for pair in zip(*row, strict=True))])


def blend(colours: Sequence[str], share: float) -> str:
    """Linear interpolation between evenly spaced colours, at a share from 0 to 1.

    >>> blend(("#000000", "#ffffff"), 0.5)
    '#808080'
    """
    position = min(max(share, 0.0), 1.0) * (len(colours) - 1)
    left = min(int(position), len(colours) - 2)
    pairs = zip(_channels(colours[left]), _channels(colours[left + 1]), strict=True)
    mixed = (math.floor(a + (b - a) * (position - left) + 0.5) for a, b in pairs)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def plotly_colorscale(colours: Sequence[str], signed_sqrt: bool = False) -> list[list[float | str]]:
    """Evenly spaced colours as a Plotly colour scale; `signed_sqrt` bends it as a signed square signed_sqrt would.

    >>> plotly_colorscale(("#a", "#b", "#c", "#d", "#e"), signed_sqrt=True)[1]
    [0.375, '#b']
    """
    shares = [stop / (len(colours) - 1) for stop in range(len(colours))]
    bent = [0.5 + math.copysign((2 * share - 1) ** 2, share - 0.5) / 2 for share in shares]
    return [[share, colour] for share, colour in zip(bent if signed_sqrt else shares, colours, strict=True)]


def _channels(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
