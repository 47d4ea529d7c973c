"""The demo world as FHIR resources, made from the illustrative lists in mappings/demo."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from hub import wiring
from hub.access.clients import PUBLIC
from hub.exchange import merging
from hub.fhir import search_index, splice
from hub.formats import exact_json
from hub.model import IndexEntry, NewResource, Tree
from hub.ports import Acceptance

BASE = "https://benkan.example/fhir"
AMO_NUMBER = f"{BASE}/sid/numero-amo"
#: Numbers of insured people by country of their scheme; none of the formats is official.
NUMBER_SYSTEMS = {"ML": AMO_NUMBER, "GN": f"{BASE}/sid/numero-cnps"}
NINA = f"{BASE}/sid/nina"
REGIME = f"{BASE}/CodeSystem/regime"
RELATIONSHIP = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
RELATIONSHIPS = {"ASS": "self", "CJT": "spouse", "ENF": "child", "ORP": "child", "ASC": "parent"}
GENDERS = {"F": "female", "M": "male"}

Row = dict[str, str]


@cache
def table(name: str) -> list[Row]:
    """The rows of one list of the demo world, e.g. ``people`` or ``drugs``; empty cells are ""."""
    text = files("mappings").joinpath("demo", f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def organizations() -> list[Tree]:
    """The managing bodies and the fictitious providers, as FHIR Organization."""
    text = files("mappings").joinpath("demo", "organizations.json").read_text(encoding="utf-8")
    trees: list[Tree] = json.loads(text)
    return trees


def resources() -> list[Tree]:
    """Every Organization, Patient and Coverage of the demo world, in an order that can be stored.

    Patient and Coverage have the id ``amo-<number>``. Source: mappings/demo/README.md; FHIR
    https://hl7.org/fhir/R4/patient.html and https://hl7.org/fhir/R4/coverage.html.
    """
    people = table("people")
    return [*organizations(), *map(patient, people), *map(coverage, people)]


def load(hub: wiring.Hub, tenants: Sequence[str]) -> int:
    """Store what is not stored yet, as these tenants'; gives how many resources that was."""
    now = datetime.now(UTC)
    new = []
    for tree in resources():
        if hub.store.read(tree["resourceType"], tree["id"]) is None:
            raw = exact_json.dumps(tree)
            body = splice.with_meta(raw, tree["id"], 1, now)
            index = search_index.index(tree)
            whose = () if tree["resourceType"] in PUBLIC else tenants
            entries = (*index, *(IndexEntry("_tenant", one) for one in whose))
            new.append(NewResource(tree["resourceType"], tree["id"], body, entries, raw, now))
    if new:
        hub.store.accept([Acceptance(resources=new)])
        patients = [tree for tree in resources() if tree["resourceType"] == "Patient"]
        numbers = [one for p in patients for one in merging.identities(p, p["id"], "demo")]
        hub.store.note_identities(numbers)
    return len(new)


def patient(row: Row) -> Tree:
    """One row of people.csv as a Patient; a partial birth date stays partial."""
    identifiers = [{"system": NUMBER_SYSTEMS[row["pays"]], "value": row["numero_amo"]}]
    if row["nina"]:
        identifiers.append({"system": NINA, "value": row["nina"]})
    tree: Tree = {
        "resourceType": "Patient",
        "id": f"amo-{row['numero_amo']}",
        "identifier": identifiers,
        "active": True,
        "name": _names(row),
        "gender": GENDERS[row["sexe"]],
        "birthDate": row["naissance"],
    }
    if row["qualite"] == "ASS" and row["deces_assure"]:
        tree["deceasedDateTime"] = row["deces_assure"]
    return tree


def _names(row: Row) -> list[Tree]:
    """The civil name; for a married woman also the name she goes by (husband's, then her own)."""
    given = row["prenoms"].split(" ")
    names: list[Tree] = [{"use": "official", "family": row["nom"], "given": given}]
    if row["nom_marital"]:
        text = f"Mme {row['nom_marital']} {row['prenoms']} {row['nom']}"
        names.append({"use": "usual", "text": text, "family": row["nom_marital"], "given": given})
    return names


def coverage(row: Row) -> Tree:
    """One row of people.csv as a Coverage; its payor is the body the cover names."""
    period = {"start": row["droits_debut"]}
    if row["droits_fin"]:
        period["end"] = row["droits_fin"]
    return {
        "resourceType": "Coverage",
        "id": f"amo-{row['numero_amo']}",
        "identifier": [{"system": NUMBER_SYSTEMS[row["pays"]], "value": row["numero_amo"]}],
        "status": "active",
        "type": {"coding": [{"system": REGIME, "code": row["regime"]}]},
        "subscriber": {"reference": f"Patient/amo-{row['assure']}"},
        "subscriberId": row["numero_amo"],
        "beneficiary": {"reference": f"Patient/amo-{row['numero_amo']}"},
        "dependent": row["numero_amo"][-2:],
        "relationship": {
            "coding": [{"system": RELATIONSHIP, "code": RELATIONSHIPS[row["qualite"]]}]
        },
        "period": period,
        "payor": [{"reference": f"Organization/{row['payeur']}"}],
    }
