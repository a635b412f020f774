"""The palette seen by every kind of sight: distances and contrasts against published formulas."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.figures.palette import DARK, LIGHT, UNDER_TEXT, Palette, blend, colour_exchange, contrast, ink_on

#: How the three kinds of colour blindness see linear RGB (Machado, Oliveira & Fernandes 2009, severity 1).
SIGHTS = {
    "all": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
#: Linear sRGB to CIE XYZ (IEC 61966-2-1), whose second row is the luminance.
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = XYZ.sum(axis=1)
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)

both_themes = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
every_sight = pytest.mark.parametrize("sight", SIGHTS)


def gates(palette: Palette) -> tuple[str, ...]:
    return palette.forget, palette.learn, palette.remember, palette.use


def values(palette: Palette) -> tuple[str, ...]:
    """Both signs, without the middle of the scale, which is no colour."""
    return palette.signed[0], palette.signed[1], palette.signed[3], palette.signed[4]


@both_themes
@every_sight
def test_gates_differ_from_one_another_and_from_values(palette, sight) -> None:
    pairs = [*combinations(gates(palette), 2), *product(gates(palette), values(palette))]
    assert min(difference(one, other, sight) for one, other in pairs) > 11.5


@both_themes
@every_sight
def test_signs_differ(palette, sight) -> None:
    negative, positive = palette.signed[:2], palette.signed[3:]
    assert min(difference(one, other, sight) for one, other in product(negative, positive)) > 20


@both_themes
@every_sight
def test_writers_of_memory_differ_from_one_another_from_the_rest_and_from_gates(palette, sight) -> None:
    within = combinations(palette.writers, 2)
    assert min(difference(one, other, sight) for one, other in within) > 20
    others = (palette.other_writers, *gates(palette))
    assert min(difference(one, other, sight) for one, other in product(palette.writers, others)) > 10


@both_themes
def test_writers_of_memory_differ_in_grey(palette) -> None:
    lightness = np.sort(lab(palette.writers, "all")[:, 0])
    assert np.diff(lightness).min() > 8


@both_themes
@every_sight
def test_ages_run_from_strong_to_faint(palette, sight) -> None:
    strength = [contrast(colour, palette.background) for colour in palette.ages]
    assert strength == sorted(strength, reverse=True)
    assert np.abs(np.diff(lab(palette.ages, "all")[:, 0])).min() > 10
    assert min(difference(one, other, sight) for one, other in pairwise(palette.ages)) > 9
    assert min(difference(one, other, sight) for one, other in product(palette.ages, gates(palette))) > 6.5


@both_themes
def test_text_has_contrast_enough(palette) -> None:
    inks = (*gates(palette), palette.muted, palette.foreground)
    grounds = (palette.background, palette.surface)
    assert min(contrast(ink, ground) for ink, ground in product(inks, grounds)) >= 4.5


@both_themes
def test_lines_and_values_have_contrast_enough(palette) -> None:
    drawn = (palette.line, palette.other_writers, *palette.writers, *palette.ages, *values(palette))
    assert min(contrast(colour, palette.background) for colour in drawn) >= 3


@both_themes
@pytest.mark.parametrize("over", ["background", "surface"])
def test_text_is_read_on_cells_that_are_pale_for_it(palette, over) -> None:
    scales = [palette.signed, *(palette.gate(name) for name in ("forget", "learn", "use"))]
    cells = [blend(scale, share) for scale in scales for share in np.linspace(0, 1, 41)]
    pale = [blend((getattr(palette, over), cell), UNDER_TEXT) for cell in cells]
    assert min(contrast(palette.foreground, cell) for cell in pale) >= 4.5


@given(colour=COLOURS)
def test_letters_on_a_cell_of_any_colour_are_read(colour) -> None:
    assert contrast(ink_on(colour), colour) >= 4.5


@given(one=COLOURS, other=COLOURS)
def test_contrast_is_that_of_the_guidelines(one, other) -> None:
    lighter, darker = sorted(((linear(colour) @ XYZ[1]).item() for colour in (one, other)), reverse=True)
    assert contrast(one, other) == pytest.approx((lighter + 0.05) / (darker + 0.05), rel=1e-3)


def test_a_change_of_theme_exchanges_every_colour_for_one_of_its_own() -> None:
    swapped = colour_exchange(LIGHT, DARK)
    assert set(swapped.values()) == set(colour_exchange(DARK, LIGHT))
    assert len(set(swapped.values())) == len(swapped) == sum(map(len, map(colours_of, fields(Palette))))


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ([50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425),
        ([50, 2.5, 0], [50, 0, -2.5], 4.3065),
        ([50, 2.5, 0], [73, 25, -18], 27.1492),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ([6.7747, -0.2908, -2.4247], [5.8714, -0.0985, -2.2286], 0.6377),
        ([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514], 0.9082),
    ],
)
def test_the_difference_of_colours_is_the_published_one(one, other, apart) -> None:
    """Pairs from the table of Sharma, Wu & Dalal (2005)."""
    assert ciede2000(np.array(one, float), np.array(other, float)) == pytest.approx(apart, abs=1e-4)


def colours_of(field) -> tuple[str, ...]:
    value = getattr(LIGHT, field.name)
    return (value,) if isinstance(value, str) else value


def difference(one: str, other: str, sight: str) -> float:
    return ciede2000(*lab((one, other), sight))


def linear(colours) -> np.ndarray:
    """sRGB without its curve (IEC 61966-2-1)."""
    colours = [colours] if isinstance(colours, str) else colours
    shades = np.array([[int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)] for colour in colours])
    return np.where(shades <= 0.04045, shades / 12.92, ((shades + 0.055) / 1.055) ** 2.4)


def as_seen(colours, sight: str) -> np.ndarray:
    return np.clip(linear(colours) @ np.transpose(SIGHTS[sight]), 0, 1)


def lab(colours, sight: str) -> np.ndarray:
    """CIE L*a*b* of colours as one kind of sight sees them."""
    ratio = as_seen(colours, sight) @ XYZ.T / WHITE
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    """How far two colours of L*a*b* look apart (CIE 142-2001)."""
    mean_chroma = (np.hypot(*one[1:]) + np.hypot(*other[1:])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7))
    (a, b), (a2, b2) = (one[1:] * [stretch, 1], other[1:] * [stretch, 1])
    chroma, chroma2 = np.hypot(a, b), np.hypot(a2, b2)
    hue, hue2 = np.degrees(np.arctan2(b, a)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (hue2 - hue + 180) % 360 - 180 if chroma * chroma2 else 0.0
    middle = hue + turn / 2 if chroma * chroma2 else hue + hue2
    light, strong = (one[0] + other[0]) / 2, (chroma + chroma2) / 2
    waves = [(0.17, 1, -30), (-0.24, 2, 0), (-0.32, 3, 6), (0.2, 4, -63)]
    weight = 1 - sum(size * np.cos(np.radians(times * middle + shift)) for size, times, shift in waves)
    lightness = (other[0] - one[0]) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    colour = (chroma2 - chroma) / (1 + 0.045 * strong)
    hue_step = 2 * np.sqrt(chroma * chroma2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * strong * weight)
    bend = 2 * np.sqrt(strong**7 / (strong**7 + 25**7))
    bend *= np.sin(np.radians(60 * np.exp(-((((middle % 360) - 275) / 25) ** 2))))
    return float(np.sqrt(lightness**2 + colour**2 + hue_step**2 - bend * colour * hue_step))
