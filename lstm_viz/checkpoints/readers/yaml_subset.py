"""YAML as programs write settings in it: mappings and lists by indentation, and plain values. Nothing is called.

Of YAML 1.2 (https://yaml.org/spec/1.2.2) this is a small part: no anchors, tags, documents or texts of several lines.
"""

from __future__ import annotations

import json
import re
from typing import Any

from lstm_viz.checkpoints.errors import CheckpointError

NUMBER = re.compile(r"[-+]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][-+]?\d{1,3})?")
PAIR = re.compile(r"(?P<key>\"[^\"]{0,300}\"|'[^']{0,300}'|[^\s:#\[\]{},][^#]{0,300}?)\s*:(?:\s+(?P<value>.*))?$")
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None, ".nan": float("nan"), ".inf": float("inf")}
MAX_LINES, MAX_DEPTH = 200_000, 20


def parse(text: str) -> Any:
    """The mapping or list that a text holds. CheckpointError where it is none of this part of YAML.

    >>> parse("model: cudalstm\\ninputs:\\n- rain\\n- temp\\nscale: {data: 1.5}")
    {'model': 'cudalstm', 'inputs': ['rain', 'temp'], 'scale': {'data': 1.5}}
    >>> parse("- - rain\\n  - snow\\n- - temp")
    [['rain', 'snow'], ['temp']]
    """
    lines = []
    for line in text.splitlines():
        plain = re.sub(r"(^|\s)#.*$", "", line).rstrip()
        if plain and plain.strip() not in ("---", "..."):
            lines.append((len(plain) - len(plain.lstrip(" ")), plain.lstrip(" ")))
    if len(lines) > MAX_LINES:
        raise CheckpointError(f"The settings have more than {MAX_LINES:,} lines, which is the limit.")
    value, rest = _block(lines, 0, 0)
    if rest != len(lines):
        raise _unknown(lines[rest][1])
    return value


def _block(lines: list[tuple[int, str]], place: int, depth: int) -> tuple[Any, int]:
    """The value whose first line is at `place`, and where it ends."""
    if place >= len(lines):
        return None, place
    if depth > MAX_DEPTH:
        raise CheckpointError(f"The settings are nested more than {MAX_DEPTH} levels deep, which is the limit.")
    indent, line = lines[place]
    if line == "-" or line.startswith("- "):
        return _list(lines, place, indent, depth)
    if PAIR.match(line):
        return _mapping(lines, place, indent, depth)
    return _plain(line), place + 1


def _list(lines: list[tuple[int, str]], place: int, indent: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    while place < len(lines) and lines[place][0] == indent and (lines[place][1] == "-" or lines[place][1][:2] == "- "):
        rest = lines[place][1][1:].strip()
        if not rest:
            value, place = _block(lines, place + 1, depth + 1)
        elif rest.startswith("- ") or (PAIR.match(rest) and rest[0] not in "\"'{["):
            inner = [(indent + 2, rest)]
            end = place + 1
            while end < len(lines) and lines[end][0] > indent:
                inner.append(lines[end])
                end += 1
            value, used = _block(inner, 0, depth + 1)
            if used != len(inner):
                raise _unknown(inner[used][1])
            place = end
        else:
            value, place = _plain(rest), place + 1
        found.append(value)
    return found, place


def _mapping(lines: list[tuple[int, str]], place: int, indent: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while place < len(lines) and lines[place][0] == indent and (pair := PAIR.match(lines[place][1])):
        key, value = pair["key"].strip("\"'"), pair["value"]
        place += 1
        if value:
            found[key] = _plain(value)
        elif place < len(lines) and (
            lines[place][0] > indent or (lines[place][0] == indent and lines[place][1][:2] in ("-", "- "))
        ):
            found[key], place = _block(lines, place, depth + 1)
        else:
            found[key] = None
    return found, place


def _plain(text: str) -> Any:
    """A value on one line."""
    text = text.strip()
    if text[:1] in "\"'" and len(text) > 1 and text[-1] == text[0]:
        return text[1:-1]
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    if text.startswith(("[", "{")):
        return _inline(text)
    if len(text) <= 400 and NUMBER.fullmatch(text):
        return float(text) if re.search(r"[.eE]", text) else int(text)
    if text.startswith(("&", "*", "!", "|", ">")):
        raise _unknown(text)
    return text


def _inline(text: str) -> Any:
    """A list or mapping on one line, of plain values; a nested one as JSON writes it."""
    inside = text[1:-1].strip()
    if text[-1] != {"[": "]", "{": "}"}[text[0]]:
        raise _unknown(text)
    if any(mark in inside for mark in '[]{}"'):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _unknown(text) from error
    parts = [part.strip() for part in inside.split(",")] if inside else []
    if text[0] == "[":
        return [_plain(part) for part in parts]
    pairs = [part.partition(":") for part in parts]
    return {key.strip(): _plain(value) for key, _, value in pairs}


def _unknown(text: str) -> CheckpointError:
    return CheckpointError(
        f"The settings have a line that can't be read: {text[:60]!r}. Open the model's .pt file alone."
    )
