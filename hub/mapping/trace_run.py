"""The run of a traced map: what generated code calls `R`, with a memory of where values are from.

A source tree's dicts are known by identity, a primitive by the local variable that holds it. What
a rule wrote is found by comparing the target element before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.mapping.concept_map import ConceptMap, Target
from hub.mapping.concept_translate import codings
from hub.mapping.fhirpath.parse import Node
from hub.mapping.run import Run
from hub.mapping.trace import CodeRow, Origin, Write
from hub.mapping.trace_expressed import Expressed
from hub.mapping.trace_reads import Item, Reader, children, members
from hub.mapping.trace_rows import coded, rows_of

MOST_READS = 2_000_000  #: reads noted in one run

Known = tuple[str, Any]  #: a local variable's name and its value
Key = tuple[int, str, int | None]  #: id of the parent, member, index in a list
_Held = tuple[Any, int | None]  #: a value, or the length of a list


@dataclass(slots=True)
class _Open:
    """A target statement that runs now."""

    write: Write
    parent: Any
    names: tuple[str, ...]
    before: dict[str, _Held]


class TracedRun(Run):
    """Remembers origins; used only by the traced variant of a map."""

    def __init__(
        self,
        source: Any,
        find: Callable[[str], ConceptMap | None],
        clock: Callable[[], datetime],
        identifiers: Callable[[], str],
        root: str,
    ) -> None:
        self.paths: dict[int, str] = {}
        self.leaves: dict[str, Any] = {}
        self.read_paths: set[str] = set()
        self.writes: dict[Key, Write] = {}
        self.reads_left = MOST_READS
        self._root = root
        self._origins: dict[str, Origin] = {}
        self._frames: list[dict[str, Origin]] = []
        self._given: list[Origin] = []
        self._because: dict[int, str] = {}
        self._places: dict[tuple[int, str], dict[int, list[str]]] = {}
        self._turns: dict[tuple[int, str, int], int] = {}
        self._reads: list[str] = []
        self._rows: list[CodeRow] = []
        self._seen: tuple[Sequence[Item], tuple[str, ...]] = (), ()  #: by the last expression
        self._expressed: dict[tuple[int, int], Expressed] = {}
        self._open: list[_Open] = []
        self._kept: list[Any] = []  #: an id must not be used again while the run lasts
        self._depth = 0
        super().__init__(source, find, clock, identifiers)

    # The source may be replaced by a copy just before the run.
    @property
    def source(self) -> Any:
        """The source tree."""
        return self._source

    @source.setter
    def source(self, tree: Any) -> None:
        self._source = tree
        self.paths.clear()
        self.leaves.clear()
        waiting = [Item(self._root, tree)]
        while waiting:
            item = waiting.pop()
            if isinstance(item.value, dict):
                self.paths[id(item.value)] = item.path
                inner = [each for name in item.value for each in members(item, name)]
                waiting += reversed(inner)
            else:
                self.leaves[item.path] = item.value

    # Generated code counts `depth` up and down: a group's variables live between the two.
    @property
    def depth(self) -> int:
        """How many groups are running."""
        return self._depth

    @depth.setter
    def depth(self, depth: int) -> None:
        if depth > self._depth:
            self._frames.append(self._origins)
            self._origins = {}
        elif depth < self._depth and self._frames:
            self._origins = self._frames.pop()
        self._depth = depth

    def passing(self, *arguments: Known) -> None:
        """The arguments of the group called next."""
        self._given = [self._origin(*argument) for argument in arguments]

    def receive(self, *parameters: str) -> None:
        """The parameters of the group that begins."""
        self._origins.update(zip(parameters, self._given, strict=False))
        self._given = []

    def bound(self, place: int, known: Known, context: Known, name: str) -> None:
        """A source's variable has its value."""
        local, value = known
        origin = self._child(context, name, value)
        self._origins[local] = origin
        for path in origin.paths:
            self._note(path)
            self._because[place] = path

    def given(self, place: int, values: Sequence[Any]) -> Sequence[Any]:
        """The items of a source that is an expression, just evaluated."""
        self._expressed[place, self._depth] = Expressed(values, *self._seen)
        self._seen = (), ()
        return values

    def met(self, place: int, known: Known) -> None:
        """The variable of such a source has its value."""
        local, value = known
        self._origins[local] = self._expressed[place, self._depth].origin(value)
        for path in self._origins[local].paths[:1]:
            self._because[place] = path

    def read(
        self, node: Node, variables: dict[str, Known], focus: tuple[Any, ...] | None, value: Any
    ) -> Any:
        """The value of an expression, after noting what it looked at."""
        given = {name: self._items(*known) for name, known in variables.items()}
        centre: list[Item] = []
        if focus is not None:
            known, came = focus
            if came is not None and known[0] not in self._origins:
                origin = self._child(came[0], came[1], known[1])
                centre = [Item(path, known[1]) for path in origin.paths]
            else:
                centre = self._items(*known)
        reads: list[str] = []
        root = Item(self._root, self._source)
        if self.reads_left > 0:
            result = Reader(given, root, reads.append).walk(node, centre)
            reads += [item.path for item in result]
            self._seen = result, tuple(dict.fromkeys(reads))
        self.reads_left -= len(reads)
        for path in reads:
            self._note(path)
        self._reads += dict.fromkeys(reads)
        return value

    def begin(
        self,
        place: int,
        transform: str,
        expression: str,
        into: tuple[Known, tuple[str, ...]] | None,
        parameters: Sequence[Known],
    ) -> None:
        """A target statement begins: remember what the element holds."""
        self._reads, self._rows = [], []
        origin = sum((self._origin(*p) for p in parameters), Origin())
        write = Write(place, transform, expression, origin, self._because.get(place, ""))
        made = _Open(write, None, (), {})
        if into is not None:
            (_, context), steps = into
            made.names = steps
            made.parent = context
            made.before = self._held(context, steps)
        self._open.append(made)

    def end(self, local: str) -> None:
        """The statement is done: what is new in the element came from it."""
        opened = self._open.pop()
        write = opened.write
        read = Origin(tuple(dict.fromkeys(self._reads)), tuple(self._rows))
        write.origin = read if self._rows else write.origin + read
        if local:
            self._origins[local] = write.origin
        if opened.parent is None:
            return
        after = self._held(opened.parent, opened.names)
        parent, _ = self._element(opened.parent, opened.names)
        self._kept.append(parent)
        for name, held in after.items():
            value, count = held
            was, counted = opened.before.get(name, (None, None))
            if count is not None:
                start = counted if counted is not None else 0 if was is None else 1
                for index in range(start, count):
                    if parent[name][index] is not None:
                        self.writes[id(parent), name, index] = write
            elif value is not was:
                self.writes[id(parent), name, None] = write

    def code(self, value: Any, url: str, local: ConceptMap | None, path: str) -> Any:
        """translate() to a code, looked up each time: the row is part of the story."""
        targets = self.translate(value, url, local, path)
        return targets[0].code or None if targets else None

    def translate(
        self, value: Any, url: str, local: ConceptMap | None, path: str, *more: Any
    ) -> list[Target]:
        """As every run, and remembers the rows."""
        targets = super().translate(value, url, local, path, *more)
        base = self.paths.get(id(value), "") if isinstance(value, dict) else ""
        codes: list[str] = []
        table = local or self._find(url)
        for system, code, _ in codings(value):
            rows = rows_of(table, (system, code), targets, more, self._find)
            self._rows += rows
            if rows and base:
                codes += coded(Item(base, value), code)
        for each in codes:
            self._note(each)
        self._reads += codes or (self._open[-1].write.origin.paths if self._open else ())
        return targets

    def _note(self, path: str) -> None:
        self.read_paths.add(path)

    def _origin(self, local: str, value: Any) -> Origin:
        if isinstance(value, dict) and id(value) in self.paths:
            return Origin((self.paths[id(value)],))
        return self._origins.get(local, Origin())

    def _items(self, local: str, value: Any) -> list[Item]:
        """What a variable holds, as far as it stands in the source."""
        values = value if isinstance(value, list) else [value]
        return [Item(p, v) for v in values for p in self._origin(local, v).paths]

    def _child(self, context: Known, name: str, value: Any) -> Origin:
        local, parent = context
        if isinstance(value, dict) and id(value) in self.paths:
            return Origin((self.paths[id(value)],))
        if not isinstance(parent, dict):
            return self._origin(local, parent)
        if id(parent) not in self.paths:
            return self._written(parent, name, value)
        places = self._places.get((id(parent), name))
        if places is None:
            places = self._places[id(parent), name] = {}
            for item in children(Item(self.paths[id(parent)], parent), name):
                places.setdefault(id(item.value), []).append(item.path)
        found = places.get(id(value)) or [path for paths in places.values() for path in paths]
        if len(found) < 2:
            return Origin(tuple(found))
        # The same object stands in the list several times: the loop meets them in order.
        turn = (id(parent), name, id(value))
        index = self._turns.get(turn, 0)
        self._turns[turn] = index + 1
        return Origin((found[index % len(found)],))

    def _written(self, parent: dict[str, Any], name: str, value: Any) -> Origin:
        """A target element used as a source has the origin of what was written into it."""
        held = parent.get(name)
        items = held if isinstance(held, list) else []
        index = next((n for n, item in enumerate(items) if item is value), None)
        write = self.writes.get((id(parent), name, index))
        return write.origin if write is not None else Origin()

    def _element(self, context: Any, steps: Sequence[str]) -> tuple[Any, str]:
        """The dict a statement writes into, and the member; "" for any member."""
        if hasattr(context, "parent") and hasattr(context, "key"):
            return context.parent, str(context.key)
        for step in steps[:-1]:
            context = context.get(step) if isinstance(context, dict) else None
            context = context[-1] if _many(context) and context else context
        return context, steps[-1].removesuffix("[x]") if steps else ""

    def _held(self, context: Any, steps: Sequence[str]) -> dict[str, _Held]:
        """What an element holds now, by member."""
        tree, name = self._element(context, steps)
        if not isinstance(tree, dict):
            return {}
        names = [k for k in tree if k.removeprefix("_").startswith(name)] if name else list(tree)
        return {k: (None, len(tree[k])) if _many(tree[k]) else (tree[k], None) for k in names}


def _many(value: Any) -> bool:
    return isinstance(value, list)
