"""WAV sound: amplitudes of every channel, from -1 to 1, at their seconds.

Chunks after Microsoft's RIFF specification (1991). `readers.READER_MODULES` names it, `readers.read` imports it by that
name.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
#: Chunks of a file that are looked at, and the size from which a program says that it does not know it yet.
MAX_CHUNKS, STREAMED = 10_000, 0xFFFFFF00


class Sound(NamedTuple):
    """What the format chunk says."""

    kind: int
    channels: int
    rate: int
    bits: int

    @property
    def frame(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * self.bits // 8


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The channels of a WAV file. Raises SequenceError for compressed sound, and for what is too long or damaged."""
    sound, samples, notes = _chunks(data)
    frames = len(samples) // sound.frame
    if not frames:
        raise SequenceError("The sound holds no samples. Save one with sound in it.")
    limits.check_shape(1, sound.channels + 1)
    if frames > limits.rows:
        raise SequenceError(
            f"The sound lasts {frames / sound.rate:,.1f} s at {sound.rate:,} samples a second, {frames:,} steps; "
            f"{limits.rows:,} fit. Cut it, or resample it to fewer a second."
        )
    values = _amplitudes(samples[: frames * sound.frame], sound).reshape(frames, sound.channels)
    names = ["amplitude"] if sound.channels == 1 else [f"amplitude_{place + 1}" for place in range(sound.channels)]
    columns = {"second": np.arange(frames) / sound.rate} | dict(zip(names, values.T.copy(), strict=True))
    said = (
        f"{plural(sound.channels, 'channel')} of {sound.bits} bits at {sound.rate:,} samples a second, "
        f"{frames / sound.rate:,.2f} s; amplitudes are shares of the largest that fits."
    )
    return Table(columns, "", "wav", (said, *notes), {"time": "second"})


def _chunks(data: bytes) -> tuple[Sound, bytes, list[str]]:
    """(the format, the samples' bytes, what is missing or left), of the first chunk of sound."""
    sound: Sound | None = None
    samples: bytes | None = None
    notes: list[str] = []
    place, count = 12, 0
    while place + 8 <= len(data):
        kind, size = data[place : place + 4], struct.unpack_from("<I", data, place + 4)[0]
        body = data[place + 8 : place + 8 + size]
        if kind == b"fmt ":
            said = _format(body)
            if sound not in (None, said):
                raise SequenceError("The WAV file names two formats for its sound. Save it again.")
            sound = said
        elif kind == b"data" and samples is not None:
            notes.append("A second part of sound was left out. Save the sound as one part.")
            break
        elif kind == b"data":
            if sound is None:
                raise SequenceError("The WAV file has sound before it says in which form. Save it again.")
            samples, notes = body, _cut_notes(size, len(body), sound)
        place += 8 + size + size % 2
        count += 1
        if count > MAX_CHUNKS:
            raise SequenceError(f"The WAV file has more than {MAX_CHUNKS:,} chunks, which is the limit. Save it again.")
    if sound is None or samples is None:
        raise SequenceError("The WAV file is cut short: it has no samples. Save it again.")
    return sound, samples, notes


def _cut_notes(size: int, came: int, sound: Sound) -> list[str]:
    """What is said of a sound that ends before its chunk does, or in the middle of a sample."""
    left = came % sound.frame
    if size > came and size < STREAMED:
        return [f"The file is cut short: it promises {size:,} bytes of sound, of which {came:,} came."]
    return [f"The last {plural(left, 'byte')} of the sound make no whole sample."] if left else []


def _format(body: bytes) -> Sound:
    if len(body) < 16:
        raise SequenceError("The WAV file's format is damaged. Save it again.")
    kind, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", body)
    if kind == EXTENSIBLE and len(body) >= 26:
        kind = struct.unpack_from("<H", body, 24)[0]
    if (kind, bits) not in DTYPES and (kind, bits) != (PCM, 24):
        raise SequenceError(
            f"The sound is of WAV kind {kind} with {bits} bits; plain PCM or floats are read. Save it as 16-bit PCM."
        )
    if not channels or not rate:
        raise SequenceError("The WAV file has no channel or no sample rate. Save it again.")
    sound = Sound(kind, channels, rate, bits)
    if align != sound.frame:
        raise SequenceError(
            f"The WAV file has frames of {align:,} bytes, where {plural(channels, 'channel')} of {bits} bits take "
            f"{sound.frame:,}. Save it as 16-bit PCM."
        )
    return sound


DTYPES = {(PCM, 8): "u1", (PCM, 16): "<i2", (PCM, 32): "<i4", (FLOAT, 32): "<f4", (FLOAT, 64): "<f8"}


def _amplitudes(samples: bytes, sound: Sound) -> np.ndarray:
    if (sound.kind, sound.bits) == (PCM, 24):
        bytes_of = np.frombuffer(samples, np.uint8).reshape(-1, 3).astype(np.int32)
        whole = (bytes_of[:, 0] << 8) | (bytes_of[:, 1] << 16) | (bytes_of[:, 2] << 24)
        return whole / 2.0**31
    values = np.frombuffer(samples, DTYPES[sound.kind, sound.bits]).astype(np.float64)
    if sound.kind == FLOAT:
        return np.where(np.isfinite(values), values, np.nan)
    return (values - 128) / 128 if sound.bits == 8 else values / 2.0 ** (sound.bits - 1)
