"""The table of bad inputs: what comes, and what a person is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.sequences.readers.hostile_files import (
    deflated,
    npy,
    npy_header,
    npz,
    npz_bomb,
    parquet,
    parquet_bomb,
    parquet_of_columns,
    raw_zip,
    with_sheet,
    workbook,
    workbook_bomb,
    workbook_of_two_far_cells,
    zip_of,
)


@dataclass(frozen=True)
class Case:
    """One input; `words` stand in the sentence that refuses it, or in the notes of its table."""

    id: str
    name: str
    data: Callable[[], bytes]
    words: tuple[str, ...] = ()
    #: The shape of the table that comes of it, None where it is refused.
    shape: tuple[int, int] | None = None


def refused(id: str, name: str, data: Callable[[], bytes] | bytes, *words: str) -> Case:
    return Case(id, name, data if callable(data) else lambda: data, words)


def readable(id: str, name: str, data: Callable[[], bytes] | bytes, shape: tuple[int, int], *words: str) -> Case:
    return Case(id, name, data if callable(data) else lambda: data, words, shape)


def _million_columns() -> bytes:
    return b",".join(b"c%d" % place for place in range(10**6)) + b"\n" + b",".join([b"1"] * 10**6)


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


TEXTS = [
    refused("empty", "a.csv", b"", "empty"),
    refused("blank", "a.csv", b" \n\r\n\t", "empty"),
    refused("mark of UTF-8 alone", "a.csv", b"\xef\xbb\xbf", "no rows"),
    refused("header only", "a.csv", b"time,flow\n", "header", "“time”, “flow”", "no rows"),
    refused("header of words in one column", "a.csv", b"flow\n", "no rows"),
    readable("one row", "a.csv", b"a,b\n1,2\n", (1, 2)),
    readable("one column of words", "a.csv", b"name\nBob\nAnn\n", (2, 1)),
    refused("all gaps", "a.csv", b"a,b\nNA,\n,null\n", "gap"),
    readable("one column of gaps", "a.csv", b"a,b\nNA,1\n-,2\n", (2, 2), "Column “a”: no values, only gaps"),
    readable("constant column", "a.csv", b"a,b\n7,1\n7,2\n", (2, 2), "“a”: the same value in every row"),
    readable("infinities", "a.csv", b"a\n1\ninf\n-Infinity\n2\n3\n", (5, 1), "2 values", "“inf” (line 3)", "gaps"),
    readable("1e308", "a.csv", b"a\n1e308\n1\n", (2, 1), "1e+308", "32 bits"),
    readable("1e999", "a.csv", b"a\n1e999\n1\n2\n", (3, 1), "1 value", "“1e999” (line 2)"),
    readable("hexadecimal", "a.csv", b"a\n1\n0x1f\n2\n", (3, 1), "“0x1f” (line 3)", "gap"),
    readable("underscore", "a.csv", b"a\n1\n2\n1_000\n", (3, 1), "“1_000” (line 4)", "gap"),
    readable("mixed types", "a.csv", b"a,b\n1,1\nwet,2\n3,3\n4,4\n", (4, 2), "Column “a”: 1 value", "“wet” (line 3)"),
    readable("many words among numbers", "a.csv", b"a\n" + b"1\n2\nx\n" * 40, (120, 1), "40 values", "and 37 more"),
    readable("more words than numbers", "a.csv", b"a\n1\nx\ny\n", (3, 1), "read as words", "1 of 3"),
    readable("ordinary gaps", "a.csv", b"a,b\n1,NA\n,2\nnull,-\nnan,3\n", (4, 2)),
    readable(
        "a number for gaps",
        "a.csv",
        b"a\n1\n-9999\n2\n",
        (3, 1),
        "-9999 comes 1 time",
        "Read as: missing",
        "missing=()",
    ),
    readable("20 digits", "a.csv", b"a\n12345678901234567890\n1\n", (2, 1), "past 2^53", "rounded"),
    readable("a long name", "a.csv", b"a" * 300 + b",b\n1,2\n", (1, 2), "1 column name longer than 100"),
    readable("semicolons", "a.csv", b"a;b\n1;2\n", (1, 2), "separated by semicolons, not by commas"),
    readable("commas in TSV", "a.tsv", b"a,b\n1,2\n", (1, 2), "separated by commas, not by tabs"),
    readable("decimal comma", "a.csv", b"a;b\n1,5;2\n2,25;3\n", (2, 2), "“a”: the comma was read as the decimal"),
    readable(
        "comma of either kind",
        "a.csv",
        b"a;b\n1,500;2\n2,250;3\n",
        (2, 2),
        "“1,500” in column “a” may be 1500 or 1.500",
        'decimal="."',
    ),
    readable("blanks", "a.txt", b"  1.0  2.0\n  3.0  4.0\n", (2, 2), "columns are numbered"),
    readable("comments above", "a.csv", b"# river\n# 2024\na,b\n1,2\n", (1, 2), "2 lines of comments"),
    readable("no header", "a.csv", b"1,2\n3,4\n", (2, 2), "columns are numbered"),
    readable("blank line inside", "a.csv", b"a,b\n1,2\n\n3,4\n", (2, 2), "1 blank line"),
    readable("mark of UTF-8", "a.csv", b"\xef\xbb\xbfa,b\n1,2\n", (1, 2)),
    readable("UTF-16", "a.csv", "a,b\n1,2\n".encode("utf-16"), (1, 2)),
    readable("UTF-16 unmarked", "a.csv", "a,b\n1,2\n".encode("utf-16-le"), (1, 2), "UTF-16-LE"),
    readable("Latin-1", "a.csv", "Höhe,b\n1,2\n".encode("latin-1"), (1, 2), "not UTF-8", "cp1252"),
    refused("UTF-16 cut short", "a.csv", "a,b\n1,2\n".encode("utf-16")[:-1], "not valid UTF-16"),
    refused("ragged rows", "a.csv", b"a,b\n1,2\n1\n1,2,3\n", "Line 3 has 1 value", "has 2", "2 lines"),
    refused("ragged below quotes", "a.csv", b'a,b\n"x\ny",2\n1,2,3\n', "Line 4 has 3 values"),
    refused("quotation never closed", "a.csv", b'a,b\n1,"2\n3,4\n', "quotation mark", "never closed"),
    readable("duplicate headers", "a.csv", b"a,a,a\n1,2,3\n", (1, 3), "2 repeated column names", "“a_2”, “a_3”"),
    readable("blank header", "a.csv", b",b\n1,2\n", (1, 2), "1 column had no name"),
    refused("million columns", "a.csv", _million_columns, "1,000,000 columns", "limit is 2,000"),
    refused("200,000 equal names", "a.csv", b",".join([b"a"] * 200_000) + b"\n1", "200,000 columns", "2,000"),
    refused("ten million rows", "a.csv", b"a\n" + b"1\n" * 10**7, "10,000,000 rows", "limit is 2,000,000"),
    refused("51 MB", "a.csv", lambda: b"1,2\n" * (51 * 2**18), "more than 50 MB"),
    refused("9 MB in one line", "a.csv", lambda: b"a,b\n" + b"1" * (9 * 2**20) + b",2\n", "longer than 4 MB"),
    refused("NUL bytes", "a.csv", b"a,b\n1,2\n1\x00,3\n", "line 3", "NUL"),
    refused("picture", "a.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture (PNG)", "Expected a table"),
    refused("photograph", "a.csv", b"\xff\xd8\xff\xe0" + bytes(range(256)), "a picture (JPEG)"),
    refused("web page", "a.csv", b"<!DOCTYPE html><html>Sign in</html>", "a web page"),
    refused("gzip", "a.csv.gz", b"\x1f\x8b\x08\x00" + bytes(20), "gzip"),
    refused("noise", "a.csv", np.random.default_rng(0).bytes(5000).replace(b"\x00", b"\x01"), "Expected"),
    refused("two million characters", "a.txt", b"well " * 400_000, "2,000,000 characters", "limit is 1,000,000"),
    readable("name with a path", "../../etc/passwd.csv", b"a,b\n1,2\n", (1, 2)),
]

ARRAYS = [
    refused("NPZ of no arrays", "a.npz", lambda: zip_of({}), "no arrays"),
    readable(
        "NPZ of five arrays",
        "a.npz",
        lambda: npz(a=np.arange(5.0), b=np.arange(5), c=np.eye(5)[:, :2], d=np.arange(3), e=np.ones((1, 1, 1))),
        (5, 4),
        "Of 5 arrays, read: “a”, “b”, “c”",
        "Left out",
        "“d” (3), “e” (1 × 1 × 1)",
    ),
    refused("4 axes", "a.npy", lambda: npy(np.ones((2, 2, 2, 2))), "1, 2 or 3 axes", "4"),
    refused("0 axes", "a.npy", lambda: npy(np.float64(3)), "1, 2 or 3 axes", "0"),
    refused("complex numbers", "a.npy", lambda: npy(np.ones(3, complex)), "complex", "magnitude"),
    refused("no values", "a.npy", lambda: npy(np.ones((0, 3))), "no values"),
    readable("infinite", "a.npy", lambda: npy(np.array([1.0, np.inf, 3.0])), (3, 1), "1 infinite value"),
    readable("whole numbers past 2^53", "a.npy", lambda: npy(np.array([2**60, 1])), (2, 1), "rounded"),
    refused("shape that lies", "a.npy", lambda: npy_header((10**9,), bytes(8)), "1,000,000,000", "8 bytes follow"),
    refused("shape past 64 bits", "a.npy", lambda: npy_header((2**62, 2**62), bytes(8)), "bytes follow"),
    refused("10¹² rows of no width", "a.npy", lambda: npy_header((10**12, 0)), "no values"),
    refused("10¹² empty words", "a.npy", lambda: npy_header((10**12,), b"", "<U0"), "no values"),
    refused("header damaged", "a.npy", npy(np.ones(3)).replace(b"descr", b"des(("), "header is damaged"),
    refused("header with code", "a.npy", npy(np.ones(3)).replace(b"False", b"exit("), "header is damaged"),
    refused("a million features", "a.npy", lambda: npy(np.ones((2, 10**6), np.float32)), "1,000,000 columns"),
    refused("NPZ of one pack many times", "a.npz", lambda: npz_bomb(10), "overlap"),
    refused("NPZ unpacking to gigabytes", "a.npz", lambda: npz_bomb(100), "unpacks to more than 400 MB"),
    refused(
        "NPZ whose size lies",
        "a.npz",
        lambda: raw_zip([("a.npy", deflated(npy_header((2**17,), bytes(2**20)), 1), 200)]),
        "promises 131,072 values",
    ),
    refused("pickle", "a.npy", b"\x80\x04\x95" + bytes(20), "pickle"),
]

RECORDS = [
    refused("JSON 1,000 deep", "a.json", b"[" * 1000 + b"]" * 1000, "3 deep"),
    refused("JSON 100,000 deep", "a.json", b"[" * 10**5 + b"]" * 10**5, "1,000 levels deep"),
    refused("records 900 deep", "a.json", b'{"a":' * 900 + b"1" + b"}" * 900, "no plain values"),
    refused(
        "16 million empty lists",
        "a.json",
        lambda: b"[" + b"[]," * 2**24 + b"[]]",
        "16,777,218 lists and records",
        "6,000,000",
    ),
    refused("three million JSON lines", "a.jsonl", lambda: b'{"a":1}\n' * 3 * 10**6, "3,000,000 rows"),
    refused("JSON with a key twice", "a.json", b'[{"a":1,"a":2}]', "key “a” comes twice"),
    readable("JSON with NaN", "a.json", b'[{"a":1},\n{"a":NaN}]', (2, 1), "1 value NaN or Infinity", "gaps"),
    refused("JSON cut short", "a.json", b'[{"a":1},{"a"', "broken at line 1"),
    refused("JSON lines cut short", "a.jsonl", b'{"a":1}\n{"a":\n', "line 2"),
    refused("JSON of one number", "a.json", b"5", "single number"),
    refused("JSON of nothing", "a.json", b"[]", "no values"),
    readable("columns of unequal lengths", "a.json", b'{"a":[1,2],"b":[1]}', (3, 3), "each was read as a sequence"),
    refused("words of unequal lengths", "a.json", b'{"a":[1,2],"b":["x"]}', "unequal lengths", "“a” 2", "“b” 1"),
    refused("rows of unequal lengths", "a.json", b"[[1,2],[3]]", "Row 2 has 1 value where 2"),
    refused("records among numbers", "a.json", b'[1,{"a":2}]', "mixes number, record"),
    refused("100,000 keys", "a.json", lambda: b"[" + b",".join(b'{"k%d":1}' % k for k in range(10**5)) + b"]", "limit"),
    readable("19 digits in JSON", "a.json", b"[1234567890123456789,1]", (2, 1), "past 2^53", "rounded"),
    readable("keys missing", "a.json", b'[{"a":1},{"a":2,"b":3}]', (2, 2), "1 key not in every record", "“b”"),
    readable("lists within records", "a.json", b'[{"a":1,"b":[1]}]', (1, 1), "1 key of lists", "left out", "“b”"),
    readable("JSON in CSV", "a.csv", b'[{"a":1}]', (1, 1), "ends in .csv", "JSON"),
    refused("CSV in JSON", "a.json", b"a,b\n1,2\n", "JSON is broken at line 1"),
]

PACKED = [
    refused("Parquet cut short", "a.parquet", lambda: _half(parquet({"a": [1.0] * 500})), "damaged or incomplete"),
    refused("text named Parquet", "a.parquet", b"Dear all, well.\nYours", "Expected Parquet", "this is text"),
    readable("CSV named NPY", "a.npy", b"a,b\n1,2\n", (1, 2), "ends in .npy", "a table of text"),
    readable("names like signatures", "a.csv", b"PAR1,BM\n1,2\n", (1, 2)),
    refused("Parquet of nothing", "a.parquet", b"PAR1PAR1", "damaged or incomplete"),
    refused("Parquet unpacking to gigabytes", "a.parquet", parquet_bomb, "unpacks to more than 400 MB"),
    refused("Parquet of 50,000 columns", "a.parquet", lambda: parquet_of_columns(50_000), "50,000 columns", "2,000"),
    refused("Parquet of 20 million rows", "a.parquet", lambda: parquet({"a": np.zeros(2 * 10**7)}), "20,000,000 rows"),
    refused("Parquet of no rows", "a.parquet", lambda: parquet({"a": np.zeros(0)}), "no rows"),
    readable("Parquet of lists", "a.parquet", lambda: parquet({"a": [[1], [2]]}), (2, 3), "a sequence for each of 2"),
    readable("Parquet in CSV", "a.csv", lambda: parquet({"a": [1.0, 2.0]}), (2, 1), "ends in .csv", "Parquet"),
    readable("Parquet with lists", "a.parquet", lambda: parquet({"a": [1.0], "b": [[1]]}), (1, 1), "1 column", "“b”"),
    refused("workbook unpacking to gigabytes", "a.xlsx", lambda: workbook_bomb(3), "unpacks to more than 400 MB"),
    refused("workbook whose size lies", "a.xlsx", lambda: workbook_bomb(3, declared=1000), "damaged"),
    refused("workbook of A1 and XFD1048576", "a.xlsx", workbook_of_two_far_cells, "A1 to XFD1048576", "20,000,000"),
    refused("ZIP of something else", "a.xlsx", lambda: zip_of({"cat.jpg": b"miaow"}), "ZIP archive", "cat.jpg"),
    refused("Word document", "a.xlsx", lambda: zip_of({"word/document.xml": b"<w/>"}), "a Word document"),
    readable("NPZ named XLSX", "a.xlsx", lambda: npz(a=np.arange(3.0)), (3, 1), "ends in .xlsx", "NumPy"),
    refused("workbook cut short", "a.xlsx", lambda: _half(workbook([["a"], [1]])), "ZIP archive", "damaged"),
    refused("workbook of broken XML", "a.xlsx", lambda: zip_of(with_sheet(b"<worksheet><sheetData><row")), "damaged"),
    refused("workbook of empty sheets", "a.xlsx", lambda: workbook([], []), "all empty"),
    refused("sheet of a header", "a.xlsx", lambda: workbook([["time", "flow"]]), "“time”, “flow”", "no rows"),
    refused("old workbook", "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "old Excel"),
    readable(
        "sheets, titles, words, errors",
        "a.xlsx",
        lambda: workbook([], [["Flow"], [], ["t", "flow"], [1, 2.5], [2, "dry"], [3, "#N/A"], [4, 5]], [["x"]]),
        (4, 2),
        "“Sheet2” was read; not read: “Sheet1”, “Sheet3”",
        "left out: “Flow”",
        "“dry” (cell B5)",
        "1 cell of the workbook with an error",
    ),
    readable("formula unsaved", "a.xlsx", lambda: workbook([["a", "b"], [1, "=1+1"], [2, 3]]), (2, 2), "1 formula"),
]

CASES = [*TEXTS, *ARRAYS, *RECORDS, *PACKED]
