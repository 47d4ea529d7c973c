"""Record layouts of the tests' own: lots of invoices, a delimited bordereau, a list of rights."""

from __future__ import annotations

from typing import Any

from hub.formats import records_load
from hub.formats.records_model import FIELD, FILE, TOTAL, TYPE, RecordModel


def extension(url: str, **parts: Any) -> dict[str, Any]:
    """A complex extension; _ in a name stands for -."""
    inner = [{"url": name.replace("_", "-"), **typed(value)} for name, value in parts.items()]
    return {"url": url, "extension": inner}


def typed(value: Any) -> dict[str, Any]:
    kind = (
        "Boolean" if isinstance(value, bool) else "Integer" if isinstance(value, int) else "String"
    )
    return {f"value{kind}": value}


def element(
    path: str,
    card: str = "1..1",
    type: str = "",
    code: str | None = None,
    total: dict[str, str] | None = None,
    fixed: dict[str, Any] | None = None,
    **field: Any,
) -> dict[str, Any]:
    low, high = card.split("..")
    row: dict[str, Any] = {"path": path, "min": int(low), "max": high, "short": path}
    row.update({"type": [{"code": type}]} if type else {}, **(fixed or {}))
    extensions = [{"url": TYPE, "valueString": code}] if code is not None else []
    extensions += [extension(FIELD, **field)] if field else []
    extensions += [extension(TOTAL, **total)] if total else []
    return {**row, "extension": extensions} if extensions else row


def definition(file: dict[str, Any], *elements: dict[str, Any]) -> dict[str, Any]:
    return {
        "url": "https://benkan.example/fhir/StructureDefinition/test-" + elements[0]["path"],
        "kind": "logical",
        "extension": [extension(FILE, **file)],
        "snapshot": {"element": list(elements)},
    }


def layout(file: dict[str, Any], *elements: dict[str, Any]) -> RecordModel:
    return records_load.load(definition(file, *elements))


FIXED = {
    "form": "fixed",
    "encoding": "ISO-8859-1",
    "length": 80,
    "end": "CRLF",
    "type_position": 1,
    "type_length": 3,
}

LOT_ELEMENTS = (
    element("Fichier", "1..1", code="000"),
    element("Fichier.emetteur", "1..1", "string", position=4, length=12),
    element("Fichier.norme", "1..1", "code", position=16, length=2, fixed={"fixedCode": "T1"}),
    element("Fichier.lot", "1..*", code="001"),
    element("Fichier.lot.numero", "1..1", "positiveInt", position=4, length=6),
    element("Fichier.lot.facture", "1..99", code="002"),
    element("Fichier.lot.facture.numero", "1..1", "string", position=4, length=15),
    element(
        "Fichier.lot.facture.nom",
        "0..1",
        "string",
        position=19,
        length=30,
        unencodable="transliterate",
    ),
    element(
        "Fichier.lot.facture.naissance", "0..1", "date", position=49, length=8, date="JJMMAAAA"
    ),
    element(
        "Fichier.lot.facture.soins",
        "1..1",
        "date",
        position=57,
        length=6,
        date="AAMMJJ",
        century_from=1970,
    ),
    element(
        "Fichier.lot.facture.urgence", "0..1", "boolean", position=63, length=1, true="O", false="N"
    ),
    element("Fichier.lot.facture.diagnostic", "0..3", "code", position=64, length=4),
    element("Fichier.lot.facture.ligne", "0..*", code="004"),
    element("Fichier.lot.facture.ligne.acte", "1..1", "code", position=4, length=10),
    element(
        "Fichier.lot.facture.ligne.coefficient",
        "0..1",
        "decimal",
        position=14,
        length=6,
        decimals=2,
    ),
    element(
        "Fichier.lot.facture.ligne.montant",
        "1..1",
        "decimal",
        position=21,
        length=9,
        sign_position=20,
    ),
    element("Fichier.lot.facture.ligne.part", "0..2", position=30, length=1),
    element("Fichier.lot.facture.fin", "1..1", code="005"),
    element(
        "Fichier.lot.facture.fin.total",
        "1..1",
        "decimal",
        position=5,
        length=10,
        sign_position=4,
        total={"kind": "sum", "of": "Fichier.lot.facture.ligne.montant"},
    ),
    element("Fichier.lot.fin", "1..1", code="006"),
    element(
        "Fichier.lot.fin.factures",
        "1..1",
        "unsignedInt",
        position=4,
        length=5,
        total={"kind": "count", "of": "Fichier.lot.facture"},
    ),
    element(
        "Fichier.lot.fin.total",
        "1..1",
        "decimal",
        position=10,
        length=12,
        sign_position=9,
        total={"kind": "sum", "of": "Fichier.lot.facture.fin.total"},
    ),
    element("Fichier.fin", "1..1", code="999"),
    element(
        "Fichier.fin.enregistrements",
        "1..1",
        "positiveInt",
        position=4,
        length=8,
        total={"kind": "records", "of": "Fichier"},
    ),
)
# A repeated group inside a record: an amount and the code of who pays it.
LOT_ELEMENTS = tuple(
    part
    for row in LOT_ELEMENTS
    for part in (
        (
            element("Fichier.lot.facture.ligne.part", "0..2"),
            element("Fichier.lot.facture.ligne.part.qui", "1..1", "code", position=30, length=2),
            element(
                "Fichier.lot.facture.ligne.part.montant", "1..1", "decimal", position=32, length=7
            ),
        )
        if row["path"] == "Fichier.lot.facture.ligne.part"
        else (row,)
    )
)
LOTS = layout(FIXED, *LOT_ELEMENTS)

DELIMITED = {
    "form": "delimited",
    "encoding": "ISO-8859-1",
    "end": "CRLF",
    "type_position": 1,
    "separator": ";",
    "decimal_mark": ",",
}
BORDEREAU_ELEMENTS = (
    element("Bordereau", "1..1"),
    element("Bordereau.entete", "1..1", code="H"),
    element("Bordereau.entete.numero", "1..1", "string"),
    element("Bordereau.entete.date", "1..1", "date", date="JJ/MM/AAAA"),
    element("Bordereau.ligne", "0..*", code="L"),
    element("Bordereau.ligne.numero", "1..1", "positiveInt"),
    element("Bordereau.ligne.libelle", "0..1", "string"),
    element("Bordereau.ligne.motif", "0..2", "code"),
    element("Bordereau.ligne.montant", "1..1", "decimal"),
    element("Bordereau.total", "1..1", code="T"),
    element(
        "Bordereau.total.lignes",
        "1..1",
        "unsignedInt",
        total={"kind": "count", "of": "Bordereau.ligne"},
    ),
    element(
        "Bordereau.total.montant",
        "1..1",
        "decimal",
        total={"kind": "sum", "of": "Bordereau.ligne.montant"},
    ),
)
BORDEREAU = layout(DELIMITED, *BORDEREAU_ELEMENTS)

RIGHTS_FILE = {
    "form": "delimited",
    "encoding": "UTF-8",
    "bom": True,
    "end": "any",
    "header": "any-order",
    "separator": ",",
}
RIGHTS_ELEMENTS = (
    element("Droits", "1..1"),
    element("Droits.assure", "0..*", code="*"),
    element("Droits.assure.numero", "1..1", "string", column="Numéro"),
    element("Droits.assure.nom", "1..1", "string", column="Nom"),
    element("Droits.assure.naissance", "0..1", "date", column="Né(e) le"),
    element("Droits.assure.ouvert", "1..1", "boolean", column="Droits", true="Oui", false="Non"),
)
RIGHTS = layout(RIGHTS_FILE, *RIGHTS_ELEMENTS)
