"""CITATION.cff and CHANGELOG.md say what the package says."""

from __future__ import annotations

import re
import tomllib

import yaml

from tests.docs.markdown import ROOT, read

PROJECT = tomllib.loads(read("pyproject.toml"))["project"]


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["title"], str(citation["version"]), citation["license"], citation["abstract"]) == (
        PROJECT["name"],
        PROJECT["version"],
        PROJECT["license"],
        PROJECT["description"],
    )


def test_the_citation_has_what_its_format_asks_for():
    """Citation File Format 1.2.0: these four are required, and these five are allowed here."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    required = {"authors", "cff-version", "message", "title"}
    assert required <= set(citation) <= required | {"abstract", "keywords", "license", "type", "version"}
    assert (citation["cff-version"], citation["type"]) == ("1.2.0", "software")
    assert citation["authors"] and all(author["name"] for author in citation["authors"])


def test_the_changelog_is_kept_as_it_says():
    """Keep a Changelog 1.1.0: newest first, and each change under one of six headings."""
    text = read("CHANGELOG.md")
    versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert versions[0] == "Unreleased" or versions[0].startswith(f"{PROJECT['version']} - ")
    assert f"{PROJECT['version']}" in text
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds
