"""Values with paths to the nodes of a tree, as the workbench's two outer panes show them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hub.authoring.bench_run import Evaluation, Source, Target

_STEP = re.compile(r"[^.\[\]]+(?:\[\d+\])*")


@dataclass
class Node:
    """One member of a tree: a value, or what stands below it."""

    name: str
    path: str
    value: str | None = None  #: as it is written; None for what has members
    kind: str = ""  #: text | number | truth
    target: Target | None = None
    source: Source | None = None
    differs: str = ""  #: changed | missing | added, against what was expected
    expected: str | None = None
    children: list[Node] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """How many source elements below went nowhere."""
        own = self.source is not None and self.source.use == "unused"
        return own + sum(child.lost for child in self.children)


def source_tree(done: Evaluation) -> Node:
    """The source, each value with what became of it."""
    root = _nested((one.path, one.value) for one in done.sources)
    for node, one in zip(_leaves(root), _in_order(root, done.sources), strict=True):
        node.source = one
    return root


def target_tree(done: Evaluation) -> Node:
    """The result, each value with the rule that made it and how it differs from the expected."""
    root = _nested((one.path, one.value) for one in done.targets)
    for node, one in zip(_leaves(root), _in_order(root, done.targets), strict=True):
        node.target = one
    marks = {f"{root.name}.{one.path}": one for one in done.differences}
    for node in _leaves(root):
        found = marks.get(node.path)
        if found is not None:
            node.differs = str(found.kind)
            node.expected = None if found.kind == "added" else written(found.first)[0]
    return root


def _nested(values: Iterable[tuple[str, Any]]) -> Node:
    root = Node("", "")
    for path, value in values:
        here = root
        for step in _STEP.findall(path):
            place = f"{here.path}.{step}" if here.path else step
            last = here.children[-1] if here.children else None
            if last is None or last.path != place:
                last = next((one for one in here.children if one.path == place), None)
            if last is None:
                last = Node(step, place)
                here.children.append(last)
            here = last
        here.value, here.kind = written(value)
    return root.children[0] if len(root.children) == 1 else root


def _leaves(node: Node) -> Iterable[Node]:
    if node.value is not None:
        yield node
    for child in node.children:
        yield from _leaves(child)


def _in_order(root: Node, told: Iterable[Any]) -> list[Any]:
    by_path = {one.path: one for one in told}
    return [by_path[node.path] for node in _leaves(root)]


def written(value: Any) -> tuple[str, str]:
    """A value as a person reads it, and what kind it is; of an object, how many members."""
    if isinstance(value, bool):
        return ("true" if value else "false"), "truth"
    if isinstance(value, str):
        return value, "text"
    if isinstance(value, dict | list):
        return f"{'{' if isinstance(value, dict) else '['}… {len(value)}", "members"
    return str(value), "number"
