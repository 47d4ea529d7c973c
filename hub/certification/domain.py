"""Checks of what is said: maps, examples, code tables, bindings, and what is lost on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.certification import losses
from hub.certification.findings import Checks, NotConcerned, Note, Part, must
from hub.certification.ground import CODES, Ground
from hub.errors import Problem
from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.model import Tree

CHECKS: Checks[Ground] = Checks()
DOMAIN = Part.DOMAIN
MOST = 12  #: findings named one by one


@CHECKS.add(
    DOMAIN,
    "maps-there",
    "Chaque opération a ses correspondances, et toutes se compilent",
    "Every operation has its maps, and all of them compile",
)
def maps_there(ground: Ground) -> Sequence[Note]:
    """The maps an operation needs are published; every map of the partner compiles."""
    known = ground.maps()
    if not known and ground.case.silent is None:
        raise NotConcerned("partenaire en mémoire, sans correspondances", "partner in memory")
    absent = [name for _, canonical in ground.needed() if (name := canonical) not in known]
    _none(absent, "il manque", "missing")
    wrong = []
    for canonical in known:
        try:
            ground.library.python(ground.library.pin(canonical))
        except Problem as problem:
            wrong.append(f"{canonical}: {problem}")
    _none(wrong, "ne se compilent pas", "do not compile")
    return [Note(f"{len(known)} correspondances", f"{len(known)} maps")]


@CHECKS.add(
    DOMAIN,
    "examples",
    "Les exemples passent, à l'aller et au retour",
    "The examples pass, both ways",
)
def examples(ground: Ground) -> Sequence[Note]:
    """Each input example gives its output, to the digit; inverse maps are tried backwards."""
    passed, failed = 0, []
    for folder in ground.places():
        for verdict in ground.tools.test(folder):
            passed += verdict.passed
            if not verdict.passed:
                failed.append(f"{verdict.example.parent.name}/{verdict.example.name}")
    _none(failed, "échouent", "fail")
    _some(passed)
    return [Note(f"{passed} exemples", f"{passed} examples")]


@CHECKS.add(
    DOMAIN,
    "code-tables",
    "Les tables de codes couvrent les codes de la plateforme",
    "The code tables cover the hub's codes",
)
def code_tables(ground: Ground) -> Sequence[Note]:
    """Outgoing tables have a row for each code; incoming ones give only codes that exist."""
    tables = ground.tables()
    _some(len(tables))
    systems = {s["url"]: _codes(s["concept"]) for s in ground.resources("CodeSystem")}
    absent, unknown = [], []
    for table in tables:
        name = str(table["url"]).rpartition("/")[2]
        for group in table.get("group", []):
            given = {str(element.get("code")) for element in group["element"]}
            made = {t.get("code") for e in group["element"] for t in e.get("target", [])}
            if "unmapped" not in group and _own(group.get("source"), systems):
                absent += [f"{name} {code}" for code in systems[group["source"]] - given]
            if _own(group.get("target"), systems):
                found = {str(code) for code in made if code} - systems[group["target"]]
                unknown += [f"{name} {code}" for code in found]
    partial = [f for f in absent if not _inverse(f)]
    _none(partial, "codes sans ligne", "codes without a row")
    _none(unknown, "codes qui n'existent pas", "codes that do not exist")
    return [Note(f"{len(tables)} tables", f"{len(tables)} tables")]


@CHECKS.add(
    DOMAIN,
    "bindings",
    "Ce qui revient est du FHIR R4 valide, liaisons obligatoires comprises",
    "What comes back is valid FHIR R4, required bindings included",
)
def bindings(ground: Ground) -> Sequence[Note]:
    """Each example of an incoming map gives a resource the hub's own door would take."""
    seen, wrong = 0, []
    for canonical in ground.maps():
        name = canonical.rpartition("/")[2].removeprefix(f"{ground.name}-")
        for file, given in ground.examples(name):
            made = ground.library.map(ground.library.pin(canonical), given)
            for resource in _resources(made):
                seen += 1
                found = validate(exact_json.loads(exact_json.dumps(resource)))
                wrong += [f"{name}/{file.name} {issue.path}: {issue.en}" for issue in found]
    _none(wrong, "ressources invalides", "invalid resources")
    _some(seen)
    return [Note(f"{seen} ressources vérifiées", f"{seen} resources checked")]


@CHECKS.add(
    DOMAIN,
    "lossy-fields",
    "Champs du Claim que le message du partenaire ne porte pas (liste)",
    "Fields of the Claim that the partner's message does not carry (list)",
)
def lossy_fields(ground: Ground) -> Sequence[Note]:
    """Names them; being listed is what is asked, so this fails only when nothing can be told."""
    notes = []
    for operation in ground.adapter.operations:
        found = losses.of_operation(ground, operation)
        if found is None:
            continue
        listed = ", ".join(found) or "—"
        notes.append(Note(f"{operation} : {listed}", f"{operation}: {listed}"))
    _some(len(notes))
    return notes


def _codes(concepts: Iterable[Tree]) -> set[str]:
    return {code for c in concepts for code in (str(c["code"]), *_codes(c.get("concept", [])))}


def _own(system: object, systems: dict[str, set[str]]) -> bool:
    return isinstance(system, str) and system.startswith(CODES) and system in systems


def _inverse(found: str) -> bool:
    """An inverse table answers for what its partner can say, not for all the hub's codes."""
    return "-inverse " in found


def _resources(made: Tree) -> list[Tree]:
    return [made] if made.get("resourceType") in VALIDATED else []


#: What incoming maps give; the logical models of cancellations and lists are checked by their maps.
VALIDATED = {
    "Bundle",
    "ClaimResponse",
    "CoverageEligibilityResponse",
    "PaymentNotice",
    "PaymentReconciliation",
}


def _none(found: Sequence[str], fr: str, en: str) -> None:
    shown = "; ".join(sorted(found)[:MOST]) + (" …" if len(found) > MOST else "")
    must(not found, f"{len(found)} {fr} : {shown}", f"{len(found)} {en}: {shown}")


def _some(count: int) -> None:
    if not count:
        raise NotConcerned("aucun exemple ni table", "no example and no table")
