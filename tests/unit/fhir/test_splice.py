"""Splice: only id and meta change, every other byte stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fhir_samples import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st

from hub.fhir.splice import with_meta
from hub.formats.exact_json import dumps, loads

NOW = datetime(2026, 11, 21, 10, 20, 30, 456789, tzinfo=UTC)
META = '"meta":{"versionId":"3","lastUpdated":"2026-11-21T10:20:30.456Z"}'


def spliced(text: str) -> str:
    return with_meta(text.encode(), "n1", 3, NOW).decode()


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("{}", '{"id":"n1",' + META + "}"),
        (' { "a" : 1 } ', ' {"id":"n1",' + META + ', "a" : 1 } '),
        (
            '{ "resourceType" : "Claim" ,\n "a":12.50}',
            '{ "resourceType" : "Claim","id":"n1",' + META + ' ,\n "a":12.50}',
        ),
        (
            '{"resourceType":"Claim","x":1e2, "id" : "old","y":[ ]}',
            '{"resourceType":"Claim",' + META + ',"x":1e2, "id" : "n1","y":[ ]}',
        ),
        (
            '{"id":"old","meta":{"profile":["p"]},"z":"\\u00e9"}',
            '{"id":"n1","meta":{"versionId":"3","lastUpdated":"2026-11-21T10:20:30.456Z",'
            '"profile":["p"]},"z":"\\u00e9"}',
        ),
        (
            '{"meta":{ "versionId" : "9", "tag":[ {"code":"t"} ], '
            '"lastUpdated":"x" },"\\u0069d":"o"}',
            '{"meta":{ "versionId" : "3", "tag":[ {"code":"t"} ], '
            '"lastUpdated":"2026-11-21T10:20:30.456Z" },"\\u0069d":"n1"}',
        ),
        (
            '{"contained":[{"id":"c","meta":{"tag":[]}}],"id":"o"}',
            "{" + META + ',"contained":[{"id":"c","meta":{"tag":[]}}],"id":"n1"}',
        ),
    ],
)
def test_only_id_and_meta_change(received: str, expected: str) -> None:
    assert spliced(received) == expected


def test_the_moment_is_written_in_utc() -> None:
    abidjan = NOW.astimezone(timezone(timedelta(hours=2)))
    assert with_meta(b"{}", "a", 1, abidjan) == with_meta(b"{}", "a", 1, NOW)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        with_meta(b"{}", "a", 1, NOW.replace(tzinfo=None))


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="object"):
        with_meta(b"[]", "a", 1, NOW)


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.json")), ids=lambda f: f.stem)
def test_the_official_examples_keep_every_other_byte(file: object) -> None:
    body = file.read_bytes()  # type: ignore[attr-defined]
    new = with_meta(body, "n1", 3, NOW)
    tree, old = loads(new), loads(body)
    assert (tree["id"], tree["meta"]["versionId"]) == ("n1", "3")
    for part in ("id", "meta"):
        tree.pop(part, None)
        old.pop(part, None)
    assert dumps(tree) == dumps(old)
    assert new.count(b"\n") == body.count(b"\n")
    assert with_meta(new, "n1", 3, NOW) == new


SPACE = st.text(" \n\t\r", max_size=2)
VALUES = st.recursive(
    st.sampled_from(["1", "12.50", "1e2", "-0", "null", "true", '"}{"', '"\\"id\\":"', '"é\\\\"'])
    | st.sampled_from([""]).map(lambda _: "[]"),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda v: "[" + " ,".join(v) + "]")
        | st.dictionaries(st.sampled_from(["id", "meta", "a"]), inner, max_size=3).map(
            lambda d: "{" + ",".join(f'"{k}" :{v}' for k, v in d.items()) + "}"
        )
    ),
    max_leaves=6,
)
METAS = st.dictionaries(
    st.sampled_from(["profile", "versionId", "lastUpdated", "tag", "source"]), VALUES, max_size=4
).map(lambda d: "{" + " , ".join(f'"{k}":{v}' for k, v in d.items()) + "}")


@st.composite
def documents(draw: st.DrawFn) -> list[str]:
    """The pieces of an object's text: members in any order with any white space."""
    members = {name: draw(VALUES) for name in draw(st.sets(st.sampled_from("abcd")))}
    if draw(st.booleans()):
        members["id"] = '"old"'
    if draw(st.booleans()):
        members["meta"] = draw(METAS)
    if draw(st.booleans()):
        members["resourceType"] = '"Claim"'
    names = draw(st.permutations(sorted(members)))
    return [
        f'{draw(SPACE)}"{n}"{draw(SPACE)}:{draw(SPACE)}{members[n]}{draw(SPACE)}' for n in names
    ]


@given(documents())
def test_every_other_member_stays_as_it_was_written(members: list[str]) -> None:
    text = "{" + ",".join(members) + "}"
    new = spliced(text)
    tree = json.loads(new)
    assert tree["id"] == "n1"
    assert tree["meta"]["versionId"] == "3"
    old = json.loads(text)
    assert {k: v for k, v in tree.items() if k not in ("id", "meta")} == {
        k: v for k, v in old.items() if k not in ("id", "meta")
    }
    kept = {k: v for k, v in old.get("meta", {}).items() if k not in ("versionId", "lastUpdated")}
    assert kept.items() <= tree["meta"].items()
    for member in members:
        name = json.loads(member.strip().partition(":")[0])
        if name not in ("id", "meta"):
            assert member.strip() in new
