"""ZIP archives, opened only when what they unpack to is within the limits."""

from __future__ import annotations

import io
import zipfile

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits

#: The part of a local header that has a fixed length.
LOCAL_HEADER = 30

DAMAGED = "The file is a damaged or incomplete ZIP archive. Save it again and retry."


def open_zip(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """The archive in these bytes. Raises SequenceError where it is damaged, locked or too large."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:
        raise SequenceError(DAMAGED) from error
    members = archive.infolist()
    limits.check("members", len(members), limits.columns, "Keep fewer arrays or sheets.")
    limits.check_unpacked(sum(member.file_size for member in members))
    if any(member.flag_bits & 1 for member in members):
        raise SequenceError("The file is locked by a password. Save it without one.")
    if len({member.filename for member in members}) < len(members):
        raise SequenceError("The archive holds two files of one name. Keep one of them, and save it again.")
    _check_overlap(members, len(data))
    return archive


def check_integrity(archive: zipfile.ZipFile) -> None:
    """Unpack every member once, keeping nothing: one whose size or checksum lies is refused here."""
    try:
        broken = archive.testzip()
    except Exception as error:
        raise SequenceError(DAMAGED) from error
    if broken is not None:
        raise SequenceError(DAMAGED)


def read_member(archive: zipfile.ZipFile, member: str, limits: Limits) -> bytes:
    """One member's bytes, never more than the limit, whatever its header says."""
    try:
        with archive.open(member) as stream:
            data = stream.read(limits.unpacked_bytes + 1)
    except Exception as error:
        raise SequenceError(DAMAGED) from error
    limits.check_unpacked(len(data))
    return data


def _check_overlap(members: list[zipfile.ZipInfo], end: int) -> None:
    """Members that share bytes are how kilobytes unpack to gigabytes; no program writes them."""
    starts = sorted((member.header_offset, member.compress_size) for member in members)
    ends = [start for start, _ in starts[1:]] + [end]
    if any(start + LOCAL_HEADER + size > limit for (start, size), limit in zip(starts, ends, strict=False)):
        raise SequenceError("The archive's members overlap: it is damaged, or made to do harm. Save the data again.")
