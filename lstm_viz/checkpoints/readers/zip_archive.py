"""ZIP archives from strangers: a list of members that is checked before any is read; stored ones are not copied."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.limits import CheckpointLimits

#: End of the list of members, its 64-bit form, where that stands, one entry of the list, and a member's own header.
#: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16.
END, END_64, LOCATOR_64 = Struct("<4s4H2LH"), Struct("<4sQ2H2L4Q"), Struct("<4sLQL")
ENTRY, HEADER = Struct("<4s6H3L5H2L"), Struct("<4s5H3L2H")
MAX_COMMENT = 2**16
STORED, DEFLATED = 0, 8
#: Weights hardly get smaller by packing; an archive of fewer bytes may unpack to as many.
MAX_RATIO, SMALL = 10, 10**7
ENCRYPTED = 1
#: A number that did not fit: it stands in an extra field, whose kind is 1.
TOO_LARGE, EXTRA_64 = 0xFFFFFFFF, 1


class Member(NamedTuple):
    """One member: where its header is, how it is packed, and its sizes."""

    name: str
    start: int
    method: int
    packed: int
    size: int
    checksum: int
    encrypted: bool


@dataclass(frozen=True, eq=False)
class ZipArchive:
    """The members of an archive by name, in the order of its list."""

    data: memoryview
    members: dict[str, Member]

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def read(self, name: str) -> memoryview:
        """A member's bytes; of a stored one, those of the archive itself. CheckpointError where it is broken."""
        member = self.members[name]
        if member.encrypted:
            raise locked_error()
        start, end = _body(self.data, member)
        packed = self.data[start:end]
        if member.method == STORED:
            body = packed
        elif member.method == DEFLATED:
            body = memoryview(_inflate(packed, member))
        else:
            raise CheckpointError(
                f"{quote(name)} is packed by a method that few programs know ({member.method}). "
                "Unpack the archive, and pack it again by zip, or open what is inside."
            )
        # torch.serialization.set_crc32_options(False) leaves the checksums at zero.
        if len(body) != member.size or (member.checksum and zlib.crc32(body) != member.checksum):
            raise _damaged()
        return body


def open_zip(data: bytes | memoryview, limits: CheckpointLimits) -> ZipArchive:
    """The list of an archive's members, each inside the file and none over another.

    Raises CheckpointError where the list is broken, or where it promises more than the limits allow.

    >>> import io, zipfile
    >>> file = io.BytesIO()
    >>> with zipfile.ZipFile(file, "w") as made:
    ...     made.writestr("a.txt", b"hello")
    >>> bytes(open_zip(file.getvalue(), CheckpointLimits()).read("a.txt"))
    b'hello'
    """
    view = memoryview(data)
    members: dict[str, Member] = {}
    try:
        for member in _listed(view, limits):
            if member.name in members:
                raise CheckpointError(f"The archive has two members called {quote(member.name)}. Save the model again.")
            members[member.name] = member
    except (ValueError, IndexError, LookupError, ArithmeticError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise _damaged() from error
    except Exception as error:  # struct.error is a plain Exception
        raise _damaged() from error
    unpacked = sum(member.size for member in members.values())
    limits.check_unpacked(unpacked)
    if unpacked > max(MAX_RATIO * len(view), SMALL):
        raise CheckpointError("This archive unpacks to far more than its own size, as no trained model's does.")
    _refuse_overlap(members)
    return ZipArchive(view, members)


def _listed(data: memoryview, limits: CheckpointLimits) -> Iterator[Member]:
    count, place, shift = _end_of_list(data)
    limits.check("parts", count, limits.tensors)
    for _ in range(count):
        (mark, _, _, flags, method, _, _, checksum, packed, size, name, extra, comment, _, _, _, start) = (
            ENTRY.unpack_from(data, place)
        )
        if mark != b"PK\x01\x02":
            raise ValueError("no entry of a list")
        place += ENTRY.size
        called = bytes(data[place : place + name]).decode("utf-8" if flags & 0x800 else "cp437")
        packed, size, start = _long_sizes(data[place + name : place + name + extra], packed, size, start)
        place += name + extra + comment
        start += shift
        if start + HEADER.size + packed > len(data) or (method == STORED and packed != size and not flags & ENCRYPTED):
            raise ValueError("a member outside the archive")
        yield Member(called.replace("\\", "/"), start, method, packed, size, checksum, bool(flags & ENCRYPTED))


def _end_of_list(data: memoryview) -> tuple[int, int, int]:
    """How many members the list has, where it begins, and by how many bytes all places are moved."""
    tail = bytes(data[-(MAX_COMMENT + END.size) :])
    found = tail.rfind(b"PK\x05\x06")
    if found < 0:
        raise ValueError("no end of a list")
    end = len(data) - len(tail) + found
    *_, count, length, place, _ = END.unpack_from(data, end)
    if end >= LOCATOR_64.size + END_64.size and bytes(data[end - LOCATOR_64.size :][:4]) == b"PK\x06\x07":
        end -= LOCATOR_64.size + END_64.size
        mark, *_, count, length, place = END_64.unpack_from(data, end)
        if mark != b"PK\x06\x06":
            raise ValueError("no end of a list")
    # Bytes that were put in front of an archive move every place in it.
    shift = end - length - place
    if shift < 0 or length > len(data):
        raise ValueError("a list outside the archive")
    return count, place + shift, shift


def _long_sizes(extra: memoryview, packed: int, size: int, start: int) -> tuple[int, int, int]:
    """Sizes and place, those of 64 bits taken from the extra field."""
    numbers: list[int] = []
    while len(extra) >= 4:
        kind, length = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if kind == EXTRA_64:
            field = extra[4 : 4 + length]
            numbers = [int.from_bytes(field[k : k + 8], "little") for k in range(0, len(field) // 8 * 8, 8)]
        extra = extra[4 + length :]
    taken = iter(numbers)
    size, packed, start = (next(taken) if number == TOO_LARGE else number for number in (size, packed, start))
    return packed, size, start


def _body(data: memoryview, member: Member) -> tuple[int, int]:
    """Where a member's packed bytes begin and end: after its own header, whose length the list doesn't say."""
    if bytes(data[member.start : member.start + 4]) != b"PK\x03\x04":
        raise _damaged()
    *_, name, extra = HEADER.unpack_from(data, member.start)
    start = member.start + HEADER.size + name + extra
    if start + member.packed > len(data):
        raise _damaged()
    return start, start + member.packed


def _inflate(packed: memoryview, member: Member) -> bytes:
    """A deflated member's bytes, and no more of them than its list promises."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        return unpacker.decompress(packed, member.size + 1)
    except zlib.error as error:
        raise _damaged() from error


def _refuse_overlap(members: dict[str, Member]) -> None:
    """Members that share bytes make a small archive unpack to a huge one (Fifield, "A better zip bomb", 2019)."""
    end = 0
    for member in sorted(members.values(), key=lambda member: member.start):
        if member.start < end:
            raise CheckpointError("Parts of this archive lie over each other, as no program writes them.")
        end = member.start + HEADER.size + member.packed


def locked_error() -> CheckpointError:
    """The error for an archive that takes a password."""
    return CheckpointError(
        "This archive is locked with a password. Unpack it with its password, and open what is inside."
    )


def _damaged() -> CheckpointError:
    return CheckpointError(
        "This archive is damaged or only a part of it is here. Copy it again from its source, or save the model again."
    )
