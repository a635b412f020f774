"""What the child process may use, that nothing of it outlives a call, and that it is not believed."""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

import lstm_viz.sandbox.process as process
from lstm_viz.sequences import Limits, SequenceError, read_table
from lstm_viz.sequences.read import TABLE_READER

CSV = b"a,b\n" + b"1,x\n" * 500_000

#: What a child of ours runs in place of a parser, to misbehave.
SLEEPS = "import sys, time; sys.stdin.buffer.read(); time.sleep(60)"
DEAF = "import time; time.sleep(60)"
#: What it leaves where nobody ends it.
OUTLIVES = "\nimport pathlib; pathlib.Path({place!r}).touch()"
SPINS = (
    "import sys; sys.path[:] = sys.argv[1:]\n"
    "from lstm_viz.sandbox.child import limit_this_process\n"
    "from lstm_viz.sandbox.wire import read_request\n"
    "limit_this_process(read_request(sys.stdin.buffer).limits)\n"
    "while True: pass"
)
GROWS = "import sys, time; sys.stdin.buffer.read(); kept = bytearray(400 * 2**20); time.sleep(60)"
ABORTS = "import os, sys; sys.stdin.buffer.read(); os.abort()"
ABORTS_HALFWAY = "import os, sys; sys.stdin.buffer.read(); os.write(1, b'half an answer'); os.abort()"
SAYS_NOTHING = "import os, sys; sys.stdin.buffer.read(); os._exit(0)"
FLOODS = "import sys; sys.stdin.buffer.read()\nwhile True: sys.stdout.buffer.write(bytes(2**20))"


@pytest.fixture(autouse=True, scope="module")
def earlier() -> list[psutil.Process]:
    """Processes that other tests of this run keep."""
    EARLIER[:] = psutil.Process().children(recursive=True)
    return EARLIER


EARLIER: list[psutil.Process] = []


def children() -> list[psutil.Process]:
    """The processes that a test here started and that are still there."""
    return [child for child in psutil.Process().children(recursive=True) if child not in EARLIER]


def test_memory_has_a_limit_and_the_sentence_names_it() -> None:
    file = io.BytesIO()
    np.save(file, np.ones((2**20, 10), np.float32))
    data = file.getvalue()
    with pytest.raises(SequenceError, match=r"more than 250 MB of memory"):
        read_table(data, "a.npy", limits=Limits(memory_bytes=250 * 2**20))
    assert read_table(data, "a.npy").rows == 2**20


