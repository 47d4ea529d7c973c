"""Rules and their sources in an FML text.

Source: mapping.g4 of https://build.fhir.org/ig/HL7/mapping-language-ig/
"""

from __future__ import annotations

from collections.abc import Callable

from hub.mapping.fhirpath.parse import Cursor, is_path
from hub.mapping.findings import Wrong
from hub.mapping.parse_targets import Resource, TargetParser

DEEPEST = 60  #: nested rules
EXPRESSED = ("(", "evaluate(", "search(")  #: begin a source's context that is an expression
SOURCE_MODES = ("first", "last", "not_first", "not_last", "only_one")
_AFTER = (
    "->",
    "make",
    ";",
    ",",
    "then",
    "check",
    "log",
    "as",
    "where",
    "first",
    "last",
    "}",
    *SOURCE_MODES,
)


class RuleParser(TargetParser):
    """Reads rules from the map parser's cursor; GroupParser adds the groups around them."""

    def __init__(
        self,
        text: str,
        cursor: Cursor,
        offsets: dict[int, int],
        failed: Callable[[Wrong], None],
    ) -> None:
        super().__init__(text, cursor, offsets)
        self.failed, self.group_name, self.depth = failed, "", 0

    def rules(self, closing: str = "}") -> list[Resource]:
        """The rules up to a closing word, `{` before them when that is a brace."""
        if closing == "}":
            self.cursor.need("{")
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.cursor.wrong("fewer nested rules", "Moins de règles imbriquées")
        rules: list[Resource] = []
        while not self.cursor.skip(closing):
            if self.cursor.token.kind == "end":
                raise self.cursor.wrong(closing, closing)
            if self.cursor.skip(";"):
                continue
            start = self.cursor.position
            try:
                rules += self._rule()
            except Wrong as wrong:
                self.failed(wrong)
                self._recover(start)
                if self.cursor.position == start:  # a closing word of the other form of groups
                    self.cursor.take()
        self.depth -= 1
        return rules

    def _recover(self, start: int) -> None:
        """Go on after the ';' that ends the broken rule, or before the '}' of its block."""
        level = 0
        for token in self.cursor.tokens[start : self.cursor.position]:
            level += (token.text == "{") - (token.text == "}")
        level = max(level, 0)
        while self.cursor.token.kind != "end":
            if self.cursor.at("}", "endgroup"):
                if level == 0 or self.cursor.at("endgroup"):
                    return
                level -= 1
            elif self.cursor.at("{"):
                level += 1
            elif level == 0 and self.cursor.skip(";"):
                return
            self.cursor.take()

    # sources ('->' targets)? dependents? "name"? ';'
    def _rule(self) -> list[Resource]:
        rule: Resource = {}
        start, first = self.cursor.token.start, self.cursor.position
        old = self._old_name(rule)
        if self.cursor.at("for") and self.cursor.ahead(1).kind in ("id", "delimited", "double"):
            self.cursor.take()
        rule["source"] = [self._source()]
        while self.cursor.skip(","):
            rule["source"].append(self._source())
        if self.cursor.skip("->") or self.cursor.skip("make"):
            batch = self._batch(rule, start)
            if batch:
                return batch
            rule["target"] = [self.target()]
            while self.cursor.skip(","):
                rule["target"].append(self.target())
        if self.cursor.skip("then"):
            self._dependents(rule)
        if not old:
            self._name_of(rule)
        self._identity(rule, old)
        self.offsets[id(rule)] = start
        if self.cursor.at("{"):
            raise self.cursor.wrong("then before the rules in braces", "« then » avant l’accolade")
        if not self.cursor.skip(";") and not old:
            raise self.cursor.wrong("; after the rule", "« ; » à la fin de la règle")
        self.document(rule, first, ended=self.cursor.position - 1)
        return [rule]

    def _old_name(self, rule: Resource) -> bool:
        """STU3 writes the name first: `"name" : for src.a make tgt.b`."""
        ahead = 0
        while self.cursor.ahead(ahead).text not in (":", ";", "{", "}", ",", "->", ""):
            ahead += 1
        if self.cursor.at("for"):
            end = self.cursor.position
            while self.cursor.tokens[end].text not in ("make", "->", ";", "}", "endgroup", ""):
                end += 1
            return self.cursor.tokens[end].text in ("make", "endgroup")
        if self.cursor.ahead(ahead).text != ":" or self.cursor.ahead(ahead + 1).text != "for":
            return False
        rule["name"] = self.joined()
        self.cursor.need(":")
        return True

    # src '->' tgt ':' a, b, c;
    def _batch(self, rule: Resource, start: int) -> list[Resource]:
        if self.cursor.token.kind not in ("id", "delimited") or self.cursor.ahead(1).text != ":":
            return []
        context = self.name()
        self.cursor.need(":")
        names = [self.name()]
        while self.cursor.skip(","):
            names.append(self.name())
        self._name_of(rule)
        self.cursor.need(";")
        rules: list[Resource] = []
        for name in names:
            source = {"context": rule["source"][0]["context"], "element": name}
            each: Resource = {"source": [source], "target": [{"context": context, "element": name}]}
            if "name" in rule:
                each["name"] = rule["name"] if len(names) == 1 else f"{rule['name']}-{name}"
            self._identity(each)
            for part in (each, source, each["target"][0]):
                self.offsets[id(part)] = start
            rules.append(each)
        return rules

    def _name_of(self, rule: Resource) -> None:
        if self.cursor.token.kind not in ("double", "string", "id", "delimited"):
            return
        quoted, start = self.cursor.token.kind != "id", self.cursor.position
        rule["name"] = self.joined()
        if "." in rule["name"] and not quoted:  # `src.a tgt.b;`
            self.cursor.position = start
            raise self.cursor.wrong("-> or ;", "« -> » ou « ; »")

    def _identity(self, rule: Resource, old: bool = False) -> None:
        """`src.a -> tgt.b;` as the reference engine stores it: create through one variable.

        STU3 says the same by `for src.a as x make tgt.b as y`.
        """
        if len(rule["source"]) != 1 or len(rule.get("target", ())) != 1:
            return
        source, target = rule["source"][0], rule["target"][0]
        plain = set(target) == {"context", "element"} and "variable" not in source
        named = set(target) == {"context", "element", "variable"} and "variable" in source
        if old and named and "dependent" not in rule and "rule" not in rule:
            target["transform"] = "create"
        placed = "element" in source or str(source["context"]).startswith(EXPRESSED)
        if plain and placed and "dependent" not in rule and "rule" not in rule:
            source["variable"] = "vvv"
            target["variable"] = "vvv"
            target["transform"] = "create"

    # 'then' (call (',' call)* rules? | rules)
    def _dependents(self, rule: Resource) -> None:
        if self.cursor.at("{"):
            rule["rule"] = self.rules()
            return
        rule["dependent"] = []
        while True:
            start = self.cursor.token.start
            dependent: Resource = {"name": self.joined(), "parameter": self.parameters()}
            self.offsets[id(dependent)] = start
            rule["dependent"].append(dependent)
            if not self.cursor.skip(","):
                break
        if self.cursor.at("{"):
            rule["rule"] = self.rules()

    # context(.element)? (: type)? (min..max)? default? mode? (as var)? where? check? log?
    def _source(self) -> Resource:
        start = self.cursor.token.start
        source = self._context()
        self.offsets[id(source)] = start
        while self._clause(source):
            pass
        return source

    def _context(self) -> Resource:
        if self.cursor.at("search") and self.cursor.ahead(1).text == "(":
            self.cursor.take()
            return {"context": f"search({self.enclosed()})"}
        if self.cursor.at("("):
            return {"context": f"({self.enclosed()})"}
        start = self.cursor.position
        self.cursor.skip("%")
        names = [self.name()]
        while self.cursor.skip("."):
            names.append(self.element())
        if self.cursor.at("(", "[", "|"):  # `src.name.where(…)`, `src.name[0]`: an expression
            self.cursor.position = start
            text = self.expression_text()
            return {"context": text if names == ["evaluate"] else f"({text})"}
        source: Resource = {"context": names[0]}
        if len(names) > 1:
            source["element"] = ".".join(names[1:])
        return source

    def _clause(self, source: Resource) -> bool:
        if self.cursor.token.kind == "number":
            source["min"] = int(self.cursor.take().value.split(".")[0])
            self.cursor.need("..")
            source["max"] = self.cursor.take().text
        elif self.cursor.at(*SOURCE_MODES):
            source["listMode"] = self.cursor.take().text
        elif self.cursor.skip(":"):
            source["type"] = self.type_name()
        elif self.cursor.skip("as"):
            source["variable"] = self.name()
        elif self.cursor.at("default"):
            self.cursor.take()
            bare = not self.cursor.at("(")
            source["defaultValue"] = self.expression_text() if bare else self.enclosed()
        elif self.cursor.at("where", "check", "log"):
            word = self.cursor.take().text
            key = {"where": "condition", "check": "check", "log": "logMessage"}[word]
            source[key] = self._condition(quoted=word != "log")
        else:
            return False
        return True

    def _condition(self, quoted: bool) -> str:
        """`where (a = b)` or, in old maps, `where a = b`."""
        start = self.cursor.position
        if self.cursor.at("("):
            inside = self.enclosed()
            if self._after():
                return inside
            self.cursor.position = start
        if (
            quoted and self.cursor.token.kind == "double"
        ):  # a dialect quotes the whole: where "a = 'b'"
            inside = self.cursor.take().value
            if self._after() and is_path(inside):
                return inside
            self.cursor.position = start
        return self.expression_text()

    def _after(self) -> bool:
        """Does something follow that no expression goes on with?"""
        return self.cursor.token.kind in ("double", "end") or self.cursor.at(*_AFTER)
