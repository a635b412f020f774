"""Date and time patterns: regular expressions with named fields, one for each way in which a date is written."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

_YEAR = r"(?P<year>[0-9]{4})"
_EITHER_YEAR = r"(?:(?P<year>[0-9]{4})|'?(?P<short_year>[0-9]{2}))"
_MONTH, _DAY = r"(?P<month>[0-9]{1,2})", r"(?P<day>[0-9]{1,2})"
_MONTH_NAME = r"(?P<month_name>\pL{3,10})\.?"
#: Months and quarters in Roman numerals.
_ROMAN, _ROMAN_QUARTER = "(?P<roman_month>[IVX]{1,4})", "(?P<roman_quarter>I{1,3}|IV)"
_QUARTER = "(?:[Qq]|T|[Kk]v|Trim|trim) ?(?P<quarter>[1-4])"
_WEEK = r"(?:[WwKk][Ww]?|CW|Week|week|Woche|[Ss]em(?:aine|ana)?)[ .]{0,2}(?P<week>[0-9]{1,2})"
_WEEKDAY = r"(?:\pL{2,13}[.,]{0,2} +)?"

#: A clock time: 14:30, 14:30:15.250, 2:30 p.m., 18.00.00, 14h30.
CLOCK = (
    r"(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})(?:[.,:](?P<fraction>[0-9]{1,9}))?)?)?"
    r"(?: ?(?P<half>[AaPp])(?:\.? ?[Mm]\.?)?)?(?: ?(?:Uhr|h))?"
)
#: The same of a whole cell, with its minutes, or with a.m. or p.m.
CLOCK_SHAPE = (
    r"^[0-9]{1,2}(?:[:.h][0-9]{2}(?:[:.][0-9]{2}(?:[.,:][0-9]{1,9})?)?(?: ?[AaPp](?:\.? ?[Mm]\.?)?)?"
    r"| ?[AaPp]\.? ?[Mm]\.?)(?: ?Uhr|h)?$"
)
#: Behind a time: Z, +02:00, +0200, +00, UTC, GMT+2, CEST.
_ZONE = (
    r" ?(?P<zone>Z|z|(?:UTC|GMT)?[+-][0-9]{1,2}(?::?[0-9]{2})?|[A-Z]{2,5})?"
    r"(?: \([^()]{1,40}\)|\[[\w/+-]{1,40}\]| [A-Z][a-z]+/[A-Z]\w{1,30})?"
)
_TIME = rf"(?:(?:[T_:]|,? +(?:at |um |à )?){CLOCK}{_ZONE})?"


#: A longer cell is no date.
MAX_LENGTH = 64


class DatePattern(NamedTuple):
    """A regular expression with named fields. `triple`: three numbers whose order isn't said, `first` to `third`."""

    expression: str
    triple: bool = False


def _pattern(*parts: str, triple: bool = False) -> DatePattern:
    return DatePattern(f"^{''.join(parts)}$", triple)


#: Of two that match equally many cells, the first is taken.
DATE_PATTERNS = (
    *(_pattern(_WEEKDAY, _YEAR, mark, _MONTH, mark, _DAY, _TIME) for mark in ("-", "/", r"\.", " ")),
    *(
        _pattern(_WEEKDAY, "(?P<first>[0-9]{1,2})", mark, "(?P<second_part>[0-9]{1,2})", mark, year, _TIME, triple=True)
        for mark, short in (("/", "{2}"), (r"\. ?", "{2}"), ("-", "{1,2}"))
        for year in ("(?P<third>[0-9]{4})", f"(?P<third>[0-9]{short})")
    ),
    _pattern(
        r"\[?", _WEEKDAY, _DAY, r"(?:st|nd|rd|th|er|º|\.)?[ /-]*(?:de )?", _MONTH_NAME, "[ /,-]*(?:de )?", _EITHER_YEAR,
        _TIME, r"\]?",
    ),
    _pattern(_WEEKDAY, _MONTH_NAME, "[ -]+", _DAY, "(?:st|nd|rd|th)?[ ,-]+", _YEAR, _TIME),
    _pattern(_WEEKDAY, _MONTH_NAME, " +", _DAY, r",? +", CLOCK, r"(?: (?P<zone>[A-Z]{2,5}|[+-][0-9]{4}))? ", _YEAR),
    _pattern(_YEAR, "[ /-]", _MONTH_NAME, "[ /-]", _DAY, _TIME),
    _pattern(_MONTH_NAME, "[ /,-]*(?:de )?", _EITHER_YEAR),
    _pattern(_YEAR, "[ /-]?", _MONTH_NAME),
    _pattern(_YEAR, "[/–-]", "(?P<next_year>[0-9]{2}|[0-9]{4})"),
    _pattern(_YEAR, "[/-]", _MONTH),
    _pattern(_YEAR, "[ :-]?[Mm]", _MONTH),
    _pattern(_DAY, "[. /-] ?", _ROMAN, "[. /-] ?", _YEAR, _TIME),
    _pattern(_MONTH, "[/-]", _YEAR),
    _pattern(_YEAR, "[ /:-]?", _QUARTER),
    _pattern(_QUARTER, "[ /:-]?", _YEAR),
    _pattern("[Qq](?P<quarter>[1-4])[ /:-]?", _EITHER_YEAR),
    _pattern("(?P<quarter>[1-4])[Qq][ /:-]?", _EITHER_YEAR),
    _pattern("(?P<quarter>[1-4])T[ /:-]?", _YEAR),
    _pattern(r"(?P<quarter>[1-4])(?:\.|er|e|ème)? ?(?:Quartal|[Qq]uarter|trimestre|[Kk]vartal) ?", _YEAR),
    _pattern(_YEAR, "[ /:.-]", _ROMAN_QUARTER),
    _pattern(_ROMAN_QUARTER, "[ /:.-]", _YEAR),
    _pattern(_YEAR, "[ /-]?[HhSs](?P<half_year>[12])"),
    _pattern("[HhSs](?P<half_year>[12])[ /-]?", _YEAR),
    _pattern("FY ?", _EITHER_YEAR, "[ /-]?", _QUARTER),
    _pattern(r"(?P<week>[0-9]{1,2})\. ?(?:KW|Woche) ?/? ?", _YEAR),
    _pattern(_YEAR, "[ /:-]?", _WEEK, "(?:-?(?P<weekday>[1-7]))?"),
    _pattern(_WEEK, "[ /,:-]{1,2}", _YEAR),
    _pattern(r"/?\\?/?Date\((?P<milliseconds>[0-9]{10,14})(?:[+-][0-9]{4})?\)\\?/?"),
    _pattern(
        r"Date\(", _YEAR, ", ?(?P<month_from_0>[0-9]{1,2}), ?", _DAY, "(?:, ?(?P<hour>[0-9]{1,2}))?",
        "(?:, ?(?P<minute>[0-9]{1,2}))?(?:, ?(?P<second>[0-9]{1,2}))?", r"\)",
    ),
    _pattern(_YEAR, "[ /-](?P<day_of_year>[0-9]{3})", _TIME),
    _pattern(
        _YEAR, "(?P<month>[0-9]{2})(?P<day>[0-9]{2})", r"(?:[T_ -](?P<hour>[0-9]{2}):?(?P<minute>[0-9]{2})?",
        r":?(?P<second>[0-9]{2})?(?:[.,](?P<fraction>[0-9]{1,9}))?", _ZONE, ")?",
    ),
    _pattern(
        _YEAR, "[年년] ?", _MONTH, "[月월](?: ?", _DAY, r"[日일])?(?:[ ]?\(?\pL?\)?[ ]*(?P<hour>[0-9]{1,2})[:時时시]",
        "(?: ?(?P<minute>[0-9]{2})[分분]?)?(?:[: ]?(?P<second>[0-9]{1,2})[秒초]?)?)?",
    ),
)  # fmt: skip