@pytest.mark.parametrize(
    ("code", "limits", "said"),
    [
        (SLEEPS, Limits(wall_seconds=0.5), "more than 0.5 seconds"),
        (DEAF, Limits(wall_seconds=0.5), "more than 0.5 seconds"),
        (SPINS, Limits(cpu_seconds=1), "more than 1 seconds of processor time"),
        (GROWS, Limits(memory_bytes=300 * 2**20), "more than 300 MB of memory"),
        (ABORTS, Limits(), "stopped its reader"),
        (ABORTS_HALFWAY, Limits(), "stopped its reader"),
        (SAYS_NOTHING, Limits(), "stopped its reader"),
        (FLOODS, Limits(cells=1000, unpacked_bytes=10 * 2**20), "more than 10 MB of values"),
    ],
)
def test_a_reader_that_misbehaves_is_ended(
    code: str, limits: Limits, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    outlived = tmp_path / "outlived"
    code += OUTLIVES.format(place=str(outlived))
    monkeypatch.setattr(process, "CHILD_CODE", code)
    with pytest.raises(SequenceError, match=said):
        read_table(CSV, "a.csv", limits=limits)
    assert children() == [] and not outlived.exists()


def test_an_interrupted_call_takes_its_reader_along(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        assert len(children()) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(process, "_receive", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read_table(CSV, "a.csv")
    assert children() == []


def test_threads_read_side_by_side() -> None:
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(lambda count: read_table(b"a\n" + b"1\n" * count, "a.csv"), range(1, 9)))
    assert [table.rows for table in tables] == list(range(1, 9))
    assert children() == []


#: Loading takes most of a small file's time. The last three come with pyarrow.
NEEDED = {"charset_normalizer", "lstm_viz", "numpy", "orjson", "psutil", "pyarrow"} | {
    "cython_runtime",
    "dateutil",
    "six",
}


def test_the_reader_loads_nothing_that_it_does_not_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither torch nor Streamlit nor pandas, each of which takes longer than all else."""
    inspects = (
        "import sys; sys.path[:] = sys.argv[1:]\n"
        "import lstm_viz.sandbox.child as child\n"
        "answer = child.reply_to\n"
        "def inspected(request):\n"
        "    reply = answer(request)\n"
        "    found = {name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names\n"
        "    return child.encode_error('loaded ' + ' '.join(sorted(found)))\n"
        "child.reply_to = inspected\n"
        "child.main()"
    )
    monkeypatch.setattr(process, "CHILD_CODE", inspects)
    with pytest.raises(SequenceError, match="loaded ") as told:
        read_table(b"name,b\nann,2\n", "a.csv")
    assert {name for name in str(told.value).split()[1:] if name[0] != "_"} <= NEEDED


def table_reply(columns: list[object], arrays: list[object], body: bytes = b"", **changed: object) -> bytes:
    """A reply for a table of one row; `changed` are parts of its head."""
    said = {"rows": 1, "source": "", "format": "", "notes": [], "roles": {}, "parts": [], "part": ""}
    said |= {"questions": [], "missing": [], "composed": {}} | changed
    return json.dumps({"head": {**said, "columns": columns}, "arrays": arrays}).encode() + b"\n" + body


NUMBERS = {"name": "a", "kind": "f"}
ONE = bytes(64)  # an array of one number as it is sent, padded


def test_the_reply_that_the_lies_are_made_of_is_sound() -> None:
    assert TABLE_READER.result(bytearray(table_reply([NUMBERS], [["<f8", [1]]], ONE))).columns["a"].tolist() == [0.0]


@pytest.mark.parametrize(
    "reply",
    [
        table_reply([NUMBERS], [["<f8", [3]]], bytes(8), rows=3),
        table_reply([NUMBERS], [["<f8", [1]]], bytes(16)),
        table_reply([NUMBERS], [["<f8", [1]]], bytes(128)),
        table_reply([NUMBERS], [["<f8", [1]]], ONE, rows=2),
        table_reply([NUMBERS], [["<f8", [1]]], ONE, questions=[{"option": "x", "example": "", "answers": [[1, ""]]}]),
        table_reply([NUMBERS], [["<f8", [1]]], ONE, missing=["low"]),
        table_reply([NUMBERS], [["<f4", [1]]], ONE),
        table_reply([NUMBERS], [["|O8", [1]]], ONE),
        table_reply([NUMBERS], [["<f8", [-1]]], ONE),
        table_reply([NUMBERS], [["<f8", [2**70]]], ONE),
        table_reply([NUMBERS], [["<f8", [1.5]]], ONE),
        table_reply([NUMBERS], [["<f8", [2**40, 2**40]]], ONE),
        table_reply([NUMBERS], []),
        table_reply([{"name": "a", "kind": "O", "words": []}], [["<i4", [1]]], b"\x05" + bytes(63)),
        table_reply([{"name": "a", "kind": "O", "words": [[1]]}], [["<i4", [1]]], ONE),
        table_reply([{"name": 7, "kind": "f"}], [["<f8", [1]]], ONE),
        table_reply([NUMBERS], [["<f8", [1]]], ONE, source=["a.csv"]),
        table_reply([NUMBERS], [["<f8", [1]]], ONE, notes="a note"),
        b'{"error": {"sentence": 1}}\n',
        b"[" * 10**5 + b"\n",
        b"7\n",
        b"[1]\n",
        b"{}\n",
        b"not JSON\n",
        b"no line end",
    ],
)
def test_a_reply_that_lies_is_refused(reply: bytes) -> None:
    with pytest.raises(SequenceError, match="answer is damaged"):
        TABLE_READER.result(bytearray(reply))


@pytest.mark.parametrize("name", ["typing", "json", "csv"])
def test_a_file_on_the_path_that_is_called_as_pythons_own_changes_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{name}.py").write_text("raise ImportError('not the one that was meant')")
    monkeypatch.syspath_prepend(tmp_path)
    assert read_table(b"a\n1\n", "a.csv").rows == 1


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    read_table(b"a\n1\n", "a.csv")
    assert threading.active_count() == before
