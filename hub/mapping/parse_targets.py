"""Targets and transforms of an FML text.

Source: mapping.g4 of https://build.fhir.org/ig/HL7/mapping-language-ig/
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hub.mapping.fhirpath.parse import Cursor, PathParser
from hub.mapping.findings import Wrong
from hub.mapping.parse_comments import above, behind

Resource = dict[str, Any]
TARGET_MODES = ("first", "last", "single", "collate")
_OPERATORS = ("+", "-", "&", "|", "*", "/", "=", "div", "mod", ".")


class TargetParser:
    """Names, literals, parameters and targets; RuleParser adds the rest of the grammar."""

    def __init__(self, text: str, cursor: Cursor, offsets: dict[int, int]) -> None:
        self.text, self.cursor, self.offsets = text, cursor, offsets

    def document(self, part: Resource, first: int, ended: int = -1) -> None:
        """Keep the comments above a part's first token, and behind its last one."""
        lines = above(self.text, self.cursor.tokens, first)
        if ended >= 0:
            lines += behind(self.text, self.cursor.tokens, ended)
        if any(lines):
            part["documentation"] = "\n".join(lines).strip("\n")

    def name(self) -> str:
        """An identifier; keywords are not reserved."""
        if self.cursor.token.kind not in ("id", "delimited", "double"):
            raise self.cursor.wrong("a name", "Un nom")
        return self.cursor.take().value

    def element(self) -> str:
        """The name of an element; a choice may be written as in its definition: `value[x]`."""
        name = self.name()
        if self.cursor.at("[") and self.cursor.ahead(1).text == "x":
            self.cursor.take()
            self.cursor.take()
            self.cursor.need("]")
            return f"{name}[x]"
        return name

    def joined(self) -> str:
        """A name that may hold hyphens and dots: `step-10`, `Patient.name`; or a quoted one."""
        start = self.cursor.token
        if start.kind not in ("id", "delimited", "double", "string", "number"):
            raise self.cursor.wrong("a name", "Un nom")
        value, end = self.cursor.take().value, start.end
        while start.kind in ("id", "number") and self.cursor.token.start == end:
            token = self.cursor.token
            if token.kind not in ("id", "number") and not self.cursor.at("-", ".", "/", "+"):
                break
            value, end = value + self.cursor.take().text, token.end
        return value

    def alias(self) -> str:
        """What a type is called in the map; some write it as a text."""
        return self.cursor.take().value if self.cursor.token.kind == "string" else self.name()

    def type_name(self) -> str:
        """`Patient`, `Bundle.entry` or a quoted url."""
        if self.cursor.token.kind == "string":
            return self.cursor.take().value
        names = [self.name()]
        while self.cursor.skip("."):
            names.append(self.name())
        return ".".join(names)

    def enclosed(self) -> str:
        """The text between the parentheses at the cursor, which must be FHIRPath."""
        self.cursor.need("(")
        first = self.cursor.token.start
        PathParser(self.cursor).expression()
        last = self.cursor.tokens[self.cursor.position - 1].end
        self.cursor.need(")")
        return self.text[first:last]

    # context(.element)* ('=' transform)? (as var)? mode?  |  transform as var  |  (expr) as var
    def target(self) -> Resource:
        """One target of a rule."""
        start = self.cursor.token.start
        target: Resource = {}
        self.offsets[id(target)] = start
        if self.cursor.at("("):
            target["transform"] = "evaluate"
            target["parameter"] = [{"valueString": self.enclosed()}]
        elif self.cursor.ahead(1).text == "(" and self.cursor.token.kind == "id":
            self._call(target)
        else:
            names = [self.name()]
            while self.cursor.skip("."):
                names.append(self.element())
            target["context"] = names[0]
            if len(names) > 1:
                target["element"] = ".".join(names[1:])
            if self.cursor.at("["):
                raise Wrong(
                    self.cursor.token.start,
                    "a target takes no index: each run of a rule appends an item",
                    "Une cible ne prend pas d’indice : chaque passage de la règle ajoute un "
                    "élément ; ôtez les crochets",
                )
            if self.cursor.skip("="):
                self._transform(target)
        self._variable_and_modes(target)
        return target

    def _variable_and_modes(self, target: Resource) -> None:
        while True:
            if self.cursor.skip("as"):
                target["variable"] = self.name()
            elif self.cursor.skip("share"):
                target.setdefault("listMode", []).append("share")
                if self.cursor.token.kind not in ("id", "double", "string", "delimited"):
                    raise self.cursor.wrong("an id after share", "Un identifiant après share")
                target["listRuleId"] = self.cursor.take().value
            elif self.cursor.at(*TARGET_MODES):
                mode = self.cursor.take().text
                target.setdefault("listMode", []).append("single" if mode == "collate" else mode)
            else:
                return

    # literal | '(' expr ')' | name '(' parameters ')' | a.b
    def _transform(self, target: Resource) -> None:
        token = self.cursor.token
        if self.cursor.at("("):
            start = self.cursor.position
            text = self.enclosed()
            if self.cursor.at(".", "+", "-", "&", "|", "*", "/", "[", "="):
                self.cursor.position = start
                text = self.expression_text()
            target["transform"] = "evaluate"
            target["parameter"] = [{"valueString": text}]
        elif token.kind == "id" and self.cursor.ahead(1).text == "(":
            self._call(target)
        else:
            self._copy(target)

    def _copy(self, target: Resource) -> None:
        """A literal or `a.b`; anything longer is an expression whose parentheses were left out."""
        start = self.cursor.position
        given = self.parameter()
        if self.cursor.at("(", "[", *_OPERATORS):
            self.cursor.position = start
            target["transform"] = "evaluate"
            target["parameter"] = [{"valueString": self.expression_text()}]
            return
        target["transform"] = "copy"
        target["parameter"] = [given]

    def called(self) -> Resource:
        """The target that a transform alone makes: `append('a', b)`."""
        target: Resource = {}
        self._call(target)
        return target

    def _call(self, target: Resource) -> None:
        transform = self.cursor.token.value
        if transform != "evaluate":
            target["transform"] = self.name()
            given = self.parameters()
            if given:
                target["parameter"] = given
            return
        self.cursor.take()
        self.cursor.need("(")
        target["transform"] = "evaluate"
        target["parameter"] = [{"valueId": self.expression_text(types=True)}]
        if self.cursor.skip(","):
            target["parameter"].append({"valueString": self.expression_text(types=True)})
        else:
            target["parameter"] = [{"valueString": target["parameter"][0]["valueId"]}]
        self.cursor.need(")")

    def expression_text(self, types: bool = False) -> str:
        """The text of the expression at the cursor; `types`: may `as` be its operator?"""
        first = self.cursor.token.start
        parser = PathParser(self.cursor)
        parser.types = types
        parser.expression()
        return self.text[first : self.cursor.tokens[self.cursor.position - 1].end]

    def parameters(self) -> list[Resource]:
        """`(a, 'b', 3)`."""
        self.cursor.need("(")
        given: list[Resource] = []
        if not self.cursor.at(")"):
            given.append(self._argument())
            while self.cursor.skip(","):
                given.append(self._argument())
        self.cursor.need(")")
        return given

    def _argument(self) -> Resource:
        """A parameter; an expression is kept as its text, like the name of a variable."""
        start = self.cursor.position
        if not self.cursor.at("(", "{"):
            given = self.parameter()
            if self.cursor.at(",", ")"):
                return given
            self.cursor.position = start
        return {"valueId": self.expression_text(types=True)}

    def parameter(self) -> Resource:
        """A literal, or the name of a variable with a path behind it."""
        token = self.cursor.token
        if self.cursor.at("-", "+") and self.cursor.ahead(1).kind == "number":
            sign = self.cursor.take().text
            return self._number(sign.replace("+", "") + self.cursor.take().value)
        if token.kind == "number":
            return self._number(self.cursor.take().value)
        if token.kind in ("string", "double", "long"):
            self.cursor.take()
            return (
                {"valueInteger": int(token.value)}
                if token.kind == "long"
                else {"valueString": token.value}
            )
        if token.kind == "date":
            self.cursor.take()
            kind = "DateTime" if "T" in token.value else "Date"
            if token.value.startswith("T"):
                return {"valueTime": token.value[1:]}
            return {f"value{kind}": token.value}
        if self.cursor.at("true", "false"):
            return {"valueBoolean": self.cursor.take().text == "true"}
        self.cursor.skip("%")
        names = [self.name()]
        while self.cursor.skip("."):
            names.append(self.name())
        return {"valueId": ".".join(names)}

    def _number(self, written: str) -> Resource:
        if "." in written:
            return {"valueDecimal": Decimal(written)}
        return {"valueInteger": int(written)}
