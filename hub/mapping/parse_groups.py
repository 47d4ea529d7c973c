"""Groups of an FML text, in the form of R4 and later and in that of STU3.

Source: mapping.g4 of https://build.fhir.org/ig/HL7/mapping-language-ig/ and
https://hl7.org/fhir/STU3/mapping-language.html
"""

from __future__ import annotations

from hub.mapping.parse_rules import RuleParser
from hub.mapping.parse_targets import Resource

#: what `<<…>>` may say, with what is written in its place now and then
_TYPE_MODES = {
    "types": "types",
    "type": "types",
    "type+": "type-and-types",
    "types+": "type-and-types",
    "type-and-types": "type-and-types",
}


class GroupParser(RuleParser):
    """Reads groups from the map parser's cursor."""

    # 'group' name '(' parameters ')' ('extends' name)? ('<<' mode '>>')? '{' rule* '}'
    # STU3: 'group' ('for' mode)? name ('extends' name)? ('input' name ':' type 'as' mode)* rule*
    #       'endgroup'
    def group(self) -> Resource:
        """One group, in the form of R4 and later or of STU3."""
        first = self.cursor.position
        start = self.cursor.need("group").start
        group: Resource = {"name": ""}
        self.document(group, first)
        if self.cursor.at("for") and self.cursor.ahead(1).text != "(":
            self.cursor.take()
            group["typeMode"] = self._old_type_mode()
        group["name"] = self.joined()
        self.group_name = group["name"]
        self.offsets[id(group)] = start
        old = not self.cursor.skip("(")
        if not old:
            # `()`: the reference engine accepts a base group that lives on the names of its heirs.
            group["input"] = [] if self.cursor.at(")") else [self._input()]
            while self.cursor.skip(","):
                group["input"].append(self._input())
            self.cursor.need(")")
        while not self.cursor.at("{", "input", "endgroup"):
            if self.cursor.skip("extends"):
                group["extends"] = self.joined()
            elif self.cursor.skip("<<"):
                group["typeMode"] = self._type_mode()
            elif old:
                break
            else:
                raise self.cursor.wrong("extends, << or {", "extends, << ou {")
        if old:
            group["input"] = self._old_inputs()
        group["rule"] = self.rules("endgroup" if old else "}")
        self.group_name = ""
        return group

    def _old_type_mode(self) -> str:
        words = self.joined()
        if self.cursor.token.kind == "id" and self.cursor.at("types"):
            words += self.cursor.take().text
        return "type-and-types" if "+" in words else "types"

    def _old_inputs(self) -> list[Resource]:
        inputs: list[Resource] = []
        while self.cursor.skip("input"):
            given: Resource = {"name": self.name()}
            if self.cursor.skip(":"):
                given["type"] = self.type_name()
            self.cursor.need("as")
            given["mode"] = self._mode()
            self.cursor.skip(";")
            inputs.append(given)
        if not inputs:
            raise self.cursor.wrong("( or input", "( ou input")
        return inputs

    def _mode(self) -> str:
        if not self.cursor.at("source", "target"):
            raise self.cursor.wrong("source or target", "source ou target")
        return self.cursor.take().text

    def _type_mode(self) -> str:
        start, words = self.cursor.position, ""
        while not self.cursor.at(">>"):
            if self.cursor.token.kind == "end":
                raise self.cursor.wrong(">>", ">>")
            words += self.cursor.take().text
        if words not in _TYPE_MODES:
            self.cursor.position = start
            raise self.cursor.wrong("types or type+", "types ou type+")
        self.cursor.need(">>")
        return _TYPE_MODES[words]

    def _input(self) -> Resource:
        mode = self._mode()
        given: Resource = {"name": self.name()}
        if self.cursor.skip(":"):
            given["type"] = self.type_name()
        given["mode"] = mode
        return given
