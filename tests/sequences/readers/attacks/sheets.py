"""OpenDocument sheets that lie."""

from __future__ import annotations

from tests.sequences.readers.attacks.attack import Attack
from tests.sequences.readers.hostile_files import zip_of

SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"


def content(rows: str, *, before: str = "", prefix: str = "table", encoding: str = "UTF-8") -> bytes:
    """A content.xml of one sheet."""
    names = {"office": "office", prefix: "table", "text": "text"}
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{short}="{urn}:{name}:1.0"' for short, name in names.items())
    sheet = f'<{prefix}:table {prefix}:name="S">{rows}</{prefix}:table>'
    body = f"<office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body>"
    document = f"<office:document-content {spaces}>{body}</office:document-content>"
    return f'<?xml version="1.0" encoding="{encoding}"?>{before}{document}'.encode(encoding)


def ods_of(xml: bytes) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{SPREADSHEET.decode()}"/>'
    manifest = f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{space}">{entry}</manifest:manifest>'
    return zip_of({"mimetype": SPREADSHEET, "META-INF/manifest.xml": manifest.encode(), "content.xml": xml})


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row{attributes}>{''.join(cells)}</table:table-row>"


def cell(value: str, attributes: str = "") -> str:
    return f'<table:table-cell{attributes} office:value-type="float" office:value="{value}"/>'


def word(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


HEADER = row(word("a"), word("b"))
BODY = HEADER + row(cell("1"), cell("2")) + row(cell("3"), cell("4"))
FAR = " table:number-columns-repeated={}"
ODS_ATTACKS = {
    "repeated cells, their number in other quotes": Attack(
        "a.ods", lambda: ods_of(content(BODY + row(cell("1", FAR.format("'90000000'"))))), "cells"
    ),
    "repeated cells, blanks round the sign": Attack(
        "a.ods",
        lambda: ods_of(content(BODY + row(cell("1", ' table:number-columns-repeated = "90000000"')))),
        "cells|damaged",
    ),
    "repeated cells behind a sign that ends tags": Attack(
        "a.ods", lambda: ods_of(content(BODY + row(cell("1", ' x=">"' + FAR.format('"90000000"'))))), "cells|damaged"
    ),
    "repeated rows of twenty digits": Attack(
        "a.ods",
        lambda: ods_of(content(BODY + row(cell("1"), attributes=f' table:number-rows-repeated="{10**19}"'))),
        "cells|damaged",
    ),
    "repeats below 0": Attack(
        "a.ods", lambda: ods_of(content(BODY + row(cell("1", FAR.format('"-5"'))))), "is damaged or incomplete"
    ),
    "repeats of no number": Attack(
        "a.ods", lambda: ods_of(content(BODY + row(cell("1", FAR.format('"many"'))))), "is damaged or incomplete"
    ),
    "repeats written as signs": Attack(
        "a.ods", lambda: ods_of(content(BODY + row(cell("1", FAR.format('"&#57;0000000"'))))), "cells|damaged"
    ),
    "another prefix for a table": Attack(
        "a.ods",
        lambda: ods_of(
            content(
                BODY.replace("table:", "t:").replace('1"/>', '1" t:number-columns-repeated="90000000"/>'), prefix="t"
            )
        ),
        "file holds no sheet",
    ),
    "a text of UTF-16": Attack(
        "a.ods", lambda: ods_of(content(BODY, encoding="UTF-16")), "another encoding than UTF-8"
    ),
    "entities that grow": Attack(
        "a.ods",
        lambda: ods_of(
            content(
                row(word("&c;")) + BODY,
                before='<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>',
            )
        ),
        "is damaged or incomplete",
    ),
    "an entity from another file": Attack(
        "a.ods",
        lambda: ods_of(
            content(row(word("&e;")) + BODY, before='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')
        ),
        "is damaged or incomplete",
    ),
    "100,000 tags inside one another": Attack(
        "a.ods",
        lambda: ods_of(
            content(
                row(
                    "<table:table-cell><text:p>"
                    + "<text:span>" * 100_000
                    + "</text:span>" * 100_000
                    + "</text:p></table:table-cell>"
                )
                + BODY
            )
        ),
        read=".",
    ),
    "rows inside rows": Attack(
        "a.ods",
        lambda: ods_of(content(BODY + "<table:table-row>" * 5_000 + "</table:table-row>" * 5_000)),
        "is damaged or incomplete",
    ),
    "values that are none": Attack(
        "a.ods",
        lambda: ods_of(content(HEADER + row(cell("NaN"), cell("1e999")) + row(cell("3"), cell("four")))),
        "is damaged or incomplete",
    ),
    "a date of another world": Attack(
        "a.ods",
        lambda: ods_of(
            content(
                BODY
                + row(
                    '<table:table-cell office:value-type="date" office:date-value="99999-99-99T99:99:99"/>', cell("4")
                )
            )
        ),
        read=".",
    ),
    "a mark that lies about its kind": Attack("a.ods", lambda: ods_of(b"<html/>"), "file holds no sheet"),
    "an XLSX under another name": Attack("a.ods", lambda: ods_of(b"PK\x03\x04" * 9), "file holds no sheet"),
    "content cut in the middle of a tag": Attack(
        "a.ods", lambda: ods_of(content(BODY)[:-120]), "file.s XML is damaged"
    ),
    "two thousand sheets": Attack(
        "a.ods",
        lambda: ods_of(
            content(BODY + "".join(f'</table:table><table:table table:name="n{n}">' for n in range(20_000)))
        ),
        "has ...... sheets. the",
    ),
}
