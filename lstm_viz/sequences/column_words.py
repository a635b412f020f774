"""Column names taken apart into words, and what the words say: a time, a part of one, or an identifier."""

from __future__ import annotations

import re
from functools import cache

#: What a first column without a name is called, and how all are called where there are no names.
FIRST_UNNAMED, UNNAMED_PREFIX = "column_1", "column_"


def word_set(text: str) -> frozenset[str]:
    """The words of a text.

    >>> sorted(word_set("time t"))
    ['t', 'time']
    """
    return frozenset(text.split())


#: Words for a time, in several languages.
_TIME = word_set(
    "time t ts timestamp timestamps date dates datetime dt epoch unix unixtime posix clock when datestamp localtime "
    "zeit datum uhrzeit zeitstempel zeitpunkt heure horodatage fecha hora tiempo tijd dato tid orario "
    "日期 时间 時間 日時 年月日"
)
#: Units of a time, and other words that may stand beside it without changing what it is.
_BESIDE_TIME = word_set(
    "decimal fractional frac serial julian unix "
    "s sec secs second seconds ms msec millis millisecond milliseconds us µs usec micros microsecond microseconds ns "
    "nsec nanos nanosecond nanoseconds min mins minute minutes h hr hrs hour hours d day days utc gmt z cet cest local "
    "iso iso8601 elapsed since from start started begin in of the and is index measurement measured mess messung obs "
    "observation observed record recorded recording log logged logging sample sampling sampled sim simulation system "
    "sys server gps event trade trading open close publication reading valid beginn von wall"
)
#: Words that are a time as soon as they are the whole name, units left aside.
_CLOCKS = _TIME | word_set(
    "elapsed step steps second seconds sec secs ms msec millis minute minutes mins hour hours hrs "
    "day days week month year frame tick"
)

#: Words that name what a sequence belongs to, be its values numbers or words.
_OWNERS = word_set(
    "sequence seq series subject subj patient participant person user customer client player athlete animal station "
    "gauge gage basin catchment site plot sensor device machine engine unit vehicle vessel drone robot ped pedestrian "
    "agent track trajectory trial run episode session experiment replicate group cohort household meter "
    "imei imsi iccid mmsi vin bearing pump turbine inverter sensornode bed bett ward ladesäule ladepunkt zähler gerät "
    "fahrzeug maschine messstelle pegel kunde proband taxi cow"
)
#: The same, but only where the values are words: as a number each of them may be a count.
_OWNERS_IN_WORDS = word_set(
    "batch building store shop item sku product ticker symbol stock country iso region city state province county "
    "location place car truck bus ship node channel line name dept department"
)
#: Words of a number or a code of something.
_STRONG = word_set("id ids uid uuid gid pid sid guid no nr num number nummer code key")
#: Those that are also a gas, an answer or a count, and name something only beside another word, as in "site no".
_STRONG_BESIDE_ANOTHER = word_set("no nr num number nummer code key")
#: Words beside `id` that make it the row's own, or another thing's than a sequence's.
_NOT_A_SEQUENCE = word_set("row record index transaction order event message parent version visit")

#: Words of the zone of a time, which don't change what part of one it is.
_ZONES = word_set("utc gmt cet cest mez lst local")
#: Names of the parts of a time.
TIME_PART_NAMES: dict[str, frozenset[str]] = {
    "year": word_set("year yr yyyy yy y jahr anno année annee año ano jaar wateryear 年"),
    "month": word_set("month mon mo mnth mth mm m monat mois mes mese maand 月"),
    "day": word_set("day dy dd d dom dayofmonth tag jour dia día giorno dag 日"),
    "day of year": word_set("doy dayofyear yday jday julianday julday jul ddd yearday"),
    "hour": word_set("hour hours hr hh h hod hourofday hourending he stunde heure hora ora uur"),
    "minute": word_set("minute minutes min mi"),
    "second": word_set("second seconds sec secs ss s"),
    "quarter": word_set("quarter qtr q quartal trimestre trimester"),
    "week": word_set("week wk kw isoweek weekofyear woche semaine semana"),
    "period": word_set("period settlementperiod sp tradingperiod halfhour"),
    "clock": word_set("time clock uhrzeit zeit hhmm hhmmss timeofday heure hora tijd orario tid"),
}


#: Words of a column that only numbers the rows.
_ROW_NUMBERS = word_set(
    "index idx id row rows record records line entry sample samples obs observation point points count counter cycle "
    "no nr num number nummer unnamed n i k zeile satz lfd period round turn pos position"
)


def is_row_number_name(name: str) -> bool:
    """Whether a name says that its numbers only number the rows, or order them, so that they are no measurement.

    >>> [is_row_number_name(name) for name in ("index", "sample_no", "elapsed_ms", "x", "depth")]
    [True, True, True, False, False]
    """
    words = [word for word in name_words(name) if not word.isdigit()]
    return not words or is_clock_name(name) or time_part(name) is not None or bool(_ROW_NUMBERS & set(words))


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
    return is_time_name(name) or (bool(words & _CLOCKS) and words <= _CLOCKS | _BESIDE_TIME)


def time_part(name: str) -> str | None:
    """Which part of a time a name says, such as "month"; None for any other name.

    >>> time_part("MONTH"), time_part("hour_ending UTC"), time_part("DAY_OF_YEAR"), time_part("month_income")
    ('month', 'hour', 'day of year', None)
    """
    words = [word for word in name_words(name) if not word.isdigit()]
    joined = "".join([word for word in words if word not in _ZONES] or words)
    return next((part for part, names in TIME_PART_NAMES.items() if joined in names), None)


def is_identifier_name(name: str, words_only: bool = False) -> bool:
    """Whether a name says that its values tell sequences apart; `words_only`: if they are words.

    >>> [is_identifier_name(name) for name in ("patient_id", "id_patient", "PedestrianID", "ped", "record_id", "stock")]
    [True, True, True, True, False, False]
    >>> is_identifier_name("stock", words_only=True)
    True
    """
    words = [word for word in name_words(name) if not word.isdigit()]
    owners = _OWNERS | _OWNERS_IN_WORDS if words_only else _OWNERS
    if not words or set(words) & _NOT_A_SEQUENCE:
        return False
    if set(words) <= owners | _STRONG and (set(words) & owners or is_numbering_name(name)):
        return True
    return is_numbering_name(name) and (words[-1].endswith("id") or words[0] == "id" or bool(owners & {words[0]}))


def is_numbering_name(name: str) -> bool:
    """Whether a name says that its numbers are names: an id, a number or a code of something.

    >>> is_numbering_name("site_no"), is_numbering_name("site"), is_numbering_name("NO2")
    (True, False, False)
    """
    words = [word for word in name_words(name) if not word.isdigit()]
    if not words or (len(words) == 1 and words[0] in _STRONG_BESIDE_ANOTHER):
        return False
    return words[-1] in _STRONG or words[0] in ("id", "uid", "uuid", "guid")
