"""Uris of code systems that CDA names by OID: translate(oid, special-oid2uri, 'uri').

NamingSystems and CodeSystems of the packs add to the table. What nobody knows is the OID as a uri,
as in the reference engine. Source: https://hl7.org/fhir/R4/terminologies-systems.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SPECIAL = "http://hl7.org/fhir/ConceptMap/special-oid2uri"
_URN = "urn:oid:"
_HL7 = "2.16.840.1.113883"
_KNOWN = {
    f"{_HL7}.6.96": "http://snomed.info/sct",
    f"{_HL7}.6.1": "http://loinc.org",
    f"{_HL7}.6.8": "http://unitsofmeasure.org",
    f"{_HL7}.6.3": "http://hl7.org/fhir/sid/icd-10",
    f"{_HL7}.6.42": "http://hl7.org/fhir/sid/icd-9",
    f"{_HL7}.6.103": "http://hl7.org/fhir/sid/icd-9",
    f"{_HL7}.6.104": "http://hl7.org/fhir/sid/icd-9",
    f"{_HL7}.6.73": "http://www.whocc.no/atc",
    f"{_HL7}.3.26.1.1": "http://ncimeta.nci.nih.gov",
    f"{_HL7}.3.26.1.1.1": "http://ncimeta.nci.nih.gov",
    f"{_HL7}.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    f"{_HL7}.6.59": "http://hl7.org/fhir/sid/cvx",
    f"{_HL7}.12.292": "http://hl7.org/fhir/sid/cvx",
    f"{_HL7}.6.12": "http://www.ama-assn.org/go/cpt",
}


def declared(resources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """OID → uri of the NamingSystems and CodeSystems given."""
    found: dict[str, str] = {}
    for resource in resources:
        for oid, uri in _pairs(resource):
            found.setdefault(oid.removeprefix(_URN), uri)
    return found


def _pairs(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if resource.get("resourceType") == "CodeSystem" and resource.get("url"):
        for identifier in resource.get("identifier", ()):
            value = str(identifier.get("value", "")) if isinstance(identifier, dict) else ""
            if value.startswith(_URN):
                yield value, str(resource["url"])
    if resource.get("resourceType") == "NamingSystem":
        named = [each for each in resource.get("uniqueId", ()) if isinstance(each, dict)]
        uris = [str(each.get("value")) for each in named if each.get("type") in ("uri", "url")]
        for each in named if uris else ():
            if each.get("type") == "oid":
                yield str(each.get("value")), uris[0]


def uri_of(value: Any, more: Mapping[str, str]) -> str | None:
    """The uri of an OID, of a Coding's or of CDA's codeSystem."""
    if isinstance(value, dict):
        value = value.get("codeSystem") or value.get("system") or value.get("root")
    if value is None:
        return None
    oid = str(value).removeprefix(_URN)
    return more.get(oid) or _KNOWN.get(oid) or _URN + oid
