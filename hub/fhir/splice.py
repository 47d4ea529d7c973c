"""Puts the server's id and meta into the bytes received, and leaves every other byte alone.

Source: https://hl7.org/fhir/R4/http.html#create (the server sets id, meta.versionId and
meta.lastUpdated); what a partner sent is never serialised again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

SPACE = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder(strict=False).raw_decode


def with_meta(received: bytes, id: str, version: int, updated: datetime) -> bytes:
    """The bytes of a resource with its id, meta.versionId and meta.lastUpdated set.

    Args:
        received: a JSON object that exact_json.loads has accepted.
        updated: aware; written in UTC with milliseconds.

    The client's meta.profile, tag, security and source stay as they were written.

    Raises:
        ValueError: `received` is not a JSON object, or `updated` has no zone.
    """
    if updated.tzinfo is None:
        raise ValueError("updated has no time zone")
    moment = updated.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = received.decode("utf-8")
    server = {"versionId": json.dumps(str(version)), "lastUpdated": json.dumps(moment)}
    spans = dict(_members(text, 0, {"id", "meta"}))
    values = {"id": json.dumps(id)}
    meta = spans.get("meta")
    if meta is None or text[meta[0]] != "{":
        values["meta"] = "{" + ",".join(f'"{k}":{v}' for k, v in server.items()) + "}"
    else:
        part = text[meta[0] : meta[1]]
        inner = dict(_members(part, 0, set(server)))
        values["meta"] = _replaced(part, inner, server, 1)
    first = _after_type(text)
    return _replaced(text, spans, values, first).encode("utf-8")


def _replaced(
    text: str, spans: Mapping[str, tuple[int, int]], values: Mapping[str, str], at: int
) -> str:
    """The text with these members' values replaced; new members are put in at `at`."""
    new = [f'"{key}":{value}' for key, value in values.items() if key not in spans]
    changes = [(*spans[key], value) for key, value in values.items() if key in spans]
    if new:
        changes.append((at, at, _joined(text, at, new)))
    out: list[str] = []
    last = 0
    for start, end, value in sorted(changes):
        out += (text[last:start], value)
        last = end
    return "".join(out) + text[last:]


def _joined(text: str, at: int, members: list[str]) -> str:
    """New members with the comma they need: before a first member, or after another one."""
    joined = ",".join(members)
    if text[at - 1] != "{":
        return f",{joined}"
    return joined if text[_skip(text, at)] == "}" else f"{joined},"


def _after_type(text: str) -> int:
    """Where id and meta belong: behind resourceType when it comes first, else at the start."""
    start = _skip(text, 0) + 1
    for key, (_, end) in _members(text, 0, {"resourceType"}):
        if key == "resourceType":
            return end
    return start


def _members(text: str, at: int, wanted: set[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """The wanted members of the object at `at`: name and span of the value; stops at the last."""
    position = _skip(text, at)
    if text[position : position + 1] != "{":
        raise ValueError("not a JSON object")
    missing = {key for key in wanted if f'"{key}"' in text or "\\u" in text}
    position = _skip(text, position + 1)
    while missing and text[position] != "}":
        key, position = _decode(text, position)
        start = _skip(text, _skip(text, position) + 1)
        _, end = _decode(text, start)
        if key in missing:
            missing.discard(key)
            yield key, (start, end)
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    found = SPACE.match(text, position)
    return found.end() if found else position
