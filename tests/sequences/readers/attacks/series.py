"""Texts of series that lie: .ts, .tsf and .arff."""

from __future__ import annotations

from tests.sequences.readers.attacks.attack import Attack

TS = b"@problemName x\n@univariate true\n@classLabel true a b\n@data\n"
ARFF = b"@relation x\n@attribute a numeric\n@attribute b numeric\n@data\n"
TSF = b"@relation x\n@attribute n string\n@frequency daily\n@data\n"
MARKUP_ATTACKS = {
    "ten thousand blank lines before a header": Attack("a.ts", lambda: b"\n" * 10_000 + b"x\n" * 3, read="."),
    "comments without end": Attack("a.arff", lambda: b"% x\n" * 200_000 + ARFF, "nothing below the line"),
    "a quote without end": Attack(
        "a.arff", lambda: ARFF.replace(b"a numeric", b"'" + b"a\\'" * 50_000 + b" numeric") + b"1,2\n", read="."
    ),
    "a value's quote without end": Attack(
        "a.arff", lambda: ARFF + b"'" + b"\\'" * 100_000 + b",2\n" + b"3,4\n", read="."
    ),
    "two attributes of one name": Attack(
        "a.arff",
        lambda: ARFF.replace(b"b numeric", b"a numeric") + b"1,2\n3,4\n5,6\n",
        read={"a": [1.0, 3.0, 5.0], "a_2": [2.0, 4.0, 6.0]},
    ),
    "an attribute without a name": Attack(
        "a.arff",
        lambda: ARFF.replace(b"@attribute a numeric", b"@attribute '' numeric") + b"1,2\n3,4\n5,6\n",
        read={"b": [2.0, 4.0, 6.0]},
    ),
    "@data twice": Attack(
        "a.arff", lambda: ARFF + b"1,2\n@data\n3,4\n5,6\n", "Line 3 has 1 value where the header has 2"
    ),
    "an @attribute below @data": Attack(
        "a.ts", lambda: TS + b"1,2:a\n@attribute c numeric\n3,4:b\n", "has a label and"
    ),
    "a sparse row among others": Attack("a.arff", lambda: ARFF + b"1,2\n{0 3, 1 4}\n5,6\n", "sparse"),
    "values of other worlds": Attack("a.ts", lambda: TS + b"1,1e999,nan,-inf,0x10:a\n1,2,3,4,5:b\n", read="series"),
    "a label without values": Attack("a.ts", lambda: TS + b"a\n", "has a label and"),
    "nothing but colons": Attack("a.ts", lambda: TS + b":" * 10**5 + b"\n", "has 100,002 columns"),
    "a million commas": Attack("a.ts", lambda: TS + b"," * 10**6 + b":a\n", read="."),
    "a series of three million values": Attack("a.ts", lambda: TS + b"1," * 3 * 10**6 + b"1:a\n", "limit"),
    "a text of UTF-16": Attack(
        "a.ts", lambda: (TS + b"1,2,3:a\n4,5,6:b\n").decode().encode("utf-16"), read={"value": [1, 2, 3, 4, 5, 6]}
    ),
    "bytes of no alphabet": Attack(
        "a.arff",
        lambda: ARFF.replace(b"a numeric", b"\xff\xfe\x80 numeric") + b"1,2\n3,4\n5,6\n",
        read={"b": [2.0, 4.0, 6.0]},
    ),
    "zeros inside": Attack("a.ts", lambda: TS + b"1,\0,3:a\n4,5,6:b\n", "but line . holds"),
    "a series without its name": Attack("a.tsf", lambda: TSF + b":1,2\n:3,4\n", read={"value": [1, 2, 3, 4]}),
    "three thousand colons before the values": Attack("a.tsf", lambda: TSF + b"T1" + b":" * 3000 + b"1,2\n", read="."),
    "timestamps within": Attack("a.ts", lambda: TS + b"(2020-01-01,1),(2020-01-02,2):a\n", "have timestamps of their"),
    "lines ended by carriage returns alone": Attack(
        "a.ts", lambda: (TS + b"1,2,3:a\n4,5,6:b\n").replace(b"\n", b"\r"), read={"value": [1, 2, 3, 4, 5, 6]}
    ),
}
