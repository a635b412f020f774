"""Files of other programs, written byte by byte for tests, as their specifications say."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import h5py
import numpy as np

from tests.sequences.readers.hostile_files import zip_of


def netcdf3(
    columns: dict[str, np.ndarray],
    attributes: dict[str, dict[str, object]] | None = None,
    *,
    version: int = 1,
    record: bool = False,
) -> bytes:
    """A classic netCDF file of variables along one axis, `time`, which grows where `record`."""
    rows = len(next(iter(columns.values())))

    def name(word: str) -> bytes:
        raw = word.encode()
        return struct.pack(">i", len(raw)) + raw + bytes(-len(raw) % 4)

    def attribute_list(values: dict[str, object]) -> bytes:
        if not values:
            return struct.pack(">ii", 0, 0)
        out = struct.pack(">ii", 12, len(values))
        for key, value in values.items():
            raw = value.encode() if isinstance(value, str) else struct.pack(">d", value)
            count = len(raw) if isinstance(value, str) else 1
            out += (
                name(key) + struct.pack(">ii", 2 if isinstance(value, str) else 6, count) + raw + bytes(-len(raw) % 4)
            )
        return out

    codes = {"f4": 5, "f8": 6, "i2": 3, "i4": 4}
    raws = {key: values.astype(values.dtype.newbyteorder(">")) for key, values in columns.items()}

    def header(begins: dict[str, int]) -> bytes:
        out = b"CDF" + bytes([version]) + struct.pack(">i", rows if record else 0)
        out += struct.pack(">ii", 10, 1) + name("time") + struct.pack(">i", 0 if record else rows)
        out += attribute_list({}) + struct.pack(">ii", 11, len(columns))
        for key, values in columns.items():
            size = values.itemsize if record else values.nbytes
            out += name(key) + struct.pack(">ii", 1, 0) + attribute_list((attributes or {}).get(key, {}))
            out += struct.pack(">ii", codes[values.dtype.str[1:]], size + -size % 4)
            out += struct.pack(">i" if version == 1 else ">q", begins[key])
        return out

    start = len(header(dict.fromkeys(columns, 0)))
    begins, body = {}, b""
    if record:
        place = start
        for key, values in columns.items():
            begins[key] = place
            place += values.itemsize + (-values.itemsize % 4 if len(columns) > 1 else 0)
        for row in range(rows):
            for values in raws.values():
                one = values[row : row + 1].tobytes()
                body += one + bytes(-len(one) % 4 if len(columns) > 1 else 0)
    else:
        for key, values in raws.items():
            begins[key] = start + len(body)
            body += values.tobytes() + bytes(-values.nbytes % 4)
    return header(begins) + body


def mat5(arrays: dict[str, np.ndarray], *, compressed: bool = False) -> bytes:
    """A MATLAB file of level 5 with arrays of float64."""
    out = b"MATLAB 5.0 MAT-file, written for a test".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    for name, array in arrays.items():
        shape = array.shape if array.ndim > 1 else (len(array), 1)
        body = struct.pack("<IIII", 6, 8, 6, 0)
        body += element(5, struct.pack(f"<{len(shape)}i", *shape)) + element(1, name.encode())
        body += element(9, array.astype("<f8").tobytes(order="F"))
        matrix = struct.pack("<II", 14, len(body)) + body
        packed = zlib.compress(matrix)
        out += struct.pack("<II", 15, len(packed)) + packed if compressed else matrix
    return out


def element(kind: int, raw: bytes) -> bytes:
    """A data element of a MATLAB file."""
    return struct.pack("<II", kind, len(raw)) + raw + bytes(-len(raw) % 8)


def mat73(arrays: dict[str, np.ndarray]) -> bytes:
    """A MATLAB file of level 7.3: HDF5 behind 512 bytes, with axes the other way round."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", userblock_size=512) as file:
        for name, array in arrays.items():
            file[name] = np.atleast_2d(array).T if array.ndim > 1 else array[None, :]
    data = bytearray(stream.getvalue())
    data[:128] = b"MATLAB 7.3 MAT-file, Platform: GLNXA64 HDF5 schema 1.00 .".ljust(124) + b"\x00\x02IM"
    return bytes(data)


def wav(samples: np.ndarray, rate: int = 8000, *, kind: int = 1, bits: int = 16) -> bytes:
    """A WAV file of raw samples, (frames, channels)."""
    channels = samples.shape[1]
    raw = samples.tobytes()
    frame = channels * bits // 8
    body = b"fmt " + struct.pack("<IHHIIHH", 16, kind, channels, rate, rate * frame, frame, bits)
    body += b"data" + struct.pack("<I", len(raw)) + raw
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def edf(signals: dict[str, np.ndarray], *, seconds: float = 1.0, records: int | None = None) -> bytes:
    """An EDF recording; each signal (records, samples) of int16, physical values a tenth of the digital ones."""
    count = len(signals)
    said = len(next(iter(signals.values()))) if records is None else records
    fields = [
        *([name.ljust(16) for name in signals], ["electrode".ljust(80)] * count, ["uV".ljust(8)] * count),
        *(["-3276.8".ljust(8)] * count, ["3276.7".ljust(8)] * count, ["-32768".ljust(8)] * count),
        *(["32767".ljust(8)] * count, ["".ljust(80)] * count),
        [str(values.shape[1]).ljust(8) for values in signals.values()],
        ["".ljust(32)] * count,
    ]
    head = "0".ljust(8) + "x".ljust(80) + "y".ljust(80) + "01.01.2400.00.00" + str(256 * (count + 1)).ljust(8)
    head += "".ljust(44) + str(said).ljust(8) + f"{seconds:g}".ljust(8) + str(count).ljust(4)
    body = b"".join(
        values[place].astype("<i2").tobytes()
        for place in range(len(next(iter(signals.values()))))
        for values in signals.values()
    )
    return (head + "".join(word for field in fields for word in field)).encode() + body


def ods(rows: list[list[object]], extra: str = "") -> bytes:
    """An OpenDocument sheet of numbers and words; `extra` is XML of further rows."""

    def cell(value: object) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'

    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in names)
    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Sheet1">{body}{extra}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{space}">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    members = {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content}
    return zip_of({name: text.encode() for name, text in members.items()})


def zipped(members: dict[str, bytes]) -> bytes:
    """A ZIP archive with compression."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()
