"""Evidence read again from its JSON: what a child process tells, or what was kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.errors import Issue
from hub.mapping.evidence import Evidence, Item
from hub.mapping.trace import CodeRow, Rule, SourceElement, Step, Traced, Use


def from_tree(tree: Mapping[str, Any]) -> Evidence:
    """The evidence that `evidence.as_tree` told."""
    traced = Traced(
        tree["tree"],
        [_step(each) for each in tree["targets"]],
        [_source(each) for each in tree["sources"]],
        [Issue("processing", w["fr"], w["en"], w["path"]) for w in tree["warnings"]],
        tree["messages"],
        tuple(item["file"] for item in tree["maps"]),
        tree["complete"],
    )
    maps = [Item(**item) for item in tree["maps"]]
    tables = [Item(**item) for item in tree["tables"]]
    at = datetime.fromisoformat(tree["at"])
    return Evidence(tree["map"], at, Item(**tree["source"]), maps, tables, traced)


def _step(each: Mapping[str, Any]) -> Step:
    return Step(
        each["path"],
        each["value"],
        _rule(each) if each["file"] else None,
        each["transform"],
        each["expression"],
        tuple((source["path"], source.get("value")) for source in each["sources"]),
        tuple(CodeRow(**row) for row in each["rows"]),
        each["because"],
    )


def _rule(each: Mapping[str, Any]) -> Rule:
    group, _, name = each["rule"].partition("/")
    file, _, line = each["file"].rpartition(":")
    return Rule(each["map"], group, name, file, int(line), each["column"])


def _source(each: Mapping[str, Any]) -> SourceElement:
    return SourceElement(each["path"], each["value"], Use(each["use"]), tuple(each["targets"]))
