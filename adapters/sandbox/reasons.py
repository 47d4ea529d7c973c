"""Reasons for rejection: the hub's canonical codes and their French labels (illustrative)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Domain: canonical list R01…R99; invented, inspired by press and by comparable systems.
LABELS: Mapping[str, str] = {
    "R01": "Assuré inconnu ou numéro invalide",
    "R02": "Droits fermés à la date des soins",
    "R03": "Délai de stage non accompli (6 mois)",
    "R04": "Ayant droit hors limite d'âge ou justificatif périmé",
    "R05": "Prestataire non conventionné ou suspendu",
    "R06": "Acte non autorisé pour ce type de structure",
    "R07": "Acte ou produit absent de la nomenclature ou de la liste",
    "R08": "Spécialité remplaçable par un générique (DCI)",
    "R09": "Tarif supérieur au tarif de référence (ajusté)",
    "R10": "Accord préalable manquant, expiré ou dépassé",
    "R11": "Double consultation en moins de 24 heures ou de 7 jours",
    "R12": "Doublon de feuille ou de ligne",
    "R13": "Dossier incomplet",
    "R14": "Document raturé, surchargé ou illisible",
    "R15": "Dépôt hors délai",
    "R16": "Relève d'une autre caisse",
    "R17": "Soins hors territoire ou convention non applicable",
    "R18": "Quantité ou plafond dépassé",
    "R19": "Identité non vérifiée, dossier envoyé au contrôle",
    "R99": "Autre motif",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One typed reason, with a French text that says what to do next."""

    code: str
    text: str


def reason(code: str, detail: str) -> Reason:
    """The label of a canonical code, followed by the detail of this case."""
    return Reason(code, f"{LABELS[code]}. {detail}")
