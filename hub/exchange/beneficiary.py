"""A claim or a rights enquiry names one person: the patient is whom the cover covers."""

from __future__ import annotations

from datetime import date

from hub.errors import Invalid, Issue
from hub.exchange import crosswalk, dossier
from hub.model import Tree
from hub.ports import Store


def check(
    store: Store, resource: Tree, parties: Tree, known: dossier.References, day: date
) -> None:
    """Refuse a request whose patient and cover are those of two people.

    Only identifiers are compared, within one system: a name may be written in many ways. Two
    numbers of one system may still be one person's (provisional, then definitive): the crosswalk
    knows. Source: https://hl7.org/fhir/R4/coverage-definitions.html#Coverage.beneficiary
    ("the party who benefits from the insurance coverage; the patient").

    Raises:
        Invalid: they are two people; nothing was stored.
    """
    coverage = parties.get("coverage") or {}
    patient = _keys(resource.get("patient"), parties.get("patient"))
    covered = known.resolve(coverage.get("beneficiary"), coverage, "Patient")
    beneficiary = _keys(coverage.get("beneficiary"), covered)
    common = {system for system, _ in patient} & {system for system, _ in beneficiary}
    if not common or patient & beneficiary:
        return
    found = {crosswalk.find(store, sorted(keys), day).person for keys in (patient, beneficiary)}
    if len(found) == 1 and "" not in found:
        return
    kind = resource["resourceType"]
    raise Invalid(
        Issue(
            "business-rule",
            path=f"{kind}.patient",
            fr="Le patient n'est pas le bénéficiaire de la couverture : leurs numéros diffèrent. "
            "Joignez la couverture du patient (Coverage.beneficiary), ou corrigez le patient, et "
            "renvoyez. Rien n'a été enregistré.",
            en="The patient is not the beneficiary of the coverage: their numbers differ. Give the "
            "patient's own coverage (Coverage.beneficiary), or correct the patient, and send "
            "again. Nothing was stored.",
        )
    )


def _keys(reference: Tree | None, target: Tree | None) -> set[crosswalk.Key]:
    logical = (reference or {}).get("identifier")
    written = {"identifier": [logical] if logical else []}
    return {*crosswalk.keys(target), *crosswalk.keys(written)}