#: A text in which somebody may have meant a date: digits in several groups, with marks or names between them.
LOOKS_LIKE_A_DATE = (
    r"^(?:\pL{2,13}[.,]{0,2} ?)?(?:[0-9]{1,4}[-/. :年月]+(?:[0-9]{1,4}|\pL{3,10})\.?[-/. :年月,]+[0-9]{1,4}"
    r"|\pL{3,10}\.?[-/ ,]+[12][0-9]{3})(?:[^0-9].*)?$"
)

_MONTH_WORDS = """
january jan januar jän jänner jaenner janvier janv enero ene gennaio gen janeiro januari
february feb februar feber février févr fév fevrier fevr fev febrero febbraio fevereiro februari
march mar märz mär mrz maerz mars marzo março marco maart mrt
april apr avril avr abril abr aprile
may mai mayo maggio mag maio mei
june jun juni juin junio giugno giu junho
july jul juli juillet juil julio luglio lug julho
august aug août aout aoû aou agosto ago augustus
september sep sept septembre septiembre setiembre set settembre sett setembro
october oct oktober okt octobre octubre ottobre ott outubro out
november nov novembre noviembre novembro
december dec dezember dez décembre déc decembre diciembre dic dicembre dezembro
""".strip().split("\n")

#: Names of months, in lower case, in English, German, French, Spanish, Italian, Portuguese and Dutch.
MONTH_NAMES = {word: month for month, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}

#: Roman numerals of months, in lower case.
_NUMERALS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
ROMAN_NUMERALS = {numeral: number for number, numeral in enumerate(_NUMERALS, 1)}

#: Between the two ends of a span of time; the second is not needed.
SPAN_MARK = r" +(?:-|–|—|to|bis|until|through|au|hasta) +|/|–|—|\.\.|~|-"

#: Hours ahead of UTC of zones that have one meaning in most files.
ZONE_HOURS = {
    **{"UTC": 0.0, "GMT": 0.0, "UT": 0.0, "Z": 0.0, "WET": 0.0, "WEST": 1.0, "BST": 1.0},
    **{"CET": 1.0, "CEST": 2.0, "MEZ": 1.0, "MESZ": 2.0, "EET": 2.0, "EEST": 3.0, "MSK": 3.0},
    **{"EST": -5.0, "EDT": -4.0, "CST": -6.0, "CDT": -5.0, "MST": -7.0, "MDT": -6.0, "PST": -8.0, "PDT": -7.0},
    **{"JST": 9.0, "KST": 9.0, "AEST": 10.0, "AEDT": 11.0},
}


@cache
def compiled(expression: str) -> re.Pattern[str]:
    """An expression for Python's engine, which fits whole cells alone; letters are those of any alphabet."""
    return re.compile(expression.replace(r"\pL", r"[^\W\d_]").removesuffix("$") + r"\Z")


def fits(expression: str, cell: str) -> bool:
    """Whether a single cell matches an expression, and is not too long.

    >>> fits(CLOCK_SHAPE, "14:30"), fits(DATE_PATTERNS[0].expression, "2024-06-17\\n")
    (True, False)
    """
    return len(cell) <= MAX_LENGTH and compiled(expression).match(cell) is not None
