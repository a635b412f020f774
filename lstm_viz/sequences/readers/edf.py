"""EDF and BDF recordings: signals of one sample rate, in their physical units.

Kemp et al. (1992), "A simple format for exchange of digitized polygraphic recordings". `readers.READER_MODULES` names
it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, list_names
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

HEADER_BYTES = 256
DAMAGED = "The recording's header is damaged. Export it again as EDF, or its signals as CSV."
#: The fields of each signal, and how many characters they take.
FIELDS = {
    "label": 16, "transducer": 80, "unit": 8, "low": 8, "high": 8, "digital_low": 8, "digital_high": 8, "filters": 80,
    "samples": 8, "reserved": 32,
}  # fmt: skip


class Signal(NamedTuple):
    """One signal: what it is called, its unit, its line from digital to physical values, its samples a record."""

    label: str
    unit: str
    gain: float
    offset: float
    samples: int


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The signals of the most common sample rate. Raises SequenceError past the limits and where the header lies."""
    wide = data[:1] == b"\xff"
    records, seconds, signals = _header(data, limits)
    size = 3 if wide else 2
    record = sum(signal.samples for signal in signals) * size
    start = HEADER_BYTES * (len(signals) + 1)
    if record == 0:
        raise SequenceError(DAMAGED)
    came = (len(data) - start) // record
    notes = []
    if records < 0:
        notes.append(f"The header does not say how many records there are; {came:,} came.")
    elif records > came:
        notes.append(f"The header promises {plural(records, 'record')}, of which {came:,} came.")
    elif records < came:
        notes.append(f"The file holds {plural(came, 'record')}, of which its header says {records:,}; these were read.")
    records = came if records < 0 else min(records, came)
    if records < 1:
        raise SequenceError("The recording holds no samples. Export it again.")
    shown = [signal for signal in signals if not signal.label.endswith("Annotations")]
    if not shown:
        raise SequenceError("The recording holds annotations and no signal. Export its signals.")
    rates = Counter(signal.samples for signal in shown if signal.samples)
    if not rates:
        raise SequenceError("The recording's signals hold no samples. Export it again.")
    samples = rates.most_common(1)[0][0]
    kept = [place for place, signal in enumerate(signals) if signal in shown and signal.samples == samples]
    limits.check_shape(records * samples, len(kept) + 1)
    names, name_notes = clean_names(signals[place].label for place in kept)
    whole = _digital(data[start : start + records * record], wide).reshape(records, -1)
    starts = np.cumsum([0, *(signal.samples for signal in signals)])
    columns = {"second": np.arange(records * samples) * (seconds / samples)}
    for label, place in zip(names, kept, strict=True):
        digital = whole[:, starts[place] : starts[place] + samples].ravel()
        columns[label] = digital * signals[place].gain + signals[place].offset
    left = [signal.label for place, signal in enumerate(signals) if place not in kept]
    if left:
        notes.append(f"Left out, since they have another sample rate, or none, or are annotations: {list_names(left)}.")
    if data[192:197] in (b"EDF+D", b"BDF+D"):
        notes.append("The recording was interrupted; its parts were put together.")
    rate = f"{samples / seconds:,.6g} samples a second"
    units = ", ".join(f"{label} in {signals[place].unit}" for label, place in list(zip(names, kept, strict=True))[:6])
    notes.insert(0, f"{plural(len(kept), 'signal')} at {rate}: {units}.")
    return Table(columns, "", "edf", (*notes, *name_notes), {"time": "second"})


def _header(data: bytes, limits: Limits) -> tuple[int, float, list[Signal]]:
    """(how many records, seconds of each, signals)."""
    try:
        records, seconds, count = int(data[236:244]), float(data[244:252]), int(data[252:256])
        limits.check("signals", count, limits.columns, "Export fewer.")
        if int(data[184:192]) != HEADER_BYTES * (count + 1):
            raise ValueError("the header's own size")
        if count < 1 or len(data) < HEADER_BYTES * (count + 1) or not 1e-6 < seconds < 1e9:
            raise ValueError("sizes")
        fields, place = {}, HEADER_BYTES
        for field, width in FIELDS.items():
            fields[field] = [_text(data[place + n * width : place + (n + 1) * width]) for n in range(count)]
            place += width * count
        signals = [_signal({field: words[n] for field, words in fields.items()}) for n in range(count)]
    except SequenceError:
        raise
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise SequenceError(DAMAGED) from error
    return records, seconds, signals


def _text(raw: bytes) -> str:
    return re.sub(r"\s+", " ", raw.decode("latin-1").replace("\x00", " ")).strip()


def _signal(fields: dict[str, str]) -> Signal:
    low, high = float(fields["low"]), float(fields["high"])
    first, last = int(fields["digital_low"]), int(fields["digital_high"])
    samples = int(fields["samples"])
    gain = (high - low) / (last - first)
    if samples < 0 or samples > 10**7 or gain == 0 or not np.isfinite([low, high, gain]).all():
        raise ValueError("a signal's samples or range")
    return Signal(fields["label"], fields["unit"], gain, low - first * gain, samples)


def _digital(raw: bytes, wide: bool) -> np.ndarray:
    if not wide:
        return np.frombuffer(raw, "<i2").astype(np.float64)
    parts = np.frombuffer(raw, np.uint8).reshape(-1, 3).astype(np.int32)
    return ((parts[:, 0] << 8) | (parts[:, 1] << 16) | (parts[:, 2] << 24)) / 256.0
