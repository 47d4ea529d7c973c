"""ValueSets and CodeSystems of the packs: is a code in a set, is it above another? Never a network.

Source: https://hl7.org/fhir/R4/valueset.html#compose, https://hl7.org/fhir/R4/fhirpath.html#functions
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.formats import definitions
from hub.mapping import oids
from hub.mapping.findings import Failure

Resource = Mapping[str, Any]
Codes = dict[tuple[str, str], str]  #: (system, code) → display
_DEEPEST = 20  #: value sets that name value sets, concepts within concepts


class Terminology:
    """What the ValueSets and CodeSystems of a library say; expansions are kept."""

    def __init__(self, resources: Sequence[Resource] = ()) -> None:
        self._sets = {_url(r): r for r in resources if r.get("resourceType") == "ValueSet"}
        self._systems = {_url(r): r for r in resources if r.get("resourceType") == "CodeSystem"}
        self.oids = oids.declared(resources)  #: OID → uri of a code system
        self._expanded: dict[str, Codes] = {}
        self._above: dict[str, dict[str, set[str]]] = {}

    def knows(self, url: str) -> bool:
        """Is there a ValueSet of this canonical, or a required one of FHIR itself?"""
        plain = url.partition("|")[0]
        return plain in self._sets or plain in definitions.value_sets()

    def resource(self, url: str) -> Resource | None:
        """The ValueSet or CodeSystem of a canonical, None when it is not here."""
        plain = url.partition("|")[0]
        return self._sets.get(plain) or self._systems.get(plain)

    def codes(self, url: str, depth: int = 0) -> Codes:
        """Every code of a ValueSet.

        Raises:
            Failure: no such ValueSet, or one that only a terminology server can expand.
        """
        plain = url.partition("|")[0]
        if plain not in self._expanded:
            if depth > _DEEPEST:
                raise _impossible(plain, "it contains itself", "il se contient lui-même")
            self._expanded[plain] = self._expand(plain, depth)
        return self._expanded[plain]

    def _expand(self, url: str, depth: int) -> Codes:
        found = self._sets.get(url)
        if found is None:
            required = definitions.value_sets().get(url)
            if required is None:
                raise Failure(
                    f"unknown ValueSet {url}; add it to the folder of the maps",
                    f"ValueSet inconnu : {url} ; ajoutez son fichier au dossier des cartes",
                )
            return {(system, code): "" for system, codes in required.items() for code in codes}
        compose = found.get("compose") or {}
        if not compose.get("include"):
            return _contained(found)
        codes: Codes = {}
        for include in compose["include"]:
            codes |= self._included(include, url, depth)
        for exclude in compose.get("exclude", ()):
            for key in self._included(exclude, url, depth):
                codes.pop(key, None)
        return codes

    def _included(self, part: Resource, url: str, depth: int) -> Codes:
        """One include or exclude: the codes that all it names have in common."""
        several = [self.codes(str(each), depth + 1) for each in part.get("valueSet", ())]
        if part.get("system"):
            several.append(self._of_system(part, url))
        first, *others = several or [{}]
        return {key: said for key, said in first.items() if all(key in other for other in others)}

    def _of_system(self, part: Resource, url: str) -> Codes:
        system = str(part["system"])
        if part.get("concept"):
            known = self._concepts(system)
            return {
                (system, str(c["code"])): str(c.get("display") or known.get(str(c["code"]), ""))
                for c in part["concept"]
            }
        if self._systems.get(system, {}).get("content") in (None, "not-present", "example"):
            raise _impossible(
                url,
                f"it takes all of {system}, whose codes are not here",
                f"il reprend tout {system}, dont les codes ne sont pas ici",
            )
        codes = self._concepts(system)
        for condition in part.get("filter", ()):
            codes = {c: d for c, d in codes.items() if self._passes(system, c, condition, url)}
        return {(system, code): display for code, display in codes.items()}

    def _passes(self, system: str, code: str, condition: Resource, url: str) -> bool:
        how, value = str(condition.get("op", "")), str(condition.get("value", ""))
        above = self._ancestors(system).get(code, set())
        if how == "is-a":
            return code == value or value in above
        if how == "descendent-of":
            return value in above
        if how == "is-not-a":
            return code != value and value not in above
        held = {
            str(v) for v in _properties(self._concept(system, code), str(condition["property"]))
        }
        if how == "=":
            return value in held
        if how in ("in", "not-in"):
            return bool(held & set(value.split(","))) == (how == "in")
        if how == "exists":
            return bool(held) == (value == "true")
        raise _impossible(
            url, f"its filter {how} needs a server", f"son filtre {how} exige un serveur"
        )

    def display(self, system: str, code: str) -> str:
        """The display of a code, "" when the CodeSystem is not here or has none."""
        return self._concepts(system).get(code, "")

    def subsumes(self, system: str, above: str, below: str) -> bool:
        """Is the first code the second one, or above it?

        Raises:
            Failure: the CodeSystem is not here.
        """
        if above == below:
            return True
        if system not in self._systems:
            raise Failure(
                f"unknown CodeSystem {system}; add it to the folder of the maps",
                f"CodeSystem inconnu : {system} ; ajoutez son fichier au dossier des cartes",
            )
        return above in self._ancestors(system).get(below, set())

    def _concepts(self, system: str) -> dict[str, str]:
        found = self._systems.get(system, {})
        return {
            str(c["code"]): str(c.get("display", "")) for c, _ in _walk(found.get("concept", ()))
        }

    def _concept(self, system: str, code: str) -> Resource:
        found = self._systems.get(system, {})
        return next((c for c, _ in _walk(found.get("concept", ())) if c.get("code") == code), {})

    def _ancestors(self, system: str) -> dict[str, set[str]]:
        """Every code → the codes above it: by nesting and by the property `parent`."""
        if system not in self._above:
            direct: dict[str, set[str]] = {}
            for concept, parent in _walk(self._systems.get(system, {}).get("concept", ())):
                above = direct.setdefault(str(concept["code"]), set())
                above |= {parent} if parent else set()
                above |= {str(value) for value in _properties(concept, "parent")}
            self._above[system] = {code: _all_above(code, direct) for code in direct}
        return self._above[system]


def _all_above(code: str, direct: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(direct.get(code, ()))
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += direct.get(each, ())
    return found


def _walk(
    concepts: Sequence[Resource], parent: str = "", depth: int = 0
) -> Iterator[tuple[Resource, str]]:
    for concept in concepts:
        yield concept, parent
        if depth < _DEEPEST:
            yield from _walk(concept.get("concept", ()), str(concept.get("code", "")), depth + 1)


def _properties(concept: Resource, name: str) -> list[Any]:
    """The values of a concept's property; a Coding counts by its code."""
    found: list[Any] = []
    for each in concept.get("property", ()):
        if each.get("code") == name:
            values = [value for key, value in each.items() if key.startswith("value")]
            found += [v.get("code") if isinstance(v, dict) else v for v in values]
    return [str(v).lower() if isinstance(v, bool) else v for v in found]


def _contained(value_set: Resource) -> Codes:
    """The codes of an expansion somebody else made."""
    codes: Codes = {}
    waiting = list((value_set.get("expansion") or {}).get("contains", ()))
    while waiting:
        each = waiting.pop()
        if each.get("code") and not each.get("abstract"):
            codes[str(each.get("system", "")), str(each["code"])] = str(each.get("display", ""))
        waiting += each.get("contains", ())
    return codes


def _url(resource: Resource) -> str:
    return str(resource.get("url") or resource.get("id", ""))


def _impossible(url: str, en: str, fr: str) -> Failure:
    return Failure(
        f"the ValueSet {url} cannot be expanded: {en}",
        f"Le ValueSet {url} ne peut pas être développé : {fr} ; ajoutez ce qui manque",
    )
