"""Sources that are expressions: `src.name.where(use = 'official') as n`, `(expression) as x`.

The grammar has only names there; people write expressions, and StructureMap keeps them as context.
Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from hub.mapping.emit import Place, Resource
from hub.mapping.names import Names, Var, bind
from hub.mapping.parse_rules import EXPRESSED
from hub.mapping.types import Type
from hub.mapping.write_sources import ONE_ITEM, SourceWriter


class ExpressedWriter(SourceWriter):
    """Adds to the sources that are names those that are expressions."""

    def mark(self, part: Resource) -> None:
        """What fails from here on fails at this part of the map."""
        line, column = self.unit.parsed.place(part)
        self.place = len(self.module.places)
        url = str(self.unit.parsed.resource.get("url", ""))
        group = str(self.group["name"])
        file = self.unit.parsed.file
        self.module.places.append(Place(url, group, self.rule_name, file, line, column))

    def source(self, source: Resource, names: Names) -> tuple[Names, bool]:
        """Bind a source's variable; gives the names visible from here, and if it loops."""
        if str(source.get("context", "")).startswith(EXPRESSED):
            return self._expressed(source, names)
        return super().source(source, names)

    def _expressed(self, source: Resource, names: Names) -> tuple[Names, bool]:
        """A source that is an expression: the rule runs for each of its items."""
        text = str(source["context"])
        items, typed = self.items(text, source, names)
        local = self.module.fresh(str(source.get("variable", "item")))
        wanted = self.type(str(source["type"]), source) if source.get("type") else None
        test = self._type_test(typed, wanted)
        variable = Var(local, wanted or typed, path=text)
        self._loop(variable, local, items, test.format(local), source, source, names)
        if source.get("variable"):
            names = bind(names, str(source["variable"]), variable)
        return names, source.get("listMode") not in ONE_ITEM

    def items(self, text: str, source: Resource, names: Names) -> tuple[str, Type | None]:
        """Python for the items of an expression, and their type when it is certain."""
        if text.startswith("search("):
            en = "search() needs a server: a map sees only what is given to it"
            fr = "search() a besoin d’un serveur : une carte ne voit que ce qu’on lui donne"
            self.wrong(source, en, fr)
            return "[]", None
        return self.path(text, source, names), self.kind(text, source, names)
