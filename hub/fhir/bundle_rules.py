"""The invariants of Bundle: https://hl7.org/fhir/R4/bundle.html"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from hub.fhir.findings import Check, Finding, Node, Place, fault, shown

REST = re.compile(r"https?://\S+/([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})")
REQUESTS = ("batch", "transaction", "history")
RESPONSES = ("batch-response", "transaction-response", "history")


def _total(bundle: Node, place: Place) -> list[Finding] | None:
    if "total" not in bundle or bundle.get("type") in ("searchset", "history"):
        return None
    return fault(
        "invariant",
        "« total » n’existe que pour une recherche ou un historique (bdl-1). Retirez-le.",
        "total only exists in a searchset or a history (bdl-1). Remove it.",
        ".total",
    )


def _search(bundle: Node, place: Place) -> list[Finding] | None:
    if bundle.get("type") == "searchset":
        return None
    out: list[Finding] = []
    for index, entry in enumerate(bundle.get("entry", [])):
        if "search" in entry:
            out += fault(
                "invariant",
                "« search » n’existe que dans un résultat de recherche (bdl-2). Retirez-le.",
                "search only exists in a searchset (bdl-2). Remove it.",
                f".entry[{index}].search",
            )
    return out or None


def _part(name: str, key: str, types: tuple[str, ...]) -> Check:
    """`name` stands in every entry of these Bundle types and in no entry of the others."""

    def check(bundle: Node, place: Place) -> list[Finding] | None:
        needed = bundle.get("type") in types
        out: list[Finding] = []
        for index, entry in enumerate(bundle.get("entry", [])):
            if (name in entry) == needed:
                continue
            fr, en = ("Ajoutez-le", "Add it") if needed else ("Retirez-le", "Remove it")
            out += fault(
                "invariant",
                f"« {name} » est de règle pour {', '.join(types)}, et pour eux seuls ({key}). "
                f"{fr}.",
                f"{name} belongs to {', '.join(types)}, and only to them ({key}). {en}.",
                f".entry[{index}].{name}",
            )
        return out or None

    return check


def _something(entry: Node, place: Place) -> list[Finding] | None:
    if "resource" in entry or "request" in entry or "response" in entry:
        return None
    return fault(
        "invariant",
        "L’entrée n’a ni ressource, ni requête, ni réponse (bdl-5). Complétez-la ou retirez-la.",
        "The entry has no resource, request or response (bdl-5). Complete or remove it.",
    )


def _unique(bundle: Node, place: Place) -> list[Finding] | None:
    if bundle.get("type") == "history":
        return None
    seen: set[tuple[str, str]] = set()
    out: list[Finding] = []
    for index, entry in enumerate(bundle.get("entry", [])):
        if "fullUrl" not in entry:
            continue
        version = entry.get("resource", {}).get("meta", {}).get("versionId", "")
        if (entry["fullUrl"], version) in seen:
            out += fault(
                "invariant",
                f"L’adresse {shown(entry['fullUrl'])} sert à deux entrées (bdl-7). "
                "Donnez à chacune la sienne.",
                f"The address {shown(entry['fullUrl'])} is used by two entries (bdl-7). "
                "Give each its own.",
                f".entry[{index}].fullUrl",
            )
        seen.add((entry["fullUrl"], version))
    return out or None


def _no_version(entry: Node, place: Place) -> list[Finding] | None:
    if "/_history/" not in entry.get("fullUrl", ""):
        return None
    return fault(
        "invariant",
        "« fullUrl » ne désigne pas une version (bdl-8). Retirez « /_history/… ».",
        "fullUrl does not name a version (bdl-8). Remove /_history/….",
        ".fullUrl",
    )


def _same_id(entry: Node, place: Place) -> list[Finding] | None:
    resource = entry.get("resource", {})
    address = REST.fullmatch(entry.get("fullUrl", ""))
    if address is None or "id" not in resource:
        return None
    own = f"{resource.get('resourceType')}/{resource['id']}"
    if address[1] == own:
        return None
    return fault(
        "value",
        f"« fullUrl » désigne {shown(address[1])}, la ressource est {shown(own)}. "
        "Mettez-les d’accord.",
        f"fullUrl names {shown(address[1])}, the resource is {shown(own)}. Make them agree.",
        ".fullUrl",
    )


def _dangling(bundle: Node, place: Place) -> list[Finding] | None:
    """A temporary address (urn:uuid) of a transaction only means something inside it."""
    if bundle.get("type") != "transaction":
        return None
    entries = bundle.get("entry", [])
    known = {entry.get("fullUrl") for entry in entries}
    out: list[Finding] = []
    for index, entry in enumerate(entries):
        for path, text in _pointers(entry.get("resource", {})):
            if text.startswith("urn:uuid:") and text not in known:
                out += fault(
                    "not-found",
                    f"Aucune entrée n’a l’adresse {shown(text)}. Ajoutez la ressource à la "
                    "transaction ou corrigez la référence.",
                    f"No entry has the address {shown(text)}. Add the resource to the "
                    "transaction or correct the reference.",
                    f".entry[{index}].resource{path}",
                )
    return out or None


def _pointers(resource: Node) -> Iterator[tuple[str, str]]:
    """(path, text) of every Reference.reference below a resource."""
    waiting: list[tuple[str, Node]] = [("", resource)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, list):
            waiting += [(f"{path}[{n}]", item) for n, item in enumerate(node)]
        for name, value in node.items() if isinstance(node, dict) else ():
            if name == "reference" and isinstance(value, str):
                yield f"{path}.reference", value
            elif isinstance(value, (dict, list)):
                waiting.append((f"{path}.{name}", value))


def _of_type(kind: str, good: Callable[[Node], object], key: str, fr: str, en: str) -> Check:
    def check(bundle: Node, place: Place) -> list[Finding] | None:
        if bundle.get("type") != kind or good(bundle):
            return None
        return fault("invariant", f"{fr} ({key}).", f"{en} ({key}).")

    return check


def _first_is(name: str) -> Callable[[Node], bool]:
    def good(bundle: Node) -> bool:
        entries = bundle.get("entry") or [{}]
        first: object = entries[0].get("resource", {}).get("resourceType")
        return first == name

    return good


#: "element:id" → check
BUNDLE_RULES: dict[str, Check] = {
    "Bundle:bdl-1": _total,
    "Bundle:bdl-2": _search,
    "Bundle:bdl-3": _part("request", "bdl-3", REQUESTS),
    "Bundle:bdl-4": _part("response", "bdl-4", RESPONSES),
    "Bundle.entry:bdl-5": _something,
    "Bundle:bdl-7": _unique,
    "Bundle.entry:bdl-8": _no_version,
    "Bundle:bdl-9": _of_type(
        "document",
        lambda b: {"system", "value"} <= b.get("identifier", {}).keys(),
        "bdl-9",
        "Un document a un identifiant avec système et valeur ; ajoutez-le",
        "A document has an identifier with system and value; add it",
    ),
    "Bundle:bdl-10": _of_type(
        "document",
        lambda b: "timestamp" in b,
        "bdl-10",
        "Un document est daté ; ajoutez « timestamp »",
        "A document has a date; add timestamp",
    ),
    "Bundle:bdl-11": _of_type(
        "document",
        _first_is("Composition"),
        "bdl-11",
        "Un document commence par une Composition ; placez-la en tête",
        "A document begins with a Composition; put it first",
    ),
    "Bundle:bdl-12": _of_type(
        "message",
        _first_is("MessageHeader"),
        "bdl-12",
        "Un message commence par un MessageHeader ; placez-le en tête",
        "A message begins with a MessageHeader; put it first",
    ),
}

#: Rules the specification states in words: bundle-definitions.html#Bundle.entry.fullUrl and
#: http.html#trules.
ENTRY_RULES: list[Check] = [_same_id]
WHOLE_RULES: list[Check] = [_dangling]
