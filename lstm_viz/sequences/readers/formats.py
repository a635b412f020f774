"""Format detection: by a file's first bytes, then by its extension."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

from lstm_viz.sequences.errors import SequenceError

READABLE = (
    "a table (CSV, TSV, Parquet, Feather, XLSX, ODS, JSON), arrays (NPY, NPZ, MATLAB, netCDF, HDF5), a recording "
    "(WAV, EDF), series (TS, TSF, ARFF) or a text"
)

#: File extensions and the formats they stand for.
EXTENSIONS = {
    "csv": "csv",
    "tsv": "csv",
    "tab": "csv",
    "dat": "csv",
    "rdb": "csv",
    "txt": "text",
    "text": "text",
    "md": "text",
    "log": "text",
    "asc": "text",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
    "npy": "npy",
    "npz": "npz",
    "parquet": "parquet",
    "pq": "parquet",
    "feather": "arrow",
    "arrow": "arrow",
    "xlsx": "xlsx",
    "xlsm": "xlsx",
    "ods": "ods",
    "mat": "mat",
    "nc": "netcdf",
    "h5": "hdf5",
    "hdf5": "hdf5",
    "wav": "wav",
    "edf": "edf",
    "bdf": "edf",
    "ts": "markup",
    "tsf": "markup",
    "arff": "markup",
    "gz": "packed",
    "bz2": "packed",
    "xz": "packed",
    "zst": "packed",
    "zip": "packed",
}
#: Endings of compressed files, of which the file inside is read.
PACKED = frozenset(ending for ending, kind in EXTENSIONS.items() if kind == "packed")

#: What formats are called in sentences.
FORMAT_NAMES = {
    "csv": "a table of text (CSV)",
    "json": "JSON",
    "npy": "a NumPy array (NPY)",
    "npz": "NumPy arrays (NPZ)",
    "parquet": "Parquet",
    "xlsx": "an Excel workbook (XLSX)",
    "text": "plain text",
    "ods": "an OpenDocument sheet (ODS)",
    "arrow": "an Arrow or Feather file",
    "netcdf": "a netCDF file",
    "mat": "a MATLAB file",
    "hdf5": "an HDF5 file",
    "wav": "a WAV sound",
    "edf": "an EDF recording",
    "markup": "series with a header and @data",
    "packed": "a compressed file",
}

#: First bytes of the binary formats that are read.
SIGNATURES = {
    b"\x93NUMPY": "npy",
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"\x89HDF": "hdf5",
    b"CDF\x01": "netcdf",
    b"CDF\x02": "netcdf",
    b"CDF\x05": "netcdf",
    b"MATLAB 5.0": "mat",
    b"MATLAB 7.3": "mat",
    b"\xffBIOSEMI": "edf",
}

#: First bytes of what is often uploaded by mistake, and what it is called.
UNSUPPORTED_SIGNATURES = {
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"BM": "a picture (BMP)",
    b"II*\x00": "a picture (TIFF)",
    b"MM\x00*": "a picture (TIFF)",
    b"RIFF": "a sound, film or picture (RIFF)",
    b"OggS": "a sound (OGG)",
    b"ID3": "a sound (MP3)",
    b"fLaC": "a sound (FLAC)",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document (XLS, DOC)",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"SQLite format 3": "a SQLite database",
    b"MATLAB": "a MATLAB file of a level that isn't read (save it with -v7)",
    b"FEA1": "a Feather file of version 1 (write it again with pandas.to_feather)",
    b"ORC": "an ORC file",
    b"<stata_dta>": "a Stata file (export it as CSV)",
    b"$FL2": "an SPSS file (export it as CSV)",
    b"GGUF": "a language model's weights",
    b"TDSm": "a LabVIEW file (export it as CSV)",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"\x80\x02": "a Python pickle, which could run code",
    b"\x80\x03": "a Python pickle, which could run code",
    b"\x80\x04": "a Python pickle, which could run code",
    b"\x80\x05": "a Python pickle, which could run code",
}

#: Signatures that a text could begin with; they count only where the bytes aren't text.
TEXTLIKE_SIGNATURES = (
    b"BM",
    b"RIFF",
    b"OggS",
    b"ID3",
    b"fLaC",
    b"MZ",
    b"GIF8",
    b"BZh",
    b"Rar!",
    b"MATLAB",
    b"MATLAB 5.0",
    b"MATLAB 7.3",
    b"ARROW1",
    b"PAR1",
    b"BZh",
    b"FEA1",
    b"ORC",
    b"GGUF",
    b"TDSm",
    b"$FL2",
    b"<stata_dta>",
)


#: Endings of files that are of no use alone, and what to do.
COMPANIONS = {
    "hea": "the header of a WFDB record, whose signals lie in the .dat file beside it. "
    "Export both as CSV: rdsamp -r record -c -H",
    "atr": "the annotations of a WFDB record. Export its signals as CSV: rdsamp -r record -c -H",
}


@dataclass(frozen=True)
class DetectedFormat:
    """A format that has a reader, and what to tell where name and content disagree."""

    format: str
    notes: tuple[str, ...] = ()


def detect_format(data: bytes, name: str, pasted: bool = False) -> DetectedFormat:
    """The format of a file. Raises SequenceError for a kind that isn't read.

    >>> detect_format(b"PAR1\\x15\\x00 ... PAR1", "river.csv").format
    'parquet'
    """
    if pasted:
        return DetectedFormat("pasted")
    ending = name.rpartition(".")[2].lower()
    if ending in COMPANIONS:
        raise SequenceError(f"Expected {READABLE}, but this is {COMPANIONS[ending]}.")
    if ending == "conllu" or CONLLU.match(data[:10_000]):
        raise SequenceError(
            f"Expected {READABLE}, but these are annotated words (CoNLL-U), not numbers. "
            "To read a word a step, save one column of them, with a name above it, as CSV."
        )
    promised = EXTENSIONS.get(ending, "")
    if data.startswith(LFS_POINTER):
        raise SequenceError(
            f"Expected {READABLE}, but this is a Git LFS pointer, which only says where the file lies. "
            "Download the file itself with git lfs pull."
        )
    if data[:5] in (b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n") or (
        data[:2] in (b"X\n", b"A\n", b"B\n") and b"\0" in data[:14]
    ):
        raise SequenceError(
            f"Expected {READABLE}, but this is R's own file of objects. Save it in R: write.csv(x, 'x.csv')."
        )
    found = _binary_format(data) or _text_format(data, promised)
    if not promised or found == promised or {found, promised} == {"text", "csv"}:
        return DetectedFormat(found)
    ending = name.rpartition(".")[2]
    note = f"The name ends in .{ending}, but the content is {FORMAT_NAMES[found]} and was read as that."
    return DetectedFormat(found, (note,))


def _binary_format(data: bytes) -> str:
    """The binary format of these bytes, "" for a text."""
    texty = b"\x00" not in data[:4096] and _is_utf8(data[:4096])
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if _is_edf(data):
        return "edf"
    for signature, found in (SIGNATURES | UNSUPPORTED_SIGNATURES).items():
        wordlike = texty and signature in TEXTLIKE_SIGNATURES and not data.endswith(signature)
        if data.startswith(signature) and not wordlike:
            return _require_supported(found)
    return _archive_format(data) if data[:4] in (b"PK\x03\x04", b"PK\x05\x06") else ""


def _is_edf(data: bytes) -> bool:
    """Whether a recording's header stands there: its version, and its size in characters, which counts its signals."""
    try:
        return data[:8] == b"0       " and int(data[184:192]) == 256 * (int(data[252:256]) + 1)
    except ValueError:
        return False


