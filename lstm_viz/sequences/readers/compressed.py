"""Compressed files: one table in gzip, bzip2, xz, Zstandard or ZIP, unpacked no further than the limits."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from typing import IO, Any, NamedTuple

from lstm_viz.files.sizes import size_in_words
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, list_names, match_name, quote
from lstm_viz.sequences.readers.formats import EXTENSIONS, PACKED
from lstm_viz.sequences.readers.zip_archives import open_zip, read_member

#: Times the largest file's size that a compressed one may unpack to.
MAX_RATIO = 4
CHUNK_BYTES = 2**20


class Unpacked(NamedTuple):
    """The file inside, what it is called, what to tell, and the names of all files that could be read instead."""

    data: bytes
    name: str
    notes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    part: str = ""


def unpack(data: bytes, name: str, limits: Limits, part: str = "") -> Unpacked:
    """The file in a compressed one; any other file as it is. Raises SequenceError for damage, bombs and nesting.

    >>> unpack(gzip.compress(b"flow"), "a.csv.gz", Limits())[:2]
    (b'flow', 'a.csv')
    """
    if data[:4] == b"PK\x03\x04":
        return _unpack_zip(data, name, limits, part)
    for kind, (signature, opened) in OPENERS.items():
        if data.startswith(signature) and (kind != "bzip2" or data[4:10] in (BZIP2_BLOCK, BZIP2_END)):
            inner = _read(opened, data, kind, limits)
            stem, _, ending = name.rpartition(".")
            if any(inner.startswith(other) for other, _ in OPENERS.values()):
                raise SequenceError("The file was compressed twice. Unpack it once and open what comes of it.")
            inside = stem if ending.lower() in PACKED else name
            return Unpacked(inner, inside, (f"The file was unpacked by {kind}.",))
    return Unpacked(data, name)


def _read(opened: Callable[[IO[bytes]], Any], data: bytes, kind: str, limits: Limits) -> bytes:
    most = min(limits.unpacked_bytes, MAX_RATIO * limits.upload_bytes)
    parts, size = [], 0
    try:
        with opened(io.BytesIO(data)) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                parts.append(chunk)
                size += len(chunk)
                if size > most:
                    raise SequenceError(
                        f"The file unpacks to more than {size_in_words(most)}, which is the limit. "
                        "Keep fewer rows or columns."
                    )
    except SequenceError:
        raise
    except Exception as error:
        raise SequenceError(f"The {kind} file is damaged or cut short. Compress it again and retry.") from error
    if not size:
        raise SequenceError(f"The {kind} file holds nothing. Compress the table again and retry.")
    return b"".join(parts)


def _open_zstandard(stream: IO[bytes]) -> Any:
    import pyarrow as pa

    return pa.CompressedInputStream(stream, "zstd")


BZIP2_BLOCK, BZIP2_END = b"1AY&SY", b"\x17rE8P\x90"
#: What compresses one file: its first bytes, and what opens it as a stream.
OPENERS: dict[str, tuple[bytes, Callable[[IO[bytes]], Any]]] = {
    "gzip": (b"\x1f\x8b", lambda stream: gzip.GzipFile(fileobj=stream)),
    "bzip2": (b"BZh", bz2.BZ2File),
    "xz": (b"\xfd7zXZ\x00", lzma.LZMAFile),
    "Zstandard": (b"\x28\xb5\x2f\xfd", _open_zstandard),
}


def _unpack_zip(data: bytes, name: str, limits: Limits, part: str) -> Unpacked:
    """The table in a ZIP archive of tables; an archive that is a format of its own as it is."""
    try:
        members = [member for member in zipfile.ZipFile(io.BytesIO(data)).namelist() if _is_file(member)]
    except Exception:
        return Unpacked(data, name)  # refused where its format is told
    if any(member in OWN_FORMATS or member.endswith(".npy") for member in members):
        return Unpacked(data, name)
    tables = [member for member in members if EXTENSIONS.get(member.rpartition(".")[2].lower()) in TEXTS]
    if not tables:
        return Unpacked(data, name)
    archive = open_zip(data, limits)
    names = clean_names(member for member in tables)[0]
    largest = max(tables, key=lambda member: archive.getinfo(member).file_size)
    chosen = match_name(part, names, "file") if part else names[tables.index(largest)]
    inner = read_member(archive, tables[names.index(chosen)], limits)
    others = [other for other in names if other != chosen]
    left = f" Not read: {list_names(others)}." if others else ""
    said = f"The file {quote(chosen)} of the archive was read.{left}"
    shown = chosen.rpartition("/")[2]
    return Unpacked(inner, shown, (said,), tuple(names) if others else (), chosen if others else "")


def _is_file(member: str) -> bool:
    return not member.endswith("/") and not member.startswith(("__MACOSX", ".")) and "/." not in member


#: Members that make an archive a format of its own, and kinds of members that are tables.
OWN_FORMATS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml", "word/document.xml")
TEXTS = ("csv", "json", "text", "markup")
