"""Numbers as text, rounded in one place so that two parts of a page never disagree."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

MINUS = "\N{MINUS SIGN}"
#: Enough digits for every number that a computer holds.
EXACT = Context(prec=800, rounding=ROUND_HALF_UP)


def plain(value: float, digits: int = 2) -> str:
    """A number in fixed notation with a true minus sign; ties round away from 0, as in the browser.

    >>> plain(-0.125), plain(0.96875), plain(-0.001)
    ('−0.13', '0.97', '0.00')
    """
    if not math.isfinite(value):
        return "–"
    rounded = Decimal(float(value)).quantize(Decimal(1).scaleb(-digits), context=EXACT)
    size = f"{rounded.copy_abs():f}"
    return size if rounded >= 0 else MINUS + size


def signed(value: float, digits: int = 2) -> str:
    """A number that always shows its sign, but for 0.

    >>> signed(0.574), signed(-2), signed(0.0)
    ('+0.57', '−2.00', '0.00')
    """
    text = plain(value, digits)
    return f"+{text}" if value > 0 and text.strip("0.–") else text


def summand(value: float, digits: int = 2) -> str:
    """A number as the second term of a sum.

    >>> summand(0.84), summand(-0.9)
    ('+ 0.84', '− 0.90')
    """
    text = plain(value, digits)
    return f"{MINUS} {text[1:]}" if text.startswith(MINUS) else f"+ {text}"


def checks(left: float, by: str, right: float, result: float, digits: int = 2) -> bool:
    """Whether a sum or a product, done by hand with the rounded numbers, gives the rounded result.

    >>> checks(0.5, "×", 0.5, 0.25), checks(0.126, "+", 0.126, 0.252)
    (True, False)
    """
    a, b, c = (Decimal(plain(value, digits).replace(MINUS, "-").replace("–", "NaN")) for value in (left, right, result))
    made = EXACT.multiply(a, b) if by == "×" else EXACT.add(a, b)
    return not made.is_nan() and made.quantize(Decimal(1).scaleb(-digits), context=EXACT) == c


def percent(share: float) -> str:
    """A share as a whole number of percent, ties away from 0.

    >>> percent(0.125), percent(1)
    ('13 %', '100 %')
    """
    return f"{plain(100 * share, 0)} %"


STYLES: dict[str, Callable[[float], str]] = {"plain": plain, "signed": signed, "sum": summand}


def layer_title(name: str) -> str:
    """A layer's name for the page, counted from 1, with an arrow where it reads from the end.

    >>> layer_title("l0"), layer_title("l1_reverse")
    ('1', '2 ←')
    """
    number, _, direction = name.removeprefix("l").partition("_")
    return f"{int(number) + 1}" + (" ←" if direction else "") if number.isdigit() else name
