"""translate() as a Python expression, and what can be said of its ConceptMap beforehand.

Source: https://hl7.org/fhir/R5/mapping-language.html#transforms
"""

from __future__ import annotations

from hub.formats import definitions
from hub.mapping.concept_map import ConceptMap
from hub.mapping.emit import Resource
from hub.mapping.findings import TRANSFORMS
from hub.mapping.names import Names
from hub.mapping.oids import SPECIAL
from hub.mapping.types import Element
from hub.mapping.write_parameters import ParameterWriter, Value

_OUTPUTS = {"code": "code", "system": "uri", "display": "string", "uri": "uri"}
#: What the third parameter of translate() may ask for.
ALLOWED = (*_OUTPUTS, "Coding", "CodeableConcept")


class TranslateWriter(ParameterWriter):
    """Writes translate(value, ConceptMap[, output[, attribute, value…]])."""

    def _translate(
        self, given: list[Resource], target: Resource, names: Names, element: Element | None
    ) -> Value | None:
        # After the output, what rows depend on: attribute, value, attribute, value…
        if len(given) != 2 and (len(given) < 3 or len(given) % 2 == 0):
            self._unknown_transform("translate", len(given), target)
            return None
        value = self._parameter(given[0], target, names)
        depends = [self._parameter(one, target, names) for one in given[3:]]
        if value is None or None in depends:
            return None
        url = str(next(iter(given[1].values())))
        if url == SPECIAL:
            call = f"O.uri_of({value.expr}, R.terms.oids)"
            return Value(call, self.module.schema.type("uri"), "'uri'")
        local = self.unit.concept_maps.get(url.split("#")[-1]) or self.unit.concept_maps.get(url)
        found = self.module.object(local) if local is not None else "None"
        self._check_rows(local or self.module.tables(url), url, given[0], target, names)
        output = str(next(iter(given[2].values()))) if len(given) > 2 else self._output(element)
        output = {"coding": "Coding", "codeableConcept": "CodeableConcept"}.get(output, output)
        if output not in ALLOWED and not output.startswith("product:"):
            listed = ", ".join(ALLOWED)
            en = f"translate() gives {listed}, not {output}"
            fr = f"translate() donne {listed}, et non {output} : choisissez l’un d’eux"
            self.unknown(target, en, fr)
        variable = names.get(str(given[0].get("valueId", "")))
        path = variable.path if variable is not None else str(given[0].get("valueId", ""))
        made = self.module.schema.type(_OUTPUTS.get(output, output))
        pairs = [one.expr for one in depends if one is not None]
        more = ", ".join(map("T.attribute({}): {}".format, pairs[::2], pairs[1::2]))
        call = f"R.translate({value.expr}, {url!r}, {found}, {path!r}"
        call += f", {{{more}}})" if more else ")"
        body = f"T.translated({call}, {output!r})"
        if output == "code" and not depends:
            body = self.coded(value, f"{found}.given" if local else f"R.codes[{url!r}]", call)
        if value.maybe:
            body = f"({body} if {value.expr} is not None else None)"
        return Value(body, made, repr(made.name if made is not None else ""))

    def coded(self, value: Value, known: str, call: str) -> str:
        """translate() to a code; what a Coding once gave is known of its ConceptMap."""
        call = call.replace("R.translate(", "R.code(", 1)
        coding = value.type is not None and value.type.name == "Coding"
        if not coding or value.maybe or value.tag.isidentifier() or not value.expr.isidentifier():
            return call
        local = self.module.fresh("code")
        self.line("try:")
        self.line(f"    {local} = {known}[{value.expr}.get('system'), {value.expr}.get('code')]")
        self.line("except G.UNKNOWN:")
        self.line(f"    {local} = {call}")
        return local

    def _check_rows(
        self,
        table: ConceptMap | None,
        url: str,
        parameter: Resource,
        part: Resource,
        names: Names,
    ) -> None:
        """Has the ConceptMap a row for every code the source element can hold?"""
        if self.module.lenient:
            return
        variable = names.get(str(parameter.get("valueId", "")))
        if table is None:
            # a table of the map itself cannot come from elsewhere
            (self.wrong if url.startswith("#") else self.warn)(
                part,
                f"unknown ConceptMap {url}; add it to the folder of the maps",
                f"ConceptMap inconnue : {url} ; ajoutez-la au dossier des cartes",
                f"{TRANSFORMS}#fn-translate",
            )
        if table is None or variable is None or not variable.binding:
            return
        lost = [
            code
            for codes in definitions.value_sets().get(variable.binding, {}).values()
            for code in codes
            if table.find("", code) is None
            and not table.needs("", code)
            and table.unmapped("", code) is None
        ]
        if lost:
            listed = ", ".join(lost[:10]) + (" …" if len(lost) > 10 else "")
            self.warn(
                part,
                f"{url} has no row for {listed} of {variable.binding}",
                f"{url} n’a pas de ligne pour {listed} de {variable.binding}",
            )

    @staticmethod
    def _output(element: Element | None) -> str:
        if element is not None:
            for made in ("CodeableConcept", "Coding"):
                if made in element.types:
                    return made
        return "code"
