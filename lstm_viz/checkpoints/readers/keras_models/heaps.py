"""HDF5's heaps of words, looked through before the library reads them: one that is damaged keeps it busy for ever."""

from __future__ import annotations

from struct import unpack_from

from lstm_viz.checkpoints.errors import CheckpointError

#: How a heap begins: its signature and version. Its size follows, and objects up to there.
START, START_BYTES = b"GCOL\x01\0\0\0", 16
#: An object's number, how often it is meant, and its size; the object follows, up to a multiple of eight.
HEADER, HEADER_BYTES = "<HHIQ", 16


def check_heaps(data: bytes) -> None:
    """Raise CheckpointError where a heap has free space of no size: the library would step over it in vain.

    >>> check_heaps(START + (4096).to_bytes(8, "little") + bytes(4080))
    Traceback (most recent call last):
    lstm_viz.checkpoints.errors.CheckpointError: The file's texts are damaged. Copy the file again from its source.
    """
    place = data.find(START)
    while place >= 0:
        _check(data, place)
        place = data.find(START, place + START_BYTES)


def _check(data: bytes, start: int) -> None:
    if len(data) < start + START_BYTES:
        return
    (size,) = unpack_from("<Q", data, start + 8)
    place, end = start + START_BYTES, min(start + size, len(data))
    while place + HEADER_BYTES <= end:
        number, _, _, length = unpack_from(HEADER, data, place)
        if number == 0 and length < HEADER_BYTES:
            raise CheckpointError("The file's texts are damaged. Copy the file again from its source.")
        place += HEADER_BYTES + -(-length // 8) * 8 if number else length