#: The comments above the first sentence of a treebank, and its first word: ten columns set apart by tabs.
CONLLU = re.compile(rb"(?:\xef\xbb\xbf)?(?:# [^\n]*\n)+1(?:-\d+)?(?:\t[^\t\n]+){9}\r?\n")
#: What begins the few lines that stand in place of a large file in a Git repository.
LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def _require_supported(found: str) -> str:
    if found in SIGNATURES.values():
        return found
    raise SequenceError(f"Expected {READABLE}, but this is {found}. Save the numbers as CSV and open that.")


def _archive_format(data: bytes) -> str:
    try:
        members = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except Exception as error:
        raise SequenceError("The file is a damaged or incomplete ZIP archive. Save it again and retry.") from error
    if "xl/workbook.xml" in members:
        return "xlsx"
    if "content.xml" in members and any("spreadsheet" in word for word in _mime_type(data)):
        return "ods"
    if not members or any(member.endswith(".npy") for member in members):
        return "npz"
    kind = _archive_kind(members)
    raise SequenceError(f"Expected {READABLE}, but this is {kind}. Unpack it, or save the numbers as CSV.")


def _mime_type(data: bytes) -> list[str]:
    """What an OpenDocument archive says that it is."""
    try:
        return [zipfile.ZipFile(io.BytesIO(data)).open("mimetype").read(200).decode("ascii", "replace")]
    except Exception:
        return []


