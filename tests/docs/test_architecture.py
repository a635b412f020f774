"""docs/ARCHITECTURE.md leads to where it says, line by line."""

from __future__ import annotations

import doctest
import re

import pytest

from scripts import architecture_anchors
from tests.docs.markdown import ROOT, read

PAGE = "docs/ARCHITECTURE.md"
ANCHORS = architecture_anchors.anchors(read(PAGE))


@pytest.mark.parametrize("anchor", ANCHORS, ids=lambda anchor: f"{anchor.path}::{anchor.name}")
def test_it_stands_at_that_line(anchor: architecture_anchors.Anchor):
    assert anchor.target == anchor.path
    found = architecture_anchors.definitions(ROOT / anchor.path)
    assert found.get(anchor.name) == anchor.line, (
        f"python -m scripts.architecture_anchors sets it right: {found.get(anchor.name)}"
    )


def test_every_link_to_code_is_an_anchor():
    links = re.findall(r"\]\(\.\./([^)]+)\)", read(PAGE))
    assert sorted(links) == sorted(f"{anchor.path}#L{anchor.line}" for anchor in ANCHORS)
    assert len(ANCHORS) > 20


def test_every_file_that_is_named_is_there():
    for name in re.findall(r"`((?:lstm_viz|pages)/[\w/.]+)`", read(PAGE)):
        assert (ROOT / name).exists() or name == "pages/its_name.py", name


def test_definitions_are_found_where_they_are_nested(tmp_path):
    (tmp_path / "a.js").write_text("function one() {}\nclass Two {\n  get three() {\n  }\n}\nconst four = 1;\n")
    (tmp_path / "a.py").write_text("@cache\ndef one(): ...\nclass Two:\n    three: int = 3\n    def four(self): ...\n")
    assert architecture_anchors.definitions(tmp_path / "a.js") == {"one": 1, "Two": 2, "Two.three": 3, "four": 6}
    assert architecture_anchors.definitions(tmp_path / "a.py") == {"one": 2, "Two": 3, "Two.three": 4, "Two.four": 5}


def test_what_moved_to_another_file_is_found():
    moved = architecture_anchors.Anchor("lstm_viz/nowhere.py", "read_sequence", "lstm_viz/nowhere.py", 1)
    (there,) = [anchor for anchor in ANCHORS if anchor.name == "read_sequence"]
    assert architecture_anchors.resolve(moved) == (there.path, there.line)
    assert architecture_anchors.resolve(moved._replace(name="no_such_name")) is None


def test_its_examples_hold():
    assert doctest.testmod(architecture_anchors).failed == 0
