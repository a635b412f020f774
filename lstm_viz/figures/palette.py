"""The colours of every figure: one meaning, one colour, in the light and in the dark.

The four gates keep their hue everywhere, and no gate's hue is a value's. Memory and candidates are signed and lie on
a diverging blue-orange scale that is symmetric about 0. Who wrote a memory has hues of its own. How far all of these
lie apart for protan, deutan, tritan and usual sight, and how much they stand out from what is behind them, is computed
in tests/figures/test_palette.py; no figure rests on colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Streamlit's own font, so that charts and page look alike.
FONT = '"Source Sans", "Source Sans 3", "Helvetica Neue", Arial, sans-serif'


#: How strong a cell's colour is where the palette's foreground stands on it: every colour then lets it be read.
UNDER_TEXT = 0.38
#: In lower case, so that a change of theme doesn't exchange them for a palette's own white.
INKS = ("#000000", "#ffffff")


@dataclass(frozen=True)
class Palette:
    """One theme's colours, as CSS hexadecimal strings. No two roles share a string."""

    background: str
    surface: str
    #: The followed unit's row, set off from the surface.
    lens: str
    #: Lines that carry meaning: pipes, outlines, axes at 0.
    line: str
    #: Lines that only guide the eye; paler than `line`.
    grid: str
    muted: str
    foreground: str
    forget: str
    learn: str
    remember: str
    use: str
    #: Where a gate holds nothing back.
    open_gate: str
    signed: tuple[str, str, str, str, str]
    #: Four events that wrote a memory: ochre, blue, cyan, olive. In grey they differ by lightness.
    writers: tuple[str, str, str, str]
    #: Everything that no event of `writers` wrote.
    other_writers: str
    #: How long ago a memory was written, the latest first: from strong to faint.
    ages: tuple[str, str, str, str]

    def gate(self, name: str) -> tuple[str, str]:
        """From closed (0), where the hue marks what is held back, to open (1); `name` is forget, learn or use."""
        return getattr(self, name), self.open_gate


LIGHT = Palette(
    background="#FFFFFF",
    surface="#EAEFF7",
    lens="#FAFBFE",
    line="#8492A8",
    grid="#C6CEDB",
    muted="#5B6678",
    foreground="#1A2233",
    forget="#CA0645",
    learn="#197352",
    remember="#5633FA",
    use="#934F79",
    open_gate="#F4F2F0",
    signed=("#004282", "#2696FD", "#F1F1EE", "#CC8316", "#652A04"),
    writers=("#AE6E0A", "#3353A1", "#1F9FCA", "#46431D"),
    other_writers="#8A93A3",
    ages=("#202A4D", "#42496F", "#646B93", "#888EB9"),
)
DARK = Palette(
    background="#0E1117",
    surface="#1A212D",
    lens="#0B0D12",
    line="#647189",
    grid="#39445A",
    muted="#9AA5B8",
    foreground="#EDF1F8",
    forget="#FA4868",
    learn="#61FFCE",
    remember="#867AFA",
    use="#B87897",
    open_gate="#1F242E",
    signed=("#98BEF2", "#3E65AA", "#1C2230", "#905900", "#FDB736"),
    writers=("#FFDA67", "#395BD4", "#76BED0", "#8A8804"),
    other_writers="#6B778C",
    ages=("#CEDDFE", "#A8B6D6", "#8896B5", "#5A6885"),
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

    >>> colour_exchange(LIGHT, DARK)["#CA0645"]
    '#FA4868'
    """
    pairs = [(value, getattr(other, role)) for role, value in vars(one).items() if isinstance(value, str)]
    rows = [(value, getattr(other, role)) for role, value in vars(one).items() if not isinstance(value, str)]
    return dict([*pairs, *(pair for row in rows for pair in zip(*row, strict=True))])


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2, relative luminance).

    >>> contrast("#000000", "#FFFFFF")
    21.0
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(colour: str) -> str:
    """Black or white, whichever has the higher contrast on a coloured cell: at least 4.58 : 1 on any colour.

    Not the palette's own foreground and background: between those two some colours reach only 4 : 1 with either.

    >>> ink_on("#2696FD"), ink_on("#004282")
    ('#000000', '#ffffff')
    """
    return max(INKS, key=lambda ink: contrast(ink, colour))


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


def _luminance(colour: str) -> float:
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in _shares(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _shares(colour: str) -> list[float]:
    return [channel / 255 for channel in _channels(colour)]
