"""The lists that completion offers, each option with its type and what its model says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from hub.authoring.bench_scope import Group, Scopes, Sight
from hub.formats import definitions
from hub.mapping import evidence
from hub.mapping.fhirpath import table
from hub.mapping.library import Library
from hub.mapping.load import TEXT, decoded
from hub.mapping.tokenize import tokenize
from hub.mapping.types import Element, Type, tail

_TRANSFORMS = {
    "create": "create('Type')",
    "copy": "copy(v)",
    "translate": "translate(v, 'ConceptMap', 'code')",
    "append": "append(a, b, …)",
    "truncate": "truncate(v, 10)",
    "escape": "escape(v, 'html')",
    "cast": "cast(v, 'string')",
    "reference": "reference(v)",
    "pointer": "pointer(v)",
    "uuid": "uuid()",
    "cc": "cc(system, code, display)",
    "c": "c(system, code, display)",
    "qty": "qty(value, unit, system, code)",
    "id": "id(system, value)",
    "cp": "cp(system, value)",
    "toDate": "toDate(v, format)",
    "toDateTime": "toDateTime(v, format)",
}
_AFTER_SOURCE = ("as", "where", "then", "first", "last", "only_one", "default", "check", "log")
_AFTER_TARGET = ("as", "then", "first", "share", "single")
_TOP = ("map", "uses", "imports", "let", "conceptmap", "group")
_FUNCTIONS = {"where", "exists", "all", "select", "empty", "first", "last", "count", "ofType"}
_FUNCTIONS |= {"iif", "repeat", "is", "as", "contains", "replace", "tail", "hasValue"}
_FUNCTIONS |= {*table.PLAIN, *table.TEXT}


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that may stand here."""

    label: str
    kind: str  #: element, variable, group, transform, table, model, map, type, word or function
    detail: str = ""  #: type and cardinality, or how it is written
    told: str = ""  #: what it means, in the words of its model


class Options:
    """Lists over one text and the library it stands in."""

    def __init__(self, library: Library, scopes: Scopes) -> None:
        self.library, self.scopes = library, scopes

    def elements(self, made: Type | None) -> Iterator[Option]:
        """The elements of a type."""
        if made is None:
            return
        told = self._told(made)
        for element in made.elements.values():
            names = "|".join(_short(key) for key in element.types[:4])
            names += "…" if len(element.types) > 4 else ""
            detail = f"{names} {_cardinality(element)}".strip()
            yield Option(element.name, "element", detail, told.get(element.name, ""))

    def _told(self, made: Type) -> dict[str, str]:
        """What the model of a type says of its elements."""
        url, _, inner = made.key.partition("#")
        model = self.library.schema.model(url) or {}
        part = model.get("snapshot") or model.get("differential") or {}
        rows = part.get("element", ())
        path = inner or (str(rows[0].get("path", "")) if rows else "")
        return {
            str(row.get("path", "")).rpartition(".")[2].removesuffix("[x]"): str(row["short"])
            for row in rows
            if "short" in row and str(row.get("path", "")).rpartition(".")[0] == path
        }

    @staticmethod
    def variables(sight: Sight, sign: str = "", side: str = "") -> Iterator[Option]:
        """The variables in sight, the nearest first; of one side of the arrow when asked."""
        for name, known in reversed(sight.variables.items()):
            if not side or known.mode == side:
                typed = known.type.name if known.type is not None else ""
                yield Option(sign + name, "variable", typed)

    def groups(self) -> Iterator[Option]:
        """The groups of the text, then those it imports."""
        own = list(self.scopes.groups.values())
        for group in [*own, *self._imported()]:
            inputs = ", ".join(
                f"{mode} {name}{f' : {typed}' if typed else ''}"
                for mode, name, typed in group.inputs
            )
            yield Option(group.name, "group", f"({inputs})")

    def _imported(self) -> Iterator[Group]:
        tokens = self.scopes.tokens
        wanted = [
            tokens[index + 1].value
            for index, token in enumerate(tokens[:-1])
            if token.text == "imports"
        ]
        for canonical in self.library.maps():
            file = Path(self.library.file(canonical))
            url = canonical.partition("|")[0]
            if file.suffix in TEXT and any(fnmatchcase(url, each) for each in wanted):
                text = decoded(evidence.content(str(file)))
                yield from Scopes(tokenize(text), self.library.schema).groups.values()

    def listed(self, what: str) -> Iterator[Option]:
        """models, maps, tables (urls without versions) or types."""
        if what == "types":
            for name in dict.fromkeys([*self.scopes.aliases, *sorted(definitions.type_names())]):
                yield Option(name, "type")
        elif what == "models":
            for url in self.library.schema.given():
                yield Option(url, "model")
            for name in sorted(definitions.type_names()):
                yield Option(f"http://hl7.org/fhir/StructureDefinition/{name}", "model")
        else:
            named = self.library.maps() if what == "maps" else self.library.concept_maps()
            for url in dict.fromkeys(one.partition("|")[0] for one in named):
                yield Option(url, what.removesuffix("s"))

    @staticmethod
    def transforms() -> Iterator[Option]:
        """What makes a value."""
        for name, written in _TRANSFORMS.items():
            yield Option(name, "transform", written)

    @staticmethod
    def functions() -> Iterator[Option]:
        """FHIRPath's functions."""
        for name in sorted(_FUNCTIONS):
            yield Option(name, "function", f"{name}()")

    @staticmethod
    def after(sight: Sight) -> Iterator[Option]:
        """Words that may follow a path of a rule."""
        for word in _AFTER_SOURCE if sight.side == "source" else _AFTER_TARGET:
            yield Option(word, "word")

    @staticmethod
    def words(last: str) -> Iterator[Option]:
        """Outside of all groups."""
        inside = last in ("(", ",")
        for word in ("source", "target") if inside else _TOP:
            yield Option(word, "word")


def _short(key: str) -> str:
    """Of a type's key what a person reads: `5.0/Quantity` → Quantity, `url#A.b` → b."""
    name = key.rpartition("#")[2] if "#" in key else tail(key).rpartition("/")[2]
    return name.rpartition(".")[2] if "." in name else name


def _cardinality(element: Element) -> str:
    return f"{element.least}..{'*' if element.many else '1'}"
