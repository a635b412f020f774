"""HDF5 files from strangers: checks to make before h5py reads, where HDF5 would loop, crash or open another file."""

from __future__ import annotations

from struct import unpack_from

import h5py

#: deflate, shuffle and Fletcher-32 checksum, by HDF5's numbers; others may be plug-ins, which are loaded code.
BUILT_IN_FILTERS = {1, 2, 3}

#: How a global heap begins: its signature and version. Its size follows (8 bytes), and objects up to there.
HEAP_SIGNATURE, HEAP_HEADER_BYTES = b"GCOL\x01\0\0\0", 16
#: A heap object's number, reference count, 4 reserved bytes and size; its bytes follow, up to a multiple of eight.
#: Number 0 is free space, whose size counts its header.
OBJECT_HEADER, OBJECT_HEADER_BYTES = "<HHIQ", 16


def is_self_contained(dataset: h5py.Dataset) -> bool:
    """Whether a dataset's numbers are in its own file, neither external nor virtual."""
    return not (dataset.external or dataset.is_virtual)


def has_built_in_filters(dataset: h5py.Dataset) -> bool:
    """Whether a dataset is compressed by nothing but filters that are part of HDF5."""
    created = dataset.id.get_create_plist()
    return {created.get_filter(number)[0] for number in range(created.get_nfilters())} <= BUILT_IN_FILTERS


def has_sound_heaps(data: bytes) -> bool:
    """Whether the objects of every global heap, where HDF5 keeps texts, fill it and stay inside it.

    HDF5 steps from object to object by their sizes and checks none: it never ends at free space of size 0, nor where
    a wrong heap size leads it into other bytes, which read as an object of 2**64 - 1 bytes.

    >>> has_sound_heaps(HEAP_SIGNATURE + (4096).to_bytes(8, "little") + bytes(4080))
    False
    """
    start = data.find(HEAP_SIGNATURE)
    while start >= 0:
        if not _is_sound_heap(data, start):
            return False
        start = data.find(HEAP_SIGNATURE, start + HEAP_HEADER_BYTES)
    return True


def _is_sound_heap(data: bytes, start: int) -> bool:
    if len(data) < start + HEAP_HEADER_BYTES:
        return True
    (size,) = unpack_from("<Q", data, start + 8)
    place, end = start + HEAP_HEADER_BYTES, min(start + size, len(data))
    while place + OBJECT_HEADER_BYTES <= end:
        number, _, _, length = unpack_from(OBJECT_HEADER, data, place)
        step = OBJECT_HEADER_BYTES + -(-length // 8) * 8 if number else length
        if not OBJECT_HEADER_BYTES <= step <= end - place:
            return False
        place += step
    return True


def is_numbers_or_text(attribute: h5py.h5a.AttrID) -> bool:
    """Whether an attribute's values are numbers or text, not other lists of variable length or references.

    HDF5 2.0 takes a variable-length type of an unknown kind for one of them, and crashes as it reads its values.
    """
    return not attribute.dtype.hasobject or h5py.check_string_dtype(attribute.dtype) is not None
