"""Detecting a text file's character encoding, and decoding it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from lstm_viz.sequences.errors import SequenceError

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

#: Encodings of which text that is also UTF-8 makes no sense, such as Ã¼ for ü.
_WESTERN = ("cp1252", "latin-1")
#: How many bytes a guess is made from.
SAMPLE_BYTES = 65536


@dataclass(frozen=True)
class DecodedText:
    """Characters with every line ended by one "\\n", and what was assumed to get them."""

    characters: str
    notes: tuple[str, ...] = ()


def decode(data: bytes) -> DecodedText:
    """The characters of a text file. Raises SequenceError where it is no text.

    >>> decode("Höhe".encode("latin-1")).characters
    'Höhe'
    """
    encoding, notes = _detect_encoding(data)
    mixed = encoding in _WESTERN and _is_partly_utf8(data)
    if mixed:
        notes = (f"Some lines of the text are UTF-8 and some are not; those were read as {encoding}.",)
    try:
        characters = _decode_lines(data, encoding) if mixed else data.decode(encoding)
    except UnicodeError as error:
        why = getattr(error, "reason", "damaged")
        raise SequenceError(f"The text is not valid {encoding.upper()}: {why}. Save it as UTF-8.") from error
    characters = characters.rstrip("\x1a")  # how DOS ended files
    _refuse_binary(characters)
    if "\r" in characters:
        characters = characters.replace("\r\n", "\n").replace("\r", "\n")
    return DecodedText(characters, notes)


def _is_partly_utf8(data: bytes) -> bool:
    """Whether a text that is not UTF-8 has lines that are, as where two files were put together."""
    return any(not line.isascii() and _decodes(line, "utf-8") for line in data[:SAMPLE_BYTES].splitlines()[:-1])


def _decode_lines(data: bytes, encoding: str) -> str:
    """A text whose lines are UTF-8, or else in another encoding."""
    lines = data.splitlines(keepends=True)
    return "".join(line.decode("utf-8" if _decodes(line, "utf-8") else encoding) for line in lines)


def _detect_encoding(data: bytes) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return encoding, ()
    if b"\x00" in data[:SAMPLE_BYTES]:
        return _detect_utf16(data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _detect_legacy_encoding(data)
    return "utf-8", ()


def _detect_utf16(data: bytes) -> tuple[str, tuple[str, ...]]:
    """UTF-16 without its mark has a zero in every other byte of plain Latin text."""
    even, odd = data[:SAMPLE_BYTES:2].count(0), data[1:SAMPLE_BYTES:2].count(0)
    if max(even, odd) < 0.4 * min(len(data), SAMPLE_BYTES) / 2 or min(even, odd) * 4 > max(even, odd):
        return "utf-8", ()
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    return encoding, (f"The text has no mark of its encoding and was read as {encoding.upper()}.",)


def _detect_legacy_encoding(data: bytes) -> tuple[str, tuple[str, ...]]:
    sample = data[:SAMPLE_BYTES]
    foreign = sum(byte > 127 for byte in sample)
    if foreign > max(8, 0.3 * len(sample)):
        encoding = _guess_encoding(sample)
    else:
        encoding = "cp1252" if _decodes(data, "cp1252") else "latin-1"
    note = f"The text is not UTF-8 and was read as {encoding}; if letters look wrong, save it as UTF-8."
    return encoding, (note,)


def _guess_encoding(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best is not None else "latin-1"


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(characters: str) -> None:
    place = characters.find("\x00")
    if place >= 0:
        line = characters.count("\n", 0, place) + 1
        raise SequenceError(
            f"Expected text, but line {line:,} holds a NUL character, which no text has. "
            "Save the numbers again as CSV in UTF-8."
        )
    sample = characters[:SAMPLE_BYTES]
    odd = sum(not character.isprintable() and character not in "\t\n\r\f" for character in sample)
    if odd > 0.1 * len(sample):
        raise SequenceError("Expected text or numbers, but this is binary data. Save the numbers as CSV and open that.")