def _archive_kind(members: list[str]) -> str:
    if "word/document.xml" in members:
        return "a Word document"
    if "content.xml" in members:
        return "an OpenDocument file, but no sheet (save it as ODS or XLSX)"
    if "xl/workbook.bin" in members:
        return "a binary Excel workbook (save it as XLSX)"
    first = "".join(character for character in members[0] if character.isprintable())[:60]
    return f"a ZIP archive of other files (the first is “{first}”)"


#: Formats that no text is.
BINARY = ("npy", "npz", "parquet", "xlsx", "ods", "arrow", "netcdf", "mat", "hdf5", "wav", "edf", "packed")
#: What begins a header of series: .ts, .tsf and .arff.
MARKUP = re.compile(
    rb"(?im)\A(?:\xef\xbb\xbf)?(?:[^\S\n]*(?:[#%][^\n]*)?\n)*"
    rb"@(problemname|relation|attribute|timestamps|frequency)\b"
)


def _text_format(data: bytes, promised: str) -> str:
    if promised in BINARY:
        return _table_or_refusal(data, promised)
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower()
    if start.startswith((b"<!doctype html", b"<html")) and promised != "text":
        raise SequenceError(f"Expected {READABLE}, but this is a web page. Download the data file itself.")
    if promised == "json":
        return "json"
    if _has_markup(data):
        return "markup"
    if promised == "markup":
        promised = "text"
    if start[:1] in (b"[", b"{") and promised != "text" and (_is_json(data) or _is_json(_first_object(data))):
        return "json"
    return promised or "text"


def _has_markup(data: bytes) -> bool:
    """Whether a header of series begins a text, and a line @data ends it."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    if b"\n" not in data[:10_000]:
        data = data.replace(b"\r", b"\n")
    return MARKUP.match(data) is not None and re.search(rb"(?im)^@data\b", data) is not None


def _table_or_refusal(data: bytes, promised: str) -> str:
    """A text under the name of a binary format is read where it is a table."""
    from lstm_viz.sequences.readers.encodings import decode
    from lstm_viz.sequences.readers.plain_text import looks_tabular

    expected = f"Expected {FORMAT_NAMES[promised]}, as the name says"
    try:
        tabular = looks_tabular(decode(data).characters)
    except SequenceError as error:
        raise SequenceError(f"{expected}, but the file is damaged. Save it again and retry.") from error
    if not tabular:
        raise SequenceError(f"{expected}, but this is text. Save it again and retry.")
    return "csv"


def _first_object(data: bytes) -> bytes:
    """The first line where it begins an object: a file of JSON lines has many."""
    line = data.lstrip().split(b"\n", 1)[0]
    return line if line.startswith(b"{") else b""


def _is_json(data: bytes) -> bool:
    import orjson

    try:
        orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return False
    return True


def _is_utf8(data: bytes) -> bool:
    try:
        data[: max(0, len(data) - 4)].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(data) - 8
    return True
