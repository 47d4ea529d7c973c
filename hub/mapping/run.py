"""One run of a map: its budget, its clock, its constants and the codes it could not translate."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hub.errors import MissingCode
from hub.mapping.concept_depends import DATE
from hub.mapping.concept_map import ConceptMap, Target
from hub.mapping.concept_translate import translate
from hub.mapping.fhirpath import limits
from hub.mapping.fhirpath.temporal import Temporal
from hub.mapping.findings import Failure
from hub.mapping.terminology import Terminology

MOST_STEPS = 2_000_000
DEEPEST = 80  #: groups calling groups
_OTHERS = frozenset({"codeSystem", "coding"})  #: make a code's meaning depend on more
_EMPTY = frozenset({str, list, dict, type(None)})
_NONE = Terminology()
MOST_KEPT = 10_000  #: translations kept with a ConceptMap


class Codes(dict[str, dict[tuple[Any, Any], str]]):
    """The codes known of each ConceptMap, by its canonical: (system, code) → code."""

    def __init__(self, find: Callable[[str], ConceptMap | None]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, url: str) -> dict[tuple[Any, Any], str]:
        concept_map = self._find(url)
        if concept_map is None:
            return {}
        self[url] = concept_map.given
        return concept_map.given


class Run:
    """What generated code calls `R`."""

    def __init__(
        self,
        source: Any,
        find: Callable[[str], ConceptMap | None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        identifiers: Callable[[], str] = lambda: str(uuid.uuid4()),
        codes: Codes | None = None,
        terms: Terminology | None = None,
    ) -> None:
        self.source, self._find, self._clock, self.identifier = source, find, clock, identifiers
        self.steps, self.depth = 0, 0
        self.rough = False  #: must the target be finished?
        self.produced: list[Any] = []  #: resources created outside of any target
        self.missing: list[MissingCode] = []
        limits.copied.values = 0
        self.messages: list[str] = []
        self.constants: dict[int, list[Any] | None] = {}
        self.defined: dict[str, list[Any]] = {}  #: by defineVariable()
        self.codes = codes if codes is not None else Codes(find)
        self.terms = terms if terms is not None else _NONE  #: for memberOf() and its like
        self._now: datetime | None = None
        self.day = _care_date(source)  #: on which rows with a valid period must hold

    def spend(self, steps: int) -> None:
        """Count work.

        Raises:
            Failure: the budget of the run is used up.
        """
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise Failure(
                f"the map needs more than {MOST_STEPS} steps and was stopped",
                f"La carte demande plus de {MOST_STEPS} pas et a été arrêtée : "
                "cherchez une boucle ou un produit de listes",
            )

    def listed(self, context: Any, name: str) -> Sequence[Any]:
        """The children of an element that may repeat, counted; a single one is accepted.

        Raises:
            Failure: the budget of the run is used up.
        """
        value = context.get(name) if type(context) is dict else None
        if value is None:
            return ()
        if type(value) is not list:
            return (value,)
        self.steps += len(value)
        if self.steps > MOST_STEPS:
            self.spend(0)
        return value if None not in value else [item for item in value if item is not None]

    def enter(self) -> None:
        """A group begins; the generated code counts depth down at its end."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            self.spend(0)
        self.depth += 1
        if self.depth > DEEPEST:
            raise Failure(
                f"groups call each other more than {DEEPEST} deep",
                f"Les groupes s’appellent sur plus de {DEEPEST} niveaux : cherchez une récursion",
            )

    def look(self, tree: dict[str, Any]) -> None:
        """A target object may hold something empty, that finishing takes away."""
        if tree and all(tree.values()):
            return
        empty = (not value and value.__class__ in _EMPTY for value in tree.values())
        self.rough = self.rough or not tree or any(empty)

    def constant(self, key: int, compute: Callable[[], list[Any]]) -> list[Any]:
        """The value of a `let`, computed when first used."""
        if key not in self.constants:
            self.constants[key] = None
            self.constants[key] = compute()
        value = self.constants[key]
        if value is None:
            raise Failure("a constant uses itself", "Une constante s’utilise elle-même")
        return value

    def _moment(self) -> datetime:
        if self._now is None:
            self._now = self._clock()
        return self._now

    def now(self) -> list[Any]:
        """now(): the same instant during the whole run."""
        text = self._moment().isoformat(timespec="milliseconds")
        return [Temporal(text.replace("+00:00", "Z"), "dateTime")]

    def today(self) -> list[Any]:
        """today()"""
        return [Temporal(self._moment().date().isoformat(), "date")]

    def time_of_day(self) -> list[Any]:
        """timeOfDay()"""
        return [Temporal(self._moment().strftime("%H:%M:%S.000"), "time")]

    def log(self, items: list[Any]) -> None:
        """Keep what a rule's `log` says."""
        if len(self.messages) < 1000:
            self.messages.append(", ".join(str(item) for item in items))

    def translate(
        self,
        value: Any,
        url: str,
        local: ConceptMap | None,
        path: str,
        given: Mapping[str, Any] | None = None,
    ) -> list[Target]:
        """The targets of a code, Coding or CodeableConcept; a code without a row is remembered.

        Raises:
            Failure: no such ConceptMap, or what `concept_translate.translate` raises.
        """
        concept_map = local or self._find(url)
        if concept_map is not None and concept_map.dated and DATE not in (given or {}):
            given = {**(given or {}), DATE: self.day} if self.day else given
        if concept_map is None:
            raise Failure(
                f"unknown ConceptMap {url}",
                f"ConceptMap inconnue : {url} ; ajoutez son fichier au dossier des cartes",
            )
        found = translate(value, concept_map, self._find, given, path)
        self.missing += found.missing
        return found.targets

    def code(self, value: Any, url: str, local: ConceptMap | None, path: str) -> Any:
        """translate() to a code: what a Coding once gave is kept with its ConceptMap.

        Raises:
            Failure: as `translate`.
        """
        given = local.given if local is not None else self.codes[url]
        plain = type(value) is dict and not _OTHERS & value.keys()
        key = (value.get("system"), value.get("code")) if plain else (None, None)
        coding = plain and all(isinstance(part, str | None) for part in key)
        if coding and key in given:
            return given[key]
        targets = self.translate(value, url, local, path)
        made = targets[0].code if targets else None
        dated = (local or self._find(url)) if made else None
        if made and coding and len(given) < MOST_KEPT and not (dated and dated.dated):
            given[key] = made
        return made or None


def _care_date(source: Any) -> str:
    """The day of care that Dossier says, or the Dossier in a Retour; "" elsewhere."""
    if not isinstance(source, Mapping):
        return ""
    within = source.get("dossier")
    day = (within if isinstance(within, Mapping) else source).get("careDate")
    return day[:10] if isinstance(day, str) else ""
