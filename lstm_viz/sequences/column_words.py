"""Column names taken apart into words, and what the words say: a time, a part of one, or an identifier."""

from __future__ import annotations

import re
from functools import cache

#: Words for a time, in several languages.
_TIME = frozenset(
    "time t ts timestamp timestamps date dates datetime dt epoch unix unixtime posix clock when datestamp localtime "
    "zeit datum uhrzeit zeitstempel zeitpunkt heure horodatage fecha hora tiempo tijd dato tid orario "
    "日期 时间 時間 日時 年月日".split()
)
#: Units of a time, and other words that may stand beside it without changing what it is.
_BESIDE_TIME = frozenset(
    "s sec secs second seconds ms msec millis millisecond milliseconds us µs usec micros microsecond microseconds ns "
    "nsec nanos nanosecond nanoseconds min mins minute minutes h hr hrs hour hours d day days utc gmt z cet cest local "
    "iso iso8601 elapsed since from start started begin in of the and is index measurement measured mess messung obs "
    "observation observed record recorded recording log logged logging sample sampling sampled sim simulation system "
    "sys server gps event trade trading open close publication reading valid beginn von".split()
)
#: Words that are a time as soon as they are the whole name, units left aside.
_CLOCKS = _TIME | frozenset("elapsed step steps second seconds minute hour day week month year frame tick".split())

#: Words of an identifier: whose rows belong together.
_IDENTIFIERS = frozenset(
    "id ids uid uuid gid pid sid guid sequence sequences seq series subject subj patient participant person people "
    "user customer client player athlete animal station gauge gage basin catchment site plot sensor device machine "
    "engine unit vehicle car truck bus ship vessel drone robot ped pedestrian agent track trip trial run episode "
    "session experiment replicate batch group cohort household meter building store shop item sku product ticker "
    "symbol stock country iso code3 region".split()
)
#: Those that name rows that belong together whatever stands before or behind, such as patient_id or id_patient.
_STRONG = frozenset("id ids uid uuid gid pid sid guid no nr num number nummer code key".split())
#: Words before or behind `id` that make it the row's own, or another thing's.
_NOT_A_SEQUENCE = frozenset("row record index line transaction order event message parent version".split())

#: Names of the parts of a time.
TIME_PART_NAMES: dict[str, frozenset[str]] = {
    "year": frozenset("year yr yyyy yy y jahr anno année annee año ano jaar wateryear 年".split()),
    "month": frozenset("month mon mo mnth mth mm m monat mois mes mese maand 月".split()),
    "day": frozenset("day dy dd d dom dayofmonth tag jour dia día giorno dag 日".split()),
    "day of year": frozenset("doy dayofyear yday jday julianday julday jul ddd yearday".split()),
    "hour": frozenset("hour hours hr hh h hod hourofday hourending he stunde heure hora ora uur".split()),
    "minute": frozenset("minute minutes min mi".split()),
    "second": frozenset("second seconds sec secs ss s".split()),
    "quarter": frozenset("quarter qtr q quartal trimestre trimester".split()),
    "week": frozenset("week wk kw isoweek weekofyear woche semaine semana".split()),
    "period": frozenset("period settlementperiod sp tradingperiod halfhour".split()),
    "clock": frozenset("time clock uhrzeit zeit hhmm hhmmss timeofday heure hora tijd orario tid".split()),
}


@cache
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case.

    >>> name_words("patientID"), name_words("Time [s]"), name_words("SETTLEMENT_PERIOD")
    (('patient', 'id'), ('time', 's'), ('settlement', 'period'))
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(re.findall(r"[^\W\d_]+|\d+", spaced.lower()))


def is_time_name(name: str) -> bool:
    """Whether a name says that its column is a time: one of its words, and no other that makes it something else.

    >>> [is_time_name(name) for name in ("unix_time", "Time [s]", "ts", "reaction_time", "date_of_birth")]
    [True, True, True, False, False]
    """
    words = name_words(name)
    return bool(_TIME & set(words)) and set(words) <= _TIME | _BESIDE_TIME


def is_clock_name(name: str) -> bool:
    """Whether a name is that of a column that orders time as soon as its numbers rise.

    >>> is_clock_name("elapsed_ms"), is_clock_name("year"), is_clock_name("depth")
    (True, True, False)
    """
    words = set(name_words(name))
    return is_time_name(name) or bool(words & _CLOCKS) and words <= _CLOCKS | _BESIDE_TIME


def time_part(name: str) -> str | None:
    """Which part of a time a name says, such as "month"; None for any other name.

    >>> time_part("MONTH"), time_part("hour_ending"), time_part("DAY_OF_YEAR"), time_part("month_income")
    ('month', 'hour', 'day of year', None)
    """
    words = [word for word in name_words(name) if not word.isdigit()]
    joined = "".join(words)
    return next((part for part, names in TIME_PART_NAMES.items() if joined in names), None)


def is_identifier_name(name: str) -> bool:
    """Whether a name says that its values tell sequences apart.

    >>> [is_identifier_name(name) for name in ("patient_id", "id_patient", "PedestrianID", "ped", "record_id", "width")]
    [True, True, True, True, False, False]
    """
    words = [word.removesuffix("s") if word != "bus" else word for word in name_words(name) if not word.isdigit()]
    if not words or set(words) & _NOT_A_SEQUENCE:
        return False
    known = {word.removesuffix("s") if word != "bus" else word for word in _IDENTIFIERS}
    if set(words) <= known | _STRONG and set(words) & known:
        return True
    return words[-1] in ("id", "uid", "uuid", "guid") or words[0] == "id" or (words[-1] in _STRONG and words[0] in known)
