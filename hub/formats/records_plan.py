"""A tree made complete and cut into records, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hub import errors
from hub.formats import records_totals
from hub.formats.records_model import Field, Group, Record, RecordModel, Slot
from hub.model import Tree


@dataclass(frozen=True, slots=True)
class Planned:
    """One record to write."""

    record: Record
    values: Tree
    path: str


@dataclass(slots=True)
class _Pending:
    """A total to compute or to compare."""

    field: Field
    chain: tuple[Tree, ...]
    path: str


@dataclass(slots=True)
class Plan:
    """The records of a tree in order, and what is wrong with it.

    Totals are looked at only when all records are there; a wrong value inside one is then
    reported beside it.
    """

    model: RecordModel
    records: list[Planned] = field(default_factory=list)
    found: list[errors.Issue] = field(default_factory=list)
    complete: bool = False
    _totals: list[_Pending] = field(default_factory=list)

    def make(self, tree: Tree) -> None:
        """Fill the rest from a tree."""
        root = self.model.root
        self._record(root, tree, root.element.name, ())
        if self.found:
            return
        self.complete = True
        for pending in sorted(self._totals, key=lambda one: -len(one.chain)):
            self._total(pending)

    def _record(self, record: Record, tree: Tree, path: str, above: tuple[Tree, ...]) -> Tree:
        known = {slot.element.name for slot in record.slots}
        known |= {child.element.name for child in record.records}
        self._unknown(tree, known, path)
        made: Tree = {}
        chain = (*above, made)
        if record.code is not None:
            self.records.append(Planned(record, made, path))
        self._slots(record.slots, tree, made, path, chain)
        for child in record.records:
            self._children(child, tree, made, path, chain)
        return made

    def _children(
        self, child: Record, tree: Tree, made: Tree, path: str, chain: tuple[Tree, ...]
    ) -> None:
        name, many = child.element.name, child.element.many
        place = f"{path}.{name}"
        items = self._items(tree.get(name), place, many, child.most)
        if not items and child.element.required:
            if not child.automatic:
                self._missing(child.element.short, name, place)
                return
            items = [{}]
        for index, item in enumerate(items):
            inner = f"{place}[{index}]" if many else place
            if not isinstance(item, dict):
                self._bad(inner)
                continue
            result = self._record(child, item, inner, chain)
            if many:
                made.setdefault(name, []).append(result)
            else:
                made[name] = result

    def _slots(
        self,
        slots: tuple[Slot, ...],
        tree: Tree,
        made: Tree,
        path: str,
        chain: tuple[Tree, ...],
    ) -> None:
        for slot in slots:
            name = slot.element.name
            place = f"{path}.{name}"
            items = self._items(tree.get(name), place, slot.many, slot.most)
            if isinstance(slot, Field) and slot.given:
                self._given(slot, items, made, place, chain)
                continue
            if not items:
                if slot.element.required:
                    self._missing(slot.element.short, name, place)
                continue
            if isinstance(slot, Group):
                items = [
                    self._group(slot, item, f"{place}[{i}]" if slot.many else place, chain)
                    for i, item in enumerate(items)
                ]
            made[name] = items if slot.many else items[0]

    def _group(self, group: Group, item: Any, path: str, chain: tuple[Tree, ...]) -> Tree:
        made: Tree = {}
        if not isinstance(item, dict) or not item:
            self._bad(path)
            return made
        self._unknown(item, {slot.element.name for slot in group.slots}, path)
        self._slots(group.slots, item, made, path, (*chain, made))
        return made

    def _given(
        self, slot: Field, items: list[Any], made: Tree, path: str, chain: tuple[Tree, ...]
    ) -> None:
        """A constant or a total: filled in, or compared with what the tree says."""
        name = slot.element.name
        if slot.total is not None:
            if items:
                made[name] = items[0]
            self._totals.append(_Pending(slot, chain, path))
            return
        made[name] = slot.fixed
        if items and items[0] != slot.fixed:
            self._differs(path, slot.fixed, items[0])

    def _total(self, pending: _Pending) -> None:
        name, made = pending.field.element.name, pending.chain[-1]
        try:
            right = records_totals.value(pending.field, pending.chain, self.model)
        except (ArithmeticError, ValueError, TypeError):
            self._bad(pending.path)
            return
        if name in made and made[name] != right:
            self._differs(pending.path, right, made[name])
        made[name] = right

    def _items(self, value: Any, path: str, many: bool, most: int | None) -> list[Any]:
        items = value if isinstance(value, list) else [] if value is None else [value]
        limit = most if many else 1
        if limit is not None and len(items) > limit:
            self._add(
                "structure",
                f"{len(items)} valeurs, {limit} au plus : corrigez le mapping.",
                f"{len(items)} values, at most {limit}: correct the map.",
                path,
            )
            return items[:limit]
        return items

    def _unknown(self, tree: Tree, known: set[str], path: str) -> None:
        for name in tree:
            if name not in known:
                self._add(
                    "structure",
                    "cet élément n'existe pas dans le modèle de l'institution : corrigez le"
                    " mapping.",
                    "this element does not exist in the partner's model: correct the map.",
                    f"{path}.{name}",
                )

    def _missing(self, short: str, name: str, path: str) -> None:
        self._add(
            "required",
            f"il manque « {short or name} » : complétez la demande ou le mapping.",
            f"“{name}” is missing: complete the claim or the map.",
            path,
        )

    def _differs(self, path: str, right: Any, given: Any) -> None:
        self._add(
            "value",
            f"la valeur doit être {right}, non {given} : corrigez le mapping ou laissez-la vide.",
            f"the value must be {right}, not {given}: correct the map or leave it out.",
            path,
        )

    def _bad(self, path: str) -> None:
        self._add(
            "value",
            "valeur impossible à cet endroit : corrigez la demande ou le mapping.",
            "a value that cannot stand here: correct the claim or the map.",
            path,
        )

    def _add(self, code: str, fr: str, en: str, path: str) -> None:
        self.found.append(errors.Issue(code, fr, en, path))
