"""Where the parts of a StructureMap stand in its JSON or XML, so that findings can name the line.

Source: RFC 8259, https://www.w3.org/TR/xml/, https://hl7.org/fhir/R5/structuremap.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from hub.mapping.parse import Parsed
from hub.mapping.tokenize import unescape

_SIGN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\],:]', re.DOTALL)
_TAG = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|"
    r"<(?P<end>/?)(?:[\w.-]++:)?(?P<name>[\w.-]++)(?P<rest>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>",
    re.DOTALL,
)
_PARTS = ("structure", "const", "contained", "group", "rule", "source", "target", "dependent")


def places(text: str) -> dict[str, int]:
    """Offset of each part of a correct JSON or XML text, by its path: `.group[0].rule[2]`."""
    return _in_xml(text) if text.lstrip().startswith("<") else _in_json(text)


def _in_xml(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    around: list[tuple[str, Counter[str]]] = []  #: path of what is open, what it has had
    for match in _TAG.finditer(text):
        if match["name"] is None:
            continue
        if match["end"]:
            around.pop()
            continue
        here = ""
        if around:
            path, had = around[-1]
            here = f"{path}.{match['name']}[{had[match['name']]}]"
            had[match["name"]] += 1
        found[here] = match.start()
        if not match["rest"].endswith("/"):
            around.append((here, Counter()))
    return found


def _in_json(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    around: list[tuple[str, int]] = []  #: path of what is open, and the index in a list or -1
    here, key = "", ""
    for match in _SIGN.finditer(text):
        sign = match.group()
        if sign in "{[":
            if sign == "{":
                found[here] = match.start()
            around.append((here, 0 if sign == "[" else -1))
            here = f"{here}[0]" if sign == "[" else here
        elif sign in "}]":
            here, _ = around.pop()
        elif sign == ":":
            here = f"{around[-1][0]}.{unescape(key[1:-1])}"
        elif sign == "," and around:
            path, index = around[-1]
            if index >= 0:
                around[-1] = (path, index + 1)
                here = f"{path}[{index + 1}]"
        else:
            key = sign
    return found


def placed(parsed: Parsed, text: str) -> Parsed:
    """The map with the places of its parts in the JSON or XML it was read from."""
    _note(parsed.resource, "", places(text), parsed.offsets)
    return parsed


def nearest(text: str, path: str) -> int:
    """The offset of the object that holds a path such as `group[0].rule[1].source`."""
    found = places(text)
    steps = path.split(" ")[0].split(".")
    while steps and "." + ".".join(steps) not in found:
        steps.pop()
    return found.get("." + ".".join(steps) if steps else "", 0)


def _note(
    part: Mapping[str, Any], path: str, found: Mapping[str, int], offsets: dict[int, int]
) -> None:
    for name in _PARTS:
        for index, each in enumerate(part.get(name, ())):
            here = f"{path}.{name}[{index}]"
            if isinstance(each, dict) and here in found:
                offsets[id(each)] = found[here]
                _note(each, here, found, offsets)
