"""Recordings that lie: WAV and EDF."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from tests.sequences.readers import written_files as written
from tests.sequences.readers.attacks.attack import Attack
from tests.sequences.readers.hostile_files import patched

SAMPLES = np.array([[0], [16384], [-16384], [8192]], "<i2")
WAV = written.wav(SAMPLES)
AMPLITUDES = {"amplitude": [0.0, 0.5, -0.5, 0.25]}


def chunk(kind: bytes, body: bytes, size: int | None = None) -> bytes:
    return kind + struct.pack("<I", len(body) if size is None else size) + body + bytes(len(body) % 2)


def riff(*chunks: bytes, kind: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return kind + struct.pack("<I", len(body) if size is None else size) + body


def fmt(kind: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, align: int | None = None) -> bytes:
    frame = channels * bits // 8 if align is None else align
    return chunk(b"fmt ", struct.pack("<HHIIHH", kind, channels, rate, rate * frame % 2**32, frame % 2**16, bits))


SOUND = SAMPLES.tobytes()
WAV_ATTACKS = {
    "data longer than the file": Attack(
        "a.wav", lambda: patched(WAV, 40, struct.pack("<I", 2**20)), read="of which 8 came"
    ),
    "frames cut in the middle": Attack("a.wav", lambda: WAV[:-1], read="of which 7 came"),
    "big-endian RIFX": Attack("a.wav", lambda: riff(fmt(), chunk(b"data", SOUND), kind=b"RIFX"), "WAV"),
    "RF64 of 2**63 bytes": Attack("a.wav", lambda: riff(fmt(), chunk(b"data", SOUND), kind=b"RF64"), "WAV"),
    "six million empty chunks": Attack("a.wav", lambda: riff(fmt(), b"junk\0\0\0\0" * 6_000_000), "chunks"),
    "a frame that is no whole number of samples": Attack(
        "a.wav", lambda: riff(fmt(channels=2, align=3), chunk(b"data", SOUND)), "frames of 3 bytes"
    ),
    "a second format that contradicts": Attack(
        "a.wav", lambda: riff(fmt(), fmt(channels=2), chunk(b"data", SOUND)), "two formats"
    ),
    "a second chunk of sound": Attack(
        "a.wav", lambda: riff(fmt(), chunk(b"data", SOUND), chunk(b"data", SOUND)), read="second part of sound"
    ),
    "sound before its format": Attack("a.wav", lambda: riff(chunk(b"data", SOUND), fmt()), "before it says"),
    "a list inside a list inside a list": Attack(
        "a.wav",
        lambda: riff(fmt(), chunk(b"LIST", chunk(b"LIST", b"LIST" + bytes(4)) * 3), chunk(b"data", SOUND)),
        read=AMPLITUDES,
    ),
    "NaN, infinity and the smallest float": Attack(
        "a.wav",
        lambda: riff(
            fmt(kind=3, bits=32), chunk(b"data", np.array([np.nan, np.inf, 2.0**-149, -1.0], "<f4").tobytes())
        ),
        read={"amplitude": [np.nan, np.nan, 2.0**-149, -1.0]},
    ),
    "extensible without its extension": Attack("a.wav", lambda: riff(fmt(kind=0xFFFE), chunk(b"data", SOUND)), "kind"),
    "a format of 15 bytes": Attack("a.wav", lambda: riff(chunk(b"fmt ", bytes(15)), chunk(b"data", SOUND)), "damaged"),
    "4 billion samples a second": Attack(
        "a.wav", lambda: riff(fmt(rate=2**32 - 1), chunk(b"data", SOUND)), read=AMPLITUDES
    ),
    "a RIFF that says it ends at once": Attack(
        "a.wav", lambda: riff(fmt(), chunk(b"data", SOUND), size=0), read=AMPLITUDES
    ),
    "another kind of RIFF": Attack("a.wav", lambda: WAV.replace(b"WAVE", b"AVI "), "WAV"),
}

EDF = written.edf({"a": np.ones((2, 8), int), "b": np.ones((2, 8), int)})


def edf_field(place: int, text: str, width: int = 8) -> Callable[[], bytes]:
    return lambda: patched(EDF, place, text.encode("latin-1").ljust(width)[:width])


SECOND = 256 + 2 * (16 + 80 + 8)  # where the physical minima stand
EDF_ATTACKS = {
    "more data than records": Attack("a.edf", edf_field(236, "1"), read="holds 2 records, of which its header says 1"),
    "records of -1, unknown": Attack("a.edf", edf_field(236, "-1"), read="does not say how many records"),
    "records of NaN": Attack("a.edf", edf_field(236, "nan"), "damaged"),
    "seconds of NaN": Attack("a.edf", edf_field(244, "nan"), "damaged"),
    "seconds below 0": Attack("a.edf", edf_field(244, "-1"), "damaged"),
    "seconds of 1e-320": Attack("a.edf", edf_field(244, "1e-320"), "damaged"),
    "a header that begins past itself": Attack(
        "a.bdf", lambda: patched(b"\xffBIOSEMI" + EDF[8:], 184, b"99999999"), "damaged"
    ),
    "minus three signals": Attack("a.edf", edf_field(252, "-3", 4), "EDF"),
    "one signal where two are": Attack("a.edf", edf_field(252, "1", 4), "EDF"),
    "a physical range of nothing": Attack(
        "a.edf", lambda: patched(EDF, SECOND, b"5       5       5       5       "), "damaged"
    ),
    "a physical range to infinity": Attack("a.edf", edf_field(SECOND, "-inf"), "damaged"),
    "a physical range past all floats": Attack(
        "a.edf", lambda: patched(EDF, SECOND, b"-1e308  -1e308  1e308   1e308   "), "damaged"
    ),
    "numbers of other alphabets": Attack("a.edf", edf_field(SECOND, "\xb2\xb3"), "damaged"),
    "both signals of one name": Attack(
        "a.edf", lambda: patched(EDF, 272, b"a".ljust(16)), read={"a": [0.1] * 16, "a_2": [0.1] * 16}
    ),
    "a name of control signs": Attack(
        "a.edf", lambda: patched(EDF, 256, b"\x1b[2J\x00\x07\n<b>".ljust(16)), read="signal"
    ),
    "annotations alone": Attack("a.edf", lambda: patched(EDF, 256, b"EDF Annotations EDF Annotations "), "annotations"),
    "samples of none in one signal": Attack(
        "a.edf", lambda: patched(EDF, 256 + 2 * 216, b"0       "), read="or none, or are annotations"
    ),
    "a last record cut short": Attack("a.edf", lambda: EDF[:-5], read="promises 2 records, of which 1 came"),
    "BDF of an odd number of bytes": Attack(
        "a.bdf", lambda: patched(b"\xffBIOSEMI" + EDF[8:], 192, b"24BIT")[:-1], read="records"
    ),
}
