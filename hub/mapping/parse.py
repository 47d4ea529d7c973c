"""FML text to a StructureMap resource (R5 shape), the only intermediate form.

Source: https://build.fhir.org/ig/HL7/mapping-language-ig/ and https://hl7.org/fhir/R5/mapping-language.html
"""

from __future__ import annotations

import re
from typing import Any

from hub.mapping.fhirpath.parse import Cursor
from hub.mapping.findings import MOST, Defective, MapError, Wrong
from hub.mapping.parse_concepts import concept_map
from hub.mapping.parse_groups import GroupParser
from hub.mapping.tokenize import Lines, tokenize

Resource = dict[str, Any]
_TOP = ("map", "uses", "imports", "let", "group", "conceptmap")


class Parsed:
    """A StructureMap resource and where its parts stand in the text."""

    def __init__(self, resource: Resource, file: str = "", text: str = "") -> None:
        self.resource, self.file = resource, file
        self.lines = Lines(text)
        self.offsets: dict[int, int] = {}  #: id() of a part of the resource → offset
        self.imports: dict[str, int] = {}  #: canonical of an import → offset
        self.errors: list[MapError] = []
        self.library = False  #: do other maps import it?

    def place(self, part: object) -> tuple[int, int]:
        """(line, column) of a group, rule, source or target; (1, 1) when unknown."""
        return self.lines.place(self.offsets.get(id(part), 0))

    def record(self, offset: int, en: str, fr: str, rule: str = "") -> None:
        """Keep a finding, up to the most a person can use."""
        if len(self.errors) < MOST:
            line, column = self.lines.place(offset)
            self.errors.append(MapError(line, column, en, rule, fr=fr, file=self.file))


class MapParser:
    """Reads a whole file; after a mistake it goes on at the next declaration or rule."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.parsed = Parsed({"resourceType": "StructureMap"}, file, text)
        self.cursor = Cursor(tokenize(text))
        self.rules = GroupParser(text, self.cursor, self.parsed.offsets, self._failed)
        self.contained: list[Resource] = []
        self._titled = False  #: has there been a line `map "url" = name`?

    def _failed(self, wrong: Wrong) -> None:
        self.parsed.record(wrong.offset, wrong.en, wrong.fr, self.rules.group_name)

    def parse(self) -> Parsed:
        """All declarations, in any order before and between groups."""
        while self.cursor.token.kind != "end" and len(self.parsed.errors) < MOST:
            start = self.cursor.position
            try:
                self._declaration()
            except Wrong as wrong:
                self._failed(wrong)
                if self.cursor.position == start:
                    self.cursor.take()
                self._to_next_declaration()
        self._complete()
        return self.parsed

    def _to_next_declaration(self) -> None:
        while self.cursor.token.kind not in ("end", "meta"):
            if self.cursor.at(*_TOP) and self.cursor.ahead(1).kind in ("id", "string", "double"):
                return
            self.cursor.take()

    def _declaration(self) -> None:
        resource = self.parsed.resource
        if self.cursor.token.kind == "meta":
            self._metadata()
        elif self.cursor.at("map"):
            if "url" in resource and self._titled:
                raise self.cursor.wrong("one map in a file", "Une seule carte par fichier")
            self.cursor.take()
            self._titled = True
            resource["url"] = self._url()
            self.cursor.need("=")
            resource["name"] = self.rules.joined()
        elif self.cursor.at("conceptmap"):
            start = self.cursor.token.start
            self.contained.append(concept_map(self.cursor))
            self.parsed.offsets[id(self.contained[-1])] = start
        elif self.cursor.skip("uses"):
            resource.setdefault("structure", []).append(self._structure())
        elif self.cursor.skip("imports"):
            start = self.cursor.token.start
            resource.setdefault("import", []).append(self._url())
            self.parsed.imports.setdefault(resource["import"][-1], start)
        elif self.cursor.skip("let"):
            resource.setdefault("const", []).append(self._constant())
            if not self.cursor.at(";"):
                raise self.cursor.wrong("; after the constant", "« ; » à la fin de la constante")
        elif self.cursor.at("group"):
            resource.setdefault("group", []).append(self.rules.group())
        else:
            raise self.cursor.wrong(
                "map, uses, imports, let, conceptmap or group",
                "map, uses, imports, let, conceptmap ou group",
            )
        self.cursor.skip(";")

    def _url(self) -> str:
        if self.cursor.token.kind not in ("string", "double", "delimited"):
            raise self.cursor.wrong("a quoted url", "Une url entre guillemets")
        return self.cursor.take().value

    # '///' path '=' value?        /// url = "http://example.org/StructureMap/x"
    def _metadata(self) -> None:
        self.cursor.take()
        path = [self._word()]
        while self.cursor.skip("."):
            path.append(self._word())
        self.cursor.need("=")
        if self.cursor.token.kind in ("bare", "string", "double", "markdown"):
            self._put(path, self._metadata_value())

    def _metadata_value(self) -> Any:
        token = self.cursor.take()
        if token.kind != "bare":
            return token.value
        if token.value in ("true", "false"):
            return token.value == "true"
        return int(token.value) if re.fullmatch(r"-?\d{1,9}", token.value) else token.value

    def _word(self) -> str:
        if self.cursor.token.kind not in ("id", "delimited"):
            raise self.cursor.wrong("a name", "Un nom")
        return self.cursor.take().value

    def _put(self, path: list[str], value: Any) -> None:
        lists = ("jurisdiction", "coding", "contact", "telecom", "useContext", "identifier")
        here: Any = self.parsed.resource
        for name in path[:-1]:
            here = here.setdefault(name, [{}] if name in lists else {})
            here = here[0] if isinstance(here, list) and here else here
            if not isinstance(here, dict):
                return
        here[path[-1]] = value

    # 'uses' url ('alias' name)? 'as' mode
    def _structure(self) -> Resource:
        structure: Resource = {"url": self._url()}
        self.parsed.offsets[id(structure)] = self.cursor.tokens[self.cursor.position - 1].start
        alias = self.rules.alias() if self.cursor.skip("alias") else ""
        self.cursor.need("as")
        if not self.cursor.at("source", "queried", "target", "produced"):
            raise self.cursor.wrong(
                "source, queried, target or produced", "source, queried, target ou produced"
            )
        structure["mode"] = self.cursor.take().text
        if alias:
            structure["alias"] = alias
        return structure

    # 'let' name '=' expression ';'
    def _constant(self) -> Resource:
        constant: Resource = {"name": self._word()}
        self.parsed.offsets[id(constant)] = self.cursor.tokens[self.cursor.position - 1].start
        self.cursor.need("=")
        constant["value"] = self.rules.expression_text()
        return constant

    def _complete(self) -> None:
        resource = self.parsed.resource
        if self.contained:
            resource["contained"] = self.contained
        if "group" not in resource and not self.contained and not self.parsed.errors:
            self.parsed.record(
                len(self.text),
                "the map has no group; write group Name(source a, target b) { … }",
                "La carte n’a aucun groupe ; écrivez group Nom(source a, target b) { … }",
            )
        if "url" in resource:
            tail = str(resource["url"]).rsplit("/", 1)[-1]
            resource.setdefault("name", tail)
            resource.setdefault("status", "draft")


def parse(text: str, file: str = "") -> Parsed:
    """The StructureMap of a text.

    Raises:
        Defective: with every mistake found, up to 50.
    """
    parsed = MapParser(text, file).parse()
    if parsed.errors:
        raise Defective(parsed.errors)
    return parsed
